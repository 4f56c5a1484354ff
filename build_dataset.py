"""Stage 7: turn instances into examples that a model is trained on.

    python build_dataset.py -api ./data/api_data_0_40.json -out ./data/sft_data.json

Leaves out instances that ended in an error, that have no step or more than --max_steps, or that only call getDetails.
In the default format an example is [[text, ...], [trainable, ...]]: the loss is on the trainable pieces alone. The
ending of -out says how it is stored: .json, .jsonl or .parquet. Of shards (a folder or 'shards/*.parquet') it makes a
folder of shards, or one file if -out has such an ending.
"""

import argparse
from pathlib import Path

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.core.cli import (
    add_api_flag,
    fraction,
    locked_folder,
    positive_fraction,
    positive_int,
    run_main,
    stage_parser,
)
from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import log_line
from toolalpaca.sft.formats import FORMATS, Rendering
from toolalpaca.toolset.quotas import parse_fractions

NAME = "build_dataset"


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the records with Instances that instance_generation/generation.py wrote")
    parser.add_argument("-out", "--output_path", required=True, metavar="FILE", type=Path,
                        help="the file of examples, whose ending says the form: .json, .jsonl or .parquet; for shards "
                             "also a folder")
    parser.add_argument("--agent_prompt", choices=sorted(PROMPT_FORMS), default="test_v1",
                        help="prompt form of the formats segments and text")
    parser.add_argument("--format", choices=FORMATS, default="segments", dest="example_format",
                        help="; ".join(f"{name}: {one.help}" for name, one in FORMATS.items()))
    parser.add_argument("--split", metavar="SHARE", type=positive_fraction, default=1.0,
                        help="share of the APIs, 0 to 1, whose examples go to FILE; those of the other APIs go to a "
                             "second file with _eval in its name")
    parser.add_argument("--without_getDetails", action="store_true",
                        help="leave getDetails out of the list of functions, for instances generated that way")
    parser.add_argument("--reasoning", choices=("keep", "drop"), default="drop",
                        help="what a reasoning model wrote before its turns: keep writes it as reasoning_content into "
                             "messages and as <think> blocks into the other formats")
    parser.add_argument("--thoughts", choices=("drop", "think", "content"), default="drop",
                        help="what messages, sharegpt and dpo hold of the thought before a call: nothing, a <think> "
                             "block, or, not in sharegpt, the text of the message")
    _add_choice_flags(parser)
    parser.add_argument("--rename", metavar="SHARE", type=fraction, default=0.0,
                        help="share of the APIs, 0 to 1, whose functions and parameters get random names, so that "
                             "descriptions have to be read")
    parser.add_argument("--mistakes", metavar="SHARE", type=fraction, default=0.0,
                        help="share of the conversations, 0 to 1, in which a call is made wrong and refused before it "
                             "is made right, so that a model learns to read refusals (with --refused_calls read)")
    parser.add_argument("--mistakes_of", metavar="FILE", type=Path,
                        help="a model's own conversations about the same instructions: its calls that were refused "
                             "come before the right call (with --refused_calls read)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="decides which APIs --rename takes, the "
                        "names, and the mistakes")
    parser.add_argument("--card", metavar="LICENCE", nargs="?", const="other",
                        help="write a dataset card, README.md in the folder of -out, with the hub's metadata and this "
                             "licence of the hub's list (other if none is given)")
    args = parser.parse_args(argv)
    _check_format(args)
    if (args.mistakes or args.mistakes_of) and args.refused_calls != "read":
        raise UsageError(f"--mistakes{'' if args.mistakes else '_of'}: the calls that are made wrong would be trained; "
                         "add --refused_calls read")
    return args


def _check_format(args: argparse.Namespace) -> None:
    """Raise UsageError for an option that the format of the examples cannot follow."""
    name, example_format = args.example_format, FORMATS[args.example_format]
    if example_format.pair and args.verified_only:
        raise UsageError(f"--verified_only leaves no conversation that failed, which the format {name} needs; leave it "
                         "out")
    if args.refused_calls == "read" and not example_format.marks_trained:
        marking = " or ".join(other for other, one in FORMATS.items() if one.marks_trained)
        raise UsageError(f"--refused_calls read: the format {name} does not say which turns are trained; choose "
                         f"{marking}, or train or leave_out")
    if args.thoughts not in example_format.thoughts:
        raise UsageError(f"--thoughts {args.thoughts}: the format {name} has no place for that; choose "
                         f"{' or '.join(reversed(example_format.thoughts))}")


