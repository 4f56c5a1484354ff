"""Golden calls matched to predicted calls, each to one at most, at the least total cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from toolalpaca.conversation.steps import PredictedCall, predicted_calls
from toolalpaca.core.jsons import leaves
from toolalpaca.core.text import words
from toolalpaca.data.schema import GET_DETAILS
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.golden import GoldCall, Placeholder, gold_calls
from toolalpaca.evaluation.scorers.arguments import RIGHT, Checked, checked_arguments, instruction_fixes
from toolalpaca.evaluation.scorers.extra_calls import READS, ExtraCall, Solution, written
from toolalpaca.evaluation.scorers.functions import Function
from toolalpaca.evaluation.scorers.list_calls import merged_lists
from toolalpaca.matching.evidence import ConversationEvidence
from toolalpaca.matching.grounding import all_leaves

# Leaving a golden call unmatched costs more than any wrong arguments, those more than an error answer.
_NEVER, _UNMATCHED, _WRONG, _REJECTED, _FAILED, _LATE = 1e7, 1e4, 10.0, 5.0, 1.0, 1e-3

@dataclass(frozen=True)
class Match:
    """A golden call with the predicted call that comes closest, None if no call of its function is left."""

    golden: GoldCall
    predicted: PredictedCall | None
    checked: list[Checked]

    @property
    def wrong(self) -> list[Checked]:
        """Return the values that had to be right and are not."""
        return [one for one in self.checked if one.finding != RIGHT]

    @property
    def exact(self) -> bool:
        """Return whether every golden value was given, so that a refusal is the API's and not the assistant's fault."""
        return bool(self.checked) and not self.wrong and len(self.checked) >= len(all_leaves(self.golden.arguments))


def assign(golden: Sequence[GoldCall], predicted: Sequence[PredictedCall], functions: dict[str, Function],
           transcript: ConversationEvidence) -> list[Match]:
    """One match per golden call, in the golden order."""
    from scipy.optimize import linear_sum_assignment

    if not golden:
        return []
    pairs = [[checked_arguments(one, call, functions.get(one.function, Function(one.function, "")), transcript)
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


@dataclass(frozen=True)
class CallsScore:
    """What came of comparing a solution's calls with the golden ones."""

    matches: list[Match]
    extra: list[ExtraCall]
    predicted: list[PredictedCall]
    hallucinated: list[PredictedCall]
    premature: list[Match]
    spared: frozenset[str] = frozenset()  # functions whose result another call gave

    @property
    def missing(self) -> list[Match]:
        """Golden calls that were not made, or were refused to the end though not made exactly as they are."""
        return [match for match in self.matches
                if not match.golden.optional and match.golden.function not in self.spared
                and (match.predicted is None or self._failed_to_the_end(match))]

    @property
    def wrong(self) -> list[Match]:
        """Golden calls that were made with an argument that is not right; an optional one is better left out."""
        return [match for match in self.matches if match.predicted is not None and match.wrong]

    @property
    def penalised(self) -> list[ExtraCall]:
        """Calls beyond the golden ones that count against the solution."""
        return [one for one in self.extra if one.penalty]

    @property
    def verdict(self) -> str:
        """Yes when every golden call was made with right arguments and nothing harmful in addition, else No."""
        return "No" if self.missing or self.wrong or self.penalised or self.premature else "Yes"

    @property
    def steps_over(self) -> int:
        """Return how many more steps were taken than the golden answer has."""
        return len(self.predicted) - sum(not match.golden.optional for match in self.matches)

    def _failed_to_the_end(self, match: Match) -> bool:
        """Return whether the call was refused and no later one of its function, unless asked for by itself, was not."""
        predicted = match.predicted
        if predicted is None or not predicted.rejected or (predicted.status is not None and match.exact):
            return False
        taken = {other.predicted.place for other in self.matches if other.predicted is not None}
        return not any(call.function == predicted.function and not call.rejected and call.place > predicted.place
                       and call.place not in taken for call in self.predicted)


def score_calls(case: Case, functions: dict[str, Function]) -> CallsScore | None:
    """Compare a case's calls with its golden answer; None if there is no golden answer or no solution."""
    if case.golden is None or case.failure is not None:
        return None
    predicted, golden = predicted_calls(case.instance), gold_calls(case.golden)
    transcript = ConversationEvidence(case.instruction, predicted)
    merged = merged_lists(predicted, golden)
    matches = assign(golden, [*_distinct(predicted, golden), *(one.call for one in merged)], functions, transcript)
    taken = {place for match in matches if match.predicted is not None for place in next(
        (one.places for one in merged if one.call is match.predicted), [match.predicted.place])}
    distractors = case.record.get("Distractors") or {}
    solution = Solution(predicted, golden, functions, transcript, distractors)
    extra = [ExtraCall(call, solution.penalty(call)) for call in predicted if call.place not in taken and call.function]
    known = {*functions, *distractors, *(one.function for one in golden)}
    hallucinated = [call for call in predicted if call.function and not call.is_external and call.function not in known]
    premature = _premature(matches, functions, transcript)
    return CallsScore(matches, extra, predicted, hallucinated, premature, _spared(matches, functions))


def _spared(matches: Sequence[Match], functions: dict[str, Function]) -> frozenset[str]:
    """Return the reading functions that were not called when all that golden calls take from them was known from
    elsewhere."""
    needed = {match.golden.function: [other for other in matches if match.golden.function in other.golden.sources()]
              for match in matches if match.predicted is None}
    called = {match.golden.function for match in matches if match.predicted is not None}
    return frozenset(name for name, users in needed.items()
                     if users and name not in called and name in functions and functions[name].method in READS
                     and all(user.predicted is not None and not user.wrong for user in users))


def _premature(matches: Sequence[Match], functions: dict[str, Function],
               transcript: ConversationEvidence) -> list[Match]:
    """Calls made before the user was asked for what they need, which golden answers may spell out."""
    asked, found = -1, list[Match]()
    for match in matches:
        if match.predicted is None:
            continue
        if match.golden.function == GET_DETAILS:
            asked = max(asked, match.predicted.place)
        elif match.predicted.place < asked and not _all_said(match, functions, transcript):
            found.append(match)
    return found


def _all_said(match: Match, functions: dict[str, Function], transcript: ConversationEvidence) -> bool:
    """Return whether the instruction gives each argument that the function cannot do without; those that come from a
    result are checked elsewhere."""
    function = functions.get(match.golden.function, Function(match.golden.function, ""))
    given = match.golden.arguments or {}
    return all(instruction_fixes(leaf, function.schemas.get(name, {}), frozenset(words(name)), transcript)
               for name in function.required for leaf in leaves(given.get(name)) if not isinstance(leaf, Placeholder))


def _distinct(predicted: Sequence[PredictedCall], golden: Sequence[GoldCall]) -> list[PredictedCall]:
    """Return the calls that may be matched: of several equal ones one that brought a result, unless the golden
    answer itself repeats a call. A call made three times is not three calls."""
    if len({written(one.function, one.arguments) for one in golden}) < len(golden):
        return [call for call in predicted if call.function]
    best: dict[str, PredictedCall] = {}
    for call in predicted:
        key = written(call.function, call.arguments)
        if call.function and (key not in best or (best[key].failed and not call.failed)):
            best[key] = call
    return list(best.values())


