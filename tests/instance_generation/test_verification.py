"""The verification from its command line, and how many planted errors it finds in a corpus made for the purpose."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from agent_fakes import RECORD
from chat_server import serve_chat
from planting import PLANTERS, planted
from servers import offline_model, simulator
from stage_command import assert_usage_error, run_stage

from toolalpaca.verification.contract import Contract
from toolalpaca.verification.verification_stage import findings, findings_of

SCRIPT = "instance_generation/verification.py"
LOG = 'I look.\nAction: getWeather\nAction Input: {"city": "Paris"}'
GOOD = {"input": "How warm is it in Paris?", "output": "It is 21 degrees.", "Final Thought": "", "intermediate_steps": [
    [["getWeather", '{"city": "Paris"}', LOG], 'Status Code: 200. Response: {"temp": 21}']]}
BAD = {**GOOD, "output": "It is 35 degrees."}
FAILED = {"input": "x", "error": "step_limit: no final answer after 10 steps"}


def write_run(path: Path, *instances: dict) -> Path:
    path.write_text(json.dumps([{**RECORD, "Instances": list(instances), "Extra": 1}, {"Name": "Empty"}]))
    return path


def verifications(path: Path) -> list[dict[str, Any]]:
    return [instance["Verification"] for instance in json.loads(path.read_text())[0]["Instances"]]


def test_each_instance_gets_its_verification_and_a_table_is_printed(tmp_path: Path) -> None:
    run, out = write_run(tmp_path / "run.json", GOOD, BAD, FAILED), tmp_path / "new" / "verified.json"
    result = run_stage(SCRIPT, "-api", run, "-out", out)
    assert result.returncode == 0, result.stderr
    good, bad, failed = verifications(out)
    assert good == {"passed": True, "reasons": [], "format": True, "execution": True, "semantics": True, "judge": None}
    assert bad["passed"] is False and bad["reasons"] == ["unsupported_answer: '35'"]
    assert failed["reasons"] == ["no_instance: step_limit: no final answer after 10 steps"]
    assert "1 of 3 instances pass (33.3 %)" in result.stdout
    assert "the final answer states what no observation shows" in result.stdout
    record, empty = json.loads(out.read_text())
    assert record["Extra"] == 1 and record["Instances"][0]["output"] == GOOD["output"] and empty == {"Name": "Empty"}
    log = json.loads((out.parent / "run_log.jsonl").read_text())
    assert (log["stage"], log["made"], log["failed"]) == ("verification", 1, 2)


def test_it_can_write_over_its_input(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run.json", GOOD)
    assert run_stage(SCRIPT, "-api", run, "-out", run).returncode == 0
    assert verifications(run)[0]["passed"]


def test_exit_code_1_when_nothing_passes(tmp_path: Path) -> None:
    assert run_stage(SCRIPT, "-api", write_run(tmp_path / "run.json", BAD), "-out", tmp_path / "v.json").returncode == 1


def test_the_judge_reads_what_passed(tmp_path: Path) -> None:
    def judge(request: dict[str, Any]) -> str:
        prompt = request["messages"][0]["content"]
        assert "35 degrees" not in prompt and "(none given)" in prompt
        return f"Process Correctness: Yes\nFinal Response Correctness: {'No' if 'Oslo' in prompt else 'Yes'}"

    oslo = json.loads(json.dumps(GOOD).replace("Paris", "Oslo"))
    run = write_run(tmp_path / "run.json", GOOD, BAD, oslo)
    with serve_chat(judge) as chat:
        result = run_stage(SCRIPT, "-api", run, "-out", tmp_path / "v.json", "--with_judge", url=chat.url)
        assert result.returncode == 0, result.stderr
        assert len(chat.requests) == 2
        good, bad, doubted = verifications(tmp_path / "v.json")
        assert (good["passed"], good["judge"], bad["judge"]) == (True, True, None)
        assert doubted["reasons"] == ["judge_response: the verdict is No"]
        run_stage(SCRIPT, "-api", run, "-out", tmp_path / "v.json", "--with_judge", url=chat.url)
        assert len(chat.requests) == 2


def test_the_judge_decides_on_appeal(tmp_path: Path) -> None:
    """Not about what cannot be read or was never called; the reasons that it does not share are kept apart."""
    paris = json.loads(json.dumps(BAD).replace("35", "36"))
    unasked = {**GOOD, "intermediate_steps": []}
    run = write_run(tmp_path / "run.json", GOOD, BAD, paris, unasked)

    def judge(request: dict[str, Any]) -> str:
        verdict = "No" if "36" in request["messages"][0]["content"] else "Yes"
        return f"Process Correctness: Yes\nFinal Response Correctness: {verdict}"

    with serve_chat(judge) as chat:
        result = run_stage(SCRIPT, "-api", run, "-out", tmp_path / "v.json", "--with_judge", "--appeal", url=chat.url)
    assert result.returncode == 0, result.stderr
    assert len(chat.requests) == 3
    good, appealed, refused, uncalled = verifications(tmp_path / "v.json")
    assert good["passed"] and "overruled" not in good
    assert appealed["passed"] and appealed["semantics"] and appealed["reasons"] == []
    assert appealed["overruled"] == ["unsupported_answer: '35'"]
    assert refused["reasons"] == ["unsupported_answer: '36'", "judge_response: the verdict is No"]
    assert not uncalled["passed"] and uncalled["judge"] is None
    assert "2 of 4 instances pass (50.0 %)\n1 of them by the judge's word against the rules\n" in result.stdout
    assert_usage_error(run_stage(SCRIPT, "-api", run, "-out", tmp_path / "v.json", "--appeal"), "--with_judge")


@pytest.mark.parametrize(("content", "words"), [
    (None, ["no such file"]), ("[{}]", ["Name"]), ('[{"Name": "x"}]', ["no record has Instances", "generation.py"])])
def test_bad_input_is_one_line(tmp_path: Path, content: str | None, words: list[str]) -> None:
    path = tmp_path / "run.json"
    if content:
        path.write_text(content)
    assert_usage_error(run_stage(SCRIPT, "-api", path, "-out", tmp_path / "v.json"), *words)
    assert not (tmp_path / "v.json").exists()


def test_a_folder_as_output_is_one_line(tmp_path: Path) -> None:
    result = run_stage(SCRIPT, "-api", write_run(tmp_path / "run.json", GOOD), "-out", tmp_path)
    assert_usage_error(result, "is a folder")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> list[dict]:
    """Twenty APIs with ten instances each, made by the stages with the offline model."""
    folder = tmp_path_factory.mktemp("corpus")
    sample = json.loads((Path(__file__).resolve().parents[2] / "data" / "public_apis_sample.json").read_text())
    (folder / "apis.json").write_text(json.dumps(sample[::2][:20]))
    data = folder / "api_data.json"
    with offline_model(folder) as url:
        for command in (["tool_maker/get_elements.py", "-api", folder / "apis.json", "-out", folder],
                        ["tool_maker/natural_language_documentation.py", "-api", data],
                        ["instance_generation/instruction.py", "-api", data, "-out", folder]):
            assert run_stage(*command, url=url).returncode == 0
        with simulator(folder, data, url) as server:
            result = run_stage("instance_generation/generation.py", "-api", data, "-out", folder, "--server_url",
                               server, "--seed", "1", url=url)
            assert result.returncode == 0, result.stderr
    return json.loads((folder / "api_data_0_20.json").read_text())


@pytest.fixture(scope="module")
def good(corpus: list[dict]) -> list[tuple[dict, dict]]:
    """The instances that pass, each with its record."""
    return [(record, instance) for record in corpus
            for instance, found in zip(record["Instances"], findings_of(record), strict=True) if not found.reasons]


def test_good_instances_pass(corpus: list[dict], good: list[tuple[dict, dict]]) -> None:
    made = sum(len(record["Instances"]) for record in corpus)
    assert 195 <= made <= 200  # of two instructions that say the same, one is left out
    assert len(good) >= 0.98 * made


@pytest.mark.parametrize("kind", PLANTERS)
def test_planted_errors_are_found(good: list[tuple[dict, dict]], kind: str) -> None:
    roll = random.Random(7)
    caught, missed = 0, []
    for record, instance in good:
        changed = planted(kind, record, instance, roll, record["Instances"])
        if changed is not None:
            if findings(changed, Contract(record)).reasons:
                caught += 1
            else:
                missed.append(changed["output"])
    assert caught + len(missed) >= 150
    assert caught >= 0.95 * (caught + len(missed)), missed
