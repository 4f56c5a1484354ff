"""Stage 4: let a language model write instructions that users of each API might give.

    python instance_generation/instruction.py -api ./data/api_data.json -out ./data

Writes OUT/api_data.json with Instructions added to each record.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.cli import (
    add_api_flag,
    add_batch_flag,
    add_llm_flags,
    add_out_folder_flag,
    output_folder,
    positive_int,
    run_main,
    stage_parser,
)
from toolalpaca.records import read_records

NAME = "instruction"


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the records that stage 3 wrote")
    add_out_folder_flag(parser, "folder for api_data.json, the store of calls and the run log")
    parser.add_argument("-temp", "--template_dir", "--template_path", dest="template", metavar="FILE", type=Path,
                        default=Path("prompts/Instruction.txt"), help="the prompt template")
    parser.add_argument("--per_api", metavar="N", type=positive_int, default=10, help="instructions for each API")
    add_llm_flags(parser, "writer")
    add_batch_flag(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    records = read_records(args.api_data_path)
    output = output_folder(args.output_dir) / "api_data.json"

    from toolalpaca.instructions import PLACEHOLDERS, expected_calls, write_instructions
    from toolalpaca.prompts import Prompt
    from toolalpaca.stage import Stage, StagePlan, updated_records

    prompt = Prompt(args.template, PLACEHOLDERS)
    plan = StagePlan(NAME, output, roles=("writer",), flag_role="writer",
                     settings={"instruction_prompt": prompt.fingerprint, "per_api": args.per_api})
    stage = Stage(plan, args, [record["Name"] for record in records])
    if args.dry_run:
        return stage.dry_run(call for record in records for call in expected_calls(record, prompt, args.per_api))
    results = stage.run(records, lambda record: {"Instructions": write_instructions(
        record, stage.models["writer"], prompt, args.per_api)}, name=lambda record: record["Name"])
    stage.write(updated_records(records, results, NAME, output))
    return stage.close()


if __name__ == "__main__":
    run_main(main)
