"""Stages on a real Ray cluster of two nodes on this machine: the same bytes, also when a node or the money goes."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer
from servers import counting, offline_model, simulator
from stage_command import ROOT, TIMEOUT, assert_usage_error, run_stage, stage_environment

ray = pytest.importorskip("ray", reason="needs Ray: pip install -r requirements-ray.txt")
pytestmark = pytest.mark.timeout(1800)
APIS = 6


@contextmanager
def cluster_of_two() -> Iterator[tuple[Any, Any]]:
    """The cluster and its second node."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        yield cluster, cluster.add_node(num_cpus=1)
    finally:
        cluster.shutdown()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with cluster_of_two() as (cluster, _):
        yield cluster.address


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """Records with instructions, the offline model's URL, and a simulator of them without a model."""
    folder = tmp_path_factory.mktemp("world")
    records = json.loads((ROOT / "data" / "train_data.json").read_text(encoding="utf-8"))[:APIS]
    for record in records:
        del record["Instances"]
    api_file = folder / "api_data.json"
    api_file.write_text(json.dumps(records))
    with offline_model(folder) as model, simulator(folder / "sim", api_file, model, "--mode", "schema", "-out",
                                                   folder / "sim") as url:
        yield api_file, model, url


def generation(world: tuple[Path, str, str], out: Path, *flags: str) -> list[str]:
    api_file, _, simulator_url = world
    return [str(part) for part in ("instance_generation/generation.py", "-api", api_file, "-out", out,
                                   "--server_url", simulator_url, "--num_workers", "8", *flags)]


def test_every_stage_writes_the_bytes_of_a_single_process(world: tuple[Path, str, str], address: str,
                                                          tmp_path: Path) -> None:
    api_file, model, _ = world
    for name, flags in (("alone", []), ("cluster", ["--ray", address, "--ray_actors", "2"])):
        out = tmp_path / name
        traces, verified = out / f"api_data_0_{APIS}.json", out / "verified.json"
        for command in (
                ["tool_maker/get_elements.py", "-api", "data/public_apis_sample.json", "-out", out / "elements"],
                ["instance_generation/instruction.py", "-api", api_file, "-out", out, "--per_api", "4"],
                generation((out / "api_data.json", *world[1:]), out),
                ["instance_generation/verification.py", "-api", traces, "-out", out / "by_rules.json"],
                ["instance_generation/verification.py", "-api", traces, "-out", verified, "--with_judge"],
                ["evaluation.py", "-api", traces, "-out", out / "eval.json", "--judge", "llm"]):
            result = run_stage(*command, *flags, url=model)
            assert result.returncode == 0, result.stderr
    for file in ("elements/api_data.json", "api_data.json", f"api_data_0_{APIS}.json", "by_rules.json",
                 "verified.json"):
        assert (tmp_path / "alone" / file).read_bytes() == (tmp_path / "cluster" / file).read_bytes(), file
    verdicts = [json.loads((tmp_path / name / "eval.json").read_text()) for name in ("alone", "cluster")]
    assert all(one.pop("run") for one in verdicts)
    assert verdicts[0] == verdicts[1]


def started(command: list[str], url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, text=True, stderr=subprocess.PIPE,
                            env=stage_environment(OPENAI_BASE_URL=url, OPENAI_DEFAULT_MODEL="offline"))


def wait_for_calls(endpoint: ChatServer, number: int) -> None:
    deadline = time.monotonic() + TIMEOUT
    while len(endpoint.requests) < number:
        assert time.monotonic() < deadline, f"{len(endpoint.requests)} calls"
        time.sleep(0.02)


