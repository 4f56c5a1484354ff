"""OpenAPI 3.2: what it adds is read, called with the right request, and answered. Swagger 2: documents become valid
OpenAPI 3 ones that say the same."""

import json
from email.parser import BytesParser
from typing import Any

import pytest

from toolalpaca.openapi.arguments import ArgumentBinding, ArgumentError, signature_of
from toolalpaca.openapi.bundle import bundled
from toolalpaca.openapi.documents import parse_document
from toolalpaca.openapi.http_request import HttpRequest, build_request
from toolalpaca.openapi.media_types import sequence_values
from toolalpaca.openapi.operations import operations, operations_by_name
from toolalpaca.openapi.other_versions import converted, is_swagger_2
from toolalpaca.openapi.validation import validate_document
from toolalpaca.simulator.engine import InProcessSimulator, incoming_of
from toolalpaca.simulator.wsgi import answer_reply
from toolalpaca.toolset.documentation import documentation_keys

Document = dict[str, Any]
BERTH = {"type": "object", "required": ["berth"], "properties": {"berth": {"type": "integer", "minimum": 3}}}
BERTHS = {"200": {"description": "ok", "content": {"application/json": {"schema": BERTH}}}}


def document(paths: Document, **rest: Any) -> Document:
    return {"openapi": "3.2.0", "info": {"title": "Harbour", "version": "4"}, "paths": paths, **rest}


def request(written: Document, name: str, **arguments: Any) -> HttpRequest:
    read = parse_document(json.dumps(written))
    operation = next(one for one in operations(read) if one.name == name)
    signature = signature_of(read, operation)
    return build_request(signature, ArgumentBinding(signature, read).bind(arguments))


def body_of(written: Document, sent: HttpRequest) -> tuple[Any, str]:
    """Return the simulator's answer, and its text as it is sent."""
    simulator = InProcessSimulator([{"Name": "Harbour", "Documentation": json.dumps(written)}])
    answer = simulator.answer("Harbour", incoming_of(sent), None).answer
    assert answer.succeeded, answer.body
    return answer.body, answer_reply(answer).body.decode()


def get(*parameters: Document, responses: Document = BERTHS) -> Document:
    operation = {"operationId": "ships", "parameters": list(parameters), "responses": responses}
    return document({"/ships": {"get": operation}})


def whole_query(media_type: str, schema: Document) -> Document:
    return get({"name": "filter", "in": "querystring", "content": {media_type: {"schema": schema}}})


@pytest.mark.parametrize(("item", "method"), [
    (lambda operation: {"query": operation}, "QUERY"),
    (lambda operation: {"additionalOperations": {"COPY": operation}}, "COPY"),
    (lambda operation: {"additionalOperations": {"Purge": operation}}, "Purge"),
    (lambda operation: {"additionalOperations": {"POST": operation}}, "POST"),
])
def test_operations_of_other_methods_are_functions_and_their_requests_are_answered(item: Any, method: str) -> None:
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object", "properties": {
        "flag": {"type": "string"}}, "required": ["flag"]}}}}
    written = document({"/ships/{id}": {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {
        "type": "string"}}], **item({"operationId": "use", "requestBody": body, "responses": BERTHS})}})
    validate_document(written) if method != "POST" else None
    sent = request(written, "use", id="a b", flag="PA")
    assert (sent.method, sent.path, sent.content) == (method, "/ships/a%20b", b'{"flag": "PA"}')
    assert body_of(written, sent)[0]["berth"] >= 3
    keys = documentation_keys(written)
    found = operations_by_name({"Name": "Harbour", **keys}, written)["use"]  # type: ignore[typeddict-item]
    assert found.http_method == method and operations(bundled(written, found))[0].http_method == method


def test_an_operation_of_another_method_is_named_like_others() -> None:
    written = document({"/ships/search": {"query": {"responses": BERTHS},
                                          "additionalOperations": {"LOCK": {"responses": BERTHS}}}})
    assert [one.name for one in operations(written)] == ["ships_search_query", "ships_search_lock"]


@pytest.mark.parametrize(("methods", "words"), [
    ({"POST": {}, "post": {}}, "'POST' in 'additionalOperations' is also given"), ({"A B": {}}, "'A B'.*not a method")])
def test_a_method_that_cannot_be_sent_is_refused(methods: Document, words: str) -> None:
    item = {"additionalOperations": {name: part for name, part in methods.items() if name != "post"}, "post": {}}
    with pytest.raises(ValueError, match=words):
        operations(document({"/ships": item}))


