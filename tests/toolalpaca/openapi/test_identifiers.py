"""References by `$id`, by `$anchor` and into the schema around them lead where JSON Schema says."""

import json
from typing import Any

import pytest

from toolalpaca.openapi.arguments import ArgumentBinding, ArgumentError, signature_of
from toolalpaca.openapi.documents import parse_document, read_again
from toolalpaca.openapi.identifiers import with_pointers
from toolalpaca.openapi.operations import operations

SMALL = {"type": "integer", "maximum": 3}
SIZED = {"type": "object", "properties": {"size": {"$ref": "#/$defs/size"}}, "$defs": {"size": SMALL}}


def _document(schema: Any, **schemas: Any) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": schema}}}
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "components": {"schemas": schemas},
            "paths": {"/orders": {"post": {"requestBody": body, "responses": {"200": {"description": "ok"}}}}}}


def _sized(ref: str) -> Any:
    return {"type": "object", "properties": {"size": {"$ref": ref}}}


@pytest.mark.parametrize("document", [
    _document(_sized("#small"), Small={"$anchor": "small", **SMALL}),
    _document({"type": "object", "properties": {"size": {"$dynamicRef": "#small"}}},
              Small={"$dynamicAnchor": "small", **SMALL}),
    _document({"$ref": "https://shop.example/order"}, Order={"$id": "https://shop.example/order", **SIZED}),
    _document({"$ref": "urn:shop:order"}, Order={"$id": "urn:shop:order", **SIZED}),
    _document({"$ref": "urn:shop:order"}, Order={"$id": "urn:shop:order", **_sized("#small"),
                                                 "$defs": {"a/b%": {"$anchor": "small", **SMALL}}}),
    _document({"$ref": "#/components/schemas/Order"}, Order={"$id": "https://shop.example/order", **_sized("size")},
              Size={"$id": "https://shop.example/size", **SMALL}),
    _document({"$ref": "https://shop.example/all#/$defs/order"}, All={
        "$id": "https://shop.example/all",
        "$defs": {"order": _sized("all#small"), "x": {"$anchor": "small", **SMALL}}}),
    _document(SIZED), _document({"allOf": [SIZED]})])
def test_a_reference_that_is_no_pointer_leads_to_its_schema(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    read = parse_document(text)
    assert read == read_again(text) and document == json.loads(text)
    binding = ArgumentBinding(signature_of(read, operations(read)[0]), read)
    assert binding.bind({"size": "3"}).body == {"size": 3}
    with pytest.raises(ArgumentError, match="4 is greater than the maximum of 3"):
        binding.bind({"size": 4})


def test_of_definitions_with_one_name_the_innermost_is_meant() -> None:
    inner = {**SIZED, "$defs": {"size": {"type": "string"}}}
    read = with_pointers(_document({**SIZED, "properties": {"inner": inner}}))
    schema = read["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["inner"]["properties"]["size"]["$ref"].endswith("/schema/properties/inner/$defs/size")


def test_documents_of_pointers_alone_stay_as_they_are_and_what_leads_nowhere_too() -> None:
    plain = _document({"$ref": "#/components/schemas/Small"}, Small=SMALL)
    assert with_pointers(plain) is plain
    for ref in ("#large", "https://elsewhere.example/order", "#/$defs/none", "http://["):
        document = _document(_sized(ref), Small={"$anchor": "small", **SMALL})
        assert with_pointers(document) == document
        with pytest.raises(ValueError, match="reference"):
            parse_document(json.dumps(document))
