"""Golden calls matched to made calls, each to one at most, at the least total cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from toolalpaca.evaluation.arguments import RIGHT, Checked, checked_arguments
from toolalpaca.evaluation.functions import Function
from toolalpaca.evaluation.golden import ExpectedCall
from toolalpaca.evaluation.made import MadeCall
from toolalpaca.evaluation.said import Said

# Leaving a golden call unmatched costs more than any wrong arguments, those more than an error answer.
_NEVER, _UNMATCHED, _WRONG, _REJECTED, _FAILED, _LATE = 1e7, 1e4, 10.0, 5.0, 1.0, 1e-3


@dataclass(frozen=True)
class Match:
    """A golden call with the made call that comes closest, None where no call of its function is left."""

    golden: ExpectedCall
    made: MadeCall | None
    checked: list[Checked]

    @property
    def wrong(self) -> list[Checked]:
        """The values that had to be right and are not."""
        return [one for one in self.checked if one.finding != RIGHT]


def assign(golden: Sequence[ExpectedCall], made: Sequence[MadeCall], functions: dict[str, Function],
           said: Said) -> list[Match]:
    """One match per golden call, in the golden order."""
    from scipy.optimize import linear_sum_assignment

    if not golden:
        return []
    pairs = [[checked_arguments(one, call, functions.get(one.function, Function(one.function, "")), said)
              if one.function == call.function else None for call in made] for one in golden]
    costs = [[_cost(checked, call) for checked, call in zip(row, made, strict=True)]
             + [_UNMATCHED if place == other else _NEVER for other in range(len(golden))]
             for place, row in enumerate(pairs)]
    return [_match(golden[row], made, pairs[row], column)
            for row, column in zip(*linear_sum_assignment(costs), strict=True)]


def _cost(checked: list[Checked] | None, call: MadeCall) -> float:
    if checked is None:
        return _NEVER
    wrong = sum(one.finding != RIGHT for one in checked)
    return _WRONG * wrong + (_REJECTED if call.rejected else _FAILED if call.failed else 0.0) + _LATE * call.place


def _match(golden: ExpectedCall, made: Sequence[MadeCall], pairs: list[list[Checked] | None], column: int) -> Match:
    checked = pairs[column] if column < len(made) else None
    return Match(golden, None, []) if checked is None else Match(golden, made[column], checked)
