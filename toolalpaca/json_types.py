"""JSON values in words, for messages and schemas: the type of one, and a place inside one."""

from collections.abc import Iterable

JSON_NAMES = {str: "a string", dict: "an object", list: "an array", type(None): "null"}
_SCHEMA_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object",
                 type(None): "null"}


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
