"""The check of golden answers: every call is bound, sent to the simulator in schema mode and must succeed.

Tasks whose golden answers cannot be executed measure nothing. Used by `evaluation.py --check_golden`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolalpaca.core.errors import UsageError
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.evaluation.cases import golden_answers
from toolalpaca.evaluation.golden_answers import gold_calls
from toolalpaca.evaluation.golden_run import GoldenRun
from toolalpaca.simulator.in_process import InProcessSimulator


@dataclass(frozen=True)
class Finding:
    """A problem with one golden call, or with the whole answer if `call` is ""."""

    api: str
    id: int
    call: str
    problem: str

    def __str__(self) -> str:
        where = f"{self.api} [{self.id}]" + (f" {self.call}" if self.call else "")
        return " ".join(f"{where}: {self.problem}".split())


def check_golden(path: Path, records: Sequence[ApiRecord]) -> tuple[int, list[Finding]]:
    """Return the number of golden calls in a file's records, and all problems with them; raise UsageError if
    malformed."""
    if not any(record.get("Golden_Answers") for record in records):
        raise UsageError(f"{path}: no record has Golden_Answers")
    findings: list[Finding] = []
    simulator = InProcessSimulator(records)
    number = 0
    for record in records:
        answers = golden_answers(f"{path}: record {record['Name']!r}", record)
        instructions = record.get("Instructions") or []
        if len(answers) != len(instructions):
            findings.append(Finding(record["Name"], min(len(answers), len(instructions)), "",
                                    f"{len(answers)} golden answers for {len(instructions)} instructions"))
        for place, answer in enumerate(answers):
            calls = gold_calls(answer)
            number += len(calls)
            findings += [Finding(record["Name"], place, function, problem)
                         for function, problem in GoldenRun(record, place, simulator).problems(calls)]
    return number, findings
