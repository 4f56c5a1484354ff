"""Which operation a function's name means."""

import pytest

from toolalpaca.openapi.operations import operations_by_name

DOCUMENT = {"openapi": "3.0.0", "paths": {
    "/pets": {"get": {"responses": {}}, "post": {"operationId": "addPet", "responses": {}}},
    "/owners": {"get": {"operationId": "listPets", "responses": {}}}}}


def places(record):
    return {name: (one.method, one.path) for name, one in operations_by_name(record, DOCUMENT).items()}


def test_operations_go_by_their_own_names_without_a_projection():
    assert places({"Name": "Pets"}) == {
        "pets_get": ("get", "/pets"), "addPet": ("post", "/pets"), "listPets": ("get", "/owners")}


def test_the_projection_wins_and_what_it_has_beyond_the_document_is_passed_over():
    projection = {"listPets": ["/pets", "GET"], "gone": ["/gone", "get"], "broken": ["/pets"]}
    found = places({"Name": "Pets", "Function_Projection": projection})
    assert found["listPets"] == ("get", "/pets")
    assert set(found) == {"pets_get", "addPet", "listPets"}


def test_a_broken_document_is_a_value_error():
    with pytest.raises(ValueError, match="paths"):
        operations_by_name({"Name": "Pets"}, {"paths": 3})
