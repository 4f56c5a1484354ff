"""Comparison of a solution's calls with the golden ones: what is missing, wrong, made too early or too much."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from toolalpaca.conversation.steps import PredictedCall, predicted_calls
from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import words
from toolalpaca.data.record_types import GET_DETAILS
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.golden_answers import Alternatives, Placeholder, gold_calls
from toolalpaca.evaluation.scorers.argument_comparison import instruction_fixes
from toolalpaca.evaluation.scorers.assignment import Match, assign, distinct
from toolalpaca.evaluation.scorers.extra_calls import CHANGE, ExtraCall, Solution, merged_lists
from toolalpaca.evaluation.scorers.other_ways import is_picked, is_split
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.arguments.targets import wrong_things
from toolalpaca.matching.facts.evidence import ConversationEvidence, compared
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import deeds_of
from toolalpaca.openapi.api_functions import Function


@dataclass(frozen=True)
class CallsScore:
    """The result of comparing a solution's calls with the golden ones."""

    matches: list[Match]
    extra: list[ExtraCall]
    predicted: list[PredictedCall]
    hallucinated: list[PredictedCall]
    premature: list[Match]
    misdirected: list[tuple[PredictedCall, str]] = field(default_factory=list)  # at another thing than was named
    invented: list[tuple[PredictedCall, str]] = field(default_factory=list)  # with a value that nobody gave
    spared: frozenset[str] = frozenset()  # functions whose result another call gave
    other_ways: list[Match] = field(default_factory=list)  # with other values, to the same end

    @property
    def missing(self) -> list[Match]:
        """Return the golden calls that were not made, or that were refused until the end without being exact."""
        return [match for match in self.matches
                if not match.golden.optional and match.golden.function not in self.spared
                and (match.predicted is None or self._failed_to_the_end(match))]

    @property
    def wrong(self) -> list[Match]:
        """Return the golden calls that were made with a wrong argument that nothing makes up for; an optional call is
        better left out."""
        return [match for match in self.matches if match.predicted is not None and match.wrong
                and not any(match is other for other in self.other_ways)]

    @property
    def penalised(self) -> list[ExtraCall]:
        """Return the calls beyond the golden ones that count against the solution; one that makes up for a refused call
        does not."""
        refused = {match.golden.function for match in self.matches if match.predicted and match.predicted.rejected}
        return [one for one in self.extra
                if one.penalty and not (one.penalty == CHANGE and one.predicted.function in refused)]

    @property
    def changed_more(self) -> bool:
        """Return whether something was changed that nobody asked for, or changed twice."""
        return any(one.changes for one in self.penalised)

    @property
    def verdict(self) -> str:
        """Return Yes if every golden call was made with the right arguments and no harmful call was added, else No."""
        return "No" if self.missing or self.penalised or self.made_wrongly else "Yes"

    @property
    def made_wrongly(self) -> bool:
        """Return whether a call was made that the golden answer has, but too early or with other values."""
        return bool(self.wrong or self.premature or self.misdirected or self.invented)

    @property
    def steps_over(self) -> int:
        """Return how many more steps were taken than in the golden answer."""
        return len(self.predicted) - sum(not match.golden.optional for match in self.matches)

    def _failed_to_the_end(self, match: Match) -> bool:
        """Return whether the call was refused and no later call of its function, unless required separately,
        succeeded."""
        predicted = match.predicted
        if predicted is None or not predicted.rejected or (predicted.status is not None and match.exact):
            return False
        taken = {other.predicted.place for other in self.matches if other.predicted is not None}
        return not any(call.function == predicted.function and not call.rejected and call.place > predicted.place
                       and call.place not in taken for call in self.predicted)


