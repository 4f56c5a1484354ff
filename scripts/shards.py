"""Cut a corpus into shards, or put shards together, for corpora too large for one file.

    python scripts/shards.py split -api data/train_data.json -out runs/shards --records 100 --format parquet
    python scripts/shards.py merge -api 'runs/shards/*.parquet' -out runs/merged.json

Both take a file (.json, .jsonl or .parquet), a folder of shards or a quoted pattern, and hold one record at a time.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import add_api_flag, positive_int, run_main, stage_parser
from toolalpaca.core.log import log_line
from toolalpaca.data.json_files import FILE_FORMATS


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="split|merge")
    split = commands.add_parser("split", help="one folder of shards from a corpus; split --help has its options",
                                allow_abbrev=False)
    add_api_flag(split, "the records")
    split.add_argument("-out", "--output_dir", required=True, metavar="FOLDER", type=Path,
                       help="the folder of shards, named part-00000 and so on")
    split.add_argument("--records", metavar="N", type=positive_int, default=1000,
                       help="records in one shard (default: 1000)")
    split.add_argument("--format", choices=FILE_FORMATS, default="parquet", dest="kind",
                       help="form of the shards (default: parquet)")
    merge = commands.add_parser("merge", help="one file from a corpus; merge --help has its options",
                                allow_abbrev=False)
    add_api_flag(merge, "the records")
    merge.add_argument("-out", "--output_path", required=True, metavar="FILE", type=Path,
                       help="the file; its ending says the form: .json, .jsonl or .parquet")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.data.shards import merge, split

    if args.command == "split":
        made = split(args.api_data_path, args.output_dir, args.records, args.kind)
        log_line(f"split: wrote {len(made)} shards of up to {args.records} records to {args.output_dir}")
    else:
        count = merge(args.api_data_path, args.output_path)
        log_line(f"merge: wrote {count} records to {args.output_path}")
    return 0


if __name__ == "__main__":
    run_main(main)
