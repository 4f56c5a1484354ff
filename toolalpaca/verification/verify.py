"""The three stages one after the other: for one instance, and for those of a record."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolalpaca.masking import masked
from toolalpaca.records import ApiRecord, Instance
from toolalpaca.verification.contract import Contract
from toolalpaca.verification.execution_stage import check_execution
from toolalpaca.verification.format_stage import check_format
from toolalpaca.verification.reasons import CODES, Reason, Verification, verification
from toolalpaca.verification.semantics_stage import check_semantics

STAGES = (("format", check_format), ("execution", check_execution), ("semantics", check_semantics))
MOST_REASONS = 20  # that are written for one instance


@dataclass
class Findings:
    """What was found wrong with one instance, and which stages looked."""

    reasons: list[Reason]
    reached: list[str]

    def verification(self) -> Verification:
        """As it stands beside the instance."""
        return verification(self.reasons[:MOST_REASONS], self.reached)


def findings(instance: Instance, contract: Contract) -> Findings:
    """Run the stages; a trace without the right form is not read further."""
    found = Findings([], [])
    for name, check in STAGES:
        found.reached.append(name)
        found.reasons += check(instance, contract)
        if name == "format" and found.reasons:
            break
    return found


@dataclass
class Tally:
    """Counts over a run: instances that passed, those with each reason, and those that failed by their first one."""

    seen: int = 0
    passed: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, found: Iterable[Findings]) -> None:
        """Count instances by what was found in them."""
        for one in found:
            self.seen += 1
            self.passed += not one.reasons
            self.failed.update([one.reasons[0].code] if one.reasons else [])
            self.codes.update({(reason.stage, reason.code) for reason in one.reasons})

    def table(self) -> str:
        """The reasons, most frequent first, each with how many instances have it."""
        share = f" ({100 * self.passed / self.seen:.1f} %)" if self.seen else ""
        lines = [f"{self.passed} of {self.seen} instances pass{share}"]
        lines += [f"{count:7}  {stage:<10} {code:<24} {CODES[code]}"
                  for (stage, code), count in self.codes.most_common()]
        return "\n".join(lines)


def findings_of(record: ApiRecord) -> list[Findings]:
    """The findings for each instance of a record, in their order."""
    contract = Contract(record)
    return [findings(instance, contract) for instance in record.get("Instances") or []]


@dataclass(frozen=True)
class RulesWork:
    """From a record to the findings for each of its instances; needs no model."""

    def begin(self, _: Any) -> Callable[[ApiRecord], list[Findings]]:
        """`findings_of` as it is."""
        return findings_of


def verified(record: ApiRecord, found: Sequence[Findings]) -> ApiRecord:
    """The record with a `Verification` beside each instance."""
    instances: list[Any] = [{**instance, "Verification": one.verification()}
                            for instance, one in zip(record.get("Instances") or [], found, strict=True)]
    return masked({**record, "Instances": instances} if "Instances" in record else record)
