"""Counts of one stage run: calls, retries, tokens, cost and how many calls were in flight, per role and in all."""

import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import reduce
from typing import Any

from toolalpaca.prices import Price


@dataclass
class RoleCount:
    """What one role has used in this run. `cost` is in US dollars and None once a call had no known price."""

    calls: int = 0
    from_store: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost: float | None = 0.0

    def plus(self, other: "RoleCount") -> "RoleCount":
        """Both together."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in vars(self) if name != "cost"}
        known = self.cost is not None and other.cost is not None
        return RoleCount(**sums, cost=self.cost + other.cost if known else None)  # type: ignore[operator]


@dataclass(frozen=True)
class Counts:
    """What a meter elsewhere has counted, to be added to this run's."""

    roles: dict[str, RoleCount]
    retries: Counter[str]
    busy: float


@dataclass
class Meter:
    """Thread-safe counters, filled by the chat models and read by the progress bar and the closing report."""

    roles: dict[str, RoleCount] = field(default_factory=dict)
    retries: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _in_flight: int = 0
    _busy: float = 0.0  # call-seconds
    _changed: float = 0.0
    _first: float | None = None

    def call_started(self) -> None:
        """A call has left."""
        self._move(+1)

    def call_ended(self) -> None:
        """A call is back, whatever came of it."""
        self._move(-1)

    def _move(self, step: int) -> None:
        with self._lock:
            now = time.monotonic()
            if self._first is None:
                self._first = self._changed = now
            self._busy += self._in_flight * (now - self._changed)
            self._changed = now
            self._in_flight += step

    def retry(self, reason: str) -> None:
        """A call failed in a way that is tried again."""
        with self._lock:
            self.retries[reason] += 1

    def answered(self, role: str, usage: dict[str, int], price: Price | None) -> None:
        """A call was answered; `usage` holds its tokens as `in`, `out` and `cached`."""
        with self._lock:
            count = self.roles.setdefault(role, RoleCount())
            count.calls += 1
            count.tokens_in += usage["in"]
            count.tokens_out += usage["out"]
            count.tokens_cached += usage["cached"]
            known = count.cost is not None and price is not None
            count.cost = count.cost + price.cost(usage) if known else None  # type: ignore[operator,union-attr]

    def reused(self, role: str) -> None:
        """An answer came out of the store."""
        with self._lock:
            self.roles.setdefault(role, RoleCount()).from_store += 1

    def start(self) -> None:
        """Calls counted elsewhere begin about now; the mean in flight is over the time from here on."""
        self._move(0)

    def take(self) -> Counts:
        """Everything counted so far; this meter begins anew, but for the calls under way."""
        self._move(0)
        with self._lock:
            counts = Counts(self.roles, self.retries, self._busy)
            self.roles, self.retries, self._busy = {}, Counter(), 0.0
        return counts

    def add(self, counts: Counts) -> None:
        """Count what a meter elsewhere has counted."""
        self._move(0)
        with self._lock:
            self.retries.update(counts.retries)
            self._busy += counts.busy
            for role, more in counts.roles.items():
                self.roles[role] = self.roles.get(role, RoleCount()).plus(more)

    def total(self) -> RoleCount:
        """All roles together."""
        with self._lock:
            return reduce(RoleCount.plus, self.roles.values(), RoleCount())

    def mean_in_flight(self) -> float:
        """Calls under way, averaged over the time from the first call's start to the last change."""
        with self._lock:
            seconds = self._changed - self._first if self._first is not None else 0.0
            return self._busy / seconds if seconds > 0 else 0.0

    def report(self) -> dict[str, Any]:
        """The counts as they go into the run log."""
        return {**asdict(self.total()), "roles": {role: asdict(count) for role, count in sorted(self.roles.items())},
                "retries": dict(sorted(self.retries.items())), "mean_in_flight": round(self.mean_in_flight(), 2)}
