"""Stage 9: judge each solution against the golden answer, by a large language model, by rules, or both.

    python evaluation.py -api ./data/api_data_0_40.json -out ./eval
    python evaluation.py -api ./run/test_0_30.json -gold data/eval_simulated.json -out ./eval/7b.json --judge both
    python evaluation.py -api ./run/test_0_30.json -out ./eval/7b.json --judge none --compare ./eval/13b.json
    python evaluation.py --again ./eval/7b.json -api ./run/test_0_30.json -out ./eval/7b.json
    python evaluation.py --check_golden -api data/eval_simulated.json
    python evaluation.py -api ./runs/bfcl/api_data_0_250.json --suite bfcl -out ./runs/bfcl/results.json

Reads the Instances of stage 6, writes the verdicts with their statistics as JSON and prints a table of them.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolalpaca.core.cli import (
    EXIT_FAILED,
    add_api_flag,
    add_batch_flag,
    add_llm_flags,
    add_ray_flags,
    from_options,
    output_folder,
    positive_int,
    run_main,
    stage_parser,
)
from toolalpaca.core.files import PROMPTS, write_json
from toolalpaca.core.log import print_text
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.data.records import read_records

if TYPE_CHECKING:
    from toolalpaca.evaluation.cases import Case
    from toolalpaca.evaluation.results import Entry


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = stage_parser(__doc__)
    add_api_flag(parser, "the run that instance_generation/generation.py wrote; with --check_golden a file of golden "
                 "answers")
    parser.add_argument("-gold", "--golden_answer_path", dest="golden", metavar="FILE", type=Path,
                        help="file with the Golden_Answers of the same APIs (default: those in the run itself)")
    parser.add_argument("-out", "--output_dir", "--output_path", dest="output", metavar="PATH", type=Path,
                        default=Path("eval"), help="the results file when it ends in .json, else a folder for "
                        "evaluation.json; the store of calls and the run log are next to it")
    parser.add_argument("-temp", "--template_dir", "--template_path", dest="template", metavar="FILE", type=Path,
                        default=PROMPTS / "Evaluation.txt", help="the judge's prompt template")
    parser.add_argument("--judge", choices=("llm", "none", "both"), default="llm",
                        help="who gives the verdicts: a language model; rules that compare calls, execution and answer "
                             "and need no model; or the model, with the rules in addition and their agreement")
    parser.add_argument("--votes", metavar="K", type=positive_int, default=1,
                        help="verdicts asked of the judge per case; the majority counts and a tie is Uncertain")
    parser.add_argument("--compare", metavar="RESULTS", type=Path,
                        help="results file of another run on the same cases; says whether one of the two is better")
    parser.add_argument("--again", metavar="RESULTS", type=Path,
                        help="score the run of a results file by the rules or the published test's checker of today, "
                             "without a model, and say what changed; a judge's verdicts in it are kept")
    parser.add_argument("--check_golden", action="store_true",
                        help="judge nothing: carry out the golden answers of the -api file against the simulator "
                             "without a model, and list every call that cannot be made as it is written")
    parser.add_argument("--suite", metavar="NAME",
                        help="score a run of a published test by that test's own checker, without a model: bfcl or "
                             "nestful (tool_maker/import_suite.py makes its records)")
    parser.add_argument("--continue_run", action="store_true",
                        help="take over the verdicts of a results file that is there already, even one without a "
                             "store; finished calls in the store are never made again in any case")
    add_llm_flags(parser, "judge")
    add_ray_flags(parser)
    add_batch_flag(parser)
    args = parser.parse_args(argv)
    if args.continue_run and args.overwrite:
        parser.error("--continue_run and --overwrite contradict each other; leave one out")
    if args.dry_run and args.judge == "none":
        parser.error("--judge none makes no call, so there is nothing for --dry_run to foresee; leave one out")
    if args.again and (args.dry_run or args.continue_run or args.suite or args.check_golden):
        parser.error("--again asks no model and takes only -api, -gold, -out and --compare with it")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from toolalpaca.evaluation.results import read_results

    records = read_records(args.api_data_path)
    if args.check_golden:
        return list_findings(args.api_data_path, records)
    earlier = read_results(args.again) if args.again else None
    if suite_name := args.suite or suite_of(earlier):
        return score_suite(suite_name, args, records, argv, earlier)
    golden = {record["Name"]: record for record in read_records(args.golden)} if args.golden else None

    from toolalpaca.evaluation.cases import notes_on, read_cases
    from toolalpaca.evaluation.compare import compare, comparison_in_words, rescored, rescored_in_words
    from toolalpaca.evaluation.judge import JudgeConfig, Judging
    from toolalpaca.evaluation.results import command_line, results_file, run_block
    from toolalpaca.evaluation.scorers import VERSION, score_all
    from toolalpaca.evaluation.summary import scored_entries, scorer_report, summarise, tables

    cases = read_cases(args.api_data_path, records, golden)
    other = read_results(args.compare) if args.compare else None
    output = output_file(args.output, args.api_data_path, args.golden)
    asks_judge = args.judge != "none" and not args.again
    judging = Judging(from_options(JudgeConfig, args), cases, output) if asks_judge else None
    if judging and args.dry_run:
        return judging.dry_run()
    settings, judged = earlier_verdicts(args.again, earlier, cases) if earlier else ({"verdicts_of": "scorers"}, [])
    if judging:
        settings, judged = judging.settings(), judging.entries(continue_run=args.continue_run)
    scores = score_all(cases) if args.judge != "llm" or args.again else []
    entries = scored_entries(cases, scores, judged) if scores else judged
    report = judging.stage.report if judging else scorer_report(cases)
    report.notes += [*notes_on(records, cases), *suite_notes(records)]
    run = run_block(settings, command_line(argv), VERSION if scores else None)
    results = results_file(cases, entries, run,
                           summarise(cases, entries, scores, judged=bool(judged)))
    if other is not None:
        results["statistics"]["comparison"] = {"other": str(args.compare), **compare(results, other)}
    if earlier is not None:
        results["statistics"]["again"] = rescored(results, earlier)
    if report.made or not output.exists():
        write_json(output, results)
        report.files.append(output)
    print_text(tables(results["statistics"]))
    if other is not None:
        print_text("\n".join(comparison_in_words(results["statistics"]["comparison"], str(args.compare))))
    if earlier is not None:
        print_text("\n".join(rescored_in_words(results["statistics"]["again"])))
    return judging.stage.close() if judging else report.close(output.parent)


def earlier_verdicts(path: Path, results: dict[str, Any],
                     cases: "Sequence[Case]") -> "tuple[dict[str, Any], list[Entry]]":
    """Return the settings of a results file, and the judge's entries in it: none if the scorers gave the verdicts.

    Raises UsageError if it is not about the solutions of these cases.
    """
    from toolalpaca.evaluation.results import is_judged, judged_entries, recorded_settings

    settings, entries = recorded_settings(results), judged_entries(path, results, cases)
    return (settings or {"verdicts_of": "judge"}, entries) if is_judged(results) else (settings, [])


def suite_of(results: dict[str, Any] | None) -> str | None:
    """Return the name of the published test whose checker gave the verdicts of a results file, if one did."""
    return ((results or {}).get("statistics") or {}).get("suite", {}).get("name")


def suite_notes(records: list[ApiRecord]) -> list[str]:
    """Return a note if records are cases of a published test, which its own checker should score."""
    from toolalpaca.suites import KEY

    names = sorted({str(mark.get("name")) for record in records
                    if isinstance(mark := record.get(KEY), dict)})  # type: ignore[call-overload]
    return [f"there are cases of a published test; --suite {name} scores them by its own checker" for name in names]


def list_findings(path: Path, records: list[ApiRecord]) -> int:
    """Print what is wrong with a file's golden answers; the exit code says whether anything is."""
    from toolalpaca.evaluation.golden_run import check_golden

    calls, findings = check_golden(path, records)
    for finding in findings:
        print_text(str(finding))
    print_text(f"{path}: {calls} golden calls, {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}")
    return EXIT_FAILED if findings else 0


