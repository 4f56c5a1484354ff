"""Documents are read from text, what no stage can use is refused in one line, and one operation that cannot be used
does not cost the others."""

import copy
import json
from typing import Any

import pytest

from toolalpaca.openapi.bundle import bundled
from toolalpaca.openapi.documents import document_of, parse_document, read_document
from toolalpaca.openapi.operations import operations


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000])
def test_a_text_that_is_not_a_document_gives_none(text):
    assert document_of({"Name": "x", "Documentation": text}) is None
    assert document_of({"Name": "x", "Documentation": '{"openapi": "3.0.0"}'}) == {"openapi": "3.0.0"}


GONE = {"$ref": "#/components/schemas/Gone"}
OUT = {"$ref": "other.yaml#/Pet"}


def get(**more: Any) -> dict[str, Any]:
    return {"get": {"responses": {"200": {"description": "Fine."}}, **more}}


def body(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def document(item: Any, version: str = "3.0.3", **components: Any) -> str:
    return json.dumps({"openapi": version, "info": {"title": "T", "version": "1"},
                       "paths": {"/fine": get(), "/other": item}, "components": {"schemas": components}})


def query(name: str, location: str = "query", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": location, "schema": {"type": "string"}, **more}


@pytest.mark.parametrize(("item", "problem"), [
    (get(parameters=[query("q", "querystring"), query("r")]), "GET /other: a parameter in 'querystring' is the whole"),
    (get(parameters=[query("q", "body")]), "GET /other: parameter 0 ('q'): 'in' is 'body'"),
    (get(parameters=[{"$ref": "#/components/parameters/Gone"}]), "GET /other: parameter 0: the reference"),
    (get(parameters=[query("q", schema=GONE)]), "GET /other: the reference '#/components/schemas/Gone' leads nowhere"),
    (get(requestBody=body({"items": GONE})), "GET /other: the reference"),
    (get(requestBody=body({"$ref": "#/components/schemas/Outer"})), "GET /other: the reference"),
    (get(requestBody="text"), "GET /other: 'requestBody' is a string"),
    (get(responses={"200": {"description": "", **body(OUT)}}), "GET /other: the reference 'other.yaml#/Pet' does not"),
    (get(responses={"default": {"description": "", **body(OUT)}}), "GET /other: the reference 'other.yaml#/Pet' does"),
    (get(responses=[]), "GET /other: 'responses' is an array"), ({"get": 5}, "GET /other is a number"),
    ({"$ref": "#/components/pathItems/Gone"}, "PATH /other: the reference"), ([], "PATH /other is an array")])
def test_an_operation_that_cannot_be_used_is_left_out(item: Any, problem: str) -> None:
    text = document(item, "3.2.0", Outer={"properties": {"a": {"$ref": "#/components/schemas/Inner"}}},
                    Inner={"allOf": [OUT, {"$ref": "#/components/schemas/Outer"}]})
    read = read_document(text)
    assert len(read.left_out) == 1 and read.left_out[0].startswith(problem)
    assert [one.name for one in operations(read.document)] == ["fine_get"]


def test_other_operations_of_its_path_stay_in_their_order() -> None:
    item = {"parameters": [query("q")], "delete": {"responses": {}}, **get(requestBody=3), "post": {"responses": {}},
            "additionalOperations": {"LINK": {"responses": {}}, "COPY": 3, "POST": {}}}
    read = read_document(document(item, "3.2.0"))
    assert [one.name for one in operations(read.document)] == ["fine_get", "other_delete", "other_post", "other_link"]
    assert [line.split(" is ")[0] for line in read.left_out] == [
        "GET /other: 'requestBody'", "COPY /other", "PATH /other: 'POST' in 'additionalOperations'"]
    assert all(one.parameters[0].name == "q" for one in operations(read.document)[1:])


@pytest.mark.parametrize("more", [
    {"callbacks": {"done": {"$ref": "#/components/callbacks/Gone"}}},
    {"responses": {"200": {"description": "", "links": {"a": {"$ref": "#/components/links/Gone"}}}}},
    {"responses": {"200": {"description": "", "headers": {"X-A": {"schema": OUT}}}}},
    {"responses": {"200": {"description": "", "content": {"a/b": {"examples": {"a": {"$ref": "#/x"}}}}}}},
    {"responses": {"200": {"description": ""}, "404": {"$ref": "#/components/responses/Gone"}}},
    {"responses": {"200": {"description": ""}, "5XX": {"description": "", **body(GONE)}, "default": OUT}}])
def test_an_operation_loses_only_the_part_that_it_can_do_without(more: dict[str, Any]) -> None:
    read = read_document(document(get(**more)))
    other = operations(read.document)[1]
    assert (other.name, read.left_out) == ("other_get", []) and "200" in other.responses
    assert bundled(read.document, other)["paths"]["/other"]["get"]["operationId"] == "other_get"


def test_an_operation_whose_schemas_choose_without_end_is_left_out() -> None:
    level = {f"L{n}": {"anyOf": [{"$ref": f"#/components/schemas/L{n + 1}"}] * 9} for n in range(9)}
    text = document(get(requestBody=body({"$ref": "#/components/schemas/L0"})), **level, L9={"type": "string"})
    read = read_document(text)
    assert [one.name for one in operations(read.document)] == ["fine_get"]
    assert read.left_out[0].startswith("GET /other: its schemas choose between alternatives within alternatives")
    assert "L0" not in read.document["components"]["schemas"] and "L9" in read.document["components"]["schemas"]


def test_a_component_that_nothing_uses_costs_nothing_and_is_gone() -> None:
    read = read_document(document(get(), Unused={"items": OUT}, Used={}))
    assert (list(read.document["components"]["schemas"]), read.left_out) == (["Used"], [])


def test_a_document_without_any_usable_operation_is_refused_with_the_reason() -> None:
    whole = json.loads(document(get(requestBody=body(GONE))))
    del whole["paths"]["/fine"]
    with pytest.raises(ValueError, match="GET /other: the reference '#/components/schemas/Gone' leads nowhere"):
        parse_document(json.dumps(whole))


def test_a_document_that_is_fine_is_taken_as_it_is() -> None:
    whole = json.loads(document({**get(), "post": {"responses": {}, "x-a": GONE}}))
    assert parse_document(json.dumps(copy.deepcopy(whole))) == whole


def test_patterns_that_cost_too_much_together_are_not_checked_and_said() -> None:
    many = {f"p{index}": {"type": "string", "pattern": f"^[\\p{{L}}\\p{{N}}]{{1,100}}{index}$"} for index in range(200)}
    schema = {"properties": {"plain": {"type": "string", "pattern": "^[a-z]+$"}, **many},
              "patternProperties": {"a?" * 20_000: {"type": "integer"}, "^x-": {"type": "string"}}}
    read = read_document(document(get(requestBody=body(schema)), "3.1.0"))
    assert [one.name for one in operations(read.document)] == ["fine_get", "other_get"] and not read.left_out
    assert "patterns of its schemas cannot be checked since that would take too long, the longest" in read.unread
    other = operations(read.document)[1].request_body
    assert other is not None
    kept = other.content["application/json"]
    assert kept["properties"]["plain"]["pattern"] == "^[a-z]+$"
    assert 10 < sum("pattern" in one for one in kept["properties"].values()) < 190
    assert kept["patternProperties"] == {"": {"type": "integer"}, "^x-": {"type": "string"}}


def test_one_pattern_that_costs_too_much_is_said_and_the_document_is_as_it_was() -> None:
    schema = {"type": "string", "pattern": "[a-z]" * 80_000}
    read = read_document(text := document(get(parameters=[query("q", schema=schema)])))
    assert read.document == json.loads(text) and read.unread.startswith("a pattern of its")
    assert not read_document(document(get(parameters=[query("q", schema={"pattern": "a+"})]))).unread
