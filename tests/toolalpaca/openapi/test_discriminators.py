"""Schemas with a discriminator that others extend by allOf, without a oneOf that lists them."""

import random
from typing import Any

import pytest

from toolalpaca.openapi.arguments import signature_of
from toolalpaca.openapi.bundle import bundled
from toolalpaca.openapi.inlining import inlined
from toolalpaca.openapi.operations import operations
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import choices_of, properties_of
from toolalpaca.openapi.schemas import standalone
from toolalpaca.simulator.faker.generator import Maker
from toolalpaca.simulator.faker.source import Draw
from toolalpaca.toolset.documentation import components_text, parameter_texts

BOAT = {"$ref": "#/components/schemas/Boat"}
MAPPING = {"mapping": {"sail": "#/components/schemas/Yacht", "oar": "Dinghy"}}


def document(version: str = "3.0.3", **discriminator: Any) -> dict[str, Any]:
    def extending(ref: str, **properties: str) -> Any:
        return {"allOf": [{"$ref": f"#/components/schemas/{ref}"}, {
            "required": list(properties), "properties": {name: {"type": kind} for name, kind in properties.items()}}]}
    schemas = {"Boat": {"type": "object", "required": ["rig"],
                        "properties": {"rig": {"type": "string"}, "tender": BOAT},
                        "discriminator": {"propertyName": "rig", **discriminator}},
               "Yacht": extending("Boat", masts="integer"), "Dinghy": extending("Boat", oars="integer"),
               "Ketch": extending("Yacht", mizzen="number")}
    content = {"application/json": {"schema": {"type": "array", "items": BOAT}}}
    return {"openapi": version, "info": {"title": "T", "version": "1"}, "components": {"schemas": schemas},
            "paths": {"/boats": {"get": {"responses": {"200": {"description": "", "content": content}}}}}}


@pytest.mark.parametrize(("discriminator", "value", "fits"), [
    ({}, {"rig": "Yacht", "masts": 2}, True), ({}, {"rig": "Yacht"}, False),
    ({}, {"rig": "Yacht", "masts": "two"}, False),
    ({}, {"rig": "Ketch", "masts": 2, "mizzen": 7.5}, True), ({}, {"rig": "Ketch", "masts": 2}, False),
    ({}, {"rig": "Boat"}, True), ({}, {"rig": "raft"}, True), ({}, {}, False),
    (MAPPING, {"rig": "sail", "masts": 2}, True), (MAPPING, {"rig": "sail", "oars": 2}, False),
    (MAPPING, {"rig": "oar", "oars": 2, "tender": {"rig": "sail", "masts": 1}}, True),
    (MAPPING, {"rig": "oar", "oars": 2, "tender": {"rig": "sail"}}, False),
    (MAPPING, {"rig": "Ketch", "masts": 2, "mizzen": 1}, True)])
def test_a_value_has_to_be_what_its_discriminator_names(discriminator: Any, value: Any, fits: bool) -> None:
    for schema in (BOAT, {"allOf": [BOAT], "description": "The one to hire."}):
        assert SchemaCheck(standalone(document(**discriminator), schema, request=True)).is_valid(value) is fits


@pytest.mark.parametrize(("discriminator", "names"), [({}, {"Boat", "Yacht", "Dinghy", "Ketch"}),
                                                      (MAPPING, {"Boat", "sail", "oar", "Ketch"})])
def test_values_are_made_of_each_schema_under_its_name(discriminator: Any, names: set[str]) -> None:
    root = standalone(document(**discriminator), {"type": "array", "items": BOAT}, request=False)
    lists = [Maker(root)(Draw(random.Random(seed))) for seed in range(40)]
    assert {boat["rig"] for one in lists for boat in one} == names
    assert all(SchemaCheck(root).is_valid(one) for one in lists)
    assert all("mizzen" in boat for one in lists for boat in one if boat["rig"] == "Ketch")


def test_what_extends_a_schema_comes_along_with_its_operation() -> None:
    read = document()
    assert list(bundled(read, operations(read)[0])["components"]["schemas"]) == ["Boat", "Yacht", "Dinghy", "Ketch"]


@pytest.mark.parametrize("mapping", [{}, {"sail": "https://example.com/Yacht.json", "oar": "Dinghy.json"}])
def test_alternatives_that_fit_alike_are_told_apart_by_name(mapping: dict[str, str]) -> None:
    read = document()
    schema = {"oneOf": [{"$ref": "#/components/schemas/Yacht"}, {"$ref": "#/components/schemas/Dinghy"}],
              "discriminator": {"propertyName": "rig", "mapping": mapping}}
    check = SchemaCheck(standalone(read, schema, request=True))
    assert check.is_valid({"rig": "Yacht", "masts": 1, "oars": 2}) and check.is_valid({"rig": "sail", "masts": 1})
    assert not check.is_valid({"rig": "Dinghy", "masts": 1})


