"""`simulator.py --processes`: all ports answer, what dies comes back, and nothing outlives the command."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests
from chat_server import Reply, serve_chat
from stage_command import ROOT, assert_usage_error, run_stage, stage_environment

from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.usage import Spending
from toolalpaca.simulator.server_processes import share_of_budget, share_of_rates

SCRIPT = "instance_generation/simulator.py"
CITY = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
DOCUMENT = {"openapi": "3.0.3", "info": {"title": "Weather", "version": "1"}, "paths": {"/now": {"get": {
    "operationId": "getNow", "parameters": [{"name": "city", "in": "query", "required": True,
                                             "schema": {"type": "string"}}],
    "responses": {"200": {"description": "Now", "content": {"application/json": {"schema": CITY}}}}}}}}
ROME = 'Status Code: 200\nResponse: {"city": "Rome"}'


class Running:
    """The command under way; `urls` are those of its processes."""

    def __init__(self, folder, *flags, url="http://127.0.0.1:9/v1"):
        self.folder, self.url_file, self.log = folder, folder / "urls", folder / "server.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, SCRIPT, "-api", folder / "apis.json", "--processes", "2", "--url_file", self.url_file,
                 *flags], cwd=ROOT, stderr=log, env=stage_environment(OPENAI_BASE_URL=url, OPENAI_DEFAULT_MODEL="test"))
        until(lambda: self.url_file.exists() or self.process.poll() is not None)
        assert self.url_file.exists(), self.said()
        self.urls = self.url_file.read_text().splitlines()

    def said(self):
        return self.log.read_text()

    def children(self):
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(60)


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def ask(url, city="Rome", **parts):
    return requests.get(f"{url}/Weather/now?city={city}", timeout=20, **parts)


@pytest.fixture
def start(tmp_path):
    (tmp_path / "apis.json").write_text(json.dumps([{"Name": "Weather", "Documentation": json.dumps(DOCUMENT)}]))
    started = []

    def make(*flags, **parts):
        started.append(Running(tmp_path, *(flags or ("--mode", "schema", "--port", "0")), **parts))
        return started[-1]

    yield make
    for one in started:
        if one.process.poll() is None:
            one.stop()


def test_each_port_answers_and_all_stop_together(start):
    running = start()
    assert len(running.urls) == 2 and ask(running.urls[0]).json() == ask(running.urls[1]).json() == {"city": "Rome"}
    assert f"Simulators ready at {','.join(running.urls)} (1 APIs each)" in running.said()
    for url, answers in zip(running.urls, (3, 1), strict=True):
        for _ in range(answers - 1):
            ask(url)
        counters = requests.get(f"{url}/metrics", timeout=10).text
        assert f'simulator_answers_total{{source="schema",status="200"}} {answers}.0' in counters
    assert len({ask(url).headers["X-Simulator-Run"] for url in running.urls}) == 2
    assert running.stop() == 0
    log = json.loads((running.folder / "run_log.jsonl").read_text())
    assert (log["made"], log["failed"], log["settings"]["processes"]) == (6, 0, 2)
    with pytest.raises(requests.ConnectionError):
        ask(running.urls[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_answered_before_they_stop(start, number):
    def slow(request):
        time.sleep(1.0)
        return ROME

    answers = []
    with serve_chat(slow) as chat:
        running = start("--port", "0", url=chat.url)
        asking = [threading.Thread(target=lambda url=url: answers.append(ask(url))) for url in running.urls]
        for thread in asking:
            thread.start()
        until(lambda: len(chat.requests) == 2)
        os.kill(running.process.pid, number)
        for child in running.children():
            os.kill(child, number)  # as Ctrl-C in a terminal does
        assert running.process.wait(60) == 0
        for thread in asking:
            thread.join()
    assert [answer.json() for answer in answers] == [{"city": "Rome"}] * 2
    log = json.loads((running.folder / "run_log.jsonl").read_text())
    assert log["made"] == log["calls"] == 2 and log["roles"]["simulator"]["tokens_in"] == 20


def test_a_process_that_is_killed_is_started_again_on_its_port(start):
    running = start()
    runs = {url: ask(url).headers["X-Simulator-Run"] for url in running.urls}
    killed = running.children()[0]
    os.kill(killed, signal.SIGKILL)
    until(lambda: "killed by SIGKILL" in running.said())
    again = {url: ask(url).headers["X-Simulator-Run"] for url in running.urls}
    assert sum(again[url] != runs[url] for url in runs) == 1
    assert killed not in running.children() and len(running.children()) == 2
    assert running.stop() == 0


def test_no_process_outlives_a_command_that_is_killed(start):
    running = start()
    children = running.children()
    running.stop(signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes()
                          for child in children))


def test_ports_follow_one_another(start, tmp_path):
    with socket.socket() as one, socket.socket() as other:
        while True:  # two free ports in a row
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 1))
                break
            except OSError:
                one.close()
                one = socket.socket()
    running = start("--mode", "schema", "--port", str(port))
    assert running.urls == [f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"]
    command = (SCRIPT, "-api", tmp_path / "apis.json", "--mode", "schema", "--processes", "2", "--port")
    assert_usage_error(run_stage(*command, str(port - 1)), f"127.0.0.1:{port}", "cannot be used")
    assert_usage_error(run_stage(*command, "65535"), "--processes 2", "65535")


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize(("status", "words"), [(401, "key was refused"), (404, "'test' was not found")])
def test_a_wrong_key_or_model_stops_the_simulator(start, processes, status, words):
    with serve_chat(lambda request: Reply(status=status)) as chat:
        running = start("--port", "0", "--processes", processes, url=chat.url)
        answer = ask(running.urls[0])
        assert (answer.status_code, answer.headers["X-Simulator-Error"]) == (503, "endpoint-failed")
        assert running.process.wait(60) == 2
    ready, error = running.said().splitlines()
    assert error.startswith("error: ") and words in error


def test_the_teacher_may_have_several_servers(start):
    with serve_chat(lambda request: ROME) as one, serve_chat(lambda request: ROME) as other:
        running = start("--port", "0", url=f"http://127.0.0.1:9/v1,{one.url},{other.url}")
        assert ask(running.urls[0]).headers["X-Simulator-Source"] == "llm"
        (one if one.requests else other).die()
        assert ask(running.urls[0], city="Oslo").json() == {"city": "Rome"}
    assert running.said().count("warning: 1 of 3 model servers left out") == 2


def test_an_endpoint_that_is_not_there_is_one_line(start, tmp_path):
    start()
    done = run_stage(SCRIPT, "-api", tmp_path / "apis.json", "--port", "0", "--processes", "3",
                     url="http://127.0.0.1:9/v1")
    assert_usage_error(done, "no answer")


def test_limits_are_shared_out():
    settings = RoleSettings("simulator", "test", "http://a/v1", requests_per_minute=100, tokens_per_minute=3,
                            max_calls=10, max_cost=9.0)
    rates = share_of_rates(settings, 4)
    assert (rates.requests_per_minute, rates.tokens_per_minute) == (25, 1)
    shared = share_of_budget(settings, Spending(calls=2, cost=1.0), 4)
    assert (shared.max_calls, shared.max_cost, shared.max_tokens) == (4, 3.0, None)
    assert share_of_budget(settings, Spending(calls=2, cost=1.0), 1) == settings
    assert share_of_budget(settings, Spending(calls=12, cost=10.0), 4).max_calls == 12
