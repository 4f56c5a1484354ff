"""Arguments are checked against the document: what is harmless is fixed and noted, the rest says what is wrong."""

from typing import Any

import pytest

from toolalpaca.openapi.arguments import ArgumentBinding, ArgumentError, signature_of
from toolalpaca.openapi.operations import operations

SCHEMAS = {
    "Size": {"type": "string", "enum": ["small", "large"]},
    "Address": {"type": "object", "required": ["city"],
                "properties": {"city": {"type": "string"}, "zip": {"type": "string", "nullable": True}}},
    "Order": {"allOf": [{"$ref": "#/components/schemas/Base"},
                        {"type": "object", "required": ["amount"], "properties": {
                            "amount": {"type": "integer", "minimum": 1},
                            "to": {"$ref": "#/components/schemas/Address"}}}]},
    "Base": {"type": "object", "required": ["id"], "properties": {
        "id": {"type": "string", "readOnly": True}, "note": {"type": "string"}}},
    "Node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"},
                                              "value": {"type": "integer"}}},
    "Shape": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}},
              "discriminator": {"propertyName": "kind"}},
    "Disc": {"allOf": [{"$ref": "#/components/schemas/Shape"},
                       {"required": ["radius"], "properties": {"radius": {"type": "integer"}}}]},
    "Ring": {"allOf": [{"$ref": "#/components/schemas/Disc"}, {"properties": {"centre": {"type": "string"}}}]},
}


def fitting(parameters: list[dict] = [], body: dict | None = None, version: str = "3.0.3",  # noqa: B006
            body_required: bool = True) -> ArgumentBinding:
    operation: dict[str, Any] = {"operationId": "f", "parameters": parameters, "responses": {}}
    if body is not None:
        operation["requestBody"] = {"required": body_required, "content": {"application/json": {"schema": body}}}
    path = "/f/{id}" if any(one["in"] == "path" for one in parameters) else "/f"
    document = {"openapi": version, "paths": {path: {"post": operation}}, "components": {"schemas": SCHEMAS}}
    return ArgumentBinding(signature_of(document, operations(document)[0]), document)


def query(name: str, schema: dict, *, required: bool = False) -> dict:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def sent(fit: ArgumentBinding, **arguments: Any) -> dict[str, Any]:
    return {one.name: value for one, value in fit.bind(arguments).parameters}


_FILM = {"type": "object", "required": ["kind", "minutes"], "properties": {
    "kind": {"const": "film"}, "minutes": {"type": "integer"}}}
_BOOK = {"type": "object", "required": ["kind", "pages"], "properties": {
    "kind": {"enum": ["book"]}, "pages": {"type": "integer"}}}


@pytest.mark.parametrize(("given", "message"), [
    ({"kind": "film", "pages": 3}, "'minutes' is a required property"),
    ({"kind": "book", "pages": "x"}, '"x.pages", expected integer'),
    ({"kind": "song"}, "\"x.kind\", expected one of ['film', 'book']"),
    ({"kind": "film"}, "'minutes'"), ([3], "expected object or string"), ("some", "expected one of ['all']")])
def test_of_alternatives_the_one_that_the_value_names_says_what_is_wrong(given: Any, message: str) -> None:
    schema = {"oneOf": [_FILM, _BOOK, {"type": "string", "enum": ["all"]}]}
    with pytest.raises(ArgumentError) as caught:
        fitting(body={"type": "object", "properties": {"x": schema}}).bind({"x": given})
    assert message in str(caught.value)


def test_what_every_alternative_requires_is_required() -> None:
    for keyword in ("oneOf", "anyOf"):
        fit = fitting(body={keyword: [_FILM, _BOOK]})
        assert fit.signature.required(()) == ["kind"]
        with pytest.raises(ArgumentError, match=r'Missing required parameters: \["kind"\]'):
            fit.bind({"pages": 3})


