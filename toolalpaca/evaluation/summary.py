"""The statistics of a results file over its cases: counts, rates, groups and error classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolalpaca.core.run_log import Report
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.golden_answers import GoldCall, gold_calls
from toolalpaca.evaluation.results import (
    QUESTIONS,
    Entry,
    entries_by_case,
    entry_of,
    failed_entry,
    is_judged,
    statistics,
)
from toolalpaca.evaluation.scorers import Scores, score_statistics, taxonomy
from toolalpaca.evaluation.scorers.api_functions import functions_of
from toolalpaca.evaluation.statistics import agreement, vote_agreement, wilson

DIMENSIONS = ("by_api", "by_golden_calls", "by_method")
_MANY = 4  # golden calls from which on cases are counted together


def breakdown(cases: Sequence[Case], entries: Sequence[Entry]) -> dict[str, dict[str, Any]]:
    """Return for each dimension the statistics of each group; a case is in the group of every method in its golden
    calls."""
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
    calls = [call for call in gold_calls(case.golden) if not call.optional]
    labels.append(("by_golden_calls", str(len(calls)) if len(calls) < _MANY else f"{_MANY} or more"))
    return labels + [("by_method", method) for method in sorted(_methods(calls, methods))]


def _methods(calls: Sequence[GoldCall], methods: dict[str, str]) -> set[str]:
    return {methods[call.function] for call in calls if call.function in methods}


def _sorted(dimension: str, found: dict[str, list[Entry]]) -> list[str]:
    return list(found) if dimension == "by_api" else sorted(found)


def _short(found: dict[str, Any]) -> dict[str, Any]:
    return {"num": found["num"], **found["rates"]}


def scorer_report(cases: Sequence[Case]) -> Report:
    """Return the closing report of a run without a model."""
    return Report("evaluation", made=len(cases), settings={"verdicts_of": "scorers"})


def scored_entries(cases: Sequence[Case], scores: Sequence[Scores], judged: Sequence[Entry]) -> list[Entry]:
    """Return the entries with their scores; without a judge's entries the verdicts are the scorers' own."""
    if judged:
        return [{**entry, "scores": one} for entry, one in zip(judged, scores, strict=True)]
    return [_scored_entry(case, one) for case, one in zip(cases, scores, strict=True)]


def _scored_entry(case: Case, scores: Scores) -> Entry:
    if case.failure is not None:
        return failed_entry(case) | {"scores": scores}
    return entry_of(case, process_correctness=scores["process"], final_response_correctness=scores["response"],
                    scores=scores)


def summarise(cases: Sequence[Case], entries: Sequence[Entry], scores: Sequence[Scores], *,
              judged: bool) -> dict[str, Any]:
    """Return the complete `statistics` of a results file.

    `scores` may be empty; `judged` means that the verdicts are a judge's.
    """
    found = statistics(entries) | breakdown(cases, entries)
    if any("votes" in entry for entry in entries):
        found["vote_agreement"] = _vote_agreement(entries)
    if scores:
        found |= score_statistics(scores)
        found["errors"] = taxonomy(cases, scores)
        if judged:
            found["scorer_agreement"] = _scorer_agreement(entries)
            found["scorer_rates"] = {name: wilson(sum(one[name] == "Yes" for one in scores), len(scores))
                                     for name in QUESTIONS}
    return found


@dataclass(frozen=True)
class Difference:
    """A verdict on which judge and scorer disagree, with the judge's words and the scorers' findings."""

    case: str
    question: str
    judge: str
    scorer: str
    judgement: str
    found: tuple[str, ...]


def judge_differences(results: dict[str, Any]) -> list[Difference]:
    """Return where judge and scorer disagree in a results file with verdicts of both."""
    if not is_judged(results):
        return []
    return [Difference(f"{api} [{place}]", name, entry[key], entry["scores"][name], str(entry.get("judgement") or ""),
                       tuple(entry["scores"].get("found") or ()))
            for (api, place), entry in entries_by_case(results).items() if isinstance(entry.get("scores"), dict)
            for name, key in QUESTIONS.items()
            if entry.get(key) and entry["scores"].get(name, entry[key]) != entry[key]]


def _vote_agreement(entries: Sequence[Entry]) -> dict[str, Any]:
    votes = [entry["votes"] for entry in entries if "votes" in entry]
    return {name: vote_agreement([[vote[name] for vote in cast] for cast in votes]) for name in QUESTIONS}


def _scorer_agreement(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return the agreement of the judge with the scorers, over the cases that have verdicts of both."""
    both = [entry for entry in entries if all(entry[key] for key in QUESTIONS.values())]
    return {name: agreement([entry[key] for entry in both], [entry["scores"][name] for entry in both])
            for name, key in QUESTIONS.items()}
