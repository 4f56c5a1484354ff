"""The APIs and tasks that environments share: each API with its compiled checks, played once for all of them, and the
tasks of each.

A task's user is played by rule: when asked, it tells what the instruction left out.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import credentials_of
from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.core.jsons import text_of
from toolalpaca.core.words import words
from toolalpaca.data.record_types import GET_DETAILS, ApiRecord, GoldenCall
from toolalpaca.evaluation.cases import golden_answers
from toolalpaca.evaluation.golden_answers import GoldCall, Placeholder, gold_calls
from toolalpaca.evaluation.golden_run import GoldenRun, GoldenStep
from toolalpaca.openapi.api_functions import functions_of
from toolalpaca.simulator.engine import InProcessSimulator
from toolalpaca.simulator.request_checks import Trouble

TOLD_ALL = "I have told you all I know."
NOT_UNDERSTOOD = "I do not understand the question. What do you need to know?"
# Words of any question, which say nothing of what is asked for.
_OF_ANY_QUESTION = frozenset(words(
    "a an and any are as at be by can could did do does for from give have how i in is it kindly like me may might "
    "must my need of on or please provide should so tell that the them there this to want was we what when where which "
    "who whom whose will with would you your yours information details more know"))


@dataclass(frozen=True)
class ScriptedUser:
    """Knows `values` by name; `topics` are the words of which a question about them has at least one."""

    values: dict[str, Any]
    topics: frozenset[str]

    def reply(self, question: str) -> str:
        """Return what the user says to a question."""
        if not self.values:
            return TOLD_ALL
        if not (self.topics - _OF_ANY_QUESTION) & set(words(question)):
            return NOT_UNDERSTOOD
        return "; ".join(f"{name}: {text_of(value)}" for name, value in self.values.items())


@dataclass(frozen=True)
class GoldenTask:
    """One instruction of a record with its golden answer, and the user who gave it."""

    place: int
    instruction: str
    follow_ups: Sequence[str]
    golden: list[GoldenCall]
    user: ScriptedUser


class PlayedApi:
    """One API in schema mode, with all that its conversations and their scoring need."""

    def __init__(self, record: ApiRecord, *, seed: int, failures: float) -> None:
        """Raise UsageError if no conversation about the API is possible."""
        self.record = record
        self.api = Api(record)
        self.credentials = credentials_of(record, real=False)
        self.functions = functions_of(record)
        self.simulator = InProcessSimulator([record], seed=seed, failures=failures)
        # Golden answers are executed without any failures on purpose.
        self.golden_simulator = InProcessSimulator([record], seed=seed) if failures else self.simulator
        self.scoring = threading.Lock()  # two golden runs of one task would share a conversation
        try:
            self.api.check()
            self.simulator.catalog.api(record["Name"])
        except (RecordError, ValueError, Trouble) as error:
            raise UsageError(f"record {record['Name']!r}: {error}") from None
        self._golden = golden_answers(f"record {record['Name']!r}", record)
        self._tasks: dict[int, GoldenTask] = {}

    def task(self, place: int) -> GoldenTask:
        """Return the task of the instruction at a place; raise UsageError if it has none or no golden answer."""
        if place not in self._tasks:
            self._tasks[place] = self._read(place)
        return self._tasks[place]

    def _read(self, place: int) -> GoldenTask:
        instructions, follow_ups = self.record.get("Instructions") or [], self.record.get("Follow_Ups") or []
        if not 0 <= place < min(len(instructions), len(self._golden)):
            raise UsageError(f"record {self.record['Name']!r} has no instruction {place} with a golden answer")
        calls = gold_calls(self._golden[place])
        with self.scoring:
            run = GoldenRun(self.record, place, self.golden_simulator)
            list(run.problems(calls))
        said = follow_ups[place] if place < len(follow_ups) else ()
        return GoldenTask(place, instructions[place], said, self._golden[place], _user(calls, run.steps))


class SharedApis:
    """The APIs of many environments. Safe for use from many threads.

    Each record is prepared when it is first asked for. The same `seed` gives the same answers to the same requests;
    `failures` is the fraction of requests that fail on purpose, as those of real APIs now and then do.
    """

    def __init__(self, *, seed: int = 0, failures: float = 0.0) -> None:
        self._seed, self._failures = seed, failures
        self._played: dict[str, PlayedApi] = {}
        self._lock = threading.Lock()

    def played(self, record: ApiRecord) -> PlayedApi:
        """Return the API of a record; raise UsageError if no conversation about it is possible."""
        with self._lock:
            found = self._played.get(record["Name"])
            if found is None or found.record is not record:
                found = self._played[record["Name"]] = PlayedApi(record, seed=self._seed, failures=self._failures)
            return found


def _user(calls: Sequence[GoldCall], steps: Sequence[GoldenStep]) -> ScriptedUser:
    """Return the user who knows the values that a golden answer takes from a question to the user."""
    values = {name: value for step in steps for name, value in _told(step.expected, step.arguments, "")}
    questions = " ".join(str(call.given.get("Question", "")) for call in calls
                         if call.function == GET_DETAILS)
    return ScriptedUser(values, frozenset(words(" ".join((questions, *values)))))


def _told(expected: Any, filled: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the name and the value of each argument that the user gives when asked."""
    if isinstance(expected, Placeholder):
        if expected.source == GET_DETAILS:
            yield expected.text.rpartition(" from ")[0].strip() or name, filled
    elif isinstance(expected, dict):
        for key, value in expected.items():
            yield from _told(value, filled[key], key)
    elif isinstance(expected, list):
        for value, inner in zip(expected, filled, strict=True):
            yield from _told(value, inner, name)
