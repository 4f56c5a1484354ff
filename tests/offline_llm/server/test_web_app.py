"""The server as a process, over real HTTP with the openai client: what it serves, how it misbehaves, how it stops."""

import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
import requests
from servers import offline_model
from stage_command import ROOT, TIMEOUT, run_stage

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with offline_model(tmp_path_factory.mktemp("plain"), "--latency", "0.3") as address:
        yield address


def _client(url, **more):
    return openai.OpenAI(base_url=url, api_key="none", max_retries=0, **more)


def test_the_openai_client_is_served(url):
    answer = _client(url).chat.completions.create(model="offline", messages=HELLO, n=2, stop=["model"], seed=1)
    assert len(answer.choices) == 2 and "model" not in answer.choices[0].message.content
    assert answer.usage.total_tokens > 0
    assert [model.id for model in _client(url).models.list()] == ["offline"]
    with pytest.raises(openai.NotFoundError):
        _client(url).chat.completions.create(model="gpt-4", messages=HELLO)
    with pytest.raises(openai.BadRequestError):
        _client(url).chat.completions.create(model="offline", messages=HELLO, stream=True)


def test_many_wait_at_once(url):
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=64))

    def ask(_):
        return session.post(
            f"{url}/chat/completions", json={"model": "offline", "messages": HELLO}, timeout=30
        ).status_code

    started = time.monotonic()
    with ThreadPoolExecutor(64) as pool:
        assert set(pool.map(ask, range(64))) == {200}
    assert 0.3 <= time.monotonic() - started < 5  # one after the other would take 19 s


def test_faults_over_the_wire(tmp_path):
    with offline_model(
        tmp_path,
        "--fault",
        "429=0.15,500=0.15,drop=0.2,hang=0.1,malformed=0.2",
        "--hang_seconds",
        "2",
        "--canned",
        "one two three",
    ) as url:
        client = _client(url, timeout=1)

        def ask(number):
            try:
                answer = client.chat.completions.create(
                    model="offline", messages=[{"role": "user", "content": str(number)}]
                )
            except openai.APIError as error:
                return type(error).__name__
            return "good" if answer.choices[0].message.content == "one two three" else "malformed"

        with ThreadPoolExecutor(8) as pool:
            kinds = set(pool.map(ask, range(40)))
    assert {"good", "malformed", "RateLimitError", "InternalServerError", "APIConnectionError"} <= kinds
    assert "APITimeoutError" in kinds


def test_a_rate_limit_over_the_wire(tmp_path):
    with offline_model(tmp_path, "--rpm", "60") as url:
        answers = [
            requests.post(f"{url}/chat/completions", json={"model": "offline", "messages": HELLO}, timeout=9)
            for _ in range(3)
        ]
    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert 0 < float(answers[1].headers["Retry-After"]) <= 1
    assert answers[0].headers["x-ratelimit-limit-requests"] == "60"


def _start(*flags):
    return subprocess.Popen([sys.executable, "-m", "offline_llm", *flags], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def test_a_taken_port_is_one_line_and_exit_code_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = _start("--port", str(taken.getsockname()[1]))
        _, error = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2
    assert error.count("\n") == 1 and "port" in error


@pytest.mark.parametrize(
    "flags", [("--fault", "nonsense=1"), ("--port", "99999"), ("--host", "256.1.1.1"), ("--rpm", "0")]
)
def test_wrong_flags_are_refused(flags):
    process = _start(*flags)
    _, error = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 2 and "Traceback" not in error


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_at_once_whatever_is_waiting(number):
    process = _start("--port", "0", "--latency", "60")
    line = process.stderr.readline()
    assert "no language model" in line
    url = line.split()[-1]
    waiting = threading.Thread(target=lambda: _quietly(url), daemon=True)
    waiting.start()
    time.sleep(0.3)
    started = time.monotonic()
    process.send_signal(number)
    assert process.wait(10) == 0
    assert time.monotonic() - started < 5


def _quietly(url):
    try:
        requests.post(f"{url}/chat/completions", json={"model": "offline", "messages": HELLO}, timeout=30)
    except requests.RequestException:
        return


def test_help_describes_every_flag():
    text = run_stage("-m", "offline_llm", "--help").stdout
    for flag in ("--port", "--host", "--latency", "--seed", "--fault", "--rpm", "--canned", "--api_key", "--url_file"):
        assert flag in text
