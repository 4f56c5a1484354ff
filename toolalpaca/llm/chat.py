"""The chat model through which a stage calls a role's model: responses are stored before use, retried and counted."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypedDict, TypeVar

from toolalpaca.core.errors import FailureKind, RecordError, StageStopped
from toolalpaca.core.log import one_line
from toolalpaca.llm.completion import Completion, Limited, Refused, Transient
from toolalpaca.llm.endpoint import Endpoint, back_off
from toolalpaca.llm.prompts import ANY_FORM, AnswerForm
from toolalpaca.llm.rate_limit import LONGEST_WAIT
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import FinishedCalls, call_key
from toolalpaca.llm.usage import Budget, Meter, tokens_of

T = TypeVar("T")
SHORTEST_PAUSE = 0.01  # seconds that a server may ask for; for less, or none, a call waits as after a failure


class Message(TypedDict, total=False):
    """A chat message in OpenAI's form."""

    role: str
    content: str
    tool_calls: list[dict[str, Any]]
    tool_call_id: str


@dataclass
class ChatModel:
    """A role's model within one stage."""

    settings: RoleSettings
    stage: str
    endpoint: Endpoint
    store: FinishedCalls
    meter: Meter
    budget: Budget
    stopping: Callable[[], bool] = lambda: False
    sample: int = 0  # which of several answers to the same question

    def __post_init__(self) -> None:
        self.endpoint.parameters.state(self.settings.model, dict(self.settings.refused_parameters))

    def complete(self, messages: list[Message], *, record: str, stop: list[str] | None = None) -> str:
        """Return the text of one answer; raise RecordError if this call failed, UsageError if no call can succeed."""
        return self.chat(messages, record=record, stop=stop).message.get("content", "")

    def chat(self, messages: list[Message], *, record: str, stop: list[str] | None = None, round: int = 0,
             **extra: Any) -> Completion:
        """Return one answer with its tool calls; `extra` is added to the request (such as `tools`) and to the key.

        `round` distinguishes the attempts at an answer that can be parsed.
        """
        attempt = self.store.attempt(self.stage, record)
        request = {"model": self.settings.model, "messages": messages, **self.settings.sampling(), **extra}
        if stop:
            request["stop"] = stop
        key = call_key(stage=self.stage, record=record, sample=self.sample, attempt=attempt, round=round,
                       request=request)
        stored = self.store.get(key)
        if stored is not None:
            self.meter.reused(self.settings.role)
            return Completion(**stored["completion"])
        if self.settings.seed is not None:
            request["seed"] = self.settings.seed + 101 * attempt + 11 * round + self.sample
        completion = self._call(request, key)
        self.store.put(key, stage=self.stage, record=record, value={
            "role": self.settings.role, "model": self.settings.model, "completion": asdict(completion)})
        return completion

    def ask(self, messages: list[Message], parse: Callable[[str], T], *, record: str, form: AnswerForm = ANY_FORM) -> T:
        """Return the result of `parse` for the answer.

        If `parse` raises ValueError, the model is shown its answer and the error and asked again, as often as `form`
        says; then RecordError is raised with its kind of failure. Its schema is requested if the role's settings turn
        structured output on.
        """
        extra: dict[str, Any] = {}
        if form.schema and self.settings.structured_output:
            extra["response_format"] = form.response_format()
        conversation, problem = messages, ""
        for number in range(form.rounds):
            completion = self.chat(conversation, record=record, round=number, **extra)
            answer = completion.message.get("content", "")
            try:
                return parse(answer)
            except ValueError as error:
                problem = one_line(error, 2000)
            conversation = asking_again(messages, answer, problem)
            if number + 1 < form.rounds:
                self.meter.asked_again(self.settings.role)
        raise RecordError(form.failure, f"{problem} ({form.rounds} answers)")

    def _call(self, request: dict[str, Any], key: str) -> Completion:
        """Send until an answer arrives: rate limits are waited for, other transient failures retried `max_retries`
        times."""
        failures, waited = 0, 0.0
        while True:
            if self.stopping():
                raise StageStopped("the stage is ending")
            began = time.monotonic()
            try:
                return self._send(request, key)
            except Limited as limit:
                self.meter.retry("rate_limit")
                if (limit.retry_after or 0.0) < SHORTEST_PAUSE:
                    time.sleep(back_off(1))
                waited += time.monotonic() - began
                if waited > LONGEST_WAIT:
                    raise RecordError(FailureKind.RATE_LIMIT,
                                      f"still limited after {waited:.0f} s of waiting") from None
            except Transient as failure:
                failures += 1
                if failures > self.settings.max_retries:
                    raise RecordError(failure.kind, f"{failure} ({failures} tries)") from None
                self.meter.retry(failure.kind)
                if not failure.elsewhere:
                    time.sleep(back_off(failures))
            except Refused as refusal:
                raise RecordError(refusal.kind, str(refusal)) from None

    def _send(self, request: dict[str, Any], key: str) -> Completion:
        completion = None
        tokens = tokens_of("".join(message.get("content") or "" for message in request["messages"]))
        with self.endpoint.limiter.slot(tokens) as started:
            self.budget.reserve()
            self.meter.call_started()
            try:
                completion = self.endpoint.complete(request, self.settings.timeout, key)
            except Limited as limit:
                self.endpoint.limiter.limited(started, limit.retry_after)
                raise
            finally:
                self.meter.call_ended()
                self.budget.settle(completion.usage if completion else None)
        self.endpoint.limiter.succeeded()
        self.meter.answered(self.settings.role, completion.usage, self.budget.price)
        return completion


def asking_again(messages: list[Message], answer: str, problem: str) -> list[Message]:
    """Return the messages, the unusable answer to them, and the request for one without that problem."""
    return [*messages, {"role": "assistant", "content": answer},
            {"role": "user", "content": f"This answer cannot be used: {problem}\n"
             "Give the whole answer again, in the form asked for."}]


def user_message(text: str) -> list[Message]:
    """Return a conversation of one user message."""
    return [{"role": "user", "content": text}]
