"""The processes that the benchmarks start: servers on free ports, and stages.

It puts the project on the path, so a program imports it before `toolalpaca`.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PATIENCE = 60.0  # seconds for a server to start or to stop


@contextmanager
def offline_endpoint(latency: float, canned: str | None = None) -> Iterator[str]:
    """Start the offline model, `latency` seconds an answer, which is `canned` if given; yield its URL."""
    flags = [] if canned is None else ["--canned", canned]
    with process_with_url(["-m", "offline_llm", "--latency", str(latency), *flags]) as url:
        yield url


@contextmanager
def simulator(api_file: Path, *flags: str, model: str | None = None) -> Iterator[str]:
    """Start the simulator of an API file, with the model at the URL `model` if it needs one; yield its URL."""
    with process_with_url(["instance_generation/simulator.py", "-api", api_file, *flags], model) as url:
        yield url


@contextmanager
def process_with_url(command: Sequence[str | Path], model: str | None = None) -> Iterator[str]:
    """Run `python COMMAND...` as a server that writes a --url_file; yield the URL in it, then stop the server."""
    with tempfile.TemporaryDirectory() as folder:
        url_file = Path(folder) / "url"
        process = subprocess.Popen([sys.executable, *command, "--port", "0", "--url_file", url_file], cwd=ROOT,
                                   env=_with_model(model), stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: url_file.exists() and bool(url_file.read_text().strip()), process)
            yield url_file.read_text().strip()
        finally:
            process.terminate()
            process.wait(PATIENCE)


def run_stage(*command: str | Path, model: str | None = None, is_shown: bool = False) -> None:
    """Run `python COMMAND...` to its end, with the model at the URL `model` if it needs one.

    Its own lines go to standard error if they are to be shown. Ends the program if the stage fails.
    """
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=_with_model(model), stdout=subprocess.DEVNULL,
                          stderr=None if is_shown else subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{(done.stderr or '')[-3000:]}")


def _with_model(url: str | None) -> dict[str, str]:
    return {**os.environ, **({"OPENAI_BASE_URL": url, "OPENAI_DEFAULT_MODEL": "offline"} if url else {})}


def wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    """Wait for a server to be ready; ends the program if it stops before, or after PATIENCE."""
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
