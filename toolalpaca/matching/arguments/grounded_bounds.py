"""Grounding of the first value inside a bound that people set and that does not count itself: 4 of `more than three`,
1499 pence of `under £15`, 2 May of `before 3 May`."""

import math
import re
from collections.abc import Iterator
from datetime import date

from toolalpaca.matching.facts.bounds import Bound, bounds_in
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.relative_days import moved
from toolalpaca.matching.language.units import conversions

_BEFORE_AFTER = r"\b(?:(?P<before>before|prior to|earlier than|older than)|(?P<after>after|later than" \
                r"|newer than))\s+(?:the\s+)?(?:year\s+|start of\s+|end of\s+)?"
_OPENS = re.compile(rf"{_BEFORE_AFTER}$", re.IGNORECASE)
_YEAR = re.compile(rf"{_BEFORE_AFTER}(?P<year>(?:1[5-9]|20)\d\d)(?![\w:/-]|[.,]\d)", re.IGNORECASE)
_LEAST, _MOST = frozenset({"min", "minimum", "least", "from"}), frozenset({"max", "maximum", "most", "to"})


def is_first_inside(value: float, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a whole number is the first inside a bound, in hundredths or in another unit too."""
    bounds = [bound for text in evidence.told for bound in bounds_in(text) if bound.strict] if value % 1 == 0 else []
    return any(
        math.isclose(limit + (1 if bound.least else -1), value, rel_tol=1e-9)
        for bound in bounds if not names & (_MOST if bound.least else _LEAST) for limit in _limits(bound)
    ) or any(int(match["year"]) + (1 if match["after"] else -1) == value for match in _years(evidence))


def is_first_day_inside(day: date, evidence: Evidence) -> bool:
    """Return whether it is the day before one that people said a `before` of, or the day after, of a year too."""
    if (day.month, day.day) in ((1, 1), (12, 31)) and any(
            day.year == int(match["year"]) + (1 if match["after"] else -1) for match in _years(evidence)
            if (day.day == 1) == bool(match["after"])):
        return True
    for text in evidence.told:
        for mention in days_in(text):
            opening = _OPENS.search(text[: mention.start])
            place = slice(1, 2) if opening and opening["after"] else slice(1)
            if opening and mention.readings[0][2] and any(map(mention.fits, moved(day, 1, "day")[place])):
                return True
    return False


def _limits(bound: Bound) -> Iterator[float]:
    limit, unit = bound.figure.values[0], bound.figure.unit
    yield limit
    if unit is not None:
        yield from [limit * 100] if unit.is_money else conversions(limit, unit)


def _years(evidence: Evidence) -> Iterator[re.Match[str]]:
    return (match for text in evidence.told for match in _YEAR.finditer(text))
