"""report.py from its command line: what it writes, what it leaves out, what it refuses."""

import json
import re

import pytest
from report_runs import HOSTILE, small_evaluation, small_run, written
from stage_command import assert_usage_error, run_stage


@pytest.fixture
def run_file(tmp_path):
    return written(tmp_path / "run.json", small_run())


def embedded(page):
    return json.loads(re.search(r'<script id="data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])


def test_writes_one_page_and_the_plots(run_file, tmp_path):
    evaluation = written(tmp_path / "eval.json", small_evaluation(small_run()))
    other = small_evaluation(small_run())
    other["Lantern"][1]["process_correctness"] = "Yes"
    (tmp_path / "run_log.jsonl").write_text(json.dumps({"stage": "generation", "made": 4, "failed": 1, "calls": 12,
                                                        "failed_by_reason": {"step_limit": 1}, "cost": 0.125}) + "\n")
    model = tmp_path / "model"
    written(model / "trainer_state.json", {"log_history": [{"step": 1, "loss": 2.5}, {"step": 2, "loss": 1.5}]})
    result = run_stage("report.py", "-api", run_file, "-eval", evaluation, written(tmp_path / "other.json", other),
                       "-model", model, "-out", tmp_path / "report")
    assert result.returncode == 0, result.stderr
    assert "5 instances of 2 APIs" in result.stderr
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    for part in ("corpus", "diversity", "verification", "failures", "cost", "evaluation", "comparison", "training"):
        assert f'id="{part}"' in page
    assert "0.1250" in page
    assert "this set cannot tell the two apart" in page
    assert "process: 66.7 % against 33.3 %" in page
    assert {path.name for path in (tmp_path / "report" / "plots").iterdir()} >= {
        "calls.png", "instruction_lengths.png", "categories.png", "verbs_nouns.png", "verification_1.png",
        "evaluation.png", "loss.png"}


def test_nothing_is_fetched_and_all_texts_are_escaped(run_file, tmp_path):
    run_stage("report.py", "-api", run_file, "-out", tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<(link|img|iframe)\b|\bsrc=|@import|url\((?!#)", re.sub(
        r'<script id="data".*?</script>', "", page, flags=re.DOTALL))
    assert page.count("<script") == page.count("</script>") == 2
    assert "Lamp / Light & <b>" not in page
    assert embedded(page)["instances"][3]["q"] == HOSTILE


def test_parts_that_nothing_is_known_of_are_left_out(tmp_path):
    records = [{"Name": "Lantern", "Instances": [{"input": "Find one", "output": "Done."}]}]
    result = run_stage("report.py", "-api", written(tmp_path / "run.json", records), "-out", tmp_path / "report")
    assert result.returncode == 0, result.stderr
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    for part in ("verification", "failures", "cost", "evaluation", "training"):
        assert f'id="{part}"' not in page


def test_the_same_input_makes_the_same_page(run_file, tmp_path):
    pages = []
    for _ in range(2):
        run_stage("report.py", "-api", run_file, "-out", tmp_path / "report", PYTHONHASHSEED=str(len(pages)))
        pages.append((tmp_path / "report" / "index.html").read_bytes())
    assert pages[0] == pages[1]


def test_golden_answers_may_come_from_another_file(run_file, tmp_path):
    records = small_run()
    gold = [{"Name": "Lantern", "Instructions": records[0]["Instructions"],
             "Golden_Answers": [[{"Action": "list", "Action_Input": "{}"}]] * 3}]
    result = run_stage("report.py", "-api", run_file, "-gold", written(tmp_path / "gold.json", gold), "-out",
                       tmp_path / "report")
    assert result.returncode == 0, result.stderr
    data = embedded((tmp_path / "report" / "index.html").read_text(encoding="utf-8"))
    assert data["instances"][0]["g"]["golden"][0]["f"] == "list"
    gold[0]["Instructions"] = ["Something else"]
    result = run_stage("report.py", "-api", run_file, "-gold", written(tmp_path / "gold.json", gold), "-out",
                       tmp_path / "report")
    assert_usage_error(result, "gold.json", "same Instructions")


def test_two_runs_of_the_same_name_are_told_apart(tmp_path):
    files = [written(tmp_path / name / "run.json", small_run()) for name in ("first", "second")]
    result = run_stage("report.py", "-api", *files, "-out", tmp_path / "report")
    assert result.returncode == 0, result.stderr
    data = embedded((tmp_path / "report" / "index.html").read_text(encoding="utf-8"))
    assert data["runs"] == ["first/run", "second/run"]
    assert len(data["instances"]) == 10


@pytest.mark.parametrize(("flags", "words"), [
    (["-api", "{no}/run.json"], ["run.json", "no such file"]),
    (["-api", "{run}", "-eval", "{run}"], ["run.json", "no results"]),
    (["-api", "{run}", "-model", "{no}"], ["trainer_state.json", "no such file"]),
    (["-api", "{bare}"], ["bare.json", "no record has Instances"]),
])
def test_bad_input_is_one_line(run_file, tmp_path, flags, words):
    bare = written(tmp_path / "bare.json", [{"Name": "Lantern"}])
    given = [flag.format(run=run_file, no=tmp_path / "missing", bare=bare) for flag in flags]
    assert_usage_error(run_stage("report.py", *given, "-out", tmp_path / "report"), *words)
    assert not (tmp_path / "report").exists()
