"""Made-up values: valid for any ordinary schema, realistic by name, the same for the same request, echoing it."""

import json
import random
import re
from typing import Any

import pytest
from effort import at_most
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import types_of
from toolalpaca.openapi.schemas import standalone
from toolalpaca.simulator.faker.generator import Maker
from toolalpaca.simulator.faker.source import Draw

NAMES = st.sampled_from(["id", "userId", "name", "email", "city", "price", "count", "createdAt", "tags", "items", ""])


def _made(schema: dict[str, Any], seed: int = 1, **draw: Any) -> Any:
    return Maker(standalone({"openapi": "3.0.3"}, schema, request=False))(Draw(random.Random(seed), **draw))


@st.composite
def _numbers(draw: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from(["integer", "number"]))
    low, span = draw(st.integers(-1000, 1000)), draw(st.integers(0, 50))
    schema: dict[str, Any] = {"type": kind}
    if draw(st.booleans()):
        schema["minimum"] = low
    if draw(st.booleans()):
        schema["maximum"] = low + span
    if draw(st.booleans()) and span > 5:
        schema["exclusiveMinimum"] = draw(st.booleans())
    if draw(st.booleans()) and span > 12:
        schema["multipleOf"] = draw(st.sampled_from([1, 2, 5]))
    return schema


@st.composite
def _strings(draw: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    extra = draw(st.sampled_from([
        {}, {"format": "date"}, {"format": "date-time"}, {"format": "email"}, {"format": "uuid"}, {"format": "uri"},
        {"format": "ipv4"}, {"format": "ipv6"}, {"format": "hostname"}, {"format": "time"}, {"enum": ["a", "b"]},
        {"format": "uuid", "pattern": "^[{(]?[0-9A-F]{8}(-?[0-9A-F]{4}){3}-?[0-9A-F]{12}[)}]?$"},
        {"format": "date-time", "pattern": r"^\d+-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$"},
        {"pattern": "^[A-Z]{3}-[0-9]{4}$"}, {"pattern": "^(red|green)$"}, {"minLength": 40}, {"maxLength": 3},
        {"minLength": 2, "maxLength": 2}, {"nullable": True}, {"example": "x"}, {"default": 7},
        {"description": "the size ('small', 'large')"}, {"format": "byte"}, {"format": "duration"}]))
    return schema | extra


_LEAVES = st.one_of(_numbers(), _strings(), st.just({"type": "boolean"}), st.just({}),
                    st.just({"enum": [1, "a", None]}))


def _containers(inner: Any) -> Any:
    properties = st.dictionaries(NAMES, inner, max_size=4)
    objects = st.builds(lambda parts, required, more: {
        "type": "object", "properties": parts, "required": [name for name in parts if name in required],
        **({} if more is None else {"additionalProperties": more})},
        properties, st.sets(NAMES), st.one_of(st.none(), st.booleans(), inner))
    arrays = st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least, "maxItems": least + 4},
                       inner, st.integers(0, 5))
    return st.one_of(objects, arrays, st.builds(lambda one, two: {"allOf": [one, two]}, objects.filter(
        lambda one: "additionalProperties" not in one), st.just({"type": "object", "properties": {"extra": {
            "type": "integer"}}, "required": ["extra"]})), st.builds(lambda *parts: {"oneOf": [
                *({"type": "object", "required": [f"k{number}"], "additionalProperties": False,
                   "properties": {f"k{number}": part}} for number, part in enumerate(parts))]}, inner, inner))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(_LEAVES, _containers, max_leaves=8), st.integers(0, 9))
def test_what_is_made_is_valid(schema, seed):
    root = standalone({"openapi": "3.0.3"}, schema, request=False)
    value = Maker(root)(Draw(random.Random(seed)))
    assert SchemaCheck(root).is_valid(value), (root, value)
    assert value == Maker(root)(Draw(random.Random(seed)))


@pytest.mark.parametrize(("name", "pattern"), [
    ("email", r"[^@\s]+@[^@\s]+\.\w+"), ("imageUrl", r"https://\S+\.jpg"), ("releaseDate", r"\d{4}-\d\d-\d\d"),
    ("created_at", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), ("countryCode", r"[A-Z]{2}"), ("ipAddress", r"\d+(\.\d+){3}"),
    ("userId", r"user_[0-9a-f]{8}"), ("currency", r"[A-Z]{3}"),
])
def test_texts_look_like_what_their_name_says(name, pattern):
    value = _made({"type": "object", "properties": {name: {"type": "string"}}})[name]
    assert re.fullmatch(pattern, value), value


@pytest.mark.parametrize(("name", "low", "high"), [
    ("latitude", -90, 90), ("year", 1990, 2026), ("ageYears", 0, 90), ("rating", 1, 5), ("percentage", 0, 100),
    ("month", 1, 12), ("age", 0, 120)])
