"""Days of a series that people named by its ends, by its rhythm or by how many there are: each day from the 10th to
today, the last of four payments every three months, the Mondays of May."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations

from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.dates import WEEKDAY, bare_days_in, weekdays_in
from toolalpaca.matching.language.numbers import figures_in, wholes
from toolalpaca.matching.language.relative_days import moved, relative_days

_OF_EACH = re.compile(
    rf"\b(?:each|every|any|all|which|what|how many)(?: \w+){{0,4}}? (?:days?|nights?|dates?|mornings?|evenings?"
    rf"|weekdays?|{WEEKDAY}s?)\b|\bon (?:each|every|which)\b|\bdaily\b|\bnightly\b|\bday[- ]by[- ]day\b"
    rf"|\bper (?:day|night)\b|\bday (?:for|after) day\b|\b{WEEKDAY}s\b", re.IGNORECASE)
_WEEKLY = re.compile(rf"\b(?:each|every|all(?: the)?) (?:\w+ )?{WEEKDAY}s?\b|\b{WEEKDAY}s\b", re.IGNORECASE)
_UP_TO_NOW = re.compile(r"\b(?:since|so far|to date|now|as yet|until|till)\b", re.IGNORECASE)
_RHYTHM = re.compile(
    r"\b(?:every|each|once an?|per)\s+(?:(?P<many>\w+)\s+)?"
    rf"(?P<unit>day|week|fortnight|month|quarter|year|{WEEKDAY})s?\b|"
    r"\b(?P<adverb>daily|weekly|fortnightly|biweekly|monthly|quarterly|half[- ]yearly|yearly|annually|annual)\b",
    re.IGNORECASE)
_STEPS = {
    "day": (1, "day"), "daily": (1, "day"), "week": (7, "day"), "weekly": (7, "day"), "fortnight": (14, "day"),
    "fortnightly": (14, "day"), "biweekly": (14, "day"), "month": (1, "month"), "monthly": (1, "month"),
    "quarter": (3, "month"), "quarterly": (3, "month"), "half-yearly": (6, "month"), "half yearly": (6, "month"),
    "year": (12, "month"), "yearly": (12, "month"), "annually": (12, "month"), "annual": (12, "month"),
}
_LONGEST, _MOST = 31, 60  # days of a span of which each is asked for, and days of a series
_ENDS = frozenset({"last", "end", "until", "till", "to", "final"})
_BOUNDS = _ENDS | {"from", "start", "since", "begin", "first"}
_MOST_ENDS = 2
_YEARS = 1000, 9000


def is_one_of_several(day: date, said: Sequence[date], evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a day lies between two that people said, when they spoke of each of them; `said` are the days that
    they named in full. A bound, as its argument's `names` tell, is none of them, nor is what lies between the days of a
    list."""
    told = evidence.told_but_of_clock
    if not _OF_EACH.search(told) or not _BOUNDS.isdisjoint(names) or len({*said}) > _MOST_ENDS:
        return False
    said = [*filter(_is_ordinary, said)]
    weekdays = weekdays_in(" ".join(_WEEKLY.findall(told)))
    if weekdays and day.weekday() not in weekdays:
        return False
    if weekdays and any(one.readings[0][2] is None and one.fits(day) for one in evidence.told_days):
        return True
    ends = [*_ends(said, evidence)]
    return any(min(first, last) <= day <= max(first, last) for one, other in combinations(ends, 2)
               for first in one for last in other if abs((first - last).days) <= _LONGEST)


def _is_ordinary(day: date) -> bool:
    return _YEARS[0] < day.year < _YEARS[1]  # so that the days around it are in the calendar


def _ends(said: Sequence[date], evidence: Evidence) -> Iterator[list[date]]:
    """Yield what each day that people spoke of may be, in full, by its number, or from today on."""
    today, told = evidence.today, evidence.told_but_of_clock
    today = today if today and _is_ordinary(today) else None
    yield from ([day] for day in said)
    bases = [*said[:1], *([today] if today else [])][:1]
    for number in sorted(bare_days_in(told)):
        yield [min(_of_number(number, base), key=lambda one: abs((one - bases[0]).days)) for base in bases]
    if today is not None:
        weekdays = weekdays_in(told)
        yield from ([first] for first, last in relative_days(told, today)
                    if first == last and first.weekday() not in weekdays)
        yield from ([today + timedelta(days=ahead), today - timedelta(days=7 - ahead)]
                    for weekday in weekdays for ahead in [(weekday - today.weekday()) % 7 or 7])
        yield from [[today]] if _UP_TO_NOW.search(told) else []


def _of_number(number: int, base: date) -> Iterator[date]:
    """Yield the days of a month with a number, in the months around a day."""
    for month in (base, *moved(base.replace(day=1), 1, "month")):
        try:
            yield month.replace(day=number)
        except ValueError:
            continue


def is_of_rhythm(day: date, said: Sequence[date], evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a day is one of as many as people want, one every so often from a day that they said; for an end,
    as its argument's `names` tell, the last of them."""
    for match in _RHYTHM.finditer(evidence.told_but_of_clock) if len({*said}) <= _MOST_ENDS else ():
        step, unit = _STEPS.get((match["unit"] or match["adverb"]).lower(), (7, "day"))
        if match["many"]:
            step *= 2 if match["many"].lower() in ("other", "second") else next(
                (int(one.values[0]) for one in figures_in(match["many"])), 1)
        all_series = [series for start in filter(_is_ordinary, said) for series in _series(start, step, unit, evidence)]
        if any(day in (series[-1:] if names & _ENDS else series) for series in all_series):
            return True
    return False


def _series(start: date, step: int, unit: str, evidence: Evidence) -> Iterator[list[date]]:
    """Yield the days of each number of times that people said."""
    days = [start, *(after[0] for times in range(1, _MOST) if (after := moved(start, step * times, unit)))]
    yield from (days[: int(one.values[0])] for one in wholes(evidence.told_figures)
                if one.unit is None and 1 < one.values[0] <= _MOST and one.values[0] % 1 == 0)
