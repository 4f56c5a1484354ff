"""Media types: compared without case and parameters, which of them are JSON, and which of several to use; and those
whose bodies hold one value after the other: lines of JSON, JSON text sequences (RFC 7464), server-sent events, and
the parts of multipart/mixed and its like (RFC 2046)."""

import hashlib
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from toolalpaca.core.jsons import text_of

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
EVENTS = "text/event-stream"
_LINES = frozenset({"application/jsonl", "application/x-jsonl", "application/ndjson", "application/x-ndjson",
                    "application/jsonlines", "application/x-jsonlines", "application/json-lines",
                    "application/stream+json", "application/x-json-stream"})
_EVENT_FIELDS = ("event", "id", "retry", "data")
_RECORD = "\x1e"


@lru_cache(maxsize=256)
def kind_of(content_type: str) -> str:
    """Return a content type in lower case and without its parameters."""
    return content_type.split(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """Return whether a content type is JSON, is built on it or, as `*/*`, leaves it open."""
    kind = kind_of(content_type)
    return kind in (JSON, "*/*") or kind.endswith("+json")


def preferred_media_type(offered: Sequence[str]) -> str:
    """Return the JSON type if there is one, else a form type, else the first."""
    return min(offered, key=lambda name: 0 if is_json(name) else {FORM: 1, MULTIPART: 2}.get(kind_of(name), 3))


def is_sequence(content_type: str) -> bool:
    """Return whether a body of this type holds one value after the other."""
    kind = kind_of(content_type)
    return kind in _LINES or kind == EVENTS or kind.endswith("json-seq") or _has_parts(kind)


def _has_parts(kind: str) -> bool:
    return kind.startswith("multipart/") and kind != MULTIPART


def sequence_body(values: list[Any], media_type: str, types: Sequence[str | None] = ()) -> tuple[str, str]:
    """Return the values as the text of a body of this type, which is a sequence, and the body's Content-Type.

    `types` are the media types of the parts of multipart, as far as they are stated; the last one is for all further.
    """
    kind = kind_of(media_type)
    if _has_parts(kind):
        boundary = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]
        stated = [*types, *([types[-1] if types else None] * len(values))]
        parts = [_part(value, one) for value, one in zip(values, stated, strict=False)]
        text = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
        return f"{text}--{boundary}--\r\n", f"{media_type}; boundary={boundary}"
    if kind == EVENTS:
        return "".join(f"{_event(value)}\n" for value in values), media_type
    start = _RECORD if kind.endswith("json-seq") else ""
    return "".join(f"{start}{json.dumps(value, ensure_ascii=False)}\n" for value in values), media_type


def _part(value: Any, stated: str | None) -> str:
    """Return a part with its header: a text as it is, any other value as JSON, whatever its type is called."""
    kind = stated or ("text/plain" if isinstance(value, str) else JSON)
    text = value if isinstance(value, str) and not is_json(kind) else json.dumps(value, ensure_ascii=False)
    return f"Content-Type: {kind}\r\n\r\n{text}"


def sequence_values(text: str, content_type: str) -> list[Any]:
    """Return the values in the text of a body of this type; raise ValueError if it is malformed."""
    kind = kind_of(content_type)
    if _has_parts(kind):
        return _part_values(text, content_type)
    if kind == EVENTS:
        blocks = text.replace("\r\n", "\n").strip("\n").split("\n\n")
        return [_fields(block) for block in blocks if block.strip()]
    parts = text.split(_RECORD) if kind.endswith("json-seq") else text.splitlines()
    return [json.loads(part) for part in parts if part.strip()]


def _part_values(text: str, content_type: str) -> list[Any]:
    boundary = re.search(r"boundary=\"?([^\";]+)", content_type, re.IGNORECASE)
    if boundary is None:
        raise ValueError("the Content-Type has no boundary")
    pieces = re.split(rf"(?:\A|\r?\n)--{re.escape(boundary[1].strip())}(?:--)?[ \t]*(?:\r?\n|\Z)", f"\r\n{text}")
    values: list[Any] = []
    for piece in pieces[1:-1]:
        head, _, body = piece.replace("\r\n", "\n").partition("\n\n")
        kind = re.search(r"^content-type:[ \t]*(\S+)", head, re.IGNORECASE | re.MULTILINE)
        values.append(json.loads(body) if kind and is_json(kind_of(kind[1])) else body)
    return values


def _event(value: Any) -> str:
    fields = value if isinstance(value, dict) else {"data": value}
    lines = [f"{name}: {line}" for name in _EVENT_FIELDS if name in fields
             for line in text_of(fields[name]).splitlines() or [""]]
    return "".join(f"{line}\n" for line in lines or [f"data: {text_of(value)}"])


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
