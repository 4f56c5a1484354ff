"""NESTFUL's own comparison of calls that build on each other, and tasks as records: on tasks of our own in its form."""

import json

import pytest
from suite_solutions import perfect

from toolalpaca.core.errors import UsageError
from toolalpaca.suites import nestful as module
from toolalpaca.suites import suite_named
from toolalpaca.suites.nestful import Nestful, described_schema, golden_steps, task_record, with_references
from toolalpaca.suites.suite import RIGHT, SuiteCall

SPECS = [
    {"name": "Towns.find", "description": "Find a town.",
     "query_parameters": {"name": {"type": "string", "required": True, "description": "Its name."}},
     "output_parameters": {"place": {"type": "object", "properties": {"id": {"type": "string"}}},
                           "people": {"type": "integer"}}},
    {"name": "ride", "description": "Plan a ride.",
     "query_parameters": {"start": {"type": "string", "required": True}, "end": {"type": "string", "required": True},
                          "seats": {"type": "integer"}},
     "output_parameters": {"minutes": {"type": "float"}, "stops": {"type": "array", "items": {"type": "string"}}}},
    {"name": "send", "description": "Send a text.", "query_parameters": {"text": {"type": "string", "required": True}},
     "output_parameters": {}},
    *({"name": f"other{number}", "description": "Another.", "query_parameters": {}} for number in range(8)),
]
TASK = {"input": "Plan a ride for two from Ulm to Bonn and text me how long it takes.", "output": [
    {"name": "Towns.find", "arguments": {"name": "Ulm"}, "label": "var1"},
    {"name": "Towns.find", "arguments": {"name": "Bonn"}, "label": "var2"},
    {"name": "ride", "arguments": {"start": "$var1.place.id$", "end": "$var2.place.id$", "seats": 2}, "label": "var3"},
    {"name": "send", "arguments": {"text": "It takes $var3.minutes$ minutes via $var3.stops[0]$."}, "label": "var4"},
    {"name": "var_result", "arguments": {"ride": "$var3$"}}]}
UNDECLARED = {"input": "x", "output": [
    {"name": "ride", "arguments": {"start": "a", "end": "b"}, "label": "var1"},
    {"name": "send", "arguments": {"text": "$var1.price$"}, "label": "var2"}]}
REFUSED = {"input": "x", "output": [{"name": "ride", "arguments": {"start": "a"}, "label": "var1"}]}


@pytest.fixture
def nestful(monkeypatch):
    pytest.importorskip("nestful", reason="needs requirements-suites.txt")
    monkeypatch.setattr(module, "_read", lambda name: SPECS if "spec" in name else [TASK, UNDECLARED, REFUSED])
    module._cases.cache_clear()
    yield Nestful()
    module._cases.cache_clear()


def test_only_tasks_whose_solution_can_be_carried_out_are_cases(nestful):
    assert [case.id for case in nestful.cases("sgd")] == ["sgd 0"]


def test_perfect_calls_are_right_in_any_order_that_gives_their_values(nestful):
    case = nestful.cases("sgd")[0]
    first, second, ride, send = perfect(case)
    assert ride.arguments["start"] == first.response["place"]["id"] != second.response["place"]["id"]
    assert nestful.verdict(case, [first, second, ride, send]) == RIGHT
    assert nestful.verdict(case, [second, first, ride, send]) == RIGHT
    assert nestful.verdict(case, []) == "no_call"


def test_each_kind_of_error_has_a_class(nestful):
    case = nestful.cases("sgd")[0]
    first, second, ride, send = perfect(case)
    swapped = {**ride.arguments, "start": ride.arguments["end"], "end": ride.arguments["start"]}
    without_seats = {name: ride.arguments[name] for name in ("start", "end")}
    for calls, verdict in (
            ([first, second, ride._replace(arguments=swapped), send], "wrong_values"),
            ([first, second, ride, SuiteCall("send", {"text": "It takes long."})], "wrong_values"),
            ([first, second, ride._replace(arguments=without_seats), send], "wrong_arguments"),
            ([first, second, ride, send, SuiteCall("other1", {})], "other_function"),
            ([first, second, ride], "missing_call"),
            ([first, second, ride, SuiteCall("send", None)], "unreadable_arguments")):
        assert nestful.verdict(case, calls) == verdict


def test_values_that_were_returned_become_references():
    steps = golden_steps(TASK)
    calls = [SuiteCall("Towns.find", {"name": "Bonn"}, {"place": {"id": "B"}}),
             SuiteCall("Towns.find", {"name": "Ulm"}, {"place": {"id": "U"}}),
             SuiteCall("ride", {"start": "U", "end": "B", "seats": 2}, {"minutes": 1001, "stops": ["Aalen"]}),
             SuiteCall("send", {"text": "It takes 1001 minutes via Aalen."})]
    written = with_references(steps, calls)
    assert sorted(written, key=json.dumps) == sorted(
        ({"name": step["name"], "arguments": step["arguments"]} for step in steps), key=json.dumps)


def test_a_task_becomes_a_record_with_the_functions_it_needs_among_others():
    record = task_record("sgd 0", TASK, {spec["name"]: spec for spec in SPECS})
    paths = json.loads(record["Documentation"])["paths"]
    assert {"/Towns.find", "/ride", "/send"} < set(paths) and len(paths) == 8
    assert record["Instructions"] == [TASK["input"]]
    body = paths["/ride"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["start", "end"] and body["properties"]["seats"]["type"] == "integer"


def test_descriptions_become_json_schemas():
    assert described_schema({"description": "A day.", "type": "Date (yyyy-mm-dd)"}) == {"description": "A day."}
    assert described_schema({"type": "float", "allowed_values": []}) == {"description": "", "type": "number"}
    assert described_schema({"description": "x", "allowed_values": ["", "a"]}) == {"description": "x", "enum": ["a"]}


@pytest.mark.parametrize("name", ["bfcl", "nestful"])
def test_without_its_package_a_test_names_the_requirements_file(monkeypatch, name):
    monkeypatch.setattr("importlib.util.find_spec", lambda package: None)
    with pytest.raises(UsageError, match="requirements-suites.txt"):
        suite_named(name).version()


@pytest.mark.parametrize(("category", "number"), [("executable", 84), ("glaive", 134), ("sgd", 43)])
@pytest.mark.slow
def test_the_published_tasks_score_all_with_their_solutions_and_nothing_without(category, number):
    pytest.importorskip("nestful", reason="needs requirements-suites.txt")
    suite = Nestful()
    cases = suite.cases(category)
    assert len(cases) == number
    assert {suite.verdict(case, perfect(case)) for case in cases} == {RIGHT}
    assert {suite.verdict(case, []) for case in cases} == {"no_call"}
