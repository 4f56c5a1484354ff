"""The *calls* scorer: were the golden calls made, with the right arguments, and nothing harmful in addition?"""

from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.conversation.steps import predicted_calls
from toolalpaca.core.errors import FailureKind
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers.argument_comparison import RIGHT, UNGROUNDED
from toolalpaca.evaluation.scorers.call_matching import CallsScore
from toolalpaca.evaluation.scorers.scorer import Score, ScorerFigure, Scores, Subject
from toolalpaca.evaluation.statistics import wilson

_SHARES = {"action_accuracy": ("golden calls that were made", "right_actions", "golden_calls"),
           "argument_accuracy": ("arguments that are right", "right_arguments", "arguments"),
           "hallucinated_calls": ("calls of functions that do not exist", "hallucinated", "predicted_calls")}
_STEPS = "mean_steps_over_minimum"


class CallsScorer:
    """Judges whether the process was right; Uncertain without a golden answer."""

    name = "calls"

    def score(self, subject: Subject) -> Score:
        """Return the verdict on the process and the counts of the usual rates."""
        case, calls = subject.case, subject.calls
        verdict = "No" if case.failure is not None else calls.verdict if calls is not None else "Uncertain"
        return Score({"process": verdict, "counts": counts_of(calls) if calls is not None else {}},
                     _error_class(case, calls), list(_explain(case, calls)))

    def statistics(self, scores: Sequence[Scores]) -> dict[str, Any]:
        """Return rates over all golden calls, arguments and predicted calls; {} without golden answers."""
        counted = [one["counts"] for one in scores if one["counts"]]
        if not counted:
            return {}
        total = {name: sum(counts[name] for counts in counted) for name in counted[0]}
        solved = [one["counts"]["steps_over"] for one in scores if one["counts"] and one["process"] == "Yes"]
        return {**{key: wilson(total[count], total[of]) for key, (_, count, of) in _SHARES.items()},
                _STEPS: round(sum(solved) / len(solved), 3) if solved else None}

    def figures(self, statistics: dict[str, Any]) -> Iterator[ScorerFigure]:
        """Yield the rates, and how many more steps than needed right solutions took."""
        for key, (label, _, _) in _SHARES.items():
            if key in statistics:
                yield ScorerFigure(label, statistics[key])
        if statistics.get(_STEPS) is not None:
            yield ScorerFigure("steps over the minimum, where right", statistics[_STEPS])


def counts_of(calls: CallsScore) -> dict[str, int]:
    """Return the counts of the usual rates."""
    required = [match for match in calls.matches if not match.golden.optional]
    checked = [one for match in calls.matches for one in match.checked]
    return {
        "golden_calls": len(required), "right_actions": sum(match.predicted is not None for match in required),
        "arguments": len(checked), "right_arguments": sum(one.finding == RIGHT for one in checked),
        "predicted_calls": len(calls.predicted), "hallucinated": len(calls.hallucinated), "extra": len(calls.extra),
        "steps_over": calls.steps_over,
    }


def _error_class(case: Case, calls: CallsScore | None) -> str | None:
    if _only_unreadable(case) or case.failure_kind is FailureKind.MALFORMED_INSTANCE:
        return "format"
    if case.failure is not None:
        return "gave_up"
    return _error_class_of(calls) if calls is not None and calls.verdict != "Yes" else None


def _only_unreadable(case: Case) -> bool:
    """Return whether the assistant wrote steps, but not a single call that could be parsed."""
    predicted = predicted_calls(case.instance)
    return bool(predicted) and not any(call.function for call in predicted)


def _error_class_of(calls: CallsScore) -> str:
    if (calls.premature or calls.invented) and not (calls.missing or calls.wrong):
        return "ungrounded_argument"
    if calls.misdirected and not (calls.missing or calls.wrong):
        return "wrong_argument"
    if calls.missing or not calls.wrong:
        others = [one for one in calls.extra if not one.predicted.is_external and not one.predicted.rejected]
        return "wrong_function" if others or calls.hallucinated else "missing_call"
    findings = {one.finding for match in calls.wrong for one in match.wrong}
    return "ungrounded_argument" if UNGROUNDED in findings else "wrong_argument"


def _explain(case: Case, calls: CallsScore | None) -> Iterator[str]:
    if case.failure:
        yield f"no solution: {case.failure}"
    if calls is None:
        return
    for match in calls.missing:
        yield f"{match.golden.function} {'was not called' if match.predicted is None else 'failed to the end'}"
    for match in calls.wrong:
        for one in match.wrong:
            yield (f"{match.golden.function}: {one.finding.replace('_', ' ')} {one.path}: {_shown(one.predicted)} "
                   f"instead of {_shown(one.golden)}")
    yield from (f"{match.golden.function} was called before the user was asked" for match in calls.premature)
    yield from (f"{call.function}: {what}" for call, what in calls.misdirected)
    yield from (f"{call.function}: nobody gave {name}" for call, name in calls.invented)
    yield from (f"{one.predicted.function}: {str(one.penalty).replace('_', ' ')}" for one in calls.penalised)
    yield from (f"{call.function} does not exist" for call in calls.hallucinated)


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:80]
