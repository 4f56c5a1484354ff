"""`--with_judge`: a model reads the traces that passed, with the prompt of the evaluation and no standard answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from toolalpaca.errors import RecordError
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.judge import Judge
from toolalpaca.prompts import Prompt
from toolalpaca.records import ApiRecord
from toolalpaca.verification.reasons import Reason
from toolalpaca.verification.verify import Findings
from toolalpaca.work import Kit


def case_of(record: ApiRecord, place: int) -> Case:
    """One instance as the judge sees it."""
    instance = record["Instances"][place]
    return Case(record, place, instance["input"], instance, None)


@dataclass(frozen=True)
class JudgedWork:
    """From an instance to what the judge finds wrong with it."""

    prompt: Prompt

    def begin(self, kit: Kit) -> Callable[[Case], list[Reason]]:
        """`judged` with the judge's model."""
        return partial(judged, judge=Judge(kit.models["judge"], self.prompt))


def judged(case: Case, judge: Judge) -> list[Reason]:
    """What the judge finds wrong. Raises RecordError when it cannot be asked or gives no verdict."""
    verdicts = judge.judge(case).verdicts
    return [Reason("judge", code, f"the verdict is {verdict}") for code, verdict in (
        ("judge_process", verdicts.process), ("judge_response", verdicts.response)) if verdict != "Yes"]


def add_verdict(found: Findings, reasons: list[Reason] | None, error: RecordError | None) -> None:
    """Put the judge's part to what the stages found; an instance without a verdict does not pass."""
    found.reached.append("judge")
    found.reasons += reasons or []
    if error is not None:
        found.reasons.append(Reason("judge", "judge_failed", str(error)))
