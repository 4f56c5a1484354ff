"""A scorer is one entry in a tuple, and stored runs are scored again without a model."""

import json
import re
from pathlib import Path

import pytest
from evaluation_cases import RECORD, golden, step
from suite_solutions import perfect

import evaluation
from toolalpaca.core.errors import UsageError
from toolalpaca.evaluation import scorers
from toolalpaca.evaluation.scorers.scorer import Score, ScorerFigure
from toolalpaca.evaluation.statistics import wilson
from toolalpaca.report.evaluations import evaluation_figures
from toolalpaca.report.inputs import Evaluation
from toolalpaca.suites import suite_records
from toolalpaca.suites.bfcl import Bfcl

ASK = "Tell me about lantern A-1."
DOCS = Path(__file__).resolve().parents[3] / "docs"


class PoliteScorer:
    name = "polite"

    def score(self, subject):
        return Score({"polite": "please" in subject.case.answer}, "rude", ["polite: no please"])

    def statistics(self, scores):
        return {"polite": wilson(sum(one["polite"] for one in scores), len(scores))}

    def figures(self, statistics):
        if "polite" in statistics:
            yield ScorerFigure("polite answers", statistics["polite"])
            yield ScorerFigure("most polite word", "please")


@pytest.fixture
def run(tmp_path):
    solved = {"input": ASK, "output": "Here it is, please.", "intermediate_steps": [step("getLantern", {"id": "A-1"})]}
    other = {**solved, "intermediate_steps": [step("getLantern", {"id": "A-2"})]}
    path = tmp_path / "run.json"
    path.write_text(json.dumps([{**RECORD, "Instructions": [ASK] * 2, "Instances": [solved, other],
                                 "Golden_Answers": [[golden("getLantern", {"id": "A-1"})]] * 2}]))
    return path


def evaluate(run, out, *flags):
    assert evaluation.main(["-api", str(run), "-out", str(out), *map(str, flags)]) == 0
    return json.loads(out.read_text())


def judged(scored, path):
    """The results of an older version: a judge's verdicts, and scores under their old names."""
    for entry in scored["Lanterns"]:
        entry |= {"process_correctness": "Yes", "final_response_correctness": "Yes", "judgement": "All is well."}
        counts = entry["scores"]["counts"]
        counts["surplus"] = counts.pop("extra")
    scored["run"] = {"settings": {"verdicts_of": "judge", "judge": {"model": "big"}, "votes": 1}}
    path.write_text(json.dumps(scored))
    return path


