"""Peak memory and time of the stages that call no model, over corpora of growing size, as one array and as shards.

    python benchmarks/memory.py
    python benchmarks/memory.py --records 1000 10000 100000 --forms parquet --instances 1

The corpora repeat the records of data/train_data.json under new names; shards hold 1,000 records each. Peak memory is
the highest resident size of the stage's process. `grows` is the peak over that of the smallest corpus in its form.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from measuring import measured
from processes import ROOT

from toolalpaca.core.cli import positive_int, stage_parser

FORMS = ("array", "jsonl", "parquet")
SHARD = 1000  # records
STAGES = {"stage 3": "tool_maker/natural_language_documentation.py", "stage 7": "build_dataset.py",
          "verification": "instance_generation/verification.py"}
# A process of its own, since a child's peak is at least that of the process that started it.
RUN = ("import resource, subprocess, sys; code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL,"
       " stderr=subprocess.DEVNULL).returncode; print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("--records", metavar="N", type=positive_int, nargs="+", default=[1000, 10000],
                        help="sizes of the corpora (default: 1000 10000)")
    parser.add_argument("--forms", choices=FORMS, nargs="+", default=list(FORMS),
                        help="one array, or shards of JSON Lines or Parquet (default: all)")
    parser.add_argument("--stages", choices=list(STAGES), nargs="+", default=list(STAGES),
                        help="what is run (default: all)")
    parser.add_argument("--instances", metavar="N", type=positive_int,
                        help="instances a record has at most (default: all, 9.8)")
    return parser.parse_args(argv)


def repeated(count: int, instances: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield `count` records, no two of one name."""
    records = json.loads((ROOT / "data" / "train_data.json").read_text(encoding="utf-8"))
    for number in range(count):
        record = records[number % len(records)]
        yield {**record, "Name": f"{record['Name']} {number}", "Instances": record["Instances"][:instances]}


def write_corpus(folder: Path, form: str, count: int, instances: int | None) -> Path:
    """Write the corpus in this form; return what a stage is given as -api."""
    from toolalpaca.data.records import write_records

    if form == "array":
        write_records(folder / "api.json", repeated(count, instances))
        return folder / "api.json"
    (folder / "shards").mkdir()
    records = repeated(count, instances)
    for number in range(-(-count // SHARD)):
        write_records(folder / "shards" / f"part-{number:05}.{form}", islice(records, SHARD))
    return folder / "shards"


def seconds_and_peak(script: str, source: Path, out: Path) -> tuple[float, float]:
    """Return the seconds and the peak memory in MB (10^6 bytes) of one run of a stage; ends the program if it fails."""
    with measured() as spent:
        said = subprocess.run(
            [sys.executable, "-c", RUN, sys.executable, script, "-api", str(source), "-out", str(out)], cwd=ROOT,
            check=True, capture_output=True, text=True, env={**os.environ, "HF_HUB_OFFLINE": "1"}).stdout
    code, peak = map(int, said.split())
    if code:
        raise SystemExit(f"{script} -api {source}: exit code {code}")
    return spent.wall, peak * 1024 / 1e6


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    print("| | form | records | MB on disk | seconds | peak MB | grows |\n|---|---|---|---|---|---|---|", flush=True)
    for form in args.forms:
        first: dict[str, float] = {}
        for count in sorted(args.records):
            with tempfile.TemporaryDirectory() as place:
                source = write_corpus(Path(place), form, count, args.instances)
                size = sum(path.stat().st_size for path in Path(place).rglob("*") if path.is_file()) / 1e6
                for stage in args.stages:
                    out = Path(place) / (stage.replace(" ", "-") + (".json" if form == "array" else ""))
                    seconds, peak = seconds_and_peak(STAGES[stage], source, out)
                    first.setdefault(stage, peak)
                    print(f"| {stage} | {form} | {count:,} | {size:,.0f} | {seconds:.1f} | {peak:.0f} | "
                          f"{peak / first[stage]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
