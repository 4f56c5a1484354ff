"""The scorers, which judge without a model, and their combined results on cases."""

from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers.calls import CallsScorer
from toolalpaca.evaluation.scorers.execution import LEFT_OUT, ExecutionScorer
from toolalpaca.evaluation.scorers.response import ResponseScorer
from toolalpaca.evaluation.scorers.scorer import Scorer, ScorerFigure, Scores, Subject
from toolalpaca.evaluation.scorers.state import StateScorer
from toolalpaca.openapi.api_functions import functions_of

# A case's class of error is the first one that a scorer names, so their order matters.
SCORERS: tuple[Scorer, ...] = (ExecutionScorer(), CallsScorer(), ResponseScorer(), StateScorer())
VERSION = 19  # in each results file; raise it when what the scorers say changes: another rule, a new scorer
CLASSES = (*LEFT_OUT, "gave_up", "format", "wrong_function", "missing_call", "ungrounded_argument",
           "wrong_argument", "wrong_answer")  # the order in which they are listed


def score_all(cases: Sequence[Case]) -> list[Scores]:
    """Return the scores of each case, in their order."""
    functions = {api: functions_of(record) for api, record in {case.api: case.record for case in cases}.items()}
    return [_scores(Subject(case, functions[case.api])) for case in cases]


def _scores(subject: Subject) -> Scores:
    scores = [scorer.score(subject) for scorer in SCORERS]
    fields: dict[str, Any] = {}
    for scorer, score in zip(SCORERS, scores, strict=True):
        if taken := fields.keys() & score.fields.keys():
            raise ValueError(f"the scorer {scorer.name!r} uses {sorted(taken)}, which another scorer uses: rename them")
        fields |= score.fields
    return {**fields, "error_class": next((score.error_class for score in scores if score.error_class), None),
            "found": [line for score in scores for line in score.found]}


def score_statistics(scores: Sequence[Scores]) -> dict[str, Any]:
    """Return the scorers' part of the statistics in a results file."""
    return {name: value for scorer in SCORERS for name, value in scorer.statistics(scores).items()}


def score_figures(statistics: dict[str, Any]) -> Iterator[ScorerFigure]:
    """Yield the figures of all scorers; none for a file without scores."""
    for scorer in SCORERS:
        yield from scorer.figures(statistics)


def taxonomy(cases: Sequence[Case], scores: Sequence[Scores]) -> dict[str, Any]:
    """Return how many cases have each error class, with one example."""
    classes: dict[str, Any] = {}
    for kind in dict.fromkeys((*CLASSES, *(one["error_class"] for one in scores if one["error_class"]))):
        wrong = [(case, one) for case, one in zip(cases, scores, strict=True) if one["error_class"] == kind]
        if wrong:
            case, one = wrong[0]
            classes[kind] = {"count": len(wrong), "example": {"case": case.name, "found": list(one["found"])}}
    return classes
