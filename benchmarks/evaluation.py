"""Measure how long the judge takes for many cases, from the first call to the last, run as users run it.

    python benchmarks/evaluation.py
    python benchmarks/evaluation.py --cases 100 --workers 32 --latency 0.5

The endpoint is the offline model in its own process, which gives every case the same verdicts after a fixed latency L.
With W calls in flight, N cases cannot be judged in less than ceil(N / W) * L; `times the least` says how far off we
are. The time of the rules that need no model, for the same cases, is printed too.
"""

import argparse
import json
import math
import tempfile
from pathlib import Path

from measuring import seconds_of_calls
from processes import ROOT, offline_endpoint, run_stage

from toolalpaca.core.cli import non_negative_float, positive_int, stage_parser
from toolalpaca.core.run_log import read_log

VERDICT = "Fine.\n\nProcess Correctness: Yes\nFinal Response Correctness: Yes"
MUST_REACH = 3.0  # seconds for 100 cases at 0.5 s with 32 workers


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("--cases", metavar="N", type=positive_int, default=100, help="cases to judge")
    parser.add_argument("--workers", metavar="W", type=positive_int, default=32, help="calls in flight")
    parser.add_argument("--latency", metavar="SECONDS", type=non_negative_float, default=0.5,
                        help="the endpoint's fixed latency")
    parser.add_argument("--rounds", metavar="N", type=positive_int, default=3, help="runs, each from nothing")
    return parser.parse_args(argv)


def write_run(path: Path, cases: int) -> None:
    """Write a run over the sets in data/, every golden call made, as often as it takes for `cases`."""
    records = json.loads((ROOT / "data" / "eval_simulated.json").read_text(encoding="utf-8"))
    made, left = [], cases
    while left > 0:
        record = {**records[len(made) % len(records)]}
        record["Name"] += f" {len(made)}"
        for key in ("Instructions", "Golden_Answers"):
            record[key] = record[key][:left]
        record["Instances"] = [_instance(instruction, golden) for instruction, golden in
                               zip(record["Instructions"], record["Golden_Answers"], strict=True)]
        left -= len(record["Instructions"])
        made.append(record)
    path.write_text(json.dumps(made))


def _instance(instruction: str, golden: list[dict[str, str]]) -> dict[str, object]:
    seen = 'Status Code: 200. Response: {"ok": true}'
    steps = [[[call["Action"], call["Action_Input"], f"Action: {call['Action']}"], seen] for call in golden]
    return {"input": instruction, "output": "Done.", "Final Thought": "", "intermediate_steps": steps}


def judge(run: Path, out: Path, model: str, *flags: str) -> None:
    """Run evaluation.py as a process."""
    run_stage("evaluation.py", "-api", run, "-out", out, *flags, model=model)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    least = math.ceil(args.cases / args.workers) * args.latency
    print(f"{args.cases} cases, {args.workers} workers, {args.latency} s a call; at least {least:.2f} s")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_run(folder / "run.json", args.cases)
        with offline_endpoint(args.latency, VERDICT) as url:
            for number in range(args.rounds):
                out = folder / str(number)
                judge(folder / "run.json", out, url, "--num_workers", str(args.workers))
                seconds = seconds_of_calls(out, args.latency)
                judge(folder / "run.json", folder / f"rules{number}", url, "--judge", "none")
                print(f"judge {seconds:5.2f} s, {seconds / least:4.2f} times the least; "
                      f"rules {read_log(folder / f'rules{number}')[-1]['seconds']:5.2f} s", flush=True)
    if (args.cases, args.workers, args.latency) == (100, 32, 0.5):
        print(f"must reach: under {MUST_REACH} s")


if __name__ == "__main__":
    main()
