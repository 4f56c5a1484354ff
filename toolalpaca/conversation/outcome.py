"""Outcomes of conversations: whether an instance becomes a training example, and which kind of task it was.

`build_dataset.py` uses it; how an instance is written as text is up to the prompt forms.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

from toolalpaca.conversation.observation import Observation, is_infrastructure_note
from toolalpaca.conversation.steps import merged_turns, steps_of, user_turns
from toolalpaca.data.record_types import GET_DETAILS, ApiRecord, Instance

MAX_STEPS = 5

# Why an instance is left out, with the summary's wording, in the order in which the reasons are checked.
REASONS = {
    "error": "ended in an error",
    "malformed": "not in the form of an instance",
    "no_step": "no step",
    "too_many_steps": "more steps in a turn than --max_steps",
    "only_getDetails": "the only action is getDetails",
    "no_action": "no step with an action",
    "no_output": "no final answer",
    "refused": "refused by the verification",
    "unverified": "not looked at by instance_generation/verification.py",
    "not_best": "another conversation of the same instruction is better",
    "no_pair": "no conversation of the same instruction to pair it with",
    "in_test": "the instruction occurs in a test",
    "refused_call": "a call was refused before it was sent",
    "not_drawn": "of a kind of which --keep takes a fraction",
}

TASK_KINDS = ("single", "multi", "missing", "none", "unsolved")


def unverified_reason(instance: Any) -> str | None:
    """Return the key in REASONS for an instance that has not passed the verification; None for one that has."""
    verification = instance.get("Verification") if isinstance(instance, dict) else None
    if not isinstance(verification, dict):
        return "unverified"
    return None if verification.get("passed") is True else "refused"


def requested_kind(record: ApiRecord, place: int) -> str:
    """Return the kind of instruction that was requested at `place`; "" if the record does not say."""
    asked = record.get("Instruction_Kinds") or []
    return asked[place] if place < len(asked) else ""


def exclusion_reason(instance: Any, asked: str = "", max_steps: int = MAX_STEPS) -> str | None:
    """Return the key in REASONS for an instance that is not a training example; None for one that is.

    An answer without a step is a training example if no function can do what was asked, i.e. if its kind is `none`.
    """
    if not isinstance(instance, dict):
        return "malformed"
    if instance.get("error"):
        return "error"
    turns: list[Any] = list(user_turns(cast(Instance, instance)))
    if not all(map(_is_well_formed, turns)):
        return "malformed"
    steps = [step for turn in turns for step in turn.get("intermediate_steps") or []]
    most = max(len(turn.get("intermediate_steps") or []) for turn in turns)
    actions = {step[0][0].strip() for step in steps} - {""}
    may_be_empty = asked == "none" and not actions
    found = {
        "no_step": not steps and not may_be_empty,
        "too_many_steps": most > max_steps,
        "only_getDetails": actions == {GET_DETAILS},
        "no_action": not actions and not may_be_empty,
        "no_output": not all((turn.get("output") or "").strip() for turn in turns),
    }
    return next((reason for reason, applies in found.items() if applies), None)


def _is_well_formed(instance: dict[str, Any]) -> bool:
    steps = instance.get("intermediate_steps") or []
    texts = (instance.get("output") or "", instance.get("Final Thought") or "")
    return (isinstance(instance.get("input"), str) and bool(instance["input"].strip())
            and all(isinstance(text, str) for text in texts)
            and isinstance(steps, list) and all(_is_step(step) for step in steps))


def _is_step(step: Any) -> bool:
    return (isinstance(step, list) and len(step) == 2 and isinstance(step[0], list) and len(step[0]) >= 2
            and isinstance(step[0][0], str))


def steps_without_thought(instance: Instance) -> int:
    """Return how many steps have no thought, as in runs that were published without thoughts."""
    return sum(not step.thought for turn in user_turns(instance) for step in steps_of(turn))


def count_task_kinds(records: Iterable[ApiRecord]) -> dict[str, int]:
    """Return the number of instances of each of TASK_KINDS."""
    counts = Counter(dict.fromkeys(TASK_KINDS, 0))
    for record in records:
        counts.update(task_kind(instance, requested_kind(record, place))
                      for place, instance in enumerate(record.get("Instances") or []))
    return dict(counts)


def count_repaired_turns(records: Iterable[ApiRecord]) -> dict[str, int]:
    """Return how many turns of the assistant could not be read as a call or an answer, so that it was asked again, and
    how many calls were read after a fix, as their notes say."""
    asked_again, fixed = 0, 0
    for record in records:
        for turn in (turn for instance in record.get("Instances") or [] for turn in user_turns(instance)):
            asked_again += sum(not step.is_call for step in steps_of(turn))
            notes = [str(note) for note in cast(Any, turn).get("notes") or [] if not is_infrastructure_note(note)]
            fixed += len({note.split(": ")[0] for note in notes if ": " in note})
    return {"turns_asked_again": asked_again, "turns_fixed": fixed}


def task_kind(instance: Instance, asked: str = "") -> str:
    """Return `missing` if the assistant had to ask the user, otherwise a kind by how many different calls succeeded.

    `unsolved` is an instance that failed or in which no call succeeded; a corrected call counts once. `none` is an
    answer without a call to an instruction requested as `none`, which no function can carry out.
    """
    steps = [] if "error" in instance else [step for step in steps_of(merged_turns(instance)) if step.is_call]
    if asked == "none" and not steps and "error" not in instance:
        return "none"
    if any(step.action == GET_DETAILS for step in steps):
        return "missing"
    good = {(step.action, step.input) for step in steps if Observation(step.observation).succeeded}
    return "multi" if len(good) > 1 else "single" if good else "unsolved"
