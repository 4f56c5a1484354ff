"""Whole stages under accident: twenty starts at once, a killed holder of the lock, too little memory."""

import json
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from chat_server import serve_chat
from servers import offline_model
from stage_command import ROOT, assert_usage_error, run_stage, stage_environment

from toolalpaca.llm.store import STORE_NAME, CallStore

STARTS = 20
RECORD = {"Name": "Lantern", "Description": "d", "Function_Description": {"f": "F.", "components": ""},
          "Function_Projection": {"f": ["/f", "get"]}, "Instructions": ["Light it."],
          "Instances": [{"input": "Light it.", "output": "Lit.", "Final Thought": "", "intermediate_steps": []}]}
FUNCTIONS = "1. Name: lightLantern\nDescription: Light it.\nInput: {}\nOutput: Light."


def write_list(folder: Path, count: int) -> Path:
    source = folder / "list.json"
    source.write_text(json.dumps([{"Name": f"Lantern {number}", "Description": "Paper", "Link": "https://x.example",
                                   "Category": "Home"} for number in range(count)]))
    return source


def start(source: Path, out: Path, url: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "tool_maker/get_elements.py", "-api", str(source), "-out", str(out)]
    environment = stage_environment(OPENAI_BASE_URL=url, OPENAI_DEFAULT_MODEL="offline")
    return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stderr=subprocess.PIPE)


@pytest.mark.slow
def test_of_twenty_starts_with_one_output_folder_one_works(tmp_path):
    """The endpoint holds its answers back until all the others have ended."""
    import requests

    source, out, open_gate = write_list(tmp_path, 3), tmp_path / "out", threading.Event()
    with offline_model(tmp_path / "model") as offline:
        def answer(request):
            assert open_gate.wait(200)
            sent = requests.post(f"{offline}/chat/completions", json=request, timeout=60)
            return sent.json()["choices"][0]["message"]["content"]

        with serve_chat(answer) as server:
            processes = [start(source, out, server.url) for _ in range(STARTS)]
            while len(ended := [one for one in processes if one.poll() is not None]) < STARTS - 1:
                time.sleep(0.1)
            [worker] = [one for one in processes if one not in ended]
            open_gate.set()
            assert worker.wait(100) == 0, worker.communicate()[1]
        for process in ended:
            [line] = process.communicate()[1].strip().splitlines()
            assert process.returncode == 2
            assert f"{out}: " in line and f"get_elements.py (process {worker.pid} on " in line
        whole = tmp_path / "whole"
        assert run_stage("tool_maker/get_elements.py", "-api", source, "-out", whole, url=offline).returncode == 0
    assert (out / "api_data.json").read_bytes() == (whole / "api_data.json").read_bytes()


def test_what_a_killed_stage_held_is_taken_over(tmp_path):
    source, out = write_list(tmp_path, 1), tmp_path / "out"
    asked, killed = threading.Event(), threading.Event()

    def answer(request):
        asked.set()
        assert killed.wait(60)
        return FUNCTIONS

    with serve_chat(answer) as server:
        holder = start(source, out, server.url)
        assert asked.wait(60)
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
        assert (out / ".in_use").exists()
        killed.set()
        heir = run_stage("tool_maker/get_elements.py", "-api", source, "-out", out, url=server.url)
    assert "is writing to this folder" not in heir.stderr and json.loads((out / "api_data.json").read_text())
    assert not list(out.glob(".*"))


def with_little_memory(megabytes: int, *command: object) -> "subprocess.CompletedProcess[str]":
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    return subprocess.run([sys.executable, *map(str, command)], cwd=ROOT, preexec_fn=limit, text=True,
                          env=stage_environment(OPENAI_BASE_URL="http://127.0.0.1:9/v1"), capture_output=True,
                          timeout=120, check=False)


@pytest.mark.parametrize(("workers", "advice"), [(16, "raise the limit (ulimit -v)"), (100, "or use --num_workers ")])
def test_too_little_memory_for_the_workers_is_said_at_once(tmp_path, workers, advice):
    result = with_little_memory(400 if workers == 16 else 800, "tool_maker/get_elements.py", "-api",
                                write_list(tmp_path, 1), "-out", tmp_path / "out", "--num_workers", workers)
    assert result.returncode == 2 and len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "MB of address space" in result.stderr and advice in result.stderr


def test_a_damaged_store_and_little_memory_are_one_line(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    store = CallStore(out)
    for number in range(500):
        store.put(f"k{number}", stage="get_elements", record="r", value={"a": "x" * 500})
    store.close()
    damaged = bytearray((out / STORE_NAME).read_bytes())
    damaged[4096:] = bytes(255 - byte for byte in damaged[4096:])
    (out / STORE_NAME).write_bytes(damaged)
    result = with_little_memory(480, "tool_maker/get_elements.py", "-api", write_list(tmp_path, 1), "-out", out,
                                "--num_workers", 1)
    assert result.returncode in (2, 3) and len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert STORE_NAME in result.stderr and "move it away" in result.stderr


EATER = """
import resource, sys
from toolalpaca.core.cli import run_main
from toolalpaca.runner.executor import Workers
def main():
    room = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize() + (400 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    list(Workers(2).run(range(4), lambda item: bytes(500 << 20)))
run_main(main)
"""


def test_memory_that_runs_out_in_a_worker_ends_the_stage_in_one_line():
    result = run_stage("-c", EATER)
    assert result.returncode == 2 and len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "out of memory" in result.stderr and "fewer --num_workers" in result.stderr


@pytest.mark.parametrize("script", ["build_dataset.py", "evaluation.py"])
@pytest.mark.parametrize("out", ["records.json", "link.json", "sub/../records.json"])
def test_what_a_stage_reads_is_not_replaced_by_something_else(tmp_path, script, out):
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.json").symlink_to("records.json")
    before = json.dumps([RECORD])
    (tmp_path / "records.json").write_text(before)
    flags = ["--judge", "none"] if script == "evaluation.py" else []
    assert_usage_error(run_stage(script, "-api", tmp_path / "records.json", "-out", tmp_path / out, *flags),
                       "is the file that is read")
    assert (tmp_path / "records.json").read_text() == before


@pytest.mark.parametrize("script", ["build_dataset.py", "evaluation.py", "instance_generation/verification.py"])
@pytest.mark.parametrize("flag", ["-api", "-out"])
def test_a_path_that_no_system_takes_is_one_line(tmp_path, script, flag):
    (tmp_path / "records.json").write_text(json.dumps([RECORD]))
    paths = {"-api": tmp_path / "records.json", "-out": tmp_path / "out.json"} | {flag: tmp_path / f"{'a' * 300}.json"}
    flags = ["--judge", "none"] if script == "evaluation.py" else []
    assert_usage_error(run_stage(script, *(part for pair in paths.items() for part in pair), *flags), "aaa")
