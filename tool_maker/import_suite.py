"""Make records of a published test, so that a model can take it in stage 6 and evaluation.py --suite can score it.

    python tool_maker/import_suite.py -api runs/bfcl/api_data.json --suite bfcl --limit 50
    python instance_generation/generation.py -api runs/bfcl/api_data.json -out runs/bfcl --unexecuted \\
        --without_getDetails --agent_prompt test_v1 -llm MODEL
    python evaluation.py -api runs/bfcl/api_data_0_250.json --suite bfcl -out runs/bfcl/results.json

Needs pip install --no-deps -r requirements-suites.txt. One record is one case: its functions as an OpenAPI document and
its request as the only instruction. See docs/published-tests.md.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import output_folder, positive_int, run_main, stage_parser
from toolalpaca.core.log import log_line


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("-api", "--api_data_path", required=True, metavar="FILE", type=Path,
                        help="file of records to write")
    parser.add_argument("--suite", required=True, metavar="NAME", help="the published test: bfcl or nestful")
    parser.add_argument("--categories", metavar="NAME", nargs="+",
                        help="categories of the test to take (default: all that can be taken)")
    parser.add_argument("--limit", metavar="N", type=positive_int,
                        help="cases to draw from each category (default: all)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="by which --limit draws")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.data.records import write_records
    from toolalpaca.suites import drawn_cases, suite_named, suite_records

    suite = suite_named(args.suite)
    cases = drawn_cases(suite, args.categories or suite.categories, args.limit, args.seed)
    output_folder(args.api_data_path.parent)
    write_records(args.api_data_path, suite_records(suite, cases))
    drawn = "" if args.limit is None else f", at most {args.limit} of each category, drawn by seed {args.seed}"
    log_line(f"import_suite: {len(cases)} cases of {suite.version()}{drawn} · wrote {args.api_data_path}; take the "
             "test with instance_generation/generation.py --unexecuted --without_getDetails")
    return 0


if __name__ == "__main__":
    run_main(main)
