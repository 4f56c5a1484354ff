"""The writer: introductions, functions and documents for every API of the sample."""

import json
import re

import pytest
from offline_roles import ANY_CATEGORY, CATEGORIES, prompt, sample_apis
from openapi_spec_validator import validate

from offline_llm.knowledge.english import split_identifier
from offline_llm.knowledge.facts import category, nouns_of
from offline_llm.roles.document_writer import guessed_request, listed_functions, write_document
from offline_llm.roles.introduction_writer import function_list, introduction
from toolalpaca.openapi.documents import parse_document
from toolalpaca.openapi.operations import operations


def _fields(api):
    return {"name": api["Name"], "description": api["Description"], "link": api["Link"], "category": api["Category"]}


def _made(fields):
    fields = dict(fields)
    fields["introduction"] = introduction(prompt("Introduction").substitute(fields))
    fields["functions"] = function_list(prompt("Functions").substitute(fields))
    return fields, parse_document(write_document(prompt("Documentation").substitute(fields)))


@pytest.fixture(scope="module")
def made():
    return [(api, *_made(_fields(api))) for api in sample_apis()]


def test_every_document_is_valid_and_holds_just_the_listed_functions(made):
    for api, fields, document in made:
        validate(document)
        listed = [function.name for function in listed_functions(fields["functions"])]
        assert sorted(operation.name for operation in operations(document)) == sorted(listed), api["Name"]
        assert 2 <= len(listed) <= 6


def test_introductions_are_paragraphs_of_the_length_asked_for(made):
    for _, fields, _ in made:
        assert 40 <= len(fields["introduction"].split()) <= 80
        assert "\n" not in fields["introduction"]


def test_apis_of_different_categories_have_different_functions(made):
    seen: dict[str, str] = {}
    for api, fields, _ in made:
        for function in listed_functions(fields["functions"]):
            assert seen.setdefault(function.name, api["Category"]) == api["Category"], function.name


def test_functions_use_the_words_of_the_api(made):
    functions = {api["Name"]: fields["functions"] for api, fields, _ in made}
    assert "dog" in functions["Dogs"].lower() and "cat" not in re.findall(r"\w+", functions["Dogs"].lower())
    assert "verse" in functions["A Bíblia Digital"]


def test_parameters_keep_their_type_choice_and_need(made):
    for _, fields, document in made:
        by_name = {operation.name: operation for operation in operations(document)}
        for function in listed_functions(fields["functions"]):
            operation = by_name[function.name]
            properties = {one.name: (one.schema, one.required) for one in operation.parameters}
            if operation.request_body:
                schema = operation.request_body.content["application/json"]
                properties |= {
                    name: (part, name in schema.get("required", [])) for name, part in schema["properties"].items()
                }
            for parameter in function.parameters:
                schema, required = properties[parameter.name]
                assert (schema["type"], required) == (parameter.type, parameter.required)
                assert tuple(schema.get("enum", ())) == parameter.enum


@pytest.mark.parametrize("name", CATEGORIES)
def test_every_category_makes_a_valid_document(name):
    fields = {
        "name": "Sample",
        "description": "Does what its category says",
        "link": "https://example.com",
        "category": name,
    }
    fields, document = _made(fields)
    validate(document)
    assert {operation.name for operation in operations(document)} == {
        function.name for function in listed_functions(fields["functions"])}


def test_an_unknown_category_falls_back_on_the_description():
    fields, document = _made(
        {"name": "Loom", "description": "Catalogue of woven carpets", "link": "not a link", "category": "Textiles"}
    )
    validate(document)
    assert "arpet" in fields["functions"]


def test_a_list_by_another_writer_becomes_a_valid_document():
    text = (
        '1. Name: getFlavor\n   Description: Get a flavor.\n   Input: {"flavorId": "Required. Integer. Its id."}\n'
        "   Output: The flavor, with its name, color and price.\n\n2. Name: createFlavor\n   Description: Add one.\n"
        '   Input: {"name": "Required. String. Name.", "tags": "Optional. Array of Strings. Tags."}\n   Output: {}'
    )
    fields = {
        "name": "Ice",
        "description": "Flavors",
        "link": "https://example.com",
        "category": "X",
        "introduction": "",
        "functions": text,
    }
    document = json.loads(write_document(prompt("Documentation").substitute(fields)))
    validate(document)
    get, create = operations(document)
    assert (get.method, create.method) == ("get", "post")
    assert "{flavorId}" in get.path
    assert set(get.responses["200"]["content"]["application/json"]["schema"]["properties"]) == {
        "name",
        "color",
        "price",
    }
    assert create.request_body.content["application/json"]["required"] == ["name"]


def test_methods_follow_the_verb():
    names = ["listThings", "deleteThing", "updateThing", "sendThing", "searchThings"]
    listed = listed_functions(
        "\n".join(
            f"{number}. Name: {name}\nDescription: x\nInput: {{}}\nOutput: y" for number, name in enumerate(names, 1)
        )
    )
    assert [guessed_request(function)[0] for function in listed] == ["get", "delete", "put", "post", "get"]


def _schemas(part):
    """Every schema of a plain value in a document."""
    if isinstance(part, dict):
        if part.get("type") in ("string", "integer", "number", "boolean"):
            yield part
        part = [value for key, value in part.items() if key != "items"]
    for inner in part if isinstance(part, list) else ():
        yield from _schemas(inner)


def test_every_field_of_a_document_has_an_example_and_every_number_bounds(made):
    for _, _, document in made:
        for schema in _schemas({**document, "components": {"schemas": {
                name: part for name, part in document.get("components", {}).get("schemas", {}).items()
                if name != "Error"}}}):
            assert "example" in schema, schema
            if schema["type"] in ("integer", "number"):
                assert schema["minimum"] <= schema["example"] <= schema["maximum"]


def test_what_computes_is_read_and_what_is_written_can_be_read():
    for name in (*CATEGORIES, ANY_CATEGORY):
        known = category(name, nouns_of(name)[0])
        for operation in known.operations:
            verb = split_identifier(operation.name)[0]
            assert operation.method == "get" or verb not in ("calculate", "convert", "estimate", "translate"), operation
