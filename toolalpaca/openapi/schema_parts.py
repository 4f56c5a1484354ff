"""What a schema says about its values once `$ref`, allOf, oneOf and anyOf are resolved: types, properties, items,
choices.

`root` is what references point into: an OpenAPI document, or a schema made by `standalone`. Dangling references are
ignored here; validation and the conversion to JSON Schema report them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

from toolalpaca.core.jsons import json_type
from toolalpaca.openapi.references import resolve
from toolalpaca.openapi.schema_fixes import DROPPED, fixed

Schema = dict[str, Any]
Fact = TypeVar("Fact")
MOST_PARTS = 500  # parts per schema; any further ones are ignored
_MOST_ALTERNATIVES = 50  # of a `oneOf`; whether any further ones are told apart is not looked at
_BOUNDS = frozenset({"pattern", "format", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "not",
                     "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "items", "prefixItems", "minProperties",
                     "maxProperties", "uniqueItems", "contains", "patternProperties"})


class SchemaPart(NamedTuple):
    """One of the schemas that a schema is composed of; `always` means that it applies whichever branch is taken."""

    schema: Schema
    always: bool


def followed(root: Schema, schema: Any) -> Schema:
    """Return `schema` with its `$ref` resolved; {} for true, false and a dangling reference."""
    if isinstance(schema, dict) and "$ref" not in schema:
        return schema
    try:
        return {} if isinstance(schema, bool) else resolve(root, schema)
    except ValueError:
        return {}


def parts_of(root: Schema, schema: Any) -> list[SchemaPart]:
    """Return the schema and everything it is composed of, each reference at most once."""
    stack, seen, parts = [SchemaPart(schema, True)], set[tuple[str, bool]](), list[SchemaPart]()
    while stack and len(parts) < MOST_PARTS:
        reference, always = stack.pop()
        ref = reference.get("$ref") if isinstance(reference, dict) else None
        if isinstance(ref, str):
            if (ref, always) in seen:
                continue
            seen.add((ref, always))
        part = followed(root, reference)
        parts.append(SchemaPart(part, always))
        inside = [(inner, always and keyword == "allOf") for keyword in ("allOf", "oneOf", "anyOf")
                  for inner in list_in(part, keyword)]
        inside += [(part.get(keyword), False) for keyword in ("then", "else")]
        inside += [(inner, False) for _, inner in entries_in(part, "dependentSchemas")]
        stack.extend(SchemaPart(inner, applies) for inner, applies in reversed(inside) if isinstance(inner, dict))
    return parts


def types_of(root: Schema, schema: Any, seen: set[str] | None = None) -> tuple[str, ...]:
    """Return the JSON types that a value may have, in the schema's order; () if the schema does not say.

    `seen` holds the references already followed; none is followed twice.
    """
    seen = set() if seen is None else seen
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    if isinstance(reference, str):
        if reference in seen:
            return ()
        seen.add(reference)
    schema = followed(root, schema)
    stated = fixed("type", schema["type"]) if "type" in schema else DROPPED
    if stated is not DROPPED:
        types = tuple(stated) if isinstance(stated, list) else (stated,)
        return tuple(dict.fromkeys((*types, "null"))) if schema.get("nullable") is True else types
    if "const" in schema or list_in(schema, "enum"):
        return tuple(dict.fromkeys(json_type(value) for value in choices_in(schema) or ()))
    types = _combined_types(root, schema, seen) or _implied_types(schema)
    return tuple(dict.fromkeys((*types, "null"))) if types and schema.get("nullable") is True else types


def _combined_types(root: Schema, schema: Schema, seen: set[str]) -> tuple[str, ...]:
    for keyword in ("anyOf", "oneOf", "allOf"):
        found = [types for part in list_in(schema, keyword) if (types := types_of(root, part, seen))]
        if found:
            common = _common_types(found) if keyword == "allOf" else ()
            return common or tuple(dict.fromkeys(kind for types in found for kind in types))
    return ()


def _common_types(found: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the types that all parts allow; an integer is also a number."""
    every = dict.fromkeys(kind for types in found for kind in types)
    return tuple(kind for kind in every
                 if all(kind in types or kind == "integer" and "number" in types for types in found))


def _implied_types(schema: Schema) -> tuple[str, ...]:
    if isinstance(schema.get("properties"), dict):
        return ("object",)
    return ("array",) if "items" in schema else ()


