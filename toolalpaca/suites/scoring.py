"""Scores on a published benchmark: its checker's verdict on each case of a run, and a results file like stage 9's."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolalpaca.conversation.steps import api_calls, predicted_calls
from toolalpaca.core.errors import UsageError
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.evaluation.cases import Case, read_cases
from toolalpaca.evaluation.compare import paired, paired_in_words
from toolalpaca.evaluation.results import Entry, entries_by_case, entry_of, failed_entry
from toolalpaca.evaluation.statistics import rate_in_words, wilson
from toolalpaca.suites import KEY
from toolalpaca.suites.suite import RIGHT, Suite, SuiteCall, SuiteCase

NO_SOLUTION = "no_solution"


@dataclass(frozen=True)
class Scored:
    """A case of a run, its category and the checker's verdict: RIGHT or an error class."""

    case: Case
    category: str
    verdict: str

    def entry(self) -> Entry:
        """Return the case's entry in the results file."""
        found = {"suite_category": self.category, "suite_verdict": self.verdict}
        if self.case.failure is not None:
            return failed_entry(self.case) | found
        return entry_of(self.case, process_correctness="Yes" if self.verdict == RIGHT else "No", **found)


def score_run(path: Path, records: Sequence[ApiRecord], suite: Suite) -> list[Scored]:
    """Return the verdict on each case; raise UsageError for records that are not cases of the benchmark."""
    known = {one.id: one for category in suite.categories for one in suite.cases(category)}
    return [_scored(path, case, suite, known) for case in read_cases(path, records, None)]


def _scored(path: Path, case: Case, suite: Suite, known: dict[str, SuiteCase]) -> Scored:
    mark: Any = case.record.get(KEY)  # type: ignore[call-overload]
    found = known.get(str(mark.get("case"))) if isinstance(mark, dict) and mark.get("name") == suite.name else None
    if found is None:
        raise UsageError(f"{path}: record {case.api!r} is not a case of {suite.name}; tool_maker/import_suite.py makes "
                         "the records of a test")
    if case.failure is not None and not case.instance.get("intermediate_steps"):
        return Scored(case, found.category, NO_SOLUTION)
    calls = [SuiteCall(call.function, call.arguments, call.seen.body)
             for call in api_calls(predicted_calls(case.instance))]
    return Scored(case, found.category, suite.verdict(found, calls))


def suite_statistics(suite: Suite, scored: Sequence[Scored]) -> dict[str, Any]:
    """Return counts, rates with Wilson intervals by category and over the categories that must call, and error classes.

    A category in which making no call is right is excluded from the total: a model that never calls would be perfect.
    """
    categories = {name: _share([one for one in scored if one.category == name]) for name in suite.categories}
    return {
        "num": len(scored), "error_num": sum(one.case.failure is not None for one in scored),
        "suite": {"name": suite.name, "version": suite.version()},
        "categories": {name: found for name, found in categories.items() if found["cases"]},
        "must_call": _share([one for one in scored if one.category in suite.must_call])}


def _share(scored: Sequence[Scored]) -> dict[str, Any]:
    wrong = Counter(one.verdict for one in scored if one.verdict != RIGHT)
    return {"cases": len(scored), "right": wilson(len(scored) - wrong.total(), len(scored)),
            "errors": dict(wrong.most_common())}


def suite_table(suite: Suite, statistics: dict[str, Any]) -> str:
    """Return the printed table: a line for each category, the total of those that must call, and the errors."""
    lines = [f"{suite.version()}: {statistics['num']} cases, {statistics['error_num']} without a finished conversation",
             f"{'category':<22}{'cases':>6}     right   95 % interval   most frequent error"]
    rows: Iterable[tuple[str, dict[str, Any]]] = [*statistics["categories"].items(), ("all that must call",
                                                                                      statistics["must_call"])]
    for name, found in rows:
        error = next(iter(found["errors"].items()), None)
        lines.append(f"{name:<22}{found['cases']:>6}   {rate_in_words(found['right']):<24}"
                     + (f"{error[0]} ({error[1]})" if error else ""))
    return "\n".join(line.rstrip() for line in lines)


def compared(suite: Suite, scored: Sequence[Scored], other: dict[str, Any], name: str) -> Iterator[str]:
    """Yield a sentence for each category in which both runs have cases: McNemar's test on the pairs; one sentence if
    there are none, and one if other checkers scored them."""
    theirs = {key: entry["suite_verdict"] for key, entry in entries_by_case(other).items() if "suite_verdict" in entry}
    shared = [one for one in scored if (one.case.api, one.case.id) in theirs]
    for category in dict.fromkeys(one.category for one in shared):
        pairs = [(one.verdict == RIGHT, theirs[one.case.api, one.case.id] == RIGHT)
                 for one in shared if one.category == category]
        found = paired([ours for ours, _ in pairs], [right for _, right in pairs])
        yield f"{category}, {len(pairs)} cases also in {name}: {paired_in_words(found)}"
    version = other.get("statistics", {}).get("suite", {}).get("version")
    if not shared:
        yield f"nothing to compare: {name} has no case of this run that {suite.name} scored"
    elif version != suite.version():
        yield f"note: {version or 'another version'} scored {name}, {suite.version()} this run"
