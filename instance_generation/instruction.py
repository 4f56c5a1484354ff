"""Stage 4: let a language model write instructions that users of each API might give.

    python instance_generation/instruction.py -api ./data/api_data.json -out ./data

Writes OUT/api_data.json with Instructions added to each record, and the kind of each (Instruction_Kinds).
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from toolalpaca.core.cli import (
    add_api_flag,
    add_batch_flag,
    add_llm_flags,
    add_out_folder_flag,
    add_ray_flags,
    fraction,
    from_options,
    output_folder,
    positive_int,
    run_main,
    stage_parser,
)
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import PROMPTS
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.toolset.quotas import DEFAULT_MIX, INSTRUCTION_KINDS, mix_in_words, ordered_kinds, orders, parse_mix

if TYPE_CHECKING:
    from toolalpaca.llm.prompts import Prompt

NAME = "instruction"


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the records that tool_maker/natural_language_documentation.py wrote")
    add_out_folder_flag(parser, "folder for api_data.json, the store of calls and the run log")
    parser.add_argument("-temp", "--template_dir", "--template_path", dest="template", metavar="FILE", type=Path,
                        default=PROMPTS / "Instruction.txt", help="the prompt template")
    parser.add_argument("--per_api", metavar="N", type=positive_int, default=10, help="instructions for each API")
    parser.add_argument("--max_functions", metavar="N", type=positive_int,
                        help="functions that the writer is shown at a time; of an API that has more, each of "
                             "several calls is shown others (default: all)")
    parser.add_argument("--mix", metavar="KIND=FRACTION,...", type=parse_mix, default=mix_in_words(DEFAULT_MIX),
                        help=f"fractions of the kinds of instructions: {', '.join(INSTRUCTION_KINDS)}")
    parser.add_argument("--stories", metavar="FRACTION", type=fraction, default=0.0,
                        help="fraction of the instructions that are longer and tell a story, 0 to 1")
    parser.add_argument("--story_template", metavar="FILE", type=Path, default=PROMPTS / "Instruction2.txt",
                        help="the prompt template of those")
    add_llm_flags(parser, "writer")
    add_ray_flags(parser)
    add_batch_flag(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.conversation.function_choice import too_many_note
    from toolalpaca.core.log import log_line
    from toolalpaca.data.day import clock_of
    from toolalpaca.data.shards import corpus_parts
    from toolalpaca.runner.stage import RunOptions, Stage, StagePlan, updated_records
    from toolalpaca.toolset.instructions import (
        InstructionRequest,
        InstructionsWork,
        KindCounts,
        add_counts,
        deduplicated,
        likely_calls,
    )

    corpus = corpus_parts(args.api_data_path, args.output_dir / "api_data.json")
    prompts, settings = prompts_of(args)
    stage = Stage(StagePlan(NAME, output_folder(args.output_dir), ("writer",), "writer", settings),
                  from_options(RunOptions, args))

    def wanted(record: ApiRecord) -> InstructionRequest:
        ordered = orders(record["Name"], args.per_api, prompts, args.stories, args.mix)
        return InstructionRequest.of(record, ordered, args.max_functions)

    if args.dry_run:
        return stage.dry_run((one.name, likely_calls(one)) for part in corpus for one in map(wanted, part.records))
    work, counts = InstructionsWork(stage.settings, clock_of(args.seed)), KindCounts()
    for part in corpus:
        items = [wanted(record) for record in part.records]
        if note := too_many_note(part.records, args.max_functions, "the writer is"):
            note += f"; {sum(item.unseen() for item in items)} functions are shown in no call"
            log_line(note)
            stage.report.notes.append(note)
        stage.begin(part.output, [item.name for item in items])
        results = stage.run(items, work, name=lambda item: item.name, title=part.title)
        counts.asked_for.update(ordered_kinds(order for item in items for order in item.orders))
        stage.write(part.output,
                    updated_records(part.records, deduplicated(results, args.per_api, counts), NAME, part.output))
    add_counts(stage.report, counts)
    return stage.close()


def prompts_of(args: argparse.Namespace) -> tuple[list["Prompt"], dict[str, Any]]:
    """Return the prompts of the forms that are wanted, and what of the flags decides the instructions.

    Flags at their defaults add nothing, so that an output begun before they existed can be resumed.
    """
    from toolalpaca.llm.prompts import Prompt
    from toolalpaca.toolset.instructions import PLACEHOLDERS

    paths = [args.template, *([args.story_template] if args.stories else [])]
    prompts = [Prompt(path, PLACEHOLDERS) for path in paths]
    settings: dict[str, Any] = {"instruction_prompt": prompts[0].fingerprint, "per_api": args.per_api}
    if args.max_functions:
        settings["max_functions"] = args.max_functions
    if args.stories:
        settings |= {"stories": args.stories, "story_prompt": prompts[1].fingerprint}
    if args.mix != DEFAULT_MIX:
        settings["mix"] = args.mix
        for path, prompt in zip(paths, prompts, strict=True):
            asked = [kind for kind, fraction in args.mix.items() if fraction]
            if "${kinds}" not in prompt.text and not all(f"${{{kind}}}" in prompt.text for kind in asked):
                raise UsageError(f"{path}: has no ${{kinds}} to put --mix in; add it where the kinds are to be listed")
    return prompts, settings


if __name__ == "__main__":
    run_main(main)
