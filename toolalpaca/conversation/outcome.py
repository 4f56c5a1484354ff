"""Which instances become training examples, and why the others do not.

`build_dataset.py` decides with it; how an instance is written as text is the prompt forms' business.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from toolalpaca.data.schema import GET_DETAILS, ApiRecord, Instance, Step

MAX_STEPS = 5

# Why an instance is left out, with the words the summary has for it, in the order in which they are looked for.
REASONS = {
    "error": "ended in an error",
    "malformed": "not in the form of an instance",
    "no_step": "no step",
    "too_many_steps": f"more than {MAX_STEPS} steps",
    "only_getDetails": "the only action is getDetails",
    "no_action": "no step with an action",
    "no_output": "no final answer",
    "refused": "refused by the verification",
    "unverified": "not looked at by instance_generation/verification.py",
}

KINDS = ("single", "multi", "missing", "unsolved")
_GOOD = re.compile(r"^\W*Status Code: 2\d\d\b")


def why_not_verified(instance: Any) -> str | None:
    """The key in REASONS for an instance that the verification has not passed, None for one that it has."""
    verification = instance.get("Verification") if isinstance(instance, dict) else None
    if not isinstance(verification, dict):
        return "unverified"
    return None if verification.get("passed") is True else "refused"


def why_left_out(instance: Any) -> str | None:
    """The key in REASONS for an instance that is no training example, None for one that is."""
    if not isinstance(instance, dict):
        return "malformed"
    if instance.get("error"):
        return "error"
    if not _is_well_formed(instance):
        return "malformed"
    steps = instance.get("intermediate_steps") or []
    actions = {step[0][0].strip() for step in steps} - {""}
    found = {
        "no_step": not steps,
        "too_many_steps": len(steps) > MAX_STEPS,
        "only_getDetails": actions == {GET_DETAILS},
        "no_action": not actions,
        "no_output": not (instance.get("output") or "").strip(),
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


def completed(instance: Instance) -> Instance:
    """The instance with every part of its steps a string: a missing log is empty, an object becomes its JSON."""
    steps: list[Step] = [[[step[0][0], _text(step[0][1]), _text(step[0][2]) if len(step[0]) > 2 else ""],
                          _text(step[1])] for step in instance["intermediate_steps"]]
    return {**instance, "intermediate_steps": steps}  # type: ignore[typeddict-item]


def steps_without_thought(instance: Instance) -> int:
    """How many steps carry no text of the assistant's own, as in runs published without their thoughts."""
    return sum(not step[0][2].strip() for step in instance["intermediate_steps"])


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def kinds_of(records: Iterable[ApiRecord]) -> dict[str, int]:
    """How many instances are of each of KINDS."""
    found = Counter(dict.fromkeys(KINDS, 0))
    for record in records:
        found.update(kind_of(instance) for instance in record.get("Instances") or [])
    return dict(found)


def kind_of(instance: Instance) -> str:
    """`missing` when the assistant had to ask the user, else by the number of different calls that succeeded.

    `unsolved` is an instance that failed or in which no call succeeded; calls that were mended do not count twice.
    """
    steps = [] if "error" in instance else instance.get("intermediate_steps") or []
    if any(call[0] == GET_DETAILS for call, _ in steps):
        return "missing"
    good = {(call[0], call[1]) for call, observation in steps if _GOOD.match(str(observation))}
    return "multi" if len(good) > 1 else "single" if good else "unsolved"
