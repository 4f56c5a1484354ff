"""Progress through a plan: which calls are done, which failed and how, and what the user said."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from offline_llm.knowledge.english import split_identifier
from offline_llm.language.described_functions import DATE_TIME, GET_DETAILS, RETRIEVAL, DescribedFunction
from offline_llm.language.filling import fill
from offline_llm.language.prompt_reading import TranscriptStep
from offline_llm.language.understanding import PlannedCall, ResultReference, missing_from
from offline_llm.roles.slips import names_after
from toolalpaca.conversation.observation import Observation
from toolalpaca.core.words import stem

MOST_FAILURES = 3
NO_REASON = "the service did not say why"


@dataclass
class CallState:
    """The state of one planned call: its failures so far, and the step that answered it."""

    call: PlannedCall
    failures: list[TranscriptStep] = field(default_factory=list)
    answer: TranscriptStep | None = None
    answered_at: int = -1  # the index of that step
    given_up: str = ""

    @property
    def open(self) -> bool:
        """Return whether the call still has to be made."""
        return self.answer is None and not self.given_up


class PlanProgress:
    """Goes through the steps so far and tells which call comes next."""

    def __init__(self, calls: Sequence[PlannedCall], steps: Sequence[TranscriptStep],
                 functions: Sequence[DescribedFunction], instruction: str) -> None:
        self.instruction = instruction
        self.states = [CallState(call) for call in calls]
        self.steps = list(steps)
        self.functions = {function.name: function for function in functions}
        self.questions = 0
        self.passages: list[str] = []
        for place, step in enumerate(steps):
            self._take(step, place)
        self.give_up_blocked()

    def _take(self, step: TranscriptStep, place: int) -> None:
        if not step.action or Observation(step.observation).refuses_format:
            return  # a turn that could not be parsed says nothing about its call
        if step.action == GET_DETAILS:
            self.questions += 1
            self._use_reply(step)
        elif step.action in (RETRIEVAL, DATE_TIME):
            self.passages.append(step.observation)
        elif (state := self._owner(step)) is not None:
            if step.succeeded:
                state.answer, state.answered_at = step, place
            else:
                state.failures.append(step)
                self._note_missing(state, step)
                if len(state.failures) >= MOST_FAILURES:
                    state.given_up = step.observation.strip() or NO_REASON

    def _note_missing(self, state: CallState, failure: TranscriptStep) -> None:
        """Add a parameter that the service reports as missing, whatever the documentation says."""
        function = state.call.function
        names = [name for name in names_after("Missing required parameters", failure) if function.parameter(name)
                 and name not in state.call.arguments and name not in state.call.references]
        given = fill(function, self.instruction, only=names) if names else {}
        state.call.arguments.update({name: value for name, (value, _) in given.items()})
        state.call.missing += [name for name in names if name not in given and name not in state.call.missing]

    def _owner(self, step: TranscriptStep) -> CallState | None:
        """Return the planned call that a step belongs to: an equal one, else the first open one."""
        waiting = [state for state in self.states if state.open]
        for state in waiting:
            if state.call.function.name == step.action and self.arguments(state) == step.arguments:
                return state
        return waiting[0] if waiting else None

    def _use_reply(self, step: TranscriptStep) -> None:
        """Use what the user said for the first call that waits for it."""
        state = next((one for one in self.states if one.open and self.unknown(one)), None)
        if state is None or not step.succeeded:
            return
        told = missing_from(state.call.function, self.unknown(state), step.observation)
        state.call.arguments.update(told)
        state.call.missing = [name for name in state.call.missing if name not in told]
        if not told and self.questions > 1:
            state.given_up = "the value that is needed is not known"

    def give_up_blocked(self) -> None:
        """Give up calls that need a result which was never returned."""
        for state in self.states:
            for name, reference in state.call.references.items():
                source = self.states[reference.call]
                if state.open and (source.given_up or (source.answer and self._referred(name, reference) is None)):
                    state.given_up = source.given_up or "the earlier answer does not contain what is needed for it"

    def _referred(self, name: str, reference: ResultReference) -> Any:
        answer = self.states[reference.call].answer
        return None if answer is None else result_value(answer.response, reference.field, name)

    def arguments(self, state: CallState) -> dict[str, Any] | None:
        """Return the call's arguments with references filled in, in the function's order; None while one is unknown."""
        found = dict(state.call.arguments)
        for name, reference in state.call.references.items():
            value = self._referred(name, reference)
            if value is None:
                return None
            parameter = state.call.function.parameter(name)
            as_text = parameter is not None and parameter.type == "string" and not isinstance(value, str)
            found[name] = str(value) if as_text else value
        return {one.name: found[one.name] for one in state.call.function.parameters if one.name in found}

    def unknown(self, state: CallState) -> list[str]:
        """Return the call's required parameters that only the user can provide."""
        return [name for name in state.call.missing if name not in state.call.arguments]

    def ready(self) -> list[CallState]:
        """Return the open calls that depend neither on each other nor on the user."""
        return [state for state in self.states if state.open and not state.failures and not self.unknown(state)
                and self.arguments(state) is not None]


def result_value(response: Any, field_name: str, parameter: str) -> Any:
    """Return the first value in a response under a field's or a parameter's name, or a similar name."""
    for wanted in filter(None, (field_name, parameter)):
        value = _first(response, lambda key, wanted=wanted: key == wanted)
        if value is not None:
            return value
    words = [stem(word) for word in split_identifier(parameter)]
    return _first(response, lambda key: [stem(word) for word in split_identifier(key)][-1:] == words[-1:]
                  and words[-1] in ("id", "key", "code", "number", "slug", "token"))


def _first(value: Any, wanted: Any) -> Any:
    pending = [value]
    while pending:
        part = pending.pop(0)
        if isinstance(part, dict):
            for key, inner in part.items():
                if wanted(key) and isinstance(inner, str | int | float) and not isinstance(inner, bool):
                    return inner
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
    return None


def equal_json(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
