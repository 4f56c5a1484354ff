"""A solution's steps as the exchange format holds them, read without trusting that each is whole."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from toolalpaca.records import Instance

_ACTION_LABEL = re.compile(r"^[ \t]*(?:ASSISTANT[ \t]+)?Action:", re.MULTILINE)
_THOUGHT_LABEL = re.compile(r"^\s*(?:ASSISTANT\s+)?Thought:\s*")


@dataclass(frozen=True)
class Step:
    """One step: `action` is "" where no call could be read from what the assistant wrote, which is in `thought`."""

    thought: str
    action: str
    action_input: str
    observation: str


def steps_of(instance: Instance) -> list[Step]:
    """The steps in their order; a step that is not of the format's form is kept as one without an action."""
    return list(_steps(instance.get("intermediate_steps") or []))


def _steps(raw: list[Any]) -> Iterator[Step]:
    for step in raw:
        match step:
            case [[str(action), action_input, *rest], observation, *_]:
                log = rest[0] if rest and isinstance(rest[0], str) else ""
                yield Step(_thought(log), action.strip(), _text(action_input), _text(observation))
            case _:
                yield Step(_text(step), "", "", "")


def _thought(log: str) -> str:
    label = _ACTION_LABEL.search(log)
    return _THOUGHT_LABEL.sub("", log[:label.start()] if label else log).strip()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def describe_solution(instance: Instance) -> str:
    """The whole solution in words, as the judge is shown it."""
    lines: list[str] = []
    for number, step in enumerate(steps_of(instance), start=1):
        lines.append(f"Step {number}")
        if step.thought:
            lines.append(f"Thought: {step.thought}")
        if step.action:
            lines += [f"Action: {step.action}", f"Action Input: {step.action_input}"]
        lines.append(f"Observation: {step.observation}")
    if not lines:
        lines.append("(no call was made)")
    lines.append(f"Final Response: {instance.get('output') or '(none)'}")
    return "\n".join(lines)
