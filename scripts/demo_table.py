"""Print what the demo did: a row per stage, from the run logs and the times that demo.sh noted.

    python scripts/demo_table.py runs/demo runs/demo/test
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import run_main, stage_parser
from toolalpaca.core.run_log import read_log

COLUMNS = ("stage", "seconds", "made", "failed", "calls", "tokens in", "tokens out")


def main() -> int:
    parser = stage_parser(__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="the demo's folders, the one with times.tsv first")
    folders = parser.parse_args().folders
    entries = [entry for folder in folders for entry in read_log(folder)]
    times = [line.split("\t") for line in (folders[0] / "times.tsv").read_text().splitlines()]
    rows = [row(label, began, ended, entries) for label, began, ended in times]
    widths = [max(len(line[column]) for line in [COLUMNS, *rows]) for column in range(len(COLUMNS))]
    print()
    for line in [COLUMNS, *rows]:
        print("  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                        for column, (cell, width) in enumerate(zip(line, widths, strict=True))))
    print(f"\nThe files are in {folders[0]}; what each stage said is in run_log.jsonl there.")
    return 0


def row(label: str, began: str, ended: str, entries: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return one stage's line: its wall-clock seconds and what its run log entry says."""
    during = [entry for entry in entries
              if float(began) <= datetime.fromisoformat(entry["time"]).timestamp() <= float(ended)]
    entry = during[-1] if during else {}
    counts = [entry.get(key) for key in ("made", "failed", "calls", "tokens_in", "tokens_out")]
    return (label, f"{float(ended) - float(began):.1f}", *("" if count is None else f"{count:,}" for count in counts))


if __name__ == "__main__":
    run_main(main)
