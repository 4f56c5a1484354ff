"""The interface of environments, which execute a conversation's requests, and the one that executes nothing.

The latter is for published tests of calls alone: each call returns the same empty success.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Protocol

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.conversation.observation import Reply
from toolalpaca.core.errors import FailureKind, RecordError
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


DONE = Reply(200, "application/json", b'{"result": "done"}')


class UnexecutedApi:
    """An API on which every call succeeds without effect."""

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the same response to every request."""
        return DONE

    def hear(self, said: str) -> None:
        """Ignore what the user says: there is nothing to adapt."""

    def other(self, api_name: str) -> "UnexecutedApi":
        """Return itself: all APIs are alike."""
        return self


class UnexecutedEnvironment:
    """Opens conversations without any execution."""

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings, instruction: str = "",
                     now: datetime | None = None) -> Iterator[tuple[Transport, Credentials]]:
        """Yield the API with placeholders for its credentials."""
        yield UnexecutedApi(), credentials_of(api.record, real=False)
