"""The *execution* scorer: did the calls run, and did the assistant recover from those that did not? Failures of the
network or of a server are a class of their own and nobody's fault here."""

from collections.abc import Sequence
from typing import Any

from toolalpaca.conversation.steps import PredictedCall, predicted_calls
from toolalpaca.core.errors import Fault
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.statistics import wilson

CLEAN, RECOVERED, NOT_RECOVERED, NO_CALL, INFRASTRUCTURE = (
    "clean", "recovered", "not_recovered", "no_call", "infrastructure")
OUTCOMES = (CLEAN, RECOVERED, NOT_RECOVERED, NO_CALL, INFRASTRUCTURE)


def execution_outcome(case: Case) -> str:
    """One of OUTCOMES for a case."""
    calls, kind = predicted_calls(case.instance), case.failure_kind
    if kind is not None:
        called = any(call.function for call in calls)
        return INFRASTRUCTURE if kind.fault is not Fault.ASSISTANT else NOT_RECOVERED if called else NO_CALL
    stuck = [call for call in calls if _failed(call) and not _made_good(call, calls)]
    if any(_is_infrastructure(call) for call in stuck):
        return INFRASTRUCTURE
    if stuck:
        return NOT_RECOVERED
    if not any(call.function for call in calls):
        return NO_CALL
    return RECOVERED if any(_failed(call) for call in calls) else CLEAN


def _failed(call: PredictedCall) -> bool:
    """An error the assistant saw; that nothing was found (404) is an answer too."""
    return not call.function or (call.failed and call.status != 404)


def _made_good(call: PredictedCall, calls: Sequence[PredictedCall]) -> bool:
    """Whether a later call brought a result: one of the same function, or any where no request was sent."""
    return any(other.place > call.place and other.function and not other.failed
               and (call.status is None or other.function == call.function) for other in calls)


def _is_infrastructure(call: PredictedCall) -> bool:
    return call.seen.is_unanswered or (call.status is not None and (call.status >= 500
                                                                                    or call.status == 429))


def execution_statistics(outcomes: Sequence[str]) -> dict[str, Any]:
    """How often each outcome came, the share of cases whose calls ran, and the share of errors recovered from."""
    counts = {outcome: outcomes.count(outcome) for outcome in OUTCOMES}
    counted = len(outcomes) - counts[INFRASTRUCTURE]
    erred = counts[RECOVERED] + counts[NOT_RECOVERED]
    return {**counts, "ran": wilson(counts[CLEAN] + counts[RECOVERED], counted),
            "errors_recovered": wilson(counts[RECOVERED], erred)}
