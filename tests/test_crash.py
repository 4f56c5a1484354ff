"""A stage that is killed goes on where it was: the same file in the end, and only calls in flight made twice."""

import json
import os
import random
import shlex
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from servers import counting, offline_model, simulator
from stage_command import ROOT, TIMEOUT, run_stage, start_stage

WORKERS = 8
MCP_SERVER = """
from mcp.server import MCPServer
server = MCPServer("Harbour")
for number in range(200):
    server.tool(name=f"sail_{number}")(lambda place="Oban": place)
server.run()
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Inputs of every stage, made once with the offline model: {stage: (command, output)} by a folder."""
    folder = tmp_path_factory.mktemp("corpus")
    records = json.loads((ROOT / "data" / "public_apis_sample.json").read_text())[:5]
    (folder / "public_apis.json").write_text(json.dumps(records))
    with offline_model(folder / "offline") as url:
        run_stage("tool_maker/get_elements.py", "-api", folder / "public_apis.json", "-out", folder, url=url)
        run_stage("tool_maker/natural_language_documentation.py", "-api", folder / "api_data.json")
        run_stage("instance_generation/instruction.py", "-api", folder / "api_data.json", "-out", folder, "--per_api",
                  "4", url=url)
        with simulator(folder / "simulator", folder / "api_data.json", url) as server:
            done = run_stage("instance_generation/generation.py", "-api", folder / "api_data.json", "-out", folder,
                             "--server_url", server, url=url)
            assert done.returncode == 0, done.stderr
            traces = folder / "api_data_0_5.json"
            done = run_stage("evaluation.py", "-api", traces, "-out", folder / "scored.json", "--judge", "none")
            assert done.returncode == 0, done.stderr
            yield folder, url, server


def commands(corpus: Path, out: Path, server: str) -> dict[str, tuple[list[str], Path]]:
    """The command of each stage that calls a model, and the file it makes."""
    return {
        "get_elements": (["tool_maker/get_elements.py", "-api", f"{corpus}/public_apis.json"], out / "api_data.json"),
        "instruction": (["instance_generation/instruction.py", "-api", f"{corpus}/api_data.json"],
                        out / "api_data.json"),
        "generation": (["instance_generation/generation.py", "-api", f"{corpus}/api_data.json", "--server_url",
                        server, "--use_cache"], out / "api_data_0_5.json"),
        "evaluation": (["evaluation.py", "-api", f"{corpus}/api_data_0_5.json"], out / "evaluation.json"),
    }


def kill_after(seconds: float, command: list[str], url: str) -> bool:
    """Start a stage and kill it; True when it was still running."""
    with open(os.devnull, "wb") as nowhere:
        process = start_stage(*command, output=nowhere, errors=nowhere, url=url)
        time.sleep(seconds)
        process.kill()
        return process.wait(TIMEOUT) == -signal.SIGKILL


def without_run(path: Path) -> object:
    """An output's content without what may differ between runs: an evaluation names its own command."""
    content = json.loads(path.read_text())
    if isinstance(content, dict):
        content.pop("run", None)
    return content


def check_kills(corpus, tmp_path, stage: str, kills: int) -> None:
    folder, url, server = corpus
    command, whole = commands(folder, tmp_path / "whole", server)[stage]
    flags = ["--num_workers", str(WORKERS)]
    began = time.monotonic()
    with counting(url, delay=0.05) as endpoint:
        assert run_stage(*command, "-out", tmp_path / "whole", *flags, url=endpoint.url).returncode == 0
        needed = Counter(json.dumps(request, sort_keys=True) for request in endpoint.requests)
    seconds = time.monotonic() - began
    _, killed = commands(folder, tmp_path / "killed", server)[stage]
    chance = random.Random(stage)
    with counting(url, delay=0.05) as endpoint:
        landed = sum(kill_after(chance.uniform(0.2, 0.95) * seconds, [*command, "-out", str(killed.parent), *flags],
                                endpoint.url) for _ in range(kills))
        assert landed
        assert run_stage(*command, "-out", killed.parent, *flags, url=endpoint.url).returncode == 0
        made = Counter(json.dumps(request, sort_keys=True) for request in endpoint.requests)
    assert without_run(killed) == without_run(whole)
    assert made.keys() == needed.keys()
    assert (made - needed).total() <= landed * WORKERS
    assert not list(killed.parent.glob(".*.tmp")) or landed