def test_numbers_lie_where_their_name_says(name, low, high):
    for seed in range(20):
        assert low <= _made({"type": "object", "properties": {name: {"type": "number"}}}, seed)[name] <= high


def test_examples_and_defaults_of_the_document_are_used():
    schema = {"type": "object", "properties": {"a": {"type": "string", "example": "given"},
                                               "b": {"type": "integer", "default": 12},
                                               "c": {"type": "integer", "example": "wrong"}}}
    made = _made(schema)
    assert (made["a"], made["b"]) == ("given", 12) and isinstance(made["c"], int)


def test_lists_have_three_items_or_more_unless_limited():
    schema = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}
    for seed in range(20):
        assert len(_made(schema, seed)) >= 3
        assert len(_made(schema, seed, limit=2)) == 2
        assert len(_made(schema | {"maxItems": 1}, seed)) == 1


def test_request_values_are_echoed_where_names_agree_but_ids_of_items_stay_apart():
    item = {"type": "object", "properties": {"id": {"type": "integer"}, "city": {"type": "string"},
                                             "owner": {"type": "object", "properties": {"id": {"type": "integer"}}}}}
    made = _made({"type": "object", "properties": {"id": {"type": "integer"}, "city": {"type": "string"},
                                                   "results": {"type": "array", "items": item}}},
                 echo={"id": 7, "city": "Paris"})
    assert made["id"] == 7 and made["city"] == "Paris"
    assert {one["city"] for one in made["results"]} == {"Paris"}
    assert len({one["id"] for one in made["results"]}) == len(made["results"])
    assert all(one["owner"]["id"] != 7 for one in made["results"])


def test_an_echo_of_the_wrong_type_is_left_out():
    made = _made({"type": "object", "properties": {"city": {"type": "integer"}}}, echo={"city": "P"})
    assert isinstance(made["city"], int)


def test_schemas_that_hold_themselves_come_to_an_end():
    document = {"openapi": "3.0.3", "components": {"schemas": {"Node": {"type": "object", "properties": {
        "name": {"type": "string"}, "parent": {"$ref": "#/components/schemas/Node"},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}}}}}}
    root = standalone(document, {"$ref": "#/components/schemas/Node"}, request=False)
    assert SchemaCheck(root).is_valid(Maker(root)(Draw(random.Random(3))))


@pytest.mark.parametrize("schema", [
    {"pattern": r"^(\w+\s?)+$"}, {"pattern": r"^\p{L}+$"}, {"pattern": "(?<=x"}, {"pattern": r"^(a|b)\1$"},
    {"minLength": 10**12}, {"minLength": "3"},
])
def test_odd_demands_on_a_text_cost_no_time(schema):
    assert isinstance(_made({"type": "string", "description": "A comment.", **schema}), str)
    assert len(_made({"type": "array", "minItems": 10**9, "items": {"type": "integer"}})) <= 1000


def test_a_thing_may_hold_others_of_its_kind_in_every_way_of_writing_that():
    node = {"$ref": "#/components/schemas/Node"}
    ways = [node, {"allOf": [node], "description": "The next."}, {**node, "description": "The next."},
            {"anyOf": [node, {"type": "null"}]}, {"type": "array", "items": {"allOf": [node]}}]
    for way in ways:
        document = {"openapi": "3.0.3", "components": {"schemas": {
            "Node": {"type": "object", "required": ["value"], "properties": {
                "value": {"type": "integer"}, "next": way}},
            "Base": {"allOf": [node, {"$ref": "#/components/schemas/Base"}]}}}}
        for root in (node, {"$ref": "#/components/schemas/Base"}):
            schema = standalone(document, root, request=False)
            made = Maker(schema)(Draw(random.Random(1)))
            assert SchemaCheck(schema).is_valid(made) and "next" in made


def test_unions_that_hold_each_other_take_no_time():
    names = "ABCDEFGHIJKL"
    for key in ("oneOf", "anyOf", "allOf"):
        schemas = {name: {key: [{"$ref": f"#/components/schemas/{other}"} for other in names]} for name in names}
        document = {"openapi": "3.0.3", "components": {"schemas": schemas}}
        with at_most(20):
            schema = standalone(document, {"$ref": "#/components/schemas/A"}, request=False)
            types_of(schema, schema)
            Maker(schema)(Draw(random.Random(1)))


@pytest.mark.parametrize("schema", [
    {"$ref": "#/components/schemas/Twins"}, {"$ref": "#/components/schemas/Itself"},
    {"$ref": "#/components/schemas/Wide"},
    {"type": "array", "minItems": 10**9, "items": {"type": "string", "minLength": 10**8}},
    {"type": "array", "minItems": 1000, "items": {"type": "array", "minItems": 1000, "items": {
        "type": "array", "minItems": 1000, "items": {"type": "integer"}}}},
    {"type": "object", "minProperties": 10**8, "additionalProperties": {"type": "object", "minProperties": 10**5}}])
