"""Validation: what must pass, what the library overlooks, and messages of one line that name the place."""

import copy
import subprocess
import sys

import pytest

from toolalpaca.openapi.validation import validate_document


def test_valid_documents_of_both_versions_pass(pets):
    newer = {**copy.deepcopy(pets), "openapi": "3.1.0"}
    for document in (pets, newer):
        before = copy.deepcopy(document)
        validate_document(document)
        assert document == before


def set_at(*path, to):
    def change(document):
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = to
    return change


PET, TOYS = ("paths", "/pets/{petId}"), ("paths", "/toys", "get")


@pytest.mark.parametrize(("change", "message"), [
    (lambda d: d.pop("openapi"), "'openapi' is missing"),
    (lambda d: (d.pop("openapi"), d.update(swagger="2.0")), "Swagger 2"),
    (set_at("openapi", to="2.0"), "'2.0' is not a supported version"),
    (set_at("openapi", to=3.0), "a number is not a supported version"),
    (lambda d: d.pop("info"), "'info' is a required property"),
    (set_at("paths", to={}), "no operations"),
    (set_at("paths", to=None), "paths is null"),
    (set_at(*TOYS, "operationId", to="getPet"), r"'getPet' is used 2 times \(GET /pets/{petId}, GET /toys\)"),
    (set_at(*TOYS, "requestBody", to={"$ref": "#/components/requestBodies/gone"}), "no 'gone'"),
    (set_at(*TOYS, "requestBody", to={"content": {"a/b": {"schema": {"$ref": "#/components/schemas/Gone"}}}}),
     "'#/components/schemas/Gone' leads nowhere: there is no 'Gone'; add what it refers to"),
    (set_at("components", "schemas", "Owner", to={"$ref": "http://example.com/x.json"}), "does not point into"),
    (set_at(*PET, "parameters", to=[]), "GET /pets/{petId}: the path has {petId} but no parameter 'petId'"),
    (set_at(*TOYS, "parameters", to=[{"$ref": "#/components/parameters/petId"}]),
     "GET /toys: parameter 'petId' is \"in\": \"path\" but the path has no {petId}"),
    (lambda d: d["paths"]["/toys"]["get"].pop("responses"), "paths./toys.get: 'responses' is a required property"),
    (set_at("components", "schemas", "Pet", "properties", "name", "type", to="str"),
     'expected one of .*, but got "str"'),
    (set_at("components", "parameters", "petId", "required", to=False), "petId"),
])
def test_what_makes_a_document_invalid_is_named(pets, change, message):
    change(pets)
    with pytest.raises(ValueError, match=message) as caught:
        validate_document(pets)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 350


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(("keys", "message"), [
    ({"parameters": [{"name": "a", "in": "query", "schema": {"type": "strin"}}]},
     "^paths./a.get.parameters.*.schema.type: expected one of .*, but got \"strin\""),
    ({"parameters": [{"name": "a", "in": "query"}]}, r"^paths./a.get.parameters\[0\]: 'schema' is a required"),
    ({"requestBody": {"required": True}}, "^paths./a.get.requestBody: 'content' is a required"),
    ({"requestBody": {"content": {"a/b": {"schema": {"properties": []}}}}},
     "^paths./a.get.requestBody.content.a/b.schema.properties: expected object, but got .."),
    ({"responses": {"200": {}}}, "^paths./a.get.responses.200: 'description' is a required"),
    ({"responses": {"200": {"description": "", "content": {"a/b": {"schema": {"type": "integer", "default": "x"}}}}}},
     '^paths./a.get.responses.200.content.a/b.schema: "default", expected integer, but got "x"'),
    ({"responses": {"200": {"description": "", "content": {"a/b": {"schema": {"required": True}}}}}},
     "^paths./a.get.responses.200.content.a/b.schema.required: expected array, but got true"),
])
def test_messages_name_the_place_in_both_versions(one_get, version, keys, message):
    with pytest.raises(ValueError, match=message):
        validate_document(one_get(version, a=keys))


def test_a_long_complaint_is_shortened(pets):
    pets["info"]["title"] = ["long"] * 500
    with pytest.raises(ValueError, match="^info.title: ") as caught:
        validate_document(pets)
    assert len(str(caught.value)) < 350


@pytest.mark.parametrize("value", [None, [], "x", 3, True])
def test_anything_but_an_object_is_refused(value):
    with pytest.raises(ValueError, match="expected an OpenAPI document"):
        validate_document(value)


def test_an_external_reference_is_never_fetched(pets, tmp_path):
    (tmp_path / "x.json").write_text('{"type": "string"}')
    pets["components"]["schemas"]["Owner"] = {"$ref": f"file://{tmp_path}/x.json"}
    with pytest.raises(ValueError, match="does not point into the document"):
        validate_document(pets)


def test_importing_the_module_leaves_the_validator_libraries_out(root):
    code = "import sys, toolalpaca.openapi; print(sorted(set(sys.modules) & {'jsonschema', 'openapi_spec_validator'}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