def modelless(corpus: Path, out: Path) -> dict[str, tuple[list[str], Path]]:
    """The commands that call no model, and the file that each makes."""
    traces = f"{corpus}/api_data_0_5.json"
    return {
        "preprocess": (["tool_maker/preprocess_public_apis.py", "--source", "data/public_apis_sample.json", "-api",
                        f"{out}/apis.json"], out / "apis.json"),
        "build_dataset": (["build_dataset.py", "-api", traces, "-out", f"{out}/sft.json"], out / "sft.json"),
        "parquet": (["build_dataset.py", "-api", traces, "-out", f"{out}/sft.parquet"], out / "sft.parquet"),
        "verification": (["instance_generation/verification.py", "-api", traces, "-out", f"{out}/verified.json"],
                         out / "verified.json"),
        "rules": (["evaluation.py", "-api", traces, "-out", f"{out}/rules.json", "--judge", "none"],
                  out / "rules.json"),
        "import_suite": (["tool_maker/import_suite.py", "--suite", "bfcl", "--limit", "5", "-api", f"{out}/suite.json"],
                         out / "suite.json"),
        "report": (["report.py", "-api", traces, "-out", f"{out}/report"], out / "report" / "index.html"),
        "again": (["evaluation.py", "-api", traces, "--again", f"{corpus}/scored.json", "-out", f"{out}/rules.json"],
                  out / "rules.json"),
        "import_mcp": (["tool_maker/import_mcp.py", "-api", f"{out}/tools.json", "--server",
                        shlex.join([sys.executable, "-c", MCP_SERVER])], out / "tools.json"),
    }


def made_by(path: Path) -> object:
    """A file's content, without what an evaluation says of its own command."""
    return without_run(path) if path.name == "rules.json" else path.read_bytes()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("stage", ["preprocess", "build_dataset", "parquet", "verification", "rules", "import_suite",
                                   "report", "again", "import_mcp"])
def test_a_killed_command_without_a_model_leaves_no_broken_file_and_nothing_in_the_way(corpus, tmp_path, stage):
    for one, package in (("import_suite", "bfcl_eval"), ("import_mcp", "mcp")):
        if stage == one:
            pytest.importorskip(package, reason="needs requirements-suites.txt or requirements-mcp.txt")
    command, whole = modelless(corpus[0], tmp_path / "whole")[stage]
    began = time.monotonic()
    assert run_stage(*command).returncode == 0
    seconds, chance = time.monotonic() - began, random.Random(stage)
    command, killed = modelless(corpus[0], tmp_path / "killed")[stage]
    for _ in range(20):
        kill_after(chance.uniform(0.02, 1.0) * seconds, command, "")
        if killed.exists():
            assert made_by(killed) == made_by(whole)
            killed.unlink()
    assert run_stage(*command).returncode == 0
    assert made_by(killed) == made_by(whole)
    names = [{path.relative_to(folder) for path in folder.rglob("*")} for folder in (tmp_path / "whole",
                                                                                    tmp_path / "killed")]
    assert names[0] == names[1]


@pytest.mark.parametrize("stage", ["get_elements", "generation"])
def test_a_killed_stage_goes_on(corpus, tmp_path, stage):
    check_kills(corpus, tmp_path, stage, kills=2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("stage", ["get_elements", "instruction", "generation", "evaluation"])
def test_twenty_kills(corpus, tmp_path, stage):
    check_kills(corpus, tmp_path, stage, kills=20)