def score_calls(case: Case, functions: dict[str, Function]) -> CallsScore | None:
    """Compare a case's calls with its golden answer; return None if there is no golden answer or no solution."""
    if case.golden is None or case.failure is not None:
        return None
    predicted, golden = predicted_calls(case.instance), gold_calls(case.golden)
    transcript = ConversationEvidence(case.instruction, predicted, deeds=deeds_of(functions))
    merged = merged_lists(predicted, golden)
    matches = assign(golden, [*distinct(predicted, golden), *(one.call for one in merged)], functions, transcript)
    taken = {place for match in matches if match.predicted is not None for place in next(
        (one.places for one in merged if one.call is match.predicted), [match.predicted.place])}
    distractors = case.record.get("Distractors") or {}
    solution = Solution(predicted, golden, functions, transcript, distractors)
    extra = [ExtraCall(call, solution.penalty(call), solution.changes(call)) for call in predicted
             if call.place not in taken and call.function]
    known = {*functions, *distractors, *(one.function for one in golden)}
    hallucinated = [call for call in predicted if call.function and not call.is_external and call.function not in known]
    premature = _premature(matches, functions, transcript)
    made = [match.predicted for match in matches if match.predicted is not None]
    return CallsScore(matches, extra, predicted, hallucinated, premature, _misdirected(made, transcript),
                      list(_invented(matches, functions, transcript)), _spared(matches, functions),
                      _other_ways(matches, predicted, Known(transcript.whole(), compared(case.answer)), functions))


def _other_ways(matches: Sequence[Match], predicted: Sequence[PredictedCall], known: Known,
                functions: dict[str, Function]) -> list[Match]:
    """Return the golden calls that look something up, were made with other values, and reached the same."""
    reads = [match for match in matches if match.wrong and match.golden.function in functions
             and functions[match.golden.function].reads]
    return [match for match in reads if is_split(match, predicted) or is_picked(match, [
        other for other in matches if match.golden.function in other.golden.sources()], known)]


def _misdirected(made: Sequence[PredictedCall], transcript: ConversationEvidence) -> list[tuple[PredictedCall, str]]:
    """Return the calls about another thing of a list than people named, each with what is wrong."""
    places = {call.place for call in made}
    shown = [one for one in transcript.shown if one.seen.succeeded and not one.is_reply]
    return [(one.call, what) for one, what in wrong_things(shown, transcript, None) if one.call.place in places]


def _invented(matches: Sequence[Match], functions: dict[str, Function],
              transcript: ConversationEvidence) -> Iterator[tuple[PredictedCall, str]]:
    """Yield the calls that change something with a number that the golden answer has not and nobody gave, and its
    name."""
    for match in matches:
        function = functions.get(match.golden.function)
        if match.predicted is None or match.predicted.rejected or function is None or function.reads:
            continue
        golden = match.golden.given
        more = {name: value for name, value in match.predicted.given.items()
                if name not in golden and isinstance(value, int) and not isinstance(value, bool)}
        evidence = transcript.before(match.predicted.place)
        yield from ((match.predicted, name) for name, _ in ungrounded(more, Documented(function.schemas), evidence))


def _spared(matches: Sequence[Match], functions: dict[str, Function]) -> frozenset[str]:
    """Return the reading functions that need not be called, since what golden calls take from them was known
    already."""
    needed = {match.golden.function: [other for other in matches if match.golden.function in other.golden.sources()]
              for match in matches if match.predicted is None}
    called = {match.golden.function for match in matches if match.predicted is not None}
    return frozenset(name for name, users in needed.items()
                     if users and name not in called and name in functions and functions[name].reads
                     and all(user.predicted is not None and not user.wrong for user in users))


def _premature(matches: Sequence[Match], functions: dict[str, Function],
               transcript: ConversationEvidence) -> list[Match]:
    """Return the calls made before the user was asked for what they need, which golden answers may state."""
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
    """Return whether the instruction gives each required argument; those that come from a result are checked
    elsewhere."""
    function = functions.get(match.golden.function, Function(match.golden.function, ""))
    given = match.golden.given
    return all(instruction_fixes(leaf, function.schemas.get(name, {}), frozenset(words(name)), transcript)
               for name in function.required for leaf in leaves(given.get(name))
               if not isinstance(leaf, (Alternatives, Placeholder)))
