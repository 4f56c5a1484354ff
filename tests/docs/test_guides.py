"""The guides are true: their commands run, one after the other, and their changes to the code apply and work.

The offline model stands in for the endpoint and for vLLM. Each guide runs in a copy of the repository.
"""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from servers import offline_model
from stage_command import ROOT, TIMEOUT, run_stage, stage_environment

GUIDES = sorted((ROOT / "docs").glob("*.md"))
CORPUS = "corpus-with-a-key"
PATIENCE = {"reinforcement-learning": 880}  # seconds for a guide that takes long on a busy machine
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "runs", ".*_cache", ".hypothesis", "*.png")
BLOCK = re.compile(r"^```(bash server|bash|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVER = """
( {command} ) >>server.log 2>&1 &
servers+=($!)
for _ in $(seq 300); do (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && break; sleep 0.2; done
"""
START = """set -euo pipefail
servers=()
trap '[ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true' EXIT
"""


def guide(name):
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def script_of(name):
    """The guide's commands as one bash script; servers run next to it, on ports that are free here."""
    text = guide(name).replace("Qwen/Qwen3-32B", "offline")  # the one model that stands in for all
    ports = {port: free_port() for port in re.findall(r"--port (\d+)", text)}
    for port, free in ports.items():
        text = text.replace(port, free)
    script = START
    for kind, body in BLOCK.findall(text):
        if kind == "bash server":
            port = re.search(r"--port (\d+)", body)[1]
            script += SERVER.format(command=body.strip().replace("python ", "exec python ", 1), port=port)
        elif kind == "bash":
            script += body.replace("generation.py ", f"generation.py --server_url http://127.0.0.1:{ports['5678']} "
                                   ) if "5678" in ports else body
    return script


def apply(folder, diff):
    """Make a change as a person would who reads the diff: each hunk's old lines have to be there once."""
    path = folder / re.search(r"^\+\+\+ b/(\S+)$", diff, re.MULTILINE)[1]
    text = path.read_text(encoding="utf-8")
    for hunk in re.split(r"^@@\n", diff, flags=re.MULTILINE)[1:]:
        lines = hunk.splitlines()
        old = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
        assert text.count(old) == 1, f"{path.name} no longer has:\n{old}"
        text = text.replace(old, "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-")))
    path.write_text(text, encoding="utf-8")


def follow(name, folder, url):
    """Make the guide's changes and run its commands in `folder`."""
    for kind, body in BLOCK.findall(guide(name)):
        if kind == "diff":
            apply(folder, body)
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "vllm").write_text('#!/bin/sh\nexec python -m offline_llm --port "$4"\n')  # vllm serve MODEL --port N
    (tools / "vllm").chmod(0o755)
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = stage_environment(PATH=path, OPENAI_BASE_URL=url, OPENAI_DEFAULT_MODEL="offline",
                                    TOKENIZERS_PARALLELISM="false")
    done = subprocess.run(["bash", "-c", script_of(name)], cwd=folder, env=environment, capture_output=True, text=True,
                          timeout=PATIENCE.get(name, TIMEOUT), check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def copy_of(source, folder):
    return Path(shutil.copytree(source, folder, ignore=LEFT_OUT if source == ROOT else None, symlinks=True))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    with offline_model(tmp_path_factory.mktemp("model")) as url:
        yield url


@pytest.fixture(scope="module")
def corpus(tmp_path_factory, model):
    """A copy of the repository in which the first guide was followed."""
    folder = copy_of(ROOT, tmp_path_factory.mktemp("first") / "repository")
    follow(CORPUS, folder, model)
    return folder


def test_a_corpus_with_a_key(corpus):
    made = {path.name for path in (corpus / "runs" / "first").iterdir()}
    assert {"api_data_0_3.json", "verified.json", "sft_data.json", "report"} <= made


@pytest.mark.parametrize(("name", "made"), [
    ("servers", "runs/servers/api_data_0_3.json"),
    ("corpus-with-vllm", "runs/vllm/api_data.json"), ("own-openapi-documents", "runs/own/api_data.json"),
    pytest.param("mcp", "runs/mcp/api_data_0_1.json", marks=pytest.mark.skipif(
        find_spec("mcp") is None, reason="mcp is missing; pip install -r requirements-mcp.txt")),
    pytest.param("reinforcement-learning", "runs/rl/model/config.json", marks=[
        pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.skipif(
        find_spec("trl") is None, reason="trl is missing; pip install -r requirements-rl.txt")]),
    ("shards", "runs/shards/sft_eval/part-00000.parquet"), ("scaling", "runs/ray/api_data.json"),
    pytest.param("corpus-without-a-key", "runs/offline/model/config.json", marks=pytest.mark.slow),
    pytest.param("evaluate-a-model", "runs/test/report/index.html", marks=pytest.mark.slow)])
def test_a_guide_that_stands_alone(name, made, tmp_path, model):
    folder = copy_of(ROOT, tmp_path / "repository")
    follow(name, folder, model)
    assert (folder / made).exists()


@pytest.mark.parametrize(("name", "said"), [
    pytest.param("simulator", '"openapi": "/Larder/openapi.json"', marks=pytest.mark.skipif(
        not shutil.which("curl"), reason="curl is missing; on Debian: apt-get install -y curl")),
    ("look-at-the-data", ""), ("publish-a-corpus", ""), ("harder-examples", ""),
    ("scoring", "golden calls, no findings"), ("add-a-prompt-form", "passed"),
    ("add-a-tool", "getDayOfWeek: Tell the day")])
def test_a_guide_that_goes_on_from_the_first(name, said, tmp_path, corpus, model):
    assert said in follow(name, copy_of(corpus, tmp_path / "repository"), model)


def commands(text):
    """The commands in a page's blocks that run one of our scripts, without those that are shortened by dots."""
    lines = "\n".join(body for kind, body in BLOCK.findall(text) if kind != "diff").replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if re.search(r"\b\w+\.py\b", line) and "..." not in line
            and re.match(r"python |deepspeed |torchrun ", line)]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_commands_use_flags_that_the_scripts_have(page):
    for command in commands(page.read_text(encoding="utf-8")):
        place = next(index for index, word in enumerate(command) if word.endswith(".py"))
        shown = run_stage(command[place], "--help").stdout
        for flag in (word for word in command[place + 1:] if re.match(r"--?[a-zA-Z]", word)):
            assert re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", shown), f"{command[place]} has no {flag}"


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_links_lead_somewhere_and_the_index_has_every_page(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (page.parent / link).exists(), link
    assert page.stem == "README" or f"({page.name})" in guide("README")
