"""A faulty endpoint costs time and nothing else: every record is made or accounted for, and the files are the same."""

import json
from pathlib import Path

import pytest
from servers import offline_model, simulator
from stage_command import ROOT, run_stage

PASSING = "429=0.1,500=0.05,drop=0.02,hang=0.01"
FLAGS = ("--timeout", "2", "--max_retries", "8")
SEED = ("--seed", "0")  # fixes the time that stage 6 tells the simulator: the same requests meet the same faults


def run_stages(folder: Path, apis: int, faults: str) -> dict[str, dict]:
    """Stages 2, 3, 4, 6 and 9 on the first sample APIs; the last log entry of each stage that calls a model."""
    folder.mkdir()
    records = json.loads((ROOT / "data" / "public_apis_sample.json").read_text())[:apis]
    (folder / "public_apis.json").write_text(json.dumps(records))
    faulty = ("--fault", faults, "--hang_seconds", "6") if faults else ()
    with offline_model(folder / "offline", *faulty) as url:
        def stage(script: str, api: str, *flags: str) -> None:
            done = run_stage(script, "-api", folder / api, "-out", folder, *flags, *FLAGS, url=url)
            assert done.returncode == 0, done.stderr

        stage("tool_maker/get_elements.py", "public_apis.json")
        run_stage("tool_maker/natural_language_documentation.py", "-api", folder / "api_data.json")
        stage("instance_generation/instruction.py", "api_data.json")
        with simulator(folder / "simulator", folder / "api_data.json", url, *FLAGS) as server:
            stage("instance_generation/generation.py", "api_data.json", "--server_url", server, *SEED)
        stage("evaluation.py", f"api_data_0_{apis}.json")
    lines = (folder / "run_log.jsonl").read_text().splitlines()
    return {entry["stage"]: entry for entry in map(json.loads, lines)}


def check_passing_faults(tmp_path: Path, apis: int) -> None:
    run_stages(tmp_path / "good", apis, "")
    logs = run_stages(tmp_path / "faulty", apis, PASSING)
    assert all(log["failed"] == 0 for log in logs.values())
    assert {"rate_limit", "http_5xx", "connection"} <= {
        reason for log in logs.values() for reason in log.get("retries", {})}
    for name in ("api_data.json", f"api_data_0_{apis}.json"):
        assert (tmp_path / "good" / name).read_bytes() == (tmp_path / "faulty" / name).read_bytes()
    verdicts = [json.loads((tmp_path / kind / "evaluation.json").read_text()) for kind in ("good", "faulty")]
    assert verdicts[0]["statistics"] == verdicts[1]["statistics"]


def check_malformed(tmp_path: Path, apis: int) -> None:
    logs = run_stages(tmp_path / "run", apis, PASSING + ",malformed=0.1")
    records = json.loads((tmp_path / "run" / f"api_data_0_{apis}.json").read_text())
    assert len(records) == apis
    for record in records:
        if record.get("Documentation") is None or not record.get("Instructions"):
            assert record["Errors"]
        assert len(record.get("Instances", [])) == len(record.get("Instructions", []))
        for instance in record.get("Instances", []):
            assert "error" in instance or instance["output"]
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert evaluation["statistics"]["num"] == sum(len(record["Instructions"]) for record in records)
    assert logs["generation"]["made"] >= 9 * apis


def test_passing_faults_leave_no_trace(tmp_path):
    check_passing_faults(tmp_path, apis=4)


def test_malformed_answers_are_made_good_or_accounted_for(tmp_path):
    check_malformed(tmp_path, apis=4)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_faults_over_forty_apis(tmp_path):
    check_passing_faults(tmp_path, apis=40)
    check_malformed(tmp_path, apis=40)
