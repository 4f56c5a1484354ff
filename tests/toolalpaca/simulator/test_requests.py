"""Requests that break the document are refused with a status and a body that let the caller correct itself."""

import json
from typing import Any

import pytest

JSON = "application/json"


def _refusal(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["X-Simulator-Source"] == "schema" and "X-Simulator-Error" not in response.headers
    return response.get_json()


def test_unknown_api_is_a_404_that_is_no_answer_of_an_api(make_client):
    response = make_client().get("/Nothing/pets")
    assert response.status_code == 404
    assert response.headers["X-Simulator-Error"] == "unknown-api"
    assert "X-Simulator-Source" not in response.headers


def test_unknown_path(make_client):
    assert "/pets/{petId}" in _refusal(make_client().get("/Pets/birds"), 404)["error"]


def test_wrong_method_says_which_are_allowed(make_client):
    response = make_client().delete("/Pets/pets")
    _refusal(response, 405)
    assert response.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize(("url", "parameter", "location", "expected"), [
    ("/Pets/weather", "city", "query", "a string"),
    ("/Pets/weather?city=Rome&days=two", "days", "query", "an integer"),
    ("/Pets/weather?city=Rome&city=Oslo", "city", "query", "a string"),
    ("/Pets/pets?kind=fish", "kind", "query", 'one of "cat", "dog"'),
    ("/Pets/pets?limit=0", "limit", "query", "an integer, at least 1, at most 50"),
    ("/Pets/pets/seven", "petId", "path", "an integer"),
])
def test_wrong_parameters_are_named(make_client, url, parameter, location, expected):
    body = _refusal(make_client().get(url), 400)
    assert (body["parameter"], body["in"], body["expected"]) == (parameter, location, expected)
    assert parameter in body["error"]


def test_a_header_with_an_underscore_is_found(make_client, document):
    document["paths"]["/weather"]["get"]["parameters"].append(
        {"name": "api_key", "in": "header", "required": True, "schema": {"type": "string"}})
    client = make_client(documents={"Pets": document})
    assert client.get("/Pets/weather?city=Rome", headers={"api_key": "k"}).status_code == 200
    assert _refusal(client.get("/Pets/weather?city=Rome"), 400)["parameter"] == "api_key"


def test_the_operation_with_the_constants_of_the_request_is_meant(make_client, document):
    change = {"operationId": "change", "requestBody": {"required": True, "content": {JSON: {"schema": {}}}},
              "responses": {"200": {"description": "Changed"}}}
    restore = {"operationId": "restore", "parameters": [{"name": "operation", "in": "query", "required": True,
                                                         "schema": {"type": "string", "enum": ["restore"]}}],
               "responses": {"200": {"description": "Restored"}}}
    document["paths"] |= {"/numbers": {"post": change}, "/numbers#operation=restore": {"post": restore}}
    client = make_client(documents={"Pets": document})
    assert client.post("/Pets/numbers?operation=restore").status_code == 200
    assert _refusal(client.post("/Pets/numbers"), 400)["in"] == "body"


def _operation(name: str, *parameters: dict[str, Any], media: str = JSON, fields: Any = None) -> dict[str, Any]:
    body = {} if fields is None else {"requestBody": {"content": {media: {"schema": {
        "type": "object", "required": fields} if fields else {}}}}}
    return {"operationId": name, "parameters": list(parameters), **body, "responses": {"200": {
        "description": name, "content": {JSON: {"schema": {"type": "string", "enum": [name]}}}}}}


def _text(name: str, location: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": location, "required": True, "schema": {"type": "string", **schema}}


@pytest.mark.parametrize(("method", "url", "media", "meant"), [
    ("GET", "/Pets/files/a?part=3", "", "parts"), ("GET", "/Pets/files/a", "", "file"),
    ("GET", "/Pets/air?zip=10115", "", "byZip"), ("GET", "/Pets/files/a?other=3", "", "file"),
    ("GET", "/Pets/send", "", "transfer"),
    ("POST", "/Pets/scan", JSON, "link"), ("POST", "/Pets/scan", "image/png", "picture"),
    ("PUT", "/Pets/accounts/7", JSON, "rename"),
    ("GET", "/Pets/folders/17", "", "byNumber"), ("GET", "/Pets/folders/old%20mail", "", "byName")])
def test_of_several_operations_on_a_path_the_one_that_takes_the_request_is_meant(make_client, document, method, url,
                                                                                 media, meant):
    name = _text("name", "path")
    document["paths"] |= {
        "/files/{name}": {"get": _operation("file", name)},
        "/files/{name}#parts": {"get": _operation("parts", name, _text("part", "query"))},
        "/scan": {"post": _operation("link", fields=[])},
        "/scan#picture": {"post": _operation("picture", media="image/png", fields=[])},
        "/accounts/{account}": {"put": _operation("note", _text("account", "path"), fields=["note"])},
        "/accounts/{id}": {"put": _operation("rename", _text("id", "path"), fields=["name"])},
        "/air?city={city}": {"get": _operation("byCity", _text("city", "path"))},
        "/air?zip={zip}": {"get": _operation("byZip", _text("zip", "path"))},
        "/send#env/{partner}/transfer": {"get": _operation("transfer", _text("partner", "path"))},
        "/folders/{id}": {"get": _operation("byNumber", _text("id", "path", pattern=r"^\d+$"))},
        "/folders/{name}": {"get": _operation("byName", name)}}
    client = make_client(documents={"Pets": document})
    headers = {"Content-Type": media} if media else {}
    response = client.open(url, method=method, headers=headers, data=b'{"name": "Ann"}' if media else None)
    assert (response.status_code, response.get_json()) == (200, meant)


@pytest.mark.parametrize("media", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_that_is_one_text_is_read_as_it_is(make_client, document, media):
    text = {"type": "string", "enum": ["a&b"]}
    document["paths"]["/pets"]["post"]["requestBody"]["content"] = {media: {"schema": text}}
    client = make_client(documents={"Pets": document})
    assert client.post("/Pets/pets", data=b"a&b", headers={"Content-Type": media}).status_code == 201
    assert client.post("/Pets/pets", data=b"a", headers={"Content-Type": media}).status_code == 422


def test_deep_objects_hold_lists_and_objects(make_client, document):
    schema = {"type": "object", "additionalProperties": False, "properties": {
        "day": {"type": "array", "minItems": 2, "items": {"type": "string", "format": "date"}},
        "owner": {"type": "object", "required": ["age"], "properties": {"age": {"type": "integer"}}}}}
    document["paths"]["/pets"]["get"]["parameters"] = [
        {"name": "filter", "in": "query", "style": "deepObject", "explode": True, "schema": schema}]
    client = make_client(documents={"Pets": document})
    for query in ("filter[day][0]=2024-01-01&filter[day][1]=2024-02-01",
                  "filter[day][]=2024-01-01&filter[day][]=2024-02-01", "filter[owner][age]=7"):
        assert client.get(f"/Pets/pets?{query}").status_code == 200, query
    assert client.get("/Pets/pets?filter[owner][age]=old").status_code == 400


def test_missing_body(make_client):
    assert _refusal(make_client().post("/Pets/pets"), 400)["in"] == "body"


@pytest.mark.parametrize("data", [b"{", b"[1,]", b"\xff", b'{"name": NaN}', b'{"name": "\\ud800"}', b"[" * 100_000])
def test_body_that_is_no_json(make_client, data):
    assert "JSON" in _refusal(make_client().post("/Pets/pets", data=data, content_type=JSON), 400)["error"]


@pytest.mark.parametrize(("body", "parameter"), [
    ({}, "name"), ({"name": 1}, "name"), ({"name": "Tom", "kind": "fish"}, "kind"), ([], None),
    ({"name": "Tom", "age": 3}, None),
])
def test_body_that_breaks_the_schema(make_client, body, parameter):
    found = _refusal(make_client().post("/Pets/pets", json=body), 422)
    assert found.get("parameter") == parameter and found["in"] == "body"


ONE_OF_TWO = {"oneOf": [{"type": "object", "required": [name], "additionalProperties": False, "properties": {
    name: {"type": "integer"}}} for name in ("low", "high")]}


@pytest.mark.parametrize(("schema", "body", "expected"), [
    (ONE_OF_TWO, {"low": 1, "high": 2}, "exactly one of: an object with low; an object with high"),
    ({"type": "object", "properties": {"a": {}, "b": {}}, "additionalProperties": False}, {"c": 1},
     "no fields but a, b"),
    ({"type": "array", "uniqueItems": True}, [1, 1], "[1,1] has non-unique elements")])
def test_what_a_type_does_not_tell_is_told(make_client, document, schema, body, expected):
    document["paths"]["/pets"]["post"]["requestBody"] = {"content": {JSON: {"schema": schema}}}
    response = make_client(documents={"Pets": document}).post("/Pets/pets", json=body)
    assert _refusal(response, 422)["expected"] == expected


def test_a_body_of_a_type_that_cannot_be_read_is_taken(make_client, document):
    document["paths"]["/pets"]["post"]["requestBody"] = {"content": {"application/xml": {"schema": {"type": "object"}}}}
    client = make_client(documents={"Pets": document})
    assert client.post("/Pets/pets", data="<pet/>", content_type="application/xml").status_code == 201


def test_unsupported_media_type(make_client):
    response = make_client().post("/Pets/pets", data="name: Tom", content_type="text/yaml")
    assert _refusal(response, 415)["expected"] == JSON


def test_body_over_the_limit(make_client):
    response = make_client().post("/Pets/pets", data=json.dumps({"name": "x" * 1_100_000}), content_type=JSON)
    assert "1048576" in _refusal(response, 413)["error"]


def test_refusals_have_the_form_that_the_document_declares(make_client, document):
    error = {"type": "object", "required": ["code", "message"], "additionalProperties": False,
             "properties": {"code": {"type": "integer"}, "message": {"type": "string"}}}
    document["paths"]["/weather"]["get"]["responses"]["400"] = {
        "description": "Wrong", "content": {"application/problem+json": {"schema": error}}}
    response = make_client(documents={"Pets": document}).get("/Pets/weather")
    assert response.content_type == "application/problem+json"
    assert response.get_json()["code"] == 400 and "'city'" in response.get_json()["message"]


def test_no_model_is_asked_about_a_wrong_request(make_client, make_teacher):
    teacher = make_teacher("Status Code: 200\nResponse: {}")
    make_client(["llm"], teacher).get("/Pets/weather")
    assert teacher.asked == []


@pytest.mark.parametrize("url", ["/Pets/pets/%00", "/Pets/pets?city=%00", "/Pets/pets?city=%ff", "/Pets/pets/%ff"])
def test_bytes_that_are_no_text(make_client, url):
    assert make_client().get(url).status_code == 400


def test_a_comma_inside_an_item_of_a_list_is_not_one_between_items(make_client, document):
    document["paths"]["/pets"]["get"]["parameters"] = [
        {"name": "names", "in": "query", "explode": False,
         "schema": {"type": "array", "maxItems": 2, "items": {"type": "string", "pattern": ","}}}]
    client = make_client(documents={"Pets": document})
    assert client.get("/Pets/pets?names=Doe%2C+Ann,Roe%2C%20Bo").status_code == 200
    assert client.get("/Pets/pets?names=Doe,+Ann,Roe,%20Bo").status_code == 400


@pytest.mark.parametrize(("style", "query"), [
    ({}, "tags=a&tags=b"), ({"explode": False}, "tags=a,b"), ({"style": "pipeDelimited", "explode": False}, "tags=a|b"),
    ({"style": "spaceDelimited", "explode": False}, "tags=a%20b"), ({}, "tags[]=a&tags[]=b"), ({}, 'tags=["a","b"]'),
])
def test_lists_in_every_style(make_client, document, style, query):
    document["paths"]["/pets"]["get"]["parameters"] = [
        {"name": "tags", "in": "query", **style,
         "schema": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string", "enum": ["a", "b"]}}}]
    client = make_client(documents={"Pets": document})
    assert client.get(f"/Pets/pets?{query}").status_code == 200
    assert client.get("/Pets/pets?tags=c&tags=a").status_code == 400


@pytest.mark.parametrize(("style", "query"), [
    ({}, "low=1&high=2"), ({"style": "deepObject"}, "range[low]=1&range[high]=2"),
    ({"explode": False}, "range=low,1,high,2"), ({}, 'range={"low":1,"high":2}'),
])
def test_objects_in_every_style(make_client, document, style, query):
    part = {"type": "integer"}
    document["paths"]["/pets"]["get"]["parameters"] = [
        {"name": "range", "in": "query", "required": True, **style,
         "schema": {"type": "object", "required": ["low", "high"], "properties": {"low": part, "high": part}}}]
    client = make_client(documents={"Pets": document})
    assert client.get(f"/Pets/pets?{query}").status_code == 200
    assert client.get("/Pets/pets").status_code == 400
    refused = _refusal(client.get(f"/Pets/pets?{query.replace('2', 'x')}"), 400)
    assert refused["parameter"] == "range"
    if "{" not in query:
        assert refused["expected"] == "an integer" and "wrong at high" in refused["error"]


def test_a_parameter_that_may_be_empty(make_client, document):
    parameter = {"name": "days", "in": "query", "schema": {"type": "integer"}}
    document["paths"]["/pets"]["get"]["parameters"] = [parameter]
    assert make_client(documents={"Pets": document}).get("/Pets/pets?days=").status_code == 400
    parameter["allowEmptyValue"] = True
    assert make_client(documents={"Pets": document}).get("/Pets/pets?days=").status_code == 200


@pytest.mark.parametrize(("schema", "status"), [({"type": "object"}, 200),
                                                ({"type": "object", "required": ["a"]}, 400)])
@pytest.mark.parametrize("style", ["form", "deepObject"])
def test_an_empty_object_is_written_as_nothing(make_client, document, schema, status, style):
    document["paths"]["/pets"]["get"]["parameters"] = [
        {"name": "tags", "in": "query", "required": True, "style": style, "explode": True, "schema": schema}]
    assert make_client(documents={"Pets": document}).get("/Pets/pets").status_code == status


def test_headers_and_cookies(make_client, document):
    document["paths"]["/pets"]["get"]["parameters"] = [
        {"name": "X-Depth", "in": "header", "required": True, "schema": {"type": "integer"}},
        {"name": "theme", "in": "cookie", "required": True, "schema": {"enum": ["dark", "light"]}}]
    client = make_client(documents={"Pets": document})
    assert client.get("/Pets/pets").get_json()["parameter"] == "X-Depth"
    assert client.get("/Pets/pets", headers={"X-Depth": "deep"}).status_code == 400
    assert client.get("/Pets/pets", headers={"X-Depth": "1"}).get_json()["parameter"] == "theme"
    client.set_cookie("theme", "dark")
    assert client.get("/Pets/pets", headers={"X-Depth": "1"}).status_code == 200


def test_forms(make_client, document):
    body = document["paths"]["/pets"]["post"]["requestBody"]
    schema = {"type": "object", "required": ["age"], "properties": {"age": {"type": "integer"}}}
    body["content"] = {media: {"schema": schema} for media in ("application/x-www-form-urlencoded",
                                                               "multipart/form-data")}
    client = make_client(documents={"Pets": document})
    assert client.post("/Pets/pets", data={"age": "3"}).status_code == 201
    assert client.post("/Pets/pets", data={"age": "three"}).status_code == 422
    multipart = client.post("/Pets/pets", data={"age": "3"}, content_type="multipart/form-data")
    assert multipart.status_code == 201


def test_the_text_of_a_form_may_be_of_any_branch(make_client, document):
    branches = [{"type": "object", "required": ["id"], "additionalProperties": False,
                 "properties": {"id": {"type": "integer"}}},
                {"type": "object", "required": ["id", "other"], "properties": {"id": {"type": "string"}},
                 "additionalProperties": {"type": "integer"}}]
    document["paths"]["/pets"]["post"]["requestBody"]["content"] = {
        "application/x-www-form-urlencoded": {"schema": {"oneOf": branches}}}
    client = make_client(documents={"Pets": document})
    assert client.post("/Pets/pets", data={"id": "12"}).status_code == 201
    assert client.post("/Pets/pets", data={"id": "12", "other": "3"}).status_code == 201
    assert client.post("/Pets/pets", data={"id": "12", "other": "x"}).status_code == 422


def test_a_form_is_read_as_its_encoding_says(make_client, document):
    schema = {"type": "object", "required": ["tags", "box"], "properties": {
        "tags": {"type": "array", "minItems": 2, "items": {"type": "string"}},
        "box": {"type": "object", "required": ["w"], "properties": {"w": {"type": "integer"}}}}}
    encoding = {"tags": {"explode": False}, "box": {"style": "deepObject", "explode": True}}
    form = "application/x-www-form-urlencoded"
    content = {form: {"schema": schema, "encoding": encoding}}
    operation = {"requestBody": {"content": content}, "responses": {"204": {"description": "Packed"}}}
    document["paths"]["/packs"] = {"post": operation}
    client = make_client(documents={"Pets": document})
    assert client.post("/Pets/packs", data="tags=a,b&box%5Bw%5D=3", content_type=form).status_code == 204
    refused = client.post("/Pets/packs", data="tags=a,b&box%5Bw%5D=x", content_type=form)
    assert "box.w" in _refusal(refused, 422)["error"]


@pytest.mark.parametrize("style", ["form", "cookie"])
def test_cookies_are_read_in_their_style(make_client, document, style):
    parameter = {"name": "size", "in": "cookie", "required": True, "style": style, "schema": {
        "type": "string", "enum": ["very large" if style == "form" else "very%20large"]}}
    document["paths"]["/weather"]["get"]["parameters"].append(parameter)
    client = make_client(documents={"Pets": document})
    client.set_cookie("size", "very%20large")
    assert client.get("/Pets/weather?city=Rome").status_code == 200
