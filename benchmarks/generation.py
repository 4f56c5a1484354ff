"""Calls per second of stage 6 against an endpoint of fixed latency, conversations with a simulated API included.

    python benchmarks/generation.py
    python benchmarks/generation.py --apis 100 --workers 128

Runs the command itself, on the first APIs of the corpus in data/: the assistant and the user are the offline model with
a latency of L seconds, the APIs are played by the simulator in schema mode, all on this machine. With W conversations
in flight no more than W / L calls a second can be made; `share` is how much of that was reached from the first call to
the last. The end of a run, when fewer than W conversations are left, is counted too.
"""

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from processes import ROOT, offline_endpoint, process_with_url

MUST_REACH = 0.95  # of W / L, for L = 0.5 s and W = 64 on two cores


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-api", metavar="FILE", type=Path, default=ROOT / "data" / "train_data.json",
                        help="records with Instructions (default: data/train_data.json)")
    parser.add_argument("--apis", metavar="N", type=int, default=400, help="how many of its APIs (default: 400)")
    parser.add_argument("--latency", metavar="L", type=float, default=0.5, help="seconds a call (default: 0.5)")
    parser.add_argument("--workers", metavar="W", type=int, default=64, help="conversations in flight (default: 64)")
    return parser.parse_args(argv)


def write_corpus(source: Path, apis: int, target: Path) -> int:
    """Write the first APIs without their instances; return how many instructions they have."""
    records = [{key: value for key, value in record.items() if key != "Instances"}
               for record in json.loads(source.read_text(encoding="utf-8"))[:apis]]
    target.write_text(json.dumps(records), encoding="utf-8")
    return sum(len(record["Instructions"]) for record in records)


def generate(corpus: Path, out: Path, model: str, simulator: str, workers: int, *flags: str) -> None:
    """Run stage 6 as a process; its own words go to standard error."""
    subprocess.run([sys.executable, "instance_generation/generation.py", "-api", corpus, "-out", out, "--server_url",
                    simulator, "--num_workers", str(workers), "--seed", "0", *flags], cwd=ROOT, check=True,
                   env={**os.environ, "OPENAI_BASE_URL": model, "OPENAI_DEFAULT_MODEL": "offline"})


def seconds_of_calls(out: Path, latency: float) -> float:
    """Return the seconds from the first call to the last answer of a model, by the times in the store."""
    with sqlite3.connect(out / "calls.sqlite") as store:
        first, last = store.execute(
            "SELECT min(created), max(created) FROM calls WHERE value LIKE '%\"completion\"%'").fetchone()
    return last - first + latency


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure one run: instructions, calls, seconds, calls a second, share of W / L, CPU and mean calls in flight."""
    corpus, out = folder / "api_data.json", folder / "out"
    instructions = write_corpus(args.api, args.apis, corpus)
    with offline_endpoint(args.latency) as model, process_with_url(
            ["instance_generation/simulator.py", "-api", corpus, "--mode", "schema"]) as simulator:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        generate(corpus, out, model, simulator, args.workers)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    log = json.loads((out / "run_log.jsonl").read_text().splitlines()[-1])
    seconds = seconds_of_calls(out, args.latency)
    rate = log["calls"] / seconds
    return {"instructions": instructions, "made": log["made"], "calls": log["calls"], "seconds": seconds, "rate": rate,
            "share": rate * args.latency / args.workers, "in_flight": log["mean_in_flight"],
            "cpu_ms": 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / log["calls"]}


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(args, Path(folder))
    print(f"{found['made']} of {found['instructions']} instances, {found['calls']} calls in {found['seconds']:.1f} s")
    print(f"{found['rate']:.1f} calls/s, {found['share']:.1%} of W/L ({args.workers} / {args.latency:g} s), "
          f"{found['in_flight']:.1f} in flight on average, {found['cpu_ms']:.2f} ms of CPU a call in stage 6")
    if (args.workers, args.latency) == (64, 0.5):
        print(f"must reach: {MUST_REACH:.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
