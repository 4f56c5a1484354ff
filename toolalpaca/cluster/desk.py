"""What all actors of a run share, kept in one process on the driver's machine: the store of finished calls, the budgets
and what the endpoints said about their limits. Plain Python; actor.py makes it an actor.
"""

import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.budget import Budget
from toolalpaca.errors import StageStopped
from toolalpaca.pace import Allowance
from toolalpaca.prices import Price
from toolalpaca.roles import RoleSettings
from toolalpaca.store import CallStore

Terms = dict[str, tuple[RoleSettings, Price | None]]  # what each role may spend, and its price


@dataclass
class Limits:
    """What is known of one endpoint's limits: how many times it refused a call for its rate, and until when to wait."""

    decreases: int = 0
    last_decrease: float = 0.0
    resume_at: float = 0.0


class Desk:
    """Every method is short and none waits, so that one thread serves all actors."""

    def __init__(self, folder: Path, stage: str, terms: Terms) -> None:
        self._stage = stage
        self._store = CallStore(folder)
        self._budgets = {role: Budget(settings, price) for role, (settings, price) in terms.items()}
        self._reserved: dict[int, list[str]] = defaultdict(list)  # roles of the calls under way, by actor
        self._limits: dict[str, Limits] = defaultdict(Limits)
        self._allowances = {settings.base_url: Allowance(settings.ceiling) for settings, _ in terms.values()}
        self._version = 0

    def get(self, key: str) -> tuple[dict[str, Any] | None, int]:
        """The stored value of a key, and the version of what is known of limits."""
        return self._store.get(key), self._version

    def put(self, key: str, record: str, stage: str, value: dict[str, Any]) -> int:
        """Store a finished call; gives the version of what is known of limits."""
        self._store.put(key, stage=stage, record=record, value=value)
        return self._version

    def attempts(self) -> dict[str, int]:
        """The attempt that each record of the stage is at, where it is not the first."""
        return self._store.attempts(self._stage)

    def add_earlier(self, role: str, usage: dict[str, int]) -> None:
        """Count a call that an earlier run has paid for."""
        self._budgets[role].add_earlier(usage)

    def reserve(self, actor: int, role: str) -> str:
        """Before a call leaves: why it may not, or an empty text."""
        try:
            self._budgets[role].reserve()
        except StageStopped as stop:
            return str(stop)
        self._reserved[actor].append(role)
        return ""

    def settle(self, actor: int, role: str, usage: dict[str, int] | None) -> None:
        """After a reserved call; `usage` is None when it failed."""
        self._reserved[actor].remove(role)
        self._budgets[role].settle(usage)

    def bury(self, actor: int) -> None:
        """An actor has died, and its calls with it."""
        for role in self._reserved.pop(actor, []):
            self._budgets[role].settle(None)

    def admit(self, base_url: str, tokens: int) -> float:
        """Let a call leave under the ceilings of an endpoint, or say in how many seconds to ask again."""
        allowance, now = self._allowances[base_url], time.monotonic()
        wait = allowance.wait(now, tokens)
        if not wait:
            allowance.spend(now, tokens)
        return wait

    def limited(self, base_url: str, age: float, retry_after: float | None) -> int:
        """A call that left `age` seconds ago was refused for its rate; gives the number of decreases so far.

        Refusals of calls that were under way together count as one.
        """
        limits, now = self._limits[base_url], time.monotonic()
        if now - age >= limits.last_decrease:
            limits.decreases += 1
            limits.last_decrease = now
            self._version += 1
        if retry_after:
            self.paused(base_url, retry_after)
        return limits.decreases

    def paused(self, base_url: str, seconds: float) -> None:
        """Nothing should leave for an endpoint for so long."""
        limits, until = self._limits[base_url], time.monotonic() + seconds
        if until > limits.resume_at:
            limits.resume_at = until
            self._version += 1

    def limits(self) -> tuple[int, dict[str, tuple[int, float]]]:
        """The version, and for each endpoint its decreases and the seconds still to wait."""
        now = time.monotonic()
        return self._version, {url: (one.decreases, max(0.0, one.resume_at - now)) for url, one in self._limits.items()}
