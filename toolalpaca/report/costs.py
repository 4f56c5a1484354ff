"""What each stage took, from the run logs: calls, retries, tokens, seconds and dollars."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass
class StageCost:
    """All runs of one stage together. `cost` is None where any of its calls has no known price."""

    stage: str
    runs: int = 0
    made: int = 0
    failed: int = 0
    calls: int = 0
    from_store: int = 0
    retries: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    cost: float | None = 0.0
    models: str = ""

    def add(self, entry: dict[str, Any]) -> None:
        """Take one run in; what was made and failed is the last run's, since each works on the same records."""
        self.runs += 1
        self.made, self.failed = int(entry.get("made") or 0), int(entry.get("failed") or 0)
        for name in ("calls", "from_store", "tokens_in", "tokens_out"):
            setattr(self, name, getattr(self, name) + int(entry.get(name) or 0))
        self.retries += sum((entry.get("retries") or {}).values())
        self.seconds += float(entry.get("seconds") or 0)
        cost = entry.get("cost", 0.0)
        self.cost = None if cost is None or self.cost is None else self.cost + float(cost)
        self.models = ", ".join(dict.fromkeys(_models(entry))) or self.models


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