def test_values_of_a_map_and_of_a_tuple_are_coerced_to_their_own_types() -> None:
    fit = fitting(body={"type": "object", "properties": {
        "rates": {"type": "object", "additionalProperties": {"type": "number"}},
        "at": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}], "items": {"type": "integer"}},
        "mixed": {"type": "object", "patternProperties": {"^s_": {"type": "string"}},
                  "additionalProperties": {"type": "integer"}}}}, version="3.1.0")
    assert fit.bind({"rates": {"eur": "1.5"}, "at": ["2", 3, "4"], "mixed": {"s_a": "5"}}).body == {
        "rates": {"eur": 1.5}, "at": [2, "3", 4], "mixed": {"s_a": "5"}}


def test_a_property_that_only_a_condition_declares_is_an_argument() -> None:
    number = {"type": "integer"}
    fit = fitting(body={
        "type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}},
        "if": {"properties": {"kind": {"const": "gift"}}}, "then": {"required": ["to"], "properties": {"to": number}},
        "else": {"properties": {"from": number}},
        "dependentSchemas": {"from": {"properties": {"days": number}}}}, version="3.1.0")
    assert fit.signature.names == ["kind", "to", "from", "days"] and fit.signature.required(()) == ["kind"]
    assert fit.bind({"kind": "gift", "to": "1"}).body == {"kind": "gift", "to": 1}
    with pytest.raises(ArgumentError, match="'to' is a required property"):
        fit.bind({"kind": "gift"})


def test_null_is_left_out_of_a_query_and_sent_in_a_body() -> None:
    lists = {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}
    fit = fitting([query("ids", lists)], {"type": "object", "properties": {"note": {"type": ["string", "null"]}}},
                  version="3.1.0")
    bound = fit.bind({"ids": None, "note": None})
    assert bound.parameters == [] and bound.body == {"note": None}


def test_a_property_that_only_an_alternative_requires_is_an_argument() -> None:
    fit = fitting(body={"type": "object", "oneOf": [
        {"required": ["text"], "properties": {"text": {"type": "string"}}}, {"required": ["picture"]}]})
    assert fit.bind({"picture": "a.png"}).body == {"picture": "a.png"}
    with pytest.raises(ArgumentError, match="Unknown"):
        fit.bind({"sound": "a.mp3"})


@pytest.mark.parametrize(("schema", "given", "value"), [
    ({"type": "integer"}, "5", 5), ({"type": "integer"}, 5.0, 5), ({"type": "number"}, "2.5", 2.5),
    ({"type": "number"}, "3", 3), ({"type": "boolean"}, "True", True), ({"type": "string"}, 75001, "75001"),
    ({"type": "string"}, True, "true"), ({"type": "array", "items": {"type": "integer"}}, "[1, 2]", [1, 2]),
    ({"type": "array", "items": {"type": "integer"}}, ["1", 2], [1, 2]),
    ({"type": "array", "items": {"type": "string"}}, "a", ["a"]), ({"type": "object"}, '{"a": 1}', {"a": 1}),
    ({"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": "1"}, {"a": 1}),
    ({"$ref": "#/components/schemas/Size"}, "Small", "small"),
    ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, "7", 7),
    ({"type": "array", "items": {"type": "integer"}}, "1, 2", [1, 2]),
    ({"type": "array", "items": {"enum": ["a", "b"]}}, "a,b", ["a", "b"]),
    ({"type": "array", "items": {"type": "string"}}, "a, b", ["a, b"]),
])
def test_harmless_slips_are_mended_and_noted(schema: dict, given: Any, value: Any) -> None:
    fitted = fitting([query("x", schema)]).bind({"x": given})
    assert [(item, type(item)) for _, item in fitted.parameters] == [(value, type(value))]
    assert fitted.notes and "x" in fitted.notes[0] and "sent" in fitted.notes[0]


