"""One conversation as an environment: `reset`, `call`, `answer` and `reward`, in this process and without a model."""

import itertools
import json
from datetime import datetime
from typing import Any

from toolalpaca.agent.tools import Tools
from toolalpaca.conversation.observation import Reply, answer_in_words
from toolalpaca.conversation.steps import Step, merged_turns, step_keys
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.data.day import USUAL_NOW, moment_of
from toolalpaca.data.record_types import ApiRecord, Instance
from toolalpaca.environment.apis import GoldenTask, PlayedApi, SharedApis
from toolalpaca.environment.rewards import WEIGHTS, Reward, Weights, reward_of
from toolalpaca.evaluation.cases import Case
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import Operation
from toolalpaca.simulator.engine import InProcessSession
from toolalpaca.simulator.request_checks import Trouble
from toolalpaca.simulator.wsgi import answer_reply

MOST_CALLS = 50  # of one conversation; later ones are refused
NO_MORE_CALLS = f"No more than {MOST_CALLS} calls can be made. Give the final answer."
_numbers = itertools.count(1)
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


class ToolEnvironment:
    """A conversation about one instruction of an API record, which `reset` restarts.

    Environments with the same `apis` share documents and compiled checks, and nothing of their conversations.
    """

    def __init__(self, apis: SharedApis | None = None, *, weights: Weights = WEIGHTS) -> None:
        self._apis, self._weights = apis or SharedApis(), weights
        self._session = f"environment-{next(_numbers)}"
        self._played: PlayedApi | None = None

    def reset(self, record: ApiRecord, instruction: int, *, now: datetime | None = None) -> str:
        """Begin with the instruction at a place (an index) in the record, and return its text.

        It is `now`, by default on the day for which the record's instructions were written.

        Raises UsageError if the record cannot be played or has no golden answer for the instruction.
        """
        self.close()
        moment = now or moment_of(record) or USUAL_NOW
        self._played = played = self._apis.played(record)
        self._task = task = played.task(instruction)
        begun = played.simulator.begin(record["Name"], self._session, task.instruction, moment)
        self._transport = _InProcessTransport(begun)
        self._tools = Tools(played.api, self._transport, self._ask, lambda: moment, played.credentials)
        self._said, self._follow_ups = task.instruction, list(task.follow_ups)
        self._steps: list[Step] = []
        self._turns: list[Instance] = []
        self._is_over = False
        return task.instruction

    @property
    def task(self) -> GoldenTask:
        """Return what the conversation is about; raise ValueError before the first `reset`."""
        self._playing()
        return self._task

    @property
    def functions(self) -> list[str]:
        """Return the names of the functions that can be called; raise ValueError before the first `reset`."""
        return list(self._playing().api.names)

    def call(self, function: str, arguments: dict[str, Any]) -> str:
        """Carry out one call, and return the observation: an answer of the API, or why the call was refused.

        Raises ValueError if the conversation is over.
        """
        self._still_playing()
        if sum(len(turn["intermediate_steps"]) for turn in self._turns) + len(self._steps) >= MOST_CALLS:
            return NO_MORE_CALLS
        try:
            seen, _ = self._tools.call(function, arguments)
        except RecordError as error:
            seen = answer_in_words(500, json.dumps({"error": str(error)}))
        return self.note(function, _encode(arguments), seen)

    def note(self, function: str, written: str, seen: str) -> str:
        """Note a call that was carried out, or refused before it came here; return the observation."""
        self._steps.append(Step("", function, written, seen, len(self._steps) + 1))
        return seen

    def answer(self, text: str) -> str | None:
        """Give the user an answer, and return what the user says next, None if the conversation is over.

        Raises ValueError if it was over before.
        """
        self._still_playing()
        self._turns.append({"input": self._said, "output": text, **step_keys(self._steps)})
        self._steps, self._is_over = [], not self._follow_ups
        if self._is_over:
            return None
        self._said = self._follow_ups.pop(0)
        self._transport.hear(self._said)
        return self._said

    def reward(self) -> Reward:
        """Return what the conversation is worth so far, from 0 to 1, with each component; raise ValueError before the
        first `reset`."""
        played = self._playing()
        golden, instruction = self._task.golden, "\n".join((self._task.instruction, *self._task.follow_ups))
        case = Case(played.record, self._task.place, instruction, self._instance(), golden)
        return reward_of(case, played, self._weights)

    def close(self) -> None:
        """Let go of the conversation; `reset` may begin another one."""
        if self._played is not None:
            self._played.simulator.sessions.close(self._session, self._played.record["Name"])
        self._played = None

    def _instance(self) -> Instance:
        turns = self._turns if self._is_over else [
            *self._turns, Instance(input=self._said, output="", **step_keys(self._steps))]
        return merged_turns({**turns[0], "Turns": turns[1:]} if len(turns) > 1 else turns[0])

    def _ask(self, question: str) -> str:
        reply = self._task.user.reply(question)
        self._transport.hear(reply)
        return reply

    def _playing(self) -> PlayedApi:
        if self._played is None:
            raise ValueError("no conversation has begun; call reset first")
        return self._played

    def _still_playing(self) -> None:
        self._playing()
        if self._is_over:
            raise ValueError("the conversation is over; call reset to begin another one")


class _InProcessTransport:
    """One conversation's way to the simulator in this process."""

    def __init__(self, session: InProcessSession) -> None:
        self._session = session

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the API's answer; raise RecordError if none can be given."""
        try:
            reply = answer_reply(self._session.send(request))
        except Trouble as trouble:
            raise RecordError(FailureKind.SIMULATOR_UNAVAILABLE, str(trouble)) from None
        return Reply(reply.status, reply.media_type or "", reply.body)

    def hear(self, said: str) -> None:
        """Tell the simulator what the user says."""
        self._session.hear(said)

    def other(self, api_name: str) -> "_InProcessTransport":
        """Raise RecordError: the functions of one API are played."""
        raise RecordError(FailureKind.SIMULATOR_UNAVAILABLE, f"the API {api_name!r} is not played in this environment")
