"""Stage 2: let a language model write each API's introduction, functions and OpenAPI document.

    python tool_maker/get_elements.py -api data/public_apis.json -out ./data

Writes OUT/api_data.json with Introduction, Functions and Documentation added to each record. A document that never
became valid is null, with the reason under Errors.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import (
    add_api_flag,
    add_batch_flag,
    add_llm_flags,
    add_out_folder_flag,
    add_ray_flags,
    from_options,
    output_folder,
    run_main,
    stage_parser,
)
from toolalpaca.core.files import PROMPTS

NAME = "get_elements"


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the list of APIs that tool_maker/preprocess_public_apis.py wrote")
    add_out_folder_flag(parser, "folder for api_data.json, the store of calls and the run log")
    parser.add_argument("-temp", "--template_dir", "--template_path", dest="template_dir", metavar="FOLDER", type=Path,
                        default=PROMPTS, help="folder of Introduction.txt, Functions.txt, Documentation.txt")
    add_llm_flags(parser, "writer")
    add_ray_flags(parser)
    add_batch_flag(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.data.shards import corpus_parts, record_name
    from toolalpaca.runner.stage import RunOptions, Stage, StagePlan, updated_records
    from toolalpaca.toolset.elements import ElementPrompts, ElementsWork, likely_calls

    keys = ("Name", "Description", "Link", "Category")
    corpus = corpus_parts(args.api_data_path, args.output_dir / "api_data.json", keys)
    prompts = ElementPrompts(args.template_dir)
    plan = StagePlan(NAME, output_folder(args.output_dir), ("writer",), "writer", prompts.fingerprints())
    stage = Stage(plan, from_options(RunOptions, args))
    if args.dry_run:
        return stage.dry_run((record_name(record), likely_calls(record, prompts))
                             for part in corpus for record in part.records)
    work = ElementsWork(prompts)
    for part in corpus:
        stage.begin(part.output, list(map(record_name, part.records)))
        results = stage.run(part.records, work, name=record_name, title=part.title)
        stage.write(part.output, updated_records(part.records, results, NAME, part.output))
    return stage.close()


if __name__ == "__main__":
    run_main(main)
