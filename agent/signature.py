"""What one operation takes: its parameters and the properties of its request body as one flat set of arguments.

The assistant sees and gives arguments by name alone; where each goes is decided here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from toolalpaca.openapi import Operation, Parameter, resolve

DEEPEST = 12  # levels of allOf and $ref that are followed to find a body's properties
WHOLE_BODY = "body"  # the argument that stands for a body which is no object with properties


@dataclass(frozen=True)
class Signature:
    """An operation's arguments: parameters, then properties of the body (or the whole body under one name)."""

    operation: Operation
    parameters: list[Parameter]
    media_type: str | None = None
    body_schema: dict[str, Any] = field(default_factory=dict)
    body_properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    body_required: list[str] = field(default_factory=list)
    whole_body: str | None = None
    open_body: bool = False  # the body takes properties that the document does not name

    @property
    def names(self) -> list[str]:
        """All argument names, each once."""
        whole = [self.whole_body] if self.whole_body else []
        return list(dict.fromkeys([*(one.name for one in self.parameters), *self.body_properties, *whole]))

    def required(self, given: set[str]) -> list[str]:
        """The names that must be given; those of an optional body only when some part of the body is."""
        names = [one.name for one in self.parameters if one.required]
        body = self.operation.request_body
        parts = set(self.body_properties) - {one.name for one in self.parameters}
        if body is not None and (body.required or parts & given):
            names += [self.whole_body] if self.whole_body else self.body_required
        return list(dict.fromkeys(names))


def signature_of(document: dict[str, Any], operation: Operation) -> Signature:
    """Settle which body form is used and what its properties are."""
    body = operation.request_body
    if body is None or not body.content:
        return Signature(operation, operation.parameters)
    media_type = preferred_media_type(list(body.content))
    schema = body.content[media_type]
    parts = list(_object_parts(document, schema, DEEPEST))
    properties: dict[str, dict[str, Any]] = {}
    for part, _ in parts:
        properties.update({name: value if isinstance(value, dict) else {}
                           for name, value in (part.get("properties") or {}).items()})
    is_open = any(part.get("additionalProperties") not in (None, False) for part, _ in parts)
    is_object = bool(properties) or is_open or any(part.get("type") == "object" for part, _ in parts)
    if not is_object:
        taken = {one.name for one in operation.parameters}
        return Signature(operation, operation.parameters, media_type, schema,
                         whole_body=WHOLE_BODY if WHOLE_BODY not in taken else "requestBody")
    required = [name for part, certain in parts if certain for name in part.get("required") or []
                if not _read_only(document, properties.get(name, {}))]
    return Signature(operation, operation.parameters, media_type, schema, properties,
                     list(dict.fromkeys(required)), open_body=is_open or not properties)


def preferred_media_type(offered: list[str]) -> str:
    """JSON where it is offered, then the forms, then whatever comes first."""
    def rank(media_type: str) -> int:
        name = media_type.split(";")[0].strip().lower()
        if name == "application/json" or name.endswith("+json") or name == "*/*":
            return 0
        return {"application/x-www-form-urlencoded": 1, "multipart/form-data": 2}.get(name, 3)

    return min(offered, key=rank)


def _object_parts(document: dict[str, Any], schema: object, depth: int,
                  certain: bool = True) -> Iterator[tuple[dict[str, Any], bool]]:
    """The schema and what it is put together from, with whether each part always holds (not so under oneOf)."""
    try:
        part = resolve(document, schema)
    except ValueError:  # a reference that leads nowhere allows nothing to be said about the body
        return
    yield part, certain
    if depth:
        for key in ("allOf", "oneOf", "anyOf"):
            for inner in part.get(key) or []:
                yield from _object_parts(document, inner, depth - 1, certain and key == "allOf")


def _read_only(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    try:
        return resolve(document, schema).get("readOnly") is True
    except ValueError:
        return False
