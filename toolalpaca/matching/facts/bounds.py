"""Bounds that people set, such as `under 50 euros` or `two or more`, which values of a thing they are about, and which
things are within them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from toolalpaca.core.words import akin, name_words, words
from toolalpaca.matching.facts.amounts import Amount, amounts_of
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.dates import days_in, weekdays_in
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.times import times_in
from toolalpaca.matching.language.units import in_unit
from toolalpaca.matching.language.values import number

_ABOVE = (
    r"over|above|exceed(?:s|ing)?|upwards of|(?<!the )past"
    r"|(?:more|greater|higher|longer|later|older|larger|bigger|heavier|taller) than"
)
_BELOW = r"under|below|(?:less|fewer|lower|cheaper|shorter|smaller|younger|lighter|nearer|closer) than"
_AT_LEAST = r"at least|no (?:less|fewer) than|not (?:less|fewer) than|minimum of|a minimum of|from"
_AT_MOST = r"at most|no more than|not more than|up to|within|maximum of|a maximum of|not over|not above"
_OPENING = re.compile(
    rf"\b(?:(?P<least>{_AT_LEAST})|(?P<most>{_AT_MOST})|(?P<above>{_ABOVE})|(?P<below>{_BELOW}))"
    r"\s+(?:the |about |around |[€$£])?\s*$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:\s+(?:\w+\s+)?)?(?:(?P<least>or (?:more|over|above|higher|later|longer|newer)|and (?:up|over|above|later)"
    r"|plus\b|onwards?)"
    r"|(?P<most>or (?:less|under|below|lower|fewer|earlier|shorter)|at (?:the )?most|tops|max(?:imum)?\b))",
    re.IGNORECASE,
)
_OF_CLOCK = ("hour", "minute")  # half past ten
_YEARS = range(1900, 2100)
_BOUND = re.compile(
    r"\b(?:under|over|at least|at most|up to|more than|less than|below|above|within|minimum|maximum)\b", re.IGNORECASE
)
_DAY_BOUND = re.compile(r"\b(?:before|after|from|until|since|by|next|past|later than|earlier than)\b", re.IGNORECASE)
_NEAR = 24  # characters after a word such as `before` in which what it bounds is looked for
_MOMENT = re.compile(
    r"\W*(?:the |that |this |next |last |about |around |my |our )*(?:\d|one\b|two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve|half|quarter|tomorrow|today|tonight|then|lunch|dinner|breakfast|work|school|week|month|year|weekend|summer"
    r"|spring|autumn|winter|christmas|easter|\w+(?:st|nd|rd|th)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Bound:
    """A number that a value may not pass. `least` tells whether it is the smallest one allowed, `strict` whether the
    number itself is not."""

    figure: Figure
    least: bool
    strict: bool

    def allows(self, value: float) -> bool:
        """Return whether a value in the figure's unit is within the bound."""
        limit = self.figure.values[0]
        if value == limit:
            return not self.strict
        return value > limit if self.least else value < limit

    @property
    def is_year(self) -> bool:
        """Return whether it bounds a year."""
        return self.figure.unit is None and self.figure.values[0] in _YEARS


def bounds_in(text: str) -> Iterator[Bound]:
    """Yield the bounds of a text in their order."""
    for figure in wholes(figures_in(text)):
        if figure.noun == "part":
            continue  # less than half is not an amount
        opening = _OPENING.search(text[: figure.start])
        closing = _CLOSING.match(text, figure.start + len(figure.text))
        if closing:
            yield Bound(figure, bool(closing["least"]), strict=False)
        elif opening and not (opening["least"] == "from" and figure.values[0] not in _YEARS
                              or opening["above"] == "past" and (figure.unit is None or figure.unit.name in _OF_CLOCK)):
            is_least = bool(opening["least"] or opening["above"])
            yield Bound(figure, is_least, strict=bool(opening["above"] or opening["below"]))


def bounded(bound: Bound, amounts: Sequence[Amount], said: Sequence[str]) -> list[tuple[Amount, float]]:
    """Return the amounts that a bound is about, each in its unit: those in the unit of what is measured, else those of
    the field that it counts, else those whose field's words were said."""
    figure = bound.figure
    if bound.is_year:
        return [(one, one.value) for one in amounts if name_words(one.key)[-1:] == ("year",)]
    if figure.unit is not None:
        return [(one, value) for one in amounts for value in _in_unit_of(figure, one)]
    counted = [(one, one.value) for one in amounts if _is_of([figure.noun], one)] if figure.noun else []
    return counted or [(one, one.value) for one in amounts if _is_of(said, one)]


def _in_unit_of(figure: Figure, amount: Amount) -> Iterator[float]:
    if amount.unit is None and amount.of_hundredths and figure.unit is not None and figure.unit.is_money:
        yield amount.value  # in the only currency there is
    if amount.unit is not None and figure.unit is not None:
        is_same = amount.unit.fits(figure.unit)
        yield from [amount.value] if is_same else in_unit(amount.value, amount.unit, figure.unit)


def _is_of(said: Sequence[str], amount: Amount) -> bool:
    return any(akin(part, word) for part in name_words(amount.key) for word in said)


def within_bounds(thing: Thing, rivals: Sequence[Thing], evidence: Evidence, is_day: bool) -> list[Thing]:
    """Return the things among which one is the most: those within all bounds that people set and no call was asked
    with, and the thing itself; none if it is not clear which those are."""
    told, within = evidence.told_text, list(rivals)
    if is_day:
        marks = (told[match.end() : match.end() + _NEAR] for match in _DAY_BOUND.finditer(told))
        return [] if any(map(_holds_a_moment, marks)) else within
    bounds = {one.figure.start: one for one in bounds_in(told)}
    for start in _bounding(evidence):
        fits = [_fits(bounds[start], one, told) for one in within] if start in bounds else [None]
        if None in fits:
            return []
        within = [one for one, fit in zip(within, fits, strict=True) if fit or one is thing]
    return within


def _bounding(evidence: Evidence) -> Iterator[int]:
    """Yield where the numbers stand that follow words such as `under`, of no day, and that no call was asked with."""
    told, asked = evidence.told_text, {value for leaf in evidence.asked if (value := number(leaf)) is not None}
    days = [(mention.start, mention.end) for mention in days_in(told)]
    for match in _BOUND.finditer(told):
        near = next((one for one in figures_in(told) if 0 <= one.start - match.end() < _NEAR), None)
        is_day = near is not None and any(start <= near.start < end for start, end in days)
        if near is not None and not is_day and near.values[0] not in asked:
            yield near.start


def _fits(bound: Bound, thing: Thing, told: str) -> bool | None:
    """Return whether all values of a thing that a bound may be about are within it; None if it has none."""
    found = [bound.allows(value) for _, value in bounded(bound, list(amounts_of(thing)), words(told))]
    return all(found) if found else None


def _holds_a_moment(text: str) -> bool:
    """Return whether a day or a time, in any form, follows at once."""
    near = text[:_NEAR]
    return bool(days_in(near) or times_in(near) or weekdays_in(near) or _MOMENT.match(near))
