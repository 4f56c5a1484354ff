"""Two runs on the same cases, two judges of the same run."""

import pytest

from toolalpaca.evaluation.compare import compare, comparison_in_words, paired
from toolalpaca.evaluation.statistics import agreement, vote_agreement


def results(*verdicts, **run):
    return {"statistics": {}, "run": {"settings": run}, "Lantern": [
        {"id": place, "input": "x", **({"process_correctness": verdict, "final_response_correctness": verdict}
                                       if verdict else {"judge_error": "unreadable_verdict: x"})}
        for place, verdict in enumerate(verdicts)]}


def test_mcnemar_and_bootstrap():
    found = paired([True] * 30 + [False] * 10, [True] * 20 + [False] * 20)
    assert (found["only_ours"], found["only_theirs"], found["difference"]) == (10, 0, 0.25)
    assert found["p_value"] == pytest.approx(2 / 2**10, abs=1e-6)
    assert found["apart"]
    assert 0.10 <= found["low"] < 0.25 < found["high"] <= 0.42


def test_few_differences_tell_nothing_apart():
    found = paired([True, True, True, False], [False, True, True, False])
    assert (found["p_value"], found["apart"]) == (1.0, False)
    assert paired([True], [True])["p_value"] == 1.0


def test_the_same_input_gives_the_same_interval():
    assert paired([True, False] * 20, [False, False] * 20) == paired([True, False] * 20, [False, False] * 20)


def test_in_words():
    better = compare(results(*["Yes"] * 20), results(*["No"] * 20))
    lines = comparison_in_words(better, "other.json")
    assert "100.0 % against 0.0 %" in lines[1]
    assert "this run is better" in lines[1]
    worse = compare(results(*["No"] * 20), results(*["Yes"] * 20))
    assert "the other run is better" in comparison_in_words(worse, "other.json")[3]
    close = compare(results("Yes", "No"), results("No", "Yes"))
    assert "cannot tell the two apart" in comparison_in_words(close, "other.json")[1]


def test_unreadable_verdicts_and_other_cases_are_left_out():
    other = results("Yes", None, "Yes", "Yes")
    other["Lantern"][2]["input"] = "another instruction"
    assert compare(results("Yes", "Yes", "Yes"), other)["cases"] == 1
    nothing = compare(results("Yes"), {"Lamp": [{"id": 0}]})
    assert "nothing to compare" in comparison_in_words(nothing, "other.json")[0]


def test_different_judges_are_pointed_out():
    lines = comparison_in_words(compare(results("Yes", judge="a"), results("Yes", judge="b")), "other.json")
    assert "judged with different" in lines[-1]


def test_agreement_and_kappa():
    pairs = [("Yes", "Yes")] * 20 + [("Yes", "No")] * 5 + [("No", "Yes")] * 10 + [("No", "No")] * 15
    found = agreement([one for one, _ in pairs], [other for _, other in pairs])
    assert found["agreement"]["share"] == 0.7
    assert found["kappa"] == 0.4
    assert agreement(["Yes", "Yes"], ["Yes", "Yes"])["kappa"] is None
    assert agreement([], [])["kappa"] is None


def test_agreement_among_votes():
    assert vote_agreement([["Yes", "Yes", "No"], ["No", "No", "No"], ["Yes"]])["count"] == 4
    assert vote_agreement([["Yes", "Yes", "No"], ["No", "No", "No"]])["of"] == 6
