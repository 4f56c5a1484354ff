"""Assignment of golden calls to predicted calls, one to one, at the lowest total cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.evaluation.golden_answers import GoldCall
from toolalpaca.evaluation.scorers.argument_comparison import RIGHT, Checked, checked_arguments
from toolalpaca.evaluation.scorers.extra_calls import written
from toolalpaca.matching.facts.evidence import ConversationEvidence, argument_values
from toolalpaca.openapi.api_functions import Function

# Leaving a golden call unmatched costs more than any wrong arguments, those more than an error answer.
_NEVER, _UNMATCHED, _WRONG, _REJECTED, _FAILED, _LATE = 1e7, 1e4, 10.0, 5.0, 1.0, 1e-3


@dataclass(frozen=True)
class Match:
    """A golden call with the closest predicted call; None if no call of its function is left."""

    golden: GoldCall
    predicted: PredictedCall | None
    checked: list[Checked]

    @property
    def wrong(self) -> list[Checked]:
        """Return the values that had to be right but are not."""
        return [one for one in self.checked if one.finding != RIGHT]

    @property
    def exact(self) -> bool:
        """Return whether every golden value was given, so that a refusal is the API's fault, not the assistant's."""
        expected = argument_values(self.golden.arguments)
        return bool(self.checked) and not self.wrong and len(self.checked) >= len(expected)


def assign(golden: Sequence[GoldCall], predicted: Sequence[PredictedCall], functions: dict[str, Function],
           transcript: ConversationEvidence) -> list[Match]:
    """Return one match per golden call, in the golden order."""
    from scipy.optimize import linear_sum_assignment

    if not golden:
        return []
    pairs = [[checked_arguments(one, call, functions.get(one.function, Function(one.function, "")), transcript, golden)
              if one.function == call.function else None for call in predicted] for one in golden]
    costs = [[_cost(checked, call) for checked, call in zip(row, predicted, strict=True)]
             + [_UNMATCHED if place == other else _NEVER for other in range(len(golden))]
             for place, row in enumerate(pairs)]
    return [_match(golden[row], predicted, pairs[row], column)
            for row, column in zip(*linear_sum_assignment(costs), strict=True)]


def _cost(checked: list[Checked] | None, call: PredictedCall) -> float:
    if checked is None:
        return _NEVER
    wrong = sum(one.finding != RIGHT for one in checked)
    return _WRONG * wrong + (_REJECTED if call.rejected else _FAILED if call.failed else 0.0) + _LATE * call.place


def _match(golden: GoldCall, predicted: Sequence[PredictedCall], pairs: list[list[Checked] | None],
           column: int) -> Match:
    checked = pairs[column] if column < len(predicted) else None
    return Match(golden, None, []) if checked is None else Match(golden, predicted[column], checked)


def distinct(predicted: Sequence[PredictedCall], golden: Sequence[GoldCall]) -> list[PredictedCall]:
    """Return the calls that may be matched: of several equal ones a successful one, unless the golden answer repeats
    it.

    A call made three times does not count as three calls.
    """
    if len({written(one.function, one.arguments) for one in golden}) < len(golden):
        return [call for call in predicted if call.function]
    best: dict[str, PredictedCall] = {}
    for call in predicted:
        key = written(call.function, call.arguments)
        if call.function and (key not in best or (best[key].failed and not call.failed)):
            best[key] = call
    return list(best.values())
