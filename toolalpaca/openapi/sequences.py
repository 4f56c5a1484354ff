"""Sequences of values as the text of one body: lines of JSON, JSON text sequences (RFC 7464), server-sent events."""

import json
from typing import Any

from toolalpaca.openapi.media_types import kind_of

EVENTS = "text/event-stream"
_LINES = frozenset({"application/jsonl", "application/x-jsonl", "application/ndjson", "application/x-ndjson",
                    "application/jsonlines", "application/x-jsonlines", "application/json-lines",
                    "application/stream+json", "application/x-json-stream"})
_EVENT_FIELDS = ("event", "id", "retry", "data")
_RECORD = "\x1e"


def is_sequence(content_type: str) -> bool:
    """Return whether a body of this type holds one value after the other."""
    kind = kind_of(content_type)
    return kind in _LINES or kind == EVENTS or kind.endswith("json-seq")


def sequence_text(values: list[Any], content_type: str) -> str:
    """Return the values as the text of a body of this type, which is a sequence."""
    kind = kind_of(content_type)
    if kind == EVENTS:
        return "".join(f"{_event(value)}\n" for value in values)
    start = _RECORD if kind.endswith("json-seq") else ""
    return "".join(f"{start}{json.dumps(value, ensure_ascii=False)}\n" for value in values)


def sequence_values(text: str, content_type: str) -> list[Any]:
    """Return the values in the text of a body of this type; raise ValueError if it is malformed."""
    kind = kind_of(content_type)
    if kind == EVENTS:
        blocks = text.replace("\r\n", "\n").strip("\n").split("\n\n")
        return [_fields(block) for block in blocks if block.strip()]
    parts = text.split(_RECORD) if kind.endswith("json-seq") else text.splitlines()
    return [json.loads(part) for part in parts if part.strip()]


def _event(value: Any) -> str:
    fields = value if isinstance(value, dict) else {"data": value}
    lines = [f"{name}: {line}" for name in _EVENT_FIELDS if name in fields
             for line in _text(fields[name]).splitlines() or [""]]
    return "".join(f"{line}\n" for line in lines or [f"data: {_text(value)}"])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fields(block: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for line in block.split("\n"):
        name, _, text = line.partition(":")
        if name in _EVENT_FIELDS:
            text = text.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{text}" if name in fields else text
    if str(fields.get("retry", "")).isdecimal():
        fields["retry"] = int(fields["retry"])
    return fields
