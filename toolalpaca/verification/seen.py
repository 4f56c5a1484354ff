"""An observation taken apart: the status, and the JSON values of the body with the path each stands at."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from toolalpaca.evaluation.wording import words

_RESPONSE = re.compile(r"\s*Status Code:\s*(?P<status>\d{3})\.?\s*Response:\s*(?P<body>.*)", re.DOTALL)
_CUT = re.compile(r"\[cut(?::[^\]]*)?\]\s*$")
GATEWAY = (502, 503, 504)


@dataclass(frozen=True)
class Leaf:
    """A value that is neither object nor array; `path` holds the names on the way to it, without list positions."""

    path: tuple[str, ...]
    value: Any

    @cached_property
    def names(self) -> frozenset[str]:
        """The words of the names on the way."""
        return frozenset(word for name in self.path for word in words(name.replace("_", " ")))


@dataclass(frozen=True)
class Seen:
    """What one step brought."""

    text: str

    @cached_property
    def _parts(self) -> re.Match[str] | None:
        return _RESPONSE.match(self.text)

    @property
    def status(self) -> int | None:
        """The HTTP status, None where no answer of an API is shown."""
        return int(self._parts["status"]) if self._parts else None

    @property
    def succeeded(self) -> bool:
        """Whether it shows an API's success."""
        return self.status is not None and self.status < 400

    @property
    def is_infrastructure(self) -> bool:
        """Whether the network or a gateway spoke in place of the API."""
        return self.text.startswith("No answer:") or self.status in GATEWAY

    @cached_property
    def body(self) -> Any:
        """The JSON of the answer; None where it is no JSON or not all of it is shown."""
        text = self._parts["body"] if self._parts else ""
        if text[:1] not in tuple('{["') and not re.match(r"-?\d|true|false|null", text):
            return None
        try:
            return json.JSONDecoder().raw_decode(text)[0]
        except (ValueError, RecursionError):
            return None

    @property
    def is_whole(self) -> bool:
        """Whether the whole answer is shown."""
        return not _CUT.search(self.text)

    @cached_property
    def leaves(self) -> list[Leaf]:
        """The values of the answer."""
        return list(_leaves(self.body, ()))

    @cached_property
    def words(self) -> list[str]:
        """The words of the text."""
        return words(self.text)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, (*path, name))
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part, path)
    elif value is not None:
        yield Leaf(path, value)