@pytest.mark.parametrize(("media_type", "schema", "value", "query"), [
    ("application/x-www-form-urlencoded", {"type": "object", "properties": {
        "port": {"type": "string"}, "days": {"type": "array", "items": {"type": "integer"}}}},
     {"port": "a&b c", "days": [1, 2]}, "port=a%26b%20c&days=1&days=2"),
    ("application/json", {"type": "object", "properties": {"draft": {"type": "integer"}}}, {"draft": 7},
     "%7B%22draft%22%3A%207%7D"),
    ("text/plain", {"type": "string"}, "$.a == 'x'", "%24.a%20%3D%3D%20%27x%27"),
])
def test_a_parameter_may_be_the_whole_query(media_type: str, schema: Document, value: Any, query: str) -> None:
    written = whole_query(media_type, schema)
    validate_document(written)
    sent = request(written, "ships", filter=value)
    assert sent.query == query and body_of(written, sent)
    assert request(written, "ships").query == ""
    with pytest.raises(ArgumentError):
        request(written, "ships", filter={"draft": "deep", "days": "x"} if isinstance(value, dict) else {"a": 1})
    simulator = InProcessSimulator([{"Name": "Harbour", "Documentation": json.dumps(written)}])
    if isinstance(value, dict):
        assert simulator.answer("Harbour", incoming_of(HttpRequest("GET", "/ships", "draft=deep&days=x")), None
                                ).answer.status == 400


def test_a_whole_query_beside_another_parameter_is_refused_by_name() -> None:
    written = get({"name": "filter", "in": "querystring", "content": {"text/plain": {"schema": {"type": "string"}}}},
                  {"name": "page", "in": "query", "schema": {"type": "integer"}})
    with pytest.raises(ValueError, match="GET /ships: .*'filter' and 'page' cannot both be sent"):
        operations(written)


@pytest.mark.parametrize(("media_type", "schema", "start"), [
    ("application/jsonl", BERTH, '{"berth": '), ("application/geo+json-seq", BERTH, '\x1e{"berth": '),
    ("text/event-stream", {"type": "object", "required": ["event", "data"], "properties": {
        "event": {"const": "moored"}, "data": {"type": "string"}}}, "event: moored\ndata: "),
    ("multipart/mixed", BERTH, "--"),
])
def test_a_stream_is_answered_item_by_item(media_type: str, schema: Document, start: str) -> None:
    written = get(responses={"200": {"description": "ok", "content": {media_type: {"itemSchema": schema}}}})
    validate_document(written)
    items, text = body_of(written, request(written, "ships"))
    assert isinstance(items, list) and items and text.startswith(start) and text.endswith("\n")
    assert "Array[" in documentation_keys(parse_document(json.dumps(written)))["Function_Description"]["ships"]


def test_a_stream_is_sent_item_by_item() -> None:
    written = document({"/logs": {"post": {"operationId": "log", "responses": BERTHS, "requestBody": {
        "required": True, "content": {"application/x-ndjson": {"itemSchema": BERTH}}}}}})
    sent = request(written, "log", body=[{"berth": 3}, {"berth": 4}])
    assert sent.content == b'{"berth": 3}\n{"berth": 4}\n' and body_of(written, sent)
    with pytest.raises(ArgumentError, match="berth"):
        request(written, "log", body=[{"berth": 1}])


@pytest.mark.parametrize(("media", "types"), [
    ({}, ["application/json", "text/plain", "application/json"]),
    ({"prefixEncoding": [{"contentType": "application/vnd.berth+json"}, {"contentType": "text/csv"}],
      "itemEncoding": {"contentType": "application/geo+json"}},
     ["application/vnd.berth+json", "text/csv", "application/geo+json"]),
    ({"itemEncoding": {"contentType": "application/json"}}, ["application/json"] * 3)])
@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/related"])
def test_the_parts_of_a_body_are_sent_one_after_the_other(kind: str, media: Document, types: list[str]) -> None:
    schema = {"type": "array", "prefixItems": [BERTH, {"type": "string"}], "items": {"type": "object"}}
    written = document({"/logs": {"post": {"operationId": "log", "responses": BERTHS, "requestBody": {
        "required": True, "content": {kind: {"schema": schema, **media}}}}}})
    parts = [{"berth": 3}, "deep;--x", {"a": "é"}]
    sent = request(written, "log", body=parts)
    head = f"Content-Type: {sent.headers['Content-Type']}\r\n\r\n".encode()
    message: Any = BytesParser().parsebytes(head + (sent.content or b""))
    assert message.get_content_type() == kind and [one.get_content_type() for one in message.get_payload()] == types
    assert sequence_values((sent.content or b"").decode(), sent.headers["Content-Type"]) == parts
    assert body_of(written, sent)
    with pytest.raises(ArgumentError, match="berth"):
        request(written, "log", body=[{"berth": 1}])


def test_a_body_of_parts_without_their_boundary_is_refused() -> None:
    with pytest.raises(ValueError, match="no boundary"):
        sequence_values("--a\r\n\r\nx\r\n--a--", "multipart/mixed")


@pytest.mark.parametrize(("own", "ref"), [
    ("https://harbour.example/api.json", "https://harbour.example/api.json#/components/schemas/Berth"),
    ("https://harbour.example/v4/api.json", "api.json#/components/schemas/Berth"),
    ("/api.json", "api.json#/components/schemas/Berth")])
