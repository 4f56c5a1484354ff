"""Answers from a language model in the role of the API: asked, read, checked, mended, asked again, or replaced."""

import json
from collections.abc import Sequence
from typing import Any, Protocol

from toolalpaca.errors import RecordError, StageStopped, UsageError
from toolalpaca.json_types import place
from toolalpaca.llm import Message, asking_again, user_message
from toolalpaca.prompts import Prompt
from toolalpaca.simulator.answer import LLM, NOTHING, Answer
from toolalpaca.simulator.call import Call
from toolalpaca.simulator.catalog import Api, ServedOperation
from toolalpaca.simulator.made_answers import MadeAnswers
from toolalpaca.simulator.problems import Trouble
from toolalpaca.simulator.reading import read_answer
from toolalpaca.simulator.repair import repaired
from toolalpaca.simulator.show import shown_request

PLACEHOLDERS = {"name", "description", "operation", "history", "request"}
ROUNDS = 3


class Teacher(Protocol):
    """What gives a model's answer: `ChatModel.complete`, behind the narrowest interface that is enough here."""

    def answer(self, messages: list[Message], record: str) -> str:
        """The text of one answer; raises RecordError or UsageError where none can be had."""
        ...


class ModelAnswers:
    """Answers calls through a teacher. One of these serves all threads."""

    def __init__(self, teacher: Teacher, prompt: Prompt, request_type: str, fallback: MadeAnswers) -> None:
        self._teacher, self._prompt, self._fallback = teacher, prompt, fallback
        self._request_type = request_type
        self._operations: dict[ServedOperation, str] = {}

    def answer(self, api: Api, operation: ServedOperation, call: Call, history: Sequence[str]) -> Answer:
        """The model's answer if one fits within `ROUNDS` tries, else the one derived from the schema.

        Raises Trouble where the endpoint gives no answer: that is not the API's doing and never passed off as such.
        """
        first = user_message(self.prompt(api, operation, call, history))
        messages = first
        for _ in range(ROUNDS):
            text = self._ask(messages, api.name)
            try:
                return checked_answer(operation, text)
            except ValueError as error:
                messages = asking_again(first, text, str(error))
        return self._fallback.answer(operation, call)

    def prompt(self, api: Api, operation: ServedOperation, call: Call, history: Sequence[str]) -> str:
        """What the model is shown: the same for the same request after the same history."""
        return self._prompt.fill(
            name=api.name, description=api.description or api.record.get("Introduction", ""),
            operation=self._operation_text(api, operation), history="\n\n".join(history) or "None.",
            request=shown_request(call, api.base_url, self._request_type))

    def _operation_text(self, api: Api, operation: ServedOperation) -> str:
        if operation not in self._operations:
            self._operations[operation] = json.dumps(api.bundle(operation), ensure_ascii=False)
        return self._operations[operation]

    def _ask(self, messages: list[Message], record: str) -> str:
        try:
            return self._teacher.answer(messages, record)
        except (RecordError, UsageError, StageStopped) as error:
            raise Trouble("endpoint-failed", f"the language model gave no answer: {error}") from None


def checked_answer(operation: ServedOperation, text: str) -> Answer:
    """The answer in a model's text, mended where small slips allow; raises ValueError saying what does not fit."""
    given = read_answer(text)
    status = _status(operation, given.status)
    response = operation.responses.of(status)
    if response is None:
        return Answer(status, given.body, LLM)
    if not response.has_content and (status == 204 or given.body is None):
        return Answer(status, NOTHING, LLM)
    body = given.body
    if not response.fits(body) and response.schema is not None:
        body = repaired(response.schema, body)
    if not response.fits(body):
        raise ValueError(_problems(status, response.errors(body)))
    return Answer(status, body, LLM, response.media_type)


def _status(operation: ServedOperation, status: int | None) -> int:
    """The status the model claims; a success that the document does not have is taken for the one it has."""
    if status is None:
        return operation.responses.success()
    if 200 <= status < 300 and operation.responses.of(status) is None:
        return operation.responses.success()
    if 200 <= status < 300 or 400 <= status < 600:
        return status
    raise ValueError(f"the status {status} is none an API answers with; use 200 to 299 or 400 to 599")


def _problems(status: int, errors: list[Any]) -> str:
    lines = [f"{place(error.instance_path) or 'the body'}: {' '.join(str(error.message).split())[:200]}"
             for error in errors[:5]]
    return f"the body does not fit the schema of status {status}: " + "; ".join(lines)
