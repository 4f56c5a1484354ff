"""The offline model in its own process with canned answers: the endpoint that the benchmarks measure against."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def offline_endpoint(latency: float, canned: str) -> Iterator[str]:
    """Start it, `latency` seconds an answer; yields its base URL and stops it in the end."""
    with tempfile.TemporaryDirectory() as folder:
        url_file = Path(folder) / "url"
        process = subprocess.Popen([sys.executable, "-m", "offline_llm", "--port", "0", "--url_file", url_file,
                                    "--latency", str(latency), "--canned", canned], cwd=ROOT)
        try:
            while not url_file.exists() or not url_file.read_text().strip():
                if process.poll() is not None:
                    raise SystemExit("the offline model did not start")
                time.sleep(0.05)
            yield url_file.read_text().strip()
        finally:
            process.terminate()
            process.wait()
