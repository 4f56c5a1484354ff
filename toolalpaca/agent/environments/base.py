"""Where a conversation's requests go: to the simulator, or with `--real` to the servers that the documents name."""

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
    """How one conversation's requests reach the API."""

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the API's answer; raise RecordError if none can be had for reasons that are not the API's."""

    def hear(self, said: str) -> None:
        """Take in what the user says later on, if the environment is made to fit; raises RecordError if it is lost."""

    def other(self, api_name: str) -> "Transport":
        """Return the way to another API, one of whose functions is shown, within the same conversation."""


class Environment(Protocol):
    """Opens one conversation with an API."""

    def conversation(self, api: Api, name: str, settings: Settings, instruction: str = "", now: datetime | None = None
                     ) -> AbstractContextManager[tuple[Transport, Credentials]]:
        """Return the way to the API and the credentials for it; `name` and `settings` tell conversations apart,
        `instruction` and `now` say what the user is after and what time it is.

        What is done within may raise ConversationLost: then the whole conversation may be started again.
        """


class ConversationLost(RecordError):
    """What the simulator knew of a conversation is gone: it does not answer (`gone`), or it was restarted.

    The conversation cannot continue, but it can start again; if the caller does not do that, the record is lost.
    """

    def __init__(self, kind: FailureKind, message: str, *, gone: bool = False) -> None:
        super().__init__(kind, message)
        self.gone = gone