def _add_choice_flags(parser: argparse.ArgumentParser) -> None:
    """Add what decides which instances become examples."""
    parser.add_argument("--verified_only", action="store_true",
                        help="leave out instances that instance_generation/verification.py has not passed")
    parser.add_argument("--max_steps", metavar="N", type=positive_int, default=5,
                        help="steps that a turn of the user may have taken; longer conversations are left out")
    parser.add_argument("--best", action="store_true",
                        help="of several conversations of one instruction (generation.py --samples), take the one "
                             "that instance_generation/verification.py ranked first; without it all are taken")
    parser.add_argument("--against", metavar="FILE", nargs="+", type=Path, default=[],
                        help="evaluation files: examples whose instruction occurs in one are left out, and functions "
                             "that do are counted (with --card also data/eval_simulated.json and data/eval_real.json)")
    parser.add_argument("--refused_calls", choices=("train", "read", "leave_out"), default="train",
                        help="calls that were refused before they were sent: train them, which teaches to recover and "
                             "to make the mistake too; let the model read them and train what follows (format "
                             "segments); or leave out conversations that hold one")
    parser.add_argument("--keep", metavar="KIND=SHARE,...", type=parse_fractions, default={},
                        help="of the instructions of a kind, as instruction.py --mix names it, keep this fraction, "
                             "such as none=0.3,follow_up=0 (default: all)")


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.core.run_log import Report
    from toolalpaca.data.corpus_files import check_not_read, output_place, output_shards
    from toolalpaca.sft.build import check_output, conversations_by_task, split_by_api, surveyed, write_side
    from toolalpaca.sft.card import DescribedBuild, card_facts, check_card, write_card
    from toolalpaca.sft.selection import OUR_TESTS, Selection, reference_texts

    source, output = args.api_data_path, args.output_path
    check_output(source, output)
    if args.card:
        check_card(output.parent)
    sides = split_by_api(surveyed(source), args.split)
    parts = [(path, side, output_shards(source, path)) for path, side in zip(
        (output, output.with_stem(output.stem + "_eval")), sides, strict=True) if side.count]
    for job in (job for _, _, jobs in parts for job in jobs):
        check_not_read(job.output, job.inputs)
    folder = locked_folder(output_place(source, output))
    rendering = Rendering(args.example_format, PROMPT_FORMS[args.agent_prompt], not args.without_getDetails,
                          args.reasoning == "keep", args.rename, args.seed, args.thoughts,
                          args.refused_calls == "train", args.mistakes,
                          conversations_by_task(args.mistakes_of) if args.mistakes_of else {})
    tests = list(dict.fromkeys([*args.against, *(OUR_TESTS if args.card else ())]))
    selection = Selection(args.verified_only, args.best, reference_texts(tests) if tests else None, args.max_steps,
                          args.refused_calls == "leave_out", args.keep)
    report = Report(NAME, settings={"format": args.example_format, "agent_prompt": args.agent_prompt,
                                    "split": args.split, "rename": args.rename, "verified_only": args.verified_only,
                                    "against": [path.name for path in tests], "keep": args.keep,
                                    "refused_calls": args.refused_calls, "mistakes": args.mistakes,
                                    "mistakes_of": args.mistakes_of.name if args.mistakes_of else None})
    tallies = {}
    for path, side, jobs in parts:
        tallies[path] = tally = write_side(jobs, side, rendering, selection, stage=NAME)
        for line in tally.lines():
            log_line(f"{NAME}: {path.name}: {line}")
        report.made += tally.kept
        report.files.append(path)
        report.settings.setdefault("left_out", {}).update({path.name: dict(tally.left_out)})
    if args.card:
        build = DescribedBuild(source, output, args.example_format, args.card, tests)
        report.files.append(write_card(output.parent, card_facts(build, tallies)))
    return report.close(folder)


if __name__ == "__main__":
    run_main(main)
