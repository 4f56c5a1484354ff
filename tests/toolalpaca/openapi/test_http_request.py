"""Each value arrives where the document says, in the style it says, and leaves nothing that changes the request."""

import json
from email.parser import BytesParser
from typing import Any
from urllib.parse import urlsplit

import pytest

from toolalpaca.agent.environments.http_client import parse_target
from toolalpaca.openapi.arguments import ArgumentBinding, ArgumentError, signature_of
from toolalpaca.openapi.http_request import HttpRequest, build_request
from toolalpaca.openapi.operations import operations


def request(path: str, parameters: list[dict], arguments: dict, content: dict | None = None) -> HttpRequest:
    operation: dict[str, Any] = {"operationId": "f", "parameters": parameters, "responses": {}}
    if content is not None:
        operation["requestBody"] = {"required": True, "content": content}
    document = {"openapi": "3.0.3", "paths": {path: {"post": operation}}}
    signature = signature_of(document, operations(document)[0])
    return build_request(signature, ArgumentBinding(signature, document).bind(arguments))


def parameter(name: str, location: str, **more: Any) -> dict:
    return {"name": name, "in": location, "required": location == "path", "schema": {}, **more}


@pytest.mark.parametrize(("more", "value", "query"), [
    ({}, "a b&c", "x=a%20b%26c"), ({}, True, "x=true"), ({}, 2.5, "x=2.5"), ({}, "É", "x=%C3%89"),
    ({}, ["a,", "b"], "x=a%2C&x=b"), ({"explode": False}, ["a,", "b"], "x=a%2C,b"),
    ({"style": "spaceDelimited", "explode": False}, ["a", "b"], "x=a%20b"),
    ({"style": "pipeDelimited", "explode": False}, ["a", "b"], "x=a%7Cb"),
    ({}, {"r": 1, "g": 2}, "r=1&g=2"), ({"explode": False}, {"r": 1, "g": 2}, "x=r,1,g,2"),
    ({"style": "deepObject", "explode": True}, {"r": 1, "g": ["a", "b"]},
     "x%5Br%5D=1&x%5Bg%5D%5B0%5D=a&x%5Bg%5D%5B1%5D=b"),
    ({"allowReserved": True}, "/a?b=[c]&d#e f", "x=/a?b=[c]%26d%23e%20f"),
    ({"allowReserved": True, "explode": False}, ["a/b", "c:d"], "x=a/b,c:d"),
    ({"schema": None, "content": {"application/json": {"schema": {}}}}, {"a": 1}, "x=%7B%22a%22%3A%201%7D"),
])
def test_query_styles(more: dict, value: Any, query: str) -> None:
    written = {key: part for key, part in parameter("x", "query", **more).items() if part is not None}
    assert request("/f", [written], {"x": value}).query == query


@pytest.mark.parametrize(("more", "value", "path"), [
    ({}, "a/b?c#d%", "/f/a%2Fb%3Fc%23d%25/g"), ({}, ["a", "b"], "/f/a,b/g"), ({}, {"r": 1}, "/f/r,1/g"),
    ({"explode": True}, {"r": 1}, "/f/r=1/g"), ({"style": "label"}, ["a", "b"], "/f/.a,b/g"),
    ({"style": "label", "explode": True}, ["a", "b"], "/f/.a.b/g"), ({"style": "matrix"}, 5, "/f/;x=5/g"),
    ({"style": "matrix", "explode": True}, ["a", "b"], "/f/;x=a;x=b/g"),
])
def test_path_styles_and_encoding(more: dict, value: Any, path: str) -> None:
    assert request("/f/{x}/g", [parameter("x", "path", **more)], {"x": value}).path == path


@pytest.mark.parametrize(("template", "declared", "given", "sent"), [
    ("/a/{id}", None, "id", "/a/7"), ("/a/{id}", "ID", "ID", "/a/7"), ("/a/{user-id}", "user_id", "user_id", "/a/7"),
    ("/a/{ id }", "id", "id", "/a/7"), ("/a/{+id}", None, "id", "/a/7"), ("/a/{id*}", "id", "id", "/a/7"),
    ("/a/{id*}", "id*", "id*", "/a/7"), ("/a/{id}{?q,limit}", "id", "id", "/a/7")])
def test_a_variable_of_the_path_is_filled_however_it_is_declared(
        template: str, declared: str | None, given: str, sent: str) -> None:
    parameters = [parameter(declared, "path")] if declared else []
    assert request(template, parameters, {given: 7}).path == sent


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_path_value_that_would_reach_another_operation_is_refused(value: str) -> None:
    with pytest.raises(ArgumentError, match='Parameter type error: "x"'):
        request("/f/{x}", [parameter("x", "path")], {"x": value})


def test_the_paths_own_text_is_encoded_and_values_never_look_like_places() -> None:
    made = request("/é à/{a}/{b}", [parameter("a", "path"), parameter("b", "path")], {"a": "{b}", "b": "1"})
    assert made.path == "/%C3%A9%20%C3%A0/%7Bb%7D/1"
    assert made.url("http://host/API/") == "http://host/API/%C3%A9%20%C3%A0/%7Bb%7D/1"


