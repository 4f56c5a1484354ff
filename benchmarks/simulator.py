"""Measure the simulator's speed, next to Prism on the same document, and check that its conversations stay apart.

    npm install --prefix /tmp/prism @stoplight/prism-cli && apt-get install wrk
    python benchmarks/simulator.py --prism /tmp/prism/node_modules/.bin/prism

Four measurements, each with what it must reach: schema mode against Prism's static and dynamic modes (64 connections
of wrk, requests that differ, every server in turn, `--rounds` times); llm mode against the offline model of fixed
latency; 2,000 conversations of 5 requests from 128 threads over 20 APIs; and the start with 1,700 APIs. Without
`--prism` the first is left out. Everything runs on this machine, so the ratios count and not the figures.
"""

import argparse
import http.client
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import processes
from measuring import measured
from processes import free_port, offline_endpoint, wait_until

from toolalpaca.core.cli import positive_fraction, positive_int, stage_parser

CONNECTIONS, LATENCY = 64, 0.5
MODEL_ROUNDS = 40  # 20 seconds, so that the first and the last call do not decide
CONVERSATIONS, REQUESTS, THREADS, APIS = 2000, 5, 128, 20
STARTED_APIS = 1700  # as many as the published list has

REPORT = {"type": "object", "required": ["id", "ip", "category"], "properties": {
    "id": {"type": "integer"}, "ip": {"type": "string"}, "category": {"type": "string"},
    "comment": {"type": "string"}, "reportedAt": {"type": "string", "format": "date-time"}}}
NOTE = {"type": "object", "required": ["id", "text"], "properties": {"id": {"type": "integer"},
                                                                     "text": {"type": "string"}}}
DOCUMENT = {
    "openapi": "3.0.3", "info": {"title": "Reports", "version": "1.0.0"}, "servers": [{"url": "http://127.0.0.1"}],
    "paths": {
        "/check": {"get": {"operationId": "checkAddress", "parameters": [
            {"name": "ip", "in": "query", "required": True, "schema": {"type": "string"}},
            {"name": "maxAgeInDays", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 365}}],
            "responses": {"200": {"description": "Reputation", "content": {"application/json": {"schema": {
                "type": "object", "required": ["ip", "score", "reports"], "properties": {
                    "ip": {"type": "string"}, "score": {"type": "integer", "minimum": 0, "maximum": 100},
                    "reports": {"type": "array", "items": REPORT}}}}}}}}},
        "/notes": {
            "post": {"operationId": "createNote", "requestBody": {"required": True, "content": {"application/json": {
                "schema": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}}}},
                "responses": {"201": {"description": "The note", "content": {"application/json": {"schema": NOTE}}}}},
            "get": {"operationId": "listNotes", "responses": {"200": {"description": "Notes", "content": {
                "application/json": {"schema": {"type": "array", "items": NOTE}}}}}}},
        "/notes/{noteId}": {"get": {"operationId": "getNote", "parameters": [
            {"name": "noteId", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "responses": {"200": {"description": "The note", "content": {"application/json": {"schema": NOTE}}}}}}}}

# Requests that all differ, so that no server answers from a memory of the last one.
WRK_SCRIPT = """
local count = 0
request = function()
  count = count + 1
  return wrk.format("GET", string.format("{path}/check?ip=10.%d.%d.%d&maxAgeInDays=%d",
    count / 65536 % 256, count / 256 % 256, count % 256, count % 365 + 1))
end
"""


@dataclass
class LoadResult:
    """One line of the report: what was measured, and whether that is enough."""

    name: str
    figures: str
    met: bool | None = None


@dataclass
class Load:
    """What wrk measured."""

    rates: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)  # milliseconds

    @property
    def rate(self) -> float:
        """Return the median rate in requests a second."""
        return statistics.median(self.rates)

    def __str__(self) -> str:
        return f"{self.rate:,.0f} requests/s, p99 {statistics.median(self.p99):,.0f} ms"


