"""A published test from its records to its score, as its guide says: drawn by seed, taken by a model, scored."""

import json

import pytest
from servers import offline_model
from stage_command import assert_usage_error, run_stage
from suite_solutions import perfect

pytest.importorskip("bfcl_eval", reason="needs requirements-suites.txt")


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bfcl")
    records = folder / "api_data.json"
    made = run_stage("tool_maker/import_suite.py", "-api", records, "--suite", "bfcl", "--limit", 3,
                     "--categories", "simple_python", "irrelevance")
    assert made.returncode == 0, made.stderr
    with offline_model(folder) as url:
        ran = run_stage("instance_generation/generation.py", "-api", records, "-out", folder, "--unexecuted",
                        "--without_getDetails", "--agent_prompt", "test_v1", url=url)
    assert ran.returncode == 0, ran.stderr
    return folder / "api_data_0_6.json", folder


def test_each_case_is_scored_by_the_tests_own_checker(taken):
    run, folder = taken
    scored = run_stage("evaluation.py", "-api", run, "--suite", "bfcl", "-out", folder / "results.json")
    assert scored.returncode == 0, scored.stderr
    found = json.loads((folder / "results.json").read_text())
    assert found["statistics"]["num"] == 6
    assert {name: one["cases"] for name, one in found["statistics"]["categories"].items()} == {
        "simple_python": 3, "irrelevance": 3}
    assert found["statistics"]["must_call"]["cases"] == 3
    assert "all that must call" in scored.stdout and "irrelevance" in scored.stdout


def test_two_runs_are_compared_case_by_case(taken):
    run, folder = taken
    run_stage("evaluation.py", "-api", run, "--suite", "bfcl", "-out", folder / "first.json")
    again = run_stage("evaluation.py", "-api", run, "--suite", "bfcl", "-out", folder / "second.json", "--compare",
                      folder / "first.json")
    assert "simple_python, 3 cases also in" in again.stdout and "cannot tell the two apart" in again.stdout


def test_a_comparison_says_what_it_cannot_compare(taken):
    run, folder = taken
    apart, older = folder / "apart.json", folder / "older.json"
    records = json.loads(run.read_text())
    apart.write_text(json.dumps(records[:3]))
    rest = folder / "rest.json"
    rest.write_text(json.dumps(records[3:]))
    score = ("evaluation.py", "-api", rest, "-out", folder / "third.json")
    run_stage("evaluation.py", "-api", apart, "--suite", "bfcl", "-out", apart.with_suffix(".results.json"))
    nothing = run_stage(*score, "--suite", "bfcl", "--compare", apart.with_suffix(".results.json"))
    assert nothing.returncode == 0 and "nothing to compare" in nothing.stdout
    by_rules = run_stage(*score, "--judge", "none")
    assert "--suite bfcl scores them" in by_rules.stderr
    by_checker = run_stage(*score[:-1], folder / "fourth.json", "--suite", "bfcl", "--compare", folder / "third.json")
    assert "nothing to compare" in by_checker.stdout, "verdicts by rules are not the checker's"
    found = json.loads((folder / "fourth.json").read_text())
    found["statistics"]["suite"]["version"] = "bfcl-eval 1.0"
    older.write_text(json.dumps(found))
    noted = run_stage(*score[:-1], folder / "fifth.json", "--suite", "bfcl", "--compare", older)
    assert "note: bfcl-eval 1.0 scored" in noted.stdout


def test_a_perfect_run_scores_all_and_an_empty_one_nothing_but_irrelevance(taken):
    from toolalpaca.suites.bfcl import Bfcl

    run, folder = taken
    records = json.loads(run.read_text())
    suite = Bfcl()
    cases = {case.id: case for name in ("simple_python", "irrelevance") for case in suite.cases(name)}
    shares = []
    for calls_of in (perfect, lambda case: []):
        for record in records:
            steps = [[[name, json.dumps(arguments), ""], "Status Code: 200. Response: {}"]
                     for name, arguments, _ in calls_of(cases[record["Suite"]["case"]])]
            record["Instances"] = [{"input": "x", "output": "done", "intermediate_steps": steps}]
        made, results = folder / "made.json", folder / "made_results.json"
        made.write_text(json.dumps(records))
        run_stage("evaluation.py", "-api", made, "--suite", "bfcl", "-out", results)
        found = json.loads(results.read_text())["statistics"]["categories"]
        shares.append({name: one["right"]["share"] for name, one in found.items()})
    assert shares == [{"simple_python": 1.0, "irrelevance": 1.0}, {"simple_python": 0.0, "irrelevance": 1.0}]


def test_what_is_wrong_is_said_in_one_line(tmp_path):
    other = tmp_path / "run.json"
    other.write_text(json.dumps([{"Name": "X", "Instructions": ["y"], "Instances": [{"input": "y", "output": "z"}]}]))
    score = ("evaluation.py", "-api", other, "-out", tmp_path / "r.json", "--suite")
    records = ("tool_maker/import_suite.py", "-api", tmp_path / "a.json", "--suite", "bfcl", "--categories")
    assert_usage_error(run_stage(*score, "bfcl"), "run.json", "not a case of bfcl")
    assert_usage_error(run_stage(*score, "none_such"), "none_such", "bfcl")
    assert_usage_error(run_stage(*records, "none_such"), "none_such", "simple_python")
