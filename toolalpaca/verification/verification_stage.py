"""The verification run: three stages of rules for each instance, and the judge for those that pass."""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from toolalpaca.conversation.outcome import requested_kind
from toolalpaca.conversation.steps import merged_turns, predicted_calls, samples_of, steps_of, user_turns
from toolalpaca.core.cli import locked_folder
from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.core.log import record_bar
from toolalpaca.core.run_log import Report
from toolalpaca.data.corpus_files import Job, made_files, output_place, output_shards
from toolalpaca.data.reasons import Code, Reason, Verification, verification
from toolalpaca.data.record_types import GET_DETAILS, ApiRecord, Instance
from toolalpaca.data.records import records_in, stream_records, write_records
from toolalpaca.data.redaction import redacted
from toolalpaca.data.shards import record_name
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.judge import PLACEHOLDERS, Judge, likely_calls
from toolalpaca.llm.prompts import Prompt
from toolalpaca.matching.language.actions import declines
from toolalpaca.runner.executor import TaskContext
from toolalpaca.runner.stage import RunOptions, Stage, StagePlan
from toolalpaca.verification.checks import check_execution, check_format, check_semantics
from toolalpaca.verification.contract import Contract

MOST_REASONS = 20  # that are written for one instance
_MANY = 1000  # instances from which on other processes are worth their start

NAME = "verification"


@dataclass
class Findings:
    """The findings on one instance, the stages that ran, and findings of the rules that the judge did not share."""

    reasons: list[Reason]
    reached: list[str]
    overruled: list[Reason] = field(default_factory=list)

    def verification(self) -> Verification:
        """Return the findings as stored with the instance."""
        made = verification(self.reasons[:MOST_REASONS], self.reached)
        if self.overruled:
            made["overruled"] = [reason.text() for reason in self.overruled[:MOST_REASONS]]
        return made

    @property
    def can_be_appealed(self) -> bool:
        """Return whether all there is against the instance are rules on what its texts mean."""
        return all(reason.stage == "semantics" for reason in self.reasons)


def findings(instance: Instance, contract: Contract, kind: str = "") -> Findings:
    """Run the stages over the whole conversation; a trace that fails *format* is not checked further.

    If the instruction was requested as `kind` none, which no function can do, an answer without any call of the API is
    right, even if the assistant asked the user first or was asked again for a turn that could not be read; and so is
    one that says so, if nothing is known of what was requested.
    """
    found, instance = Findings([], []), merged_turns(instance)
    found.reached.append("format")
    found.reasons += check_format(instance, contract)
    if not found.reasons:
        calls = predicted_calls(instance)
        found.reached += ("execution", "semantics")
        found.reasons += (*check_execution(instance, calls, contract), *check_semantics(instance, calls, contract))
    is_beyond = kind == "none" or not kind and declines(instance.get("output") or "")
    if is_beyond and not any(step.is_call and step.action != GET_DETAILS for step in steps_of(instance)):
        found.reasons = [reason for reason in found.reasons if reason.code is not Code.NO_CALL]
    return found


@dataclass
class VerdictTally:
    """Counts over a run: instances that passed, those with each reason, and those that failed by their first reason."""

    seen: int = 0
    passed: int = 0
    overruled: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    codes: Counter[tuple[str, Code]] = field(default_factory=Counter)

    def count(self, found: Iterable[Findings]) -> None:
        """Count instances by their findings."""
        for one in found:
            self.seen += 1
            self.passed += not one.reasons
            self.overruled += bool(one.overruled)
            self.failed.update([one.reasons[0].code] if one.reasons else [])
            self.codes.update({(reason.stage, reason.code) for reason in one.reasons})

    def table(self) -> str:
        """Return the reasons as a table, most frequent first, with the number of instances that have each."""
        share = f" ({100 * self.passed / self.seen:.1f} %)" if self.seen else ""
        lines = [f"{self.passed} of {self.seen} instances pass{share}"]
        lines += [f"{self.overruled} of them by the judge's word against the rules"] if self.overruled else []
        lines += [f"{count:7}  {stage:<10} {code:<24} {code.meaning}"
                  for (stage, code), count in self.codes.most_common()]
        return "\n".join(lines)


def findings_of(record: ApiRecord) -> list[Findings]:
    """Return the findings for each conversation of a record, the samples of an instance after it."""
    contract = Contract(record)
    return [findings(sample, contract, requested_kind(record, place)) for place, sample in conversations(record)]


