"""Counts and rates over cases."""

import pytest

from toolalpaca.evaluation.results import statistics
from toolalpaca.evaluation.statistics import wilson
from toolalpaca.evaluation.summary import verdict_table


def entry(process, response, **more):
    return {"process_correctness": process, "final_response_correctness": response, **more}


ENTRIES = [entry("Yes", "Yes")] * 3 + [entry("Yes", "No"), entry("No", "Yes"), entry("Uncertain", "No"),
           entry(None, None, error="timeout: x"), entry(None, None, judge_error="unreadable_verdict: x"),
           entry(None, None, judge_error="server_error: x")]


def test_every_case_is_counted_once():
    found = statistics(ENTRIES)
    assert (found["num"], found["error_num"], found["unreadable"], found["not_judged"]) == (9, 1, 1, 1)
    assert found["process"] == {"Yes": 4, "No": 1, "Uncertain": 1}
    assert found["response"] == {"Yes": 4, "No": 2, "Uncertain": 0}
    assert found["both"] == 3


def test_no_solution_counts_as_not_correct_and_no_verdict_not_at_all():
    rates = statistics(ENTRIES)["rates"]
    assert (rates["process"]["count"], rates["process"]["of"]) == (4, 7)
    assert rates["both"]["share"] == pytest.approx(3 / 7, abs=1e-4)


def test_wilson_intervals_of_the_papers_test_set():
    sixty, seventy = wilson(60, 100), wilson(70, 100)
    assert [sixty["low"], sixty["high"]] == pytest.approx([0.502, 0.691], abs=1e-3)
    assert [seventy["low"], seventy["high"]] == pytest.approx([0.604, 0.781], abs=1e-3)
    assert wilson(0, 10)["low"] == 0
    assert wilson(0, 0)["share"] is None


def test_the_table_shows_them():
    table = verdict_table(statistics(ENTRIES))
    assert "9 cases, 1 without a solution" in table
    assert "57.1 %" in table
    assert verdict_table(statistics([entry(None, None, judge_error="x")])).count(" -") >= 3
