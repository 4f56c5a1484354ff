"""After stage 6: check every trace for format, execution and semantics, and write down why it passes or does not.

    python instance_generation/verification.py -api ./data/api_data_0_40.json -out ./data/verified.json

No language model is needed; large files are checked in a process for each core, at most --num_workers. --with_judge
also asks a model about the traces that pass, with --appeal also about those that only rules on meaning refuse: such
rules read words, and err more often than a capable model. `build_dataset.py --verified_only` then takes the instances
that passed.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import add_api_flag, add_llm_flags, add_ray_flags, from_options, run_main, stage_parser
from toolalpaca.core.files import PROMPTS


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the records with Instances that instance_generation/generation.py wrote")
    parser.add_argument("-out", "--output_path", dest="output", required=True, metavar="FILE", type=Path,
                        help="the same records with a Verification for each instance; for shards also a folder")
    parser.add_argument("--with_judge", action="store_true",
                        help="let a model read the traces that passed; those it does not approve of do not pass")
    parser.add_argument("--appeal", action="store_true",
                        help="with --with_judge: let it also read the traces that nothing but the rules of the stage "
                             "semantics refuses; those it approves of pass")
    parser.add_argument("-temp", "--template_path", dest="template", metavar="FILE", type=Path,
                        default=PROMPTS / "Evaluation.txt", help="the judge's prompt template")
    add_llm_flags(parser, "judge")
    add_ray_flags(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.verification.verification_stage import VerificationConfig, verify_corpus

    return verify_corpus(from_options(VerificationConfig, args))


if __name__ == "__main__":
    run_main(main)
