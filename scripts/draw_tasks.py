"""Draw some of an evaluation set's tasks: the same number from each API, the same ones each time.

    python scripts/draw_tasks.py -api data/eval_simulated.json -out runs/few.json --per_api 4 --seed 0
"""

import argparse
import random
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import add_api_flag, non_negative_int, output_folder, positive_int, run_main, stage_parser
from toolalpaca.core.log import log_line

PER_TASK = ("Instructions", "Golden_Answers", "Instruction_Kinds", "Follow_Ups")


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the evaluation set")
    parser.add_argument("-out", "--output_path", required=True, metavar="FILE", type=Path, help="the smaller set")
    parser.add_argument("--per_api", metavar="N", type=positive_int, default=4, help="tasks of each API")
    parser.add_argument("--seed", metavar="N", type=non_negative_int, default=0, help="by which they are drawn")
    return parser.parse_args(argv)


def drawn(record: dict[str, Any], number: int, seed: int) -> dict[str, Any]:
    """Return the record with `number` of its tasks, or all if it has fewer, in their order."""
    tasks = range(len(record["Instructions"]))
    chosen = sorted(random.Random(f"{seed} {record['Name']}").sample(tasks, min(number, len(tasks))))
    return {key: [value[place] for place in chosen] if key in PER_TASK else value for key, value in record.items()}


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.data.records import read_records, write_records

    records: Any = read_records(args.api_data_path, ("Name", "Instructions"))
    output_folder(args.output_path.parent)
    smaller = [drawn(record, args.per_api, args.seed) for record in records]
    write_records(args.output_path, smaller)
    log_line(f"draw_tasks: {sum(len(record['Instructions']) for record in smaller)} tasks of {len(smaller)} APIs: "
             f"{args.output_path}")
    return 0


if __name__ == "__main__":
    run_main(main)
