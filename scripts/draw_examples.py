"""Draw as many examples from each of several files as the smallest of them holds, so that runs on them can be compared.

    python scripts/draw_examples.py -api runs/pool/many.json runs/pool/few.json -out runs
"""

import argparse
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import non_negative_int, output_folder, run_main, stage_parser
from toolalpaca.core.log import log_line


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    parser.add_argument("-api", required=True, metavar="FILE", nargs="+", type=Path, dest="files",
                        help="files of examples, as build_dataset.py writes them")
    parser.add_argument("-out", required=True, metavar="FOLDER", type=Path,
                        help="where the drawn examples are written, under the files' names")
    parser.add_argument("--seed", metavar="N", type=non_negative_int, default=0, help="by which they are drawn")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.data.example_files import read_examples, write_examples

    pools = {path.name: list(read_examples(path)) for path in args.files}
    size = min(map(len, pools.values()))
    out = output_folder(args.out)
    for name, examples in pools.items():
        places = sorted(random.Random(args.seed).sample(range(len(examples)), size))
        write_examples(out / name, [examples[place] for place in places])
    log_line(f"draw_examples: {size} examples each of {', '.join(pools)}: {out}")
    return 0


if __name__ == "__main__":
    run_main(main)
