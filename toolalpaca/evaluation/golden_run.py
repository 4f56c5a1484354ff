"""Execution of golden answers in the simulator: every call is bound and sent, later ones with earlier results.

`evaluation.py --check_golden` runs it as a check, since tasks whose golden answers cannot be executed measure nothing.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.core.words import name_key
from toolalpaca.data.day import moment_of
from toolalpaca.data.record_types import EXTERNAL_TOOLS, ApiRecord
from toolalpaca.evaluation.cases import golden_answers
from toolalpaca.evaluation.golden_answers import Alternatives, GoldCall, Placeholder, gold_calls
from toolalpaca.matching.language.values import item_schema, property_schema
from toolalpaca.openapi.arguments import TRY_AGAIN, ArgumentError
from toolalpaca.openapi.http_request import build_request
from toolalpaca.openapi.inlining import inlined
from toolalpaca.simulator.engine import InProcessSimulator, answer_body
from toolalpaca.simulator.request_checks import Trouble

_COERCED = ": sent "  # in the note on an argument that was sent in another type
_LONGEST_QUOTE = 200  # characters of a value in a message
_LEVELS = 16  # of schemas within each other that a made-up value is looked for in


@dataclass(frozen=True)
class GoldenStep:
    """A golden call as executed: `expected` are the golden answer's arguments, `arguments` the same with every
    placeholder filled."""

    function: str
    arguments: dict[str, Any]
    expected: dict[str, Any]
    status: int
    body: Any


class GoldenRun:
    """The execution of one golden answer; `steps` are the calls made so far."""

    def __init__(self, record: ApiRecord, place: int, simulator: InProcessSimulator) -> None:
        """Begin a conversation about the instruction at `place`, with placeholders for a real API's credentials."""
        self.steps: list[GoldenStep] = []
        instructions = record.get("Instructions") or []
        self._session = simulator.begin(record["Name"], f"golden-{place}",
                                        instructions[place] if place < len(instructions) else "", moment_of(record))
        self._api = Api(record)
        self._credentials: Credentials = credentials_of(record, real=False)
        self._results: dict[str, Any] = {}

    def problems(self, calls: Sequence[GoldCall]) -> Iterator[tuple[str, str]]:
        """Execute the calls, and yield the function and the description of each problem."""
        for call in calls:
            try:
                found = list(self._call(call))
            except (ArgumentError, RecordError, Trouble, ValueError) as error:
                found = [str(error).replace(TRY_AGAIN, "").strip()]
            yield from ((call.function, problem) for problem in found)

    def _call(self, call: GoldCall) -> Iterator[str]:
        if call.arguments is None:
            yield "the Action_Input cannot be read as a JSON object"
        elif call.function in EXTERNAL_TOOLS:
            self._results[call.function] = None
        elif call.function not in self._api.operations:
            yield "there is no such function"
        else:
            yield from self._carry_out(call, call.arguments)

    def _carry_out(self, call: GoldCall, arguments: dict[str, Any]) -> Iterator[str]:
        binding = self._api.binding(call.function)
        schemas = {name: inlined(self._api.document, schema, levels=_LEVELS)
                   for name, schema in binding.signature.schemas.items()}
        expected, arguments = arguments, self._filled(arguments, {"properties": schemas})
        fitted = binding.bind(self._credentials.fill(arguments, binding.signature))
        yield from (f"not of its type: {note}" for note in fitted.notes if _COERCED in note)
        request = build_request(binding.signature, fitted)
        answer = self._session.send(self._credentials.attach(request, binding.signature, self._api.document))
        body = answer_body(answer)
        if answer.status >= 400:
            yield f"the simulator answers {answer.status}: {_quoted(body)}"
        self._results[call.function] = body
        self.steps.append(GoldenStep(call.function, arguments, expected, answer.status, body))

    def _filled(self, value: Any, schema: dict[str, Any]) -> Any:
        """Return the arguments with every placeholder filled: from an earlier result, or made up to match the
        schema."""
        if isinstance(value, dict):
            return {name: self._filled(inner, property_schema(schema, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner, item_schema(schema)) for inner in value]
        if isinstance(value, Alternatives):
            return self._filled(value.values[0], schema)
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
    """Return the field whose name is closest to the placeholder's, or the result itself if it has no fields.

    Raises ValueError if there is none.
    """
    name = name_key(wanted.text.rpartition(" from ")[0])
    fields = [(name_key(key), _first(value)) for key, value in _fields(result)]
    closeness: tuple[Callable[[str], bool], ...] = (
        lambda key: key == name, lambda key: key.startswith(name), lambda key: name.endswith(key),
        lambda key: key.endswith(name))
    for fits in closeness:
        found = [value for key, value in fields if key and fits(key) and value is not None]
        if found:
            return found[0]
    if not fields and _first(result) not in (None, ""):
        return _first(result)
    raise ValueError(f"{wanted.text!r}: no field of that name in {_quoted(result)}")


def _quoted(value: Any) -> str:
    """Return the beginning of a value as JSON, for a message."""
    return json.dumps(value, ensure_ascii=False)[:_LONGEST_QUOTE]


def _first(value: Any) -> Any:
    """Return a list's first item, through nested lists."""
    while isinstance(value, list):
        value = value[0] if value else None
    return value


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every field of a result with its value, outer ones first."""
    if isinstance(value, dict):
        yield from value.items()
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _fields(inner)


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
