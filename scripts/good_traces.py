#!/usr/bin/env python3
"""Write the good traces of labelled sets as a corpus: conversations in people's words, which build_dataset.py reads.

    python scripts/good_traces.py -api data/labelled/traces_dev*.json -out runs/natural/corpus.json
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import output_folder, run_main, stage_parser
from toolalpaca.core.log import log_line


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("-api", "--api_data_path", required=True, metavar="FILE", nargs="+", type=Path,
                        help="labelled traces, as data/labelled/README.md describes them")
    parser.add_argument("-out", "--output_path", required=True, metavar="FILE", type=Path, help="the corpus")
    parser.add_argument("--all", action="store_true", help="write the wrong ones too")
    return parser.parse_args(argv)


def with_good_traces(record: dict[str, Any], name: str, *, every: bool = False) -> dict[str, Any]:
    """Return the record under a name of its own, with the traces that are labelled good, or with every one, and what
    the user asked."""
    good = [instance for instance, label in zip(record["Instances"], record["Labels"], strict=True)
            if every or label["good"]]
    rest = {key: value for key, value in record.items() if key != "Labels"}
    return {**rest, "Name": name, "Instructions": [instance["input"] for instance in good], "Instances": good}


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.data.records import read_records, write_records

    corpus: dict[str, dict[str, Any]] = {}
    for path in args.api_data_path:
        for record in read_records(path, ("Name", "Instances", "Labels")):
            name = record["Name"] if record["Name"] not in corpus else f"{record['Name']} ({path.stem})"
            corpus[name] = with_good_traces(dict(record), name, every=args.all)
    output_folder(args.output_path.parent)
    write_records(args.output_path, corpus.values())
    log_line(f"good_traces: {sum(len(record['Instances']) for record in corpus.values())} conversations of "
             f"{len(corpus)} APIs: {args.output_path}")
    return 0


if __name__ == "__main__":
    run_main(main)
