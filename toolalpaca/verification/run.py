"""`instance_generation/verification.py` put together: read a run, verify it, write it, print the table of reasons."""

import argparse
import sys
from pathlib import Path

from toolalpaca.cli import output_folder
from toolalpaca.errors import UsageError
from toolalpaca.records import ApiRecord, write_records
from toolalpaca.run_log import Report
from toolalpaca.verification.contract import Contract
from toolalpaca.verification.verify import Findings, Tally, findings, verified

NAME = "verification"
Found = dict[tuple[str, int], Findings]


def verify_file(args: argparse.Namespace, records: list[ApiRecord]) -> int:
    """Write the records with a Verification beside each instance; the exit code."""
    if args.output.is_dir():
        raise UsageError(f"{args.output}: is a folder, but -out needs a file")
    if not any(record.get("Instances") for record in records):
        raise UsageError(f"{args.api_data_path}: no record has Instances; instance_generation/generation.py makes them")
    folder = output_folder(args.output.parent)
    report = Report(NAME, settings={"with_judge": False}, files=[args.output])
    found = _all_findings(records)
    if args.with_judge:
        return _with_judge(args, records, found)
    _finish(args.output, records, found, report)
    return report.close(folder)


def _all_findings(records: list[ApiRecord]) -> Found:
    from tqdm import tqdm

    found: Found = {}
    bar = tqdm(records, desc=NAME, unit="record", file=sys.stderr, disable=not sys.stderr.isatty(), dynamic_ncols=True)
    for record in bar:
        contract = Contract(record)
        for place, instance in enumerate(record.get("Instances") or []):
            found[record["Name"], place] = findings(instance, contract)
    return found


def _with_judge(args: argparse.Namespace, records: list[ApiRecord], found: Found) -> int:
    from toolalpaca.evaluation.judge import PLACEHOLDERS, expected_calls
    from toolalpaca.prompts import Prompt
    from toolalpaca.stage import Stage, StagePlan
    from toolalpaca.verification.judged import JudgedWork, add_verdict, case_of

    prompt = Prompt(args.template, PLACEHOLDERS)
    cases = [case_of(record, place) for record in records for place in range(len(record.get("Instances") or []))
             if not found[record["Name"], place].reasons]
    plan = StagePlan(NAME, args.output.parent, ("judge",), "judge", {"prompt": prompt.fingerprint})
    stage = Stage(plan, args)
    if args.dry_run:
        return stage.dry_run(expected_calls(cases, prompt, 1))
    stage.begin(args.output, [case.name for case in cases])
    results = stage.run(cases, JudgedWork(prompt), name=lambda case: case.name, unit="instance")
    for case, result in zip(cases, results, strict=True):
        add_verdict(found[case.api, case.id], result.value, result.error)
    stage.report.files = [args.output]
    _finish(args.output, records, found, stage.report)
    return stage.close()


def _finish(output: Path, records: list[ApiRecord], found: Found, report: Report) -> None:
    """Write the file, print the table on standard output and count for the closing report."""
    write_records(output, verified(records, found))
    tally = Tally()
    for one in found.values():
        tally.count(one)
    report.made, report.failed = tally.passed, tally.failed
    print(tally.table())