def conversations(record: ApiRecord) -> list[tuple[int, Instance]]:
    """Return each conversation of a record with the place of its instruction."""
    return [(place, sample) for place, instance in enumerate(record.get("Instances") or [])
            for sample in samples_of(instance)]


@dataclass(frozen=True)
class RulesWork:
    """The work of the rules, from a record to the findings on its instances; needs no model."""

    def begin(self, _: Any) -> Callable[[ApiRecord], list[Findings]]:
        """Return what finds the reasons against a record's instances."""
        return findings_of


def with_verification(record: ApiRecord, found: Sequence[Findings]) -> ApiRecord:
    """Return the record with a `Verification` added to each conversation."""
    remaining = iter(found)
    instances = [_verified_samples(samples, list(islice(remaining, len(samples))))
                 for samples in map(samples_of, record.get("Instances") or [])]
    return redacted({**record, "Instances": instances} if "Instances" in record else record)


def _verified_samples(samples: Sequence[Instance], found: Sequence[Findings]) -> Instance:
    """Return the conversations about one instruction as one instance, ranked if there are several."""
    made: list[Any] = [{**instance, "Verification": one.verification()}
                       for instance, one in zip(samples, found, strict=True)]
    if len(made) == 1:
        return made[0]
    in_order = sorted(range(len(made)), key=lambda place: _badness(samples[place], found[place]))
    for rank, place in enumerate(in_order, start=1):
        made[place]["Verification"]["rank"] = rank
    return {**made[0], "Samples": made[1:]}


def _badness(instance: Instance, found: Findings) -> tuple[bool, int, int]:
    """Return what conversations are ranked by: that something was found, how much, and how many steps were made."""
    return bool(found.reasons), len(found.reasons), len(steps_of(merged_turns(instance)))


def cases_of(record: ApiRecord) -> list[Case]:
    """Return the record's conversations as the judge sees them."""
    return [Case(record, place, whole["input"], whole, None, sample, user_turns(one))
            for place, instance in enumerate(record.get("Instances") or [])
            for sample, one in enumerate(samples_of(instance)) for whole in [merged_turns(one)]]


@dataclass(frozen=True)
class JudgedWork:
    """The judge's work, from an instance to the reasons it gives."""

    prompt: Prompt

    def begin(self, context: TaskContext) -> Callable[[Case], list[Reason]]:
        """Return `judged` with the judge's model."""
        return partial(judged, judge=Judge(context.models["judge"], self.prompt))


def judged(case: Case, judge: Judge) -> list[Reason]:
    """Return the judge's reasons; raise RecordError if it cannot be asked or gives no verdict."""
    verdicts = judge.judge(case).verdicts
    return [Reason(code, f"the verdict is {verdict}") for code, verdict in (
        (Code.JUDGE_PROCESS, verdicts.process), (Code.JUDGE_RESPONSE, verdicts.response)) if verdict != "Yes"]


def add_verdict(found: Findings, reasons: list[Reason] | None, error: RecordError | None) -> None:
    """Add the judge's reasons to the rules' findings, or overrule those if it has none; an instance without a verdict
    does not pass."""
    found.reached.append("judge")
    if error is None and not reasons:
        found.overruled, found.reasons = found.reasons, []
    found.reasons += reasons or []
    if error is not None:
        found.reasons.append(Reason(Code.JUDGE_FAILED, str(error)))


@dataclass(frozen=True)
class VerificationConfig:
    """Command-line options of the verification; `template` is the judge's prompt, and with `appeal` it also decides on
    what rules about meaning refuse."""

    api_data_path: Path
    output: Path
    with_judge: bool
    appeal: bool
    template: Path
    run: RunOptions


def verify_corpus(config: VerificationConfig) -> int:
    """Write the records with a Verification added to each instance; return the exit code.

    Without a judge and Ray they are processed one at a time, in a process for each core if there are many, otherwise
    shard by shard.
    """
    if config.appeal and not config.with_judge:
        raise UsageError("--appeal needs --with_judge")
    source, output = config.api_data_path, config.output
    count, instances = _checked(source)
    jobs, folder = output_shards(source, output), locked_folder(output_place(source, output))
    if config.with_judge or config.run.ray is not None:
        return _by_stage(config, jobs, folder)
    report, tally = Report(NAME, settings={"with_judge": False}), VerdictTally()
    processes = min(config.run.num_workers, os.cpu_count() or 1) if instances >= _MANY else 1
    with record_bar(NAME, count) as bar, _pool(processes) as pool:
        for job in jobs:
            write_records(job.output, _each_verified(records_in(job.inputs), tally, bar.update, pool, processes))
    _close(report, jobs, folder, tally)
    return report.close(folder)


