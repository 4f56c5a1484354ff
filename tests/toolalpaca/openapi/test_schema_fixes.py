"""Keywords of the wrong kind cost themselves and never the API."""

import random

import pytest

from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schemas import standalone
from toolalpaca.simulator.faker.generator import Maker
from toolalpaca.simulator.faker.source import Draw

KEYWORDS = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
    "minItems", "maxItems", "minProperties", "maxProperties", "pattern", "format", "uniqueItems", "title",
    "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "const", "enum",
    "type", "required", "properties", "items", "additionalProperties", "allOf", "anyOf", "oneOf", "not", "if",
    "then", "contains", "minContains", "maxContains", "prefixItems", "patternProperties", "propertyNames",
    "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties", "contentEncoding",
    "$comment", "discriminator", "xml", "nullable", "$ref", "$anchor", "$id", "$schema", "$vocabulary",
    "$dynamicRef", "$recursiveRef", "definitions", "additionalItems")
VALUES = (None, True, -1, 0, 1.5, "x", "3", "[", float("inf"), [], ["a"], [1], ["a", "a"], [None], {}, {"a": 1},
          {"a": None}, {"a": ["b"]})


@pytest.mark.parametrize("keyword", KEYWORDS)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_no_value_of_a_keyword_is_fatal(keyword, version):
    for kind in ({}, {"type": "object"}, {"type": "string"}, {"type": "integer"}, {"type": "array"}):
        for value in VALUES:
            try:
                schema = standalone({"openapi": version}, {**kind, keyword: value}, request=False)
            except ValueError as error:
                assert keyword == "$ref", error  # a reference that leads nowhere
                continue
            SchemaCheck(schema).is_valid(None)
            Maker(schema)(Draw(random.Random(1)))


@pytest.mark.parametrize(("schema", "good", "bad"), [
    ({"type": "integer", "minimum": "3"}, 3, 2), ({"type": "number", "maximum": "2.5"}, 2.5, 2.6),
    ({"type": "string", "maxLength": "3"}, "abc", "abcd"), ({"type": "string", "minLength": 2.0}, "ab", "a"),
    ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, 4, 3),
    ({"type": "integer", "enum": ["902 (Korea South)", "903 (Korea Central)"]}, 902, 904),
    ({"type": "array", "enum": ["a", "b"], "items": {"type": "string", "enum": ["a", "b"]}}, ["a"], ["c"]),
    ({"type": "integer", "enum": ["0 - open", "1 - closed"]}, 1, "1 - closed"),
    ({"type": "integer", "enum": ["low", "high"]}, "low", 3),
    ({"type": "string", "enum": [["a", "b"]]}, "b", "c"),
    ({"type": "string", "enum": [{"value": "a", "label": "First"}, {"value": "b"}]}, "b", "First"),
    ({"type": "string", "pattern": "^[[:alpha:]_]+$"}, "a_b", "a1"),
    ({"type": "string", "pattern": "^[^[:space:][:punct:]]+$"}, "ab", "a-b"),
    ({"type": "string", "pattern": "^[:al]+$"}, "a:", "b"), ({"type": "string", "pattern": "/^[A-Z]+$/i"}, "a", "1"),
    ({"type": "string", "pattern": "m#^a/b$#"}, "a/b", "ab"), ({"type": "string", "pattern": "~^[a-z]+$~i"}, "AB", "1"),
    ({"type": "string", "pattern": "^#[0-9]$"}, "#1", "1")])
def test_what_was_meant_is_kept(schema, good, bad):
    valid = SchemaCheck(standalone({"openapi": "3.0.3"}, schema, request=True))
    assert valid.is_valid(good) and not valid.is_valid(bad)


def test_what_cannot_be_meant_is_left_out():
    schema = {"type": "string", "maxLength": None, "pattern": 5}
    valid = SchemaCheck(standalone({"openapi": "3.0.3"}, schema, request=True))
    assert valid.is_valid("any text") and not valid.is_valid(5)
