"""Bounds that people set, such as `under 50 euros` or `two or more`, and which values of a thing they are about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from toolalpaca.core.words import akin, name_words
from toolalpaca.matching.facts.amounts import Amount
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.units import in_unit

_ABOVE = (
    r"over|above|exceed(?:s|ing)?|upwards of"
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
_YEARS = range(1900, 2100)


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
        elif opening and not (opening["least"] == "from" and figure.values[0] not in _YEARS):
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
    if amount.unit is not None and figure.unit is not None:
        is_same = amount.unit.fits(figure.unit)
        yield from [amount.value] if is_same else in_unit(amount.value, amount.unit, figure.unit)


def _is_of(said: Sequence[str], amount: Amount) -> bool:
    return any(akin(part, word) for part in name_words(amount.key) for word in said)
