"""Stage 2: let a language model write each API's introduction, functions and OpenAPI document.

    python tool_maker/get_elements.py -api data/public_apis.json -out ./data

Writes OUT/api_data.json with Introduction, Functions and Documentation added to each record. A document that never
became valid is null, with the reason under Errors.
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
    run_main,
    stage_parser,
)
from toolalpaca.records import read_records

NAME = "get_elements"


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the list of APIs that stage 1 wrote")
    add_out_folder_flag(parser, "folder for api_data.json, the store of calls and the run log")
    parser.add_argument("-temp", "--template_dir", "--template_path", dest="template_dir", metavar="FOLDER", type=Path,
                        default=Path("prompts"), help="folder of Introduction.txt, Functions.txt, Documentation.txt")
    add_llm_flags(parser, "writer")
    add_batch_flag(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    records = read_records(args.api_data_path, required=("Name", "Description", "Link", "Category"))
    output = output_folder(args.output_dir) / "api_data.json"

    from toolalpaca.elements import ElementPrompts, expected_calls, write_elements
    from toolalpaca.stage import Stage, StagePlan, updated_records

    prompts = ElementPrompts(args.template_dir)
    plan = StagePlan(NAME, output, roles=("writer",), flag_role="writer", settings=prompts.fingerprints())
    stage = Stage(plan, args, [record["Name"] for record in records])
    if args.dry_run:
        return stage.dry_run(call for record in records for call in expected_calls(record, prompts))
    results = stage.run(records, lambda record: write_elements(record, stage.models["writer"], prompts),
                        name=lambda record: record["Name"])
    stage.write(updated_records(records, results, NAME, output))
    return stage.close()


if __name__ == "__main__":
    run_main(main)
