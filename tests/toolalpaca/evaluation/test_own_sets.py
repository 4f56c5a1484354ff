"""The sets we ship, solved by their own golden answers and by solutions that are spoiled in one way."""

import json

import pytest
from evaluation_cases import step

from toolalpaca.data.records import read_records
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.golden_answers import Placeholder, gold_calls
from toolalpaca.evaluation.scorers.call_matching import score_calls
from toolalpaca.openapi.api_functions import functions_of

SHOWN = "Z-4711"  # what every result shows, for values that come from one
EVERY = 3  # of so many cases one is tried


def made_of(value, shown):
    """The arguments with `shown` for every value that comes from a result."""
    if isinstance(value, dict):
        return {name: made_of(inner, shown) for name, inner in value.items()}
    if isinstance(value, list):
        return [made_of(inner, shown) for inner in value]
    return f"{shown}-{value.source}" if isinstance(value, Placeholder) else value


def solution(calls, shown=SHOWN):
    """A solution that makes the golden calls as they are; each result names the value that later ones need."""
    sources = {source for call in calls for source in call.sources()}
    return [step(call.function, made_of(call.arguments, shown), "Status Code: 200. Response: " + (
        f"the value is {SHOWN}-{call.function}" if call.function in sources else "done")) for call in calls]


@pytest.fixture(scope="module", params=["eval_simulated.json", "eval_real.json"])
def tasks(request):
    from conftest import ROOT

    found = []
    for record in read_records(ROOT / "data" / request.param):
        functions = functions_of(record)
        for place, answer in enumerate(record["Golden_Answers"]):
            found.append((Case(record, place, record["Instructions"][place], {}, answer), functions))
    return found[::EVERY]


def verdicts(tasks, spoil):
    """Name and verdict of each spoiled solution; `spoil` gives none, one or several from a case's golden calls."""
    return [(case.name, score_calls(Case(case.record, case.id, case.instruction, {
        "output": "Done.", "intermediate_steps": steps}, case.golden), functions).verdict)
        for case, functions in tasks for steps in spoil(gold_calls(case.golden))]


def all_are(wanted, found):
    assert found
    assert [name for name, verdict in found if verdict != wanted] == []


def test_golden_solutions_are_right(tasks):
    all_are("Yes", verdicts(tasks, lambda calls: [solution(calls)]))


def test_numbers_as_strings_are_right(tasks):
    def as_strings(calls):
        steps = solution(calls)
        for one in steps:
            arguments = {name: str(value) if type(value) in (int, float) else value
                         for name, value in json.loads(one[0][1]).items()}
            one[0][1] = json.dumps(arguments)
        return [steps]

    all_are("Yes", verdicts(tasks, as_strings))


def test_a_missing_call_is_not(tasks):
    def without_one(calls):
        steps = solution(calls)
        return [steps[:place] + steps[place + 1:] for place, call in enumerate(calls) if not call.optional]

    all_are("No", verdicts(tasks, without_one))


def test_all_calls_twice_are_not(tasks):
    all_are("No", verdicts(tasks, lambda calls: [solution(calls) * 2] if calls else []))


def test_the_wrong_order_is_not_where_a_result_is_needed(tasks):
    all_are("No", verdicts([task for task in tasks if len(task[0].golden) > 1], lambda calls: [
        solution(calls)[::-1]] if any(call.sources() for call in calls) else []))


def test_made_up_values_are_not(tasks):
    def made_up(calls):
        return [solution(calls, "X-1")] if any(call.sources() for call in calls) else []

    all_are("No", verdicts(tasks, made_up))
