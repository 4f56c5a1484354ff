"""Golden calls matched to made calls, each to one at most, at the least total cost."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from toolalpaca.conversation.steps import PredictedCall, predicted_calls
from toolalpaca.core.jsons import leaves
from toolalpaca.data.schema import GET_DETAILS
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.golden import ExpectedCall, Placeholder, expected_calls
from toolalpaca.evaluation.scorers.arguments import RIGHT, Checked, checked_arguments
from toolalpaca.evaluation.scorers.base import Function
from toolalpaca.matching.grounding import Said

# Leaving a golden call unmatched costs more than any wrong arguments, those more than an error answer.
_NEVER, _UNMATCHED, _WRONG, _REJECTED, _FAILED, _LATE = 1e7, 1e4, 10.0, 5.0, 1.0, 1e-3

REPEAT, UNRELATED, CHANGE = "repeated_call", "unrelated_call", "unasked_change"
_READS = ("GET", "HEAD", "OPTIONS")
_CHANGES = ("PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Match:
    """A golden call with the made call that comes closest, None where no call of its function is left."""

    golden: ExpectedCall
    made: PredictedCall | None
    checked: list[Checked]

    @property
    def wrong(self) -> list[Checked]:
        """The values that had to be right and are not."""
        return [one for one in self.checked if one.finding != RIGHT]


def assign(golden: Sequence[ExpectedCall], made: Sequence[PredictedCall], functions: dict[str, Function],
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


def _cost(checked: list[Checked] | None, call: PredictedCall) -> float:
    if checked is None:
        return _NEVER
    wrong = sum(one.finding != RIGHT for one in checked)
    return _WRONG * wrong + (_REJECTED if call.rejected else _FAILED if call.failed else 0.0) + _LATE * call.place


def _match(golden: ExpectedCall, made: Sequence[PredictedCall], pairs: list[list[Checked] | None],
           column: int) -> Match:
    checked = pairs[column] if column < len(made) else None
    return Match(golden, None, []) if checked is None else Match(golden, made[column], checked)


@dataclass(frozen=True)
class Surplus:
    """A made call that no golden call asks for; `harm` says why it counts against the solution, None where not."""

    made: PredictedCall
    harm: str | None


@dataclass(frozen=True)
class CallsScore:
    """What came of comparing a solution's calls with the golden ones."""

    matches: list[Match]
    surplus: list[Surplus]
    made: list[PredictedCall]
    hallucinated: list[PredictedCall]
    early: list[Match]

    @property
    def missing(self) -> list[Match]:
        """Golden calls that were not made, or failed to the end."""
        return [match for match in self.matches if not match.golden.optional
                and (match.made is None or self._failed_to_the_end(match))]

    @property
    def wrong(self) -> list[Match]:
        """Golden calls that were made with an argument that is not right; an optional one is better left out."""
        return [match for match in self.matches if match.made is not None and match.wrong]

    @property
    def harmful(self) -> list[Surplus]:
        """Calls beyond the golden ones that count against the solution."""
        return [one for one in self.surplus if one.harm]

    @property
    def verdict(self) -> str:
        """Yes when every golden call was made with right arguments and nothing harmful beside them, else No."""
        return "No" if self.missing or self.wrong or self.harmful or self.early else "Yes"

    @property
    def steps_over(self) -> int:
        """How many more steps were taken than the golden answer has."""
        return len(self.made) - sum(not match.golden.optional for match in self.matches)

    def _failed_to_the_end(self, match: Match) -> bool:
        """Whether the call was refused and no later one of its function, unless asked for by itself, was not."""
        if match.made is None or not match.made.rejected:
            return False
        taken = {other.made.place for other in self.matches if other.made is not None}
        return not any(call.function == match.made.function and not call.rejected and call.place > match.made.place
                       and call.place not in taken for call in self.made)


