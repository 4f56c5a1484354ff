"""Evaluation results for the page: rates with confidence intervals, error classes, and each run against the first."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import one_line
from toolalpaca.evaluation.compare import compare, comparison_in_words
from toolalpaca.evaluation.results import QUESTIONS, entries_by_case, recorded_settings, statistics
from toolalpaca.evaluation.scorers import ScorerFigure
from toolalpaca.evaluation.statistics import Rate
from toolalpaca.evaluation.summary import DIMENSIONS, Difference, figures, judge_differences
from toolalpaca.report.inputs import Evaluation

RATES = {**{name: f"{name} right" for name in QUESTIONS}, "both": "both right"}


@dataclass(frozen=True)
class EvaluationFigures:
    """What the page shows of one evaluation; parts that it does not have are empty."""

    name: str
    judge: str  # who gave the verdicts, in words
    cases: int
    without_solution: int  # of the cases
    rates: dict[str, Rate]  # of the verdicts, by label
    figures: list[ScorerFigure]
    left_out: int = 0  # of the cases, since the judge's answer could not be read or was not asked for
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)  # rates by title and by group
    errors: dict[str, Any] = field(default_factory=dict)  # error classes
    differences: list[Difference] = field(default_factory=list)  # cases on which judge and scorers disagree

    @property
    def plotted(self) -> dict[str, Rate]:
        """Return all rates by label."""
        return self.rates | {one.label: one.value for one in self.figures if isinstance(one.value, dict)}


def evaluation_figures(evaluation: Evaluation) -> EvaluationFigures:
    """Return what the page shows of one results file; for published files without statistics they are computed.

    Raises UsageError if the file holds statistics that evaluation.py cannot have written.
    """
    try:
        page = _figures_of(evaluation)
        rates = [*page.plotted.values(), *(rate for group in page.groups.values() for one in group.values()
                                           for key, rate in one.items() if key != "num")]
        if all(_is_rate(rate) for rate in rates):
            return page
        problem = "a rate is not one"
    except (TypeError, KeyError, AttributeError, ValueError, ArithmeticError) as error:
        problem = f"{type(error).__name__}: {one_line(error)}"
    raise UsageError(f"{evaluation.path}: its statistics are not those that evaluation.py writes ({problem}); make "
                     "them again with --again")


def _is_rate(rate: Any) -> bool:
    counts, shares = [rate["count"], rate["of"]], [rate[key] for key in ("share", "low", "high")]
    return all(type(count) is int for count in counts) and (shares == [None] * 3 or all(
        type(share) in (int, float) and math.isfinite(share) for share in shares))


def _figures_of(evaluation: Evaluation) -> EvaluationFigures:
    found = _statistics(evaluation.results)
    if "suite" in found:
        return _suite_figures(evaluation.name, found)
    rates = {label: found["rates"][name] for name, label in RATES.items()}
    groups = {title: found[key] for key, title in DIMENSIONS.items() if found.get(key)}
    return EvaluationFigures(
        name=evaluation.name, judge=_judge(evaluation.results), cases=found["num"],
        without_solution=found["error_num"], left_out=found["unreadable"] + found["not_judged"], rates=rates,
        groups=groups, errors=found.get("errors") or {}, figures=list(figures(found)),
        differences=judge_differences(evaluation.results))


def _suite_figures(name: str, found: dict[str, Any]) -> EvaluationFigures:
    """Return what the page shows of a published test: each category's rate and its most frequent error."""
    shares = {**found["categories"], "all that must call": found["must_call"]}
    errors = [ScorerFigure(f"{label}: most frequent error", f"{error} ({count})")
              for label, one in found["categories"].items() for error, count in [*one["errors"].items()][:1]]
    return EvaluationFigures(
        name=name, judge=f"scored by {found['suite']['version']}", cases=found["num"],
        without_solution=found["error_num"], rates={label: one["right"] for label, one in shares.items()},
        figures=errors)


def _statistics(results: dict[str, Any]) -> dict[str, Any]:
    found = results.get("statistics")
    if isinstance(found, dict) and ("rates" in found or "suite" in found):
        return found
    blank = dict.fromkeys(QUESTIONS.values())
    return statistics([{**blank, **entry} for entry in entries_by_case(results).values()])


def _judge(results: dict[str, Any]) -> str:
    settings = recorded_settings(results)
    judge = settings.get("judge")
    if isinstance(judge, dict) and judge.get("model"):
        return f"judged by {judge['model']}"
    return "scored by rules, without a model" if settings.get("verdicts_of") == "scorers" else "judge not recorded"


def comparisons(evaluations: Sequence[Evaluation]) -> Iterator[tuple[str, list[str]]]:
    """Yield the comparison of each evaluation with the first if they share cases: a title and a sentence per
    question."""
    for other in evaluations[1:]:
        found = compare(other.results, evaluations[0].results)
        title = f"{other.name} against {evaluations[0].name}"
        lines = comparison_in_words(found, evaluations[0].name)
        yield title, [line.strip() for line in (lines[1:] if found["cases"] else lines)]
