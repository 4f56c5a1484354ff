"""Questions for a field of the results by its own name, as in `what's the deposit`, and for money: the answer has to
give one of the values that were shown."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from toolalpaca.core.words import name_words, singular, words
from toolalpaca.matching.facts.amounts import is_money
from toolalpaca.matching.facts.arithmetic import any_says
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import FUNCTION_WORDS
from toolalpaca.matching.language.values import number

_QUESTION_WORD = (
    r"(?:what|which|who|whose|whom|when|where|why|how"
    r"|(?:by|in|on|at|for|to|until|since|from|with) (?:what|which|how|when|whom?)"
    r"|(?:is|are|was|were|do|does|did|has|have|had|can|could|would|will|should) (?:it|they|he|she|we|i|you|the|there"
    r"|any|anyone|my|our|that|this|one))"
)
_PART_START = re.compile(
    rf"(?:^|[.!?;:]\s+|,?\s+(?:and|but|plus)\s+(?:also\s+)?|,\s+)(?={_QUESTION_WORD}\b)", re.IGNORECASE
)
_WHAT_IS = re.compile(
    r"what(?:['’]s|s| is| are| was| were)? (?:the |my |our |its |their |his |her |an? |your )"
    r"(?P<phrase>[a-z][a-z -]{2,40})", re.IGNORECASE)
_MONEY = re.compile(
    r"\b(?:what(?! (?:time|day|date|else|way|card|kind)s?\b)|how much)\b(?![^.?!;,]* to do\b)[^.?!;,]{0,40}"
    r"\b(?:costs?|pay(?! (?:with|by|at|via|in)\b)|paying|owes?|charged?|price|fee|fare|bill|money"
    r"|set (?:me|us) back)\b"
    r"|\b(?:any|some|the|my|our) money (?:back|again)\b", re.IGNORECASE)
_NO_MONEY = re.compile(
    r"\b(?:free|nothing|none|paid|no (?:charge|fee|cost|extra)|without (?:charge|cost)|included?|includes|waived|zero"
    r"|full refund|refunded|costs? the same|same price)\b", re.IGNORECASE)
_CENT = 0.01  # the last place of an amount of money, such as a sum, that is written without its currency
_SCALES = (1, 100, 1000, 60, 3600)  # between a value as it is shown and as it may be said


def parts_of(told: str) -> list[str]:
    """Return the questions of a text, each up to the next one or the end of its sentence."""
    starts = [match.end() for match in _PART_START.finditer(told)]
    found = [told[start:end] for start, end in pairwise([*starts, len(told)])]
    return [re.split(r"(?<=[.?!])\s", part)[0] for part in found]


def fields_left(told: str, answer: str, known: Known) -> Iterator[str]:
    """Yield the questions for a field of the results to which the answer gives none of its values."""
    for part in parts_of(told):
        if (phrase := _WHAT_IS.match(part)) and _asks_for_other(phrase["phrase"], answer, known):
            yield phrase[0]
    asked = [match[0] for match in _MONEY.finditer(told)]
    if asked and _is_without_money(answer, known):
        yield from asked


def _asks_for_other(phrase: str, answer: str, known: Known) -> bool:
    """Return whether a phrase names a field with numbers, none of which an answer gives."""
    asked = [singular(word) for word in words(phrase.split(" of ")[0])]
    values = [leaf.value for leaf in known.evidence.leaves if leaf.path and _is_name(leaf.path[-1], asked)]
    numbers = [value for one in values if (value := number(one)) is not None]
    if not numbers or len(numbers) < len(values):
        return False
    scales = (*_SCALES, *known.told_counts)
    ways = [way for value in numbers for scale in scales for way in (value * scale, value / scale)]
    return not any(any_says(figure, ways) for figure in figures_in(answer))


def _is_name(key: object, asked: Sequence[str]) -> bool:
    parts = [singular(part) for part in name_words(str(key))]
    return bool(parts) and asked[:len(parts)] == parts and FUNCTION_WORDS.issuperset(asked[len(parts) :][:1])


def _is_without_money(answer: str, known: Known) -> bool:
    amounts = [one.value for one in known.amounts if is_money(one) and one.thing is not None]
    if not amounts or _NO_MONEY.search(answer):
        return False
    amounts += [one * count for one in amounts for count in known.told_counts]  # for several
    return not any(
        figure.noun == "part" or figure.unit is not None and figure.unit.is_money or any_says(figure, amounts)
        or figure.unit is None and figure.step == _CENT for figure in figures_in(answer))