def test_a_node_that_dies_half_way_costs_the_calls_in_flight(world: tuple[Path, str, str], tmp_path: Path) -> None:
    with counting(world[1]) as endpoint:
        assert run_stage(*generation(world, tmp_path / "alone"), url=endpoint.url).returncode == 0
        needed = len(endpoint.requests)
    with counting(world[1], delay=0.2) as endpoint, cluster_of_two() as (cluster, second):
        process = started(generation(world, tmp_path / "cluster", "--ray", cluster.address, "--ray_actors", "2"),
                          endpoint.url)
        wait_for_calls(endpoint, needed // 3)
        cluster.remove_node(second, allow_graceful=False)
        _, messages = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, messages
    assert "has died; its records go to the other 1" in messages
    file = f"api_data_0_{APIS}.json"
    assert (tmp_path / "cluster" / file).read_bytes() == (tmp_path / "alone" / file).read_bytes()
    assert len(endpoint.requests) <= needed + 8


def test_the_whole_cluster_keeps_to_a_budget_and_goes_on_with_more(world: tuple[Path, str, str], address: str,
                                                                   tmp_path: Path) -> None:
    roles = tmp_path / "roles.yaml"
    with counting(world[1]) as endpoint:
        for limit, code in ((40, 3), (100_000, 0)):
            roles.write_text(f"assistant:\n  max_calls: {limit}\n")
            result = run_stage(*generation(world, tmp_path / "cluster", "--roles", str(roles), "--ray", address,
                                           "--ray_actors", "2"), url=endpoint.url)
            assert result.returncode == code, result.stderr
            if code:
                assert "max_calls = 40 of the assistant is reached" in result.stderr
                paid = sum("Thought:" in str(request["messages"][-1]["content"])[-12:] for request in endpoint.requests)
                assert 30 <= paid <= 40
        total = len(endpoint.requests)
    with counting(world[1]) as endpoint:
        assert run_stage(*generation(world, tmp_path / "alone"), url=endpoint.url).returncode == 0
        assert total == len(endpoint.requests)
    file = f"api_data_0_{APIS}.json"
    assert (tmp_path / "cluster" / file).read_bytes() == (tmp_path / "alone" / file).read_bytes()


def test_a_rate_limit_is_waited_for_by_all_actors(world: tuple[Path, str, str], address: str, tmp_path: Path) -> None:
    """After the endpoint has asked for three seconds of patience, only what was in flight arrives within them."""
    from chat_server import Reply, serve_chat

    with counting(world[1]) as behind:
        arrivals: list[float] = []
        refused_at: list[float] = []
        lock = threading.Lock()

        def limiting(request: dict[str, Any]) -> Reply:
            with lock:
                arrivals.append(time.monotonic())
                if len(arrivals) == 30:
                    refused_at.append(time.monotonic())
                    return Reply(status=429, headers={"Retry-After": "3"}, body=b'{"error": {"message": "slow"}}')
            return passed_on(behind, request)

        with serve_chat(limiting) as endpoint:
            result = run_stage(*generation(world, tmp_path / "cluster", "--ray", address, "--ray_actors", "2"),
                               url=endpoint.url)
    assert result.returncode == 0, result.stderr
    [refused] = refused_at
    assert len(arrivals) > 60
    assert sum(0 < arrival - refused < 2.9 for arrival in arrivals) <= 8  # as many as may be in flight


def passed_on(behind: ChatServer, request: dict[str, Any]) -> Any:
    import requests
    from chat_server import Reply

    answer = requests.post(f"{behind.url}/chat/completions", json=request, timeout=TIMEOUT)
    time.sleep(0.1)
    return Reply(status=answer.status_code, body=answer.content)


@pytest.mark.parametrize(("flag", "words"), [
    ("127.0.0.1:9", ["no Ray cluster answers there"]), ("nowhere", ["HOST:PORT"]),
    ("ray://127.0.0.1:10001", ["on a machine of the cluster"])])
def test_an_address_that_is_none_is_one_line(world: tuple[Path, str, str], tmp_path: Path, flag: str,
                                             words: list[str]) -> None:
    assert_usage_error(run_stage(*generation(world, tmp_path, "--ray", flag), url=world[1]), flag, *words)


def test_without_ray_the_flag_says_what_to_install(world: tuple[Path, str, str], tmp_path: Path) -> None:
    (tmp_path / "ray.py").write_text("raise ImportError('not here')")
    result = run_stage(*generation(world, tmp_path / "out", "--ray"), url=world[1], PYTHONPATH=str(tmp_path))
    assert_usage_error(result, "Ray is not installed", "requirements-ray.txt")


def test_ray_and_batch_contradict_each_other(world: tuple[Path, str, str], tmp_path: Path) -> None:
    result = run_stage("tool_maker/get_elements.py", "-api", "data/public_apis_sample.json", "-out", tmp_path, "--ray",
                       "--batch", url=world[1])
    assert_usage_error(result, "--ray and --batch")
