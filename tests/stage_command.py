"""Runs a stage as its user does, as a process in the repository root, with an endpoint of the test's choice.

The process is a fork of one that has imported the project already (tests/fork_server.py), since the imports would take
longer than most tests. A command that has to see how Python itself starts is run as a new interpreter.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT = 600.0  # seconds; only a guard against hanging, far above what any command takes on a busy machine


def stage_environment(**variables: str) -> dict[str, str]:
    """The environment without any key or endpoint of the machine, plus `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return {**kept, "HF_HUB_OFFLINE": "1", **variables}


def with_endpoint(url: str | None, variables: dict[str, str]) -> dict[str, str]:
    """`variables` plus those that name the chat endpoint at `url`."""
    return {"OPENAI_BASE_URL": url, "OPENAI_DEFAULT_MODEL": "offline", **variables} if url else variables


class ForkServer:
    """The process that forks for each command; one per process of the test run."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "tests" / "fork_server.py"), str(theirs.fileno())], cwd=ROOT,
                env=stage_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()])

    def fork(self, argv: list[str], environment: dict[str, str], output: IO[bytes], errors: IO[bytes]) -> "Stage":
        """Start a command; the result is like a subprocess.Popen."""
        ours, theirs = socket.socketpair()
        with theirs, TemporaryFile("w+", encoding="utf-8") as request:
            json.dump({"argv": argv, "environment": environment}, request)
            request.flush()
            descriptors = [theirs.fileno(), request.fileno(), output.fileno(), errors.fileno()]
            socket.send_fds(self.control, [b"!"], descriptors)
        return Stage(argv, ours)

    def close(self) -> None:
        self.control.close()
        self.process.wait()


@cache
def fork_server() -> ForkServer:
    return ForkServer()


def close_fork_server() -> None:
    """End the process that forks, if there is one."""
    if fork_server.cache_info().currsize:
        fork_server().close()
        fork_server.cache_clear()


class Stage:
    """A command that runs, with what the tests use of subprocess.Popen."""

    def __init__(self, argv: list[str], channel: socket.socket) -> None:
        self.args, self.channel = argv, channel
        self.returncode: int | None = None
        self.pid = self._number()

    def _number(self) -> int:
        line = b""
        while not line.endswith(b"\n"):
            received = self.channel.recv(1)
            assert received, "the process that forks has ended"
            line += received
        return int(line)

    def wait(self, timeout: float = TIMEOUT) -> int:
        """Return the exit code; raise subprocess.TimeoutExpired after `timeout` seconds."""
        if self.returncode is None:
            if not select.select([self.channel], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = self._number()
            self.channel.close()
        return self.returncode

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0.0)
        return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Process = Stage | subprocess.Popen[bytes]


def start_stage(*command: str | Path, output: IO[bytes], errors: IO[bytes], url: str | None = None,
                **variables: str) -> Process:
    """Start `python COMMAND...`: as a fork, or as a new interpreter for Ray, for options of the interpreter such as -c,
    or if the variables decide how it starts."""
    argv, environment = [str(word) for word in command], stage_environment(**with_endpoint(url, variables))
    if "--ray" in argv or argv[0].startswith("-") or any(name.startswith("PYTHON") for name in variables):
        return subprocess.Popen([sys.executable, *argv], cwd=ROOT, env=environment, stdout=output, stderr=errors)
    return fork_server().fork(argv, environment, output, errors)


def run_stage(*command: str | Path, url: str | None = None, timeout: float = TIMEOUT, **variables: str,
              ) -> "subprocess.CompletedProcess[str]":
    """`python COMMAND...`, run to its end; `url` is the chat endpoint's."""
    with TemporaryFile() as output, TemporaryFile() as errors:
        process = start_stage(*command, output=output, errors=errors, url=url, **variables)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        return subprocess.CompletedProcess([str(word) for word in command], code, _text(output), _text(errors))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8").replace("\r\n", "\n")


def assert_usage_error(result: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """Exit code 2 and one clear line on standard error that holds `words`."""
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr
