"""Text from a URL, header or form as the JSON value its schema expects."""

import json
import re
from collections.abc import Mapping
from typing import Any

from toolalpaca.openapi.schemas import Schema, followed, types_of

_INTEGER = re.compile(r"[+-]?\d{1,400}")
_NUMBER = re.compile(r"[+-]?(\d{1,400}\.?\d{0,400}|\.\d{1,400})([eE][+-]?\d{1,4})?")
_NO = object()


def scalar(text: str, types: tuple[str, ...]) -> list[Any]:
    """The values that `text` may stand for, one per type that it can be read as, in the order of `types`."""
    values = [_as(text, kind) for kind in types or ("string",)]
    return [value for value in values if value is not _NO]


def _as(text: str, kind: str) -> Any:
    if kind == "string":
        return text
    if kind == "integer":
        if _INTEGER.fullmatch(text):
            return int(text)
        return int(float(text)) if re.fullmatch(r"[+-]?\d{1,15}\.0+", text) else _NO
    if kind == "number" and _NUMBER.fullmatch(text):
        number = float(text)
        return number if abs(number) != float("inf") else _NO
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), _NO)
    if kind == "null" and text in ("", "null"):
        return None
    return _NO


class Reader:
    """Reads texts as values of one schema, whose properties and items it knows."""

    def __init__(self, root: Schema, schema: Any) -> None:
        self._root = root
        self._schema = followed(root, schema)
        self.types = types_of(root, schema)
        self._scalars = tuple(kind for kind in self.types if kind not in ("array", "object"))
        self._parts: dict[str, Reader] = {}

    @property
    def is_array(self) -> bool:
        """Whether the value is meant to be a list."""
        return "array" in self.types

    @property
    def is_object(self) -> bool:
        """Whether the value is meant to be an object."""
        return "object" in self.types and "array" not in self.types

    @property
    def properties(self) -> dict[str, Any]:
        """The object's declared properties, those of its `allOf` parts included."""
        return _properties(self._root, self._schema)

    def one(self, text: str) -> list[Any]:
        """The candidates for a single text, likeliest first; the text itself where nothing fits."""
        if self.is_array or self.is_object:
            whole = _from_json(text, list if self.is_array else dict)
            if whole is not _NO:
                return [whole]
        return scalar(text, self._scalars) or [text]

    def items(self, texts: list[str]) -> list[Any]:
        """A list value from the texts of its items."""
        if len(texts) == 1 and (whole := _from_json(texts[0], list)) is not _NO:
            return whole
        reader = self._part("items", self._schema.get("items", {}))
        return [reader.one(text)[0] for text in texts]

    def object(self, pairs: Mapping[str, str | list[str]]) -> dict[str, Any]:
        """An object value from the texts of its properties."""
        known = self.properties
        return {name: self._member(name, known.get(name, self._schema.get("additionalProperties", {})), value)
                for name, value in pairs.items()}

    def _member(self, name: str, schema: Any, value: str | list[str]) -> Any:
        reader = self._part(f"properties/{name}", schema)
        if reader.is_array:
            return reader.items(value if isinstance(value, list) else [value])
        return reader.one(value[-1] if isinstance(value, list) else value)[0]

    def _part(self, key: str, schema: Any) -> "Reader":
        if len(self._parts) > 200:
            self._parts.clear()
        if key not in self._parts:
            self._parts[key] = Reader(self._root, schema)
        return self._parts[key]


def _properties(root: Schema, schema: Schema, depth: int = 0) -> dict[str, Any]:
    found = dict(schema.get("properties", {}))
    if depth < 8:
        for part in schema.get("allOf", ()):
            found = {**_properties(root, followed(root, part), depth + 1), **found}
    return found


def _from_json(text: str, kind: type) -> Any:
    """What JSON text of that kind holds, since many clients send lists and objects so."""
    if text[:1] != ("[" if kind is list else "{"):
        return _NO
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _NO
    return value if isinstance(value, kind) else _NO
