"""Stage 9: let a large language model judge each solution against the golden answer.

    python evaluation.py -api ./data/api_data_0_40.json -out ./eval
    python evaluation.py -api ./run/eval_simulated_0_10.json -gold data/eval_simulated.json -out ./eval/7b.json

Reads the Instances of stage 6, writes the verdicts with their statistics as JSON and prints a table of them.
"""

import argparse
from pathlib import Path

from toolalpaca.cli import add_api_flag, add_llm_flags, output_folder, positive_int, run_main, stage_parser
from toolalpaca.records import read_records, write_json


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the run that stage 6 wrote")
    parser.add_argument("-gold", "--golden_answer_path", dest="golden", metavar="FILE", type=Path,
                        help="file with the Golden_Answers of the same APIs (default: those in the run itself)")
    parser.add_argument("-out", "--output_dir", "--output_path", dest="output", metavar="PATH", type=Path,
                        default=Path("eval"), help="the results file when it ends in .json, else a folder for "
                        "evaluation.json; the store of calls and the run log are beside it")
    parser.add_argument("-temp", "--template_dir", "--template_path", dest="template", metavar="FILE", type=Path,
                        default=Path("prompts/Evaluation.txt"), help="the judge's prompt template")
    parser.add_argument("--continue_run", action="store_true",
                        help="take over the verdicts of a results file that is there already, even one without a "
                             "store; finished calls in the store are never made again in any case")
    parser.add_argument("--votes", metavar="K", type=positive_int, default=1,
                        help="verdicts asked for per case; the majority counts and a tie is Uncertain")
    add_llm_flags(parser, "judge")
    args = parser.parse_args(argv)
    if args.continue_run and args.overwrite:
        parser.error("--continue_run and --overwrite contradict each other; leave one out")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    records = read_records(args.api_data_path)
    golden = {record["Name"]: record for record in read_records(args.golden)} if args.golden else None

    from toolalpaca.evaluation.cases import read_cases
    from toolalpaca.evaluation.judge import PLACEHOLDERS, expected_calls
    from toolalpaca.evaluation.judging import judge_cases, judge_stage, known_before, settings_of
    from toolalpaca.evaluation.results import command_line, results_file, run_block, statistics
    from toolalpaca.evaluation.tables import verdict_table
    from toolalpaca.prompts import Prompt

    cases = read_cases(args.api_data_path, records, golden)
    prompt, output = Prompt(args.template, PLACEHOLDERS), output_file(args.output)
    stage = judge_stage(args, cases, prompt, output)
    if args.dry_run:
        return stage.dry_run(expected_calls(cases, prompt, args.votes))
    settings = settings_of(stage, args.votes)
    entries = judge_cases(stage, prompt, cases, args.votes, known_before(args, cases, settings, output))
    found = statistics(entries)
    if stage.report.made or not output.exists():
        write_json(output, results_file(cases, entries, run_block(settings, command_line(argv)), found))
        stage.report.files.append(output)
    print(verdict_table(found))
    return stage.close()


def output_file(path: Path) -> Path:
    """`path` itself when it ends in .json, else evaluation.json in that folder; the folder is made."""
    if path.suffix.lower() == ".json" and not path.is_dir():
        return output_folder(path.parent) / path.name
    return output_folder(path) / "evaluation.json"


if __name__ == "__main__":
    run_main(main)
