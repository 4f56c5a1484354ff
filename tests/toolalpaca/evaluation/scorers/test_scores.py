"""Execution, response and classes of errors: what each case comes to, and what they add up to."""

import pytest
from evaluation_cases import OK, RECORD, case, golden, step

from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers import score_all, score_statistics, taxonomy
from toolalpaca.evaluation.scorers.execution import execution_outcome, execution_statistics
from toolalpaca.evaluation.scorers.response import doubtful_facts
from toolalpaca.evaluation.scorers.scorer import Subject
from toolalpaca.openapi.api_functions import functions_of

GET, FIND = golden("getLantern", {"id": "A-1"}), golden("findLanterns", {"query": "moon"})
ASK = "Tell me about lantern A-1."


def failed(error):
    return Case(RECORD, 0, ASK, {"input": ASK, "error": error}, [GET])


@pytest.mark.parametrize(("steps", "outcome"), [
    ([], "no_call"), ([step("getLantern", {})], "clean"),
    ([step("getLantern", {}, "Status Code: 404.")], "clean"),
    ([step("getLantern", {}, "Missing required parameters"), step("getLantern", {"id": "A-1"})], "recovered"),
    ([step("getLantern", {}, "Missing required parameters"), step("findLanterns", {})], "recovered"),
    ([step("getLantern", {}, "Status Code: 400."), step("findLanterns", {})], "not_recovered"),
    ([step("getLantern", {"id": 1}), step("getLantern", {}, "Status Code: 403.")], "not_recovered"),
    ([step("getLantern", {}, "Status Code: 503."), step("getLantern", {"id": "A-1"})], "recovered"),
    ([step("getLantern", {}, "Status Code: 503.")], "infrastructure"),
    ([step("getLantern", {}, "No answer: timeout. The API did not answer in time")], "infrastructure"),
    ([[["", "", "hm"], "Invalid format"]], "not_recovered"),
    ([[["", "", "hm"], "Invalid format"], step("getLantern", {})], "recovered"),
])
def test_execution(steps, outcome):
    assert execution_outcome(case(ASK, [GET], steps)) == outcome


@pytest.mark.parametrize(("error", "outcome"), [
    ("simulator_unavailable: x", "infrastructure"), ("http_503: busy", "infrastructure"),
    ("timeout: 120 s", "infrastructure"), ("out_of_memory: no room", "infrastructure"),
    ("batch_expired: late", "infrastructure"), ("model_failed: x", "infrastructure"),
    ("content_filter: HTTP 400", "content_filter"),
    ("step_limit: 10", "no_call"), ("could not parse", "no_call"),
])
def test_failures_of_network_and_server_are_a_class_of_their_own(error, outcome):
    assert execution_outcome(failed(error)) == outcome


def test_infrastructure_is_out_of_the_denominator():
    found = execution_statistics([
        "clean", "recovered", "not_recovered", "infrastructure", "content_filter", "no_call"])
    assert (found["ran"]["count"], found["ran"]["of"]) == (2, 4)
    assert (found["errors_recovered"]["count"], found["errors_recovered"]["of"]) == (1, 2)


SEEN = ('Status Code: 200. Response: {"id": "A-1", "name": "Moon Light", "price": 12.345, '
        '"url": "https://a.example/1", "mail": "ann@a.example", "made": "2024-07-04"}')


@pytest.mark.parametrize(("answer", "facts"), [
    ("Lantern A-1, \"Moon light\", costs 12.35 and was made on July 4, 2024: https://a.example/1.", []),
    ("It costs 12.345 euros; write to ann@a.example.", []), ("There are 3 of them.", []),
    ("1. Moon\n12. Light", []), ("", []),
    ("It costs 99 euros.", ["99"]), ("See https://b.example/1", ["https://b.example/1"]),
    ('It is called "Sun Light".', ["Sun Light"]), ("Write to bob@a.example.", ["bob@a.example"]),
    ("It costs 12.3456789.", ["12.3456789"]),
])
def test_what_nothing_shows(answer, facts):
    shown = case(ASK, [GET], [step("getLantern", {"id": "A-1"}, SEEN)], answer)
    assert doubtful_facts(Subject(shown, functions_of(RECORD))) == facts


GOOD = step("getLantern", {"id": "A-1"}, SEEN)


@pytest.mark.parametrize(("steps", "answer", "process", "response", "kind"), [
    ([GOOD], "It costs 12.35.", "Yes", "Yes", None),
    ([GOOD], "It costs 99.", "Yes", "No", "wrong_answer"),
    ([GOOD], "", "Yes", "No", "gave_up"),
    ([], "It costs a lot.", "No", "No", "missing_call"),
    ([step("findLanterns", {"query": "A-1"})], "Done.", "No", "No", "wrong_function"),
    ([step("fly", {}, "no function")], "Done.", "No", "No", "wrong_function"),
    ([step("getLantern", {"id": "A-2"})], "Done.", "No", "No", "wrong_argument"),
    ([[["", "", "hm"], "Invalid format"]] * 3, "Done.", "No", "No", "format"),
    ([step("getLantern", {"id": "A-1"}, "Status Code: 502.")], "It failed.", "Yes", "Yes", "infrastructure"),
])
def test_verdicts_and_classes(steps, answer, process, response, kind):
    found = score_all([case(ASK, [GET], steps, answer)])[0]
    assert (found["process"], found["response"], found["error_class"]) == (process, response, kind)


