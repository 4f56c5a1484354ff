"""BFCL's own checker on calls for its cases: perfect ones score 100 %, none 0 %; records keep types and names."""

import json

import pytest
from suite_solutions import perfect

from toolalpaca.suites.bfcl import IRRELEVANCE, Bfcl, parameter_schema
from toolalpaca.suites.suite import RIGHT, SuiteCall

pytest.importorskip("bfcl_eval", reason="needs requirements-suites.txt")
SIZES = {"simple_python": 400, "multiple": 200, "parallel": 200, "parallel_multiple": 200, IRRELEVANCE: 240}


@pytest.fixture(scope="module")
def bfcl():
    return Bfcl()


@pytest.mark.parametrize(("category", "size"), SIZES.items())
def test_perfect_calls_are_right_and_no_call_is_right_only_where_nothing_helps(bfcl, category, size):
    cases = bfcl.cases(category)
    assert len(cases) == size
    assert {bfcl.verdict(case, perfect(case)) for case in cases} == {RIGHT}
    assert {bfcl.verdict(case, []) for case in cases} == ({RIGHT} if category == IRRELEVANCE else {"no_call"})


def test_other_calls_are_wrong(bfcl):
    case = bfcl.cases("simple_python")[0]
    [(name, arguments, _)] = perfect(case)
    assert bfcl.verdict(case, [SuiteCall("another", arguments)]) != RIGHT
    assert bfcl.verdict(case, [SuiteCall(name, None)]) == "unreadable_arguments"
    assert bfcl.verdict(case, [SuiteCall(name, arguments)] * 2) != RIGHT
    assert bfcl.verdict(case, [SuiteCall(name, dict.fromkeys(arguments, "x"))]) != RIGHT
    assert bfcl.verdict(bfcl.cases(IRRELEVANCE)[0], [SuiteCall(name, arguments)]) == "called_where_nothing_helps"


def test_a_case_becomes_a_record_with_an_operation_for_each_function(bfcl):
    case = bfcl.cases("multiple")[0]
    functions, _ = case.reference
    document = json.loads(case.record["Documentation"])
    operations = [path["post"] for path in document["paths"].values()]
    assert [one["operationId"] for one in operations] == [one["name"] for one in functions]
    assert case.record["Instructions"] and case.record["Name"] == f"BFCL {case.id}"


def test_parameters_become_json_schemas():
    made = parameter_schema({"type": "dict", "required": ["at"], "properties": {
        "at": {"type": "tuple", "items": {"type": "float"}, "description": "Where."},
        "mode": {"type": "string", "enum": ["a", "b"], "default": "c"},
        "whatever": {"type": "any", "default": 3}}})
    assert made == {"type": "object", "required": ["at"], "properties": {
        "at": {"type": "array", "items": {"type": "number"}, "description": "Where."},
        "mode": {"type": "string", "enum": ["a", "b"]}, "whatever": {"default": 3}}}
