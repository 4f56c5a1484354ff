"""What a published test is to the runner: cases that are records of ours, and a verdict on the calls made for one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from toolalpaca.data.schema import ApiRecord

RIGHT = "right"
Calls = Sequence[tuple[str, dict[str, Any] | None]]  # function and arguments, None for arguments that cannot be read


@dataclass(frozen=True)
class SuiteCase:
    """One case: `record` holds its functions and its one instruction, `reference` what the test's checker needs."""

    id: str
    category: str
    record: ApiRecord
    reference: Any = field(repr=False)


class Suite(Protocol):
    """A published test."""

    @property
    def name(self) -> str:
        """Return the name that --suite takes."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Return the categories that can be taken."""

    @property
    def must_call(self) -> frozenset[str]:
        """Return the categories in which calling nothing is wrong."""

    def version(self) -> str:
        """Return the version of the package that brings the data and the checker."""

    def cases(self, category: str) -> list[SuiteCase]:
        """Return a category's cases in the test's order; raise UsageError if the package is not installed."""

    def verdict(self, case: SuiteCase, calls: Calls) -> str:
        """Return RIGHT, or the class of error that the test's checker names."""

    def perfect(self, case: SuiteCase) -> Calls:
        """Return calls that the checker must accept."""