def properties_of(root: Schema, schema: Any) -> dict[str, Any]:
    """Return the schema of each declared property, including those of the parts.

    A property declared by several parts gets all their schemas: under allOf if every part always applies, else anyOf.
    """
    found: dict[str, list[SchemaPart]] = {}
    for part, always in parts_of(root, schema):
        for name, inner in entries_in(part, "properties"):
            if all(inner != earlier.schema for earlier in found.setdefault(name, [])):
                found[name].append(SchemaPart(inner, always))
    return {name: _joined(parts) for name, parts in found.items()}


def _joined(parts: list[SchemaPart]) -> Any:
    if len(parts) == 1:
        return parts[0].schema
    return {"allOf" if all(part.always for part in parts) else "anyOf": [part.schema for part in parts]}


def required_of(root: Schema, schema: Any) -> list[str]:
    """Return the names of the properties that are always required, also those that each of some alternatives
    requires."""
    names = list[Any]()
    for part, always in parts_of(root, schema):
        if always:
            names += list_in(part, "required")
            for keyword in ("oneOf", "anyOf"):
                first, *others = [_required_by(root, one) for one in list_in(part, keyword)] or [[]]
                names += [name for name in first if all(name in other for other in others)]
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def _required_by(root: Schema, alternative: Any) -> list[Any]:
    """Return what an alternative requires, apart from alternatives within it."""
    return [name for part, always in parts_of(root, alternative) if always for name in list_in(part, "required")]


def hidden_names(root: Schema, schema: Schema, keyword: str) -> frozenset[str]:
    """Return the properties, including those of the parts, that are not sent in the direction of `keyword`, readOnly or
    writeOnly."""
    return frozenset(name for part, _ in parts_of(root, schema) for name, inner in entries_in(part, "properties")
                     if isinstance(inner, dict) and followed(root, inner).get(keyword) is True)


def items_of(root: Schema, schema: Any) -> Any:
    """Return the schema of an array's items; {} if there is none."""
    found = [part["items"] for part, _ in parts_of(root, schema) if isinstance(part.get("items"), dict)]
    return found[0] if found else {}


def prefix_of(root: Schema, schema: Any) -> list[Any]:
    """Return the schemas of an array's first items, one for each place; [] if the places are alike."""
    return next((found for part, _ in parts_of(root, schema) if (found := list_in(part, "prefixItems"))), [])


def others_of(root: Schema, schema: Any) -> Any:
    """Return the schema of properties that are not declared; {} if nothing is said of them or it depends on their
    names."""
    parts = [part for part, _ in parts_of(root, schema)]
    stated = [part[key] for part in parts for key in ("additionalProperties", "unevaluatedProperties")
              if isinstance(part.get(key), dict)]
    if not stated or any("patternProperties" in part for part in parts):
        return {}
    return stated[0] if len(stated) == 1 else {"anyOf": stated}


def choices_of(root: Schema, schema: Any) -> list[Any]:
    """Return the values listed by `enum` or `const`, in the schema itself or in any of its parts."""
    return [value for part, _ in parts_of(root, schema) for value in choices_in(part)]