@pytest.mark.parametrize(("ask", "call", "observation", "answer", "response"), [
    ("Rename lantern A-1 to Sun.", golden("renameLantern", {"id": "A-1", "name": "Sun"}),
     "Status Code: 409. Response: {}", "Lantern A-1 now has the name Sun.", "No"),
    ("Rename lantern A-1 to Sun.", golden("renameLantern", {"id": "A-1", "name": "Sun"}),
     "Status Code: 409. Response: {}", "That was refused, so lantern A-1 keeps its name.", "Yes"),
    ("Take lantern A-1 off the list.", golden("deleteLantern", {"id": "A-1"}), "Status Code: 409. Response: {}",
     "Lantern A-1 has been deleted already, so there was nothing to do.", "Yes"),
    ("What is lantern A-1 called, and where does it hang?", GET,
     'Status Code: 200. Response: {"id": "A-1", "name": "Moon", "place": "Pier"}', "It's called Moon.", "No"),
    ("What is lantern A-1 called, and where does it hang?", GET,
     'Status Code: 200. Response: {"id": "A-1", "name": "Moon", "place": "Pier"}', "It's Moon and hangs on the Pier.",
     "Yes"),
    (ASK, GET, SEEN, "It costs 12.35, and I've e-mailed the harbour about it.", "No"),
    (ASK, GET, SEEN, "Which lantern do you mean?", "No"),
])
def test_what_an_answer_passes_over_or_makes_up(ask, call, observation, answer, response):
    steps = [step(call["Action"], call["Action_Input"], observation)]
    assert score_all([case(ask, [call], steps, answer)])[0]["response"] == response


@pytest.mark.parametrize(("answer", "response"), [
    ("Moon costs 12 euros; Sun costs 14.", "Yes"), ("Moon costs 12 euros in 2025.", "No")])
def test_one_of_two_results_that_is_left_out(answer, response):
    calls = [golden("getLantern", {"id": one}) for one in ("A-1", "B-2")]
    steps = [step("getLantern", {"id": one}, f'Status Code: 200. Response: {{"name": "{name}", "price": {price}, '
                  f'"made": "2025-0{month}-04"}}')
             for one, name, price, month in (("A-1", "Moon", 12, 1), ("B-2", "Sun", 14, 3))]
    assert score_all([case("What do A-1 and B-2 cost?", calls, steps, answer)])[0]["response"] == response


def test_an_ungrounded_argument_has_its_own_class():
    calls = [FIND, golden("getLantern", '{"id": ${id from findLanterns}}')]
    steps = [step("findLanterns", {"query": "moon"}), step("getLantern", {"id": "Z-9"})]
    found = score_all([case("Tell me about the moon lantern.", calls, steps)])[0]
    assert found["error_class"] == "ungrounded_argument"
    assert any("'Z-9'" in line for line in found["found"])


@pytest.mark.parametrize(("error", "kind"), [
    ("step_limit: 10", "gave_up"), ("simulator_unavailable: x", "infrastructure"), ("malformed_instance: x", "format")])
def test_a_case_without_a_solution(error, kind):
    found = score_all([failed(error)])[0]
    assert (found["process"], found["response"], found["error_class"]) == ("No", "No", kind)


def test_without_golden_answers_nothing_is_certain_but_made_up_facts():
    assert score_all([case(ASK, None, [GOOD], "It costs 12.35.")])[0]["response"] == "Uncertain"
    assert score_all([case(ASK, None, [GOOD], "It costs 99.")])[0]["response"] == "No"
    assert score_all([case(ASK, None, [GOOD])])[0]["process"] == "Uncertain"


def test_shares():
    wrong = [step("getLantern", {"id": "A-2"}), step("fly", {}, "no")]
    cases = [case(ASK, [GET], [GOOD]), case(ASK, [GET, FIND], wrong)]
    found = score_statistics(score_all(cases))
    assert (found["action_accuracy"]["count"], found["action_accuracy"]["of"]) == (2, 3)
    assert (found["argument_accuracy"]["count"], found["argument_accuracy"]["of"]) == (1, 2)
    assert (found["hallucinated_calls"]["count"], found["hallucinated_calls"]["of"]) == (1, 3)
    assert found["mean_steps_over_minimum"] == 0


def test_the_taxonomy_counts_with_one_example_each():
    kinds = [(None, []), ("format", ["x"]), ("format", ["y"]), ("gave_up", []), ("its_own", ["z"])]
    cases = [Case(RECORD, place, ASK, {}, None) for place in range(len(kinds))]
    found = taxonomy(cases, [{"error_class": kind, "found": lines} for kind, lines in kinds])
    assert found == {"gave_up": {"count": 1, "example": {"case": "Lanterns [3]", "found": []}},
                     "format": {"count": 2, "example": {"case": "Lanterns [1]", "found": ["x"]}},
                     "its_own": {"count": 1, "example": {"case": "Lanterns [4]", "found": ["z"]}}}
    assert list(found) == ["gave_up", "format", "its_own"]


def test_a_solution_is_scored_whatever_its_form():
    odd = [None, {}, [[]], [["f"], "x"], [["f", {"a": 1}, 7], {"b": 2}], step("getLantern", "{", OK)]
    assert score_all([case(ASK, [GET], odd)])[0]["process"] == "No"
