"""Requests to the simulator, with its own failures distinguished from API responses.

A failure of the simulator itself is never a response of the API: the request is retried, and then the instance fails.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.agent.environments.http_client import Headers, RequestFailed, ThreadClient, UnknownHost, parse_target
from toolalpaca.agent.environments.interface import ConversationLost, Settings, Transport
from toolalpaca.conversation.observation import Reply
from toolalpaca.core.cli import read_secret
from toolalpaca.core.errors import FailureKind, RecordError, UsageError
from toolalpaca.core.log import log_line
from toolalpaca.core.urls import parse_urls
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
    "host": "it answers under the names of its own machine only; start it with --token and give the token in "
            "--server_url",
}
FIRST_PAUSE = 0.5  # seconds; doubled after each try
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 300.0  # for the whole answer; the simulator waits for its own model
HEALTH_SECONDS = 10.0

PAUSE = 30.0  # seconds until one that did not answer is tried again
START_SECONDS = 30.0  # how long one that is still starting is waited for
MOMENT = 2.0  # seconds for the others once one of them answers
WAIT_SECONDS = 0.5  # between two looks
ADVICE = "start instance_generation/simulator.py or set --server_url"


class SimulatorClient:
    """A client for the simulator at one address, which may contain its token as a password. Connections are per
    thread."""

    def __init__(self, server_url: str, *, pause: float = FIRST_PAUSE) -> None:
        """Raise UsageError for a token that cannot be read from its variable or file."""
        parts = urlsplit(server_url.rstrip("/"))
        self.server_url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._token = read_secret(unquote(parts.password), "the password in --server_url") if parts.password else None
        self._base = parse_target(self.server_url)
        self._pause = pause
        self._local = ThreadClient()

    def check(self) -> str:
        """Return the simulator's status; raise ConversationLost if it does not answer, UsageError for a wrong token."""
        try:
            reply, headers = self._send(HttpRequest("GET", "/health"), HEALTH_SECONDS)
        except RequestFailed as error:
            starting = not isinstance(error, UnknownHost)
            raise ConversationLost(FailureKind.SIMULATOR_UNAVAILABLE, str(error), gone=starting) from None
        if reply.status == 401:
            raise UsageError(f"{self.server_url}: the simulator asks for another token; give it in --server_url as "
                             "http://any:env:VARIABLE@host:port or http://any:file:PATH@host:port")
        if headers.get(ERROR_HEADER.lower()) == "host":
            raise UsageError(f"{self.server_url}: {LASTING['host']}")
        return " ".join(reply.body.decode("utf-8", "replace").split())

    def conversation(self, api_name: str, session: str) -> "SimulatedApi":
        """Return the API within one conversation."""
        return SimulatedApi(self, api_name, session)

    def exchange(self, request: HttpRequest) -> tuple[Reply, Headers]:
        """Send until the simulator is healthy; return the response and its headers.

        Raises RecordError if it cannot answer, ConversationLost if no connection is possible.
        """
        problem, gone = "", False
        for number in range(TRIES):
            if number:
                time.sleep(self._pause * 2 ** (number - 1))
            try:
                reply, answered = self._send(request, ANSWER_SECONDS)
            except RequestFailed as error:
                problem, gone = str(error), True
                continue
            code = answered.get(ERROR_HEADER.lower())
            if code is None:
                return reply, answered
            if code in LASTING:
                raise RecordError(FailureKind.SIMULATOR_UNAVAILABLE, f"{self.server_url}: {LASTING[code]}")
            problem, gone = f"{code} (status {reply.status})", False
        if gone:
            raise ConversationLost(FailureKind.SIMULATOR_UNAVAILABLE, f"{problem} ({TRIES} tries)", gone=True)
        raise RecordError(FailureKind.SIMULATOR_UNAVAILABLE, f"{problem} ({TRIES} tries)")

    def _send(self, request: HttpRequest, seconds: float) -> tuple[Reply, Headers]:
        if self._token:  # not in Authorization, which may be the API's own
            request = replace(request, headers={**request.headers, TOKEN_HEADER: self._token})
        target = replace(self._base, path=request.url(self._base.path))
        try:
            return self._local.client.send(request, target, seconds=seconds, connect_seconds=CONNECT_SECONDS)
        except OSError as error:  # an address of no use, such as a name that does not exist
            raise RequestFailed(str(error)) from None


