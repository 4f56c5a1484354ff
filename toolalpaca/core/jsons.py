"""JSON values: written so that every reader takes them, in words for messages, by type, by depth and by leaves."""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

JSON_NAMES = {str: "a string", dict: "an object", list: "an array", type(None): "null"}
_SCHEMA_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object",
                 type(None): "null"}

DEEPEST = 40


def type_name(value: object) -> str:
    """A JSON value's type in words."""
    if isinstance(value, bool):
        return "true or false"
    return JSON_NAMES.get(type(value), "a number")


def json_type(value: object) -> str:
    """A JSON value's type by JSON Schema's name for it; a float without a fraction is a number."""
    return _SCHEMA_TYPES.get(type(value), "string")


def place(path: Iterable[str | int]) -> str:
    """A position inside a JSON value as `users[0].name`; empty for the value itself."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def too_deep(value: Any) -> bool:
    """Whether values are nested so deeply that comparing them would be no comparison any more."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for one in level if isinstance(one, (dict, list))
                 for inner in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return False
    return True


def leaves(value: Any) -> Iterator[Any]:
    """The values that are neither objects nor arrays, at any depth."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def to_json(value: Any, *, indent: int | None = None, compact: bool = False) -> str:
    """Return the value as JSON text without needless escapes; NaN and infinities, which JSON has not, become text."""
    separators = (",", ":") if compact else None
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    except ValueError as error:
        if "JSON compliant" not in str(error):
            raise
    return json.dumps(_finite(value), ensure_ascii=False, indent=indent, separators=separators)


def _finite(value: Any) -> Any:
    """Return the value with `NaN`, `Infinity` and `-Infinity` as text in place of such numbers."""
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(value)
    if isinstance(value, dict):
        return {_finite(key): _finite(part) for key, part in value.items()}
    return [_finite(part) for part in value] if isinstance(value, list | tuple) else value
