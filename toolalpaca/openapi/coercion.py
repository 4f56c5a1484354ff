"""Harmless coercions: a value of the wrong JSON type that can only have meant one thing, such as "5" for an integer."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from toolalpaca.core.jsons import json_type
from toolalpaca.openapi.references import resolve

DEEPEST = 30
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?")


@dataclass(frozen=True)
class Coerced:
    """A value as it is sent, and what was changed, one note for each change."""

    value: Any
    notes: tuple[str, ...] = ()


def coerced(value: Any, schema: object, document: dict[str, Any], where: str, depth: int = DEEPEST) -> Coerced:
    """The value with its harmless slips mended, here and inside; what does not fit otherwise is left as it is.

    `where` names the value in notes, such as `filters.year`.
    """
    try:
        part = resolve(document, schema)
    except ValueError:
        return Coerced(value)
    if not depth:
        return Coerced(value)
    types = wanted_types(part, document)
    if types and json_type(value) not in types and not (json_type(value) == "integer" and "number" in types):
        value, changed = _converted(value, types)
        notes: tuple[str, ...] = (f"{where}: {changed}",) if changed else ()
    else:
        value, notes = _spelled_as_listed(value, part, where)
    return _inside(value, part, document, where, depth, notes)


def wanted_types(part: dict[str, Any], document: dict[str, Any], depth: int = 6) -> set[str]:
    """The JSON types a resolved schema allows; empty when it does not say."""
    stated = part.get("type")
    types = set(stated) if isinstance(stated, list) else {stated} if isinstance(stated, str) else set()
    if types and part.get("nullable") is True:
        types.add("null")
    if types or not depth:
        return types
    if isinstance(part.get("enum"), list):
        return {json_type(value) for value in part["enum"]}
    for key in ("allOf", "oneOf", "anyOf"):
        for inner in part.get(key) or []:
            try:
                types |= wanted_types(resolve(document, inner), document, depth - 1)
            except ValueError:
                continue  # a reference that leads nowhere says nothing about types
    return types


def _converted(value: Any, types: set[str]) -> tuple[Any, str]:
    """The value in one of the wanted types and how it got there; unchanged and "" where that would be a guess."""
    if isinstance(value, str):
        converted = _from_text(value.strip(), types)
    elif isinstance(value, float) and "integer" in types and value.is_integer():
        converted = int(value)
    elif isinstance(value, (bool, int, float)) and "string" in types:
        converted = json.dumps(value)
    else:
        converted = value
    if type(converted) is type(value) and "array" in types and not isinstance(value, dict | list) and value is not None:
        converted = [value]
    if type(converted) is type(value):
        return value, ""
    return converted, f"sent {_shown(value)} as {_shown(converted)}"


def _from_text(text: str, types: set[str]) -> Any:
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text):
        number = float(text)
        return int(number) if number.is_integer() and "." not in text and "e" not in text.lower() else number
    if "boolean" in types and text.lower() in ("true", "false"):
        return text.lower() == "true"
    opening = {"array": "[", "object": "{"}
    if any(kind in types and text.startswith(sign) for kind, sign in opening.items()):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return value if json_type(value) in types else text
    return text


def _spelled_as_listed(value: Any, part: dict[str, Any], where: str) -> tuple[Any, tuple[str, ...]]:
    """A choice that differs from one listed value by upper and lower case or outer blanks only."""
    choices = part.get("enum")
    if not isinstance(value, str) or not isinstance(choices, list) or value in choices:
        return value, ()
    same = [choice for choice in choices if isinstance(choice, str) and choice.casefold() == value.strip().casefold()]
    return (same[0], (f"{where}: sent {_shown(value)} as {_shown(same[0])}",)) if len(same) == 1 else (value, ())


def _inside(value: Any, part: dict[str, Any], document: dict[str, Any], where: str, depth: int,
            notes: tuple[str, ...]) -> Coerced:
    if isinstance(value, dict):
        schemas = _properties(part, document)
        inner = {name: coerced(item, schemas.get(name, {}), document, f"{where}.{name}", depth - 1)
                 for name, item in value.items()}
        return Coerced({name: one.value for name, one in inner.items()}, notes + _all_notes(inner.values()))
    if isinstance(value, list) and isinstance(part.get("items"), dict):
        items = [coerced(item, part["items"], document, f"{where}[{index}]", depth - 1)
                 for index, item in enumerate(value)]
        return Coerced([one.value for one in items], notes + _all_notes(items))
    return Coerced(value, notes)


def _properties(part: dict[str, Any], document: dict[str, Any], depth: int = 6) -> dict[str, Any]:
    found = dict(part.get("properties") or {})
    for inner in part.get("allOf") or [] if depth else []:
        try:
            found = {**_properties(resolve(document, inner), document, depth - 1), **found}
        except ValueError:
            continue  # a reference that leads nowhere has no properties
    return found


def _all_notes(parts: Iterable[Coerced]) -> tuple[str, ...]:
    return tuple(note for part in parts for note in part.notes)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]
