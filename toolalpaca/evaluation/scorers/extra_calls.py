"""Calls beyond the golden ones: which of them count against a solution, and why, and which give item by item the list
of one golden call."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.words import words
from toolalpaca.evaluation.golden_answers import GoldCall
from toolalpaca.matching.arguments.grounding import is_given
from toolalpaca.matching.facts.evidence import ConversationEvidence, argument_values
from toolalpaca.openapi.api_functions import Function
from toolalpaca.openapi.operations import READING_METHODS

REPEAT, UNRELATED, CHANGE, OTHER_API = "repeated_call", "unrelated_call", "unasked_change", "call_of_another_api"
CREATED = 201  # the status that an API answers with when a call made something new


@dataclass(frozen=True)
class ExtraCall:
    """A call that no golden call asks for; `penalty` says why it counts against the solution, None if it does not, and
    `changes` whether it left something behind."""

    predicted: PredictedCall
    penalty: str | None
    changes: bool


@dataclass(frozen=True)
class Solution:
    """The basis for judging extra calls: all predicted and golden calls, the API's functions and the conversation.

    `distractors` are functions of other APIs that were shown.
    """

    predicted: Sequence[PredictedCall]
    golden: Sequence[GoldCall]
    functions: Mapping[str, Function]
    transcript: ConversationEvidence
    distractors: Collection[str] = ()

    def method(self, call: PredictedCall) -> str:
        """Return the HTTP method of a call's function; "" if it is unknown."""
        return self.functions[call.function].method if call.function in self.functions else ""

    def changes(self, call: PredictedCall) -> bool:
        """Return whether a call changes something: as its method and its verb say, or since the API created
        something."""
        is_deed = call.function in self.transcript.deeds or call.status == CREATED
        return is_deed and self.method(call) not in ("", *READING_METHODS)

    def penalty(self, call: PredictedCall) -> str | None:
        """Return why an extra call counts against a solution.

        Failed calls do not: the assistant saw the error and tried again.
        """
        if call.function in self.distractors:
            return OTHER_API
        if call.failed or call.is_external:
            return None
        if self._is_repeat(call):
            return REPEAT
        in_golden = any(call.function == one.function for one in self.golden)
        if self.changes(call):
            return None if self._is_first_try(call) else CHANGE
        if in_golden:
            return None
        return None if self._is_related(call) else UNRELATED

    def _is_related(self, call: PredictedCall) -> bool:
        """Return whether a call is related to the task: one of its values was mentioned or shown.

        A call without values is related if it only reads.
        """
        evidence = self.transcript.before(call.place)
        values = [(name, leaf) for name, value in call.given.items() for leaf in argument_values(value)]
        if not values:
            return self.method(call) in READING_METHODS
        return any(is_given(leaf, evidence, frozenset(words(name))) for name, leaf in values)

    def _is_first_try(self, call: PredictedCall) -> bool:
        """Return whether a later call changed the same thing again, so that this one left no trace."""
        required = self.functions[call.function].required

        def target(other: PredictedCall) -> str:
            return written(
                other.function, {name: value for name, value in other.given.items() if name in required}
            )

        return self.method(call) != "POST" and any(
            other.place > call.place and not other.failed and target(other) == target(call) for other in self.predicted
        )

    def _is_repeat(self, call: PredictedCall) -> bool:
        """Return whether a call repeats a successful one although nothing it could show was changed since then.

        Polling until the result changes is not a repeat.
        """
        key = written(call.function, call.arguments)
        same = [other for other in self.predicted
                if not other.failed and written(other.function, other.arguments) == key]
        earlier = [other.place for other in same if other.place < call.place]
        if not earlier:
            return False
        reads = (self.method(call) or "GET") in READING_METHODS
        between = [other for other in self.predicted if earlier[-1] < other.place < call.place and not other.failed]
        changed = any(not self.functions[other.function].reads for other in between
                      if other.function in self.functions)
        polled = same[-1].observation != same[0].observation
        return not (reads and (changed or polled))


def written(function: str, arguments: object) -> str:
    """Return a call as one string, by which equal ones are recognised."""
    return function + json.dumps(arguments, sort_keys=True, default=str)


@dataclass(frozen=True)
class Merged:
    """A call merged from several, with their indices."""

    call: PredictedCall
    places: list[int]


def merged_lists(predicted: Sequence[PredictedCall], golden: Sequence[GoldCall]) -> list[Merged]:
    """Return for each golden call with a list the calls that differ only in that list, merged into one with all
    items."""
    wanted = dict.fromkeys(
        (one.function, name)
        for one in golden
        for name, value in one.given.items()
        if isinstance(value, list) and len(value) > 1
    )
    return [merged for function, name in wanted for merged in _merged(predicted, function, name)]


def _merged(predicted: Sequence[PredictedCall], function: str, name: str) -> Iterator[Merged]:
    groups: dict[str, list[PredictedCall]] = {}
    for call in predicted:
        arguments = call.given
        if call.function == function and not call.failed and isinstance(arguments.get(name), list):
            rest = {other: value for other, value in arguments.items() if other != name}
            groups.setdefault(written(function, rest), []).append(call)
    for calls in groups.values():
        if len(calls) > 1:
            items: list[Any] = []
            for call in calls:
                items += [item for item in call.given[name] if item not in items]
            yield Merged(
                replace(calls[-1], arguments={**calls[-1].given, name: items}),
                [call.place for call in calls],
            )