def main(argv: list[str] | None = None) -> int:
    """Measure and print; return 1 if something that must be reached was not."""
    args = parse_args(argv)
    results: list[LoadResult] = []
    for name, measure in (("prism", against_prism), ("llm", with_a_model), ("conversations", conversations),
                          ("start", start)):
        if name in args.parts:
            results += measure(args)
            for result in results[len(results) - 1:]:
                print(f"  {name} done: {result.figures}", file=sys.stderr, flush=True)
    for result in results:
        verdict = {True: "met", False: "NOT MET", None: ""}[result.met if args.part_of == 1 else None]
        print(f"{result.name:<58} {result.figures:<44} {verdict}")
    return 1 if args.part_of == 1 and any(result.met is False for result in results) else 0


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("--parts", nargs="+", default=["prism", "llm", "conversations", "start"],
                        choices=["prism", "llm", "conversations", "start"], help="what to measure (default: all)")
    parser.add_argument("--prism", metavar="COMMAND", default=shutil.which("prism"),
                        help="the prism program (default: the one on PATH; without one that part is left out)")
    parser.add_argument("--seconds", metavar="S", type=positive_int, default=8, help="length of each load")
    parser.add_argument("--rounds", metavar="N", type=positive_int, default=3, help="loads of each server")
    parser.add_argument("--part_of", metavar="FRACTION", type=positive_fraction, default=1.0,
                        help="make only this part of the calls, conversations and APIs, to see that the program works")
    return parser.parse_args(argv)


def against_prism(args: argparse.Namespace) -> list[LoadResult]:
    """Measure schema mode and both modes of Prism, in turn, under the same load."""
    if not args.prism or not shutil.which("wrk"):
        return [LoadResult("Prism", "left out: needs --prism and wrk")]
    loads = {"simulator, schema mode": Load(), "Prism, static": Load(), "Prism, dynamic": Load()}
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "document.json"
        document.write_text(json.dumps(DOCUMENT))
        for _ in range(args.rounds):
            with simulator(Path(folder), {"Reports": DOCUMENT}, "--mode", "schema") as url:
                load(loads["simulator, schema mode"], url, "/Reports", args.seconds)
            for name, flags in (("Prism, static", []), ("Prism, dynamic", ["--dynamic"])):
                with prism(args.prism, document, flags) as url:
                    load(loads[name], url, "", args.seconds)
    ours, static, dynamic = loads.values()
    p99 = statistics.median(ours.p99)
    return [*(LoadResult(f"{name}, {CONNECTIONS} connections", str(one)) for name, one in loads.items()),
            LoadResult("times Prism's dynamic mode (at least 2)", f"{ours.rate / dynamic.rate:.2f}",
                       ours.rate >= 2 * dynamic.rate),
            LoadResult("times Prism's static mode (at least 1)", f"{ours.rate / static.rate:.2f}",
                       ours.rate >= static.rate),
            LoadResult("p99 (under 100 ms)", f"{p99:.0f} ms", p99 < 100)]


