"""The servers that the benchmarks measure or measure against, each in its own process on a free port."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60.0  # seconds for a server to start or to stop


@contextmanager
def offline_endpoint(latency: float, canned: str | None = None) -> Iterator[str]:
    """Start the offline model, `latency` seconds an answer, which is `canned` if given; yield its URL."""
    flags = [] if canned is None else ["--canned", canned]
    with process_with_url(["-m", "offline_llm", "--latency", str(latency), *flags]) as url:
        yield url


@contextmanager
def process_with_url(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run `python COMMAND...` as a server that writes a --url_file; yield the URL in it, then stop the server."""
    with tempfile.TemporaryDirectory() as folder:
        url_file = Path(folder) / "url"
        process = subprocess.Popen([sys.executable, *command, "--port", "0", "--url_file", url_file], cwd=ROOT,
                                   env={**os.environ, **(environment or {})}, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: url_file.exists() and bool(url_file.read_text().strip()), process)
            yield url_file.read_text().strip()
        finally:
            process.terminate()
            process.wait(PATIENCE)


def wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    """Wait for a server to be ready; ends the program where it does not get there."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"{process.args!r}: did not start")
        time.sleep(0.05)


def free_port() -> int:
    """Return a port on which no program listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
