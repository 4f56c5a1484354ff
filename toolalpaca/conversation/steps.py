"""A solution's steps as the exchange format holds them, read without trusting that each is whole."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from toolalpaca.core.jsons import too_deep
from toolalpaca.core.text import words
from toolalpaca.data.schema import EXTERNAL_TOOLS, Instance

_ACTION_LABEL = re.compile(r"^[ \t]*(?:ASSISTANT[ \t]+)?Action:", re.MULTILINE)
_THOUGHT_LABEL = re.compile(r"^\s*(?:ASSISTANT\s+)?Thought:\s*")

_STATUS = re.compile(r"\s*Status Code:\s*(\d{3})\b")


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


@dataclass(frozen=True)
class MadeCall:
    """One step. `function` is "" for a step that holds no call; `arguments` is None where they are no JSON object."""

    place: int
    function: str
    arguments: dict[str, Any] | None
    observation: str

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer, None where no request was sent."""
        match = _STATUS.match(self.observation)
        return int(match[1]) if match else None

    @property
    def is_external(self) -> bool:
        """Whether it called no API but asked the user, looked into a file or at the clock."""
        return self.function in EXTERNAL_TOOLS

    @property
    def rejected(self) -> bool:
        """Whether the call never reached the API's function: unreadable, unknown, or arguments that do not fit."""
        refused = self.status is None or self.status in (400, 405, 422)
        return not self.is_external and (self.arguments is None or refused)

    @property
    def failed(self) -> bool:
        """Whether it brought an error instead of a result."""
        return self.rejected or (self.status is not None and self.status >= 400)

    @cached_property
    def observed(self) -> list[str]:
        """The words of what came back."""
        return words(self.observation)


def made_calls(instance: Instance) -> list[MadeCall]:
    """A solution's steps as calls, in their order."""
    return [MadeCall(place, step.action, _arguments(step.action_input), step.observation)
            for place, step in enumerate(steps_of(instance))]


def api_calls(calls: Sequence[MadeCall]) -> list[MadeCall]:
    """The calls of the API's functions, whether or not they exist."""
    return [call for call in calls if call.function and not call.is_external]


def _arguments(text: str) -> dict[str, Any] | None:
    bare = text.strip()
    if not bare:
        return {}
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError):
        import json_repair

        try:
            value = json_repair.loads(bare) if bare.startswith("{") and len(bare) < 20_000 else None
        except (ValueError, RecursionError):
            value = None
    return value if isinstance(value, dict) and not too_deep(value) else None
