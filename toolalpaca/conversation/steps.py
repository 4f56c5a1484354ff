"""Steps of a conversation: the type, its conversion from and to the exchange format, and steps as calls.

A conversation may have several user turns: the first is the instance itself, later ones are in its `Turns`. There may
also be several conversations about one instruction: the first is the instance itself, the others are in its `Samples`,
which the verification ranks, the best first. Tools that do not know turns or samples read the first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

from toolalpaca.conversation.forms import LOG_FORM, PromptForm, form_of_log, thought_in
from toolalpaca.conversation.observation import Observation, read_observation
from toolalpaca.core.jsons import parse_json_object, text_of
from toolalpaca.data.record_types import EXTERNAL_TOOLS, Instance, StepLists, StepNote


@dataclass(frozen=True)
class Step:
    """One step. `action` is "" if no call could be parsed from what the assistant wrote, which is then the `thought`.

    `turn` numbers the assistant's turns from 1: the parallel calls of one turn are several steps. `reasoning` is what a
    reasoning model wrote before the turn.
    """

    thought: str
    action: str
    input: str
    observation: str
    turn: int = 0
    reasoning: str = ""

    @property
    def is_call(self) -> bool:
        """Return whether a call could be parsed."""
        return bool(self.action)

    @property
    def is_refused(self) -> bool:
        """Return whether it is a call that was refused before anything was sent."""
        return self.is_call and Observation(self.observation).refuses_call


def steps_of(instance: Instance) -> list[Step]:
    """Return the steps in the exchange format's nested lists; a step of another shape has no action."""
    raw = instance.get("intermediate_steps")
    notes = instance.get("step_notes")
    notes = notes if isinstance(notes, list) else []
    return [_read_step(step, place + 1, notes[place] if place < len(notes) else None)
            for place, step in enumerate(raw if isinstance(raw, list) else [])]


def form_of(instance: Instance) -> PromptForm | None:
    """Return the prompt form in which the calls of an instance were written; None if its steps do not tell."""
    for raw in instance.get("intermediate_steps") or []:
        match raw:
            case [[_, _, str(log), *_], *_] if form := form_of_log(log):
                return form
    return None


def _read_step(raw: Any, turn: int, note: Any) -> Step:
    note = note if isinstance(note, dict) else {}
    turn = note["turn"] if isinstance(note.get("turn"), int) else turn
    reasoning = _text(note.get("reasoning"))
    match raw:
        case [[str(action), action_input, *rest], observation, *_]:
            log = rest[0] if rest and isinstance(rest[0], str) else ""
            thought = thought_in(log) if action.strip() else log.strip()
            return Step(thought, action.strip(), _text(action_input), _text(observation), turn, reasoning)
        case _:
            return Step(_text(raw), "", "", "", turn, reasoning)


def call_id(number: int) -> str:
    """Return an id for a conversation's call: nine letters and digits, the only ids that some servers and templates
    take, among them Mistral's."""
    return f"call{number:05d}"


def _text(value: Any) -> str:
    return "" if value is None else text_of(value)


def step_keys(steps: Sequence[Step], form: PromptForm = LOG_FORM) -> Instance:
    """Return the keys of an instance that hold the steps; `step_notes` only if turns or reasoning need it."""
    keys: Instance = {"intermediate_steps": [_lists(step, form) for step in steps]}
    plain = all(step.turn == place and not step.reasoning for place, step in enumerate(steps, start=1))
    return keys if plain else {**keys, "step_notes": [_note(step) for step in steps]}


def _lists(step: Step, form: PromptForm) -> StepLists:
    log = form.call_text(step.thought, step.action, step.input).strip() if step.is_call else step.thought
    return [[step.action, step.input, log], step.observation]


def _note(step: Step) -> StepNote:
    return {"turn": step.turn, "reasoning": step.reasoning} if step.reasoning else {"turn": step.turn}


def describe_solution(instance: Instance) -> str:
    """Return the whole solution in words, as it is shown to the judge."""
    lines: list[str] = []
    turn = 0
    for number, step in enumerate(steps_of(instance), start=1):
        lines.append(f"Step {number} (called together with the one before)" if step.turn == turn else f"Step {number}")
        turn = step.turn
        if step.thought:
            lines.append(f"{LOG_FORM.thought} {step.thought}")
        if step.is_call:
            lines += [f"{LOG_FORM.action} {step.action}", f"{LOG_FORM.action_input} {step.input}"]
        lines.append(f"{LOG_FORM.observation} {step.observation}")
    if not lines:
        lines.append("(no call was made)")
    lines.append(f"Final Response: {instance.get('output') or '(none)'}")
    return "\n".join(lines)


