"""Discriminators: the property whose value names the schema of an object, among alternatives or among the schemas that
extend another one by allOf."""

from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.openapi.references import pointer_parts
from toolalpaca.openapi.schema_parts import (
    Schema,
    choices_of,
    entries_in,
    followed,
    list_in,
    parts_of,
    properties_of,
    types_of,
)

_MOST_SUBTYPES = 49  # of more, none is told apart
_VALUE = "x-ms-discriminator-value"  # with which a schema itself says the value that names it


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
    if not discriminator_of(part)[0] or part.keys() & {"oneOf", "anyOf"}:
        return []
    extensions = extensions_of(document) if extensions is None else extensions
    found = [schema["$ref"]]
    for ref in found:
        found += [one for one in extensions.get(ref, ()) if one not in found]
    return [{"$ref": ref} for ref in found[1:]] if len(found) <= _MOST_SUBTYPES + 1 else []


def discriminator_of(schema: Schema) -> tuple[str, dict[str, list[str]]]:
    """Return the name of the property that a schema's discriminator is, "" for none, and the values mapped to each
    reference."""
    discriminator = schema.get("discriminator")
    if isinstance(discriminator, str):  # as in Swagger 2
        discriminator = {"propertyName": discriminator}
    name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
    values: dict[str, list[str]] = {}
    for value, target in entries_in(discriminator, "mapping") if isinstance(discriminator, dict) else ():
        ref = target if "/" in str(target) else f"#/components/schemas/{target}"
        values.setdefault(str(ref), []).append(value)
    return name if isinstance(name, str) else "", values


def named_subtypes(document: Schema, base: Schema, subtypes: Sequence[Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield the reference to each subtype of a schema with a discriminator, and the discriminator's values that name it
    and none before. A subtype without any is left out."""
    taken: list[Any] = []
    for ref in (part["$ref"] for part in subtypes):
        names = [value for value in names_of(document, followed(document, base), ref) if value not in taken]
        taken += names
        if names:
            yield ref, names


def names_of(document: Schema, schema: Schema, ref: str) -> list[Any]:
    """Return the values by which the discriminator of `schema` names another one, of those that this has for the
    property: the values mapped to it, or else the one that it says itself, or its name."""
    name, mapped = discriminator_of(schema)
    usual = mapped.get(ref) or [followed(document, {"$ref": ref}).get(_VALUE) or schema_name(ref)]
    own = choices_of(document, properties_of(document, {"$ref": ref}).get(name))
    return [value for value in own if value in usual] or own or usual


def told_names(document: Schema, schema: Schema, ref: Any) -> list[Any]:
    """Return what `names_of` does where a reader has to be told: [] if the alternative at `ref` has no such property,
    says itself which values there are, or is no reference."""
    name, _ = discriminator_of(schema)
    own = properties_of(document, {"$ref": ref}).get(name) if isinstance(ref, str) and name else None
    if own is None:
        return []
    choices, names = choices_of(document, own), names_of(document, schema, ref)
    return names if len(choices) > len(names) or not choices and "string" in types_of(document, own) else []


def named_choices(document: Schema, schema: Schema) -> tuple[str, list[Any]]:
    """Return the property that a schema's discriminator is and all values that name an alternative or a schema that
    extends it; "" and [] without a discriminator."""
    for part, _ in parts_of(document, schema):
        name, mapped = discriminator_of(part)
        listed = [one["$ref"] for key in ("oneOf", "anyOf") for one in list_in(part, key)
                  if isinstance(one, dict) and isinstance(one.get("$ref"), str)]
        refs = listed or [one["$ref"] for one in subtypes_of(document, schema)]
        if name and refs:
            itself = [] if listed or mapped else [schema_name(str(schema.get("$ref", "")))]
            values = [*itself, *(value for ref in refs for value in names_of(document, part, ref))]
            return name, [value for place, value in enumerate(values) if value and value not in values[:place]]
    return "", []


def schema_name(ref: str) -> str:
    """Return the last part of a reference, the name of a schema."""
    return pointer_parts(ref)[-1] if ref.startswith("#/") else ref.rpartition("/")[2]


