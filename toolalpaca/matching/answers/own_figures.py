"""Figures of one answer that do not agree with each other: which of two amounts is more and by how much, a total
and what it is of."""

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, permutations

from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.known import YEARS, Known
from toolalpaca.matching.language.clauses import lists_in, sentences_of
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.superlatives import BY_TIME, ExtremeClaim, claim_of
from toolalpaca.matching.language.text import denial
from toolalpaca.matching.language.units import in_unit

_ARTICLES = ("a", "an")  # of an hour, which are no amount
_AGAINST = re.compile(
    r"[^.;:!?]{0,60}?\b(?:against|versus|vs\.?|compared (?:to|with)|rather than|instead of|as opposed to"
    r"|to (?=(?:his|hers?|theirs?|its|the other)\b))[^.;:!?\d]{0,60}", re.IGNORECASE
)
_BESIDE = re.compile(r"[^.;:!?]{0,80}\b(?:and|while|whereas|but)\b[^.;:!?\d]{0,60}", re.IGNORECASE)
_SO = re.compile(
    r"[^.;!?]*\b(?:so|which|that['’]s|that is|making|makes|a|the)\s+(?:[\w'’]+\s+){0,4}[€$£]?$", re.IGNORECASE)
_IS_A_GAP = re.compile(
    r"\b(?:differ\w*|gap|gain|loss|rise|drop|fall|increase|decrease|sav\w+|margin)\s+(?:\w+\s+)?(?:of|is|was|by|you)?"
    r"\s*(?:about |roughly |exactly )?[€$£]?$", re.IGNORECASE
)
_MORE_SO = re.compile(r"\s*(?:\w+\s+)?(?P<word>more|less|fewer|ahead|behind|apart|[a-z]{3,}er)\b", re.IGNORECASE)
_PLAIN = ("more", "less", "fewer")
_APART = ("ahead", "behind", "apart")
_COMPARATIVE = re.compile(r"\b(?:more|less|fewer|[a-z]{3,}er)\b", re.IGNORECASE)
# Comparatives of which the smaller number may be the more so: of a rank, a year, of how long it takes.
_EITHER_WAY = {*BY_TIME, "earlier", "later", "sooner", "older", "younger", "newer"}
_RATED = re.compile(r"\b(?:rat(?:ed|ing)s?|scor\w+|stars?|marks?)\b", re.IGNORECASE)
_RANKED = re.compile(r"\b(?:rank\w*|plac\w+|position\w*|seed\w*|than|per|each)\b", re.IGNORECASE)
_NOT_SO = denial("if", "whether", "would", "could")
_NO_TOTAL = re.compile(r"\b(?:each|every|apiece|per|average|from|up to|under|over|between|at least)\b", re.IGNORECASE)
_FOR_EACH = re.compile(r"\s*(?:for )?(?:each\b|apiece\b|a head\b|per (?:person|head|adult|child)\b)", re.IGNORECASE)
_ADDS = re.compile(r"\b(?:makes?|(?:comes?|came|adds? up) to|totals?|altogether|in all|together|costs?)\b", re.I)
_ASIDE = re.compile(r"\([^()]*\)")


def wrong_gaps(answer: str, known: Known) -> Iterator[str]:
    """Yield by how much an answer says that two amounts differ that it gives next to it, if they do not: 16 degrees
    warmer, 18 against -4."""
    shown = {abs(one.value) for one in known.amounts}
    for sentence in sentences_of(answer):
        figures = _figures(sentence)
        for place, gap in enumerate(figures if len(figures) > 2 else ()):
            if gap.values[0] in shown or not _is_called_a_gap(gap, sentence):
                continue
            for one, other in _ends_of(gap, figures[max(place - 2, 0) : place], figures[place + 1 :][:2], sentence):
                if not _is_gap(gap, one, other, sentence, known):
                    yield f"{gap.text} between {one.text} and {other.text}"


@lru_cache(maxsize=256)  # which each rule reads
def _figures(sentence: str) -> tuple[Figure, ...]:
    return tuple(one for one in wholes(figures_in(sentence)) if one.text.lower() not in _ARTICLES
                 and not (one.unit is None and one.values[0] in YEARS and len(one.text) == 4))


def _is_called_a_gap(figure: Figure, sentence: str) -> bool:
    more = _MORE_SO.match(sentence, figure.end)
    is_more = more is not None and (more["word"].lower() in (*_PLAIN, *_APART) or claim_of(more["word"].lower()))
    is_said = is_more or _IS_A_GAP.search(sentence[: figure.start])
    return bool(is_said) and not figure.percent and not figure.noun.startswith("time")