class SchemaFacts:
    """What is said about the parts of one schema, worked out once for each part. Safe for use from many threads."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self._known: dict[tuple[Any, int], tuple[Any, Any]] = {}

    def types(self, schema: Any) -> tuple[str, ...]:
        """Return what `types_of` does."""
        return self._fact(types_of, schema)

    def choices(self, schema: Any) -> list[Any]:
        """Return what `choices_of` does."""
        return self._fact(choices_of, schema)

    def properties(self, schema: Any) -> dict[str, Any]:
        """Return what `properties_of` does."""
        return self._fact(properties_of, schema)

    def required(self, schema: Any) -> list[str]:
        """Return what `required_of` does."""
        return self._fact(required_of, schema)

    def property(self, schema: Any, name: str) -> Any:
        """Return the schema of a property, whether or not it is declared."""
        declared = self.properties(schema)
        return declared[name] if name in declared else self._fact(others_of, schema)

    def items(self, schema: Any) -> Any:
        """Return what `items_of` does."""
        return self._fact(items_of, schema)

    def item(self, schema: Any, place: int) -> Any:
        """Return the schema of an array's item at a place."""
        prefix = self._fact(prefix_of, schema)
        return prefix[place] if place < len(prefix) else self.items(schema)

    def without(self, keyword: str, schema: Any, value: Any) -> Any:
        """Return a value without those properties in it that are readOnly or writeOnly, as `keyword` says."""
        if isinstance(value, list):
            return [self.without(keyword, self.item(schema, place), item) for place, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        parts = {name: self.property(schema, name) for name in value}
        return {name: self.without(keyword, part, value[name]) for name, part in parts.items()
                if followed(self.root, part).get(keyword) is not True}

    def _fact(self, ask: Callable[[Schema, Any], Fact], schema: Any) -> Fact:
        key = (ask, id(schema))
        known = self._known.get(key)
        if known is None:  # the part is kept with the fact, so that its id is never another's
            known = self._known[key] = (ask(self.root, schema), schema)
        return cast("Fact", known[0])


def are_told_apart(root: Schema, alternatives: list[Any]) -> bool:
    """Return whether any two alternatives of a `oneOf` differ in a way that lets a value fit just one of them.

    People write `oneOf` for objects that differ in optional properties only, and for texts of different meaning.
    """
    facts = [_Distinction.of(root, part) for part in alternatives[:_MOST_ALTERNATIVES]]
    return not any(one.admits(root, other) and other.admits(root, one)
                   for index, one in enumerate(facts) for other in facts[:index])


class _Distinction(NamedTuple):
    """What tells the values of an alternative from those of others; `bounds` are keywords that narrow other values than
    objects."""

    types: frozenset[str]
    required: frozenset[str]
    properties: dict[str, Any]
    closed: bool
    bounds: dict[str, Any]
    choices: list[Any]

    @classmethod
    def of(cls, root: Schema, schema: Any) -> "_Distinction":
        """Return what tells a schema's values apart."""
        parts = [part for part, _ in parts_of(root, schema)]
        bounds = {key: value for part in parts for key, value in part.items() if key in _BOUNDS}
        closed = any(part.get("additionalProperties") is False for part in parts)
        return cls(frozenset(types_of(root, schema)), frozenset(required_of(root, schema)),
                   properties_of(root, schema), closed, bounds, choices_of(root, schema))

    def admits(self, root: Schema, other: "_Distinction") -> bool:
        """Return whether each value that fits the other alternative may fit this one, as far as one can tell."""
        if self.types != other.types or self.bounds != other.bounds or self.choices != other.choices:
            return False
        if self.required != other.required or self.closed and not other.properties.keys() <= self.properties.keys():
            return False
        return not any(_exclude_each_other(root, schema, other.properties[name])
                       for name, schema in self.properties.items() if name in other.properties)


def _exclude_each_other(root: Schema, one: Any, other: Any) -> bool:
    """Return whether two schemas of a property have no type or no choice in common."""
    first, second = types_of(root, one), types_of(root, other)
    if first and second and not set(first) & set(second) and not {"integer", "number"} <= {*first, *second}:
        return True
    listed, others = choices_of(root, one), choices_of(root, other)
    return bool(listed and others) and not any(value in others for value in listed)


def is_object(root: Schema, schema: Any) -> bool:
    """Return whether the values are objects, judged by the types or by the presence of properties."""
    types = types_of(root, schema)
    return "object" in types if types else any("additionalProperties" in part for part, _ in parts_of(root, schema))


def choices_in(schema: Schema) -> list[Any]:
    """Return the values that this schema by itself lists; [] if any value is allowed."""
    return [schema["const"]] if "const" in schema else list_in(schema, "enum")


def labelled_choices(schema: Schema) -> list[tuple[Any, str]]:
    """Return the choices of a schema that lists them as alternatives of one constant each, with what is said of each;
    [] for others."""
    for keyword in ("oneOf", "anyOf"):
        parts = list_in(schema, keyword)
        if parts and all(isinstance(part, dict) and "const" in part for part in parts):
            return [(part["const"], ": ".join(" ".join(text.split()) for key in ("title", "description")
                                              if isinstance(text := part.get(key), str) and text.strip()))
                    for part in parts]
    return []


def entries_in(schema: Schema, keyword: str) -> list[tuple[str, Any]]:
    """Return the entries of a keyword that should be an object; [] if it is not."""
    value = schema.get(keyword)
    return list(value.items()) if isinstance(value, dict) else []


def list_in(schema: Schema, keyword: str) -> list[Any]:
    """Return the items of a keyword that should be an array; [] if it is not."""
    value = schema.get(keyword)
    return value if isinstance(value, list) else []
