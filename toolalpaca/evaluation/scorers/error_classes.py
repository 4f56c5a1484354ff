"""What went wrong in a case, as one class of error: the first thing that kept it from being right."""

from collections.abc import Sequence
from typing import Any

from toolalpaca.conversation.steps import predicted_calls
from toolalpaca.core.errors import FailureKind
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers.arguments import UNGROUNDED
from toolalpaca.evaluation.scorers.calls import CallsScore
from toolalpaca.evaluation.scorers.execution import INFRASTRUCTURE

CLASSES = ("infrastructure", "gave_up", "format", "wrong_function", "missing_call", "ungrounded_argument",
           "wrong_argument", "wrong_answer")


def error_class(case: Case, calls: CallsScore | None, outcome: str, unsupported_facts: Sequence[str]) -> str | None:
    """One of CLASSES, or None where nothing wrong was found."""
    if outcome == INFRASTRUCTURE:
        return "infrastructure"
    if _only_unreadable(case) or case.failure_kind is FailureKind.MALFORMED_INSTANCE:
        return "format"
    if case.failure is not None:
        return "gave_up"
    found = _of_calls(calls) if calls is not None and calls.verdict != "Yes" else None
    if found:
        return found
    if not case.answer.strip():
        return "gave_up"
    return "wrong_answer" if unsupported_facts else None


def _only_unreadable(case: Case) -> bool:
    """Whether the assistant wrote steps, but not one call that could be read."""
    predicted = predicted_calls(case.instance)
    return bool(predicted) and not any(call.function for call in predicted)


def _of_calls(calls: CallsScore) -> str:
    if calls.premature and not (calls.missing or calls.wrong):
        return "ungrounded_argument"
    if calls.missing or not calls.wrong:
        others = [one for one in calls.extra if not one.predicted.is_external and not one.predicted.rejected]
        return "wrong_function" if others or calls.hallucinated else "missing_call"
    findings = {one.finding for match in calls.wrong for one in match.wrong}
    return "ungrounded_argument" if UNGROUNDED in findings else "wrong_argument"


def explain(case: Case, calls: CallsScore | None, unsupported_facts: Sequence[str]) -> list[str]:
    """Each thing that was found wrong, in words."""
    lines = [f"no solution: {case.failure}"] if case.failure else []
    if calls is not None:
        lines += [f"{match.golden.function} was not called" if match.predicted is None
                  else f"{match.golden.function} failed to the end" for match in calls.missing]
        lines += [f"{match.golden.function}: {one.finding.replace('_', ' ')} {one.path}: {_shown(one.predicted)} "
                  f"instead of {_shown(one.golden)}" for match in calls.wrong for one in match.wrong]
        lines += [f"{match.golden.function} was called before the user was asked" for match in calls.premature]
        lines += [f"{one.predicted.function}: {str(one.penalty).replace('_', ' ')}" for one in calls.penalised]
        lines += [f"{call.function} does not exist" for call in calls.hallucinated]
    return lines + [f"the answer states {fact!r}, which nothing shows" for fact in unsupported_facts]


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:80]


def taxonomy(found: Sequence[tuple[str, str | None, Sequence[str]]]) -> dict[str, Any]:
    """Counts of each class with one example, from the name, class and explanation of each case."""
    classes: dict[str, Any] = {}
    for kind in CLASSES:
        cases = [(name, lines) for name, of_class, lines in found if of_class == kind]
        if cases:
            classes[kind] = {"count": len(cases), "example": {"case": cases[0][0], "found": list(cases[0][1])}}
    return classes
