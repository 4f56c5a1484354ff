"""Values made to fit their schema part by part, for documents whose own examples or alternatives contradict it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import Schema, list_in, types_of
from toolalpaca.simulator.faker.generator import Maker
from toolalpaca.simulator.faker.source import Draw

_DEEPEST = 12  # parts within parts that are made to fit
_TRIES = 4  # values made for a part
_MOST_CHECKS = 2_000  # of parts of one value
_ILLUSTRATIONS = ("example", "examples", "default")


def fitted(maker: Maker, value: Any, draw: Draw) -> Any:
    """Return the value with the parts that do not fit the maker's schema made again, or left out if they may be."""
    return _Fitting(maker, draw).fit(maker.root, value, "", 0)


@dataclass
class _Fitting:
    maker: Maker
    draw: Draw
    left: int = _MOST_CHECKS
    compiled: dict[int, tuple[Schema, SchemaCheck]] = field(default_factory=dict)  # by the schema's identity

    def fit(self, schema: Any, value: Any, name: str, level: int) -> Any:
        """Return the value of the property `name`, made to fit as far as possible."""
        if not isinstance(schema, dict) or level > _DEEPEST or self.left < 0 or self._is_valid(schema, value):
            return value
        schema = self.maker.merged(schema)
        for key in ("oneOf", "anyOf"):
            if schema.get(key):
                return self._branch(schema, key, value, name, level)
        types = types_of(self.maker.root, schema)
        if isinstance(value, dict) and (not types or "object" in types):
            return self._object(schema, value, name, level)
        if isinstance(value, list) and (not types or "array" in types):
            return self._array(schema, value, name, level)
        return self._made(schema, value, name, level)

    def _is_valid(self, schema: Any, value: Any) -> bool:
        if not isinstance(schema, dict):
            return schema is not False
        self.left -= 1
        if id(schema) not in self.compiled:
            try:
                check = self.maker.check.of_part(schema)
            except ValueError:  # alternatives within alternatives
                return False
            self.compiled[id(schema)] = schema, check
        return self.compiled[id(schema)][1].is_valid(value)

    def _made(self, schema: Any, value: Any, name: str, level: int) -> Any:
        """Return a new value that fits without the schema's examples; the old one if none is found."""
        plain = {key: part for key, part in schema.items() if key not in _ILLUSTRATIONS} if schema else {}
        for _ in range(_TRIES):
            candidate = self.maker.value_of(plain, name, self.draw)
            if isinstance(candidate, (dict, list)):
                candidate = self.fit(plain, candidate, name, level + _DEEPEST // 2)
            if self._is_valid(schema, candidate):
                return candidate
        return value

    def _branch(self, schema: Schema, key: str, value: Any, name: str, level: int) -> Any:
        """Return the value made to fit the first alternative with which it fits the whole."""
        rest = {part: inner for part, inner in schema.items() if part != key}
        branches = [{"allOf": [part, rest]} if rest else part for part in schema[key] if isinstance(part, dict)]
        ways: tuple[Callable[..., Any], ...] = (self.fit, self._made)
        for way in ways:
            for branch in branches:
                candidate = way(branch, value, name, level + 1)
                if self._is_valid(schema, candidate):
                    return candidate
                if isinstance(candidate, dict) and self._is_valid(schema, alone := _alone(branch, branches, candidate)):
                    return alone
        return value

    def _object(self, schema: Schema, value: dict[str, Any], name: str, level: int) -> dict[str, Any]:
        required = schema.get("required", ())
        kept: dict[str, Any] = {}
        for key in [*value, *(key for key in required if key not in value)]:
            part = _property(schema, key)
            inner = self.fit(part, value[key], key, level + 1) if key in value else self._made(part, None, key, level)
            if key in required or self._is_valid(part, inner):
                kept[key] = inner
        optional = [key for key in kept if key not in required]
        while optional and len(kept) > schema.get("maxProperties", len(kept)):
            del kept[optional.pop()]
        return kept

    def _array(self, schema: Schema, value: list[Any], name: str, level: int) -> list[Any]:
        items = schema.get("items", {})
        kept: list[Any] = []
        least, unique = schema.get("minItems", 0), schema.get("uniqueItems") is True
        for item in value[:schema.get("maxItems", len(value))]:
            inner = self.fit(items, item, name, level + 1)
            if self._is_valid(items, inner) and not (unique and inner in kept):
                kept.append(inner)
        for _ in range(_TRIES * max(0, least - len(kept))):
            inner = self._made(items, None, name, level + 1)
            if len(kept) < least and not (unique and inner in kept):
                kept.append(inner)
        return kept


def _alone(branch: Schema, branches: list[Schema], value: dict[str, Any]) -> dict[str, Any]:
    """Return the object without what only other alternatives require."""
    required = {name for one in branches for part in one.get("allOf", (one,)) for name in list_in(part, "required")}
    own = {name for part in branch.get("allOf", (branch,)) for name in list_in(part, "required")}
    return {name: inner for name, inner in value.items() if name in own or name not in required}


def _property(schema: Schema, key: str) -> Any:
    """Return the schema of a property; False if the object may not have it."""
    if key in schema.get("properties", {}):
        return schema["properties"][key]
    patterns = [part for pattern, part in schema.get("patternProperties", {}).items()
                if not SchemaCheck({"patternProperties": {pattern: False}}).is_valid({key: 0})]
    return patterns[0] if patterns else schema.get("additionalProperties", schema.get("unevaluatedProperties", {}))
