"""The desk as an actor sees it: stands in for the store, the budgets and the paces of a single process."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from toolalpaca.budget import Budget
from toolalpaca.cluster.desk import Terms
from toolalpaca.endpoint import Endpoint
from toolalpaca.errors import StageStopped
from toolalpaca.pace import Ceiling, Pace
from toolalpaca.roles import RoleSettings
from toolalpaca.store import FinishedCalls

AskDesk = Callable[..., Any]  # name of one of the desk's methods and its arguments -> what it gives
LONGEST_NAP = 1.0  # seconds between two looks at whether a call may leave


class Seat:
    """One actor's place at the desk. `ask` reaches it; what it says about limits is passed on to the paces here."""

    def __init__(self, number: int, ask: AskDesk) -> None:
        self.number = number
        self.ask = ask
        self._version = 0
        self._lock = threading.Lock()
        self._paces: dict[str, SharedPace] = {}

    def endpoint(self, settings: RoleSettings, width: int) -> Endpoint:
        """An endpoint whose pace is that of all actors."""
        endpoint = Endpoint(settings, width)
        endpoint.pace = self._paces[settings.base_url] = SharedPace(self, settings, width)
        return endpoint

    def budgets(self, terms: Terms) -> dict[str, Budget]:
        """The limits of each role; those without any are not asked about."""
        budgets = {role: Budget(settings, price) for role, (settings, price) in terms.items()}
        return {role: budget if budget.unlimited else DeskBudget(budget.settings, budget.price, seat=self)
                for role, budget in budgets.items()}

    def heard(self, version: int) -> None:
        """Something the desk gave carried this version; where it is news, ask for it."""
        with self._lock:
            if version <= self._version:
                return
            self._version, limits = self.ask("limits")
        for url, pace in self._paces.items():
            pace.hear(*limits.get(url, (0, 0.0)))


class DeskStore(FinishedCalls):
    """The store behind the desk."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._attempts: dict[str, int] = seat.ask("attempts")

    def get(self, key: str) -> dict[str, Any] | None:
        value, version = self._seat.ask("get", key)
        self._seat.heard(version)
        return value

    def put(self, key: str, *, stage: str, record: str, value: dict[str, Any]) -> None:
        self._seat.heard(self._seat.ask("put", key, record, stage, value))

    def attempt(self, stage: str, record: str) -> int:
        return self._attempts.get(record, 0)


@dataclass
class DeskBudget(Budget):
    """A limit that all actors keep to together."""

    seat: Seat = field(kw_only=True)

    def add_earlier(self, usage: dict[str, int]) -> None:
        self.seat.ask("add_earlier", self.settings.role, usage)

    def reserve(self) -> None:
        refusal = self.seat.ask("reserve", self.seat.number, self.settings.role)
        if refusal:
            raise StageStopped(refusal)

    def settle(self, usage: dict[str, int] | None) -> None:
        self.seat.ask("settle", self.seat.number, self.settings.role, usage)


class SharedPace(Pace):
    """This actor's gate, which also closes for what other actors meet."""

    def __init__(self, seat: Seat, settings: RoleSettings, width: int) -> None:
        super().__init__(width)
        self._seat = seat
        self._url = settings.base_url
        self._ceiling_set = settings.ceiling != Ceiling()
        self._decreases = 0

    @contextmanager
    def slot(self, tokens: int = 0) -> Iterator[float]:
        while self._ceiling_set and (wait := self._seat.ask("admit", self._url, tokens)):
            time.sleep(min(wait, LONGEST_NAP))
        with super().slot(tokens) as started:
            yield started

    def limited(self, started: float, retry_after: float | None) -> None:
        super().limited(started, retry_after)
        self._decreases = self._seat.ask("limited", self._url, time.monotonic() - started, retry_after)

    def pause(self, seconds: float) -> None:
        super().pause(seconds)
        self._seat.ask("paused", self._url, seconds)

    def hear(self, decreases: int, seconds: float) -> None:
        """What the desk knows: others were refused, or all are to wait."""
        if decreases > self._decreases:
            self._decreases = decreases
            super().limited(time.monotonic(), None)
        if seconds:
            super().pause(seconds)
