"""All that is found out about a case without a model, and what it adds up to over many cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers.arguments import RIGHT
from toolalpaca.evaluation.scorers.base import functions_of
from toolalpaca.evaluation.scorers.calls import CallsScore, score_calls
from toolalpaca.evaluation.scorers.error_classes import error_class, explain
from toolalpaca.evaluation.scorers.execution import execution_outcome, execution_statistics
from toolalpaca.evaluation.scorers.response import doubtful_facts, response_verdict
from toolalpaca.evaluation.scorers.state import StateScorer, StateVerdict
from toolalpaca.evaluation.statistics import wilson


@dataclass(frozen=True)
class Scores:
    """One case: the two verdicts, what became of its calls, and what was found wrong."""

    process: str
    response: str
    execution: str
    error_class: str | None
    found: list[str]
    counts: dict[str, int]
    state: StateVerdict | None = None

    def entry(self) -> dict[str, Any]:
        """The scores as they stand in the results file."""
        return {"process": self.process, "response": self.response, "execution": self.execution,
                "error_class": self.error_class, "found": self.found, "counts": self.counts,
                "state": None if self.state is None else "Yes" if self.state.agrees else "No"}


def score_all(cases: Sequence[Case]) -> list[Scores]:
    """The scores of each case, in their order."""
    functions = {api: functions_of(record) for api, record in {case.api: case.record for case in cases}.items()}
    states = StateScorer(list({case.api: case.record for case in cases}.values()))
    return [score(case, score_calls(case, functions[case.api]), states.verdict(case)) for case in cases]


def score(case: Case, calls: CallsScore | None, state: StateVerdict | None = None) -> Scores:
    """A case's scores; without a golden answer the process is Uncertain."""
    facts = doubtful_facts(case)
    outcome = execution_outcome(case)
    failed = case.failure is not None
    process = "No" if failed else calls.verdict if calls is not None else "Uncertain"
    response = "No" if failed else response_verdict(case, calls, facts)
    return Scores(process, response, outcome, error_class(case, calls, outcome, facts), explain(case, calls, facts),
                  counts_of(calls) if calls is not None else {}, state)


def counts_of(calls: CallsScore) -> dict[str, int]:
    """The numbers behind the shares that the field reports."""
    required = [match for match in calls.matches if not match.golden.optional]
    checked = [one for match in calls.matches for one in match.checked]
    return {
        "golden_calls": len(required), "right_actions": sum(match.predicted is not None for match in required),
        "arguments": len(checked), "right_arguments": sum(one.finding == RIGHT for one in checked),
        "predicted_calls": len(calls.predicted), "hallucinated": len(calls.hallucinated), "extra": len(calls.extra),
        "steps_over": calls.steps_over,
    }


def score_statistics(scores: Sequence[Scores]) -> dict[str, Any]:
    """Shares over all golden calls, arguments and predicted calls, and the execution scorer's."""
    counted = [one.counts for one in scores if one.counts]
    total = {name: sum(counts[name] for counts in counted) for name in counted[0]} if counted else {}
    solved = [one.counts["steps_over"] for one in scores if one.counts and one.process == "Yes"]
    shares = {
        "action_accuracy": wilson(total["right_actions"], total["golden_calls"]),
        "argument_accuracy": wilson(total["right_arguments"], total["arguments"]),
        "hallucinated_calls": wilson(total["hallucinated"], total["predicted_calls"]),
        "mean_steps_over_minimum": round(sum(solved) / len(solved), 3) if solved else None,
    } if total else {}
    written = [one.state for one in scores if one.state is not None and one.state.writes]
    return {**shares, "execution": execution_statistics([one.execution for one in scores]),
            "state": wilson(sum(one.agrees for one in written), len(written))}
