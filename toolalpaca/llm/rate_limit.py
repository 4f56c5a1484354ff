"""Rate limits: delays given in response headers, and the adaptive limit on calls in flight."""

import math
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_WAIT = 600.0  # seconds that a call waits for a rate limit
LONGEST_TIME = 100  # characters
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

GROWTH = 0.25  # share by which a full window of successes widens the gate
WINDOW_SECONDS = 60.0


def retry_after(headers: Any) -> float | None:
    """Return the seconds to wait, from the first header reader that finds a value; None if there is none."""
    return next((wait for read in RETRY_READERS if (wait := read(headers)) is not None), None)


def exhausted_for(headers: Any) -> float | None:
    """Return how long a quota is exhausted; None if something is left.

    Longer than the longest wait also gives None and is left to the 429 that will follow.
    """
    wait = _reset(headers)
    return wait if wait and wait <= LONGEST_WAIT else None


def _milliseconds(headers: Any) -> float | None:
    number = _number(_said(headers, "retry-after-ms"))
    return None if number is None else max(0.0, number / 1000)


def _seconds_or_date(headers: Any) -> float | None:
    """Read `Retry-After`: seconds or an HTTP date."""
    if not (value := _said(headers, "retry-after")):
        return None
    seconds = _number(value)
    return _until(value) if seconds is None else max(0.0, seconds)


def _reset(headers: Any) -> float | None:
    """Return when an exhausted quota is reset."""
    waits = [seconds_of(_said(headers, reset)) for remaining, reset in ALLOWANCES if headers.get(remaining) == "0"]
    return max((wait for wait in waits if wait), default=None)


# What providers say about waiting, in the order in which they are believed; a new header is one more entry.
RETRY_READERS: list[Callable[[Any], float | None]] = [_milliseconds, _seconds_or_date, _reset]
# Headers that say how much is left of an allowance, and when it comes back.
ALLOWANCES = (("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
              ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"), ("ratelimit-remaining", "ratelimit-reset"))


def _said(headers: Any, name: str) -> str:
    """Return a header, or "" for one that is longer than a time is written."""
    value = headers.get(name) or ""
    return value if len(value) <= LONGEST_TIME else ""


def _number(text: str) -> float | None:
    """Return the number in a header, else None, also for infinity and NaN."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _until(date: str) -> float | None:
    """Return the seconds until an HTTP date."""
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def seconds_of(text: str) -> float | None:
    """Return the seconds of a duration such as `20ms`, `1s`, `6m0s` or a bare number; None if it is neither."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


@dataclass(frozen=True)
class Ceiling:
    """The calls and tokens a minute to which this program limits itself; None means no limit."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


class Allowance:
    """The remaining budget of a ceiling; not thread-safe."""

    def __init__(self, ceiling: Ceiling) -> None:
        self._ceiling = ceiling
        self._spent: deque[tuple[float, int]] = deque()

    def wait(self, now: float, tokens: int) -> float:
        """Return the seconds until a call with this many tokens may start, 0 if it may start now."""
        while self._spent and self._spent[0][0] <= now - WINDOW_SECONDS:
            self._spent.popleft()
        requests, most_tokens = self._ceiling.requests_per_minute, self._ceiling.tokens_per_minute
        full = requests is not None and len(self._spent) >= requests
        if most_tokens is not None and self._spent:
            full = full or sum(spent for _, spent in self._spent) + tokens > most_tokens
        return self._spent[0][0] + WINDOW_SECONDS - now if full else 0.0

    def spend(self, now: float, tokens: int) -> None:
        """Record a call that has started."""
        if self._ceiling != Ceiling():
            self._spent.append((now, tokens))


class AdaptiveLimiter:
    """An adaptive limit on calls in flight. `slot()` waits its turn; `limited()` and `succeeded()` report the
    outcome."""

    def __init__(self, width: int, ceiling: Ceiling = Ceiling()) -> None:
        self.width = width
        self.limit = float(width)
        self.in_flight = 0
        self._allowance = Allowance(ceiling)
        self._changed = threading.Condition()
        self._resume_at = 0.0
        self._last_decrease = 0.0

    @contextmanager
    def slot(self, tokens: int = 0) -> Iterator[float]:
        """Hold one slot; yield the monotonic time at which the call may start."""
        with self._changed:
            while (wait := self._wait(tokens)) != 0:
                self._changed.wait(wait)
            self.in_flight += 1
            started = time.monotonic()
            self._allowance.spend(started, tokens)
        try:
            yield started
        finally:
            with self._changed:
                self.in_flight -= 1
                self._changed.notify()

    def limited(self, started: float, retry_after: float | None) -> None:
        """Record a rate-limit refusal of a call that started at `started`; all calls wait `retry_after` seconds."""
        with self._changed:
            if started >= self._last_decrease:
                self.limit = max(1.0, min(self.limit, self.in_flight) / 2)
                self._last_decrease = time.monotonic()
            if retry_after:
                self._pause(retry_after)

    def pause(self, seconds: float) -> None:
        """Start no call for this many seconds, since the endpoint reports an exhausted quota."""
        with self._changed:
            self._pause(seconds)

    def succeeded(self) -> None:
        """Record a success, which raises the limit slightly."""
        if self.limit < self.width:
            with self._changed:
                step = max(1.0, GROWTH * self.limit) / self.limit
                self.limit = min(float(self.width), self.limit + step)
                self._changed.notify()

    def _pause(self, seconds: float) -> None:
        self._resume_at = max(self._resume_at, time.monotonic() + seconds)

    def _wait(self, tokens: int) -> float | None:
        """Return the seconds until the next check; 0 to start now, None to wait for a change."""
        now = time.monotonic()
        if now < self._resume_at:
            return self._resume_at - now
        if self.in_flight >= max(1, int(self.limit)):
            return None
        return self._allowance.wait(now, tokens)
