"""What a schema expects, in words, for the messages that let a caller correct itself."""

import json
from typing import Any

from toolalpaca.simulator.schemas import Schema, followed, types_of

_FORMATS = {"date": "a date (YYYY-MM-DD)", "date-time": "a date and time (RFC 3339)", "email": "an e-mail address",
            "uuid": "a UUID", "uri": "a URI", "ipv4": "an IPv4 address", "ipv6": "an IPv6 address", "time": "a time"}
# Demands that the phrase for a schema does not tell.
_UNTOLD = frozenset({"additionalProperties", "unevaluatedProperties", "unevaluatedItems", "additionalItems",
                     "uniqueItems", "minProperties", "maxProperties", "oneOf", "anyOf", "not", "contains",
                     "propertyNames", "falseSchema"})
_ARTICLES = {"integer": "an integer", "number": "a number", "boolean": "true or false", "string": "a string",
             "array": "an array", "object": "an object", "null": "null"}


def expectation(root: Schema, schema: Any) -> str:
    """One phrase such as "an integer, at least 1" or "one of 'small', 'large'"."""
    schema = followed(root, schema)
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if isinstance(schema.get("enum"), list):
        shown = [json.dumps(value, ensure_ascii=False) for value in schema["enum"][:20]]
        return "one of " + ", ".join(shown) + (" ..." if len(schema["enum"]) > 20 else "")
    kinds = types_of(root, schema)
    phrase = " or ".join(_kind(root, schema, kind) for kind in kinds) or "another value"
    return ", ".join([phrase, *_bounds(schema)])


def wanted(root: Schema, schema: Any, error: Any) -> str:
    """What a place that broke `schema`, the part of `root` for it, should have held, given the validator's error."""
    choice = error.kind.name if error.kind.name in ("oneOf", "anyOf") else None
    branches = followed(root, schema).get(choice) if choice else None
    if branches:
        return ("exactly " if choice == "oneOf" else "") + "one of: " + "; ".join(
            _branch(root, branch) for branch in branches[:5])
    names = followed(root, schema).get("properties")
    if error.kind.name == "additionalProperties" and names:
        return f"no fields but {', '.join(map(str, names))}"[:300]
    if error.kind.name in _UNTOLD:
        return " ".join(str(error.message).split())[:200]
    return expectation(root, schema)


def _branch(root: Schema, schema: Any) -> str:
    required = followed(root, schema).get("required") or ()
    return expectation(root, schema) + (f" with {', '.join(map(str, required[:5]))}" if required else "")


def schema_at(root: Schema, path: list[str | int]) -> Any:
    """The part of a schema that speaks of a place in the value; {} where several might."""
    schema = followed(root, root)
    for part in path:
        inner = schema.get("properties", {}).get(part) if isinstance(part, str) else schema.get("items")
        if inner is None:
            return {}
        schema = followed(root, inner)
    return schema


def _kind(root: Schema, schema: Schema, kind: str) -> str:
    if kind == "string" and schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if kind == "array" and "items" in schema and (inner := types_of(root, schema["items"])):
        return f"an array of {' or '.join(inner)} values"
    return _ARTICLES.get(kind, kind)


def _bounds(schema: Schema) -> list[str]:
    words = {"minimum": "at least {}", "maximum": "at most {}", "exclusiveMinimum": "more than {}",
             "exclusiveMaximum": "less than {}", "multipleOf": "a multiple of {}",
             "minLength": "at least {} characters", "maxLength": "at most {} characters",
             "minItems": "at least {} items", "maxItems": "at most {} items", "pattern": "matching {}"}
    return [phrase.format(schema[key]) for key, phrase in words.items() if key in schema]


def shown(value: Any, limit: int = 80) -> str:
    """A value as short JSON, for quoting in a message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[:limit]}..."
