"""Repair of schema keywords whose value has the wrong type, as people and models write them.

A bound written as a string, a type name from another language, numbers in the choices of a string: for any of these the
validator would refuse the whole schema, or every value.
"""

import json
import re
import sys
from collections.abc import Callable
from typing import Any

from toolalpaca.core.jsons import is_of_type
from toolalpaca.openapi.patterns import is_affordable

DROPPED = object()  # the keyword states nothing that could be checked
TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})
_MEANT_TYPES = {"int": "integer", "int32": "integer", "int64": "integer", "long": "integer", "short": "integer",
                "float": "number", "double": "number", "decimal": "number", "bool": "boolean", "str": "string",
                "text": "string", "date": "string", "datetime": "string", "date-time": "string", "uuid": "string",
                "file": "string", "binary": "string", "byte": "string", "list": "array", "dict": "object",
                "map": "object", "hash": "object"}
_LABELLED_NUMBER = re.compile(r"\s*(-?\d{1,18})\s*(?:\(.*\)|[-:=]\s*\D.*)", re.DOTALL)  # 902 (KoreaSouth), 3 - Closed
_DELIMITED_PATTERN = re.compile(r"(?:/(.+)/|m?([/~#@%!])(\^.*\$)\2)([a-z]*)", re.DOTALL)
_BRACKETS = re.compile(r"\[\^?(?:\[:\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_POSIX = {"alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "word": r"\w",
          "space": r"\s", "blank": r" \t", "xdigit": "0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~", "cntrl": r"\x00-\x1f\x7f",
          "graph": "!-~", "print": " -~"}  # classes of characters, only within brackets


def fixed(keyword: str, value: Any) -> Any:
    """Return the value that was meant, or DROPPED; values of other keywords are unchanged."""
    fix = _FIXES.get(keyword)
    return value if fix is None else fix(value)


def fixed_choices(schema: dict[str, Any]) -> None:
    """Convert the choices of `enum` to the declared type if they have another, as in unquoted YAML: 7 for "7"; those of
    a list are its items'."""
    choices, kind = schema.get("enum"), schema.get("type")
    types = kind if isinstance(kind, list) else [kind]
    items = schema.get("items", {})
    if kind == "array" and isinstance(choices, list) and isinstance(items, dict) and not any(
            isinstance(choice, list) for choice in choices):
        schema["items"] = {"enum": schema.pop("enum"), **items}
        fixed_choices(schema["items"])
        return
    if not isinstance(choices, list) or not choices:
        schema.pop("enum", None)
    elif kind is not None:
        if len(choices) == 1 and isinstance(choices[0], list) and not is_of_type(choices[0], types):
            choices = choices[0]
        schema["enum"] = [value if is_of_type(value, types) else _as_declared(value, types) for value in choices]
        if not any(is_of_type(value, types) for value in schema["enum"]):
            del schema["type"]  # which no choice has


def fixed_bounds(schema: dict[str, Any]) -> None:
    """Convert OpenAPI 3.0's `exclusiveMinimum: true` with `minimum` to JSON Schema's numeric form."""
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        value = schema.get(exclusive)
        if isinstance(value, bool):
            del schema[exclusive]
            if value and plain in schema:
                schema[exclusive] = schema.pop(plain)


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema for the same values and null."""
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema["type"] = list(dict.fromkeys([*types, "null"]))
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema


def _as_declared(value: Any, types: list[Any]) -> Any:
    if isinstance(value, dict) and "value" in value:  # a choice with its label
        value = value["value"]
    if "string" in types and isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if not isinstance(value, str):
        return value
    labelled = _LABELLED_NUMBER.fullmatch(value)
    try:
        meant = json.loads(labelled[1] if labelled else value.lower())
    except (ValueError, RecursionError):
        return value
    return meant if is_of_type(meant, types) and not isinstance(meant, (dict, list)) else value


def _type(value: Any) -> Any:
    """Return the known type that was meant by one that JSON Schema does not know, such as "float"; else DROPPED."""
    given = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in given):
        return DROPPED
    types = [_MEANT_TYPES.get(one.lower(), one) for one in given]
    known = [one for one in dict.fromkeys(types) if one in TYPES]
    if not known:
        return DROPPED
    return known if isinstance(value, list) and len(known) > 1 else known[0]


def _number(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = float(value) if set(value) & set(".eE") else int(value)
        except ValueError:
            return DROPPED
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return DROPPED
    return value if abs(value) <= sys.float_info.max else DROPPED  # neither NaN nor a whole number beyond any float


def _bound(value: Any) -> Any:
    return value if isinstance(value, bool) else _number(value)  # OpenAPI 3.0's exclusive bounds are booleans


def _step(value: Any) -> Any:
    number = _number(value)
    return number if number is not DROPPED and number > 0 else DROPPED


def _count(value: Any) -> Any:
    number = _number(value)
    return int(number) if number is not DROPPED and number >= 0 and number == int(number) else DROPPED


def _of(kind: type) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, kind) else DROPPED


def _pattern(value: Any) -> Any:
    """Return a pattern without the delimiters of other languages, and with POSIX classes written out; of the flags only
    `i` is kept.

    One that is so long that no person wrote it is left out: to compile it would take seconds.
    """
    if not isinstance(value, str) or not is_affordable(value):
        return DROPPED
    match = _DELIMITED_PATTERN.fullmatch(value)
    bare = value if match is None else ("(?i)" if "i" in match[4] else "") + (match[1] or match[3])
    return _BRACKETS.sub(lambda found: re.sub(
        r"(?<!^)\[:(\w+):\]", lambda name: _POSIX.get(name[1], name[0]), found[0]), bare)


def _names_by_name(value: Any) -> Any:
    lists = value.values() if isinstance(value, dict) else [None]
    fits = all(isinstance(one, list) and all(isinstance(name, str) for name in one) and len(set(one)) == len(one)
               for one in lists)
    return value if fits else DROPPED


_FIXES: dict[str, Callable[[Any], Any]] = {
    "type": _type, "pattern": _pattern,
    "minimum": _number, "maximum": _number, "exclusiveMinimum": _bound, "exclusiveMaximum": _bound,
    "multipleOf": _step, "dependentRequired": _names_by_name, "examples": _of(list),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains",
                     "maxContains"), _count),
    **dict.fromkeys(("format", "title", "description", "contentEncoding", "contentMediaType", "$ref"), _of(str)),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _of(bool)),
    **dict.fromkeys(("dependencies", "$vocabulary", "$recursiveRef", "$recursiveAnchor"), lambda value: DROPPED),
}