def test_references_by_the_documents_own_address_lead_into_it(own: str, ref: str) -> None:
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": ref}}}}
    written = document({"/ships": {"post": {"operationId": "moor", "requestBody": body, "responses": BERTHS}}},
                       components={"schemas": {"Berth": BERTH}}, **{"$self": own})
    assert request(written, "moor", berth=5).content == b'{"berth": 5}'
    with pytest.raises(ArgumentError):
        request(written, "moor", berth=1)
    written["paths"]["/ships"]["post"]["requestBody"]["content"]["application/json"]["schema"] = {
        "$ref": "https://other.example/api.json#/Berth"}
    with pytest.raises(ValueError, match="does not point into the document"):
        parse_document(json.dumps(written))


def test_media_types_examples_and_summaries_are_read_where_3_2_puts_them() -> None:
    written = get(responses={"200": {"summary": "A berth", "content": {"application/json": {
        "$ref": "#/components/mediaTypes/Berth"}}}})
    berth = {"schema": BERTH, "examples": {"one": {"dataValue": {"berth": 17}}}}
    written["components"] = {"mediaTypes": {"Berth": berth}}
    validate_document(written)
    read = parse_document(json.dumps(written))
    assert "Output: A berth." in documentation_keys(read)["Function_Description"]["ships"]
    assert body_of(written, request(written, "ships"))[0] == {"berth": 17}


def test_what_3_2_says_of_tags_servers_and_security_is_taken() -> None:
    schemes = {"old": {"type": "apiKey", "in": "query", "name": "key", "deprecated": True}, "device": {
        "type": "oauth2", "oauth2MetadataUrl": "https://harbour.example/oauth", "flows": {"deviceAuthorization": {
            "deviceAuthorizationUrl": "https://harbour.example/d", "tokenUrl": "https://harbour.example/t",
            "scopes": {}}}}}
    written = {**get(), "servers": [{"url": "https://{at}.example", "name": "live", "variables": {
        "at": {"default": "eu"}}}], "components": {"securitySchemes": schemes},
        "security": [{"#/components/securitySchemes/old": []}],
        "tags": [{"name": "outer", "summary": "O", "kind": "nav"}, {"name": "inner", "parent": "outer"}]}
    validate_document(written)
    read = parse_document(json.dumps(written))
    assert read["security"] == [{"old": []}]
    assert "old" in bundled(read, operations(read)[0])["components"]["securitySchemes"]


def test_a_cookie_in_cookie_style_is_sent_as_it_is() -> None:
    written = get({"name": "view", "in": "cookie", "style": "cookie", "schema": {"type": "string"}},
                  {"name": "look", "in": "cookie", "style": "cookie", "schema": {"type": "object", "properties": {
                      "dark": {"type": "boolean"}, "size": {"type": "integer"}}}})
    sent = request(written, "ships", view="a=b c", look={"dark": True, "size": 3})
    assert sent.cookies == {"view": "a=b c", "dark": "true", "size": "3"}
    assert body_of(written, sent)
    with pytest.raises(ArgumentError, match="semicolons"):
        request(written, "ships", view="a;b")


@pytest.mark.parametrize("version", ["3.3.0", "4.0.0"])
def test_versions_that_do_not_exist_are_refused(version: str) -> None:
    with pytest.raises(ValueError, match=f"{version}.*not a supported version"):
        parse_document(json.dumps({**get(), "openapi": version}))


def test_a_document_of_another_version_stays_as_it_is() -> None:
    written = {**get(responses={"200": {"description": "ok", "content": {"a/b": {"itemSchema": BERTH}}}}),
               "openapi": "3.1.0"}
    assert parse_document(json.dumps(written)) == written


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
            {"name": "note", "in": "formData", "type": "string"}], "responses": {"200": {"description": "ok"}}},
        "patch": {"operationId": "tagKite", "consumes": ["application/x-www-form-urlencoded"], "parameters": [
            {"name": name, "in": "formData", "type": "array", "items": {"type": "string"}, "collectionFormat": how}
            for name, how in (("all", "multi"), ("one", "csv"), ("bars", "pipes"), ("tabs", "tsv"))],
            "responses": {"204": {"description": "done"}}},
        "delete": {"operationId": "dropKites", "parameters": [
            {"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}, "collectionFormat": "tsv"}],
            "responses": {"204": {"description": "done"}}}}},
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


def test_lists_are_sent_as_the_collection_format_says():
    new = converted(OLD)
    many = {"all": ["a", "b"], "one": ["a", "b"], "bars": ["a", "b"], "tabs": ["a", "b"]}
    assert request(new, "tagKite", id=1, **many).content == b"all=a&all=b&one=a,b&bars=a%7Cb&tabs=a%09b"
    assert request(new, "dropKites", id=1, ids=[4, 5]).query == "ids=4%095"
    assert request(new, "getKite", id=1, tags=["a", "b"]).query == "tags=a%7Cb"


def test_a_swagger_2_document_is_not_read_as_if_it_were_openapi_3():
    with pytest.raises(ValueError, match="Swagger 2 document; scripts/convert_document.py"):
        parse_document('{"swagger": "2.0", "paths": {}}')
