"""`instance_generation/verification.py` put together: read a run, verify it, write it, print the table of reasons."""

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from toolalpaca.cli import output_folder
from toolalpaca.corpus import Job, made_files, output_place, output_shards
from toolalpaca.errors import UsageError
from toolalpaca.evaluation.cases import Case
from toolalpaca.parts import name_of
from toolalpaca.progress import record_bar
from toolalpaca.records import ApiRecord, records_in, stream_records, write_records
from toolalpaca.run_log import Report
from toolalpaca.verification.verify import Findings, RulesWork, Tally, findings_of, verified

if TYPE_CHECKING:
    from toolalpaca.stage import Stage
    from toolalpaca.verification.judged import JudgedWork

NAME = "verification"


def verify_corpus(args: argparse.Namespace) -> int:
    """Write the records with a Verification beside each instance; the exit code.

    In this process and without a judge they are taken one at a time, else shard by shard.
    """
    source: Path = args.api_data_path
    count = _checked(source)
    jobs, folder = output_shards(source, args.output), output_folder(output_place(source, args.output))
    if args.with_judge or args.ray is not None:
        return _by_stage(args, jobs, folder)
    report, tally = Report(NAME, settings={"with_judge": False}), Tally()
    with record_bar(NAME, count) as bar:
        for job in jobs:
            write_records(job.output, _each_verified(records_in(job.inputs), tally, bar.update))
    _close(report, jobs, folder, tally)
    return report.close(folder)


def _checked(source: Path) -> int:
    """How many records there are; raises UsageError where one is wrong or none has instances."""
    count, found = 0, False
    for record in stream_records(source):
        count, found = count + 1, found or bool(record.get("Instances"))
    if not found:
        raise UsageError(f"{source}: no record has Instances; instance_generation/generation.py makes them")
    return count


def _each_verified(records: Iterable[ApiRecord], tally: Tally, done: Callable[[], object]) -> Iterator[ApiRecord]:
    for record in records:
        found = findings_of(record)
        tally.count(found)
        yield verified(record, found)
        done()


def _by_stage(args: argparse.Namespace, jobs: Sequence[Job], folder: Path) -> int:
    from toolalpaca.evaluation.judge import PLACEHOLDERS, likely_calls
    from toolalpaca.prompts import Prompt
    from toolalpaca.stage import Stage, StagePlan
    from toolalpaca.verification.judged import JudgedWork

    prompt = Prompt(args.template, PLACEHOLDERS)
    roles, settings = (("judge",), {"prompt": prompt.fingerprint}) if args.with_judge else ((), {"with_judge": False})
    stage = Stage(StagePlan(NAME, folder, roles, "judge", settings), args)
    if args.dry_run:
        passed = (pair for job in jobs for record in records_in(job.inputs)
                  for pair in _passed(record, findings_of(record)))
        return stage.dry_run(likely_calls((case for case, _ in passed), prompt, 1))
    tally, rules, judge = Tally(), RulesWork(), JudgedWork(prompt)
    for number, job in enumerate(jobs, start=1):
        title = f"{job.output.name} ({number} of {len(jobs)})" if len(jobs) > 1 else ""
        records = list(records_in(job.inputs))
        found = _found(stage, records, rules, title) if args.ray is not None else list(map(findings_of, records))
        if args.with_judge:
            _judge(stage, job, records, found, judge, title)
        write_records(job.output, map(verified, records, found))
        for ones in found:
            tally.count(ones)
    _close(stage.report, jobs, folder, tally)
    return stage.close()


def _found(stage: "Stage", records: Sequence[ApiRecord], rules: RulesWork, title: str) -> list[list[Findings]]:
    """What the rules find in each record's instances; raises UsageError where our own code fails on one."""
    results = stage.run(records, rules, name=name_of, title=title)
    for record, result in zip(records, results, strict=True):
        if result.error is not None:
            raise UsageError(f"{record['Name']!r}: cannot be verified ({result.error})")
    return [result.value or [] for result in results]


def _judge(stage: "Stage", job: Job, records: Sequence[ApiRecord], found: Sequence[list[Findings]],
           judge: "JudgedWork", title: str) -> None:
    """Add what the judge finds to the instances in which the rules found nothing."""
    from toolalpaca.verification.judged import add_verdict

    asked = [pair for record, ones in zip(records, found, strict=True) for pair in _passed(record, ones)]
    cases = [case for case, _ in asked]
    stage.begin(job.output, [case.name for case in cases])
    results = stage.run(cases, judge, name=lambda case: case.name, unit="instance", title=title)
    for (_, one), result in zip(asked, results, strict=True):
        add_verdict(one, result.value, result.error)


def _passed(record: ApiRecord, found: Sequence[Findings]) -> list[tuple[Case, Findings]]:
    """The instances in which nothing was found so far, as the judge sees them."""
    from toolalpaca.verification.judged import case_of

    return [(case_of(record, place), one) for place, one in enumerate(found) if not one.reasons]


def _close(report: Report, jobs: Sequence[Job], folder: Path, tally: Tally) -> None:
    """Print the table on standard output and count for the closing report."""
    report.files = made_files(jobs, folder)
    report.made, report.failed = tally.passed, tally.failed
    print(tally.table())
