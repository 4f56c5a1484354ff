"""Comparison of a golden call's arguments with a predicted call's, by the schemas of the API's functions: which had to
be right, and which are wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.words import name_key, name_words, words
from toolalpaca.data.record_types import GET_DETAILS
from toolalpaca.evaluation.golden_answers import Alternatives, GoldCall, Placeholder
from toolalpaca.matching.arguments.grounded_days import is_end_of_month
from toolalpaca.matching.arguments.grounded_texts import SEARCH_WORDS
from toolalpaca.matching.arguments.grounding import is_given
from toolalpaca.matching.arguments.wordings import is_wording, same_wording
from toolalpaca.matching.facts.entities import things_in
from toolalpaca.matching.facts.evidence import ConversationEvidence, Shown, argument_values
from toolalpaca.matching.language.dates import whole_days
from toolalpaca.matching.language.text import POSITION_WORDS, holds
from toolalpaca.matching.language.values import as_list, comma_list, item_schema, property_schema, same
from toolalpaca.openapi.api_functions import Function

RIGHT, WRONG, MISSING, UNGROUNDED = "right", "wrong_argument", "missing_argument", "ungrounded_argument"
_SEARCH_WORDS = SEARCH_WORDS | frozenset(words("author artist creator"))
# What is the same from both sides: two shifts that are swapped, how far two towns are apart.
_BOTH_WAYS = frozenset(words("swap exchange trade compare distance between similarity overlap pair match"))
_NUMBERED = (("a", "b"), ("1", "2"), ("one", "two"), ("first", "second"))
_ABSENT = object()


@dataclass(frozen=True)
class Checked:
    """One value that had to be right; `path` names it, such as `filters.year`. `golden` is a string if it is open."""

    finding: str
    path: str
    golden: Any
    predicted: Any


def checked_arguments(golden: GoldCall, predicted: PredictedCall, function: Function,
                      transcript: ConversationEvidence, sources: Sequence[GoldCall] = ()) -> list[Checked]:
    """Return the values of a golden call that a predicted call of the same function had to give, with the findings.

    `sources` are the golden calls from whose results others take values: what they look for picks out the thing. How a
    question to the user is worded is free; what is taken from the reply is compared.

    A value has to be right if the instruction gives it, or if it comes from an earlier result. Golden answers also
    state optional values that were not asked for, and occasionally parameters that do not exist: those are free.
    """
    if golden.function == GET_DETAILS:
        return []
    schema = {"properties": function.schemas}
    known = {name: value for name, value in golden.given.items()
             if name in function.schemas or not function.documented}
    looked_for = {one.function: [leaf for leaf in argument_values(one.arguments)
                                 if not isinstance(leaf, (Alternatives, Placeholder))] for one in reversed(sources)}
    place = _Place(transcript, predicted.place, "", function.required, looked_for)
    found = list(_object(known, predicted.arguments, schema, place))
    mirrored = _mirrored(known) if _BOTH_WAYS & set(name_words(function.name)) else None
    if mirrored and any(one.finding != RIGHT for one in found):
        other = list(_object(mirrored, predicted.arguments, schema, place))
        return min(found, other, key=lambda checks: sum(one.finding != RIGHT for one in checks))
    return found


def _mirrored(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """Return the arguments with the values of each two of which the names differ in their number only exchanged, as
    those of shiftA and shiftB; None if there are none."""
    by_parts = {name_words(name): name for name in arguments}
    pairs: dict[str, Any] = {}
    for parts, name in by_parts.items():
        for one, other in _NUMBERED:
            twin = by_parts.get(tuple(other if part == one else part for part in parts))
            if one in parts and twin is not None:
                pairs |= {name: arguments[twin], twin: arguments[name]}
    return {**arguments, **pairs} if pairs else None


@dataclass(frozen=True)
class _Place:
    """The location of a value: its conversation, the step before which it is used, its path, the required names, and
    what the golden calls look for by their functions."""

    transcript: ConversationEvidence
    step: int
    path: str
    required: frozenset[str]
    looked_for: Mapping[str, Sequence[Any]]

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(words(self.path.replace("_", " ")))

    def at(self, name: str | int) -> "_Place":
        inner = f"{self.path}[{name}]" if isinstance(name, int) else f"{self.path}.{name}" if self.path else name
        return replace(self, path=inner)

    def fixes(self, value: Any, schema: dict[str, Any]) -> bool:
        """Return whether the instruction determines the value: it states it, or the function requires it."""
        return instruction_fixes(value, schema, self.words, self.transcript) or (
            isinstance(value, bool) or self.path.partition(".")[0].partition("[")[0] in self.required)

    def settles_day(self, value: Any) -> bool:
        """Return whether a value is a day that follows from what people said: the first of the month that they named,
        or the third night from a day."""
        evidence = self.transcript.before(self.step)
        return isinstance(value, str) and bool(whole_days(value)) and is_given(value, evidence, self.words)

    def suggests_wording(self, value: Any, schema: dict[str, Any]) -> bool:
        """Return whether a value is a text in own words that people's words suggest."""
        return (isinstance(value, str) and is_wording(value, self.words, schema)
                and is_given(value, self.transcript.before(-1), self.words, schema))

    def leaves_open(self, golden: Any, predicted: Any, schema: dict[str, Any]) -> bool:
        """Return whether people's words allow the predicted value as well as the golden one; of a month that they named
        as a whole they allow one first and one last day."""
        evidence = self.transcript.before(self.step)
        is_fixed = any(is_end_of_month(day, evidence) for day in whole_days(str(golden)))
        return not is_fixed and isinstance(predicted, str) and is_given(predicted, evidence, self.words, schema)

    def is_another_choice(self, golden: Any, predicted: Any, schema: dict[str, Any]) -> bool:
        """Return whether an enum choice other than the golden one was made that is neither the default nor
        mentioned."""
        options = schema.get("enum")
        return (isinstance(options, list) and golden in options and predicted in options and predicted != golden
                and predicted != schema.get("default")
                and not instruction_fixes(predicted, schema, self.words, self.transcript))

    def grounds(self, value: Any) -> bool:
        """Return whether every part of a value was known before the step."""
        evidence = self.transcript.before(self.step)
        return all(is_given(leaf, evidence, self.words) for leaf in argument_values(value))

    def finds(self, golden: Any) -> bool:
        """Return whether the call's result has all words of the golden value, so that a shorter search text was
        enough."""
        found = next((one.seen for one in self.transcript.shown if one.call.place == self.step), None)
        return found is not None and found.succeeded and any(
            set(words(str(golden))) <= set(words(str(leaf.value))) for leaf in found.leaves)

    def comes_from(self, golden: Placeholder, predicted: Any) -> bool:
        """Return whether a value matches what the golden answer takes from a result.

        The result's field of that name counts if there is one, else any value known before the step.
        """
        field_name = name_key(golden.text.rpartition(" from ")[0])
        results = [one for one in self.transcript.before(self.step).results
                   if one.call.function == golden.source and one.seen.succeeded]
        shown = [leaf.value for one in results for leaf in one.seen.leaves
                 if leaf.path and name_key(leaf.path[-1]) == field_name]
        if shown:
            passed_over = self._passed_over(golden, results, field_name)
            return all(any(same(value, leaf, {}) for value in shown)
                       and not any(same(value, leaf, {}) for value in passed_over)
                       for leaf in argument_values(predicted))
        return self.grounds(predicted)

    def _passed_over(self, golden: Placeholder, results: Sequence[Shown], field_name: str) -> list[Any]:
        """Return the values of a field in those things of wider results that the golden call would not have found: what
        it looks for by a word is in others of the list."""
        found: list[Any] = []
        for one in results:
            asked = argument_values(one.call.arguments)
            things = [thing for thing in things_in(self.transcript.before(self.step)) if thing.place == one.call.place]
            rows = [(thing, values) for thing in things
                    if (values := [value for key, value in thing.values if name_key(key) == field_name])]
            for wanted in self.looked_for.get(golden.source or "", ()):
                is_in = [any(has_words(value, wanted) for _, value in thing.values) for thing, _ in rows]
                if any(is_in) and not any(same(wanted, value, {}) for value in asked):
                    found += [value for (_, values), has in zip(rows, is_in, strict=True) if not has
                              for value in values]
        return found


