"""What a stage may spend: it stops cleanly, with everything finished stored, before it would spend more."""

import threading
from dataclasses import dataclass, field

from toolalpaca.errors import StageStopped, UsageError
from toolalpaca.prices import Price
from toolalpaca.roles import RoleSettings


@dataclass
class Spending:
    """Calls, tokens and US dollars so far, and how many calls are under way."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    in_flight: int = 0


@dataclass
class Budget:
    """The limits of one role. Calls under way count as average ones, so that the limit holds to about one call."""

    settings: RoleSettings
    price: Price | None
    spent: Spending = field(default_factory=Spending)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.settings.max_cost is not None and self.price is None:
            raise UsageError(f"--max_cost cannot be kept: no price is known for {self.settings.model!r}; "
                             "add a row to configs/prices.yaml")

    @property
    def unlimited(self) -> bool:
        """True when there is nothing to keep to."""
        return self.settings.max_calls is self.settings.max_tokens is self.settings.max_cost is None

    def add_earlier(self, usage: dict[str, int]) -> None:
        """Count a call that an earlier run has paid for the same output."""
        with self._lock:
            self._add(usage)

    def reserve(self) -> None:
        """To be called before a call leaves; raises StageStopped when it would go over a limit."""
        with self._lock:
            for what, limit in (("calls", self.settings.max_calls), ("tokens", self.settings.max_tokens),
                                ("cost", self.settings.max_cost)):
                if limit is not None and self._expected(what) > limit:
                    raise StageStopped(f"the limit max_{what} = {limit:g} of the {self.settings.role} is reached "
                                       f"({self._words()}); all of it is stored, a higher limit goes on from here")
            self.spent.in_flight += 1

    def settle(self, usage: dict[str, int] | None) -> None:
        """To be called when a reserved call has ended; `usage` is None when it failed."""
        with self._lock:
            self.spent.in_flight -= 1
            if usage is not None:
                self._add(usage)

    def _add(self, usage: dict[str, int]) -> None:
        self.spent.calls += 1
        self.spent.tokens += usage["in"] + usage["out"]
        self.spent.cost += self.price.cost(usage) if self.price else 0.0

    def _expected(self, what: str) -> float:
        """What will have been spent when the calls under way and one more have ended."""
        average = getattr(self.spent, what) / self.spent.calls if self.spent.calls else 0.0
        return getattr(self.spent, what) + (1.0 if what == "calls" else average) * (self.spent.in_flight + 1)

    def _words(self) -> str:
        money = f", ${self.spent.cost:.4f}" if self.price else ""
        return f"{self.spent.calls} calls, {self.spent.tokens:,} tokens{money}"
