"""JSON Schemas of the parameters and responses in the knowledge base."""

import re
from typing import Any

from offline_llm.knowledge.english import enumerated, split_identifier, spoken
from offline_llm.knowledge.facts import JSON_TYPES, Category, Value, bounds, draw, kind_of_name, lexicon, parse_value
from offline_llm.seeding import seeded_random

_OPTION = re.compile(r"[\w .+#/-]{1,30}")  # what the simulator accepts as one of several values in a description
_MOST_OPTIONS = 8


def value_schema(value: Value, name: str, category: Category | None = None) -> dict[str, Any]:
    """Return the schema of one Value with bounds and an example, without its description.

    A name has the same example wherever it occurs in the documents of a category.
    """
    schema: dict[str, Any] = {"type": value.type if value.type in JSON_TYPES else "string"}
    if value.type == "array":
        schema["items"] = {"type": "string"}
    if value.enum:
        schema["enum"] = list(value.values)
    if value.format:
        schema["format"] = value.format
    if value.type in ("integer", "number"):
        exact = int if value.type == "integer" else float
        schema["minimum"], schema["maximum"] = map(exact, bounds(value))
    if value.type != "object":
        about = (category.name, category.noun) if category else ()
        schema["example"] = draw(value, seeded_random("example", *about, name))
    return schema


def field_schema(name: str, shape: Any, category: Category) -> dict[str, Any]:
    """Return the schema of a response field; entities become references."""
    if isinstance(shape, list):
        return {"type": "array", "items": field_schema(name, shape[0], category)}
    if isinstance(shape, dict):
        return object_schema(shape, category)
    if shape in category.entities:
        return {"$ref": f"#/components/schemas/{component(shape)}"}
    value = parse_value(shape, described=False)
    return {**value_schema(value, name, category), "description": _described(name, value)}


def _described(name: str, value: Value) -> str:
    """Return a field's description, with some of its values if they are strings that a reader would not guess."""
    text = spoken(split_identifier(name)).capitalize()
    options = [f"'{one}'" for one in value.values if _OPTION.fullmatch(one)][:_MOST_OPTIONS]
    plain = value.type == "string" and not value.enum and not value.format and len(options) > 1
    return f"{text}, such as {enumerated(options, 'or')}." if plain else f"{text}."


def object_schema(fields: dict[str, Any], category: Category) -> dict[str, Any]:
    """Return the schema of an object in which all of these fields are required."""
    return {"type": "object", "required": list(fields),
            "properties": {name: field_schema(name, shape, category) for name, shape in fields.items()}}


def component(entity: str) -> str:
    """Return the name of an entity among a document's components."""
    return "".join(word.capitalize() for word in split_identifier(entity))


def used_components(schema: Any, category: Category) -> dict[str, Any]:
    """Return the components that a schema refers to, directly or through others."""
    by_component = {component(entity): entity for entity in category.entities}
    found: dict[str, Any] = {}
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending.extend(part)
        elif isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name in by_component and name not in found:
                found[name] = object_schema(category.entities[by_component[name]], category)
                pending.append(found[name])
            pending.extend(value for value in part.values() if isinstance(value, dict | list))
    return found


def guessed_schema(name: str) -> dict[str, Any]:
    """Return the schema of a response field of which only the name is known."""
    kind = kind_of_name(name)
    value = parse_value(kind, described=False) if kind in lexicon() and kind not in ("key", "id") else Value("string")
    return {**value_schema(value, name), "description": _described(name, value)}
