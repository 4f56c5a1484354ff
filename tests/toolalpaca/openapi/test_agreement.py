"""The executor and the simulator never disagree on what is valid, whatever the schema and the value."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from toolalpaca.openapi.arguments import ArgumentBinding, ArgumentError, signature_of
from toolalpaca.openapi.http_request import HttpRequest, build_request
from toolalpaca.openapi.operations import operations
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.request_checks import Refusal
from toolalpaca.simulator.requests import Incoming, matching_call

TEXTS = st.sampled_from(["", "a", "7", "5.0", "true", "null", "x,y", "2024-02-29", "[1]", " B ", "a|b", "é&=%2C"])
NUMBERS = st.sampled_from([0, 1, 7, -3, 2.5, 5.0, 1843905527311118337, 19.99])
SCALARS = TEXTS | NUMBERS | st.booleans() | st.none()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from("abc"), inner, max_size=3), max_leaves=6)
LEAVES = st.one_of(
    st.fixed_dictionaries({"type": st.sampled_from(["string", "integer", "number", "boolean"])}, optional={
        "nullable": st.booleans(), "enum": st.lists(TEXTS | NUMBERS, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"type": st.just("integer")}, optional={"minimum": st.sampled_from([0, "1", 3]),
                                                                  "maximum": st.sampled_from([5, "9"])}),
    st.fixed_dictionaries({"type": st.just("string")}, optional={
        "pattern": st.sampled_from(["^[a-z]$", "/^[A-Z]+$/i", "["]), "format": st.sampled_from(["date", "time", "uri"]),
        "maxLength": st.integers(0, 3)}),
    st.just({"type": "number", "multipleOf": 0.01}), st.just({}), st.just({"$ref": "#/components/schemas/Part"}))


def _composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional={"maxItems": st.integers(0, 2)}),
        st.fixed_dictionaries({"type": st.just("object"), "properties": properties}, optional={
            "required": st.lists(st.sampled_from("abc"), max_size=2), "additionalProperties": st.just(False)}),
        st.fixed_dictionaries({}, optional={"oneOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}))


SCHEMAS = st.recursive(LEAVES, _composed, max_leaves=5)
PART = {"type": "object", "required": ["a"], "properties": {
    "a": {"type": "integer"}, "b": {"type": "string", "readOnly": True}, "c": {"$ref": "#/components/schemas/Part"}}}
CHECKS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def _document(operation: dict[str, Any], version: str) -> dict[str, Any]:
    return {"openapi": version, "info": {"title": "T", "version": "1"}, "components": {"schemas": {"Part": PART}},
            "paths": {"/f": {"post": {"operationId": "f", "responses": {"200": {"description": "ok"}}, **operation}}}}


def _sent(document: dict[str, Any], arguments: dict[str, Any]) -> HttpRequest:
    signature = signature_of(document, operations(document)[0])
    return build_request(signature, ArgumentBinding(signature, document).bind(arguments))


def _received(document: dict[str, Any], request: HttpRequest) -> Any:
    api = Catalog([{"Name": "N", "Documentation": json.dumps(document)}]).api("N")
    incoming = Incoming(request.method, request.path, urlsplit(f"?{request.query}").query,
                        {name.lower(): value for name, value in request.headers.items()}, lambda: request.cookies,
                        len(request.content or b""), lambda: request.content or b"")
    _, call = matching_call(api, incoming)
    if isinstance(call, Refusal):
        raise call
    return call


def _body(schema: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": {
        "type": "object", "required": ["v"], "properties": {"v": schema}}}}}}


@CHECKS
@given(SCHEMAS, VALUES, st.sampled_from(["3.0.3", "3.1.0"]))
def test_what_the_executor_sends_in_a_body_the_simulator_takes_and_what_it_refuses_is_refused(
        schema: Any, value: Any, version: str) -> None:
    document = _document(_body(schema), version)
    try:
        request = _sent(document, {"v": value})
    except ArgumentError:
        raw = HttpRequest("POST", "/f", headers={"Content-Type": "application/json"},
                          content=json.dumps({"v": value}).encode())
        try:
            _received(document, raw)
        except Refusal:
            return
        raise AssertionError(f"the simulator takes what the executor refuses: {value!r}") from None
    assert _received(document, request).body == json.loads(request.content or b"null")


@CHECKS
@given(LEAVES | st.fixed_dictionaries({"type": st.just("array"), "items": LEAVES}),
       SCALARS | st.lists(SCALARS, max_size=2), st.sampled_from(["query", "header", "cookie"]), st.booleans())
def test_what_the_executor_sends_as_a_parameter_the_simulator_takes(schema: Any, value: Any, location: str,
                                                                    explode: bool) -> None:
    parameter = {"name": "v", "in": location, "required": True, "explode": explode, "schema": schema}
    document = _document({"parameters": [parameter]}, "3.0.3")
    try:
        request = _sent(document, {"v": value})
    except ArgumentError:
        return
    assert "v" in _received(document, request).arguments


TEXT, NUMBER, BOOLEAN = ({"type": kind} for kind in ("string", "number", "boolean"))
STYLED_TEXTS = st.sampled_from(["plain", "a b", "a,b", "a|b", "a.b", "a;b", "x=y", "50%", "a&b", "é", "a/b", "2.5",
                                "%2C", "a+b", "a\tb"])
STYLED = {
    "text": (TEXT, STYLED_TEXTS), "number": (NUMBER, NUMBERS), "boolean": (BOOLEAN, st.booleans()),
    # A list of one text with a comma may as well be two that a client encoded as a whole.
    "texts": ({"type": "array", "items": TEXT}, st.lists(STYLED_TEXTS, min_size=2, max_size=3)),
    "numbers": ({"type": "array", "items": NUMBER}, st.lists(NUMBERS, min_size=1, max_size=3)),
    "object": ({"type": "object", "properties": {"r": NUMBER, "n": TEXT, "b": BOOLEAN}},
               st.fixed_dictionaries({"n": STYLED_TEXTS}, optional={"r": NUMBERS, "b": st.booleans()}))}
PATH_STYLES, DELIMITED = ("simple", "label", "matrix"), ("form", "spaceDelimited", "pipeDelimited", "tabDelimited")


def _untold(location: str, style: str, explode: bool, is_list: bool) -> str:
    """The sign that no receiver can tell from the separator, since this style does not encode it in values."""
    if location == "header" or style == "cookie":
        return "" if explode and not is_list else ","
    if style == "label":
        return "." if explode and is_list else ""
    return "" if explode else {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}.get(style, "")


@settings(CHECKS, max_examples=25)
@given(st.data(), st.booleans())
@pytest.mark.parametrize("kind", STYLED)
@pytest.mark.parametrize(("location", "style"), [
    *(("path", style) for style in PATH_STYLES), *(("query", style) for style in (*DELIMITED, "deepObject")),
    ("header", "simple"), ("cookie", "form"), ("cookie", "cookie"),
    *(("form", style) for style in (*DELIMITED, "deepObject"))])
def test_what_is_sent_in_a_style_is_read_back(location: str, style: str, kind: str, data: Any, explode: bool) -> None:
    schema, values = STYLED[kind]
    value = data.draw(values)
    leaves = value if isinstance(value, list) else [*value.values()] if isinstance(value, dict) else []
    untold = _untold(location, style, explode, isinstance(value, list))
    assume(not any(untold and untold in str(leaf) for leaf in leaves))
    assume(location != "cookie" or ";" not in str(value))
    how = {"style": style, "explode": explode}
    if location == "form":
        media = {"schema": {"type": "object", "properties": {"v": schema}}, "encoding": {"v": how}}
        document = _document({"requestBody": {"content": {"application/x-www-form-urlencoded": media}}}, "3.0.3")
        assert _received(document, _sent(document, {"v": value})).body == {"v": value}
        return
    document = _document({"parameters": [{"name": "v", "in": location, "required": True, "schema": schema, **how}]},
                         "3.0.3")
    if location == "path":
        document["paths"] = {"/f/{v}": document["paths"]["/f"]}
    assert _received(document, _sent(document, {"v": value})).arguments["v"] == value


@pytest.mark.parametrize(("parameter", "value"), [
    ({"explode": False, "schema": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}},
     [[1, 2], [3]]),
    ({"explode": False, "schema": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}}, [[4]]),
    ({"explode": False, "schema": {"type": "array", "items": {"type": "string"}}}, ["[a", "b]"]),
    ({"explode": False, "style": "tabDelimited", "schema": {"type": "array", "items": {"type": "string"}}},
     ["a b", "c"]),
    *(({"content": {"application/json": {"schema": schema}}}, value) for schema, value in (
        ({"type": "string", "enum": ["apn"]}, "apn"), ({"type": "string"}, "12"), ({"type": "integer"}, 12),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, {"a": "x"})))])
@pytest.mark.parametrize("location", ["query", "path", "header"])
def test_a_value_arrives_as_it_was_given(parameter: Any, value: Any, location: str) -> None:
    document = _document({"parameters": [{"name": "v", "in": location, "required": True, **parameter}]}, "3.0.3")
    if location == "path":
        document["paths"] = {"/f/{v}": document["paths"]["/f"]}
    if "style" not in parameter or location == "query":
        assert _received(document, _sent(document, {"v": value})).arguments["v"] == value
