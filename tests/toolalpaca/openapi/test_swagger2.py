"""Swagger 2 documents become valid OpenAPI 3 ones that say the same."""

import pytest

from toolalpaca.openapi.documents import parse_document
from toolalpaca.openapi.swagger2 import converted, is_swagger_2
from toolalpaca.openapi.validation import validate_document

OLD = {
    "swagger": "2.0", "info": {"title": "T", "version": "1"}, "host": "api.example.com", "basePath": "/v2/",
    "schemes": ["http", "https"], "consumes": ["application/json"], "produces": ["application/xml", "application/json"],
    "securityDefinitions": {"b": {"type": "basic"}, "k": {"type": "apiKey", "name": "key", "in": "query"},
                            "o": {"type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://a.example/a",
                                  "tokenUrl": "https://a.example/t", "scopes": {"read": "Read"}}},
    "parameters": {"Limit": {"name": "limit", "in": "query", "type": "integer", "maximum": 9},
                   "Kite": {"name": "kite", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Kite"}}},
    "responses": {"Gone": {"description": "Gone"}},
    "definitions": {"Kite": {"type": "object", "discriminator": "kind", "required": ["kind"], "properties": {
        "kind": {"type": "string"}, "span": {"type": "number", "x-nullable": True},
        "next": {"$ref": "#/definitions/Kite"}}}},
    "paths": {"/kites/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "type": "integer"}],
        "get": {"operationId": "getKite", "parameters": [{"$ref": "#/parameters/Limit"}, {
            "name": "tags", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "pipes"}],
            "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/Kite"},
                                  "headers": {"X-Left": {"type": "integer", "description": "Left"}},
                                  "examples": {"application/json": {"kind": "box"}}},
                          "404": {"$ref": "#/responses/Gone"}}},
        "put": {"operationId": "putKite", "parameters": [{"$ref": "#/parameters/Kite"}],
                "responses": {"204": {"description": "done"}}},
        "post": {"operationId": "addPhoto", "consumes": ["multipart/form-data"], "parameters": [
            {"name": "photo", "in": "formData", "type": "file", "required": True, "description": "A photo"},
            {"name": "note", "in": "formData", "type": "string"}], "responses": {"200": {"description": "ok"}}}}},
}


def test_a_whole_document_is_converted():
    assert is_swagger_2(OLD)
    new = converted(OLD)
    validate_document(new)
    assert [server["url"] for server in new["servers"]] == ["https://api.example.com/v2", "http://api.example.com/v2"]
    item = new["paths"]["/kites/{id}"]
    assert item["parameters"][0]["schema"] == {"type": "integer"}
    limit, tags = item["get"]["parameters"]
    assert limit == {"$ref": "#/components/parameters/Limit"}
    assert (tags["style"], tags["explode"], tags["schema"]["items"]) == ("pipeDelimited", False, {"type": "string"})
    answer = item["get"]["responses"]["200"]
    assert list(answer["content"]) == ["application/xml", "application/json"]
    assert answer["content"]["application/json"]["example"] == {"kind": "box"}
    assert answer["headers"]["X-Left"] == {"schema": {"type": "integer"}, "description": "Left"}
    assert item["get"]["responses"]["404"] == {"$ref": "#/components/responses/Gone"}
    assert item["put"]["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Kite"}
    assert "parameters" not in item["put"]
    form = item["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["photo"] and form["properties"]["photo"]["format"] == "binary"
    kite = new["components"]["schemas"]["Kite"]
    assert kite["discriminator"] == {"propertyName": "kind"} and kite["properties"]["span"]["nullable"] is True
    schemes = new["components"]["securitySchemes"]
    assert schemes["b"]["scheme"] == "basic" and "authorizationCode" in schemes["o"]["flows"]


def test_a_swagger_2_document_is_not_read_as_if_it_were_openapi_3():
    with pytest.raises(ValueError, match="Swagger 2 document; scripts/convert_document.py"):
        parse_document('{"swagger": "2.0", "paths": {}}')