def _ends_of(
    gap: Figure, before: Sequence[Figure], after: Sequence[Figure], sentence: str
) -> Iterator[Sequence[Figure]]:
    """Yield the two figures right before or after a gap that a sentence compares with each other."""
    for pair in (before, after):
        if len(pair) == 2 and _are_alike(*pair):
            between = sentence[pair[0].end : pair[1].start]
            if _AGAINST.fullmatch(between) or (
                pair is before and _BESIDE.fullmatch(between) and _SO.match(sentence[pair[1].end : gap.start])
            ):
                yield pair


def _are_alike(one: Figure, other: Figure) -> bool:
    """Return whether two figures may be compared: they have one unit, or one of them has none."""
    return one.unit is None or other.unit is None or one.unit.fits(other.unit)


def _is_gap(gap: Figure, one: Figure, other: Figure, sentence: str, known: Known) -> bool:
    """Return whether a figure is by how much two others differ, perhaps for several, or of something else."""
    apart = abs(_signed(one, sentence) - _signed(other, sentence))
    unit = one.unit or other.unit
    if unit and gap.unit and unit.dimension != gap.unit.dimension and not unit.fits(gap.unit):
        return True
    sizes = [apart, *(in_unit(apart, unit, gap.unit) if unit and gap.unit else ())]
    sizes = [size * count for size in sizes for count in (1.0, *known.told_counts)]
    is_whole = gap.worded and not gap.about and apart % 1 == 0
    return gap.values[0] in sizes if is_whole else arithmetic.any_says(gap, sizes)


def _signed(figure: Figure, text: str) -> float:
    """Return the value of a figure with the sign that is written before it."""
    return -figure.values[0] if text[figure.start] in "-−" else figure.values[0]


def turned_pairs(answer: str, known: Known) -> Iterator[str]:
    """Yield the comparatives that the two amounts after them turn round: fewer, 14 against 10."""
    del known
    for sentence in sentences_of(answer):
        for one, other in pairwise(_figures(sentence)):
            before = [*_COMPARATIVE.finditer(sentence, 0, one.start)]
            if not before or not _are_alike(one, other) or not _AGAINST.fullmatch(sentence[one.end : other.start]):
                continue
            claim, between = _claim(before[-1][0].lower(), sentence), sentence[before[-1].end() : one.start]
            first, second = _signed(one, sentence), _signed(other, sentence)
            is_far = claim is not None and "distance" in claim.fields and one.unit is None  # closer to a goal: has more
            is_clear = not is_far and not figures_in(between) and not re.search(r"[.;!?]", between)
            if claim and is_clear and first != second and (first > second) is not claim.large:
                yield f"{claim.word}: {one.text} against {other.text}"


def _claim(word: str, sentence: str) -> ExtremeClaim | None:
    """Return what a comparative says of the first of two numbers; None if that is not clear."""
    is_vague = word in _EITHER_WAY or word in ("better", "worse") and not _RATED.search(sentence)
    if is_vague or _RANKED.search(sentence) or _NOT_SO.search(sentence):
        return None
    claim = ExtremeClaim(word, word == "more") if word in _PLAIN else claim_of(word)
    return None if claim is None or claim.large is None else claim


def wrong_totals(answer: str, known: Known) -> Iterator[str]:
    """Yield the amounts that a line announces when the list after it gives one in each item and these add up to
    another one, unless people or results gave it."""
    given = [*(one.value for one in known.amounts), *(one.values[0] for one in known.evidence.told_figures)]
    for line, items in lists_in(answer):
        totals = [one for one in _figures(line) if one.unit is not None and not one.percent]
        if len(totals) != 1 or _NO_TOTAL.search(line) or len(items) < 2:
            continue
        for texts in (items, [_ASIDE.sub("", item) for item in items]):
            parts = [[one for one in _figures(text) if one.unit and one.unit == totals[0].unit] for text in texts]
            total = math.fsum(one.values[0] for own in parts for one in own)
            if all(len(own) == 1 for own in parts) and not arithmetic.any_says(totals[0], [total, *given]):
                yield f"{totals[0].text} where {total:g} are listed"


def forgotten_counts(answer: str, known: Known) -> Iterator[str]:
    """Yield the totals to which an amount that is said to be for each of several was added once: 50 for you and 30 for
    each child, 80 in all."""
    del known
    for sentence in filter(_ADDS.search, sentences_of(answer)):
        figures = _figures(sentence)
        for each in (one for one in figures if _FOR_EACH.match(sentence, one.end)) if len(figures) > 2 else ():
            others = [one for one in figures if one is not each and each.unit and _are_alike(one, each)]
            yield from (f"{total.text} adds {each.text} once" for one, total in permutations(others, 2)
                        if total.unit == each.unit and not _is_called_a_gap(one, sentence) and one.values[0] > 1
                        and math.isclose(total.values[0], each.values[0] + one.values[0]))
