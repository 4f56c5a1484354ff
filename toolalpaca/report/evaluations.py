"""Evaluation results for the page: shares with intervals, classes of errors, and each run against the first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from toolalpaca.evaluation.compare import compare, comparison_in_words
from toolalpaca.evaluation.results import QUESTIONS, entries_by_case, statistics
from toolalpaca.evaluation.statistics import Rate
from toolalpaca.report.inputs import Evaluation

RATES = {**{name: f"{name} right" for name in QUESTIONS}, "both": "both right"}
_SHARES = {"action_accuracy": "golden calls made", "argument_accuracy": "arguments right",
           "hallucinated_calls": "calls of functions that do not exist"}


@dataclass(frozen=True)
class EvaluationFigures:
    """One evaluation: how many cases and without a solution, its rates by label, and its classes of errors."""

    name: str
    judge: str
    cases: int
    without_solution: int
    left_out: int
    rates: dict[str, Rate]
    groups: dict[str, dict[str, Any]]
    errors: dict[str, Any]


def shown(evaluation: Evaluation) -> EvaluationFigures:
    """What the page says of one results file; a published file without statistics has them counted."""
    found = _statistics(evaluation.results)
    rates = {label: found["rates"][name] for name, label in RATES.items()}
    rates |= {label: found[name] for name, label in _SHARES.items() if found.get(name)}
    groups = {title: found[key] for key, title in (("by_golden_calls", "golden calls"), ("by_method", "HTTP method"),
                                                   ("by_api", "API")) if found.get(key)}
    return EvaluationFigures(evaluation.name, _judge(evaluation.results), found["num"], found["error_num"],
                 found["unreadable"] + found["not_judged"], rates, groups, found.get("errors") or {})


def _statistics(results: dict[str, Any]) -> dict[str, Any]:
    found = results.get("statistics")
    if isinstance(found, dict) and "rates" in found:
        return found
    blank = dict.fromkeys(QUESTIONS.values())
    return statistics([{**blank, **entry} for entry in entries_by_case(results).values()])


def _judge(results: dict[str, Any]) -> str:
    settings = (results.get("run") or {}).get("settings") or {}
    judge = settings.get("judge")
    if isinstance(judge, dict) and judge.get("model"):
        return f"judged by {judge['model']}"
    return "scored by rules, without a model" if settings.get("verdicts_of") == "scorers" else "judge not recorded"


def comparisons(evaluations: Sequence[Evaluation]) -> Iterator[tuple[str, list[str]]]:
    """Each evaluation against the first where they share cases: a title and a sentence per question."""
    for other in evaluations[1:]:
        found = compare(other.results, evaluations[0].results)
        title = f"{other.name} against {evaluations[0].name}"
        lines = comparison_in_words(found, evaluations[0].name)
        yield title, [line.strip() for line in (lines[1:] if found["cases"] else lines)]
