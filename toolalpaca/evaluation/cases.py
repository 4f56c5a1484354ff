"""The cases to evaluate: one per instruction, with its solution and its golden answer if there are any."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.conversation.outcome import requested_kind
from toolalpaca.conversation.steps import merged_turns, user_turns
from toolalpaca.core.errors import FailureKind, UsageError, stored_kind
from toolalpaca.core.jsons import type_name
from toolalpaca.data.record_types import ApiRecord, GoldenCall, Instance
from toolalpaca.data.redaction import redacted
from toolalpaca.matching.facts.evidence import MOST_CALLS

RESERVED = ("statistics", "run")  # what stands next to the APIs' names in the results file


@dataclass(frozen=True)
class Case:
    """One instruction of an API. `golden` is None if there is no golden answer."""

    record: ApiRecord
    id: int
    instruction: str
    instance: Instance
    golden: list[GoldenCall] | None
    sample: int = 0  # of several conversations about the instruction
    turns: Sequence[Instance] = ()  # the same as `instance`, turn by turn

    @property
    def api(self) -> str:
        """Return the API's name, under which its results are listed."""
        return self.record["Name"]

    @property
    def name(self) -> str:
        """Return how the case is called in the store and in messages."""
        name = f"{self.api} [{self.id}]"
        return f"{name} sample {self.sample + 1}" if self.sample else name

    @property
    def asked(self) -> str:
        """Return the kind of instruction that was requested; "" if that is not recorded."""
        return requested_kind(self.record, self.id)

    @property
    def answer(self) -> str:
        """Return the final answer to the user."""
        return str(self.instance.get("output") or "")

    @property
    def failure(self) -> str | None:
        """Return why there is no solution; None if there is one, of whatever length."""
        if self.instance.get("error"):
            return str(self.instance["error"])
        if self.answer.strip() or self.instance.get("intermediate_steps"):
            return None
        return f"{FailureKind.NO_SOLUTION}: neither a call nor an answer"

    @property
    def failure_kind(self) -> FailureKind | None:
        """Return the kind of the failure, None if there is a solution."""
        return stored_kind(self.instance) or (FailureKind.NO_SOLUTION if self.failure is not None else None)


def read_cases(path: Path, records: Sequence[ApiRecord], golden: dict[str, ApiRecord] | None) -> list[Case]:
    """Return the cases of a run's records; `golden` holds the records of a file of golden answers by API name.

    Raises UsageError naming the file, the record and what is wrong.
    """
    evaluated = [record for record in records if "Instances" in record]
    if not evaluated:
        raise UsageError(f"{path}: no record has Instances; instance_generation/generation.py makes them")
    if golden is not None and not any(record["Name"] in golden for record in evaluated):
        raise UsageError(f"{path}: no API of it is among the golden answers "
                         f"({', '.join(list(golden)[:3])}, ...); names must be equal")
    for record in evaluated:
        if record["Name"] in RESERVED:
            raise UsageError(f"{path}: an API named {record['Name']!r} has no place in the results file; rename it")
    cases = [case for record in evaluated for case in _cases(path, record, golden)]
    if not cases:
        raise UsageError(f"{path}: holds no instance to evaluate")
    return cases


def notes_on(records: Sequence[ApiRecord], cases: Sequence[Case]) -> list[str]:
    """Return notes on the cases for the user: which records were not run, and which lack golden answers."""
    left_out = [record["Name"] for record in records if "Instances" not in record]
    without = sum(case.golden is None for case in cases)
    notes = []
    if left_out:
        notes.append(f"{len(left_out)} of {len(records)} APIs have no Instances and are left out, such as "
                     f"{left_out[0]!r}")
    if without:
        notes.append(f"{without} of {len(cases)} cases have no golden answer")
    return notes


def _cases(path: Path, record: ApiRecord, golden: dict[str, ApiRecord] | None) -> list[Case]:
    where, record = f"{path}: record {record['Name']!r}", redacted(record)
    conversations = [_read_instance(found) for found in record["Instances"]]
    instances = [_comparable(merged_turns(one)) for one in conversations]
    instructions = record.get("Instructions") or []
    known = record if golden is None else golden.get(record["Name"], {})
    answers = _golden_answers(where, redacted(known), instructions)
    cases = []
    for place in range(max(len(instances), len(instructions))):
        instance: Instance = instances[place] if place < len(instances) else failed_instance(
            FailureKind.NOT_RUN, "no such instance")
        said = record.get("Follow_Ups") or []
        instruction = "\n".join((instructions[place], *(said[place] if place < len(said) else ()))) \
            if place < len(instructions) else instance.get("input") or ""
        turns = user_turns(conversations[place]) if place < len(conversations) else []
        cases.append(Case(record, place, instruction, instance, answers[place] if place < len(answers) else None,
                          turns=turns))
    return cases


def _read_instance(found: Any) -> Instance:
    """Return the instance, or one with the reason why it is invalid: a malformed solution counts as wrong."""
    if not isinstance(found, dict):
        return failed_instance(FailureKind.MALFORMED_INSTANCE, f"it is {type_name(found)}, expected an object")
    for key, kind in (("input", str), ("output", str), ("error", str), ("intermediate_steps", list)):
        value = found.get(key)
        if value is not None and not isinstance(value, kind):
            return failed_instance(FailureKind.MALFORMED_INSTANCE,
                                   f"{key!r} is {type_name(value)}, expected {type_name(kind())}")
    return found  # type: ignore[return-value]


def _comparable(instance: Instance) -> Instance:
    """Return the instance, or one with the reason why its calls are too many to be compared."""
    if len(instance.get("intermediate_steps") or ()) <= MOST_CALLS:
        return instance
    return failed_instance(FailureKind.MALFORMED_INSTANCE, f"it has more than {MOST_CALLS} steps")


def failed_instance(kind: FailureKind, message: str) -> Instance:
    """Return an instance that holds only the reason why there is no solution."""
    return {"error": f"{kind}: {message}", "error_kind": kind}


def _golden_answers(where: str, record: ApiRecord, instructions: list[str]) -> list[list[GoldenCall] | None]:
    """Return the golden answers of one API, in the order of their instructions."""
    own = record.get("Instructions") or []
    for place, (ours, theirs) in enumerate(zip(instructions, own, strict=False)):
        if " ".join(str(ours).split()) != " ".join(str(theirs).split()):
            raise UsageError(f"{where}: Instructions[{place}] is not the one that the golden answers were written for")
    return list(golden_answers(where, record))


def golden_answers(where: str, record: ApiRecord) -> list[list[GoldenCall]]:
    """Return a record's golden answers, each a list of calls; raise UsageError, starting with `where`, if malformed."""
    answers = []
    for place, answer in enumerate(record.get("Golden_Answers") or []):
        calls = [answer] if isinstance(answer, dict) else answer
        if not isinstance(calls, list) or not all(isinstance(call, dict) and isinstance(call.get("Action"), str)
                                                  for call in calls):
            raise UsageError(f"{where}: Golden_Answers[{place}] is not a list of calls with an Action and an "
                             "Action_Input")
        if len(calls) > MOST_CALLS:
            raise UsageError(f"{where}: Golden_Answers[{place}] holds more than {MOST_CALLS} calls; split the task")
        answers.append(calls)
    return answers
