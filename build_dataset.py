"""Stage 7: turn instances into examples that a model is trained on.

    python build_dataset.py -api ./data/api_data_0_40.json -out ./data/sft_data.json

Leaves out instances that ended in an error, that have no step or more than five, or that only call getDetails. In the
default format an example is [[text, ...], [trainable, ...]]: the loss is on the trainable pieces alone. The ending of
-out says how it is stored: .json, .jsonl or .parquet.
"""

import argparse
from pathlib import Path

from toolalpaca.cli import add_api_flag, output_folder, run_main, say, stage_parser
from toolalpaca.errors import UsageError

NAME = "build_dataset"
FORMATS = ("segments", "messages", "sharegpt", "text")
PROMPT_FORMS = ("test_v1", "test_v2", "train_v1", "train_v2")


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the records with Instances that stage 6 wrote")
    parser.add_argument("-out", "--output_path", required=True, metavar="FILE", type=Path,
                        help="the file of examples; its ending says the form: .json, .jsonl or .parquet")
    parser.add_argument("--agent_prompt", choices=PROMPT_FORMS, default="test_v1",
                        help="prompt form of the formats segments and text")
    parser.add_argument("--format", choices=FORMATS, default="segments", dest="example_format",
                        help="segments: text pieces and which of them are trained; messages: chat messages with tools "
                             "and tool_calls; sharegpt: conversations with function_call and observation; text: one "
                             "text")
    parser.add_argument("--split", metavar="SHARE", type=share_of_apis, default=1.0,
                        help="share of the APIs, 0 to 1, whose examples go to FILE; those of the other APIs go to a "
                             "second file with _eval in its name")
    parser.add_argument("--without_getDetails", action="store_true",
                        help="leave getDetails out of the list of functions, for instances generated that way")
    parser.add_argument("--verified_only", action="store_true",
                        help="leave out instances that instance_generation/verification.py has not passed")
    return parser.parse_args(argv)


def share_of_apis(text: str) -> float:
    """A number above 0 and up to 1."""
    try:
        if 0 < float(text) <= 1:
            return float(text)
    except ValueError:
        pass  # said below, as for a number out of range
    raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and up to 1")


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from agent.prompt_forms import PROMPT_FORMS as FORMS
    from agent.sft_examples import Rendering, Tally, check_records, examples, split_by_api
    from toolalpaca.records import read_records
    from toolalpaca.run_log import Report
    from toolalpaca.sft_files import file_kind, write_examples

    file_kind(args.output_path)
    if args.output_path.is_dir():
        raise UsageError(f"{args.output_path}: is a folder, but -out needs a file")
    records = read_records(args.api_data_path)
    check_records(args.api_data_path, records)
    folder = output_folder(args.output_path.parent)

    rendering = Rendering(args.example_format, FORMS[args.agent_prompt], not args.without_getDetails)
    report = Report(NAME, settings={"format": args.example_format, "agent_prompt": args.agent_prompt,
                                    "split": args.split, "verified_only": args.verified_only})
    eval_path = args.output_path.with_stem(args.output_path.stem + "_eval")
    for path, part in zip((args.output_path, eval_path), split_by_api(records, args.split), strict=True):
        if not part:
            continue
        tally = Tally()
        write_examples(path, examples(part, rendering, tally, verified_only=args.verified_only))
        for line in tally.lines():
            say(f"{NAME}: {path.name}: {line}")
        report.made += tally.kept
        report.files.append(path)
        report.settings.setdefault("left_out", {}).update({path.name: dict(tally.left_out)})
    return report.close(folder)


if __name__ == "__main__":
    run_main(main)
