"""Small slips of a model's body mended: a number written as text, a null in place of nothing, a field too many."""

from typing import Any

from toolalpaca.core.jsons import json_type
from toolalpaca.openapi.schemas import Schema, followed, types_of
from toolalpaca.openapi.text_coercion import scalar

_DEEPEST = 30


def repaired(root: Schema, value: Any) -> Any:
    """The value with its slips mended as far as that is safe; it may still not fit. The value itself is kept."""
    return _repaired(root, root, value, 0)


def _repaired(root: Schema, schema: Any, value: Any, depth: int) -> Any:
    schema = followed(root, schema)
    if depth > _DEEPEST:
        return value
    types = types_of(root, schema)
    kind = json_type(value)
    if types and kind not in types and not (kind == "integer" and "number" in types):
        value = _converted(value, kind, types)
    for part in schema.get("allOf", ()):
        value = _repaired(root, part, value, depth + 1)
    if isinstance(value, dict):
        return _object(root, schema, value, depth)
    if isinstance(value, list) and "items" in schema:
        return [_repaired(root, schema["items"], item, depth + 1) for item in value]
    if isinstance(value, str) and isinstance(schema.get("enum"), list) and value not in schema["enum"]:
        same = [one for one in schema["enum"] if isinstance(one, str) and one.lower() == value.strip().lower()]
        return same[0] if same else value
    return value


def _converted(value: Any, kind: str, types: tuple[str, ...]) -> Any:
    if kind == "string":
        for candidate in scalar(value.strip(), tuple(one for one in types if one not in ("array", "object", "null"))):
            return candidate
    if kind in ("integer", "number") and "string" in types:
        return str(value)
    if kind == "number" and "integer" in types and value == int(value):
        return int(value)
    if kind == "boolean" and "string" in types:
        return "true" if value else "false"
    if kind == "null" and "array" in types:
        return []
    if kind not in ("array", "null") and "array" in types:
        return [value]
    return value


def _object(root: Schema, schema: Schema, value: dict[str, Any], depth: int) -> dict[str, Any]:
    properties, required = schema.get("properties", {}), schema.get("required", ())
    closed = schema.get("additionalProperties") is False and "allOf" not in schema
    result = {}
    for key, part in value.items():
        if key not in properties:
            if not closed:
                result[key] = part
            continue
        part = _repaired(root, properties[key], part, depth + 1)
        if part is None and key not in required and "null" not in (types_of(root, properties[key]) or ("null",)):
            continue
        result[key] = part
    return result
