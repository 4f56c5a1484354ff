"""A checked request: what was asked of which operation, in one form however it was sent."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from toolalpaca.simulator.bodies import NO_BODY

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True)
class Call:
    """`path` and `query` are as sent, decoded; `arguments` holds the declared parameters' typed values by name;
    `headers` and `cookies` only those that the document names."""

    api: str
    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)
    body: Any = NO_BODY
    media_type: str = ""

    @property
    def has_body(self) -> bool:
        """Whether a body was sent."""
        return self.body is not NO_BODY

    @cached_property
    def key(self) -> str:
        """The request as canonical JSON: equal requests have equal keys, whatever the order of their parts."""
        parts: dict[str, Any] = {"method": self.method, "path": self.path, "query": sorted(self.query)}
        if self.headers or self.cookies:
            parts["headers"], parts["cookies"] = self.headers, self.cookies
        if self.has_body:
            parts["body"], parts["type"] = self.body, self.media_type
        return _canonical(parts)

    @property
    def body_fields(self) -> dict[str, Any]:
        """The body's top-level fields, where it is an object."""
        return self.body if isinstance(self.body, dict) else {}
