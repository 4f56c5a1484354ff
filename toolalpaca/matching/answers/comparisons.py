"""Comparisons in answers: cheaper, more than before, a rise of so much, held against the values that are compared."""

import re
from collections.abc import Iterator
from itertools import pairwise

from toolalpaca.core.words import akin, name_terms
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.facts.rankings import beaten
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.superlatives import BY_TIME, ExtremeClaim, claim_of
from toolalpaca.matching.language.units import in_unit

_COMPARATIVE = re.compile(r"(?<!\bno )\b(?:more|less|fewer|[a-z]{3,}er)\b", re.IGNORECASE)
_TWO_WAYS = re.compile(r"\b[a-z]{3,}er,? (?:but|and|yet|though|although)\b", re.IGNORECASE)
_COMPARED = re.compile(r"against|versus|vs\.?|compared (?:to|with)", re.IGNORECASE)
_AGAINST = re.compile(
    rf"\W*(?:[^\W\d][\w²³/%°'’-]*\W+){{0,6}}?(?:{_COMPARED.pattern})\W+(?:[a-z]+ ){{0,3}}[€$£]?", re.IGNORECASE
)
_BY_SO_MUCH = re.compile(
    r"\W{0,2}(?:[a-z]+ ){0,2}?(?P<word>more|less|fewer|[a-z]{3,}er)\b(?=[^.;]{0,40}?\b(?:than|before)\b)",
    re.IGNORECASE,
)
_THAN = re.compile(
    r"\b(?P<word>more|less|fewer|[a-z]{3,}er)\b(?: (?P<noun>[a-z]{3,}))?(?: [\w€$£.,'’%-]+){0,6}? than (?P<than>.+)",
    re.IGNORECASE,
)
_NOT_SO = re.compile(r"\b(?:not|no|never|neither|nor|any|if|whether|would|could)\b|n['’]t\b", re.IGNORECASE)
_ROSE = re.compile(r"\b(?:ris(?:e|en)|rose|increas\w+|grew|grown|growth|gain\w*)\b", re.IGNORECASE)
_FELL = re.compile(r"\b(?:fall|fell|fallen|drop\w*|decreas\w+|declin\w+|loss|lost|shrank|shrunk)\b", re.IGNORECASE)
_TURNED = re.compile(r"\b(?:against|after|than|instead|compared|before|versus|vs|down from|up from)\b", re.IGNORECASE)
_ARTICLES = ("a", "an")  # of a month, which are no amount
_MOST_BEFORE = 3  # sentences in which the values before and after a change are looked for


def turned_comparisons(answer: str, known: Known) -> Iterator[str]:
    """Yield the comparisons whose own two numbers say the opposite: it is cheaper, 12 euros against 9."""
    for sentence in sentences_of(answer) if _COMPARED.search(answer) else ():
        said = [match for match in _COMPARATIVE.finditer(sentence) if _compared(match[0].lower())]
        claim = _compared(said[0][0].lower()) if len(said) == 1 and not _TWO_WAYS.search(sentence) else None
        figures = [one for one in wholes(figures_in(sentence)) if claim and one.start > said[0].start()]
        for one, other in pairwise(figures):
            is_pair = _AGAINST.fullmatch(sentence[one.end : other.start]) and other.unit in (None, one.unit)
            is_length = one.unit is not None and one.unit.dimension == "length"
            if claim is None or not is_pair or "score" in claim.fields or "distance" in claim.fields and not is_length:
                continue
            takes_time = one.unit is not None and one.unit.dimension == "duration"
            large = BY_TIME[claim.word].large if takes_time and claim.word in BY_TIME else claim.large
            first, second = one.values[0], other.values[0]
            if large is not None and first != second and (first > second) is not large:
                yield f"{claim.word}: {one.text} against {other.text}"


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


def turned_than(answer: str, known: Known) -> Iterator[str]:
    """Yield the comparisons of two things by name that their values contradict: A is cheaper than B."""
    mentions, topic = known.mentions, list[Thing]()
    for sentence in sentences_of(answer):
        match = _THAN.search(sentence)
        named = mentions.named_in(sentence[: match.start()] if match else sentence)
        left, right = named or topic, mentions.named_in(match["than"]) if match else []
        if match and len(left) == len(right) == 1 and not _NOT_SO.search(sentence):
            claim, pair = _claim(match, left[0]), [left[0], right[0]]
            is_pair = left[0].group == right[0].group and left[0] is not right[0]
            found = beaten(left[0], pair, claim, sentence, known.evidence) if claim and is_pair else ""
            if found:
                yield f"{claim.word} than: {found}" if claim else found
        topic = named if len(named) == 1 else []


def _claim(match: re.Match[str], thing: Thing) -> ExtremeClaim | None:
    """Return what is compared: what the adjective measures, or of `more` the fields that its noun names."""
    word, noun = match["word"].lower(), (match["noun"] or "").lower()
    if word not in ("more", "less", "fewer"):
        return claim_of(word)
    fields = {part for key, _ in thing.values for part in name_terms(key) if len(noun) > 3 and akin(part, noun)}
    return ExtremeClaim(word, word == "more", tuple(fields)) if fields else None


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
