"""Which instances become training examples: those that are whole, verified if that is asked for, and in no test."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolalpaca.conversation.outcome import asked_kind, why_left_out, why_not_verified
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.sft.contamination import Overlap, ReferenceTexts, instruction_place, overlaps


@dataclass(frozen=True)
class Selection:
    """What is asked of an instance; `tests` are the texts of the tests that the corpus is compared with."""

    verified_only: bool = False
    tests: dict[str, ReferenceTexts] | None = None

    def overlaps(self, record: ApiRecord) -> list[Overlap]:
        """Return the texts of the record that occur in a test."""
        return list(overlaps(record, self.tests)) if self.tests else []

    def why_left_out(self, record: ApiRecord, place: int, instance: Any, found: Sequence[Overlap]) -> str | None:
        """Return the key in REASONS for an instance that is left out; `found` is what `overlaps` found."""
        return (why_left_out(instance, asked_kind(record, place))
                or (why_not_verified(instance) if self.verified_only else None)
                or ("in_test" if _is_in_test(record, place, found) else None))


def is_verified(instance: Any) -> bool:
    """Return whether the verification has passed the instance."""
    return why_not_verified(instance) is None


def _is_in_test(record: ApiRecord, place: int, found: Sequence[Overlap]) -> bool:
    own = instruction_place(record["Name"], place)
    return any(overlap.kind == "instructions" and overlap.corpus == own for overlap in found)
