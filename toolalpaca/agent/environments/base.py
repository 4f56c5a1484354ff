"""Where a conversation's requests go: to the simulator, or with `--real` to the servers that the documents name."""

import time
from contextlib import AbstractContextManager
from typing import Any, Protocol

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials
from toolalpaca.conversation.observation import Reply
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.core.text import one_line
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import Operation

Settings = dict[str, Any]

LARGEST_BODY = 5_000_000  # bytes of an answer that are read


class Transport(Protocol):
    """How one conversation's requests reach the API."""

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """The API's answer; raises RecordError when none can be had for reasons that are not the API's."""


class World(Protocol):
    """Opens one conversation with an API."""

    def conversation(self, api: Api, name: str, settings: Settings
                     ) -> AbstractContextManager[tuple[Transport, Credentials]]:
        """The way to the API and the credentials for it; `name` and `settings` tell conversations apart.

        What is done within may raise ConversationLost: then the whole conversation may be started again.
        """


class ConversationLost(RecordError):
    """What the simulator knew of a conversation is gone: nobody answers there (`gone`), or it was started anew.

    The conversation cannot go on, but it can start again. Whoever does not do that has lost the record.
    """

    def __init__(self, kind: FailureKind, message: str, *, gone: bool = False) -> None:
        super().__init__(kind, message)
        self.gone = gone


def new_session() -> Any:
    """A `requests` session without cookies, proxies of the environment and passwords of the machine's .netrc."""
    from http.cookiejar import DefaultCookiePolicy

    import requests

    session = requests.Session()
    session.trust_env = False
    session.auth = _no_credentials
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "toolalpaca-pipeline"
    session.headers["Accept"] = "application/json, */*;q=0.5"
    return session


def _no_credentials(request: Any) -> Any:
    return request


def receive(session: Any, method: str, url: str, *, deadline: float | None = None, **parts: Any) -> tuple[Reply, Any]:
    """Send one request and read at most LARGEST_BODY bytes of the answer; gives it and the headers.

    Raises `requests.Timeout` also when bytes keep coming but not all within `deadline` seconds.
    """
    import requests

    latest = time.monotonic() + deadline if deadline else float("inf")
    with session.request(method, url, stream=True, **parts) as response:
        chunks, size = [], 0
        try:
            for chunk in response.iter_content(65_536):
                chunks.append(chunk)
                size += len(chunk)
                if size > LARGEST_BODY:
                    break
                if time.monotonic() > latest:
                    raise requests.Timeout(f"the answer was not complete after {deadline:g} s")
        except requests.ConnectionError as error:  # what requests makes of a timeout between two parts of a body
            if "timed out" in str(error):
                raise requests.Timeout(str(error)) from None
            raise
        reply = Reply(response.status_code, response.headers.get("Content-Type", ""),
                      b"".join(chunks)[:LARGEST_BODY], size > LARGEST_BODY)
        return reply, response.headers


def _cause(error: BaseException) -> str:
    """The innermost reason: libraries wrap a refused connection several times."""
    inner = getattr(error, "reason", None) or error.__cause__ or (error.args[0] if error.args else None)
    return _cause(inner) if isinstance(inner, BaseException) else one_line(error, 200)
