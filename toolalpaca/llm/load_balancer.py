"""Load balancing over several servers of the same models: which one gets the next call, and which ones are down.

A call goes to the server with the fewest of our calls in flight. A failing server is down for a pause that grows with
each failure; then a single call probes it, and a success brings it back. If all are down they are used anyway: whether
to keep trying is decided elsewhere.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from toolalpaca.core.urls import without_credentials

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds
MOST_FAILURES = 3  # in a row, of the kind that a healthy server has now and then


@dataclass(eq=False)
class ModelServer:
    """One server and its `client`. Times are of the monotonic clock, in seconds."""

    url: str
    client: Any = None
    in_flight: int = 0
    latest_call: int = 0  # by its number
    failures: int = 0  # in a row
    pause: float = 0.0  # above 0 from a failure to the next success
    down_since: float = 0.0
    again_at: float = 0.0

    @property
    def shown(self) -> str:
        """Return its URL for messages, without a password."""
        return without_credentials(self.url)


@dataclass
class ServerCall:
    """One call to a server; `failed` means that the outcome is the server's failure."""

    server: ModelServer
    started: float
    failed: bool = False


class Servers:
    """All servers of one endpoint. Thread-safe."""

    def __init__(self, urls: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self.all = [ModelServer(url) for url in urls]
        self._clock = clock
        self._lock = threading.Lock()
        self._calls = 0

    @contextmanager
    def call(self, avoid: ModelServer | None = None) -> Iterator[ServerCall]:
        """Reserve a server for one call, not the one to `avoid` if another can be used."""
        with self._lock:
            now = self._clock()
            server = self._next(now, avoid)
            self._calls += 1
            server.in_flight, server.latest_call = server.in_flight + 1, self._calls
            if server.pause:  # this call tries it; until that is known it is down for the others
                server.again_at = now + server.pause
        call = ServerCall(server, now)
        try:
            yield call
        finally:
            with self._lock:
                server.in_flight -= 1
                if not call.failed:
                    server.failures, server.pause = 0, 0.0

    def failed(self, call: ServerCall, *, certainly: bool) -> bool:
        """Record a server's failure, which takes it down immediately if it is `certainly` unusable; return whether
        another server can take the call now."""
        with self._lock:
            call.failed = True
            now = self._clock()
            if call.started >= call.server.down_since:  # else it is one of many that failed together
                call.server.failures += 1
                if certainly or call.server.pause or call.server.failures >= MOST_FAILURES:
                    _take_down(call.server, now)
            return any(one is not call.server and _usable(one, now) for one in self.all)

    def take_down(self, server: ModelServer) -> None:
        """Mark a server that does not answer as down."""
        with self._lock:
            _take_down(server, self._clock())

    def _next(self, now: float, avoid: ModelServer | None) -> ModelServer:
        usable = [one for one in self.all if _usable(one, now)] or self.all
        others = [one for one in usable if one is not avoid] or usable
        return min(others, key=lambda one: (one.in_flight, one.latest_call))


def _usable(server: ModelServer, now: float) -> bool:
    return not server.pause or server.again_at <= now


def _take_down(server: ModelServer, now: float) -> None:
    server.pause = min(LONGEST_PAUSE, server.pause * 2) or FIRST_PAUSE
    server.down_since, server.again_at = now, now + server.pause
