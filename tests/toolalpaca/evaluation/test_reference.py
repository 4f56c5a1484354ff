"""The scorers against GPT-4's published verdicts on 99 published solutions."""

import json

import pytest

from toolalpaca.data.records import read_records
from toolalpaca.evaluation.cases import read_cases
from toolalpaca.evaluation.scorers import score_all
from toolalpaca.evaluation.statistics import agreement


@pytest.fixture(scope="module")
def pairs(reference):
    path = reference / "judged_7b_run.json"
    cases = read_cases(path, read_records(path), None)
    verdicts = {f"{api} [{entry['id']}]": entry for api, entries in json.loads(
        (reference / "judged_7b_verdicts.json").read_text()).items() for entry in entries}
    return [(case, found, verdicts[case.name]) for case, found in zip(cases, score_all(cases), strict=True)
            if case.name in verdicts]


def test_the_calls_scorer_agrees_with_the_judge(pairs):
    right = [(found["process"] == "Yes") == (verdict["process_correctness"] == "Yes") for _, found, verdict in pairs]
    assert len(right) == 99
    assert sum(right) / len(right) >= 0.92


def test_on_single_and_several_calls_alike(pairs):
    for several in (False, True):
        right = [(found["process"] == "Yes") == (verdict["process_correctness"] == "Yes")
                 for case, found, verdict in pairs if (len(case.golden) > 1) == several]
        assert sum(right) / len(right) >= 0.88


def test_the_response_scorer_agrees_better_than_chance(pairs):
    found = agreement([found["response"] for _, found, _ in pairs],
                      [verdict["final_response_correctness"] for *_, verdict in pairs])
    assert found["agreement"]["share"] >= 0.8
    assert found["kappa"] >= 0.6
