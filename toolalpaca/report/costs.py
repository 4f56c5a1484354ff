"""What each stage took, from the run logs: calls, retries, tokens, seconds and dollars."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolalpaca.report.reasons import file_names


@dataclass
class StageCost:
    """All runs of one stage together. `cost` is None where any of its calls has no known price."""

    stage: str
    runs: int = 0
    calls: int = 0
    from_store: int = 0
    retries: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    cost: float | None = 0.0
    models: list[str] = field(default_factory=list)
    last: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)  # the last run's entry by files written

    @property
    def made(self) -> int:
        """Records made, by the last run of each file: the runs before it worked on the same records."""
        return sum(int(entry.get("made") or 0) for entry in self.last.values())

    @property
    def failed(self) -> int:
        """Records that failed, counted likewise."""
        return sum(int(entry.get("failed") or 0) for entry in self.last.values())

    def add(self, entry: dict[str, Any]) -> None:
        """Take one run in."""
        self.runs += 1
        self.last[file_names(entry)] = entry
        for name in ("calls", "from_store", "tokens_in", "tokens_out"):
            setattr(self, name, getattr(self, name) + int(entry.get(name) or 0))
        self.retries += sum((entry.get("retries") or {}).values())
        self.seconds += float(entry.get("seconds") or 0)
        cost = entry.get("cost", 0.0)
        self.cost = None if cost is None or self.cost is None else self.cost + float(cost)
        self.models = list(dict.fromkeys([*self.models, *_models(entry)]))


def _models(entry: dict[str, Any]) -> Iterable[str]:
    settings = entry.get("settings")
    for value in settings.values() if isinstance(settings, dict) else ():
        if isinstance(value, dict) and isinstance(value.get("model"), str):
            yield value["model"]


def stage_costs(entries: Iterable[dict[str, Any]]) -> list[StageCost]:
    """One row per stage, in the order in which the stages first ran."""
    stages: dict[str, StageCost] = {}
    for entry in entries:
        stages.setdefault(entry["stage"], StageCost(entry["stage"])).add(entry)
    return list(stages.values())


def total(costs: Sequence[StageCost]) -> StageCost:
    """The stages together."""
    sum_of = StageCost("all stages", runs=sum(one.runs for one in costs))
    for name in ("calls", "from_store", "retries", "tokens_in", "tokens_out", "seconds"):
        setattr(sum_of, name, sum(getattr(one, name) for one in costs))
    known = [one.cost for one in costs if one.cost is not None]
    sum_of.cost = sum(known) if len(known) == len(costs) else None
    return sum_of
