"""The interface of environments, which execute a conversation's requests: simulated, real, or not at all; and what the
real ones have in common."""

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials
from toolalpaca.conversation.observation import Reply
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.llm.store import FinishedCalls, call_key
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import Operation

Settings = dict[str, Any]


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
        value = self.store.once(key, stage=self.stage, record=self.record,
                                make=lambda: _stored(self.credentials.scrub_reply(ask())))
        return Reply(value["status"], value["content_type"], base64.b64decode(value["body"]), value.get("cut", False),
                     value["infrastructure"])


def _stored(reply: Reply) -> dict[str, Any]:
    return {"status": reply.status, "content_type": reply.content_type, "cut": reply.cut,
            "body": base64.b64encode(reply.body).decode(), "infrastructure": reply.infrastructure}
