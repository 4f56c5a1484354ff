"""Count what assistants did turn by turn: can their turns be read, is the first call right, do they repeat and answer?

    python scripts/turn_table.py runs/experiment/base/base_0_30.json runs/experiment/student/student_0_30.json
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import run_main, stage_parser

ROWS = ("turns that cannot be read", "conversations with a call", "first call names a golden function",
        "a call is repeated as it was", "conversations with an answer")


def counts(records: list[Any]) -> dict[str, tuple[int, int]]:
    """Return for each of ROWS how many and of how many."""
    from toolalpaca.conversation.steps import steps_of
    from toolalpaca.evaluation.golden_answers import gold_calls

    totals = {row: [0, 0] for row in ROWS}
    for record in records:
        for golden, instance in zip(record["Golden_Answers"], record["Instances"], strict=True):
            steps = steps_of(instance)
            answered = bool(instance.get("output"))
            calls = [(step.action, step.input) for step in steps if step.is_call]
            wanted = {call.function for call in gold_calls(golden)}
            found = (len(steps) - len(calls), bool(calls), bool(calls) and calls[0][0] in wanted,
                     len(set(calls)) < len(calls), answered)
            for row, number in zip(ROWS, found, strict=True):
                totals[row][0] += number
                totals[row][1] += len(steps) + answered if row == ROWS[0] else 1
    return {row: (number, of) for row, (number, of) in totals.items()}


def lines(runs: list[Path]) -> Iterator[str]:
    """Yield the table, a run a column."""
    from toolalpaca.data.records import read_records
    from toolalpaca.evaluation.statistics import rate_in_words, wilson

    columns = [counts(read_records(run, ("Golden_Answers", "Instances"))) for run in runs]
    yield f"{'':38}" + "".join(f"{run.stem:<32}" for run in runs).rstrip()
    for row in ROWS:
        cells = [f"{rate_in_words(wilson(*column[row]))}   of {column[row][1]}" for column in columns]
        yield f"{row:<38}" + "".join(f"{cell:<32}" for cell in cells).rstrip()


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser(__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", type=Path,
                        help="files that instance_generation/generation.py wrote, with golden answers")
    for line in lines(parser.parse_args(argv).runs):
        print(line)
    return 0


if __name__ == "__main__":
    run_main(main)
