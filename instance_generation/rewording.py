"""After stage 6: put conversations into the words of people, since the program that wrote them repeats its own.

    python instance_generation/rewording.py -api ./data/api_data_0_40.json -out ./data/reworded.json --share 0.5

A language model rewrites what the user and the assistant say; calls and what they returned stay as they are. The
offline model knows no other words. Verify the result: `instance_generation/verification.py` tells whether each argument
can still be told from what the user says.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import (
    add_api_flag,
    add_llm_flags,
    add_ray_flags,
    fraction,
    from_options,
    run_main,
    stage_parser,
)
from toolalpaca.core.files import PROMPTS


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the records with Instances that instance_generation/generation.py wrote")
    parser.add_argument("-out", "--output_path", dest="output", required=True, metavar="FILE", type=Path,
                        help="the same records in other words; for shards also a folder")
    parser.add_argument("-temp", "--template_path", dest="template", metavar="FILE", type=Path,
                        default=PROMPTS / "Rewording.txt", help="the prompt template")
    parser.add_argument("--share", type=fraction, default=1.0, metavar="SHARE",
                        help="share of the conversations that are put into other words, 0 to 1 (default: all)")
    add_llm_flags(parser, "writer")
    add_ray_flags(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.agent.rewording import RewordingConfig, reword_corpus

    return reword_corpus(from_options(RewordingConfig, args))


if __name__ == "__main__":
    run_main(main)
