"""The calls a solution made, as the scorers see them: function, arguments, what came back and whether it failed."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from toolalpaca.evaluation.golden import too_deep
from toolalpaca.evaluation.trace import steps_of
from toolalpaca.evaluation.wording import words
from toolalpaca.external_tools import EXTERNAL_TOOLS
from toolalpaca.records import Instance

_STATUS = re.compile(r"\s*Status Code:\s*(\d{3})\b")


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
