"""An environment that executes nothing, for published tests of calls alone: each call gets the same empty success."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.base import Settings, Transport
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.conversation.observation import Reply
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import Operation

DONE = Reply(200, "application/json", b'{"result": "done"}')


class UnexecutedApi:
    """An API whose every call succeeds without effect."""

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the same answer to each request."""
        return DONE

    def hear(self, said: str) -> None:
        """Ignore what the user says: there is no world that could be made to fit."""

    def other(self, api_name: str) -> "UnexecutedApi":
        """Return the same: every API is alike."""
        return self


class UnexecutedEnvironment:
    """Opens conversations in which nothing happens."""

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings, instruction: str = "",
                     now: datetime | None = None) -> Iterator[tuple[Transport, Credentials]]:
        """Yield the API with stand-ins for its credentials."""
        yield UnexecutedApi(), credentials_of(api.record, real=False)
