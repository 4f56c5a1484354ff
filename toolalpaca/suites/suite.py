"""The interface of a published benchmark: its cases as records, and its verdict on the calls for a case."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from toolalpaca.data.record_types import ApiRecord

RIGHT = "right"
Calls = Sequence[tuple[str, dict[str, Any] | None]]  # function and arguments, None for arguments that cannot be read


@dataclass(frozen=True)
class SuiteCase:
    """One case: `record` holds its functions and its one instruction, `reference` what the benchmark's checker
    needs."""

    id: str
    category: str
    record: ApiRecord
    reference: Any = field(repr=False)


class Suite(Protocol):
    """A published benchmark."""

    @property
    def name(self) -> str:
        """Return the name for `--suite`."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Return the supported categories."""

    @property
    def must_call(self) -> frozenset[str]:
        """Return the categories in which making no call is wrong."""

    def version(self) -> str:
        """Return the version of the package with the data and the checker."""

    def cases(self, category: str) -> list[SuiteCase]:
        """Return a category's cases in the benchmark's order; raise UsageError if the package is not installed."""

    def verdict(self, case: SuiteCase, calls: Calls) -> str:
        """Return RIGHT, or the error class named by the benchmark's checker."""

    def perfect(self, case: SuiteCase) -> Calls:
        """Return calls that the checker must accept."""
