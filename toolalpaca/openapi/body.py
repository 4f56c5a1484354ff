"""A request body as the assistant gives it: by its properties, side by side with the parameters, or whole."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from toolalpaca.openapi.operation import RequestBody
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
