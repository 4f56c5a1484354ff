"""Stage 1: turn a list of public APIs into records with unique names.

    python tool_maker/preprocess_public_apis.py -api data/public_apis.json

If the -api file exists it is normalised in place, else it is made from --source: a README with tables like those of
github.com/public-apis/public-apis, other tables or lists of names with links, or data: JSON, JSON Lines, YAML or
separated values.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import add_api_flag, positive_int, run_main, stage_parser
from toolalpaca.core.log import log_line

README_URL = "https://raw.githubusercontent.com/public-apis/public-apis/master/README.md"


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the list of APIs (.json, .jsonl or .parquet), normalised in place if it exists and made from "
                 "--source if not", shards=False)
    parser.add_argument("-num", "--num", metavar="N", type=positive_int, default=2000,
                        help="number of APIs to keep, from the first")
    parser.add_argument("--source", metavar="URL_OR_FILE",
                        help="where the list comes from when the -api file does not exist; env:VARIABLE or file:PATH "
                             f"for one that holds a key (default: {README_URL})")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    if args.source and args.api_data_path.exists():
        log_line(f"{args.api_data_path} exists and is normalised; --source is not read")

    from toolalpaca.toolset.public_apis import preprocess

    return preprocess(args.api_data_path, args.source or README_URL, args.num)


if __name__ == "__main__":
    run_main(main)