def _checked(source: Path) -> tuple[int, int]:
    """Return the number of records and of instances; raise UsageError if a record is invalid or none has instances."""
    count = instances = 0
    for record in stream_records(source):
        count, instances = count + 1, instances + len(record.get("Instances") or [])
    if not instances:
        raise UsageError(f"{source}: no record has Instances; instance_generation/generation.py makes them")
    return count, instances


def _pool(processes: int) -> AbstractContextManager[Executor | None]:
    """Return a pool of processes, None for the work of one."""
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn")) if processes > 1 else nullcontext()


def _each_verified(records: Iterable[ApiRecord], tally: VerdictTally, done: Callable[[], object],
                   pool: Executor | None, processes: int) -> Iterator[ApiRecord]:
    for record, found in each_found(records, pool, 2 * processes):
        tally.count(found)
        yield with_verification(record, found)
        done()


def each_found(records: Iterable[ApiRecord], pool: Executor | None,
                ahead: int) -> Iterator[tuple[ApiRecord, list[Findings]]]:
    """Yield each record with its findings, in order; at most `ahead` records are with the pool at once."""
    if pool is None:
        yield from ((record, findings_of(record)) for record in records)
        return
    waiting: deque[tuple[ApiRecord, Future[list[Findings]]]] = deque()
    for record in records:
        waiting.append((record, pool.submit(findings_of, record)))
        if len(waiting) > ahead:
            earliest, found = waiting.popleft()
            yield earliest, found.result()
    yield from ((record, found.result()) for record, found in waiting)


def _by_stage(config: VerificationConfig, jobs: Sequence[Job], folder: Path) -> int:
    prompt = Prompt(config.template, PLACEHOLDERS)
    roles, settings = (("judge",), {"prompt": prompt.fingerprint}) if config.with_judge else ((), {"with_judge": False})
    stage = Stage(StagePlan(NAME, folder, roles, "judge", settings), config.run)
    if config.run.dry_run:
        cases = (case for job in jobs for record in records_in(job.inputs)
                 for case, _ in _for_judge(record, findings_of(record), config.appeal))
        return stage.dry_run(likely_calls(cases, prompt, 1))
    tally, rules, judge = VerdictTally(), RulesWork(), JudgedWork(prompt)
    for number, job in enumerate(jobs, start=1):
        title = f"{job.output.name} ({number} of {len(jobs)})" if len(jobs) > 1 else ""
        records = list(records_in(job.inputs))
        found = _found(stage, records, rules, title) if config.run.ray is not None else list(map(findings_of, records))
        if config.with_judge:
            asked = [pair for record, ones in zip(records, found, strict=True)
                     for pair in _for_judge(record, ones, config.appeal)]
            _judge(stage, job, asked, judge, title)
        write_records(job.output, map(with_verification, records, found))
        for ones in found:
            tally.count(ones)
    _close(stage.report, jobs, folder, tally)
    return stage.close()


def _found(stage: Stage, records: Sequence[ApiRecord], rules: RulesWork, title: str) -> list[list[Findings]]:
    """Return the rules' findings on each record's instances; raise UsageError if our own code fails on one."""
    results = stage.run(records, rules, name=record_name, title=title)
    for record, result in zip(records, results, strict=True):
        if result.error is not None:
            raise UsageError(f"{record['Name']!r}: cannot be verified ({result.error})")
    return [result.value or [] for result in results]


def _judge(stage: Stage, job: Job, asked: Sequence[tuple[Case, Findings]], judge: JudgedWork, title: str) -> None:
    """Add the judge's verdicts to the findings on these instances."""
    cases = [case for case, _ in asked]
    stage.begin(job.output, [case.name for case in cases])
    results = stage.run(cases, judge, name=lambda case: case.name, unit="instance", title=title)
    for (_, one), result in zip(asked, results, strict=True):
        add_verdict(one, result.value, result.error)


def _for_judge(record: ApiRecord, found: Sequence[Findings], appeal: bool) -> list[tuple[Case, Findings]]:
    """Return the instances without findings so far, and if `appeal` those refused for their meaning alone, as cases."""
    return [(case, one) for case, one in zip(cases_of(record), found, strict=True)
            if not one.reasons or appeal and one.can_be_appealed]


def _close(report: Report, jobs: Sequence[Job], folder: Path, tally: VerdictTally) -> None:
    """Print the table on standard output and set the counts of the closing report."""
    report.files = made_files(jobs, folder)
    report.made, report.failed = tally.passed, tally.failed
    print(tally.table())
