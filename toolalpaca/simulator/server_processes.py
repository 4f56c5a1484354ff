"""One process's share of what the roles file allows all processes of the simulator together."""

import math
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import log_line
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.usage import Counts, Spending
from toolalpaca.simulator.server import GRACE_SECONDS

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a process that keeps dying is started again
_STEADY_SECONDS = 60.0  # one that was up for so long does not keep dying
_READY, _TALLY, _ERROR = "ready", "tally", "error"


def share_of_rates(settings: RoleSettings, processes: int) -> RoleSettings:
    """The settings with an equal part of the calls and tokens a minute, at least one of each."""
    def part(limit: int | None) -> int | None:
        return None if limit is None else max(1, limit // processes)

    return replace(settings, requests_per_minute=part(settings.requests_per_minute),
                   tokens_per_minute=part(settings.tokens_per_minute))


def share_of_budget(settings: RoleSettings, spent: Spending, processes: int) -> RoleSettings:
    """The settings with limits that let one process spend an equal part of what is left; `spent` counts as its own."""
    def part(limit: float, before: float) -> float:
        return before + max(0.0, limit - before) / processes if processes > 1 else limit

    def whole_part(limit: int | None, before: int) -> int | None:
        return None if limit is None else math.ceil(part(limit, before))

    return replace(settings, max_calls=whole_part(settings.max_calls, spent.calls),
                   max_tokens=whole_part(settings.max_tokens, spent.tokens),
                   max_cost=None if settings.max_cost is None else part(settings.max_cost, spent.cost))


@dataclass(frozen=True)
class Tally:
    """What one process has done: answers, requests it could not answer by reason, those it let fail on purpose by
    status, calls to the model."""

    answered: int
    troubles: Counter[str]
    failures: Counter[str]
    counts: Counts


Work = Callable[[socket.socket, threading.Event, Callable[[], None]], Tally]


@dataclass
class _Place:
    """A URL and the process that serves there now. `started` is a monotonic time."""

    url: str
    listener: socket.socket
    process: Any = None
    news: Connection | None = None
    ready: bool = False
    ready_before: bool = False
    started: float = 0.0
    pause: float = 0.0
    again_at: float = 0.0


class Processes:
    """Runs `work` for each socket in a process of its own."""

    def __init__(self, work: Work, listeners: dict[str, socket.socket]) -> None:
        """`listeners` are the bound sockets by their URLs. `work` gets its socket, an event that says when to stop, and
        a function to call once it is ready. It is to be made before this process has any thread."""
        self._work = work
        self._places = [_Place(url, listener) for url, listener in listeners.items()]
        self._lifeline, self._end = os.pipe()
        self._stopping = False
        self._told_ready = False
        self._failure: Exception | None = None
        self._tallies: list[Tally] = []

    def run(self, tell_ready: Callable[[], None]) -> list[Tally]:
        """Serve until SIGTERM or SIGINT; calls `tell_ready` once all are ready. A process that ends is started again.

        Raises UsageError when one of them finds that the input is bad, at the start or later.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        for place in self._places:
            self._start(place)
        while not self._stopping and self._failure is None:
            self._take_news(0.2)
            if not self._told_ready and all(place.ready for place in self._places):
                self._told_ready = True
                tell_ready()
            for place in self._places:
                if place.news is None and not self._stopping and time.monotonic() >= place.again_at:
                    self._start(place)
        self._stop_all()
        if self._failure is not None:
            raise self._failure
        return self._tallies

    def _start(self, place: _Place) -> None:
        # A fork has the catalog at once and for nothing; `_serve` sees to what it must not have.
        context = multiprocessing.get_context("fork")
        place.news, told = context.Pipe(duplex=False)
        place.process = context.Process(target=self._serve, args=(place, told), daemon=True)
        place.started, place.ready = time.monotonic(), False
        place.process.start()
        told.close()

    def _serve(self, own: _Place, told: Any) -> None:
        """What a process does."""
        os.close(self._end)
        for place in self._places:
            if place is not own:
                place.listener.close()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        threading.Thread(target=self._await_end, args=(stop,), daemon=True).start()
        with suppress(BrokenPipeError):  # nobody is left to tell
            try:
                told.send((_TALLY, self._work(own.listener, stop, lambda: told.send((_READY, None)))))
            except UsageError as error:
                told.send((_ERROR, str(error)))

    def _await_end(self, stop: threading.Event) -> None:
        os.read(self._lifeline, 1)
        stop.set()

    def _take_news(self, seconds: float) -> None:
        waiting = wait([place.news for place in self._places if place.news is not None], seconds)
        for place in self._places:
            if place.news is None or place.news not in waiting:
                continue
            try:
                kind, value = place.news.recv()
            except (EOFError, OSError):
                self._ended(place)
                continue
            if kind == _READY:
                place.ready = place.ready_before = True
            elif kind == _TALLY:
                self._tallies.append(value)
            elif place.ready or not place.ready_before:
                self._failure = self._failure or UsageError(value)
            else:
                log_line(f"simulator at {place.url} cannot start again yet: {value}")

    def _ended(self, place: _Place) -> None:
        """A process is gone: when to start the next one, or that there is no use in it."""
        assert place.news is not None
        place.news.close()
        place.news = None
        place.process.join()
        if self._stopping or self._failure is not None:
            return
        how = _in_words(place.process.exitcode)
        if not place.ready_before:
            self._failure = ProcessDied(f"the simulator at {place.url} ended before it was ready ({how})")
            return
        now = time.monotonic()
        steady = place.ready and now - place.started > _STEADY_SECONDS
        place.pause = FIRST_PAUSE if steady or not place.pause else min(LONGEST_PAUSE, 2 * place.pause)
        place.again_at = now + place.pause
        if place.ready:
            log_line(f"simulator at {place.url} ended ({how}); starting it again: its conversations begin anew")

    def _stop_all(self) -> None:
        """Let every process answer what is in flight, and wait for them."""
        self._stopping = True
        for place in self._places:
            place.listener.close()
        os.close(self._end)
        end = time.monotonic() + GRACE_SECONDS + 10
        while any(place.news is not None for place in self._places) and time.monotonic() < end:
            self._take_news(0.2)
        self._kill_all()

    def _kill_all(self) -> None:
        for place in self._places:
            if place.process is not None and place.process.is_alive():
                place.process.kill()

    def _on_signal(self, number: int, _: Any) -> None:
        """The first one stops all processes cleanly, a second one at once."""
        if self._stopping:
            self._kill_all()
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self._stopping = True


class ProcessDied(Exception):
    """A process could not be started; what went wrong stands on standard error."""


def _in_words(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
