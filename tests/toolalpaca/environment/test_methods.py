"""An API's functions as Python methods: names mapped and mapped back, and types, choices, ranges and formats told."""

import inspect
import json
from pathlib import Path
from typing import Literal, get_type_hints

import pytest

from toolalpaca.environment.grpo_adapter import methods_of, python_names

ROOT = Path(__file__).resolve().parents[3]


def record(parameters, name="get-all", body=None):
    operation = {"operationId": name, "summary": "Find things. Returns: none.", "parameters": parameters,
                 "responses": {"200": {"description": "OK"}}}
    if body:
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    document = {"openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "paths": {"/things": {"post": operation}}}
    return {"Name": "Things", "Documentation": json.dumps(document), "Function_Description": {name: "Find."},
            "Function_Projection": {name: ["/things", "post"]}}


def parameter(name, schema, required=False, place="query", description=""):
    return {"name": name, "in": place, "required": required, "schema": schema, "description": description}


def methods(*given, **more):
    made = []
    found = methods_of(record(list(given), **more), lambda self, *call: made.append(call) or "seen", {"reset"})
    return found, made


@pytest.mark.parametrize(("names", "python"), [
    (["from", "X-Library-Card", "page"], ["from_", "X_Library_Card", "page"]),
    (["filter[name]", "filter.name", "filter_name"], ["filter_name_", "filter_name", "filter_name_2"]),
    (["2fa", "_id", "", "self", "größe", "None"], ["n2fa", "id", "n", "self_2", "größe", "None_"])])
def test_names_that_python_does_not_take(names, python):
    found = python_names(names, {"self"})
    assert list(found) == python
    assert list(found.values()) == names


def test_a_call_goes_out_under_the_names_of_the_api():
    found, made = methods(parameter("from", {"type": "string"}, True), parameter("X-Library-Card", {"type": "string"},
                                                                                 place="header"))
    assert found["get_all"](None, from_="a", X_Library_Card="LC-1") == "seen"
    found["get_all"](None, from_="a", X_Library_Card=None)
    found["get_all"](None, unheard_of=1)
    assert made == [("get-all", {"from": "a", "X-Library-Card": "LC-1"}), ("get-all", {"from": "a"}),
                    ("get-all", {"unheard_of": 1})]


def test_types_and_what_is_required():
    found, _ = methods(
        parameter("ids", {"type": "array", "items": {"type": "integer"}}), parameter("price", {"type": "number"}),
        parameter("kind", {"type": "string", "enum": ["new", "used"]}, True),
        body={"type": "object", "required": ["owner"], "properties": {"owner": {"type": "object"}}})
    signature = inspect.signature(found["get_all"])
    assert list(signature.parameters) == ["self", "kind", "owner", "ids", "price"]
    assert [one.name for one in signature.parameters.values() if one.default is inspect.Parameter.empty] == [
        "self", "kind", "owner"]
    hints = get_type_hints(found["get_all"])
    assert hints == {"kind": Literal["new", "used"], "owner": dict, "ids": list[int] | None, "price": float | None,
                     "return": str}


def test_the_docstring_tells_what_types_cannot():
    found, _ = methods(
        parameter("days", {"type": "integer", "minimum": 1, "maximum": 7, "default": 3}, description="How many days"),
        parameter("day", {"type": "string", "format": "date"}), parameter("plain", {"type": "string"}),
        body={"type": "object", "properties": {"owner": {"type": "object", "properties": {
            "name": {"type": "string", "description": "Args: of no use"}}}}})
    doc = found["get_all"].__doc__
    assert "days: How many days. An integer, at least 1, at most 7. Default: 3." in doc
    assert "day: A date (YYYY-MM-DD)." in doc
    assert "plain: A value." in doc
    assert "owner: Object{name: string. Args - of no use.}" in doc
    assert doc.startswith("Find things. Returns - none.")
    assert doc.count("Args:") == doc.count("Returns:") == 1


def test_credentials_are_no_arguments():
    given = {**record([parameter("key", {"type": "string"}, True)]), "Authentication": {"key": "env:KEY"}}
    assert list(inspect.signature(methods_of(given, lambda *_: "")["get_all"]).parameters) == ["self"]


def test_transformers_reads_every_method_of_the_sample():
    from transformers.utils import get_json_schema

    for one in json.loads((ROOT / "data" / "eval_simulated.json").read_text(encoding="utf-8"))[::6]:
        for name, method in methods_of(one, lambda *_: "").items():
            schema = get_json_schema(method)["function"]
            assert schema["name"] == name
            properties = schema["parameters"]["properties"]
            assert set(properties) == set(inspect.signature(method).parameters) - {"self"}
            assert all(len(found["description"]) > 3 and {"type", "enum", "anyOf"} & set(found)
                       for found in properties.values())
