"""Stage 5 as a process: ready, asked, stopped; and what it says of bad input."""

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from stage_command import TIMEOUT, Process, run_stage, start_stage

SCRIPT = "instance_generation/simulator.py"
MESSAGES = "messages"
DOCUMENT = {
    "openapi": "3.0.3", "info": {"title": "Weather", "version": "1"},
    "paths": {"/now": {"get": {"operationId": "getNow", "parameters": [
        {"name": "city", "in": "query", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": {"description": "Now", "content": {"application/json": {"schema": {
            "type": "object", "required": ["city", "degrees"],
            "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}}}}}}}}}}}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An -api file in a folder of its own."""
    path = tmp_path / "api_data.json"
    path.write_text(json.dumps([{"Name": "What's the weather?", "Documentation": json.dumps(DOCUMENT)}]))
    return path


class _Endpoint(BaseHTTPRequestHandler):
    """A chat endpoint that takes a moment and always answers the same."""

    calls = 0
    seconds = 0.0

    def do_GET(self) -> None:
        self._send({"data": []})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(type(self).seconds)
        type(self).calls += 1
        self._send({"choices": [{"message": {"role": "assistant", "content":
                    'Status Code: 200\nResponse: {"city": "Rome", "degrees": 21}\nExplanation: warm'}}],
                    "usage": {"prompt_tokens": 10, "completion_tokens": 5}})

    def _send(self, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def endpoint() -> Iterator[Any]:
    """The class of the running endpoint, with its `url`."""
    kind = type("Endpoint", (_Endpoint,), {"calls": 0})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kind.url = f"http://127.0.0.1:{server.server_port}/v1"
    yield kind
    server.shutdown()
    server.server_close()


@contextmanager
def _simulator(data: Path, *flags: str, url: str = "http://127.0.0.1:9/v1") -> Iterator[tuple[str, Process]]:
    address = data.parent / "address"
    address.unlink(missing_ok=True)
    messages = data.parent / MESSAGES
    with open(messages, "wb") as file:
        process = start_stage(SCRIPT, "-api", data, "--port", "0", "--url_file", address, *flags, output=file,
                              errors=file, OPENAI_BASE_URL=url)
    try:
        end = time.monotonic() + TIMEOUT
        while not address.exists():
            assert process.poll() is None and time.monotonic() < end, messages.read_text()
            time.sleep(0.02)
        yield address.read_text().strip(), process
    finally:
        process.kill()
        process.wait(TIMEOUT)


def _fails(*flags: str, data: Path | None = None, url: str = "http://127.0.0.1:9/v1") -> str:
    done = run_stage(SCRIPT, *(["-api", str(data)] if data else []), "--port", "0", *flags, OPENAI_BASE_URL=url)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""
    return done.stderr


PATH = "/What%27s%20the%20weather%3F/now?city=Rome"


def test_it_says_when_it_is_ready_and_stops_cleanly(data):
    with _simulator(data, "--mode", "schema", "-v") as (url, process):
        assert requests.get(url + PATH, timeout=10).json()["city"] == "Rome"
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 0
    errors = (data.parent / MESSAGES).read_text()
    assert f"Simulator ready at {url} (1 APIs)" in errors
    assert f"GET {PATH} 200 schema" in errors and "1 made, 0 failed" in errors
    log = json.loads((data.parent / "run_log.jsonl").read_text())
    assert (log["stage"], log["made"]) == ("simulator", 1)


def test_a_request_in_flight_is_answered_before_it_stops(data, endpoint):
    endpoint.seconds = 1.5
    with _simulator(data, "--model", "teacher", url=endpoint.url) as (url, process):
        answers: list[requests.Response] = []
        asking = threading.Thread(target=lambda: answers.append(requests.get(url + PATH, timeout=TIMEOUT)))
        asking.start()
        time.sleep(0.7)
        process.send_signal(signal.SIGTERM)
        asking.join()
        assert process.wait(TIMEOUT) == 0
    assert answers[0].json() == {"city": "Rome", "degrees": 21}
    assert answers[0].headers["X-Simulator-Source"] == "llm"
    log = json.loads((data.parent / "run_log.jsonl").read_text())
    assert (log["settings"]["simulator"]["model"], log["calls"]) == ("teacher", 1)


def test_answers_are_recorded_and_given_again(data, endpoint):
    session = {"X-Simulator-Session": "s"}
    with _simulator(data, url=endpoint.url) as (url, _):
        first = requests.get(url + PATH, headers=session, timeout=TIMEOUT)
    with _simulator(data, url=endpoint.url) as (url, _):
        requests.get(url + PATH, timeout=TIMEOUT)
    assert endpoint.calls == 1, "the second run took the call from the store"
    with _simulator(data, "--mode", "replay") as (url, _):  # no endpoint listens
        again = requests.get(url + PATH, headers=session, timeout=TIMEOUT)
        missing = requests.get(url + PATH.replace("Rome", "Oslo"), timeout=TIMEOUT)
    assert again.content == first.content and again.headers["X-Simulator-Source"] == "cache"
    assert (missing.status_code, missing.headers["X-Simulator-Error"]) == (404, "replay-miss")


def test_the_endpoint_failing_later_is_a_503(data, endpoint):
    with _simulator(data, "--max_retries", "0", url=endpoint.url) as (url, _):
        endpoint.do_POST = lambda self: self.send_error(500)
        answer = requests.get(url + PATH, timeout=TIMEOUT)
    assert (answer.status_code, answer.headers["X-Simulator-Error"]) == (503, "endpoint-failed")


def test_bad_input_gets_one_line(data):
    assert "--token" in _fails("--mode", "schema", "--host", "0.0.0.0", data=data)
    assert "no answer" in _fails(data=data)  # the endpoint is not there
    assert "template" in _fails("-temp", "none.txt", data=data)
    assert "expected llm, schema or replay" in _fails("--mode", "magic", data=data)
    assert "-api" in _fails()


def test_help_names_the_file_for_the_url():
    done = run_stage(SCRIPT, "--help")
    assert done.returncode == 0 and "--url_file" in done.stdout
