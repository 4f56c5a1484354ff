"""Making instances: one per instruction, and the records that contain them."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

from toolalpaca.agent.api import Api
from toolalpaca.agent.dialogue import Dialogue
from toolalpaca.agent.environments.interface import ConversationLost, Environment
from toolalpaca.agent.loop import Conversation, ConversationLimits
from toolalpaca.agent.tools import Tools
from toolalpaca.agent.user_agent import UserAgent, UserScene
from toolalpaca.conversation.function_choice import golden_functions, limited, with_distractors
from toolalpaca.conversation.functions import describe_functions, own_functions
from toolalpaca.conversation.observation import KeptFiles
from toolalpaca.conversation.steps import with_samples
from toolalpaca.core.errors import FailureKind, RecordError, UsageError
from toolalpaca.data.day import day_in_words, moment_of
from toolalpaca.data.record_types import ApiRecord, Instance
from toolalpaca.llm.store import FinishedCalls, call_key
from toolalpaca.llm.usage import LikelyCall, tokens_of
from toolalpaca.runner.executor import Result

STAGE = "generation"
MOST_STARTS = 5  # of one conversation, whose simulators may die under it
_DECIDING_KEYS = ("Name", "Introduction", "Description", "Documentation", "Function_Description",
                  "Function_Projection", "external_tools")
_CALLED_KEYS = ("Name", "Documentation", "Function_Description", "Function_Projection", "Authentication")


@dataclass(frozen=True)
class Task:
    """One conversation to be held about an instruction: its API, the instruction's place among the API's, and which of
    several samples it is. `others` are the APIs of the record's distractors, by function name."""

    record: ApiRecord
    index: int
    sample: int = 0
    others: Mapping[str, ApiRecord] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Return the task's name in the store, in messages and in the run log."""
        name = f"{self.record['Name']} [{self.index}]"
        return f"{name} sample {self.sample + 1}" if self.sample else name

    @property
    def instruction(self) -> str:
        """Return what the user asks for."""
        return (self.record.get("Instructions") or [])[self.index]

    @property
    def follow_ups(self) -> list[str]:
        """Return what the user says after each answer."""
        said = self.record.get("Follow_Ups") or []
        return said[self.index] if self.index < len(said) else []

    @property
    def goal(self) -> str:
        """Return everything the user wants."""
        return "\n".join((self.instruction, *self.follow_ups))


@dataclass(frozen=True)
class _Seen:
    """A record, compared by what its conversations use."""

    fingerprint: str
    record: ApiRecord = field(compare=False)
    others: Mapping[str, ApiRecord] = field(default_factory=dict, compare=False)


BeginDialogue = Callable[[Api, Task], Dialogue]


@dataclass
class InstanceMaker:
    """Makes instances; thread-safe. An instance is determined by `settings` and the record."""

    begin: BeginDialogue
    environment: Environment
    user: UserAgent | None
    store: FinishedCalls
    settings: dict[str, Any]
    limits: ConversationLimits = ConversationLimits()
    clock: Callable[[], datetime] = datetime.now
    keeps_day: bool = True  # of the record's instructions, which a real API does not
    files: Path | None = None
    max_functions: int | None = None
    _api: Callable[[_Seen], Api] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Tasks come in the order of the records, so only those in flight are needed at a time.
        self._api = lru_cache(maxsize=256)(
            lambda seen: Api(with_distractors(seen.record), get_details=self.user is not None, others=seen.others))

    def make(self, task: Task) -> Instance:
        """Return the instance, from the store if it was finished before; raise RecordError if it cannot be made."""
        record = limited(task.record, self.max_functions, task.name, text=task.goal,
                         needed=golden_functions(task.record, task.index))
        seen = _Seen(record_fingerprint(record), record, task.others)
        follow_up = {"follow_up_prompt": self.user.follow_up.fingerprint} if task.follow_ups and self.user else {}
        key = call_key(kind="instance", record=task.name, api=seen.fingerprint, instruction=task.goal,
                       settings=self.settings, **follow_up)
        value = self.store.once(key, stage=STAGE, record=task.name, make=lambda: {
            "instance": self._converse(self._api(seen), task)})
        instance: Instance = value["instance"]
        return instance if record is task.record else {**instance, "functions": own_functions(record)}

    def _converse(self, api: Api, task: Task) -> Instance:
        """Hold one conversation.

        If its simulator is lost, so is the API's state: the conversation is restarted on another one or on the same;
        the models' answers are in the store.
        """
        api.check()
        for _ in range(MOST_STARTS - 1):
            with suppress(ConversationLost):
                return self._conversation(api, task)
        return self._conversation(api, task)

    def _conversation(self, api: Api, task: Task) -> Instance:
        name, clock = task.name, self._clock(task)
        with self.environment.conversation(api, name, self.settings, task.goal, clock()) as (transport, credentials):
            questions = self._questions(api, task, clock, transport.hear)
            tools = Tools(api, transport, questions, clock, credentials, KeptFiles(self.files))
            dialogue = self.begin(api, task)
            next_words = partial(self._next_words, task, transport.hear)
            return Conversation(tools, dialogue, task.instruction, self.limits, next_words).run()

    def _next_words(self, task: Task, tell: Callable[[str], None], turns: Sequence[Instance]) -> str | None:
        """Return what the user says next: the next follow-up in their own words, or as it is written if no user is
        played; None after the last, or if the user wants nothing more."""
        left = task.follow_ups[len(turns) - 1:]
        if not left or self.user is None:
            return left[0] if left else None
        said = self.user.next_words(left, [(turn["input"], turn["output"]) for turn in turns], record=task.name)
        if said not in (None, left[0]):
            tell(str(said))  # the API's player knows what is written
        return said

    def _questions(self, api: Api, task: Task, clock: Callable[[], datetime],
                   tell: Callable[[str], None]) -> Callable[[str], str]:
        """Return the function that asks this conversation's user, who remembers its questions.

        `tell` passes on the user's words to the environment.
        """
        before: list[tuple[str, str]] = []

        def ask(question: str) -> str:
            if self.user is None:
                raise RecordError(FailureKind.NO_USER, "there is no user to ask")
            scene = UserScene(task.goal, describe_functions(api.record), day_in_words(clock()))
            said = self.user.answer(question, scene, before=before, record=task.name)
            before.append((question, said))
            tell(said)
            return said

        return ask

    def _clock(self, task: Task) -> Callable[[], datetime]:
        """Return a conversation's clock: the day for which its instruction was written, else a time that is stored like
        a call so that a replay has the same time."""
        moment, name = moment_of(task.record) if self.keeps_day else None, task.name
        if moment is not None:
            return lambda: moment

        def now() -> datetime:
            key = call_key(kind="clock", record=name, settings=self.settings, attempt=self.store.attempt(STAGE, name))
            return self.store.moment(key, stage=STAGE, record=name, clock=self.clock)

        return now


