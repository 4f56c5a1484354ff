"""Schemas written out for a model that is offered tools: JSON Schema that a server takes, without what is not sent."""

from typing import Any

import pytest

from toolalpaca.openapi.inlining import inlined


def document(version: str = "3.0.3") -> dict[str, Any]:
    return {"openapi": version, "paths": {}, "components": {"schemas": {
        "Key": {"type": "integer", "readOnly": True},
        "Hive": {"type": "object", "required": ["id", "key", "bees"], "properties": {
            "id": {"type": "string", "readOnly": True}, "key": {"$ref": "#/components/schemas/Key"},
            "bees": {"type": "integer"}, "x-mark": {"type": "string"}, "example": {"type": "string"}}}}}}


@pytest.mark.parametrize(("schema", "shown"), [
    ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, {"type": "number", "exclusiveMinimum": 0}),
    ({"type": "number", "maximum": 5, "exclusiveMaximum": False}, {"type": "number", "maximum": 5}),
    ({"type": "string", "nullable": True, "x-nullable": True}, {"type": ["string", "null"]}),
    ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
    ({"type": "number", "multipleOf": "0.5"}, {"type": "number", "multipleOf": 0.5}),
    ({"type": "number", "multipleOf": 0}, {"type": "number"}), ({"type": "float"}, {"type": "number"}),
    ({"type": "string", "enum": [7, "b"]}, {"type": "string", "enum": ["7", "b"]}),
    ({"type": "string", "pattern": "/^a+$/"}, {"type": "string", "pattern": "^a+$"}),
    ({"type": "string", "pattern": "["}, {"type": "string"}),
    ({"type": "object", "default": {"example": 1, "nullable": True}},
     {"type": "object", "default": {"example": 1, "nullable": True}})])
def test_keywords_of_other_versions_and_mistakes_become_json_schema(schema: Any, shown: Any) -> None:
    assert inlined(document(), {"items": schema}) == {"items": shown}


def test_nullable_means_nothing_since_31() -> None:
    assert inlined(document("3.1.0"), {"type": "string", "nullable": True}) == {"type": "string"}


def test_what_is_read_only_is_not_asked_for() -> None:
    for hive in ({"$ref": "#/components/schemas/Hive"}, {"allOf": [{"$ref": "#/components/schemas/Hive"}]}):
        shown = inlined(document(), hive)
        shown = shown.get("allOf", [shown])[0]
        assert shown["required"] == ["bees"]
        assert set(shown["properties"]) == {"bees", "x-mark", "example"}
    outside = {"allOf": [{"$ref": "#/components/schemas/Hive"}], "required": ["id", "bees"]}
    assert inlined(document(), outside)["required"] == ["bees"]
