"""The rates again by API, by number of golden calls and by HTTP method, to see where a model is weak."""

from collections.abc import Sequence
from typing import Any

from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.functions import functions_of
from toolalpaca.evaluation.golden import ExpectedCall, expected_calls
from toolalpaca.evaluation.results import Entry, statistics

DIMENSIONS = ("by_api", "by_golden_calls", "by_method")
_MANY = 4  # golden calls from which on cases are counted together


def breakdown(cases: Sequence[Case], entries: Sequence[Entry]) -> dict[str, dict[str, Any]]:
    """For each dimension the statistics of each group; a case is in the group of each method its golden calls use."""
    methods = {api: {name: function.method for name, function in functions_of(record).items()}
               for api, record in {case.api: case.record for case in cases}.items()}
    groups: dict[str, dict[str, list[Entry]]] = {dimension: {} for dimension in DIMENSIONS}
    for case, entry in zip(cases, entries, strict=True):
        for dimension, label in _labels(case, methods[case.api]):
            groups[dimension].setdefault(label, []).append(entry)
    return {dimension: {label: _short(statistics(found[label])) for label in _sorted(dimension, found)}
            for dimension, found in groups.items()}


def _labels(case: Case, methods: dict[str, str]) -> list[tuple[str, str]]:
    labels = [("by_api", case.api)]
    if case.golden is None:
        return labels
    calls = [call for call in expected_calls(case.golden) if not call.optional]
    labels.append(("by_golden_calls", str(len(calls)) if len(calls) < _MANY else f"{_MANY} or more"))
    return labels + [("by_method", method) for method in sorted(_methods(calls, methods))]


def _methods(calls: Sequence[ExpectedCall], methods: dict[str, str]) -> set[str]:
    return {methods[call.function] for call in calls if call.function in methods}


def _sorted(dimension: str, found: dict[str, list[Entry]]) -> list[str]:
    return list(found) if dimension == "by_api" else sorted(found)


def _short(found: dict[str, Any]) -> dict[str, Any]:
    return {"num": found["num"], **found["rates"]}
