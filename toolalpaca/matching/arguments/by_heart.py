"""Values that whoever is asked knows by heart and people name in words: the code of a city's airport, the symbol of a
share, the scientific name of a plant, where a city lies, the number of a weekday."""

import re
from collections.abc import Sequence

from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.dates import weekdays_in
from toolalpaca.matching.language.text import stands_in
from toolalpaca.matching.language.zones import cities_that_lie

_NORTH = frozenset({"lat", "latitude"})
_DEGREES = _NORTH | {"lon", "lng", "long", "longitude"}
_WIDEST_CITY = 0.6  # degrees
_MOST_DEGREES = 180
_DAY_WORDS = frozenset({"weekday", "dow", "wday", "day", "days", "weekdays"})
_COUNTED_FROM = re.compile(
    r"(?P<first>\d)\W{1,3}(?:is |for |means |being )?\W?(?P<day>mon|sun)"
    r"|(?P<name>mon|sun)[a-z]*\W{1,3}(?:is |being )?(?P<number>\d)", re.IGNORECASE
)


def lies_where_people_said(value: float, names: frozenset[str], evidence: Evidence) -> bool:
    """Return whether a number is a degree of where the cities lie that people named, if neither they nor a result gave
    any."""
    is_north, told = bool(names & _NORTH), evidence.told_text
    if not names & _DEGREES or abs(value) > _MOST_DEGREES / (1 + is_north) or value % 1 == 0:
        return False
    if any(figure.step < 1 for figure in evidence.told_figures) or any(one.names & _DEGREES for one in evidence.leaves):
        return False
    cities = [place for city, place in cities_that_lie().items() if stands_in(city, told.lower())]
    return bool(cities) and all(abs(place[not is_north] - value) <= _WIDEST_CITY for place in cities)


def numbers_a_weekday(value: float, names: frozenset[str], about: str, evidence: Evidence) -> bool:
    """Return whether a number is that of a weekday that was said, as the document counts them, else from Monday as 1 or
    Sunday as 0."""
    said = weekdays_in(evidence.told_text) if names & _DAY_WORDS else ()
    return any(value == number for day in said for number in _numbers(day, about))


def _numbers(day: int, about: str) -> Sequence[int]:
    """Return the numbers that a weekday, from 0 for Monday, may have."""
    match = _COUNTED_FROM.search(about)
    if match is None:
        return [day + 1, (day + 1) % 7]
    first, start = int(match["first"] or match["number"]), (match["day"] or match["name"]).lower()
    if first > 1:
        return [day + 1]
    return [first + (day if start == "mon" else (day + 1) % 7)]
