"""Values that do not fit their schema are made to fit, and as little as possible of them is changed."""

import random
from typing import Any

import pytest

from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schemas import standalone
from toolalpaca.simulator.faker.fitting import fitted
from toolalpaca.simulator.faker.generator import Maker
from toolalpaca.simulator.faker.source import Draw

DAY = {"type": "string", "format": "date", "example": "2020-05-01T00:00:00Z"}
CAT = {"type": "object", "required": ["meow"], "properties": {"meow": {"type": "boolean"}},
       "additionalProperties": False}
DOG = {"type": "object", "required": ["bark"], "properties": {"bark": {"type": "integer"}},
       "additionalProperties": False}


@pytest.mark.parametrize(("schema", "value", "kept"), [
    ({"type": "object", "properties": {"day": DAY, "name": {"type": "string"}}},
     {"day": "2020-05-01T00:00:00Z", "name": "Ann"}, {"name": "Ann"}),
    ({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}},
     {"name": "Ann"}, {"name": "Ann"}),
    ({"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False},
     {"name": "Ann", "extra": 1}, {"name": "Ann"}),
    ({"type": "object", "maxProperties": 1, "properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
     {"a": "x", "b": "y"}, {"a": "x"}),
    ({"type": "object", "patternProperties": {"^x-": {"type": "integer"}}, "additionalProperties": False},
     {"x-a": 5, "b": 2}, {"x-a": 5}),
    ({"type": "array", "maxItems": 2, "uniqueItems": True, "items": {"type": "integer"}}, [1, 1, 2], [1]),
    ({"type": "array", "minItems": 3, "items": {"type": "string", "enum": ["a", "b"]}}, ["a"], ["a"]),
    ({"oneOf": [CAT, DOG]}, {"bark": 3, "meow": "no"}, {}),
    ({"type": "object", "oneOf": [{"required": ["url"]}, {"required": ["html"]}], "properties": {
        "url": {"type": "string"}, "html": {"type": "string"}, "wide": {"type": "boolean"}}},
     {"url": "a", "html": "b", "wide": True}, {"wide": True}),
    ({"allOf": [{"type": "object", "properties": {"day": DAY}}, {"required": ["day"]}]}, {"day": "soon"}, {}),
    ({"type": "object", "properties": {"pets": {"type": "array", "items": {"anyOf": [CAT, DOG]}}}},
     {"pets": [{"meow": True}, {"bark": "loud"}]}, {}),
])
def test_what_does_not_fit_is_made_again_and_the_rest_kept(schema: dict[str, Any], value: Any, kept: Any) -> None:
    check = SchemaCheck(schema)
    assert not check.is_valid(value)
    made = fitted(Maker(schema), value, Draw(random.Random(1)))
    assert check.is_valid(made)
    if isinstance(kept, dict):
        assert kept.items() <= made.items()
    else:
        assert made[:len(kept)] == kept


def test_what_nothing_fits_is_left() -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"not": {}}}}
    assert isinstance(fitted(Maker(schema), {"a": 1, "b": 2}, Draw(random.Random(1))), dict)


def test_parts_that_exclude_each_other_are_read_as_one_object() -> None:
    document = {"openapi": "3.0.3", "components": {"schemas": {"Cat": CAT, "Dog": DOG}}}
    parts = [{"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog")]
    schema = standalone(document, {"allOf": parts, "properties": {"both": {"type": "boolean"}}}, request=True)
    check = SchemaCheck(schema)
    assert check.is_valid({"meow": True, "bark": 1, "both": True})
    assert not check.is_valid({"meow": True, "bark": 1, "third": True}) and not check.is_valid({"bark": 1})
    assert not SchemaCheck(standalone(document, CAT, request=True)).is_valid({"meow": True, "bark": 1})
    assert check.is_valid(Maker(schema)(Draw(random.Random(1))))


def test_the_choices_of_a_list_are_its_items() -> None:
    schema = standalone({"openapi": "3.0.3"}, {"type": "array", "items": {"type": "string"}, "enum": ["a", 7]},
                        request=True)
    assert SchemaCheck(schema).is_valid(["a", "7"]) and not SchemaCheck(schema).is_valid(["b"])