class SimulatedApi:
    """One simulated API in one conversation, identified by a session header."""

    def __init__(self, simulator: SimulatorClient, api_name: str, session: str) -> None:
        self._simulator = simulator
        self._name = quote(api_name, safe="")
        self._headers = {SESSION_HEADER: session}
        self._run: str | None = None  # the run of the simulator that knows this conversation

    def begin(self, instruction: str = "", now: datetime | None = None, *, use_cache: bool) -> None:
        """Begin a new conversation: tell the simulator the user's goal, so that what they name exists, and the time.

        With `use_cache` also open its history.
        """
        self._tell("PUT", {"instruction": instruction, "now": now.isoformat() if now else "", "history": use_cache})

    def hear(self, said: str) -> None:
        """Tell the simulator what the user says later."""
        self._tell("POST", {"said": said})

    def other(self, api_name: str) -> "SimulatedApi":
        """Return another API of the same simulator in this conversation."""
        return self._simulator.conversation(api_name, self._headers[SESSION_HEADER])

    def end(self, *, use_cache: bool) -> None:
        """Close the history that `begin` opened. The conversation is over, so a failure does no harm."""
        if use_cache:
            with suppress(RecordError):
                self._exchange(HttpRequest("GET", f"/__simulator_cache__/close/{self._name}", headers=self._headers))

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the simulated response."""
        path = f"/{self._name}/{request.path.lstrip('/')}"
        return self._exchange(replace(request, path=path, headers={**request.headers, **self._headers}))

    def _tell(self, method: str, fields: dict[str, Any]) -> None:
        headers = {**self._headers, "Content-Type": "application/json"}
        path = f"/__simulator__/{self._name}/session"
        reply = self._exchange(HttpRequest(method, path, headers=headers, content=json.dumps(fields).encode()))
        if reply.status >= 400:
            raise RecordError(FailureKind.SIMULATOR_UNAVAILABLE,
                              f"the conversation cannot be opened (status {reply.status})")

    def _exchange(self, request: HttpRequest) -> Reply:
        reply, answered = self._simulator.exchange(request)
        run = answered.get(RUN_HEADER.lower())
        self._run = self._run or run
        if run != self._run:
            raise ConversationLost(FailureKind.SIMULATOR_UNAVAILABLE, "the simulator was restarted in mid-conversation")
        return reply


class SimulatorClients:
    """The simulators named in `--server_url`. Thread-safe."""

    def __init__(self, server_urls: str | Iterable[str], *, pause: float = PAUSE,
                 clock: Callable[[], float] = time.monotonic) -> None:
        """Raise UsageError for an invalid URL and for a repeated one."""
        self._all = [SimulatorClient(url) for url in parse_urls(server_urls, "--server_url", "http://127.0.0.1:5678")]
        self._pause, self._clock = pause, clock
        self._lock = threading.Lock()
        self._again_at: dict[SimulatorClient, float] = {}  # those left out, and when to try them again

    def check(self, patience: float = START_SECONDS) -> None:
        """Log the simulators that do not answer. If none does, wait `patience` seconds for one to start.

        Raises UsageError if none answers even then, for a wrong token, and if two of them differ.
        """
        with ThreadPoolExecutor(min(32, len(self._all))) as pool:
            looks = self._looks(pool, patience)
        silent = [f"{look.url} ({look.problem})" for look in looks if look.problem]
        well = [look for look in looks if not look.problem]
        if not well and len(silent) == 1:
            raise UsageError(f"{looks[0].url}: the simulator does not answer ({looks[0].problem}); {ADVICE}")
        if not well:
            raise UsageError(f"none of the {len(silent)} simulators answers: {', '.join(silent)}; {ADVICE}")
        for look in well:
            if look.health != well[0].health:
                raise UsageError(f"--server_url: {well[0].url} and {look.url} are not alike (the first says "
                                 f"{well[0].health}, the other {look.health}); start all of them with the same -api "
                                 "file and --mode")
        if silent:
            log_line(f"warning: {len(silent)} of {len(looks)} simulators left out until they answer: "
                     f"{', '.join(silent)}")

    def _looks(self, pool: ThreadPoolExecutor, patience: float) -> list["_Look"]:
        """Check each until all answer, some do and the others had a moment, or the time is up."""
        began, announced = time.monotonic(), False
        while True:
            looks = list(pool.map(_look, self._all))
            silent = [look.url for look in looks if look.may_be_starting]
            some = any(not look.problem for look in looks)
            if not silent or time.monotonic() - began >= min(patience, MOMENT if some else patience):
                return looks
            if not announced:
                announced = True
                log_line(f"waiting up to {patience:g} s for {', '.join(silent)} to start")
            time.sleep(WAIT_SECONDS)

    def of(self, session: str) -> SimulatorClient:
        """Return the available simulator ranked highest for a session; if none is available, the highest of all."""
        ranked = ranking(session, self._all)
        return next((one for one in ranked if self._usable(one)), ranked[0])

    def leave_out(self, simulator: SimulatorClient) -> bool:
        """Stop using a simulator that does not answer for a while; return whether another one is available."""
        with self._lock:
            now = self._clock()
            self._again_at[simulator] = now + self._pause
            return any(self._again_at.get(one, now) <= now for one in self._all)

    def take_back(self, simulator: SimulatorClient) -> None:
        """Use a simulator again that answers."""
        with self._lock:
            self._again_at.pop(simulator, None)

    def _usable(self, simulator: SimulatorClient) -> bool:
        with self._lock:
            now = self._clock()
            again_at = self._again_at.get(simulator)
            if again_at is None:
                return True
            if now < again_at:
                return False
            self._again_at[simulator] = now + self._pause  # this thread looks; the others continue without it
        if _look(simulator).problem:
            return False
        self.take_back(simulator)
        return True


def ranking(session: str, simulators: Iterable[SimulatorClient]) -> list[SimulatorClient]:
    """Return the simulators by their weight for a session, highest first (rendezvous hashing)."""
    return sorted(simulators, reverse=True, key=lambda one: hashlib.blake2b(
        f"{session}\n{one.server_url}".encode(), digest_size=8).digest())


@dataclass(frozen=True)
class _Look:
    """A simulator's status, or why it does not answer."""

    url: str
    health: str = ""
    problem: str = ""
    may_be_starting: bool = False


def _look(simulator: SimulatorClient) -> _Look:
    try:
        return _Look(simulator.server_url, simulator.check())
    except ConversationLost as lost:
        return _Look(simulator.server_url, problem=str(lost.args[0]), may_be_starting=lost.gone)


@dataclass(frozen=True)
class SimulatedEnvironment:
    """Each conversation has its own session, named after its content, so that a rerun begins without any history."""

    simulators: SimulatorClients
    use_cache: bool = False

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings, instruction: str = "",
                     now: datetime | None = None) -> Iterator[tuple[Transport, Credentials]]:
        """Yield a new session of one simulator; raise ConversationLost if it is worth restarting."""
        session = call_key(conversation=name, settings=settings)[:32]
        simulator = self.simulators.of(session)
        simulated = simulator.conversation(api.record["Name"], session)
        try:
            simulated.begin(instruction, now, use_cache=self.use_cache)
            self.simulators.take_back(simulator)
            yield simulated, credentials_of(api.record, real=False)
        except ConversationLost as lost:
            if lost.gone and not self.simulators.leave_out(simulator):
                raise RecordError(lost.kind, str(lost.args[0])) from None
            raise
        simulated.end(use_cache=self.use_cache)
