"""Coercion of values of the wrong JSON type that can mean only one thing, such as "5" for an integer.

`coerced` is for JSON values, whether an assistant's arguments or a model's response in the role of an API; `TextReader`
is for the strings in URLs, headers and forms. Both parse strings by the same rule.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from typing import Any

from toolalpaca.core.jsons import is_of_type, json_type
from toolalpaca.openapi.schema_parts import (
    Schema,
    SchemaFacts,
    followed,
    items_of,
    others_of,
    prefix_of,
    properties_of,
    types_of,
)

DEEPEST_SCHEMA = 30
_INTEGER = re.compile(r"[+-]?\d{1,400}")
_WHOLE = re.compile(r"([+-]?\d{1,400})\.0+")
_NUMBER = re.compile(r"[+-]?(\d{1,400}\.?\d{0,400}|\.\d{1,400})([eE][+-]?\d{1,4})?")
_UNREADABLE = object()
_MOST_OBJECTS = 100


@dataclass(frozen=True)
class Coerced:
    """A coerced value, and one note for each change."""

    value: Any
    notes: tuple[str, ...] = ()


def coerced(root: Schema | SchemaFacts, value: Any, where: str = "", *, drop_unknown: bool = False) -> Coerced:
    """Return the value with harmless mistakes corrected at every level; other invalid values are unchanged.

    `where` names the value in notes, such as `filters.year`. `drop_unknown` removes properties that an object must not
    have: a model that simulates an API sometimes adds some, whereas an assistant is told about them.
    """
    facts = root if isinstance(root, SchemaFacts) else SchemaFacts(root)
    coercion = _Coercion(facts, drop_unknown)
    value = coercion.of(facts.root, value, where, 0)
    return Coerced(value, tuple(coercion.notes))


class _Coercion:
    def __init__(self, facts: SchemaFacts, drop_unknown: bool) -> None:
        self.facts, self.drop_unknown = facts, drop_unknown
        self.notes: list[str] = []

    def of(self, schema: Any, value: Any, where: str, depth: int) -> Any:
        if depth > DEEPEST_SCHEMA:
            return value
        types = self.facts.types(schema)
        fits = not types or is_of_type(value, types)
        converted = value if fits else self._in_one_of(types, schema, value, depth)
        if not isinstance(converted, (dict, list)) and converted is not None:
            converted = _as_listed(converted, self.facts.choices(schema))
        if converted is not value:
            self.notes.append(f"{where}: sent {_shown(value)} as {_shown(converted)}")
            return converted
        if isinstance(value, dict):
            return self._object(schema, value, where, depth)
        if isinstance(value, list):
            return [self.of(self.facts.item(schema, index), item, f"{where}[{index}]", depth + 1)
                    for index, item in enumerate(value)]
        return value

    def _in_one_of(self, types: tuple[str, ...], schema: Any, value: Any, depth: int) -> Any:
        """Return the value converted to one of the types, or the value itself if that would be a guess."""
        if isinstance(value, str) and (readings := text_candidates(value.strip(), types)):
            return self._quietly(schema, readings[0], depth)
        if isinstance(value, float) and "integer" in types and value.is_integer():
            return int(value)
        if isinstance(value, (bool, int, float)) and "string" in types:
            return json.dumps(value)
        if "array" not in types or isinstance(value, (dict, list)):
            items = self.facts.items(schema) if isinstance(value, dict) and "array" in types else {}
            return self._quietly(schema, [value], depth) if "object" in self.facts.types(items) else value
        return [] if value is None else self._quietly(schema, self._listed(schema, value), depth)

    def _listed(self, schema: Any, value: Any) -> list[Any]:
        """Return the items that a single value stands for: several if it is a text such as `1,2` of numbers or
        choices."""
        items = self.facts.items(schema)
        types, choices = self.facts.types(items), self.facts.choices(items)
        is_list = choices and value not in choices or types and set(types) <= {"integer", "number", "boolean"}
        return [part.strip() for part in value.split(",")] if isinstance(value, str) and is_list else [value]

    def _quietly(self, schema: Any, value: Any, depth: int) -> Any:
        """Coerce inside a value that was itself just converted; one note is enough."""
        kept, self.notes = self.notes, []
        try:
            return self.of(schema, value, "", depth + 1)
        finally:
            self.notes = kept

    def _object(self, schema: Any, value: dict[str, Any], where: str, depth: int) -> dict[str, Any]:
        schemas, required = self.facts.properties(schema), self.facts.required(schema)
        result = {}
        for name, item in value.items():
            if name not in schemas and self.drop_unknown and self._is_closed(schema):
                continue
            if item is None and name in schemas and name not in required and self._cannot_be_null(schemas[name]):
                self.notes.append(f"{where}.{name}: left out, since null is not a value")
                continue
            result[name] = self.of(self.facts.property(schema, name), item, f"{where}.{name}", depth + 1)
        return result

    def _is_closed(self, schema: Any) -> bool:
        schema = followed(self.facts.root, schema)
        return schema.get("additionalProperties") is False and "allOf" not in schema

    def _cannot_be_null(self, schema: Any) -> bool:
        types = self.facts.types(schema)
        return bool(types) and "null" not in types


def _as_listed(value: Any, choices: list[Any]) -> Any:
    """Return the one choice that differs only in case, surrounding blanks or type, else the value."""
    if not choices or any(value == choice and json_type(value) == json_type(choice) for choice in choices):
        return value
    same = [choice for choice in choices if _folded(choice) == _folded(value)]
    return same[0] if len(same) == 1 else value


def _folded(value: Any) -> str:
    return (value if isinstance(value, str) else json.dumps(value)).strip().casefold()


def text_candidates(text: str, types: tuple[str, ...]) -> list[Any]:
    """Return the values that a string may represent, one for each of `types` it can be parsed as, in that order."""
    values = [_as(text, kind) for kind in types]
    return [value for value in values if value is not _UNREADABLE]


def _as(text: str, kind: str) -> Any:
    if kind == "string":
        return text
    if kind == "integer":
        whole = _INTEGER.fullmatch(text) or _WHOLE.fullmatch(text)
        return int(whole[whole.lastindex or 0]) if whole else _UNREADABLE
    if kind == "number":
        return _as_number(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), _UNREADABLE)
    if kind == "null":
        return None if text in ("", "null") else _UNREADABLE
    return _from_json(text, list if kind == "array" else dict)


def _as_number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text) if _NUMBER.fullmatch(text) else float("inf")
    return number if abs(number) != float("inf") else _UNREADABLE


def _from_json(text: str, kind: type) -> Any:
    """Parse JSON text of that type, since models and many clients send lists and objects as text."""
    if text[:1] != ("[" if kind is list else "{"):
        return _UNREADABLE
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _UNREADABLE
    return value if isinstance(value, kind) else _UNREADABLE


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]


TextMember = str | list[str] | Mapping[str, str | list[str]]  # of an object in a form or a query


class TextReader:
    """Parses strings as values of one schema, including its properties and items."""

    def __init__(self, root: Schema, schema: Any) -> None:
        self._root, self._schema = root, schema
        self.types = types_of(root, schema)
        self.properties = properties_of(root, schema) if self.is_object else {}
        self._scalars = tuple(kind for kind in self.types if kind not in ("array", "object"))
        self._parts: dict[str, TextReader] = {}

    @property
    def is_array(self) -> bool:
        """Return whether the value is an array."""
        return "array" in self.types

    @property
    def is_object(self) -> bool:
        """Return whether the value is an object."""
        return "object" in self.types and "array" not in self.types

    def one(self, text: str) -> list[Any]:
        """Return the candidates for a single string, likeliest first; the string itself if nothing is valid."""
        if self.is_array or self.is_object:
            whole = _from_json(text, list if self.is_array else dict)
            if whole is not _UNREADABLE:
                return [whole]
        return text_candidates(text, self._scalars or ("string",)) or [text]

    def document(self, text: str) -> list[Any]:
        """Return the candidates for a text that should be JSON: many clients write a string without its quotes."""
        try:
            return [json.loads(text), *self.one(text)]
        except (ValueError, RecursionError):
            return self.one(text)

    def items(self, texts: list[str]) -> list[Any]:
        """Return an array value from the strings of its items."""
        if len(texts) == 1 and (whole := _from_json(texts[0], list)) is not _UNREADABLE:
            return whole
        return self.each(texts)

    def each(self, texts: list[str]) -> list[Any]:
        """Return an array value with an item for each string, also for a single one that could be all of the array."""
        first = [self._part(f"prefixItems/{place}", one) for place, one in enumerate(self._prefix)]
        further = self._part("items", items_of(self._root, self._schema))
        return [(first[place] if place < len(first) else further).one(text)[0] for place, text in enumerate(texts)]

    @staticmethod
    def split(text: str, separator: str) -> list[str]:
        """Return the strings of an array's items, which may be JSON arrays or objects; JSON of a whole array stays."""
        if not text or _from_json(text, list) is not _UNREADABLE:
            return [text] if text else []
        inside = _from_json(f"[{text}]", list) if text[0] in "[{" else _UNREADABLE
        return text.split(separator) if inside is _UNREADABLE else [json.dumps(item) for item in inside]

    def objects(self, pairs: Mapping[str, TextMember]) -> list[dict[str, Any]]:
        """Return the candidates for an object from the strings of its properties, likeliest first, at most 100."""
        members = [self._member(name, value) for name, value in pairs.items()]
        return [dict(zip(pairs, values, strict=True)) for values in islice(product(*members), _MOST_OBJECTS)]

    def property(self, name: str) -> "TextReader":
        """Return the reader of a property, whether or not it is declared."""
        return self._part(f"properties/{name}", self.properties.get(name, self._other_properties))

    def _member(self, name: str, value: TextMember) -> list[Any]:
        reader = self.property(name)
        if isinstance(value, Mapping):
            return list(reader.objects(value))
        if reader.is_array:
            return [reader.items(value if isinstance(value, list) else [value])]
        return reader.one(value[-1] if isinstance(value, list) else value)

    @cached_property
    def _other_properties(self) -> Any:
        return others_of(self._root, self._schema)

    @cached_property
    def _prefix(self) -> list[Any]:
        return prefix_of(self._root, self._schema)

    def _part(self, key: str, schema: Any) -> "TextReader":
        if len(self._parts) > 200:
            self._parts.clear()
        if key not in self._parts:
            self._parts[key] = TextReader(self._root, schema)
        return self._parts[key]