@pytest.mark.parametrize(("schema", "given"), [
    ({"type": "integer"}, 5), ({"type": "number"}, 5), ({"type": "string", "format": "date"}, "2024-05-01"),
    ({"$ref": "#/components/schemas/Node"}, {"next": {"value": 1}}),
    ({}, ["anything"]), ({"$ref": "#/components/schemas/Missing"}, 1), ({"type": "string"}, ""),
])
def test_values_that_fit_pass_unchanged(schema: dict, given: Any) -> None:
    fitted = fitting([query("x", schema)]).bind({"x": given})
    assert [value for _, value in fitted.parameters] == [given]
    assert fitted.notes == []


@pytest.mark.parametrize(("schema", "given", "message"), [
    ({"type": "integer"}, "five",
     'Parameter type error: "x", expected integer, but got "five". You need to change the input and try again.'),
    ({"type": "string", "enum": ["a", "b"]}, "c",
     'Parameter type error: "x", expected one of [\'a\', \'b\'], but got "c". '
     'You need to change the input and try again.'),
    ({"type": "integer"}, 1.5, 'Parameter type error: "x", expected integer, but got 1.5.'),
    ({"type": "integer"}, True, 'Parameter type error: "x", expected integer, but got true.'),
    ({"type": "object", "properties": {"year": {"type": "integer"}}}, {"year": "soon"},
     'Parameter type error: "x.year", expected integer, but got "soon".'),
    ({"type": "array", "items": {"$ref": "#/components/schemas/Size"}}, ["small", "tiny"],
     'Parameter type error: "x[1]", expected one of [\'small\', \'large\'], but got "tiny".'),
    ({"type": "string", "format": "date"}, "tomorrow", 'expected date format, but got "tomorrow"'),
    ({"type": "integer", "minimum": 1}, 0, "0 is less than the minimum of 1"),
    ({"$ref": "#/components/schemas/Node"}, {"next": {"next": {"value": "x"}}},
     '"x.next.next.value", expected integer'),
])
def test_what_does_not_fit_names_the_parameter(schema: dict, given: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        fitting([query("x", schema)]).bind({"x": given})
    assert message in str(error.value)


def test_all_wrong_values_are_named_at_once() -> None:
    fit = fitting([query("a", {"type": "integer"}), query("b", {"type": "boolean"})])
    with pytest.raises(ArgumentError, match='"a", expected integer, but got "x"; "b", expected boolean, but got "y"'):
        fit.bind({"a": "x", "b": "y"})


def test_missing_and_unknown_parameters_are_named() -> None:
    fit = fitting([query("city", {"type": "string"}, required=True), query("days", {"type": "integer"})])
    with pytest.raises(ArgumentError, match=r'^Missing required parameters: \["city"\]\. You need'):
        fit.bind({"days": 3})
    with pytest.raises(ArgumentError, match=r'^Unknown parameters: \["town"\]\. Valid parameters: \["city", "days"\]'):
        fit.bind({"city": "Paris", "town": "Paris"})


def test_an_optional_value_that_says_nothing_is_left_out() -> None:
    fit = fitting([query("size", {"$ref": "#/components/schemas/Size"}), query("limit", {"type": "integer"}),
                   query("name", {"type": "string"})])
    fitted = fit.bind({"size": "", "limit": None, "name": ""})
    assert [one.name for one, _ in fitted.parameters] == ["name"]
    assert fitted.notes == ['size: left out, since "" is no value', "limit: left out, since null is no value"]


def test_a_body_behind_references_is_opened_and_checked() -> None:
    fit = fitting(body={"$ref": "#/components/schemas/Order"})
    assert fit.signature.names == ["note", "amount", "to"]
    fitted = fit.bind({"amount": "2", "to": {"city": "Paris", "zip": None}})
    assert fitted.has_body and fitted.body == {"amount": 2, "to": {"city": "Paris", "zip": None}}
    with pytest.raises(ArgumentError, match=r'Missing required parameters: \["amount"\]'):
        fit.bind({"note": "x"})
    with pytest.raises(ArgumentError, match='"to", \'city\' is a required property'):
        fit.bind({"amount": 2, "to": {}})


@pytest.mark.parametrize("schema", [{"$ref": "#/components/schemas/Shape"}, {
    "allOf": [{"$ref": "#/components/schemas/Shape"}], "description": "What to draw."}])
def test_a_body_with_a_discriminator_takes_what_the_schemas_that_extend_it_have(schema: dict) -> None:
    fit = fitting(body=schema)
    assert fit.signature.names == ["kind", "radius", "centre"]
    assert fit.bind({"kind": "Disc", "radius": "2"}).body == {"kind": "Disc", "radius": 2}
    with pytest.raises(ArgumentError, match="Unknown"):
        fit.bind({"kind": "Disc", "edge": 1})


def test_an_optional_body_is_asked_for_only_when_part_of_it_is_given() -> None:
    fit = fitting(body={"type": "object", "required": ["a"], "properties": {"a": {}, "b": {}}}, body_required=False)
    assert not fit.bind({}).has_body
    with pytest.raises(ArgumentError, match=r'Missing required parameters: \["a"\]'):
        fit.bind({"b": 1})


def test_a_name_that_is_parameter_and_property_goes_to_both() -> None:
    path = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    fitted = fitting([path], {"type": "object", "properties": {"id": {"type": "integer"}}}).bind({"id": "7"})
    assert [value for _, value in fitted.parameters] == [7] and fitted.body == {"id": 7}


def test_a_body_that_is_no_object_and_a_body_that_is_open() -> None:
    fit = fitting(body={"type": "array", "items": {"type": "integer"}})
    assert fit.signature.names == ["body"]
    assert fit.bind({"body": ["1"]}).body == [1]
    listed = fitting(body={"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}})
    assert listed.bind({"body": {"n": "1"}}).body == [{"n": 1}]
    assert fitting(body={"type": "object"}).bind({"any": {"thing": 1}}).body == {"any": {"thing": 1}}


def test_types_of_version_31() -> None:
    fit = fitting([query("x", {"type": ["integer", "null"]})], version="3.1.0")
    assert sent(fit, x="4") == {"x": 4}
    assert sent(fit, x=None) == {}  # a URL cannot say null


def test_a_name_of_both_whose_value_cannot_be_the_bodys_goes_to_the_parameter_only() -> None:
    fitted = fitting([query("size", {"type": "string"})], {"type": "object", "properties": {
        "size": {"type": "integer"}, "note": {"type": "string"}}}).bind({"size": "large", "note": "x"})
    assert [value for _, value in fitted.parameters] == ["large"] and fitted.body == {"note": "x"}


@pytest.mark.parametrize(("path", "others", "value", "gets"), [
    ("string", {"type": "integer"}, "main", [("path", "main")]),
    ("integer", {"type": "array", "items": {"type": "integer"}}, 7, [("path", 7), ("query", [7])]),
    ("string", {"type": "string", "enum": ["a", "b"]}, "c", [("path", "c")]),
    ("string", {"type": "string", "enum": ["a", "b"]}, "a", [("path", "a"), ("query", "a")])])
@pytest.mark.parametrize("first", ["path", "query"])
def test_a_name_of_two_parameters_is_meant_for_the_one_that_is_required(
        path: str, others: dict, value: Any, gets: list, first: str) -> None:
    both = [{"name": "id", "in": "path", "required": True, "schema": {"type": path}}, query("id", others)]
    fit = fitting(both if first == "path" else both[::-1])
    assert fit.signature.schemas["id"] == {"type": path}
    assert sorted((one.location, found) for one, found in fit.bind({"id": value}).parameters) == gets


def test_a_value_that_the_required_one_of_two_cannot_take_is_refused() -> None:
    fit = fitting([{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                   query("id", {"type": "string"})])
    with pytest.raises(ArgumentError, match='"id", expected integer'):
        fit.bind({"id": "main"})
