"""State shared by all actors of a run, in one process on the driver's machine: stored calls, budgets, rate limits.

It is plain Python; ray_actor.py turns it into an actor.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import StageStopped
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.rate_limit import AdaptiveLimiter, Allowance, Ceiling
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import CallStore, FinishedCalls
from toolalpaca.llm.usage import Budget, Price

RoleTerms = dict[str, tuple[RoleSettings, Price | None]]  # what each role may spend, and its price

AskCoordinator = Callable[..., Any]  # name of one of the coordinator's methods and its arguments -> what it gives
LONGEST_NAP = 1.0  # seconds between two looks at whether a call may leave


@dataclass
class SharedLimits:
    """The known rate limits of one endpoint: the number of refusals, and until when to wait."""

    decreases: int = 0
    last_decrease: float = 0.0
    resume_at: float = 0.0


class Coordinator:
    """The shared state. No method blocks, so that one thread can serve all actors."""

    def __init__(self, folder: Path, stage: str, terms: RoleTerms) -> None:
        self._stage = stage
        self._store = CallStore(folder)
        self._budgets = {role: Budget(settings, price) for role, (settings, price) in terms.items()}
        self._reserved: dict[int, list[str]] = defaultdict(list)  # roles of the calls under way, by actor
        self._limits: dict[str, SharedLimits] = defaultdict(SharedLimits)
        self._allowances = {settings.base_url: Allowance(settings.ceiling) for settings, _ in terms.values()}
        self._version = 0

    def get(self, key: str) -> tuple[dict[str, Any] | None, int]:
        """Return the stored value of a key, and the version of the known limits."""
        return self._store.get(key), self._version

    def put(self, key: str, record: str, stage: str, value: dict[str, Any]) -> int:
        """Store a finished call; return the version of the known limits."""
        self._store.put(key, stage=stage, record=record, value=value)
        return self._version

    def attempts(self) -> dict[str, int]:
        """Return the attempt number of each record of the stage for which it is not the first."""
        return self._store.attempts(self._stage)

    def add_earlier(self, role: str, usage: dict[str, int]) -> None:
        """Count a call that an earlier run has paid for."""
        self._budgets[role].add_earlier(usage)

    def reserve(self, actor: int, role: str) -> str:
        """Reserve the cost of a call before it starts; return why it may not, or ""."""
        try:
            self._budgets[role].reserve()
        except StageStopped as stop:
            return str(stop)
        self._reserved[actor].append(role)
        return ""

    def settle(self, actor: int, role: str, usage: dict[str, int] | None) -> None:
        """Record a reserved call's usage; `usage` is None if it failed."""
        self._reserved[actor].remove(role)
        self._budgets[role].settle(usage)

    def bury(self, actor: int) -> None:
        """Release the reservations of an actor that has died."""
        for role in self._reserved.pop(actor, []):
            self._budgets[role].settle(None)

    def admit(self, base_url: str, tokens: int) -> float:
        """Return 0 if a call may start under an endpoint's ceilings, else the seconds after which to ask again."""
        allowance, now = self._allowances[base_url], time.monotonic()
        wait = allowance.wait(now, tokens)
        if not wait:
            allowance.spend(now, tokens)
        return wait

    def limited(self, base_url: str, age: float, retry_after: float | None) -> int:
        """Count a rate-limit refusal of a call sent `age` seconds ago; return the number of decreases so far.

        Refusals of calls that were in flight at the same time count as one.
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
        """Start no calls to an endpoint for this many seconds."""
        limits, until = self._limits[base_url], time.monotonic() + seconds
        if until > limits.resume_at:
            limits.resume_at = until
            self._version += 1

    def limits(self) -> tuple[int, dict[str, tuple[int, float]]]:
        """Return the version, and for each endpoint its decreases and the remaining seconds to wait."""
        now = time.monotonic()
        return self._version, {url: (one.decreases, max(0.0, one.resume_at - now)) for url, one in self._limits.items()}


class CoordinatorClient:
    """One actor's connection to the coordinator, `ask`; forwards news about limits to this actor's limiters."""

    def __init__(self, number: int, ask: AskCoordinator) -> None:
        self.number = number
        self.ask = ask
        self._version = 0
        self._lock = threading.Lock()
        self._limiters: dict[str, SharedLimiter] = {}

    def endpoint(self, settings: RoleSettings, width: int) -> Endpoint:
        """Return an endpoint whose limiter is shared by all actors."""
        endpoint = Endpoint(settings, width)
        endpoint.limiter = self._limiters[settings.base_url] = SharedLimiter(self, settings, width)
        return endpoint

    def budgets(self, terms: RoleTerms) -> dict[str, Budget]:
        """Return the limits of each role; unlimited ones are not checked with the coordinator."""
        budgets = {role: Budget(settings, price) for role, (settings, price) in terms.items()}
        return {role: budget if budget.unlimited else CoordinatorBudget(budget.settings, budget.price, client=self)
                for role, budget in budgets.items()}

    def heard(self, version: int) -> None:
        """Fetch the limits if a response carried a newer version."""
        with self._lock:
            if version <= self._version:
                return
            self._version, limits = self.ask("limits")
        for url, limiter in self._limiters.items():
            limiter.hear(*limits.get(url, (0, 0.0)))


class CoordinatorStore(FinishedCalls):
    """The coordinator's store."""

    def __init__(self, client: CoordinatorClient) -> None:
        self._client = client
        self._attempts: dict[str, int] = client.ask("attempts")

    def get(self, key: str) -> dict[str, Any] | None:
        value, version = self._client.ask("get", key)
        self._client.heard(version)
        return value

    def put(self, key: str, *, stage: str, record: str, value: dict[str, Any]) -> None:
        self._client.heard(self._client.ask("put", key, record, stage, value))

    def attempt(self, stage: str, record: str) -> int:
        return self._attempts.get(record, 0)


@dataclass
class CoordinatorBudget(Budget):
    """A budget shared by all actors."""

    client: CoordinatorClient = field(kw_only=True)

    def add_earlier(self, usage: dict[str, int]) -> None:
        self.client.ask("add_earlier", self.settings.role, usage)

    def reserve(self) -> None:
        refusal = self.client.ask("reserve", self.client.number, self.settings.role)
        if refusal:
            raise StageStopped(refusal)

    def settle(self, usage: dict[str, int] | None) -> None:
        self.client.ask("settle", self.client.number, self.settings.role, usage)


class SharedLimiter(AdaptiveLimiter):
    """This actor's limiter, which also reacts to what other actors report."""

    def __init__(self, client: CoordinatorClient, settings: RoleSettings, width: int) -> None:
        super().__init__(width)
        self._client = client
        self._url = settings.base_url
        self._ceiling_set = settings.ceiling != Ceiling()
        self._decreases = 0

    @contextmanager
    def slot(self, tokens: int = 0) -> Iterator[float]:
        while self._ceiling_set and (wait := self._client.ask("admit", self._url, tokens)):
            time.sleep(min(wait, LONGEST_NAP))
        with super().slot(tokens) as started:
            yield started

    def limited(self, started: float, retry_after: float | None) -> None:
        super().limited(started, retry_after)
        self._decreases = self._client.ask("limited", self._url, time.monotonic() - started, retry_after)

    def pause(self, seconds: float) -> None:
        super().pause(seconds)
        self._client.ask("paused", self._url, seconds)

    def hear(self, decreases: int, seconds: float) -> None:
        """Apply what the coordinator reports: refusals of other actors, or a pause for all."""
        if decreases > self._decreases:
            self._decreases = decreases
            super().limited(time.monotonic(), None)
        if seconds:
            super().pause(seconds)