def describe_conversation(turns: Sequence[Instance]) -> str:
    """Return the solution of each turn of the user in words, after what the user said if there are several."""
    if len(turns) == 1:
        return describe_solution(turns[0])
    return "\n\n".join(f"User: {turn.get('input')}\n{describe_solution(turn)}" for turn in turns)


@dataclass(frozen=True)
class PredictedCall:
    """A step as a call. `function` is "" if it has none; `arguments` is None unless they are a JSON object. The calls
    of a `turn` were made before the results of any of them were seen; 0 if the turn is not known."""

    place: int
    function: str
    arguments: dict[str, Any] | None
    observation: str
    turn: int = 0

    @cached_property
    def seen(self) -> Observation:
        """Return the parsed observation."""
        return read_observation(self.observation)

    @property
    def given(self) -> dict[str, Any]:
        """Return the arguments, none if they could not be read."""
        return self.arguments or {}

    @property
    def status(self) -> int | None:
        """Return the HTTP status of the response; None if no request was sent."""
        return self.seen.status

    @property
    def is_external(self) -> bool:
        """Return whether it called no API but asked the user, searched a file or read the clock."""
        return self.function in EXTERNAL_TOOLS

    @property
    def rejected(self) -> bool:
        """Return whether it never reached the API's function: unparsable, unknown, or with invalid arguments."""
        refused = self.status is None or self.status in (400, 405, 422)
        return not self.is_external and (self.arguments is None or refused)

    @property
    def failed(self) -> bool:
        """Return whether it resulted in an error."""
        return self.rejected or (self.status is not None and not self.seen.succeeded)


def predicted_calls(instance: Instance) -> list[PredictedCall]:
    """Return a solution's steps as calls, in order."""
    return list(_calls(steps_of(instance)))


def _calls(steps: Sequence[Step]) -> Iterator[PredictedCall]:
    for place, step in enumerate(steps):
        yield PredictedCall(place, step.action, parse_json_object(step.input or "{}"), step.observation, step.turn)


def api_calls(calls: Sequence[PredictedCall]) -> list[PredictedCall]:
    """Return the calls to the API's functions, whether or not they exist."""
    return [call for call in calls if call.function and not call.is_external]


def user_turns(instance: Instance) -> list[Instance]:
    """Return one instance per user turn, with what the user said and the result; the first is the instance itself."""
    later: Any = instance.get("Turns")
    found = [turn for turn in later if isinstance(turn, dict)] if isinstance(later, list) else []
    return [instance, *cast(list[Instance], found)]


def merged_turns(instance: Instance) -> Instance:
    """Return a conversation as if everything had been asked at once and answered at the end.

    Checks of calls and answers against everything the user said use it. An instance with a single turn is returned
    unchanged.
    """
    turns = user_turns(instance)
    if len(turns) == 1:
        return instance
    merged: dict[str, Any] = {key: value for key, value in instance.items() if key != "Turns"}
    merged["input"] = "\n".join(turn.get("input") or "" for turn in turns)
    merged["output"] = "\n".join(turn.get("output") or "" for turn in turns)
    merged["Final Thought"] = turns[-1].get("Final Thought") or ""
    merged["intermediate_steps"] = [step for turn in turns for step in turn.get("intermediate_steps") or []]
    merged["step_notes"] = []
    before = 0
    for turn in turns:
        steps = steps_of(turn)
        merged["step_notes"] += [_note(replace(step, turn=before + step.turn)) for step in steps]
        before += max((step.turn for step in steps), default=0)
    return cast(Instance, merged)


def samples_of(instance: Instance) -> list[Instance]:
    """Return all conversations about an instruction, the instance itself first, each without the others."""
    others: Any = instance.get("Samples") if isinstance(instance, dict) else None
    if not isinstance(others, list):
        return [instance]
    first = {key: value for key, value in instance.items() if key != "Samples"}
    return cast(list[Instance], [first, *(other for other in others if isinstance(other, dict))])


def with_samples(samples: Sequence[Instance]) -> Instance:
    """Return the conversations about one instruction as one instance: the first that did not fail, then the others."""
    first = next((place for place, one in enumerate(samples) if "error" not in one), 0)
    others = [*samples[:first], *samples[first + 1:]]
    return {**samples[first], "Samples": others} if others else samples[first]


def ranked(samples: Sequence[Instance]) -> list[Instance]:
    """Return the conversations as the verification ranked them, in their own order as far as it did not."""
    return sorted(samples, key=_rank)


def _rank(instance: Instance) -> int:
    verification = instance.get("Verification") if isinstance(instance, dict) else None
    rank = verification.get("rank") if isinstance(verification, dict) else None
    return rank if isinstance(rank, int) else 1
