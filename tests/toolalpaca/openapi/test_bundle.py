"""One operation cut out: what comes along, what stays behind, and that the result is a valid document."""

import pytest

from toolalpaca.data.records import read_records
from toolalpaca.openapi.bundle import bundled
from toolalpaca.openapi.documents import document_of
from toolalpaca.openapi.operations import operations
from toolalpaca.openapi.validation import validate_document


def test_only_the_operation_and_what_it_uses_come_along(pets):
    get, put, toys = operations(pets)
    small = bundled(pets, get)
    assert list(small["paths"]) == ["/pets/{petId}"]
    assert "put" not in small["paths"]["/pets/{petId}"]
    assert {kind: list(parts) for kind, parts in small["components"].items()} == {
        "parameters": ["petId"], "responses": ["pet"], "schemas": ["Pet", "Owner"]}
    assert small["servers"] == pets["servers"]
    assert list(bundled(pets, toys)["components"]["schemas"]) == ["Toy"]
    assert bundled(pets, put)["paths"]["/pets/{petId}"]["put"]["operationId"] == "pets_petId_put"


def test_the_result_is_valid_and_means_the_same(pets):
    for operation in operations(pets):
        small = bundled(pets, operation)
        validate_document(small)
        same, = operations(small)
        assert same.name == operation.name
        assert same.parameters == operation.parameters
        assert same.responses == operation.responses


def test_the_document_is_left_as_it_was(pets):
    before = repr(pets)
    for operation in operations(pets):
        bundled(pets, operation)
    assert repr(pets) == before


def test_security_schemes_in_force_come_along(pets):
    pets["components"]["securitySchemes"] = {"k/1": {"type": "apiKey", "in": "query", "name": "k"},
                                             "other": {"type": "http", "scheme": "basic"}}
    pets["security"] = [{"k/1": []}]
    pets["paths"]["/toys"]["get"]["security"] = [{"other": []}]
    get, _, toys = operations(pets)
    assert list(bundled(pets, get)["components"]["securitySchemes"]) == ["k/1"]
    assert bundled(pets, get)["security"] == [{"k/1": []}]
    assert list(bundled(pets, toys)["components"]["securitySchemes"]) == ["other"]


def test_a_reference_into_another_path_is_moved_and_still_resolves(pets):
    pets["paths"]["/toys"]["get"]["responses"]["201"] = {"$ref": "#/paths/~1pets~1{petId}/get/responses/404"}
    toys = operations(pets)[2]
    small = bundled(pets, toys)
    validate_document(small)
    assert list(small["paths"]) == ["/toys"]
    assert operations(small)[0].responses["201"] == {"description": "No such pet"}


def test_a_path_item_that_is_a_reference_is_written_out(pets):
    pets["paths"]["/more"] = {"$ref": "#/paths/~1toys"}
    more = operations(pets)[3]
    small = bundled(pets, more)
    validate_document(small)
    assert list(small["paths"]["/more"]) == ["get"]


def test_the_schemas_a_discriminator_names_come_along(pets):
    pets["components"]["schemas"]["Toy"]["discriminator"] = {"propertyName": "kind", "mapping": {"own": "Owner"}}
    assert list(bundled(pets, operations(pets)[2])["components"]["schemas"]) == ["Owner", "Toy"]


def test_the_published_documents_give_valid_bundles(reference):
    for record in read_records(reference / "eval_simulated.json"):
        document = document_of(record)
        for operation in operations(document):
            small = bundled(document, operation)
            validate_document(small)
            assert [one.name for one in operations(small)] == [operation.name]


def test_a_dangling_reference_raises(pets):
    del pets["components"]["schemas"]["Owner"]
    with pytest.raises(ValueError, match="Owner"):
        bundled(pets, operations(pets)[0])
