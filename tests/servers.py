"""Starts the project's own servers, the offline model and the simulator, as processes on free ports."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from chat_server import ChatServer, Reply, serve_chat
from stage_command import TIMEOUT, Process, start_stage


@contextmanager
def running(folder: Path, *command: str | Path, **variables: str) -> Iterator[str]:
    """`python COMMAND... --port 0 --url_file ...`; yields the URL once it listens, and stops it in the end."""
    with running_process(folder, *command, **variables) as (url, _):
        yield url


@contextmanager
def running_process(folder: Path, *command: str | Path,
                    **variables: str) -> Iterator[tuple[str, Process]]:
    """The same with the process, for tests that kill it."""
    folder.mkdir(parents=True, exist_ok=True)
    url_file = folder / f"url-{time.monotonic_ns()}"
    with open(folder / "server.log", "ab") as log:
        process = start_stage(*command, "--port", "0", "--url_file", url_file, output=log, errors=log, **variables)
    try:
        deadline = time.monotonic() + TIMEOUT
        while not (url_file.exists() and url_file.read_text().strip()):
            assert process.poll() is None, (folder / "server.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield url_file.read_text().strip(), process
    finally:
        process.terminate()
        process.wait(TIMEOUT)


@contextmanager
def offline_model(folder: Path, *flags: str) -> Iterator[str]:
    """The offline model; yields its base URL."""
    with running(folder, "-m", "offline_llm", *flags) as url:
        yield url


@contextmanager
def simulator(folder: Path, api_file: Path, model_url: str, *flags: str | Path) -> Iterator[str]:
    """The simulator of an API file, answering through the model at `model_url`."""
    with running(folder, "instance_generation/simulator.py", "-api", api_file, *flags, OPENAI_BASE_URL=model_url,
                 OPENAI_DEFAULT_MODEL="offline") as url:
        yield url


@contextmanager
def counting(url: str, delay: float = 0.0) -> Iterator[ChatServer]:
    """A chat endpoint that passes every call on to `url` after `delay` seconds, and keeps the requests."""
    session = requests.Session()

    def pass_on(request: dict) -> Reply:
        time.sleep(delay)
        answer = session.post(f"{url}/chat/completions", json=request, timeout=TIMEOUT)
        return Reply(status=answer.status_code, body=answer.content)

    with serve_chat(pass_on) as server:
        yield server
