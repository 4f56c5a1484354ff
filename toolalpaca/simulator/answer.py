"""An answer on its way out: status, body, where it came from."""

from dataclasses import dataclass, field
from typing import Any

from toolalpaca.simulator.responses import JSON_TYPE

LLM, SCHEMA, CACHE = "llm", "schema", "cache"
NOTHING = object()  # the body of an answer that has none


@dataclass(frozen=True)
class Answer:
    """`source` says whether a model gave it, the schema, or a memory of an earlier answer."""

    status: int
    body: Any
    source: str
    media_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether the API did what was asked."""
        return 200 <= self.status < 300
