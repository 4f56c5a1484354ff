"""Injected faults for testing clients: errors, dropped and hung connections, malformed answers, rate limits.

The fault of a request depends on the seed, the request's content and how often it has been seen, so a run can be
repeated exactly, and a failed request succeeds if it is retried often enough.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from offline_llm.seeding import fraction, seeded_random
from offline_llm.server.chat_protocol import ApiError

KINDS = ("429", "500", "drop", "hang", "malformed")


def parse_faults(text: str) -> dict[str, float]:
    """Return `429=0.1,drop=0.02` as fractions by kind; raise ValueError with what is wrong."""
    shares: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        kind, _, value = part.partition("=")
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no fault; there are {', '.join(KINDS)}")
        try:
            shares[kind] = float(value)
        except ValueError:
            raise ValueError(f"{part!r}: write the share as a number, such as {kind}=0.1") from None
        if not 0 <= shares[kind] <= 1:
            raise ValueError(f"{part!r}: a share lies between 0 and 1")
    if sum(shares.values()) > 1 + 1e-9:
        raise ValueError(f"the shares of {text!r} add up to more than 1")
    return shares


@dataclass
class FaultPlan:
    """Decides for each request which fault to inject. Thread-safe."""

    shares: dict[str, float]
    seed: int = 0

    def __post_init__(self) -> None:
        self._seen: Counter[int] = Counter()
        self._lock = threading.Lock()

    def decide(self, content: int) -> tuple[str | None, int]:
        """Return the fault for a request with this content hash, if any, and how often the request was seen before."""
        with self._lock:
            times = self._seen[content]
            self._seen[content] += 1
        point = fraction("fault", self.seed, content, times)
        for kind in KINDS:
            point -= self.shares.get(kind, 0.0)
            if point < 0:
                return kind, times
        return None, times


def rate_limit_error(content: int, times: int) -> ApiError:
    """Return a 429 as endpoints send it: usually with a short Retry-After, in seconds or as an HTTP date."""
    roll = seeded_random("retry-after", content, times)
    form = roll.random()
    if form < 0.2:
        headers = {"Retry-After": formatdate(time.time() + 1, usegmt=True)}
    elif form < 0.9:
        headers = {"Retry-After": f"{roll.uniform(0.05, 0.5):.2f}"}
    else:
        headers = {}
    return ApiError(429, "Rate limit reached for requests (a fault that --fault asked for).",
                    code="rate_limit_exceeded", kind="requests", headers=headers)


def server_error(content: int, times: int) -> ApiError:
    """Return a server error, one of those that endpoints and their proxies send."""
    status = seeded_random("server-error", content, times).choice((500, 500, 502, 503))
    return ApiError(status, "The server had an error (a fault that --fault asked for).", kind="server_error")


class RequestLimit:
    """A limit of `per_minute` requests a minute, refilled continuously, with a burst of one second's worth."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._capacity = max(1.0, per_minute / 60)
        self._level, self._clock, self._last = self._capacity, clock, clock()
        self._lock = threading.Lock()

    def take(self) -> dict[str, str]:
        """Take one request from the budget and return the x-ratelimit headers; raise the 429 if it is exhausted."""
        with self._lock:
            now = self._clock()
            self._level = min(self._capacity, self._level + (now - self._last) * self.per_minute / 60)
            self._last = now
            allowed = self._level > 1 - 1e-9
            self._level -= 1 if allowed else 0
            wait = max(0.001, (1 - self._level) * 60 / self.per_minute)
            headers = {"x-ratelimit-limit-requests": str(self.per_minute),
                       "x-ratelimit-remaining-requests": str(int(self._level)),
                       "x-ratelimit-reset-requests": f"{wait:.3f}s"}
        if allowed:
            return headers
        raise ApiError(429, f"Rate limit reached: {self.per_minute} requests per minute.", code="rate_limit_exceeded",
                       kind="requests", headers={**headers, "Retry-After": f"{wait:.3f}"})
