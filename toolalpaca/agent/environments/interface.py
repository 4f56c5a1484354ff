"""The interface of environments, which execute a conversation's requests: simulated, real, or not at all."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials
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
