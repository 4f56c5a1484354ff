"""Sending requests to the simulator and telling its answers from its failures.

A failure of the simulator itself is never an answer of the API: it is tried again and then costs the instance.
"""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

from agent.request_builder import HttpRequest
from toolalpaca.errors import RecordError, UsageError
from toolalpaca.openapi import Operation
from toolalpaca.simulator.headers import ERROR_HEADER, RUN_HEADER, SESSION_HEADER, TOKEN_HEADER

LARGEST_BODY = 5_000_000  # bytes of an answer that are read
TRIES = 4
LASTING = {  # what another try does not change, and what to do about it
    "unknown-api": "it does not serve this API; start it with the same -api file, or set --server_url to the one that "
                   "serves it",
    "no-document": "the API's document cannot be used; the simulator said why when it started",
    "replay-miss": "this request is not recorded; start it with --mode replay,llm or replay,schema",
}
FIRST_PAUSE = 0.5  # seconds; doubled after each try
TIMEOUT = (10.0, 300.0)  # seconds to connect and between two bytes; the simulator waits for its own model


class ConversationLost(RecordError):
    """What the simulator knew of a conversation is gone: nobody answers there (`gone`), or it was started anew.

    The conversation cannot go on, but it can start again. Whoever does not do that has lost the record.
    """

    def __init__(self, reason: str, message: str, *, gone: bool = False) -> None:
        super().__init__(reason, message)
        self.gone = gone


@dataclass(frozen=True)
class Reply:
    """An API's answer; `cut` says that the body was longer than what was read, `infrastructure` that the answer (or
    its absence: status 0) came of the network or a gateway rather than of the API."""

    status: int
    content_type: str
    body: bytes
    cut: bool = False
    infrastructure: str = ""


class Transport(Protocol):
    """How one conversation's requests reach the API."""

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """The API's answer; raises RecordError when none can be had for reasons that are not the API's."""


class Simulator:
    """The simulator at one address, which may hold its token as a password. Connections are kept per thread."""

    def __init__(self, server_url: str, *, pause: float = FIRST_PAUSE) -> None:
        parts = urlsplit(server_url.rstrip("/"))
        self.server_url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._token = unquote(parts.password) if parts.password else None
        self._pause = pause
        self._local = threading.local()

    def check(self) -> str:
        """What it says of itself. Raises ConversationLost when nothing answers there, UsageError for a wrong token."""
        import requests

        try:
            answer = self.sessions().get(f"{self.server_url}/health", timeout=10)
        except (requests.RequestException, ValueError) as error:
            raise ConversationLost("simulator_unavailable", _cause(error), gone=True) from None
        if answer.status_code == 401:
            raise UsageError(f"{self.server_url}: the simulator asks for another token; give it in --server_url as "
                             "http://any:TOKEN@host:port")
        return " ".join(answer.text.split())

    def conversation(self, api_name: str, session: str) -> "SimulatedApi":
        """The API within one conversation."""
        return SimulatedApi(self, api_name, session)

    def sessions(self) -> Any:
        """This thread's connections, which remember no cookies from one conversation to the next."""
        if not hasattr(self._local, "session"):
            self._local.session = new_session()
            if self._token:
                self._local.session.headers[TOKEN_HEADER] = self._token  # Authorization may be the API's own
        return self._local.session

    def exchange(self, method: str, url: str, **parts: Any) -> tuple[Reply, Any]:
        """Send until the simulator itself is well; gives the answer and its headers.

        Raises RecordError when it cannot answer, ConversationLost when nothing answers there at all.
        """
        import requests

        problem, gone = "", False
        for number in range(TRIES):
            if number:
                time.sleep(self._pause * 2 ** (number - 1))
            try:
                reply, headers = receive(self.sessions(), method, url, timeout=TIMEOUT, allow_redirects=False, **parts)
            except requests.RequestException as error:
                problem, gone = _cause(error), True
                continue
            if ERROR_HEADER not in headers:
                return reply, headers
            if headers[ERROR_HEADER] in LASTING:
                raise RecordError("simulator_unavailable", f"{self.server_url}: {LASTING[headers[ERROR_HEADER]]}")
            problem, gone = f"{headers[ERROR_HEADER]} (status {reply.status})", False
        if gone:
            raise ConversationLost("simulator_unavailable", f"{problem} ({TRIES} tries)", gone=True)
        raise RecordError("simulator_unavailable", f"{problem} ({TRIES} tries)")


class SimulatedApi:
    """One API of the simulator in one conversation, told apart from others by a session header."""

    def __init__(self, simulator: Simulator, api_name: str, session: str) -> None:
        self._simulator = simulator
        self._name = quote(api_name, safe="")
        self._headers = {SESSION_HEADER: session}
        self._run: str | None = None  # the run of the simulator that knows this conversation

    def begin(self, *, use_cache: bool) -> None:
        """Forget what an earlier, cut-off run of this conversation left behind; open the history if it is wanted."""
        self._control("clear")
        if use_cache:
            self._control("open")

    def end(self, *, use_cache: bool) -> None:
        """Close the history that `begin` opened. The conversation is over: if this fails, nothing is lost."""
        if use_cache:
            with suppress(RecordError):
                self._control("close")

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """The simulated answer."""
        url = request.url(f"{self._simulator.server_url}/{self._name}")
        headers = {name: value.encode() for name, value in {**request.headers, **self._headers}.items()}
        return self._exchange(request.method, url, headers=headers, cookies=request.cookies, data=request.content)

    def _control(self, action: str) -> None:
        url = f"{self._simulator.server_url}/__simulator_cache__/{action}/{self._name}"
        reply = self._exchange("GET", url, headers=self._headers)
        if reply.status >= 400:
            raise RecordError("simulator_unavailable", f"{action} of the API's history answered {reply.status}")

    def _exchange(self, method: str, url: str, **parts: Any) -> Reply:
        reply, headers = self._simulator.exchange(method, url, **parts)
        run = headers.get(RUN_HEADER)
        self._run = self._run or run
        if run != self._run:
            raise ConversationLost("simulator_unavailable", "the simulator was started anew in mid-conversation")
        return reply


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
    return _cause(inner) if isinstance(inner, BaseException) else " ".join(str(error).split())[:200]