def has_words(value: Any, wanted: Any) -> bool:
    """Return whether a value is the one that was looked for, or has all its words."""
    both_texts = isinstance(value, str) and isinstance(wanted, str)
    return same(wanted, value, {}) or both_texts and bool(words(wanted)) and set(words(wanted)) <= set(words(value))


def instruction_fixes(value: Any, schema: dict[str, Any], names: frozenset[str],
                      transcript: ConversationEvidence) -> bool:
    """Return whether an instruction by itself states a value, in any usual spelling."""
    if isinstance(value, bool) or value in ("", None):
        return False
    return is_given(value, transcript.before(-1), names, schema, literal=True)


def _object(golden: dict[str, Any], predicted: Any, schema: dict[str, Any], place: _Place) -> Iterator[Checked]:
    given = {name.casefold(): value for name, value in predicted.items()} if isinstance(predicted, dict) else {}
    for name, value in golden.items():
        yield from _value(value, given.get(name.casefold(), _ABSENT), property_schema(schema, name), place.at(name))


def _value(golden: Any, predicted: Any, schema: dict[str, Any], place: _Place) -> Iterator[Checked]:
    is_start = golden in (0, 1, "0", "1") and bool(POSITION_WORDS & set(words(place.name)))
    if predicted is _ABSENT:  # a list is shown from its start unless something else is asked for
        predicted = schema.get("default", golden if is_start else _ABSENT)
    golden = comma_list(golden) or golden
    if isinstance(golden, Alternatives):
        if any(place.fixes(one, schema) for one in golden.values):
            right = any(_says_it(one, predicted, schema, place) for one in golden.values)
            yield _checked(right, WRONG, golden.values[0], predicted, place)
    elif isinstance(golden, dict):
        yield from _object(golden, predicted, schema, place)
    elif isinstance(golden, list):
        yield from _list(golden, predicted, schema, place)
    elif isinstance(golden, Placeholder):
        if golden.source:
            grounded = predicted is not _ABSENT and place.comes_from(golden, predicted)
            yield _checked(grounded, UNGROUNDED, golden.text, predicted, place)
    elif is_start or place.fixes(golden, schema):
        yield _checked(_says_it(golden, predicted, schema, place), WRONG, golden, predicted, place)
    elif place.settles_day(golden) or predicted is not _ABSENT and place.suggests_wording(golden, schema):
        right = _says_it(golden, predicted, schema, place) or place.leaves_open(golden, predicted, schema)
        yield _checked(right, WRONG, golden, predicted, place)
    elif predicted is not _ABSENT and place.is_another_choice(golden, predicted, schema):
        yield _checked(False, WRONG, golden, predicted, place)