def test_what_asks_for_no_end_is_cut_short(schema):
    def held(name):
        return {"$ref": f"#/components/schemas/{name}"}

    document = {"openapi": "3.0.3", "components": {"schemas": {
        "Twins": {"type": "object", "required": ["a", "b"], "properties": {"a": held("Twins"), "b": held("Twins")}},
        "Itself": held("Itself"),
        "Wide": {"type": "object", "properties": {name: {"type": "array", "items": held("Wide")} for name in "abcdef"}},
    }}}
    made = Maker(standalone(document, schema, request=False))(Draw(random.Random(1)))
    assert len(json.dumps(made)) < 5_000_000


@pytest.mark.parametrize("pattern", [
    r"^(?=.*[0-9])(?=.*[a-z]).{8,12}$", r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d!#]{8,}$", r"^(?!foo)\w{4}$", r"^.{3}$"])
def test_patterns_are_kept_with_their_conditions_and_readable(pattern):
    texts = [_made({"type": "string", "pattern": pattern}, seed) for seed in range(10)]
    assert all(re.search(pattern, text) and text.isprintable() and len(text) <= 60 for text in texts)


def test_a_pattern_for_which_no_text_is_found_costs_its_tries_once(monkeypatch):
    checked: list[Any] = []
    is_valid = SchemaCheck.is_valid
    monkeypatch.setattr(SchemaCheck, "is_valid", lambda check, value: checked.append(value) or is_valid(check, value))
    schema = {"type": "array", "minItems": 40, "items": {"type": "string", "pattern": r"^(?=a)b{3,}(?!c)$"}}
    first, tried = _made(schema), len(checked)
    assert len(first) == 40 and all(re.fullmatch("b{3,}", text) for text in first) and first == _made(schema)
    assert tried < 800  # of all tries for each it would be more than 2,000


@pytest.mark.parametrize("bounds", [
    {"pattern": "^[A-Za-z0-9]+$", "minLength": 22, "maxLength": 22}, {"pattern": "^arn:.*", "minLength": 40},
    {"format": "date-time", "minLength": 25, "maxLength": 25},
    {"format": "date-time", "minLength": 24, "maxLength": 24},
    {"pattern": "^[a-z]+/[a-z]*$", "minLength": 60, "maxLength": 70}, {"pattern": r"^\p{Lu}[\p{L}\p{Nd}_]+$"},
    {"pattern": "^[\\u0020-\\uD7FF\\uE000-\\uFFFD\\t]{3,255}$"},
    {"pattern": r"\A[0-9]{3}\z"}, {"format": "iri-reference"},
    {"pattern": ".*[0-9a-f]{8}-[0-9a-f]{4}.*", "maxLength": 13},
    {"pattern": "^.+/v[0-1](\\.[0-9]+)*/?$", "format": "uri"}, {"pattern": "^\"[ -~]{400}\"$"}])
def test_patterns_are_kept_with_their_lengths_and_with_classes_of_unicode(bounds):
    check = SchemaCheck({"type": "string", **bounds})
    assert all(check.is_valid(_made({"type": "string", **bounds}, seed)) for seed in range(10))


@pytest.mark.parametrize("schema", [
    {"patternProperties": {"^x-[a-z]+$": {"type": "integer"}}, "additionalProperties": False, "minProperties": 1},
    {"propertyNames": {"pattern": "^[A-Z]{3}$"}, "additionalProperties": {"type": "number"}, "minProperties": 4},
    {"required": ["card"], "properties": {"card": {"type": "string"}}, "dependentSchemas": {
        "card": {"required": ["limit"], "properties": {"limit": {"type": "integer"}}}}}])
def test_names_of_properties_and_what_they_demand_are_kept(schema):
    made = _made({"type": "object", **schema})
    assert made and SchemaCheck({"type": "object", **schema}).is_valid(made)


def test_a_part_of_a_schema_that_is_closed_allows_nothing_that_other_parts_add():
    closed = {"type": "object", "additionalProperties": False, "properties": {"a": {"type": "string"}}}
    more = {"type": "object", "properties": {"a": {"minLength": 3}, "b": {"type": "integer"}}}
    for schema in ({"allOf": [closed, more]}, {"allOf": [more, closed]}, {**closed, "allOf": [more]},
                   {**more, "allOf": [closed]}, {"anyOf": [closed, closed], **more}):
        root = standalone({"openapi": "3.0.3"}, schema, request=False)
        made = Maker(root)(Draw(random.Random(1)))
        assert made.keys() == {"a"} and SchemaCheck(root).is_valid(made)
