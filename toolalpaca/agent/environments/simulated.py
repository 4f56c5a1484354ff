"""Sending requests to the simulator and telling its answers from its failures.

A failure of the simulator itself is never an answer of the API: it is tried again and then costs the instance.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.base import ConversationLost, Settings, Transport, _cause, new_session, receive
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.conversation.observation import Reply
from toolalpaca.core.errors import FailureKind, RecordError, UsageError
from toolalpaca.core.log import log_line
from toolalpaca.core.urls import url_list
from toolalpaca.llm.store import call_key
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import Operation
from toolalpaca.simulator.protocol import ERROR_HEADER, RUN_HEADER, SESSION_HEADER, TOKEN_HEADER

TRIES = 4
LASTING = {  # what another try does not change, and what to do about it
    "unknown-api": "it does not serve this API; start it with the same -api file, or set --server_url to the one that "
                   "serves it",
    "no-document": "the API's document cannot be used; the simulator said why when it started",
    "replay-miss": "this request is not recorded; start it with --mode replay,llm or replay,schema",
}
FIRST_PAUSE = 0.5  # seconds; doubled after each try
TIMEOUT = (10.0, 300.0)  # seconds to connect and between two bytes; the simulator waits for its own model

PAUSE = 30.0  # seconds until one that did not answer is tried again
ADVICE = "start instance_generation/simulator.py or set --server_url"


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
            raise ConversationLost(FailureKind.SIMULATOR_UNAVAILABLE, _cause(error), gone=True) from None
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
                raise RecordError(FailureKind.SIMULATOR_UNAVAILABLE,
                                  f"{self.server_url}: {LASTING[headers[ERROR_HEADER]]}")
            problem, gone = f"{headers[ERROR_HEADER]} (status {reply.status})", False
        if gone:
            raise ConversationLost(FailureKind.SIMULATOR_UNAVAILABLE, f"{problem} ({TRIES} tries)", gone=True)
        raise RecordError(FailureKind.SIMULATOR_UNAVAILABLE, f"{problem} ({TRIES} tries)")


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
            raise RecordError(FailureKind.SIMULATOR_UNAVAILABLE,
                              f"{action} of the API's history answered {reply.status}")

    def _exchange(self, method: str, url: str, **parts: Any) -> Reply:
        reply, headers = self._simulator.exchange(method, url, **parts)
        run = headers.get(RUN_HEADER)
        self._run = self._run or run
        if run != self._run:
            raise ConversationLost(FailureKind.SIMULATOR_UNAVAILABLE,
                                   "the simulator was started anew in mid-conversation")
        return reply


class Simulators:
    """The simulators that `--server_url` names. Used by many threads at once."""

    def __init__(self, server_urls: str | Iterable[str], *, pause: float = PAUSE,
                 clock: Callable[[], float] = time.monotonic) -> None:
        """Raises UsageError for what is no URL, and for one that is named twice."""
        self._all = [Simulator(url) for url in url_list(server_urls, "--server_url", "http://127.0.0.1:5678")]
        self._pause, self._clock = pause, clock
        self._lock = threading.Lock()
        self._again_at: dict[Simulator, float] = {}  # those left out, and when to try them again

    def check(self) -> None:
        """Name those that do not answer. Raises UsageError when none does, for a wrong token, and when two differ."""
        with ThreadPoolExecutor(min(32, len(self._all))) as pool:
            said = list(pool.map(_check, self._all))
        silent = [f"{one.server_url} ({problem})" for one, (_, problem) in zip(self._all, said, strict=True) if problem]
        well = [(one.server_url, health) for one, (health, problem) in zip(self._all, said, strict=True) if not problem]
        if not well and len(silent) == 1:
            raise UsageError(f"{self._all[0].server_url}: the simulator does not answer ({said[0][1]}); {ADVICE}")
        if not well:
            raise UsageError(f"none of the {len(silent)} simulators answers: {', '.join(silent)}; {ADVICE}")
        for url, health in well:
            if health != well[0][1]:
                raise UsageError(f"--server_url: {well[0][0]} and {url} are not alike (the first says {well[0][1]}, "
                                 f"the other {health}); start all of them with the same -api file and --mode")
        if silent:
            log_line(f"warning: {len(silent)} of {len(said)} simulators left out until they answer: "
                     f"{', '.join(silent)}")

    def of(self, session: str) -> Simulator:
        """The usable simulator with the greatest weight for a session; when none is usable, the greatest of all."""
        ranked = ranking(session, self._all)
        return next((one for one in ranked if self._usable(one)), ranked[0])

    def leave_out(self, simulator: Simulator) -> bool:
        """Send nothing to one that does not answer for a while; whether another one can be used instead."""
        with self._lock:
            now = self._clock()
            self._again_at[simulator] = now + self._pause
            return any(self._again_at.get(one, now) <= now for one in self._all)

    def take_back(self, simulator: Simulator) -> None:
        """It answers."""
        with self._lock:
            self._again_at.pop(simulator, None)

    def _usable(self, simulator: Simulator) -> bool:
        with self._lock:
            now = self._clock()
            again_at = self._again_at.get(simulator)
            if again_at is None:
                return True
            if now < again_at:
                return False
            self._again_at[simulator] = now + self._pause  # this thread looks; the others go on without it
        if _check(simulator)[1]:
            return False
        self.take_back(simulator)
        return True


def ranking(session: str, simulators: Iterable[Simulator]) -> list[Simulator]:
    """The simulators by their weight for a session, the greatest first."""
    return sorted(simulators, key=lambda one: _weight(session, one.server_url), reverse=True)


def _weight(session: str, url: str) -> bytes:
    return hashlib.blake2b(f"{session}\n{url}".encode(), digest_size=8).digest()


def _check(simulator: Simulator) -> tuple[str, str]:
    """What it says of itself, or why it does not."""
    try:
        return simulator.check(), ""
    except ConversationLost as lost:
        return "", str(lost.args[0])


@dataclass(frozen=True)
class SimulatedWorld:
    """Each conversation has a session of its own, named after what it is, so that a rerun starts from nothing."""

    simulators: Simulators
    use_cache: bool = False

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings) -> Iterator[tuple[Transport, Credentials]]:
        """A fresh session of one simulator. Raises ConversationLost when it is worth starting again."""
        session = call_key(conversation=name, settings=settings)[:32]
        simulator = self.simulators.of(session)
        simulated = simulator.conversation(api.record["Name"], session)
        try:
            simulated.begin(use_cache=self.use_cache)
            self.simulators.take_back(simulator)
            yield simulated, credentials_of(api.record, real=False)
        except ConversationLost as lost:
            if lost.gone and not self.simulators.leave_out(simulator):
                raise RecordError(lost.kind, str(lost.args[0])) from None
            raise
        simulated.end(use_cache=self.use_cache)