def tasks_of(records: Sequence[ApiRecord], samples: int = 1) -> list[Task]:
    """Return `samples` tasks per instruction, in the order of the file."""
    by_name = {record["Name"]: record for record in records}
    return [Task(record, index, sample, others) for record in records for others in [_others(record, by_name)]
            for index in range(len(record.get("Instructions") or [])) for sample in range(samples)]


def _others(record: ApiRecord, by_name: Mapping[str, ApiRecord]) -> dict[str, ApiRecord]:
    """Return the APIs of a record's distractors, reduced to what calls need, by function name.

    Raises UsageError for an API that is not among the records.
    """
    distractors = record.get("Distractors") or {}
    for name, one in distractors.items():
        if one["api"] not in by_name:
            raise UsageError(f"{record['Name']!r}: the distractor {name!r} is a function of {one['api']!r}, which is "
                             "not in this file; remove the record's Distractors and draw them again with --distractors")
    return {name: cast(ApiRecord, {key: value for key, value in by_name[one["api"]].items() if key in _CALLED_KEYS})
            for name, one in distractors.items()}


def likely_calls(tasks: Iterable[Task], roles: Collection[str]) -> Iterator[tuple[str, list[LikelyCall]]]:
    """Yield the calls that each task probably takes of these roles: two calls, sometimes a question to the user."""
    for number, task in enumerate(tasks):
        head = tokens_of(describe_functions(task.record)) + 400
        calls = [LikelyCall("assistant", head + 200 * turn, 80) for turn in range(3)]
        calls += [LikelyCall("user", head, 20)] if number % 10 == 0 else []
        yield task.name, [call for call in calls if call.role in roles]


def record_fingerprint(record: ApiRecord) -> str:
    """Return a hash of the record's parts that a conversation uses."""
    seen = {key: record.get(key) for key in _DECIDING_KEYS}
    seen |= {key: record[key] for key in ("Distractors", "Instruction_Day") if key in record}
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


def with_instances(records: Sequence[ApiRecord], results: Sequence[Result[Instance]],
                   samples: int = 1) -> Iterator[dict[str, Any]]:
    """Yield for each record what the stage made: its `Instances`, aligned with its `Instructions`.

    A failed one keeps its place, its error and the steps it made. `results` are those of the records' tasks, in order.
    """
    remaining = iter(results)
    for record in records:
        yield {"Instances": [with_samples([_instance_or_error(instruction, next(remaining)) for _ in range(samples)])
                             for instruction in record.get("Instructions") or []],
               **({"Distractors": record["Distractors"]} if "Distractors" in record else {})}


def _instance_or_error(instruction: str, result: Result[Instance]) -> Instance:
    if result.value is not None:
        return result.value
    error = result.error or RecordError(FailureKind.NOT_RUN, "the stage ended before it")
    failed: Instance = {"input": instruction, "error": str(error), "error_kind": str(error.kind)}
    return failed | error.partial  # type: ignore[return-value, operator]