def test_a_copy_without_references_shows_what_extends_a_schema() -> None:
    read = document(**MAPPING)
    for harbour in ({"items": BOAT}, {"properties": {"berth": {"allOf": [BOAT], "description": "The one to hire."}}}):
        shown = inlined(read, harbour)
        boats = shown["items"] if "items" in harbour else shown["properties"]["berth"]["allOf"][0]
        base, *others = boats["anyOf"]
        assert set(base["properties"]) == {"rig", "tender"}
        assert [one["allOf"][0]["properties"]["rig"]["enum"] for one in others] == [["sail"], ["oar"], ["Ketch"]]
        assert [set(properties_of({}, one)) - {"rig", "tender"} for one in others] == [
            {"masts"}, {"oars"}, {"masts", "mizzen"}]
        assert base["properties"]["tender"]["properties"]["tender"]["type"] == "object"  # opened once


RIGS = {"sail": "#/components/schemas/Yacht", "oar": "#/components/schemas/Dinghy"}


@pytest.mark.parametrize(("discriminator", "change", "names"), [
    ({"mapping": RIGS}, {}, [["sail"], ["oar"]]), ({}, {}, [["Yacht"], ["Dinghy"]]),
    ({"mapping": {**RIGS, "motor": "Yacht"}}, {}, [["sail", "motor"], ["oar"]]),
    ({}, {"x-ms-discriminator-value": "#Yacht"}, [["#Yacht"], ["Dinghy"]]),
    ({"mapping": RIGS}, {"properties": {"rig": {"type": "string", "enum": ["sail", "oar", "raft"]}}},
     [["sail"], ["oar"]]),
    ({}, {"properties": {"rig": {"type": "string", "enum": ["Yacht", "sloop"]}}}, [["Yacht"], ["Dinghy"]])])
def test_readers_are_told_what_names_an_alternative(discriminator: Any, change: Any, names: Any) -> None:
    read = document()
    schemas = read["components"]["schemas"]
    if "properties" in change and discriminator:
        schemas["Boat"]["properties"] |= change["properties"]
    else:
        schemas["Yacht"] |= change
    either = {"oneOf": [{"$ref": f"#/components/schemas/{one}"} for one in ("Yacht", "Dinghy")],
              "discriminator": {"propertyName": "rig", **discriminator}}
    shown = [properties_of({}, one)["rig"] for one in inlined(read, {"items": either})["items"]["oneOf"]]
    assert [choices_of({}, one)[-len(own):] for one, own in zip(shown, names, strict=True)] == names
    schemas["Either"] = either
    line = components_text(read).splitlines()[-1]
    told = [f"#{schema}" if own == [schema] else f"#{schema} (rig: {', '.join(own)})"
            for schema, own in zip(("Yacht", "Dinghy"), names, strict=True)]
    assert line == f"#Either: {' or '.join(told)}"
    check = SchemaCheck(standalone(read, either, request=True))
    right = {"rig": names[0][0], "masts": 2}
    assert check.is_valid(right) and not check.is_valid({**right, "masts": "two"})


def test_a_body_shows_all_names_of_its_discriminator() -> None:
    read = document(**MAPPING)
    for schema in (BOAT, {"oneOf": [{"$ref": f"#/components/schemas/{one}"} for one in ("Yacht", "Dinghy", "Ketch")],
                          "discriminator": {"propertyName": "rig", **MAPPING}}):
        content = {"application/json": {"schema": schema}}
        read["paths"]["/boats"]["post"] = {"requestBody": {"required": True, "content": content}, "responses": {}}
        _, post = operations(read)
        assert signature_of(read, post).schemas["rig"]["enum"] == ["sail", "oar", "Ketch"]
        assert "One of: [sail, oar, Ketch]." in parameter_texts(read, post)["rig"]
    assert components_text(read).splitlines()[1].endswith(
        "#Boat} or #Yacht (rig: sail) or #Dinghy (rig: oar) or #Ketch (rig: Ketch)")


def test_an_extending_schema_is_copied_as_itself() -> None:
    read = document()
    assert "anyOf" not in inlined(read, {"$ref": "#/components/schemas/Yacht"})
    read["components"]["schemas"]["Raft"] = {"allOf": [BOAT]}
    assert "anyOf" not in inlined(read, {"$ref": "#/components/schemas/Raft"})


def test_a_copy_with_very_many_alternatives_shows_the_schema_alone() -> None:
    read = document()
    wide = {f"p{number}": {"type": "string"} for number in range(200)}
    read["components"]["schemas"]["Barge"] = {"allOf": [BOAT, {"properties": wide}]}
    many = {"properties": {"first": BOAT, "second": BOAT, "third": BOAT, "rest": {"type": "string"}}}
    assert "anyOf" in inlined(read, {"properties": {"first": BOAT}})["properties"]["first"]
    shown = inlined(read, many)["properties"]
    assert set(shown["first"]["properties"]) == {"rig", "tender"}
    assert shown["rest"] == {"type": "string"}