def load(result: Load, url: str, path: str, seconds: int) -> None:
    """Put one load of wrk on a server; raise ValueError if an answer is not a success."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(WRK_SCRIPT.replace("{path}", path))
        script.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", "--latency", "-s", script.name]
        subprocess.run([*command, "-d1", url], check=True, capture_output=True)  # start-up is not what is measured
        text = subprocess.run([*command, f"-d{seconds}", url], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text:
        raise SystemExit(f"{url}: some answers were errors\n{text}")
    result.rates.append(float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    result.p99.append(float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit])


def with_a_model(args: argparse.Namespace) -> list[LoadResult]:
    """Measure llm mode, 64 requests in flight that all differ, against an endpoint that takes half a second."""
    total = part(MODEL_ROUNDS * CONNECTIONS, args)
    with tempfile.TemporaryDirectory() as folder, offline_endpoint(LATENCY) as model, simulator(
            Path(folder), {"Reports": DOCUMENT}, "--num_workers", str(CONNECTIONS), model=model) as url:
        client = Client(url)

        def ask(number: int) -> str:
            return client.ask("GET", f"/Reports/check?ip=10.0.{number // 256}.{number % 256}&maxAgeInDays=30")[1]

        ask(1_000_000)  # the first of all loads the SDK and meets the endpoint
        sources, seconds = timed(ask, total, CONNECTIONS)
    rate, ceiling = total / seconds, CONNECTIONS / LATENCY
    return [LoadResult(f"llm mode, {CONNECTIONS} in flight at {LATENCY} s (at least 95 % of {ceiling:.0f}/s)",
                       f"{rate:.1f}/s, {100 * rate / ceiling:.1f} %", rate >= 0.95 * ceiling),
            LoadResult("  answered by the model", f"{sources.count('llm')} of {total}", sources.count("llm") == total)]


def conversations(args: argparse.Namespace) -> list[LoadResult]:
    """Hold many conversations at once that create, list and read their own things and look for those of others."""
    held = part(CONVERSATIONS, args)
    with tempfile.TemporaryDirectory() as folder:
        names = [f"Notes{number}" for number in range(APIS)]
        with simulator(Path(folder), dict.fromkeys(names, DOCUMENT), "--mode", "schema") as url:
            client = Client(url)
            wrong, seconds = timed(lambda number: foreign_answers(client, number), held, THREADS)
    total = held * REQUESTS
    return [LoadResult(f"{held:,} conversations of {REQUESTS}, {THREADS} threads, {APIS} APIs",
                       f"{total / seconds:,.0f} requests/s"),
            LoadResult("  answers that belong to another conversation (none)", str(sum(wrong)), sum(wrong) == 0)]


def foreign_answers(client: "Client", number: int) -> int:
    """Hold one conversation of five requests; return how many answers were not its own."""
    notes, session = f"/Notes{number % APIS}/notes", f"conversation-{number}"
    mine = [f"note {number} first", f"note {number} second"]
    made = [client.ask("POST", notes, session, {"text": text})[0] for text in mine]
    listed = client.ask("GET", notes, session)[0]
    reads = [client.ask("GET", f"{notes}/{note['id']}", session)[0] for note in made]
    texts = sorted(note["text"] for note in listed if note["text"].startswith("note "))
    return sum([made[0]["text"] != mine[0], made[1]["text"] != mine[1], texts != mine, *(
        read != note for read, note in zip(reads, made, strict=True))])


class Client:
    """The plainest HTTP client, one connection a thread, since it shares the processors with what it measures."""

    def __init__(self, url: str) -> None:
        self._address = url.removeprefix("http://")
        self._local = threading.local()

    def ask(self, method: str, path: str, session: str | None = None, body: object = None) -> tuple[Any, str]:
        """Return the answer's JSON and where the simulator says it came from."""
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(self._address, timeout=60)
        headers = {"X-Simulator-Session": session} if session else {}
        data = None if body is None else json.dumps(body)
        connection = self._local.connection
        connection.request(method, path, data, headers | ({"Content-Type": "application/json"} if data else {}))
        answer = connection.getresponse()
        return json.loads(answer.read()), answer.headers.get("X-Simulator-Source", str(answer.status))


def start(args: argparse.Namespace) -> list[LoadResult]:
    """Measure the time from the command to readiness with as many APIs as the published list has."""
    names = [f"API {number}" for number in range(part(STARTED_APIS, args))]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack, measured() as spent:
        stack.enter_context(simulator(Path(folder), dict.fromkeys(names, DOCUMENT), "--mode", "schema"))
    return [LoadResult(f"start with {len(names):,} APIs (under 10 s)", f"{spent.wall:.1f} s", spent.wall < 10)]


def part(number: int, args: argparse.Namespace) -> int:
    """Return the part of a number that is to be made, at least one."""
    return max(1, round(number * args.part_of))


def timed(work: Callable[[int], object], count: int, threads: int) -> tuple[list, float]:
    """Return the results of `work` for 0 to `count`, and the seconds from the first to the last."""
    with ThreadPoolExecutor(threads) as pool:
        with measured() as spent:
            results = list(pool.map(work, range(count)))
        return results, spent.wall


@contextmanager
def simulator(folder: Path, documents: dict[str, dict], *flags: str, model: str | None = None) -> Iterator[str]:
    """Yield the URL of a simulator of these APIs in its own process."""
    data = folder / "api_data.json"
    data.write_text(json.dumps([{"Name": name, "Description": name, "Documentation": json.dumps(one)}
                                for name, one in documents.items()]))
    with processes.simulator(data, *flags, model=model) as url:
        yield url


@contextmanager
def prism(command: str, document: Path, flags: list[str]) -> Iterator[str]:
    """Yield the URL of Prism's mock server."""
    port = free_port()
    process = subprocess.Popen([command, "mock", *flags, "-p", str(port), document], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{url}/check?ip=1.2.3.4"), process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(url: str) -> bool:
    """Return whether a URL can be read."""
    try:
        with urlopen(url, timeout=2):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