def test_a_new_scorer_is_in_results_table_and_report(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(scorers, "SCORERS", (*scorers.SCORERS, PoliteScorer()))
    results = evaluate(run, tmp_path / "out.json", "--judge", "none")
    assert [entry["scores"]["polite"] for entry in results["Lanterns"]] == [True, True]
    assert [entry["scores"]["error_class"] for entry in results["Lanterns"]] == ["rude", "wrong_argument"]
    assert results["statistics"]["polite"]["count"] == 2
    assert results["run"]["versions"]["scorers"] == scorers.VERSION
    table = capsys.readouterr().out
    assert "polite answers" in table and re.search("most polite word +please\n", table)
    page = evaluation_figures(Evaluation("out", tmp_path / "out.json", results))
    assert page.plotted["polite answers"] == results["statistics"]["polite"]


def test_two_scorers_may_not_write_the_same_field(run, tmp_path, monkeypatch):
    monkeypatch.setattr(scorers, "SCORERS", (*scorers.SCORERS, PoliteScorer(), PoliteScorer()))
    with pytest.raises(ValueError, match="'polite' uses"):
        evaluate(run, tmp_path / "out.json", "--judge", "none")


def test_stored_verdicts_of_a_judge_are_kept_and_scored_again(run, tmp_path, capsys):
    before = judged(evaluate(run, tmp_path / "first.json", "--judge", "none"), tmp_path / "judged.json")
    results = evaluate(run, tmp_path / "again.json", "--again", before)
    assert [entry["judgement"] for entry in results["Lanterns"]] == ["All is well."] * 2
    assert results["statistics"]["process"]["Yes"] == 2
    assert [entry["scores"]["process"] for entry in results["Lanterns"]] == ["Yes", "No"]
    assert results["Lanterns"][0]["scores"]["counts"]["extra"] == 0
    assert results["run"]["settings"]["judge"] == {"model": "big"}
    assert results["run"]["versions"]["scorers"] == scorers.VERSION
    assert results["statistics"]["scorer_rates"]["process"]["count"] == 1
    assert "process right by the scorers" in capsys.readouterr().out


def test_the_report_lists_where_judge_and_scorer_differ(run, tmp_path):
    scored = evaluate(run, tmp_path / "first.json", "--judge", "none")
    assert not evaluation_figures(Evaluation("a", run, scored)).differences
    before = judged(scored, tmp_path / "judged.json")
    page = evaluation_figures(Evaluation("b", before, evaluate(run, tmp_path / "again.json", "--again", before)))
    first = page.differences[0]
    assert (first.case, first.question, first.judge, first.scorer) == ("Lanterns [1]", "process", "Yes", "No")
    assert "'A-2'" in first.found[0] and first.judgement == "All is well."
    assert "process right by the scorers" in [one.label for one in page.figures]
    assert "process right by the scorers" in page.plotted and "process right" in page.plotted
    assert evaluation_figures(Evaluation("old", before, json.loads(before.read_text()))).differences == page.differences


def test_results_of_rules_are_scored_again_and_another_run_is_refused(run, tmp_path):
    first = evaluate(run, tmp_path / "first.json", "--judge", "none")
    assert evaluate(run, tmp_path / "again.json", "--again", tmp_path / "first.json")["Lanterns"] == first["Lanterns"]
    before = judged(first, tmp_path / "judged.json")
    records = json.loads(run.read_text())
    records[0]["Instances"][1]["output"] = "Another."
    run.write_text(json.dumps(records))
    for earlier in (tmp_path / "first.json", before):
        with pytest.raises(UsageError, match=r"no verdict on the solution of Lanterns \[1\]"):
            evaluate(run, tmp_path / "third.json", "--again", earlier)
    with pytest.raises(SystemExit):
        evaluation.parse_args(["-api", str(run), "--again", str(before), "--dry_run"])


@pytest.mark.parametrize("by_judge", [True, False])
def test_what_an_older_version_said_otherwise_is_told(run, tmp_path, capsys, by_judge):
    old = evaluate(run, tmp_path / "first.json", "--judge", "none")
    old["Lanterns"][1]["scores"] |= {"process": "Yes", "response": "Uncertain"}
    old["run"]["versions"]["scorers"] = 2
    versions = old["run"]["versions"]
    (tmp_path / "old.json").write_text(json.dumps(old))
    if by_judge:
        judged(old, tmp_path / "old.json")
        versions = None
    capsys.readouterr()
    found = evaluate(run, tmp_path / "again.json", "--again", tmp_path / "old.json")["statistics"]["again"]
    assert found == {"versions": [versions and 2, scorers.VERSION], "verdicts": found["verdicts"], "changed": {
        "process": {"Yes to No": ["Lanterns [1]"]}, "response": {"Uncertain to No": ["Lanterns [1]"]}}}
    told = capsys.readouterr().out
    assert f"version {versions and 2 or 'unknown'} before, {scorers.VERSION} now; 2 of {found['verdicts']}" in told
    assert "process: 1 from Yes to No (Lanterns [1])" in told


def test_the_same_rules_change_nothing(run, tmp_path, capsys):
    evaluate(run, tmp_path / "first.json", "--judge", "none")
    evaluate(run, tmp_path / "again.json", "--again", tmp_path / "first.json")
    assert "none of" in capsys.readouterr().out.splitlines()[-1]


def test_results_of_a_published_test_are_scored_again_by_its_checker(tmp_path, capsys):
    pytest.importorskip("bfcl_eval", reason="needs requirements-suites.txt")
    suite = Bfcl()
    cases = suite.cases("simple_python")[:2]
    records = [{**record, "Instances": [{"input": record["Instructions"][0], "output": "Done.", "intermediate_steps": [
        step(call.function, call.arguments) for call in perfect(case)]}]}
        for record, case in zip(suite_records(suite, cases), cases, strict=True)]
    run = tmp_path / "run.json"
    run.write_text(json.dumps(records))
    old = evaluate(run, tmp_path / "first.json", "--suite", "bfcl")
    name = records[0]["Name"]
    old[name][0]["suite_verdict"], old["statistics"]["suite"]["version"] = "value_error", "bfcl-eval 1"
    (tmp_path / "old.json").write_text(json.dumps(old))
    found = evaluate(run, tmp_path / "again.json", "--again", tmp_path / "old.json")["statistics"]
    assert found["must_call"]["right"]["count"] == 2
    assert found["again"]["changed"] == {"checker": {"value_error to right": [f"{name} [0]"]}}
    assert found["again"]["versions"] == ["bfcl-eval 1", suite.version()]
    assert "value_error to right" in capsys.readouterr().out


def test_each_scorer_has_its_section_in_the_guide():
    text = (DOCS / "scoring.md").read_text(encoding="utf-8")
    assert all(f"\n## {scorer.name.replace('_', ' ').capitalize()}" in text for scorer in scorers.SCORERS)
