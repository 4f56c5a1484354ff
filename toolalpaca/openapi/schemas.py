"""Conversion of OpenAPI schemas to self-contained JSON Schemas, which all checks, coercions and fake values use.

A document's schemas refer to each other and, in OpenAPI 3.0, differ from JSON Schema in a few keywords. Here each is
converted to one JSON Schema (2020-12) with the schemas it refers to under `$defs`.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from toolalpaca.openapi.discriminators import (
    discriminator_of,
    extensions_of,
    named_subtypes,
    names_of,
    schema_name,
    subtypes_of,
    told_names,
)
from toolalpaca.openapi.patterns import is_affordable
from toolalpaca.openapi.references import is_version_30, lookup
from toolalpaca.openapi.schema_check import BY_NAME
from toolalpaca.openapi.schema_fixes import DROPPED, fixed, fixed_bounds, fixed_choices, nullable
from toolalpaca.openapi.schema_parts import (
    Schema,
    are_told_apart,
    choices_of,
    entries_in,
    followed,
    hidden_names,
    list_in,
    parts_of,
    properties_of,
)

_MAPS = ("properties", "patternProperties", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_BRANCHES = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else"})  # these apply to the same value
_SINGLES = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
            "unevaluatedProperties", "unevaluatedItems")
_LEFT_OUT = frozenset({"$id", "$schema", "$anchor", "$dynamicRef", "$dynamicAnchor", "$defs", "definitions", "xml",
                       "externalDocs", "nullable", "$comment", "discriminator"})
NAMED = "x-named"  # the value by which a discriminator usually names the schema; other values are valid too
_MOST_DEFINITIONS = 20_000


class Around(NamedTuple):
    """What an enclosing schema of the same value says: properties that it hides, whether parts of its allOf that allow
    no other properties are opened, since it allows those of all parts, and whether it extends them."""

    hidden: frozenset[str] = frozenset()
    opened: bool = False
    extending: bool = False


_NOTHING = Around()


def standalone(document: dict[str, Any], schema: Any, *, request: bool) -> Schema:
    """Return `schema` with everything it refers to, as one self-contained JSON Schema.

    `request` gives the direction: read-only properties are not required in a request, write-only ones not in a
    response. Raises ValueError for a dangling reference.
    """
    return _SchemaConversion(document, request).run(schema)


def subschemas(schema: Any, start: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Schema]]:
    """Yield a schema and all schemas nested in it, each with its path; references are not followed."""
    stack: list[tuple[tuple[str | int, ...], Any]] = [(start, schema)]
    while stack:
        path, part = stack.pop()
        if not isinstance(part, dict):
            continue
        yield path, part
        for key in (*_MAPS, "$defs"):
            stack.extend(((*path, key, name), inner) for name, inner in entries_in(part, key))
        for key in _LISTS:
            stack.extend(((*path, key, index), inner) for index, inner in enumerate(list_in(part, key)))
        stack.extend(((*path, key), part[key]) for key in _SINGLES if key in part)


class _SchemaConversion:
    def __init__(self, document: dict[str, Any], request: bool) -> None:
        self.document = document
        self.hiding = "readOnly" if request else "writeOnly"
        self.is_30 = is_version_30(document)
        self.names: dict[tuple[str, Around], str] = {}
        self.pending: list[tuple[str, Around]] = []
        self.definitions: dict[str, Any] = {}
        self.named: set[int] = set()  # the identities of schemas that have a definition

    @cached_property
    def extensions(self) -> dict[str, list[str]]:
        """Return what `extensions_of` does."""
        return extensions_of(self.document)

    def run(self, schema: Any) -> Schema:
        converted = self.convert(schema, _NOTHING)
        while self.pending:  # not recursive: chains of references may be long
            key = self.pending.pop()
            target = lookup(self.document, key[0])
            self.named.add(id(target))
            self.definitions[self.names[key]] = self.convert(target, key[1])
        if not isinstance(converted, dict):
            converted = {} if converted else {"not": {}}
        return {**converted, "$defs": self.definitions} if self.definitions else converted

    def convert(self, schema: Any, around: Around) -> Any:
        """Convert one schema."""
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            return {}
        if isinstance(schema.get("$ref"), str):
            subtypes = subtypes_of(self.document, schema, self.extensions) if not around.extending else []
            if subtypes:
                return self._of_subtypes(schema["$ref"], subtypes, around)
            siblings = {} if self.is_30 else {key: part for key, part in schema.items() if key != "$ref"}
            return {**self._keywords(siblings, around), "$ref": self._reference(schema["$ref"], around)}
        return self._keywords(schema, around)

    def _reference(self, ref: str, around: Around) -> str:
        key = (ref, around)
        if key not in self.names:
            if len(self.names) >= _MOST_DEFINITIONS:
                raise ValueError(f"a schema refers to more than {_MOST_DEFINITIONS:,} others")
            lookup(self.document, ref)
            self.names[key] = f"{len(self.names)}_{re.sub('[^A-Za-z0-9_-]', '_', ref.rsplit('/', 1)[-1])}"
            self.pending.append(key)
        return f"#/$defs/{self.names[key]}"

    def _keywords(self, schema: Schema, around: Around) -> Schema:
        result: Schema = {}
        hidden, opens = around.hidden, not around.opened and "allOf" in schema and self._excludes_itself(schema)
        if "allOf" in schema or "required" in schema:
            hidden = hidden | hidden_names(self.document, schema, self.hiding)
        opened = around.opened or opens
        for key, value in schema.items():
            inner = Around(hidden, opened and key == "allOf", key == "allOf" and self._extends(schema)) \
                if key in _BRANCHES else _NOTHING
            if key in _LEFT_OUT or key.startswith("x-") or opened and key == "additionalProperties" and value is False:
                continue
            if key in _MAPS:
                if isinstance(value, dict):
                    result[key] = {name: self.convert(part, inner) for name, part in value.items()
                                   if key != "patternProperties" or is_affordable(name)}
            elif key in _LISTS:
                if isinstance(value, list) and value:
                    meant = "anyOf" if self._is_meant_as_any_of(schema, key) else key
                    converted = [self.convert(part, inner) for part in value]
                    result[meant] = converted if key == "allOf" else self._by_name(schema, value, converted)
            elif key in _SINGLES:
                # what is said of other properties is not meant for those of the parts
                meant = "unevaluatedProperties" if key == "additionalProperties" and "allOf" in schema and isinstance(
                    value, dict) else key
                result[meant] = self.convert(value, inner)
            elif (meant := fixed(key, value)) is not DROPPED:
                result[key] = meant
        if opens:
            result["unevaluatedProperties"] = False
        return self._finished(schema, result, hidden)

    def _extends(self, schema: Schema) -> bool:
        """Return whether a schema with allOf extends its parts, and is not just a reference with remarks."""
        return id(schema) in self.named or len(list_in(schema, "allOf")) > 1 or "properties" in schema

    def _of_subtypes(self, ref: str, subtypes: list[Any], around: Around) -> Schema:
        """Return the alternatives for a schema with a discriminator: those that extend it, each under its names, and
        itself under any other. The name comes first, so that checking a value visits one alternative."""
        inner = Around(around.hidden, around.opened, extending=True)
        name, mapped = discriminator_of(followed(self.document, {"$ref": ref}))
        taken, alternatives = list[Any](), list[Any]()
        for one, names in named_subtypes(self.document, {"$ref": ref}, subtypes):
            named = {"required": [name], "properties": {name: {"enum": names}}}
            taken += names
            alternatives.append({"allOf": [named, self.convert({"$ref": one}, inner)]})
        itself = {"properties": {name: {"not": {"enum": taken}, NAMED: mapped.get(ref, [schema_name(ref)])[0]}}}
        return {BY_NAME: True, "anyOf": [*alternatives, {"allOf": [itself, self.convert({"$ref": ref}, inner)]}]}

    def _by_name(self, schema: Schema, parts: list[Any], converted: list[Any]) -> list[Any]:
        """Return the alternatives of a schema with a discriminator, each with the values that its mapping gives for it,
        or none that name another; an alternative that says itself which values there are is as it is."""
        refs = [part.get("$ref") if isinstance(part, dict) else None for part in parts]
        names = {ref: names_of(self.document, schema, ref) for ref in refs if isinstance(ref, str)}
        return [self._of_its_name(schema, ref, names, one) for ref, one in zip(refs, converted, strict=True)]

    def _of_its_name(self, schema: Schema, ref: Any, names: dict[str, list[Any]], converted: Any) -> Any:
        if not told_names(self.document, schema, ref):
            return converted
        name, mapped = discriminator_of(schema)
        others = [value for other, values in names.items() if other != ref for value in values]
        sure = ref in mapped or choices_of(self.document, properties_of(self.document, {"$ref": ref}).get(name))
        narrowed = {"enum": names[ref]} if sure else {"not": {"enum": others}, NAMED: names[ref][0]}
        return {"allOf": [converted, {"properties": {name: narrowed}}]} if sure or others else converted

    def _is_meant_as_any_of(self, schema: Schema, key: str) -> bool:
        """Return whether a value may fit several alternatives: a discriminator names the one that is meant, or no value
        could fit just one of them, since nothing tells them apart."""
        return key == "oneOf" and "anyOf" not in schema and (
            isinstance(schema.get("discriminator"), (dict, str)) or not are_told_apart(self.document, schema[key]))

    def _excludes_itself(self, schema: Schema) -> bool:
        """Return whether one part of an allOf allows its own properties only, and another requires one more."""
        parts = [part for part, always in parts_of(self.document, schema) if always]
        required = {name for part in parts for name in list_in(part, "required") if isinstance(name, str)}
        return any(part.get("additionalProperties") is False and not part.get("patternProperties")
                   and not required <= dict(entries_in(part, "properties")).keys() for part in parts)

    def _finished(self, schema: Schema, result: Schema, hidden: frozenset[str]) -> Schema:
        fixed_bounds(result)
        fixed_choices(result)
        required = [name for name in list_in(schema, "required") if isinstance(name, str) and name not in hidden]
        result.pop("required", None)
        if required:
            result["required"] = list(dict.fromkeys(required))
        return nullable(result) if schema.get("nullable") is True and self.is_30 else result