def score_suite(name: str, args: argparse.Namespace, records: list[ApiRecord], argv: list[str] | None,
                earlier: dict[str, Any] | None) -> int:
    """Write and print what a published test's checker says of a run, and what it said otherwise earlier."""
    from toolalpaca.evaluation.compare import rescored, rescored_in_words
    from toolalpaca.evaluation.results import command_line, read_results, results_file, run_block
    from toolalpaca.evaluation.summary import scorer_report
    from toolalpaca.suites import suite_named
    from toolalpaca.suites.scoring import compared, score_run, suite_statistics, suite_table

    suite = suite_named(name)
    other = read_results(args.compare) if args.compare else None
    scored = score_run(args.api_data_path, records, suite)
    cases, output = [one.case for one in scored], output_file(args.output, args.api_data_path, args.golden)
    statistics = suite_statistics(suite, scored)
    run = run_block({"verdicts_of": suite.version()}, command_line(argv))
    results = results_file(cases, [one.entry() for one in scored], run, statistics)
    if earlier is not None:
        earlier_verdicts(args.again, earlier, cases)  # raises if it is about other solutions
        statistics["again"] = rescored(results, earlier)
    write_json(output, results)
    print_text(suite_table(suite, statistics))
    if earlier is not None:
        print_text("\n".join(rescored_in_words(statistics["again"])))
    for line in compared(suite, scored, other, str(args.compare)) if other is not None else ():
        print_text(line)
    report = scorer_report(cases)
    report.files.append(output)
    return report.close(output.parent)


def output_file(path: Path, *read: Path | None) -> Path:
    """Return `path` itself if it ends in .json, else evaluation.json in that folder, which is made.

    Raises UsageError if it is one of the files to be read.
    """
    from toolalpaca.data.corpus_files import check_not_read

    is_file = path.suffix.lower() == ".json" and not path.is_dir()
    output = output_folder(path.parent) / path.name if is_file else output_folder(path) / "evaluation.json"
    check_not_read(output, filter(None, read))
    return output


if __name__ == "__main__":
    run_main(main)
