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
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring import cpu_of_children, measured, seconds_of_calls
from processes import ROOT, offline_endpoint, run_stage, simulator

from toolalpaca.core.cli import non_negative_float, positive_int, stage_parser
from toolalpaca.core.run_log import read_log

MUST_REACH = 0.95  # of W / L, for L = 0.5 s and W = 64 on two cores


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("-api", metavar="FILE", type=Path, default=ROOT / "data" / "train_data.json",
                        help="records with Instructions")
    parser.add_argument("--apis", metavar="N", type=positive_int, default=400, help="how many of its APIs")
    parser.add_argument("--latency", metavar="L", type=non_negative_float, default=0.5, help="seconds a call")
    parser.add_argument("--workers", metavar="W", type=positive_int, default=64, help="conversations in flight")
    return parser.parse_args(argv)


def write_corpus(source: Path, apis: int, target: Path) -> int:
    """Write the first APIs without their instances; return how many instructions they have."""
    records = [{key: value for key, value in record.items() if key != "Instances"}
               for record in json.loads(source.read_text(encoding="utf-8"))[:apis]]
    target.write_text(json.dumps(records), encoding="utf-8")
    return sum(len(record["Instructions"]) for record in records)


def generate(corpus: Path, out: Path, model: str, apis: str, *flags: str) -> None:
    """Run stage 6 as a process, with the model and the simulated APIs at these URLs; it says on standard error what it
    does."""
    run_stage("instance_generation/generation.py", "-api", corpus, "-out", out, "--server_url", apis, "--seed", "0",
              *flags, model=model, is_shown=True)


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure one run: instructions, calls, seconds, calls a second, share of W / L, CPU and mean calls in flight."""
    corpus, out = folder / "api_data.json", folder / "out"
    instructions = write_corpus(args.api, args.apis, corpus)
    with offline_endpoint(args.latency) as model, simulator(corpus, "--mode", "schema") as apis, \
            measured(cpu_of_children) as spent:
        generate(corpus, out, model, apis, "--num_workers", str(args.workers))
    log, seconds = read_log(out)[-1], seconds_of_calls(out, args.latency)
    rate = log["calls"] / seconds
    return {"instructions": instructions, "made": log["made"], "calls": log["calls"], "seconds": seconds, "rate": rate,
            "share": rate * args.latency / args.workers, "in_flight": log["mean_in_flight"],
            "cpu_ms": 1000 * spent.cpu / log["calls"]}


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