def score_calls(case: Case, functions: dict[str, Function]) -> CallsScore | None:
    """Compare a case's calls with its golden answer; None where there is no golden answer or no solution."""
    if case.golden is None or case.failure is not None:
        return None
    made, golden = predicted_calls(case.instance), expected_calls(case.golden)
    said = Said(case.instruction, made)
    matches = assign(golden, _distinct(made, golden), functions, said)
    taken = {match.made.place for match in matches if match.made is not None}
    surplus = [Surplus(call, _harm(call, made, golden, functions, said)) for call in made
               if call.place not in taken and call.function]
    known = set(functions) | {one.function for one in golden}
    hallucinated = [call for call in made if call.function and not call.is_external and call.function not in known]
    return CallsScore(matches, surplus, made, hallucinated, _early(matches, functions, said))


def _early(matches: Sequence[Match], functions: dict[str, Function], said: Said) -> list[Match]:
    """Calls made before the user was asked for what they need, which golden answers may spell out."""
    asked, found = -1, list[Match]()
    for match in matches:
        if match.made is None:
            continue
        if match.golden.function == GET_DETAILS:
            asked = max(asked, match.made.place)
        elif match.made.place < asked and not _all_said(match, functions, said):
            found.append(match)
    return found


def _all_said(match: Match, functions: dict[str, Function], said: Said) -> bool:
    """Whether the instruction gives each argument that the function cannot do without; those that come from a result
    are checked elsewhere."""
    function = functions.get(match.golden.function, Function(match.golden.function, ""))
    given = match.golden.arguments or {}
    return all(said.fixes(leaf, function.schemas.get(name, {})) for name in function.required
               for leaf in leaves(given.get(name)) if not isinstance(leaf, Placeholder))


def _distinct(made: Sequence[PredictedCall], golden: Sequence[ExpectedCall]) -> list[PredictedCall]:
    """The calls that may be matched: of several equal ones one that brought a result, unless the golden answer itself
    repeats a call. A call made three times is not three calls."""
    if len({_written(one.function, one.arguments) for one in golden}) < len(golden):
        return [call for call in made if call.function]
    best: dict[str, PredictedCall] = {}
    for call in made:
        key = _written(call.function, call.arguments)
        if call.function and (key not in best or (best[key].failed and not call.failed)):
            best[key] = call
    return list(best.values())


def _written(function: str, arguments: object) -> str:
    return function + json.dumps(arguments, sort_keys=True, default=str)


def _harm(call: PredictedCall, made: Sequence[PredictedCall], golden: Sequence[ExpectedCall],
          functions: dict[str, Function], said: Said) -> str | None:
    """Why a surplus call counts against a solution. Failed calls do not: the assistant saw the error and went on."""
    if call.failed or call.is_external:
        return None
    method = functions[call.function].method if call.function in functions else ""
    if _is_repeat(call, made, functions):
        return REPEAT
    if method in _CHANGES:
        return None if _is_first_try(call, made, functions[call.function]) else CHANGE
    if any(call.function == one.function for one in golden):
        return None
    values = [leaf for leaf in leaves(call.arguments) if leaf not in (None, "")]
    related = any(said.grounds(value, call.place) for value in values) if values else method in _READS
    return None if related else UNRELATED


def _is_first_try(call: PredictedCall, made: Sequence[PredictedCall], function: Function) -> bool:
    """Whether a later call changed the same thing again, so that this one has left no trace."""
    def target(other: PredictedCall) -> str:
        return _written(other.function, {name: value for name, value in (other.arguments or {}).items()
                                         if name in function.required})

    return any(other.place > call.place and not other.failed and target(other) == target(call) for other in made)


def _is_repeat(call: PredictedCall, made: Sequence[PredictedCall], functions: dict[str, Function]) -> bool:
    """Whether the same call had brought a result before and nothing was changed since that it could show."""
    key = _written(call.function, call.arguments)
    earlier = [other.place for other in made if other.place < call.place and not other.failed
               and _written(other.function, other.arguments) == key]
    between = [other for other in made if earlier and earlier[-1] < other.place < call.place and not other.failed]
    reads = functions.get(call.function, Function("", "GET")).method in _READS
    return bool(earlier) and not (reads and any(functions[other.function].method not in _READS for other in between
                                                if other.function in functions))
