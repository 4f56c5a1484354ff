"""Numbers that follow from the days, times, periods and cities that people spoke of: how long it is from 9:30 to 11,
the days of the coming week, the years of the nineties, the number of a weekday, the degrees where a city lies."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from toolalpaca.matching.facts.entities import things_in
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.dates import WEEKDAY, WEEKDAYS, days_in, weekdays_in
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.relative_days import relative_days
from toolalpaca.matching.language.text import listed, stands_in
from toolalpaca.matching.language.times import bare_hours, times_in
from toolalpaca.matching.language.units import in_unit, unit_named
from toolalpaca.matching.language.zones import cities_that_lie

_DECADE = re.compile(
    r"\b(?P<century>1[89]|20)?(?P<digits>\d0)s\b|\b(?P<word>twenties|thirties|forties|fifties|sixties|seventies"
    r"|eighties|nineties)\b",
    re.IGNORECASE,
)
_DECADES = {
    word: str(20 + 10 * number)
    for number, word in enumerate(listed("twenties thirties forties fifties sixties seventies eighties nineties"))
}
_SHARES = frozenset({"percent", "percentage", "pct", "share"})
_ALL_OF = re.compile(r"\b(?:all|everyone|everybody|completely|fully|entirely|whole)\b", re.IGNORECASE)
_CENTURY = re.compile(r"\b(\d\d)(?:st|nd|rd|th)[- ]century\b", re.IGNORECASE)
_PERIOD = re.compile(
    r"\b(?:(?:this|next|the|past|last|coming|previous|whole|entire|full)\s+){1,2}(?P<unit>day|week|month|year|hour)\b"
    r"|\b(?:one|another|an extra|a further) (?:more |extra |further )?(?P<more>day|week|month|year|hour)\b",
    re.IGNORECASE,
)
_HOW_OFTEN = re.compile(
    r"\b(?P<often>once|twice|thrice|[\w-]+(?= times))(?: times)? (?:an?|per|each|every|in an?) (?P<unit>[a-z]+)\b",
    re.IGNORECASE,
)
_BY_DAY = re.compile(
    r"\b(?:each|every|per|a|all the|how many) (?:days?|nights?)\b|\bdaily\b|\bnightly\b", re.IGNORECASE
)
_WEEKDAY_SAID = re.compile(rf"\b{WEEKDAY}\b", re.IGNORECASE)
_WEEKDAYS_IN_ORDER = list(WEEKDAYS)
_RELATIVE = re.compile(r"\b(?:day (?:after tomorrow|before yesterday)|tonight|tomorrow|yesterday)\b", re.IGNORECASE)
_ANY_MONDAY, _FARTHEST = date(2024, 1, 1), 31
_LONGEST_MOMENT = 30  # characters of a text that is a day or a time
_MOST_THINGS, _MOST_TIMES = 60, 8
_NORTH = frozenset({"lat", "latitude"})
_DEGREES = _NORTH | {"lon", "lng", "long", "longitude"}
_WIDEST_CITY = 0.6  # degrees
_MOST_DEGREES = 180
_DAY_WORDS = frozenset({"weekday", "dow", "wday", "day", "days", "weekdays"})
_COUNTED_FROM = re.compile(
    r"(?P<first>\d)\W{1,3}(?:is |for |means |being )?\W?(?P<day>mon|sun)"
    r"|(?P<name>mon|sun)[a-z]*\W{1,3}(?:is |being )?(?P<number>\d)", re.IGNORECASE
)


def spans_said(evidence: Evidence, names: frozenset[str]) -> set[float]:
    """Return the numbers that an argument with these words in its name may be by what was said of times and periods."""
    found: set[float] = {*_years(evidence), *_of_whole_periods(evidence, names)}
    if names & {"hour", "hours"}:
        found |= {minute // 60 for minutes in _times(evidence) for minute in minutes}
    if names & _SHARES:
        found |= {float(round(one.values[0] * 100)) for one in evidence.told_figures if one.noun == "part"}
        found |= {100.0} if _ALL_OF.search(evidence.told_text) else set()
    if names & {"nights", "days", "times", "night", "day", "time"}:
        found |= {*_nights(evidence), *_days_ahead(evidence)}
    return found | set(_durations(evidence, names)) | set(_intervals(evidence, names))


def _intervals(evidence: Evidence, names: frozenset[str]) -> Iterator[float]:
    """Yield how long it is, in an argument's unit, between two times of what is to be as often as was said: 30 seconds
    for twice a minute."""
    for wanted in filter(None, map(unit_named, names)):
        for match in _HOW_OFTEN.finditer(evidence.told_text):
            unit, often = unit_named(match["unit"]), [one.values[0] for one in figures_in(match["often"])]
            yield from in_unit(1 / often[0], unit, wanted) if unit is not None and often and often[0] else ()


def _years(evidence: Evidence) -> Iterator[float]:
    """Yield the years of the days that people named, and the first and the last of a century."""
    yield from (float(year) for mention in evidence.told_days for year, _, _ in mention.readings if year)
    for match in _CENTURY.finditer(evidence.told_text):
        first = float((int(match[1]) - 1) * 100)
        yield from (first, first + 1, first + 99, first + 100)


def decades(told: str) -> Iterator[float]:
    """Yield the first and the last year of each decade that was said: the 1980s, the nineties."""
    for match in _DECADE.finditer(told):
        first = int((match["century"] or "19") + (match["digits"] or _DECADES[match["word"].lower()]))
        yield from (float(first), float(first + 9))


def _of_whole_periods(evidence: Evidence, names: frozenset[str]) -> Iterator[float]:
    """Yield how many of an argument's unit a period is that was said without a number: seven days of `the coming
    week`."""
    for wanted in filter(None, map(unit_named, names)):
        for match in _PERIOD.finditer(evidence.told_text):
            unit = unit_named(match["unit"] or match["more"])
            yield from map(float, map(round, in_unit(1, unit, wanted))) if unit is not None else ()


def _times(evidence: Evidence) -> list[frozenset[int]]:
    """Return the times of day that people named, those without anything to tell them too."""
    return [*evidence.told_times, *bare_hours(evidence.told_text)]


def _durations(evidence: Evidence, names: frozenset[str]) -> Iterator[float]:
    """Yield how long it is, in an argument's unit, from one time of day that was said to another, and between two times
    of one thing that was shown, longer or shorter by what was said too."""
    minute = unit_named("minute")
    units = [unit for unit in map(unit_named, names) if unit is not None and unit.dimension == "duration"]
    if minute is None or not units:
        return
    told = [one for minutes in _times(evidence) for one in minutes][:_MOST_TIMES]
    spans = {float(abs(one - other)) for one in told for other in told}
    more = {
        value
        for figure in evidence.told_figures
        if figure.unit is not None
        for value in in_unit(figure.values[0], figure.unit, minute)
    }
    for thing in things_in(evidence)[:_MOST_THINGS]:
        texts = [value for _, value in thing.values if isinstance(value, str) and len(value) <= _LONGEST_MOMENT]
        times = [one for text in texts for mention in times_in(text) for one in mention.minutes][:_MOST_TIMES]
        shown = {float(abs(one - other)) for one in times for other in times if one != other}
        spans |= shown | {span + way * off for span in shown for off in more for way in (1, -1)}
    yield from (value for span in spans if span for unit in units for value in in_unit(span, minute, unit))


def _nights(evidence: Evidence) -> Iterator[float]:
    """Yield the days between two days of one thing that was shown, if people spoke of each of them."""
    for thing in things_in(evidence)[:_MOST_THINGS] if _BY_DAY.search(evidence.told_text) else ():
        texts = [value for _, value in thing.values if isinstance(value, str) and len(value) <= _LONGEST_MOMENT]
        days = [day for text in texts for mention in days_in(text) for day in mention.days()][:4]
        yield from (float(abs((one - other).days)) for one in days for other in days if one != other)


def _days_ahead(evidence: Evidence) -> Iterator[float]:
    """Yield how many days it is from today to a day that people named, today not counted and counted, and how many days
    and nights a span such as `this weekend` or `Friday to Monday` has."""
    today, told = evidence.today, evidence.told_but_of_clock
    weekdays = [_WEEKDAYS_IN_ORDER.index(match[0].lower()) for match in _WEEKDAY_SAID.finditer(told)][:_MOST_TIMES]
    for first, second in pairwise(weekdays):
        yield from (float((second - first) % 7), float((second - first) % 7 + 1))
    spans = relative_days(told, today) if today else relative_days(" ".join(_RELATIVE.findall(told)), _ANY_MONDAY)
    days = [mention.days()[0] for mention in evidence.told_days if mention.days()] if today else []
    # A week or a weekend ends before its Monday.
    ahead = [(last - (today or _ANY_MONDAY)).days - (first != last and last.weekday() == 0)
             for first, last in [*spans, *((day, day) for day in days)]]
    for off in [one for one in ahead if one >= 0] or [-one for one in ahead]:
        yield from (float(off), float(off + 1)) if off <= _FARTHEST else ()


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
