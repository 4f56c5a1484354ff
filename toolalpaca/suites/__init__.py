"""Published benchmarks of tool use: their cases as records, and their own checkers for a model's calls.

A benchmark is one module with one entry in SUITES. `tool_maker/import_suite.py` writes the records.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.suites.bfcl import Bfcl
from toolalpaca.suites.nestful import Nestful
from toolalpaca.suites.suite import Suite, SuiteCase
from toolalpaca.toolset.documentation import keys_of

SUITES: tuple[Suite, ...] = (Bfcl(), Nestful())
KEY = "Suite"  # of a record: which case of which test it is


def suite_named(name: str) -> Suite:
    """Return the benchmark of that name; raise UsageError if there is none."""
    found = next((suite for suite in SUITES if suite.name == name), None)
    if found is None:
        raise UsageError(f"--suite {name}: not known; there is {', '.join(suite.name for suite in SUITES)}")
    return found


def drawn_cases(suite: Suite, categories: Sequence[str], limit: int | None, seed: int) -> list[SuiteCase]:
    """Return the cases of the categories, with a limit this many of each drawn with the seed, in the benchmark's order.

    Raises UsageError for a category that the benchmark does not have.
    """
    unknown = [name for name in categories if name not in suite.categories]
    if unknown:
        raise UsageError(f"--categories {unknown[0]}: {suite.name} has {', '.join(suite.categories)}")
    drawn = []
    for category in categories:
        cases = suite.cases(category)
        count = len(cases) if limit is None else min(limit, len(cases))
        chosen = random.Random(f"{seed} {category}").sample(range(len(cases)), count)
        drawn += [cases[place] for place in sorted(chosen)]
    return drawn


def suite_records(suite: Suite, cases: Sequence[SuiteCase]) -> Iterator[ApiRecord]:
    """Yield each case as a record with its documentation, ready for stage 6."""
    for case in cases:
        key: Any = {KEY: {"name": suite.name, "case": case.id, "category": case.category}}
        yield {**case.record, **keys_of(case.record), **key}
