"""Schemas of requests written out for readers without access to the document, such as a model that is offered tools."""

from functools import cached_property
from typing import Any

from toolalpaca.openapi.discriminators import discriminator_of, extensions_of, named_subtypes, subtypes_of, told_names
from toolalpaca.openapi.patterns import is_pattern
from toolalpaca.openapi.references import is_version_30
from toolalpaca.openapi.schema_fixes import DROPPED, fixed, fixed_bounds, fixed_choices, nullable
from toolalpaca.openapi.schema_parts import Schema, followed, hidden_names, list_in

_LARGEST = 2000  # schemas expanded
_LARGEST_WITH_SUBTYPES = 500  # of those, if schemas that extend others are among them
_UNSAID = frozenset({"example", "examples", "xml", "externalDocs", "discriminator", "deprecated", "nullable"})
_LITERALS = frozenset({"enum", "const", "default"})


def inlined(root: Schema, schema: Any, *, levels: int = 8) -> Schema:
    """Return a copy without references, annotations and read-only properties, in JSON Schema's words.

    It ends in empty schemas after `levels` levels, of which a property takes two, and after 2,000 schemas. A schema
    with a discriminator becomes the alternatives of itself and those that extend it, each with the values that name it,
    unless the copy then comes to more than 500 schemas.
    """
    whole = _Inlining(root, levels, _LARGEST_WITH_SUBTYPES)
    found = whole.copy(schema, 0)
    return found if whole.left >= 0 else _Inlining(root, levels, _LARGEST, with_subtypes=False).copy(schema, 0)


class _Inlining:
    """Copies schemas up to a depth and a number; `left` is how many more, below 0 if some are missing."""

    def __init__(self, root: Schema, levels: int, largest: int, *, with_subtypes: bool = True) -> None:
        self._root, self._levels, self._with_subtypes, self.left = root, levels, with_subtypes, largest
        self._is_30 = is_version_30(root)

    @cached_property
    def _extensions(self) -> dict[str, list[str]]:
        return extensions_of(self._root)

    def copy(self, schema: Any, depth: int, opened: frozenset[str] = frozenset()) -> Any:
        """Return a copy of a schema; those `opened` already are not replaced by their alternatives again."""
        if isinstance(schema, list):
            return [self.copy(part, depth, opened) for part in schema]
        if not isinstance(schema, dict):
            return schema
        target, ref = followed(self._root, schema), schema.get("$ref")
        if self._with_subtypes and "discriminator" in target and isinstance(ref, str) and ref not in opened:
            subtypes = subtypes_of(self._root, schema, self._extensions)
            if subtypes:
                return self._alternatives(ref, subtypes, depth, opened)
        self.left -= 1
        if depth > self._levels or self.left < 0:
            return {}
        if isinstance(ref, str) or len(list_in(target, "allOf")) > 1 or "properties" in target:  # extends its parts
            opened |= {part["$ref"] for part in list_in(target, "allOf") if isinstance(part, dict) and "$ref" in part}
        return self._finished(target, {key: self._value(target, key, depth + 1, opened) for key in target
                                       if key not in _UNSAID and not key.startswith("x-")})

    def _value(self, target: Schema, key: str, depth: int, opened: frozenset[str]) -> Any:
        value = target[key]
        if key == "properties" and isinstance(value, dict):  # one called `example` is no annotation
            return {name: self.copy(part, depth + 1, opened) for name, part in value.items()
                    if not isinstance(part, dict) or followed(self._root, part).get("readOnly") is not True}
        if key in _LITERALS:
            return value
        copied = self.copy(value, depth, opened)
        if key in ("oneOf", "anyOf") and "discriminator" in target and isinstance(copied, list):
            return [self._named(target, part, one) for part, one in zip(value, copied, strict=True)]
        return fixed(key, copied)

    def _named(self, target: Schema, part: Any, copied: Any) -> Any:
        """Return an alternative's copy with the values of the discriminator that name it."""
        names = told_names(self._root, target, part.get("$ref") if isinstance(part, dict) else None)
        name, _ = discriminator_of(target)
        properties = copied.get("properties") if names else None
        if isinstance(properties, dict) and isinstance(properties.get(name), dict):
            return {**copied, "properties": {**properties, name: {**properties[name], "enum": names}}}
        return {"allOf": [copied, {"properties": {name: {"enum": names}}}]} if names and copied else copied

    def _finished(self, target: Schema, found: Schema) -> Schema:
        found = {key: value for key, value in found.items() if value is not DROPPED}
        if "pattern" in found and not is_pattern(found["pattern"]):
            del found["pattern"]
        fixed_bounds(found)
        fixed_choices(found)
        if "required" in found:
            hidden = hidden_names(self._root, target, "readOnly")
            found["required"] = [name for name in list_in(found, "required") if name not in hidden]
        return nullable(found) if target.get("nullable") is True and self._is_30 else found

    def _alternatives(self, ref: str, subtypes: list[Any], depth: int, opened: frozenset[str]) -> Schema:
        """Return a schema with a discriminator and those that extend it, each with the values that name it."""
        base, opened = {"$ref": ref}, opened | {ref, *(part["$ref"] for part in subtypes)}
        name = discriminator_of(followed(self._root, base))[0]
        alternatives = [self.copy(base, depth, opened)]
        for one, names in named_subtypes(self._root, base, subtypes):
            named = {"required": [name], "properties": {name: {"enum": names}}}
            alternatives.append({"allOf": [named, self.copy({"$ref": one}, depth, opened)]})
        return {"anyOf": alternatives}
