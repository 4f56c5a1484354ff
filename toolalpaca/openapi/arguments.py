"""A request body as the assistant gives it: by its properties, side by side with the parameters, or whole."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from toolalpaca.openapi.operations import Operation, Parameter, RequestBody
from toolalpaca.openapi.references import resolve

_WHOLE_NAMES = ("body", "requestBody")  # the second where a parameter has the first


@dataclass(frozen=True, slots=True)
class BodyArguments:
    """What to give for a body in `media_type`: the `properties` of an object, or with `whole` one value for it all."""

    media_type: str
    schema: dict[str, Any]
    properties: dict[str, dict[str, Any]]
    required: list[str]
    whole: bool


def body_arguments(document: dict[str, Any], body: RequestBody) -> BodyArguments | None:
    """The arguments of a body's preferred media type; None for a body without content.

    Properties come from the schema and all it is put together from (`$ref`, allOf, oneOf, anyOf); only what always
    holds makes them required, also without a schema of their own. Properties that are `readOnly` are not for requests.
    Raises ValueError for a reference that leads nowhere.
    """
    if not body.content:
        return None
    media_type = preferred_media_type(list(body.content))
    schema = body.content[media_type]
    parts = list(_object_parts(document, schema))
    known = {name: value if isinstance(value, dict) else {} for part, _ in parts
             for name, value in mapping(part, "properties")}
    read_only = {name for name, value in known.items() if _read_only(document, value)}
    required = [name for part, always in parts if always for name in items(part, "required")
                if isinstance(name, str) and name not in read_only]
    properties = {name: known.get(name, {}) for name in [*known, *required] if name not in read_only}
    is_object = properties or any(part.get("type") == "object" or "additionalProperties" in part for part, _ in parts)
    return BodyArguments(media_type, schema, properties, list(dict.fromkeys(required)), whole=not is_object)


def whole_body_name(parameters: Collection[str]) -> str:
    """The argument that stands for a body given whole, beside parameters of these names."""
    return next((name for name in _WHOLE_NAMES if name not in parameters), _WHOLE_NAMES[-1])


def preferred_media_type(offered: list[str]) -> str:
    """JSON where it is offered, then the forms, then whatever comes first."""
    return min(offered, key=_rank)


def _rank(media_type: str) -> int:
    name = media_type.split(";")[0].strip().lower()
    if name in ("application/json", "*/*") or name.endswith("+json"):
        return 0
    return {"application/x-www-form-urlencoded": 1, "multipart/form-data": 2}.get(name, 3)


def mapping(schema: dict[str, Any], key: str) -> list[tuple[str, Any]]:
    """The entries of a part of a schema that should be an object; none where it is something else."""
    value = schema.get(key)
    return list(value.items()) if isinstance(value, dict) else []


def items(schema: dict[str, Any], key: str) -> list[Any]:
    """The items of a part of a schema that should be an array; none where it is something else."""
    value = schema.get(key)
    return value if isinstance(value, list) else []


def _object_parts(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """The schema and what it is put together from, each with whether it always holds (not so under oneOf, anyOf)."""
    stack, seen = [(schema, True)], set[int]()
    while stack:
        reference, always = stack.pop()
        part = resolve(document, reference)
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part, always
        stack.extend(reversed([(inner, always and key == "allOf") for key in ("allOf", "oneOf", "anyOf")
                               for inner in items(part, key) if isinstance(inner, dict)]))


def _read_only(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    return resolve(document, schema).get("readOnly") is True


@dataclass(frozen=True)
class Signature:
    """An operation's arguments: parameters, then properties of the body (or the whole body under one name)."""

    operation: Operation
    body: BodyArguments | None = None
    whole_body: str | None = None
    open_body: bool = False  # the body takes properties that the document does not name

    @property
    def parameters(self) -> list[Parameter]:
        """The operation's parameters."""
        return self.operation.parameters

    @property
    def body_properties(self) -> dict[str, dict[str, Any]]:
        """The body's properties, none where it is given whole."""
        return self.body.properties if self.body else {}

    @property
    def schemas(self) -> dict[str, dict[str, Any]]:
        """Each argument's schema as written; a parameter's where a property of the body has the same name."""
        whole = {self.whole_body: self.body.schema} if self.whole_body and self.body else {}
        return {**self.body_properties, **whole, **{one.name: one.schema for one in self.parameters}}

    @property
    def names(self) -> list[str]:
        """All argument names, each once."""
        whole = [self.whole_body] if self.whole_body else []
        return list(dict.fromkeys([*(one.name for one in self.parameters), *self.body_properties, *whole]))

    def required(self, given: set[str]) -> list[str]:
        """The names that must be given; those of an optional body only when some part of the body is."""
        names = [one.name for one in self.parameters if one.required]
        parts = set(self.body_properties) - {one.name for one in self.parameters}
        request_body = self.operation.request_body
        if self.body and request_body and (request_body.required or parts & given):
            names += [self.whole_body] if self.whole_body else self.body.required
        return list(dict.fromkeys(names))


def signature_of(document: dict[str, Any], operation: Operation) -> Signature:
    """Settle which body form is used and what its properties are; ValueError for a reference that leads nowhere."""
    body = body_arguments(document, operation.request_body) if operation.request_body else None
    if body is None:
        return Signature(operation)
    if body.whole:
        return Signature(operation, body, whole_body_name({one.name for one in operation.parameters}))
    stated = resolve(document, body.schema).get("additionalProperties")
    return Signature(operation, body, open_body=stated not in (None, False) or not body.properties)
