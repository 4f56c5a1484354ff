"""Keywords of a schema whose value is of the wrong kind, as people and models write them: a bound as text, a null.

Stands before the validator, which would refuse the whole document for one of them.
"""

from collections.abc import Callable
from typing import Any

DROPPED = object()  # the keyword says nothing that could be checked


def mended(keyword: str, value: Any) -> Any:
    """The value that was meant, or DROPPED; values of keywords that are not known here are left as they are."""
    mend = _MEND.get(keyword)
    return value if mend is None else mend(value)


def _number(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = float(value) if set(value) & set(".eE") else int(value)
        except ValueError:
            return DROPPED
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) != float("inf")
    return value if is_number and value == value else DROPPED


def _bound(value: Any) -> Any:
    return value if isinstance(value, bool) else _number(value)  # OpenAPI 3.0's exclusive bounds are true and false


def _step(value: Any) -> Any:
    number = _number(value)
    return number if number is not DROPPED and number > 0 else DROPPED


def _count(value: Any) -> Any:
    number = _number(value)
    return int(number) if number is not DROPPED and number >= 0 and number == int(number) else DROPPED


def _of(kind: type) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, kind) else DROPPED


def _names_by_name(value: Any) -> Any:
    lists = value.values() if isinstance(value, dict) else [None]
    fits = all(isinstance(one, list) and all(isinstance(name, str) for name in one) and len(set(one)) == len(one)
               for one in lists)
    return value if fits else DROPPED


_MEND: dict[str, Callable[[Any], Any]] = {
    "minimum": _number, "maximum": _number, "exclusiveMinimum": _bound, "exclusiveMaximum": _bound,
    "multipleOf": _step, "dependentRequired": _names_by_name, "examples": _of(list),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains",
                     "maxContains"), _count),
    **dict.fromkeys(("pattern", "format", "title", "description", "contentEncoding", "contentMediaType", "$ref"),
                    _of(str)),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _of(bool)),
    **dict.fromkeys(("dependencies", "$vocabulary", "$recursiveRef", "$recursiveAnchor"), lambda value: DROPPED),
}
