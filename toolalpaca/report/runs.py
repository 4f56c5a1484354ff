"""Results of the verification, failures and costs of each stage, from instances and run logs."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import FailureKind, kind_from_sentence, stored_kind
from toolalpaca.data.reasons import code_of, meaning_of
from toolalpaca.data.record_types import ApiRecord


@dataclass(frozen=True)
class Verified:
    """The verification of one run: how many instances were verified and passed, and how many have each reason."""

    seen: int
    passed: int
    codes: Counter[str]

    def rows(self) -> list[tuple[str, str, int]]:
        """Return code, meaning and number of instances, most frequent first."""
        return [(code, meaning_of(code), count) for code, count in self.codes.most_common()]


def verification_counts(records: Iterable[ApiRecord]) -> Verified | None:
    """Return the verification counts of a run's instances; None if nothing has been verified."""
    found = [verification for record in records for instance in record.get("Instances") or []
             if (verification := verification_of(instance)) is not None]
    if not found:
        return None
    codes = Counter(code for one in found for code in {code_of(reason) for reason in one.get("reasons") or []})
    return Verified(len(found), sum(bool(one.get("passed")) for one in found), codes)


def verification_of(instance: Any) -> dict[str, Any] | None:
    """Return the instance's Verification; None if there is none."""
    found = instance.get("Verification") if isinstance(instance, dict) else None
    return found if isinstance(found, dict) else None


def instance_failures(records: Iterable[ApiRecord]) -> Counter[FailureKind]:
    """Return how many instances could not be made, by kind of failure."""
    return Counter(kind for record in records for instance in record.get("Instances") or []
                   if isinstance(instance, dict) and (kind := stored_kind(instance)) is not None)


def record_failures(records: Iterable[ApiRecord]) -> Counter[tuple[str, FailureKind]]:
    """Return how many APIs a stage could not finish, by stage and kind of failure."""
    return Counter((stage, kind_from_sentence(str(error))) for record in records
                   for stage, error in (record.get("Errors") or {}).items())


def file_failures(records: Sequence[ApiRecord]) -> list[tuple[str, str, int]]:
    """Return where, why and how many: the failures recorded in a run's file."""
    return [*(("instances in the file", kind, count) for kind, count in instance_failures(records).most_common()),
            *((f"APIs in the file, {stage}", kind, count)
              for (stage, kind), count in record_failures(records).most_common())]


def log_failures(entries: Iterable[Mapping[str, Any]], shown: Collection[str]) -> list[tuple[str, str, int]]:
    """Return the same for the failures counted by each stage's last run, except for files in `shown`, which have
    their own."""
    last = {(entry["stage"], file_names(entry)): entry for entry in entries}
    return [(f"log of {stage}" + (f", {', '.join(names)}" if names else ""), str(reason), int(count))
            for (stage, names), entry in last.items() if not any(name in shown for name in names)
            for reason, count in (entry.get("failed_by_reason") or {}).items()]


def file_names(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the files that a stage's run wrote, from its log entry."""
    return tuple(Path(str(name)).name for name in entry.get("files") or ())


@dataclass
class StageCost:
    """All runs of one stage together. `cost` is None if any of its calls has no known price."""

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
        """Return the records made by the last run on each file; earlier runs worked on the same records."""
        return sum(int(entry.get("made") or 0) for entry in self.last.values())

    @property
    def failed(self) -> int:
        """Return the records that failed, counted likewise."""
        return sum(int(entry.get("failed") or 0) for entry in self.last.values())

    def add(self, entry: dict[str, Any]) -> None:
        """Add one run."""
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
    """Return one row per stage, in the order in which the stages first ran."""
    stages: dict[str, StageCost] = {}
    for entry in entries:
        stages.setdefault(entry["stage"], StageCost(entry["stage"])).add(entry)
    return list(stages.values())


def total(costs: Sequence[StageCost]) -> StageCost:
    """Return the sum over all stages."""
    sum_of = StageCost("all stages", runs=sum(one.runs for one in costs))
    for name in ("calls", "from_store", "retries", "tokens_in", "tokens_out", "seconds"):
        setattr(sum_of, name, sum(getattr(one, name) for one in costs))
    known = [one.cost for one in costs if one.cost is not None]
    sum_of.cost = sum(known) if len(known) == len(costs) else None
    return sum_of
