"""Numbers that an answer ties to the name of one field and that are the value of another field of the same thing."""

import re
from collections.abc import Container, Iterator, Sequence
from typing import Any

from toolalpaca.core.words import akin, name_terms, name_words, singular, words
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.amounts import amounts_of
from toolalpaca.matching.facts.entities import ID_ENDINGS, Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.clauses import Clause, clauses_of
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.units import PRICE_WORDS, unit_of_key

_GENERIC = frozenset(
    words("result value total amount number figure converted count data answer quantity sum output price score")
)
_FUNCTION_WORDS = frozenset(words("out per for with from and the off"))
_NO_NOUNS = ("", "is", "was", "are", "were")  # after a number that counts nothing
_TIED = re.compile(r"(?P<name>[A-Za-z]+)\s+(?:of|is|was|are|at)\s+[€$£]?\s?$")
_WORD_BEFORE = re.compile(r"\b([A-Za-z]{3,}) $")


def other_field(answer: str, known: Known) -> Iterator[str]:
    """Yield the figures that an answer ties to the name of one field when they are the value of another field of the
    same thing."""
    told = {value for figure in known.evidence.told_figures for value in figure.values}
    fields, around = _fields(known, told), known.evidence.told_all | frozenset(words(answer))
    parts = clauses_of(answer)
    stated = [(one, frozenset(words(part.text)), part.sentence) for part in parts for one in figures_in(part.text)]
    for part in parts:
        for figure in figures_in(part.text):
            if figure.values[0] in told or figure.worded or (figure.values[0] < 10 and figure.step == 1):
                continue
            for key, other in _other_field(figure, fields, part, stated):
                if not _is_short_for(other, key, around):
                    yield f"{figure.text} is the {key}, not the {other}"


def _fields(
    known: Known, told: Container[float]
) -> list[tuple[Thing, dict[str, float], dict[str, frozenset[str]]]]:
    """Return the numbers of each thing, and the words that name them alone: none for those that people gave."""
    found = []
    for thing in known.things:
        numbers = {amount.key: amount.value for amount in amounts_of(thing) if amount.key}
        if len(numbers) > 1:
            found.append((thing, numbers, {key: _own_words(key, numbers) if value not in told else frozenset()
                                           for key, value in numbers.items()}))
    return found


def _own_words(key: str, numbers: dict[str, float]) -> frozenset[str]:
    """Return the words of a field's name that no other field's name has."""
    others = {word for other in numbers if other != key for word in name_terms(other)}
    return frozenset(word for word in name_terms(key) if len(word) > 2 and word not in others | _FUNCTION_WORDS)


def _other_field(
    figure: Figure, fields: Sequence[Any], part: Clause, everywhere: Sequence[tuple[Figure, frozenset[str], str]]
) -> Iterator[tuple[str, str]]:
    """Yield the field whose value a figure is, and the one to whose name it is tied."""
    said = frozenset(words(part.text))
    whole = frozenset(words(part.sentence)) if part.in_table else said
    holders = [
        (thing, key, names, numbers)
        for thing, numbers, names in fields
        for key, value in numbers.items()
        if arithmetic.says(figure, value)
    ]
    counted = _counted_field(figure, part.text, fields)
    has_unit = any(_is_in_unit_of(figure, key) for _, key, _, _ in holders)
    kinds = {key for key in counted for _, holder, _, _ in holders if _is_kind_of(holder, key)}
    counted = {key for key in counted - kinds if not has_unit or _is_in_unit_of(figure, key)}
    if holders and counted and not any(key in counted for _, key, _, _ in holders):
        yield holders[0][1], min(counted)
        return
    if not holders or any(_is_said(names[key], whole) or _is_generic(key, names[key]) for _, key, names, _ in holders):
        return
    given = {
        word
        for _, key, names, numbers in holders
        for other, value in numbers.items()
        if other != key and any(arithmetic.says(one, value) and names[other] & beside for one, beside, _ in everywhere)
        for word in names[other]
    }
    for _, key, names, numbers in holders:
        for other, value in numbers.items():
            if (
                other != key
                and name_words(other)[-1] not in ID_ENDINGS
                and not ((has_unit or figure.unit and unit_of_key(other)) and not _is_in_unit_of(figure, other))
                and (names[other] & said - given or _stands_before(figure, part.text, names[other]))
                and (figure.noun in _NO_NOUNS or singular(figure.noun) in name_terms(other)
                     or _is_in_unit_of(figure, other))
                and (_stands_before(figure, part.text, names[other])
                     or not any(arithmetic.says(one, value) and (names[other] & beside or sentence != part.sentence)
                                for one, beside, sentence in everywhere))
                and not arithmetic.says(figure, value)
            ):
                yield key, other
                return


def _is_generic(key: str, names: frozenset[str]) -> bool:
    """Return whether a field's name may be said of any number, as `total`; not if it has a sign of its own, as p95."""
    return names <= _GENERIC and not any(map(str.isdigit, key))


def _is_short_for(name: str, key: str, around: frozenset[str]) -> bool:
    """Return whether a field's name is the end of the other's and its beginning was said: beds for the free beds."""
    short, whole = name_terms(name), name_terms(key)
    return len(short) < len(whole) and whole[-len(short):] == short and set(whole[: -len(short)]) <= around


def _is_kind_of(key: str, other: str) -> bool:
    """Return whether a field's name begins with another's, so that its value may be called so too: the points left."""
    return name_words(key)[: len(name_words(other))] == name_words(other)


def _is_said(names: frozenset[str], said: frozenset[str]) -> bool:
    """Return whether a word of a field's name was said, in any form."""
    return any(akin(name, word) for name in names for word in said)


def _is_in_unit_of(figure: Figure, key: str) -> bool:
    """Return whether a figure has the unit that a field's name gives, or is money of a field for that."""
    if figure.unit is None:
        return False
    unit = unit_of_key(key)
    if unit is None:
        return figure.unit.is_money and bool(PRICE_WORDS & {*name_words(key)})
    return unit.fits(figure.unit)


def _counted_field(figure: Figure, text: str, fields: Sequence[Any]) -> set[str]:
    """Return the fields whose own name stands right after a figure, as in `537 wins`, or right before it, as in `rank
    537`."""
    before = _WORD_BEFORE.search(text[: figure.start])
    near = {singular(figure.noun), singular(before[1].lower()) if before and not figure.noun else ""} - {"", *_GENERIC}
    return {key for _, numbers, names in fields for key in numbers
            if near & names[key] and len(names[key]) == 1 and name_words(key)[-1] not in ID_ENDINGS}


def _stands_before(figure: Figure, text: str, names: frozenset[str]) -> bool:
    """Return whether one of the words is tied to a figure at once, as in a deposit of €1,350, alone in its clause."""
    tied = _TIED.search(text[: figure.start])
    return tied is not None and bool(set(words(tied["name"])) & names) and len(figures_in(text)) == 1
