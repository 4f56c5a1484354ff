"""`simulator.py` as a process: what it says and leaves, how it stops, and what a failing model does to it."""

import json
import os
import signal
import threading
import time

import pytest
import requests
from chat_server import Reply, serve_chat
from servers import running_process
from stage_command import assert_usage_error, run_stage

SCRIPT = "instance_generation/simulator.py"
CITY = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
DOCUMENT = {"openapi": "3.0.3", "info": {"title": "Weather", "version": "1"}, "paths": {"/now": {"get": {
    "operationId": "getNow", "parameters": [{"name": "city", "in": "query", "required": True,
                                             "schema": {"type": "string"}}],
    "responses": {"200": {"description": "Now", "content": {"application/json": {"schema": CITY}}}}}}}}
ROME = 'Status Code: 200\nResponse: {"city": "Rome"}'


@pytest.fixture
def start(tmp_path):
    (tmp_path / "apis.json").write_text(json.dumps([{"Name": "Weather", "Documentation": json.dumps(DOCUMENT)}]))

    def make(*flags, url="http://127.0.0.1:9/v1", **variables):
        return running_process(tmp_path, SCRIPT, "-api", tmp_path / "apis.json", *flags, OPENAI_BASE_URL=url,
                               OPENAI_DEFAULT_MODEL="test", **variables)

    return make


def ask(url, city="Rome", **parts):
    return requests.get(f"{url}/Weather/now?city={city}", timeout=20, **parts)


def said(tmp_path):
    return (tmp_path / "server.log").read_text()


def test_it_says_where_it_is_and_what_it_has_done(start, tmp_path):
    with start("--mode", "schema") as (url, process):
        runs = {ask(url).headers["X-Simulator-Run"] for _ in range(3)}
        assert 'simulator_answers_total{source="schema",status="200"} 3.0' in requests.get(f"{url}/metrics").text
    assert len(runs) == 1 and process.returncode == 0
    assert f"Simulator ready at {url} (1 APIs)" in said(tmp_path)
    log = json.loads((tmp_path / "run_log.jsonl").read_text())
    assert (log["made"], log["failed"]) == (3, 0)


@pytest.mark.parametrize(("flags", "lines"), [((), 0), (("--verbose",), 1)])
def test_a_line_per_request_is_written_if_asked_for(start, tmp_path, flags, lines):
    with start("--mode", "schema", *flags) as (url, _):
        ask(url, city="Quito")
    assert sum("/Weather/now?city=Quito" in line for line in said(tmp_path).splitlines()) == lines


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_answered_before_it_stops(start, tmp_path, number):
    asked, answers = threading.Event(), []

    def slow(request):
        asked.set()
        time.sleep(1.0)
        return ROME

    with serve_chat(slow) as chat, start(url=chat.url) as (url, process):
        asking = threading.Thread(target=lambda: answers.append(ask(url)))
        asking.start()
        assert asked.wait(20)
        os.kill(process.pid, number)
        assert process.wait(60) == 0
        asking.join()
    assert answers[0].json() == {"city": "Rome"}
    log = json.loads((tmp_path / "run_log.jsonl").read_text())
    assert log["made"] == log["calls"] == 1 and log["roles"]["simulator"]["tokens_in"] == 10


@pytest.mark.parametrize(("status", "words"), [(401, "key was refused"), (404, "'test' was not found")])
def test_a_wrong_key_or_model_stops_the_simulator(start, tmp_path, status, words):
    with serve_chat(lambda request: Reply(status=status)) as chat, start(url=chat.url) as (url, process):
        answer = ask(url)
        assert (answer.status_code, answer.headers["X-Simulator-Error"]) == (503, "endpoint-failed")
        assert process.wait(60) == 2
    ready, error = said(tmp_path).splitlines()
    assert error.startswith("error: ") and words in error


def test_the_teacher_may_have_several_servers(start, tmp_path):
    with serve_chat(lambda request: ROME) as one, serve_chat(lambda request: ROME) as other, start(
            url=f"http://127.0.0.1:9/v1,{one.url},{other.url}") as (url, _):
        assert ask(url).headers["X-Simulator-Source"] == "llm"
        (one if one.requests else other).die()
        assert ask(url, city="Oslo").json() == {"city": "Rome"}
    assert said(tmp_path).count("warning: 1 of 3 model servers left out") == 1


def test_an_endpoint_that_is_not_there_is_one_line(tmp_path):
    (tmp_path / "apis.json").write_text(json.dumps([{"Name": "Weather", "Documentation": json.dumps(DOCUMENT)}]))
    done = run_stage(SCRIPT, "-api", tmp_path / "apis.json", "--port", "0", url="http://127.0.0.1:9/v1")
    assert_usage_error(done, "no answer")


@pytest.mark.parametrize("given", ["env:SIM_TOKEN", "file:"])
def test_the_token_comes_from_a_variable_or_a_file_and_no_list_of_processes_shows_it(start, tmp_path, given):
    (tmp_path / "token").write_text("s3cret-token\n")
    given = given if given.startswith("env") else f"file:{tmp_path / 'token'}"
    with start("--mode", "schema", "--token", given, SIM_TOKEN="s3cret-token") as (url, process):
        assert ask(url).status_code == 401
        assert ask(url, headers={"Authorization": "Bearer s3cret-token"}).status_code == 200
        with open(f"/proc/{process.pid}/cmdline", "rb") as shown:
            assert b"s3cret-token" not in shown.read()


def test_a_token_that_is_not_there_is_one_line(tmp_path):
    (tmp_path / "apis.json").write_text(json.dumps([{"Name": "Weather", "Documentation": json.dumps(DOCUMENT)}]))
    for given, words in (("env:NO_SUCH_TOKEN", "NO_SUCH_TOKEN"), (f"file:{tmp_path}/none", "none")):
        done = run_stage(SCRIPT, "-api", tmp_path / "apis.json", "--port", "0", "--mode", "schema", "--token", given)
        assert_usage_error(done, "--token", words)
