"""Golden answers, carried out: every call is fitted, sent to the simulator in schema mode and has to come back well.

A set of tasks whose golden answers cannot be carried out measures nothing. Used by `evaluation.py --check_golden`.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.data.schema import EXTERNAL_TOOLS, ApiRecord
from toolalpaca.evaluation.cases import golden_answers
from toolalpaca.evaluation.golden import ExpectedCall, Placeholder, expected_calls
from toolalpaca.evaluation.scorers.base import Function, functions_of
from toolalpaca.matching.values import item_schema, property_schema
from toolalpaca.openapi.binding import TRY_AGAIN, ArgumentError
from toolalpaca.openapi.http_request import build_request
from toolalpaca.simulator.in_process import InProcessSimulator, body_of

_COERCED = re.compile(r": sent ")


@dataclass(frozen=True)
class Finding:
    """What is wrong with one golden call, or with an answer as a whole where `call` is ""."""

    api: str
    id: int
    call: str
    problem: str

    def __str__(self) -> str:
        where = f"{self.api} [{self.id}]" + (f" {self.call}" if self.call else "")
        return " ".join(f"{where}: {self.problem}".split())


def check_golden(path: Path, records: Sequence[ApiRecord]) -> tuple[int, list[Finding]]:
    """How many golden calls there are in a file's records, and all that is wrong with them. Raises UsageError for
    golden answers that are none."""
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
            calls = expected_calls(answer)
            number += len(calls)
            findings += _Answer(record, place, simulator).check(calls)
    return number, findings


class _Answer:
    """One golden answer on its way; `results` holds what each function has answered so far."""

    def __init__(self, record: ApiRecord, place: int, simulator: InProcessSimulator) -> None:
        self._record, self._place = record, place
        instructions = record.get("Instructions") or []
        self._session = simulator.begin(record["Name"], f"golden-{place}",
                                        instructions[place] if place < len(instructions) else "")
        self._api, self._functions = Api(record), functions_of(record)
        self._credentials: Credentials = credentials_of(record, real=False)
        self._results: dict[str, Any] = {}

    def check(self, calls: Sequence[ExpectedCall]) -> Iterator[Finding]:
        for call in calls:
            try:
                problems = list(self._call(call))
            except (ArgumentError, RecordError, ValueError) as error:
                problems = [str(error).replace(TRY_AGAIN, "").strip()]
            for problem in problems:
                yield Finding(self._record["Name"], self._place, call.function, problem)

    def _call(self, call: ExpectedCall) -> Iterator[str]:
        if call.arguments is None:
            yield "the Action_Input cannot be read as a JSON object"
        elif call.function in EXTERNAL_TOOLS:
            self._results[call.function] = None
        elif call.function not in self._api.operations:
            yield "there is no such function"
        else:
            yield from self._carry_out(call, call.arguments)

    def _carry_out(self, call: ExpectedCall, arguments: dict[str, Any]) -> Iterator[str]:
        function = self._functions.get(call.function, Function(call.function, ""))
        arguments = self._filled(arguments, {"properties": function.schemas})
        fitting = self._api.fitting(call.function)
        fitted = fitting.fit(self._credentials.fill(arguments, fitting.signature))
        yield from (f"not of its type: {note}" for note in fitted.notes if _COERCED.search(note))
        request = build_request(fitting.signature, fitted)
        answer = self._session.send(self._credentials.attach(request, fitting.signature, self._api.document))
        body = body_of(answer)
        if answer.status >= 400:
            yield f"the simulator answers {answer.status}: {json.dumps(body, ensure_ascii=False)[:200]}"
        self._results[call.function] = body

    def _filled(self, value: Any, schema: dict[str, Any]) -> Any:
        """The arguments with a value for every placeholder: from an earlier result, or made up to fit the schema."""
        if isinstance(value, dict):
            return {name: self._filled(inner, property_schema(schema, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner, item_schema(schema)) for inner in value]
        if not isinstance(value, Placeholder):
            return value
        if value.source is not None and value.source not in self._results:
            raise ValueError(f"{value.text!r}: {value.source} is not called before")
        if value.source is None or value.source in EXTERNAL_TOOLS:
            return _made_up(schema, self._api.document)
        return _from_result(value, self._results[value.source])


def _made_up(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    from toolalpaca.openapi.schemas import standalone
    from toolalpaca.simulator.faker.generator import Maker
    from toolalpaca.simulator.faker.source import Draw

    return Maker(standalone(document, schema, request=True))(Draw(random.Random(0)))


def _from_result(wanted: Placeholder, result: Any) -> Any:
    """The value of the field whose name is closest to the placeholder's, or the result itself where it has no fields.
    Raises ValueError when there is none."""
    name = _plain(wanted.text.rpartition(" from ")[0])
    fields = [(_plain(key), _first(value)) for key, value in _fields(result)]
    closeness: tuple[Callable[[str], bool], ...] = (
        lambda key: key == name, lambda key: key.startswith(name), lambda key: name.endswith(key),
        lambda key: key.endswith(name))
    for fits in closeness:
        found = [value for key, value in fields if key and fits(key) and value is not None]
        if found:
            return found[0]
    if not fields and _first(result) not in (None, ""):
        return _first(result)
    raise ValueError(f"{wanted.text!r}: no field of that name in {json.dumps(result, ensure_ascii=False)[:200]}")


def _first(value: Any) -> Any:
    """A list's first item, as deep as lists go."""
    while isinstance(value, list):
        value = value[0] if value else None
    return value


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Every field of a result with its value, outer ones first."""
    if isinstance(value, dict):
        yield from value.items()
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _fields(inner)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
