"""What a schema says about its values once `$ref`, allOf, oneOf and anyOf are resolved: types, properties, items,
choices.

`root` is what references point into: an OpenAPI document, or a schema made by `standalone`. Dangling references are
ignored here; validation and the conversion to JSON Schema report them.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar, cast

from toolalpaca.core.jsons import json_type
from toolalpaca.openapi.references import pointer_parts, resolve
from toolalpaca.openapi.schema_fixes import DROPPED, fixed

Schema = dict[str, Any]
Fact = TypeVar("Fact")
MOST_PARTS = 500  # parts per schema; any further ones are ignored
_MOST_ALTERNATIVES = 50  # of a `oneOf`; whether any further ones are told apart is not looked at
_BOUNDS = frozenset({"pattern", "format", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "not",
                     "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "items", "prefixItems", "minProperties",
                     "maxProperties", "uniqueItems", "contains", "patternProperties"})
_LARGEST = 2000  # schemas expanded by `inlined`
_LARGEST_WITH_SUBTYPES = 500  # of those, if schemas that extend others are among them
_UNSAID = frozenset({"example", "examples", "xml", "externalDocs", "discriminator", "deprecated"})


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
        stack.extend(reversed([SchemaPart(inner, always and keyword == "allOf") for keyword in ("allOf", "oneOf",
                                                                                                "anyOf")
                               for inner in list_in(part, keyword) if isinstance(inner, dict)]))
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


def extensions_of(document: Schema) -> dict[str, list[str]]:
    """Return for each reference to a schema the references to those that extend it directly, by allOf."""
    components = document.get("components")
    found: dict[str, list[str]] = {}
    for name, schema in entries_in(components, "schemas") if isinstance(components, dict) else ():
        for part in list_in(schema, "allOf") if isinstance(schema, dict) else ():
            if isinstance(part, dict) and isinstance(part.get("$ref"), str):
                found.setdefault(part["$ref"], []).append(f"#/components/schemas/{name}")
    return found


def subtypes_of(document: Schema, schema: Any, extensions: dict[str, list[str]] | None = None) -> list[Any]:
    """Return references to the schemas that extend a schema by allOf, directly or not; [] unless it has a discriminator
    and lists no alternatives, so that its values are those of the schemas that extend it, and if they are very many.

    `extensions` is what `extensions_of` returned for the document.
    """
    if isinstance(schema, dict) and len(alone := list_in(schema, "allOf")) == 1 and "properties" not in schema:
        schema = alone[0]  # a reference with remarks
    if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
        return []
    part = followed(document, schema)
    if not isinstance(part.get("discriminator"), dict) or part.keys() & {"oneOf", "anyOf"}:
        return []
    extensions = extensions_of(document) if extensions is None else extensions
    found = [schema["$ref"]]
    for ref in found:
        found += [one for one in extensions.get(ref, ()) if one not in found]
    return [{"$ref": ref} for ref in found[1:]] if len(found) <= _MOST_ALTERNATIVES else []


def discriminator_of(schema: Schema) -> tuple[str, dict[str, list[str]]]:
    """Return the name of the property that a schema's discriminator is, "" for none, and the values mapped to each
    reference."""
    discriminator = schema.get("discriminator")
    name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
    values: dict[str, list[str]] = {}
    for value, target in entries_in(discriminator, "mapping") if isinstance(discriminator, dict) else ():
        ref = target if "/" in str(target) else f"#/components/schemas/{target}"
        values.setdefault(str(ref), []).append(value)
    return name if isinstance(name, str) else "", values


def named_subtypes(document: Schema, base: Schema, subtypes: Sequence[Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield the reference to each subtype of a schema with a discriminator, and the discriminator's values that name it
    and none before: its own choices, those mapped to it, or its name. A subtype without any is left out."""
    name, mapped = discriminator_of(followed(document, base))
    taken: list[Any] = []
    for ref in (part["$ref"] for part in subtypes):
        own = choices_of(document, properties_of(document, {"$ref": ref}).get(name))
        names = [value for value in own or mapped.get(ref) or [schema_name(ref)] if value not in taken]
        taken += names
        if names:
            yield ref, names


def schema_name(ref: str) -> str:
    """Return the last part of a reference, the name of a schema."""
    return pointer_parts(ref)[-1] if ref.startswith("#/") else ref.rpartition("/")[2]


def required_of(root: Schema, schema: Any) -> list[str]:
    """Return the names of the properties that are always required."""
    names = [name for part, always in parts_of(root, schema) if always for name in list_in(part, "required")]
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def items_of(root: Schema, schema: Any) -> Any:
    """Return the schema of an array's items; {} if there is none."""
    found = [part["items"] for part, _ in parts_of(root, schema) if isinstance(part.get("items"), dict)]
    return found[0] if found else {}


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

    def items(self, schema: Any) -> Any:
        """Return what `items_of` does."""
        return self._fact(items_of, schema)

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


def inlined(root: Schema, schema: Any, *, levels: int = 8) -> Schema:
    """Return a copy without references and without annotations, for readers without access to the document.

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
            if subtypes and discriminator_of(target)[0]:
                return self._alternatives(ref, subtypes, depth, opened)
        self.left -= 1
        if depth > self._levels or self.left < 0:
            return {}
        if isinstance(ref, str) or len(list_in(target, "allOf")) > 1 or "properties" in target:  # extends its parts
            opened |= {part["$ref"] for part in list_in(target, "allOf") if isinstance(part, dict) and "$ref" in part}
        return {key: self._properties(value, depth + 1, opened) if key == "properties"
                else self.copy(value, depth + 1, opened)
                for key, value in target.items() if key not in _UNSAID}

    def _alternatives(self, ref: str, subtypes: list[Any], depth: int, opened: frozenset[str]) -> Schema:
        """Return a schema with a discriminator and those that extend it, each with the values that name it."""
        base, opened = {"$ref": ref}, opened | {ref, *(part["$ref"] for part in subtypes)}
        name = discriminator_of(followed(self._root, base))[0]
        alternatives = [self.copy(base, depth, opened)]
        for one, names in named_subtypes(self._root, base, subtypes):
            named = {"required": [name], "properties": {name: {"enum": names}}}
            alternatives.append({"allOf": [named, self.copy({"$ref": one}, depth, opened)]})
        return {"anyOf": alternatives}

    def _properties(self, properties: Any, depth: int, opened: frozenset[str]) -> Any:
        """Copy each property, whatever its name: a property called `example` is not an annotation."""
        if not isinstance(properties, dict):
            return properties
        return {name: self.copy(part, depth + 1, opened) for name, part in properties.items()}


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
