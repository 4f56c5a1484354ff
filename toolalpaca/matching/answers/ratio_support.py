"""Support of the numbers in an answer that say what one is of another: rates, shares, so many in ten."""

import math
import re
from collections.abc import Iterable
from itertools import chain, pairwise

from toolalpaca.core.words import name_terms, name_words, words
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.amounts import Amount
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.clauses import sentence_at
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.text import listed
from toolalpaca.matching.language.units import COINS, in_unit

_PER = re.compile(
    r"(?:\s*[A-Za-z€£$%°]{1,12})?(?:\s+(?:per|for (?:each|every)|each|an?)\s+|\s*/\s*)(?P<times>\d{1,4}\b)?",
    re.IGNORECASE,
)
_PRICE_OF_ONE = re.compile(r"\d an? [a-z]")
_PER_TWO = re.compile(
    r"\b(?:per|an?|each) \w+ (?:and|per|an?|each) (?:per )?\w*(?:day|night|hour|week)\b", re.IGNORECASE
)
_AND_EACH = re.compile(r"\s*\w+(?:\s*/\s*|\s+(?:and|per|an?|each)\s+)\w+", re.IGNORECASE)  # per person and night
_SPEAKS_OF_RATES = re.compile(
    r"\b(?:per|each|every|apiece|to the|density|densely|for the money|works? out)\b"
    r"|\b(?:hundred|thousand|100|1,?000)-[a-z]", re.IGNORECASE
)
_HEADERS = re.compile(r"^\s*\|.*\|\s*$(?=\n\s*\|[\s:|-]+$)", re.MULTILINE)
_SHARES = frozenset(listed("full share proportion percent percentage fraction rate ratio"))
_SCALES = (100.0, 1000.0)  # of how many a rate may be
_IN_OR_OUT_OF, _MOST_IN = re.compile(r" (?:in|out of)(?: every)? ", re.IGNORECASE), 10


def is_of_a_ratio(figure: Figure, known: Known, text: str) -> bool:
    """Return whether a number is one of the two that say a known share: seven in ten, three out of four."""
    figures = figures_in(text)
    pairs = ((one, other) for one, other in pairwise(figures) if figure in (one, other)
             and _IN_OR_OUT_OF.fullmatch(text[one.start + len(one.text) : other.start]))
    return any(0 < one.values[0] < other.values[0] <= _MOST_IN and abs(ratio - one.values[0] / other.values[0])
               <= 0.5 / other.values[0] for one, other in pairs for _, _, ratio in arithmetic.ratios(known.amounts))


def is_rate(
    figure: Figure, amounts: list[Amount], known: Known, text: str, figures: Iterable[Figure]
) -> bool:
    """Return whether it is what one amount of a thing is for another: 9 g per 100 g, £0.40 per m², 28 pence a
    gigabyte."""
    match = _PER.match(text, figure.end)
    context = " ".join((sentence_at(text, figure.start), *_HEADERS.findall(text), known.evidence.told_text))
    if match is None and not _SPEAKS_OF_RATES.search(context) and not _PRICE_OF_ONE.search(context):
        return False
    if match and _AND_EACH.match(text, match.end()) or _PER_TWO.search(known.evidence.told_text):
        return arithmetic.any_says(figure, arithmetic.of_two_counts(amounts, known.counts))
    scales = [float(match["times"] or 1) if match else 1.0, 100.0 if figure.noun in COINS else 1.0]
    scales += [one.values[0] for one in known.evidence.told_figures if one.values[0] in _SCALES]
    rates = (value * scale for one, _, ratio in arithmetic.ratios(amounts) for scale in scales
             for value in (ratio, *(in_unit(ratio, one.unit, figure.unit) if one.unit and figure.unit else ())))
    sentence = sentence_at(text, figure.start)
    start = text.find(sentence)
    stated = [one.values[0] for one in figures if start <= one.start < start + len(sentence)]
    named = {*map(id, known.mentions.named_in(sentence))} if stated else set()
    bases = [amount.value for amount in amounts if id(amount.thing) in named and amount.value]
    of_stated = (one / base for one in stated for base in (*bases, *known.told_counts))  # 36 points, 1.64 a game
    return arithmetic.any_says(figure, chain(rates, of_stated))


def is_share(figure: Figure, known: Known, text: str) -> bool:
    """Return whether it is what one of several things has of all that they have, or one named amount of a thing of
    another."""
    for one in known.series:
        totals = [one.total, *(amount.value for amount in known.amounts if "total" in name_words(amount.key))]
        if any(arithmetic.says(figure, 100 * value / total) for value in one.values for total in totals if total):
            return True
    said = frozenset(words(sentence_at(text, figure.start))) | known.evidence.told_all
    is_meant = bool(said & _SHARES) or figure.step < 1  # which is no chance
    shares = (share for one, other, value in arithmetic.ratios(known.amounts)
              for share in (value, value / (1 + value) if value > 0 else 0.0)
              if {*name_terms(one.key), *name_terms(other.key)} <= said or 0 < share < 1
              and (is_meant or math.isclose(100 * share, figure.values[0]))
              and all(each.unit is None and each.value % 1 == 0 for each in (one, other)))
    return arithmetic.any_says(figure, (100 * share for share in shares))
