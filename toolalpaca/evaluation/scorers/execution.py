"""The *execution* scorer: did the calls run, and did the assistant recover from those that did not?

Failures of the network or of a server, and what a provider's filter stopped, are classes of their own and not the
assistant's fault.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.conversation.steps import PredictedCall, predicted_calls
from toolalpaca.core.errors import Fault
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers.scorer import Score, ScorerFigure, Scores, Subject
from toolalpaca.evaluation.statistics import wilson
from toolalpaca.matching.facts.recovery import Outcome, is_recovered, outcome_of

CLEAN, RECOVERED, NOT_RECOVERED, NO_CALL = "clean", "recovered", "not_recovered", "no_call"
INFRASTRUCTURE = Fault.INFRASTRUCTURE.value
LEFT_OUT = {INFRASTRUCTURE: "network or server failed", Fault.FILTER.value: "stopped by a content filter"}  # of rates
OUTCOMES = (CLEAN, RECOVERED, NOT_RECOVERED, NO_CALL, *LEFT_OUT)
_ANSWERS = (Outcome.RESULT, Outcome.NOTHING)  # that nothing was found is an answer too


class ExecutionScorer:
    """Determines how each case's calls ended; rates exclude cases that were ended by no fault of the assistant."""

    name = "execution"

    def score(self, subject: Subject) -> Score:
        """Return one of OUTCOMES."""
        outcome = execution_outcome(subject.case)
        return Score({"execution": outcome}, outcome if outcome in LEFT_OUT else None)

    def statistics(self, scores: Sequence[Scores]) -> dict[str, Any]:
        """Return the counts and rates of execution_statistics under "execution"."""
        return {"execution": execution_statistics([one["execution"] for one in scores])}

    def figures(self, statistics: dict[str, Any]) -> Iterator[ScorerFigure]:
        """Yield both rates, and how many cases they exclude."""
        found = statistics.get("execution")
        if found:
            yield ScorerFigure("cases whose calls ran in the end", found["ran"])
            yield ScorerFigure("cases with errors that recovered", found["errors_recovered"])
            yield from (ScorerFigure(f"left out: {why}", found[outcome]) for outcome, why in LEFT_OUT.items()
                        if found.get(outcome))


def execution_outcome(case: Case) -> str:
    """Return one of OUTCOMES for a case."""
    calls, kind = predicted_calls(case.instance), case.failure_kind
    if kind is not None:
        called = any(call.function for call in calls)
        return kind.counted_as if kind.fault is not Fault.ASSISTANT else NOT_RECOVERED if called else NO_CALL
    outcomes = {call.place: outcome_of(call) for call in calls}
    stuck = [outcomes[call.place] for call in calls
             if outcomes[call.place] not in _ANSWERS and not _is_recovered(call, calls)]
    if Outcome.INFRASTRUCTURE in stuck:
        return INFRASTRUCTURE
    if stuck:
        return NOT_RECOVERED
    if not any(call.function for call in calls):
        return NO_CALL
    return RECOVERED if any(outcome not in _ANSWERS for outcome in outcomes.values()) else CLEAN


def _is_recovered(call: PredictedCall, calls: Sequence[PredictedCall]) -> bool:
    """Return whether a later call made up for this one.

    For a step without a call, or a request that was never sent, any later call does.
    """
    return is_recovered(call, calls) or (call.status is None and any(
        other.place > call.place and other.function and not other.failed for other in calls))


def execution_statistics(outcomes: Sequence[str]) -> dict[str, Any]:
    """Return how often each outcome occurred, the rate of cases whose calls ran and that of recovered errors."""
    counts = {outcome: outcomes.count(outcome) for outcome in OUTCOMES}
    counted = len(outcomes) - sum(counts[outcome] for outcome in LEFT_OUT)
    erred = counts[RECOVERED] + counts[NOT_RECOVERED]
    return {**counts, "ran": wilson(counts[CLEAN] + counts[RECOVERED], counted),
            "errors_recovered": wilson(counts[RECOVERED], erred)}