def _checked(right: bool, otherwise: str, golden: Any, predicted: Any, place: _Place) -> Checked:
    finding = RIGHT if right else MISSING if predicted is _ABSENT else otherwise
    return Checked(finding, place.path, golden, None if predicted is _ABSENT else predicted)


def _list(golden: list[Any], predicted: Any, schema: dict[str, Any], place: _Place) -> Iterator[Checked]:
    """Match every golden item with the closest predicted item, none of them twice, and yield the findings."""
    left = [] if predicted is _ABSENT else list(as_list(predicted))
    items = item_schema(schema)
    for number, item in enumerate(golden):
        found = [list(_value(item, other, items, place.at(number))) for other in left]
        wrong = [sum(one.finding != RIGHT for one in checks) for checks in found]
        if not found:
            yield from _value(item, _ABSENT, items, place.at(number))
            continue
        best = wrong.index(min(wrong))
        yield from found[best]
        if wrong[best] == 0 and found[best]:
            left.pop(best)


def _says_it(golden: Any, predicted: Any, schema: dict[str, Any], place: _Place) -> bool:
    """Return whether the golden value was given; a search text may contain more of the instruction's own words."""
    if predicted is _ABSENT:
        return False
    if same(golden, predicted, schema):
        return True
    if not isinstance(predicted, str):
        return False
    if isinstance(golden, str) and is_wording(golden, place.words, schema):
        return same_wording(golden, predicted, place.transcript.before(place.step))
    if not _SEARCH_WORDS & set(words(place.name)):
        return False
    told = place.transcript.before(-1).told_words[0]
    if holds(words(predicted), words(str(golden))) and holds(told, words(predicted)):
        return True
    return set(words(predicted)) < set(words(str(golden))) and place.finds(golden)
