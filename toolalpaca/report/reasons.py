"""What verification found, and what failed: counts by reason, over a run's instances and its stages' logs."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.records import ApiRecord
from toolalpaca.verification.reasons import CODES


@dataclass(frozen=True)
class Verified:
    """The verification of one run: how many instances have one and passed, and those with each reason."""

    seen: int
    passed: int
    codes: Counter[str]

    def rows(self) -> list[tuple[str, str, int]]:
        """Code, what it means and instances with it, most frequent first."""
        return [(code, CODES.get(code, ""), count) for code, count in self.codes.most_common()]


def reason_code(reason: str) -> str:
    """The code that opens a reason as it stands in a file."""
    return reason.split(":", 1)[0].strip()


def verified(records: Iterable[ApiRecord]) -> Verified | None:
    """The verification of a run's instances; None where nothing has been verified."""
    found = [verification for record in records for instance in record.get("Instances") or []
             if (verification := verification_of(instance)) is not None]
    if not found:
        return None
    codes = Counter(code for one in found for code in {reason_code(str(reason)) for reason in one.get("reasons") or []})
    return Verified(len(found), sum(bool(one.get("passed")) for one in found), codes)


def verification_of(instance: Any) -> dict[str, Any] | None:
    """The instance's Verification, None where there is none."""
    found = instance.get("Verification") if isinstance(instance, dict) else None
    return found if isinstance(found, dict) else None


def instance_failures(records: Iterable[ApiRecord]) -> Counter[str]:
    """Instances that stage 6 could not make, by the class of their error."""
    return Counter(reason_code(str(instance["error"])) for record in records
                   for instance in record.get("Instances") or []
                   if isinstance(instance, dict) and instance.get("error"))


def record_failures(records: Iterable[ApiRecord]) -> Counter[tuple[str, str]]:
    """APIs that a stage could not finish, by stage and class of error."""
    return Counter((stage, reason_code(str(error))) for record in records
                   for stage, error in (record.get("Errors") or {}).items())


def file_failures(records: Sequence[ApiRecord]) -> list[tuple[str, str, int]]:
    """Where, why and how many: what a run's file holds."""
    rows = [("instances in the file", reason, count) for reason, count in instance_failures(records).most_common()]
    return rows + [(f"APIs in the file, {stage}", reason, count)
                   for (stage, reason), count in record_failures(records).most_common()]


def log_failures(entries: Iterable[Mapping[str, Any]], shown: Collection[str]) -> list[tuple[str, str, int]]:
    """The same for what each stage's last run counted, but for files named in `shown`, which say so themselves."""
    last = {(entry["stage"], file_names(entry)): entry for entry in entries}
    return [(f"log of {stage}" + (f", {', '.join(names)}" if names else ""), str(reason), int(count))
            for (stage, names), entry in last.items() if not set(names) & set(shown)
            for reason, count in (entry.get("failed_by_reason") or {}).items()]


def file_names(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the files that a stage's run wrote, as its log entry has them."""
    return tuple(Path(str(name)).name for name in entry.get("files") or ())
