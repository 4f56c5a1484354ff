"""Schemas of OpenAPI documents as JSON Schemas: what is meant by alternatives that nothing tells apart."""

from typing import Any

import pytest

from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import types_of
from toolalpaca.openapi.schemas import standalone

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def _object(*required: str, closed: bool = False, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required),
            **({"additionalProperties": False} if closed else {})}


def _check(*alternatives: Any) -> SchemaCheck:
    document = {"openapi": "3.0.3", "components": {"schemas": {"Named": _object(name=TEXT)}}}
    return SchemaCheck(standalone(document, {"oneOf": list(alternatives)}, request=True))


@pytest.mark.parametrize(("alternatives", "value"), [
    ((TEXT, {"type": "string", "description": "an error"}), "a"),
    (({"$ref": "#/components/schemas/Named"}, _object(error=TEXT)), {"name": "Ann"}),
    ((_object("id", id=NUMBER, cat=TEXT), _object("id", id=NUMBER, dog=TEXT)), {"id": 3, "dog": "Rex"}),
    ((_object(kind={"enum": ["a", "b"]}), _object(kind={"enum": ["b", "c"]})), {"kind": "b"}),
])
def test_alternatives_that_nothing_tells_apart_may_both_fit(alternatives, value):
    assert _check(*alternatives).is_valid(value)


def test_what_is_said_of_other_properties_is_not_meant_for_those_of_the_parts():
    schema = {"allOf": [_object(name=TEXT)], "properties": {"id": NUMBER}, "additionalProperties": {"type": "object"}}
    check = SchemaCheck(standalone({"openapi": "3.0.3"}, schema, request=True))
    assert check.is_valid({"name": "Ann", "id": 3, "more": {}}) and not check.is_valid({"name": "Ann", "more": 3})


@pytest.mark.parametrize(("alternatives", "value"), [
    ((NUMBER, {"type": "number"}), 3), ((TEXT, {"type": "string", "maxLength": 3}), "abc"),
    ((_object("a", a=TEXT), _object("b", b=TEXT)), {"a": "x", "b": "y"}),
    ((_object("a", a=TEXT, closed=True), _object("a", a=TEXT, b=TEXT)), {"a": "x"}),
    ((_object(kind={"enum": ["a"]}), _object(kind={"enum": ["b"]})), {}), ((_object(n=TEXT), _object(n=NUMBER)), {}),
])
def test_of_alternatives_that_differ_just_one_may_fit(alternatives, value):
    assert not _check(*alternatives).is_valid(value)


TREES = {name: _object("sort", part, sort=TEXT, **{part: NUMBER}) for name, part in (("Apple", "cores"),
                                                                                    ("Plum", "stones"))}


def _discriminating(mapping: dict[str, str], **schemas: Any) -> SchemaCheck:
    document = {"openapi": "3.1.0", "components": {"schemas": {**TREES, **schemas}}}
    schema = {"oneOf": [{"$ref": "#/components/schemas/Apple"}, {"$ref": "#/components/schemas/Plum"}],
              "discriminator": {"propertyName": "sort", "mapping": mapping}}
    return SchemaCheck(standalone(document, schema, request=True))


@pytest.mark.parametrize(("mapping", "fitting", "others"), [
    ({"pome": "#/components/schemas/Apple", "drupe": "Plum"}, [{"sort": "pome", "cores": 1}, {
        "sort": "drupe", "stones": 1}], [{"sort": "pome", "stones": 1}, {"sort": "berry", "cores": 1}]),
    ({"pome": "Apple"}, [{"sort": "pome", "cores": 1}, {"sort": "x", "stones": 1}], [{"sort": "pome", "stones": 1}]),
    ({}, [{"sort": "pome", "cores": 1}, {"sort": "pome", "stones": 1}], [{"sort": "pome"}]),
])
def test_what_a_discriminator_maps_tells_alternatives_apart(mapping, fitting, others):
    check = _discriminating(mapping)
    assert all(map(check.is_valid, fitting)) and not any(map(check.is_valid, others))


def test_an_alternative_that_lists_its_own_names_is_not_held_to_the_mapping():
    own = _object("sort", "cores", sort={"enum": ["APPLE"]}, cores=NUMBER)
    assert _discriminating({"pome": "Apple", "drupe": "Plum"}, Apple=own).is_valid({"sort": "APPLE", "cores": 1})


def test_what_alternatives_require_is_told_together():
    schema = {**_object(lot=TEXT, row=NUMBER, tree=NUMBER), "anyOf": [{"required": ["lot"]}, {"required": [
        "row", "tree"]}]}
    problems = SchemaCheck(standalone({"openapi": "3.1.0"}, schema, request=True)).problems({}, "body")
    assert problems == ['"body", \'lot\', or \'row\' and \'tree\' is required']


def test_nullable_counts_for_what_is_composed_too():
    schema = {"nullable": True, "allOf": [_object(a=TEXT)]}
    assert types_of({"openapi": "3.0.3"}, schema) == ("object", "null")


@pytest.mark.parametrize(("name", "value", "fits"), [
    ("date-time", "2025-03-14T10:00:00+02:00", True), ("date-time", "2025-03-14T10:00:00", True),
    ("date-time", "2025-03-14 10:00", True), ("date-time", "2025-03-14", False),
    ("date-time", "2025-13-14T10:00:00", False), ("date-time", "Friday 10:00", False),
    ("time", "12:30:00Z", True), ("time", "12:30:00", True), ("time", "12:30", True), ("time", "25:00", False),
    ("duration", "PT0.5S", True), ("duration", "P1DT2,5H", True), ("duration", "-P2W", True), ("duration", "P", False),
    ("duration", "PT", False), ("duration", "P3", False), ("duration", "3 days", False),
    ("time", "12:30 PM", False), ("time", "Z", False), ("time", "", False),
])
def test_a_time_may_do_without_zone_and_seconds(name, value, fits):
    assert SchemaCheck({"type": "string", "format": name}).is_valid(value) is fits
