"""Counts of one stage run: calls, retries, tokens, cost and how many calls were in flight, per role and in all."""

import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
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

    def role(self, role: str) -> RoleCount:
        """The counts of one role."""
        with self._lock:
            return self.roles.setdefault(role, RoleCount())

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
        count = self.role(role)
        with self._lock:
            count.calls += 1
            count.tokens_in += usage["in"]
            count.tokens_out += usage["out"]
            count.tokens_cached += usage["cached"]
            known = count.cost is not None and price is not None
            count.cost = count.cost + price.cost(usage) if known else None  # type: ignore[operator,union-attr]

    def reused(self, role: str) -> None:
        """An answer came out of the store."""
        count = self.role(role)
        with self._lock:
            count.from_store += 1

    def total(self) -> RoleCount:
        """All roles together."""
        with self._lock:
            counts = list(self.roles.values())
        costs = [count.cost for count in counts]
        return RoleCount(
            calls=sum(count.calls for count in counts), from_store=sum(count.from_store for count in counts),
            tokens_in=sum(count.tokens_in for count in counts), tokens_out=sum(count.tokens_out for count in counts),
            tokens_cached=sum(count.tokens_cached for count in counts),
            cost=None if None in costs else sum(cost for cost in costs if cost is not None))

    def mean_in_flight(self) -> float:
        """Calls under way, averaged over the time from the first call's start to the last change."""
        with self._lock:
            seconds = self._changed - self._first if self._first is not None else 0.0
            return self._busy / seconds if seconds > 0 else 0.0

    def report(self) -> dict[str, Any]:
        """The counts as they go into the run log."""
        return {**asdict(self.total()), "roles": {role: asdict(count) for role, count in sorted(self.roles.items())},
                "retries": dict(sorted(self.retries.items())), "mean_in_flight": round(self.mean_in_flight(), 2)}
