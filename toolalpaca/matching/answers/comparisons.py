"""Comparisons in answers: cheaper, more than before, a rise of so much, held against the values that are compared."""

import re
from collections.abc import Iterator
from itertools import pairwise

from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.superlatives import ExtremeClaim, claim_of
from toolalpaca.matching.language.units import in_unit

_BY_SO_MUCH = re.compile(
    r"\W{0,2}(?:[a-z]+ ){0,2}?(?P<word>more|less|fewer|[a-z]{3,}er)\b(?=[^.;]{0,40}?\b(?:than|before)\b)",
    re.IGNORECASE,
)
_NOT_SO = re.compile(r"\b(?:not|no|never|neither|nor|any|if|whether|would|could)\b|n['’]t\b", re.IGNORECASE)
_ROSE = re.compile(r"\b(?:ris(?:e|en)|rose|increas\w+|grew|grown|growth|gain\w*)\b", re.IGNORECASE)
_FELL = re.compile(r"\b(?:fall|fell|fallen|drop\w*|decreas\w+|declin\w+|loss|lost|shrank|shrunk)\b", re.IGNORECASE)
_TURNED = re.compile(r"\b(?:against|after|than|instead|compared|before|versus|vs|down from|up from)\b", re.IGNORECASE)
_ARTICLES = ("a", "an")  # of a month, which are no amount
_MOST_BEFORE = 3  # sentences in which the values before and after a change are looked for


def turned_differences(answer: str, known: Known) -> Iterator[str]:
    """Yield the differences from a value shown that go the other way: it costs 280, 40 more than before, where 320 of
    the same field was shown and 240 was not."""
    for sentence in sentences_of(answer):
        figures = [one for one in wholes(figures_in(sentence)) if one.text.lower() not in _ARTICLES]
        for one, by in pairwise(figures):
            match = _BY_SO_MUCH.match(sentence, by.end)
            claim = _compared(match["word"].lower()) if match else None
            if claim is None or claim.large is None or "score" in claim.fields or one.unit != by.unit:
                continue
            value, apart = one.values[0], by.values[0]
            keys = {amount.key for amount in known.amounts if amount.value == value}
            shown = {amount.value for amount in known.amounts if amount.key in keys}
            meant, turned = (value - apart, value + apart) if claim.large else (value + apart, value - apart)
            is_said = any(turned in other.values for other in figures)
            if apart and turned in shown and meant not in shown and not is_said:
                yield f"{by.text} {claim.word}: {turned:g} was shown"


def _compared(word: str) -> ExtremeClaim | None:
    return ExtremeClaim(word, word == "more") if word in ("more", "less", "fewer") else claim_of(word)


def turned_changes(answer: str, known: Known) -> Iterator[str]:
    """Yield the rises and falls whose own two values, given before them in their order, go the other way."""
    told = sentences_of(answer)
    for place, sentence in enumerate(told):
        ways = bool(_ROSE.search(sentence)), bool(_FELL.search(sentence))
        if ways[0] == ways[1] or _NOT_SO.search(sentence):
            continue
        before = " ".join((*told[max(place - _MOST_BEFORE + 1, 0) : place], sentence))
        figures = wholes(figures_in(before))
        for at, change in enumerate(figures[2:], start=2):
            one, other = figures[at - 2], figures[at - 1]
            text = before[one.end : change.start]
            is_change = one.unit == other.unit and not _TURNED.search(text) and _is_their_change(change, one, other)
            if is_change and (other.values[0] > one.values[0]) is not ways[0]:
                yield f"{change.text}: from {one.text} to {other.text}"


def _is_their_change(change: Figure, one: Figure, other: Figure) -> bool:
    """Return whether a figure is by how much two differ, in percent of the first or in their unit."""
    apart = abs(one.values[0] - other.values[0])
    if change.percent:
        return bool(one.values[0]) and arithmetic.any_says(change, [100 * apart / one.values[0]])
    units = (one.unit, change.unit)
    sizes = [apart] if None in units or units[0] == units[1] else [*in_unit(apart, *units)]  # type: ignore[arg-type]
    return bool(apart) and arithmetic.any_says(change, sizes)
