"""JSON Schemas for what the knowledge base describes: parameters and responses of a document."""

from typing import Any

from offline_llm.knowledge.english import split_identifier, spoken
from offline_llm.knowledge.facts import JSON_TYPES, Category, Value, kind_of_name, lexicon, parse_value


def value_schema(value: Value) -> dict[str, Any]:
    """The schema of one Value, without its description."""
    schema: dict[str, Any] = {"type": value.type if value.type in JSON_TYPES else "string"}
    if value.type == "array":
        schema["items"] = {"type": "string"}
    if value.enum:
        schema["enum"] = list(value.values)
    if value.format:
        schema["format"] = value.format
    if value.low is not None and value.high is not None and value.type in ("integer", "number"):
        exact = int if value.type == "integer" else float
        schema["minimum"], schema["maximum"] = exact(value.low), exact(value.high)
    return schema


def field_schema(name: str, shape: Any, category: Category) -> dict[str, Any]:
    """The schema of a response field; entities become references."""
    if isinstance(shape, list):
        return {"type": "array", "items": field_schema(name, shape[0], category)}
    if isinstance(shape, dict):
        return object_schema(shape, category)
    if shape in category.entities:
        return {"$ref": f"#/components/schemas/{component(shape)}"}
    schema = value_schema(parse_value(shape, described=False))
    schema.pop("minimum", None)
    schema.pop("maximum", None)
    return {**schema, "description": f"{spoken(split_identifier(name)).capitalize()}."}


def object_schema(fields: dict[str, Any], category: Category) -> dict[str, Any]:
    """The schema of an object with these fields, all of them always there."""
    return {"type": "object", "required": list(fields),
            "properties": {name: field_schema(name, shape, category) for name, shape in fields.items()}}


def component(entity: str) -> str:
    """The name an entity has among a document's components."""
    return "".join(word.capitalize() for word in split_identifier(entity))


def used_components(schema: Any, category: Category) -> dict[str, Any]:
    """The components a schema refers to, directly or through others."""
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
    """The schema of a response field of which only the name is known."""
    facts = lexicon().get(kind_of_name(name), {})
    kind = facts.get("type", "string")
    schema: dict[str, Any] = {"type": "array", "items": {"type": "string"}} if kind == "array" else {"type": kind}
    if facts.get("format"):
        schema["format"] = facts["format"]
    return {**schema, "description": f"{spoken(split_identifier(name)).capitalize()}."}
