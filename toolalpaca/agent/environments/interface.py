"""The interface of environments, which execute a conversation's requests: simulated, real, or not at all; what the real
ones have in common; and the one without execution, for published tests of calls alone: every call succeeds, and each
field of its response holds a value that stands for it."""

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.conversation.observation import Reply
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.llm.store import FinishedCalls, call_key
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.media_types import JSON
from toolalpaca.openapi.operations import Operation
from toolalpaca.openapi.schema_parts import choices_of, items_of, properties_of, types_of

Settings = dict[str, Any]
_DONE = {"result": "done"}
_DEEPEST = 6  # levels of a response
_FIRST = 1001  # the number of the first value in a conversation


class Transport(Protocol):
    """The connection between one conversation and an API."""

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the API's response; raise RecordError if there is none for reasons other than the API."""

    def hear(self, said: str) -> None:
        """Pass on what the user says later, if the environment adapts to it; raise RecordError if it is lost."""

    def other(self, api_name: str) -> "Transport":
        """Return the connection to another API, for one of its functions, within the same conversation."""


class Environment(Protocol):
    """Opens conversations with APIs."""

    def conversation(self, api: Api, name: str, settings: Settings, instruction: str = "", now: datetime | None = None
                     ) -> AbstractContextManager[tuple[Transport, Credentials]]:
        """Return a context manager for the connection to the API and its credentials.

        `name` and `settings` identify the conversation; `instruction` and `now` are the user's goal and the current
        time. ConversationLost may be raised inside; the whole conversation may then be restarted.
        """


class ConversationLost(RecordError):
    """The simulator's state of a conversation is gone: it does not answer (`gone`) or was restarted.

    The conversation cannot continue but can be restarted; if the caller does not do that, the record is lost.
    """

    def __init__(self, kind: FailureKind, message: str, *, gone: bool = False) -> None:
        super().__init__(kind, message)
        self.gone = gone


TIMEOUT_REPLY = Reply(0, "", b"", infrastructure="timeout")


@dataclass
class RealApi:
    """A real API in one conversation. Its responses are stored before use, so that no request is sent twice."""

    credentials: Credentials
    store: FinishedCalls
    stage: str
    record: str
    settings: Settings
    _sent: int = 0

    def hear(self, said: str) -> None:
        """Ignore what the user says: a real API does not adapt to it."""

    def other(self, api_name: str) -> Transport:
        """Raise RecordError: functions of other APIs are shown in simulated conversations only."""
        raise RecordError(FailureKind.INVALID_DOCUMENT, f"{api_name}: distractors have no server under --real")

    def once(self, ask: Callable[[], Reply], /, **parts: str) -> Reply:
        """Return the stored response to the conversation's next request, which `parts` identify, or store the one that
        `ask` gets, with credentials redacted."""
        self._sent += 1
        key = call_key(record=self.record, settings=self.settings, place=self._sent,
                       attempt=self.store.attempt(self.stage, self.record), **parts)
        def make() -> dict[str, Any]:
            reply = self.credentials.scrub_reply(ask())
            return {**vars(reply), "body": base64.b64encode(reply.body).decode()}

        value = self.store.once(key, stage=self.stage, record=self.record, make=make)
        return Reply(value["status"], value["content_type"], base64.b64decode(value["body"]), value.get("cut", False),
                     value["infrastructure"])


class UnexecutedApi:
    """An API on which every call succeeds without effect."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._numbers = itertools.count(_FIRST)

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the response that the document gives as an example of a success, else one with a value for each
        declared field, which occurs nowhere else in the conversation; without a declaration, an empty success."""
        declared = operation.responses.get("200", {}).get("content", {}).get(JSON, {})
        schema = declared.get("schema")
        if "example" in declared:
            body = declared["example"]
        else:
            body = self._value(schema, operation.name, 0) if schema and properties_of(self._document, schema) else _DONE
        return Reply(200, JSON, json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))

    def hear(self, said: str) -> None:
        """Ignore what the user says: there is nothing to adapt."""

    def other(self, api_name: str) -> "UnexecutedApi":
        """Return itself: all APIs are alike."""
        return self

    def _value(self, schema: Any, name: str, depth: int) -> Any:
        """Return a value of a field: `skyId_1003`, 1003, one item of a list, the first of several choices."""
        choices, types = choices_of(self._document, schema), types_of(self._document, schema)
        if choices:
            return choices[0]
        if "object" in types:
            fields = properties_of(self._document, schema) if depth < _DEEPEST else {}
            return {field: self._value(part, field, depth + 1) for field, part in fields.items()}
        if "array" in types:
            return [self._value(items_of(self._document, schema), name, depth + 1)] if depth < _DEEPEST else []
        if "boolean" in types:
            return True
        number = next(self._numbers)
        return number if {"integer", "number"} & set(types) else f"{name}_{number}"


class UnexecutedEnvironment:
    """Opens conversations without any execution."""

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings, instruction: str = "",
                     now: datetime | None = None) -> Iterator[tuple[Transport, Credentials]]:
        """Yield the API with placeholders for its credentials."""
        yield UnexecutedApi(api.document), credentials_of(api.record, real=False)
