"""JSON's types in words, for messages."""

JSON_NAMES = {str: "a string", dict: "an object", list: "an array", type(None): "null"}


def type_name(value: object) -> str:
    """A JSON value's type in words."""
    if isinstance(value, bool):
        return "true or false"
    return JSON_NAMES.get(type(value), "a number")
