"""Usage and cost of calls: the meter, the price table, the budget at which a stage stops, and the estimate that
`--dry_run` prints before any call is made."""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import reduce
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as validated

from toolalpaca.core.errors import StageStopped, UsageError
from toolalpaca.core.files import CONFIGS
from toolalpaca.core.log import one_line
from toolalpaca.core.run_log import cost_in_words
from toolalpaca.llm.roles import RoleSettings

PRICE_TABLE = CONFIGS / "prices.yaml"


@validated(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Price:
    """US dollars per million tokens; cached tokens cost the same as others unless given."""

    input: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]
    cached_input: Annotated[float, Field(ge=0)] | None = None

    def cost(self, usage: dict[str, int]) -> float:
        """Return the US dollars for `in` tokens, `cached` of which are from the endpoint's cache, and `out` tokens."""
        fresh = usage["in"] - usage["cached"]
        cached = self.input if self.cached_input is None else self.cached_input
        return (fresh * self.input + usage["cached"] * cached + usage["out"] * self.output) / 1e6


def load_prices(path: Path = PRICE_TABLE) -> dict[str, Price]:
    """Return the prices by model name; raise UsageError if the table is invalid."""
    import yaml

    try:
        return TypeAdapter(dict[str, Price]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise UsageError(f"{path}: not a price table of 'MODEL: {{input: N, output: N}}' rows "
                         f"({one_line(error)})") from None


def price_of(model: str, prices: dict[str, Price]) -> Price | None:
    """Return the price of a model or of a dated version of it (`gpt-4o-2024-08-06` is priced as `gpt-4o`); None if
    unknown."""
    if model in prices:
        return prices[model]
    dated = [name for name in prices if model.startswith(f"{name}-20")]
    return prices[max(dated, key=len)] if dated else None


@dataclass
class RoleCount:
    """The usage of one role in this run. `cost` is in US dollars and None once a call had no known price."""

    calls: int = 0
    from_store: int = 0
    asked_again: int = 0  # for an answer that could not be used
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost: float | None = 0.0

    def plus(self, other: "RoleCount") -> "RoleCount":
        """Return the sum of both."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in vars(self) if name != "cost"}
        known = self.cost is not None and other.cost is not None
        return RoleCount(**sums, cost=self.cost + other.cost if known else None)  # type: ignore[operator]


@dataclass(frozen=True)
class Counts:
    """The counts of a meter in another process, to be added to this run's."""

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
        """Count a call that has started."""
        self._move(+1)

    def call_ended(self) -> None:
        """Count a call that has ended, with whatever outcome."""
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
        """Count a failed call that is retried."""
        with self._lock:
            self.retries[reason] += 1

    def answered(self, role: str, usage: dict[str, int], price: Price | None) -> None:
        """Count an answered call; `usage` holds its tokens as `in`, `out` and `cached`."""
        with self._lock:
            count = self.roles.setdefault(role, RoleCount())
            count.calls += 1
            count.tokens_in += usage["in"]
            count.tokens_out += usage["out"]
            count.tokens_cached += usage["cached"]
            known = count.cost is not None and price is not None
            count.cost = count.cost + price.cost(usage) if known else None  # type: ignore[operator,union-attr]

    def reused(self, role: str) -> None:
        """Count an answer from the store."""
        with self._lock:
            self.roles.setdefault(role, RoleCount()).from_store += 1

    def asked_again(self, role: str) -> None:
        """Count an unusable answer after which the model is asked for another."""
        with self._lock:
            self.roles.setdefault(role, RoleCount()).asked_again += 1

    def start(self) -> None:
        """Start the time over which the mean in flight is taken; calls counted elsewhere begin about now."""
        self._move(0)

    def drain(self) -> Counts:
        """Return everything counted so far and reset the meter, except for the calls in flight."""
        self._move(0)
        with self._lock:
            counts = Counts(self.roles, self.retries, self._busy)
            self.roles, self.retries, self._busy = {}, Counter(), 0.0
        return counts

    def add(self, counts: Counts) -> None:
        """Add the counts of a meter in another process."""
        self._move(0)
        with self._lock:
            self.retries.update(counts.retries)
            self._busy += counts.busy
            for role, more in counts.roles.items():
                self.roles[role] = self.roles.get(role, RoleCount()).plus(more)

    def total(self) -> RoleCount:
        """Return all roles together."""
        with self._lock:
            return reduce(RoleCount.plus, self.roles.values(), RoleCount())

    def mean_in_flight(self) -> float:
        """Return the calls in flight, averaged from the first call's start to the last change."""
        with self._lock:
            seconds = self._changed - self._first if self._first is not None else 0.0
            return self._busy / seconds if seconds > 0 else 0.0

    def report(self) -> dict[str, Any]:
        """Return the counts for the run log."""
        return {**asdict(self.total()), "roles": {role: asdict(count) for role, count in sorted(self.roles.items())},
                "retries": dict(sorted(self.retries.items())), "mean_in_flight": round(self.mean_in_flight(), 2)}


@dataclass
class Spending:
    """Calls, tokens and US dollars so far, and the number of calls in flight."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    in_flight: int = 0


@dataclass
class Budget:
    """The limits of one role. Calls in flight count as average ones, so that the limit holds to within about one
    call."""

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
        """Return whether there are no limits."""
        return self.settings.max_calls is self.settings.max_tokens is self.settings.max_cost is None

    def add_earlier(self, usage: dict[str, int]) -> None:
        """Count a call that an earlier run has paid for the same output."""
        with self._lock:
            self._add(usage)

    def reserve(self) -> None:
        """Reserve a call before it starts; raise StageStopped if it would exceed a limit."""
        with self._lock:
            for what, limit in (("calls", self.settings.max_calls), ("tokens", self.settings.max_tokens),
                                ("cost", self.settings.max_cost)):
                if limit is not None and self._expected(what) > limit:
                    raise StageStopped(f"the limit max_{what} = {limit:g} of the {self.settings.role} is reached "
                                       f"({self._words()}); all of it is stored, a higher limit resumes from here")
            self.spent.in_flight += 1

    def settle(self, usage: dict[str, int] | None) -> None:
        """Record the end of a reserved call; `usage` is None if it failed."""
        with self._lock:
            self.spent.in_flight -= 1
            if usage is not None:
                self._add(usage)

    def _add(self, usage: dict[str, int]) -> None:
        self.spent.calls += 1
        self.spent.tokens += usage["in"] + usage["out"]
        self.spent.cost += self.price.cost(usage) if self.price else 0.0

    def _expected(self, what: str) -> float:
        """Return the total once the calls in flight and one more have ended."""
        average = getattr(self.spent, what) / self.spent.calls if self.spent.calls else 0.0
        return getattr(self.spent, what) + (1.0 if what == "calls" else average) * (self.spent.in_flight + 1)

    def _words(self) -> str:
        money = f", ${self.spent.cost:.4f}" if self.price else ""
        return f"{self.spent.calls} calls, {self.spent.tokens:,} tokens{money}"


CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class LikelyCall:
    """One call that a record probably needs: the role, the prompt's tokens and a typical answer's tokens."""

    role: str
    tokens_in: int
    tokens_out: int


def tokens_of(text: str) -> int:
    """Return the approximate number of tokens in a text."""
    return len(text) // CHARACTERS_PER_TOKEN + 1


def cost_estimate(stage: str, expected: Iterable[tuple[Iterable[LikelyCall], int]], models: dict[str, str],
                  prices: dict[str, Price]) -> str:
    """Return the estimate as one line.

    `expected` holds, for one record or several, the calls they take and how many finished ones are already stored;
    `models` names the model of each role.
    """
    meter, finished = Meter(), 0
    for calls, stored in expected:
        finished += stored
        for call in calls:
            meter.answered(call.role, {"in": call.tokens_in, "out": call.tokens_out, "cached": 0},
                           price_of(models[call.role], prices))
    total = meter.report()
    return (f"{stage}: a dry run, no call was made. Expected: about {total['calls']} calls, {total['tokens_in']:,} "
            f"tokens in, {total['tokens_out']:,} out, {cost_in_words(total)} "
            f"({', '.join(sorted(set(models.values())))}); {finished} finished calls are stored "
            "and cost nothing again")