def test_a_value_with_a_media_type_is_json_only_if_that_is() -> None:
    both = [{"name": name, "in": "query", "content": {media: {"schema": {"type": "string"}}}}
            for name, media in (("note", "text/plain"), ("filter", "application/json"))]
    assert request("/f", both, {"note": "x", "filter": "y"}).query == "note=x&filter=%22y%22"


def test_headers_and_cookies() -> None:
    made = request("/f", [parameter("X-Tags", "header"), parameter("Accept", "header"), parameter("sid", "cookie")],
                   {"X-Tags": ["a", "b"], "sid": "a;b"})
    assert made.headers == {"X-Tags": "a,b"} and made.cookies == {"sid": "a%3Bb"}
    with pytest.raises(ArgumentError, match="without line breaks"):
        request("/f", [parameter("X-A", "header")], {"X-A": "a\r\nHost: evil"})


def test_json_form_and_plain_bodies() -> None:
    schema = {"type": "object", "properties": {"a": {}, "b": {}}}
    made = request("/f", [], {"a": "é", "b": [1]},
                   {"text/xml": {"schema": schema}, "application/json": {"schema": schema}})
    assert json.loads(made.content) == {"a": "é", "b": [1]} and made.headers == {"Content-Type": "application/json"}
    made = request("/f", [], {"a": "x y", "b": [1, 2]}, {"application/x-www-form-urlencoded": {"schema": schema}})
    assert made.content == b"a=x%20y&b=1&b=2"
    assert made.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    made = request("/f", [], {"body": "plain"}, {"text/plain": {"schema": {"type": "string"}}})
    assert made.content == b"plain" and made.headers == {"Content-Type": "text/plain"}


def test_a_forms_properties_are_sent_as_their_encoding_says() -> None:
    def encoded_form(encoding: dict) -> dict:
        return {"application/x-www-form-urlencoded": {"encoding": encoding, "schema": {"type": "object", "properties": {
            "tags": {"type": "array", "items": {"type": "string"}}, "box": {"type": "object"}}}}}

    styles = {"tags": {"explode": False}, "box": {"style": "deepObject", "explode": True}}
    arguments = {"tags": ["a", "b"], "box": {"w": 3}}
    assert request("/f", [], arguments, encoded_form(styles)).content == b"tags=a,b&box%5Bw%5D=3"
    reserved = encoded_form({"tags": {"allowReserved": True}})
    assert request("/f", [], {"tags": ["a/b", "c&d"]}, reserved).content == b"tags=a/b&tags=c%26d"
    plain = encoded_form({"box": {"contentType": "application/json"}})
    assert request("/f", [], arguments, plain).content == b"tags=a&tags=b&box=%7B%22w%22%3A%203%7D"


def test_a_parts_content_type_is_the_one_that_the_document_states() -> None:
    schema = {"type": "object", "properties": {"photo": {"type": "string"}, "note": {"type": "string"}}}
    content = {"multipart/form-data": {"schema": schema, "encoding": {
        "photo": {"contentType": "image/png"}, "note": {"contentType": "text/plain, text/csv"}}}}
    made = request("/f", [], {"photo": "x", "note": "y"}, content).content or b""
    assert made.count(b"Content-Type: image/png") == 1 and b"text/csv" not in made


def test_multipart_parts() -> None:
    schema = {"type": "object", "properties": {"a": {}, "tags": {}, "meta": {}, "file": {}}}
    made = request("/f", [], {"a": "x", "tags": ["p", "q"], "meta": {"k": 1}, "file": "data:image/png;base64,aGk="},
                   {"multipart/form-data": {"schema": schema}})
    head = f"Content-Type: {made.headers['Content-Type']}\r\n\r\n".encode()
    parts = [(part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
             for part in BytesParser().parsebytes(head + made.content).get_payload()]
    assert parts == [("a", b"x"), ("tags", b"p"), ("tags", b"q"), ("meta", b'{"k": 1}'), ("file", b"hi")]


STRAY_PATHS = ["f", "f/{x}", "", "{x}", "//evil.example/f", "///evil.example/f", "/\\evil.example/f",
               "\\\\evil.example/f",
               ".evil.example/f", "@evil.example/f", ":x@evil.example/f", "-evil.example/f", ":81/f",
               "http://evil.example/f", "http:evil.example/f", "\t//evil.example/f", " @evil.example/f",
               "?a=@evil.example/f", "#@evil.example/f", "{x}.evil.example/f", "{x}@evil.example"]


@pytest.mark.parametrize("base", ["http://good.example", "http://good.example/", "http://good.example/v1"])
@pytest.mark.parametrize("path", STRAY_PATHS)
def test_a_path_in_any_form_stays_at_its_server(path: str, base: str) -> None:
    parameters = [parameter("x", "path")] if "{x}" in path else []
    for value in ("a", "//evil.example", "@evil.example", "\\evil.example") if parameters else ("",):
        url = request(path, parameters, {"x": value} if parameters else {}).url(base)
        assert url.startswith(base.rstrip("/") + "/") and "\\" not in url
        parts = urlsplit(url)
        assert (parts.hostname, parts.port, parts.username) == ("good.example", None, None)
        assert parse_target(url).host == "good.example"
