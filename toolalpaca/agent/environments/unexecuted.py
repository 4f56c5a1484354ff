"""An environment without execution, for published tests of calls alone: each call returns the same empty success."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.agent.environments.interface import Settings, Transport
from toolalpaca.conversation.observation import Reply
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import Operation

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
