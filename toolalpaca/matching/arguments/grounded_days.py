"""Grounding of a day or a time: said in full or in part, relative to a day that is known, or shown by a result."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from toolalpaca.matching.arguments.grounded_numbers import completed
from toolalpaca.matching.arguments.grounded_spans import decades
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.dates import days_in, moved, ordinal, relative_days, weekdays_in
from toolalpaca.matching.language.times import bare_hours, times_in

_NUMBERED = re.compile(r"\bthe (\d{1,2})(?:st|nd|rd|th)\b(?! of)", re.IGNORECASE)
_ORDINAL = re.compile(r"\bthe ((?:twenty|thirty)?[- ]?[a-z]+(?:st|nd|rd|th))\b", re.IGNORECASE)
_A_WEEK = re.compile(
    r"\b(?:first|second|third|last|whole|full|that|opening|entire|one)\s+(?:\w+\s+)?week\b|\bweek (?:one|two|\d)\b",
    re.IGNORECASE,
)
_EDGE = re.compile(
    r"\b(?:end|beginning|start|close|rest|whole|first|last|all) (?:day )?of (?:the |this |next |last )?(?:month|year"
    r"|week)\b",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    r"\bQ(?P<short>[1-4])\s*(?:of\s+|/)?(?P<year>\d{4})|\b(?P<long>first|second|third|fourth"
    r"|last) quarter of (?P<in>\d{4})",
    re.IGNORECASE,
)
_HALF = re.compile(r"\b(?P<which>first|second) half of (?P<year>\d{4})", re.IGNORECASE)
_PART = re.compile(
    r"\b(?:weeks?|weekends?|half|beginning|start|end|middle|mid|early|late|fortnight|days?)\b", re.IGNORECASE
)
_DAYS = {"day": 1, "week": 7}
_FROM_YEAR_TO_YEAR = re.compile(r"(?<![\w-])((?:1[5-9]|20)\d\d)\s?(?:-|–|to|until)\s?((?:1[5-9]|20)\d\d)(?![\w-])")
_PARTS = {"morning": (300, 720), "lunch": (660, 840), "afternoon": (720, 1080), "evening": (1020, 1440),
          "tonight": (1020, 1440), "night": (1200, 1440)}
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 2)}
_UNIT_WORDS = {"day": "day", "night": "day", "week": "week", "fortnight": "day", "month": "month", "year": "year"}


def moment_given(text: str, days: Sequence[date], evidence: Evidence, *, literal: bool) -> bool:
    """Return whether a day, and the time with it, was given: midnight is what a program writes when only the day was
    said."""
    times = [mention.minutes for mention in times_in(text)]
    if times and not times[0] <= {0, 1439} and not any(
        time_given(one, evidence) or _in_part_of_day(one, evidence) for one in times
    ):
        return False
    is_end_of_day = bool(times) and times[0] == {0} and not literal
    ends = [day - timedelta(days=1) for day in days if is_end_of_day]
    return any(_day_given(day, evidence, literal=literal) for day in (*days, *ends))


def time_given(minutes: frozenset[int], evidence: Evidence) -> bool:
    return (
        _in_part_of_day(minutes, evidence)
        or any(minutes & said for said in (*evidence.told_times, *bare_hours(evidence.told_text)))
        or bool(minutes & evidence.observed_times)
    )


def _in_part_of_day(minutes: frozenset[int], evidence: Evidence) -> bool:
    """Return whether a time is a full hour in a part of the day that was said, which has no fixed beginning and end; or
    the clock's, if people spoke of the hours up to now."""
    said = [span for name, span in _PARTS.items() if re.search(rf"\b{name}\b", evidence.told_text, re.IGNORECASE)]
    return any(minute % 60 == 0 and first <= minute <= last for minute in minutes for first, last in said) or bool(
        evidence.today and re.search(r"\bhours?\b", evidence.told_text, re.IGNORECASE)
    )


def _day_given(day: date, evidence: Evidence, *, literal: bool) -> bool:
    if any(
        mention.readings[0][2] and mention.fits(day) and _year_fits(day, mention.readings, evidence)
        for mention in evidence.told_days
    ):
        return True
    if literal:
        return False
    if any(mention.readings[0][2] and mention.fits(day) for mention in evidence.observed_days) or _numbered_day(
        day, evidence
    ):
        return True
    if evidence.today and any(
        first <= day <= last for first, last in relative_days(evidence.told_text, evidence.today)
    ):
        return True
    if _weekday_near_a_day(day, evidence):
        return True
    return any(
        day in moved(known, amount, unit) for known in _known_days(evidence) for amount, unit in _shifts(evidence)
    ) or (_edge_of_period(day, evidence))


def _numbered_day(day: date, evidence: Evidence) -> bool:
    """Return whether it was said as `the 20th`, of the month of another day that is known or of the weeks around today,
    or as `the first` of a month that was said."""
    readings = [reading for mention in evidence.told_days for reading in mention.readings]
    in_month = any(month == day.month and year in (None, day.year) for year, month, _ in readings)
    if not any(int(match) == day.day for match in _NUMBERED.findall(evidence.told_text)):
        return in_month and any(ordinal(match) == day.day for match in _ORDINAL.findall(evidence.told_text))
    near = [
        *([evidence.today] if evidence.today else []),
        *(known for mention in evidence.told_days for known in mention.days()),
    ]
    return in_month or any(abs((day - known).days) <= 45 for known in near)


def _weekday_near_a_day(day: date, evidence: Evidence) -> bool:
    """Return whether its weekday was said and it lies within a week after a day that was: Monday to Friday in the week
    of 3 March."""
    return any(
        day.weekday() in weekdays_in(text)
        and any(0 <= (day - said).days < 7 for mention in days_in(text) for said in mention.days())
        for text in evidence.told
    )


def _year_fits(day: date, readings: Sequence[tuple[int | None, int, int | None]], evidence: Evidence) -> bool:
    """Return whether the year is one that was said, if the day was said without it; a clock decides if there is one."""
    if any(year for year, _, _ in readings):
        return True
    said = {year for mention in evidence.told_days for year, _, _ in mention.readings if year}
    said |= {
        int(figure.values[0]) for figure in evidence.told_figures if 1000 < figure.values[0] < 3000 and figure.step == 1
    }
    if said:
        return day.year in said or day.year - 1 in said
    return evidence.today is None or abs((day - evidence.today).days) <= 370


def _known_days(evidence: Evidence) -> list[date]:
    said = [day for mention in evidence.told_days for day in mention.days()]
    partial = [
        day
        for mention in evidence.told_days
        for day in completed(mention.readings, said or [evidence.today or date(2025, 1, 1)])
    ]
    seen = [day for mention in evidence.observed_days for day in mention.days()]
    return list(dict.fromkeys([*said, *partial, *seen, *([evidence.today] if evidence.today else [])]))[:60]


def _shifts(evidence: Evidence) -> list[tuple[float, str]]:
    """Return how far a person asked for a day to be moved: by a week, for three nights."""
    found = [
        (figure.values[0], figure.unit.name)
        for figure in evidence.told_figures
        if figure.unit is not None
        and figure.unit.dimension == "duration"
        and figure.unit.name in ("day", "week", "month", "year")
    ]
    if _A_WEEK.search(evidence.told_text):
        found += [(6, "day"), (7, "day")]
    if re.search(r"\b(?:weekend|overnight)\b", evidence.told_text, re.IGNORECASE):
        found += [(1, "day"), (2, "day")]
    found += [
        (1, unit)
        for word, unit in _UNIT_WORDS.items()
        if re.search(
            rf"\b(?:(?:next|following|previous|another|one more|extra) {word}|{word} (?:later|longer|earlier|before"
            rf"|after|more))\b",
            evidence.told_text,
            re.IGNORECASE,
        )
    ]
    in_days = [(amount * _DAYS[unit], "day") for amount, unit in found if unit in _DAYS]
    return [*dict.fromkeys(found), *((amount - 1, unit) for amount, unit in in_days if amount > 1)]


def _edge_of_period(day: date, evidence: Evidence) -> bool:
    """Return whether it is the first or last day of a month, a quarter or a year that was said; of this month and the
    next if there is a clock."""
    is_edge = day.day == 1 or day == date.max or (day + timedelta(days=1)).month != day.month
    if is_edge and evidence.today and _EDGE.search(evidence.told_text) and abs((day - evidence.today).days) <= 366:
        return True
    for match in _QUARTER.finditer(evidence.told_text):
        quarter = int(match["short"] or {"first": 1, "second": 2, "third": 3}.get(match["long"].lower(), 4))
        if is_edge and day.year == int(match["year"] or match["in"]) and (day.month - 1) // 3 + 1 == quarter:
            return True
    for season, months in _SEASONS.items():
        if is_edge and day.month in months and re.search(rf"\b{season}\b", evidence.told_text, re.IGNORECASE):
            return True
    for mention in evidence.told_days:
        for year, month, number_ in mention.readings:
            if number_ is None and year in (None, day.year) and day.month == month and is_edge:
                return True
            if number_ is None and year in (None, day.year) and day.month == month and _PART.search(evidence.told_text):
                return True
    years = {
        int(figure.values[0]) for figure in evidence.told_figures if 1000 < figure.values[0] < 3000 and figure.step == 1
    }
    years |= {int(year) for match in _FROM_YEAR_TO_YEAR.finditer(evidence.told_text) for year in match.groups()}
    years |= set(map(int, decades(evidence.told_text)))
    return day.year in years and (day.month, day.day) in ((1, 1), (12, 31))


def _periods(evidence: Evidence) -> list[tuple[date, date]]:
    """Return the first and the last day of each quarter, half and whole year that was said, and from one month to
    another."""
    found = []
    for match in _QUARTER.finditer(evidence.told_text):
        quarter = int(match["short"] or {"first": 1, "second": 2, "third": 3}.get(match["long"].lower(), 4))
        year = int(match["year"] or match["in"])
        found.append((date(year, 3 * quarter - 2, 1), date(year, 3 * quarter, 28)))
    for match in _HALF.finditer(evidence.told_text):
        first = 1 if match["which"].lower() == "first" else 7
        found.append((date(int(match["year"]), first, 1), date(int(match["year"]), first + 5, 28)))
    years = {int(one.values[0]) for one in evidence.told_figures if 1900 < one.values[0] < 2100 and one.step == 1}
    months = [(year, month) for mention in evidence.told_days for year, month, _ in mention.readings]
    years |= {year for year, _ in months if year}
    if len(months) > 1:
        found += [
            (date(year, min(month for _, month in months), 1), date(year, max(month for _, month in months), 28))
            for year in years
        ]
    elif not months:
        found += [(date(year, 1, 1), date(year, 12, 31)) for year in years]
    return found


def period_given(text: str, evidence: Evidence, *, literal: bool) -> bool:
    """Return whether a month such as 2025-01 was given: said as January 2025, or as `last month` to an assistant that
    looks at the clock."""
    found = days_in(text)
    if len(found) != 1 or found[0].end - found[0].start != len(text.strip()):
        return False
    year, month, _ = found[0].readings[0]
    known = [*evidence.told_days, *(() if literal else evidence.observed_days)]
    if any(reading[1] == month and reading[0] in (None, year) for mention in known for reading in mention.readings):
        return True
    spans = relative_days(evidence.told_text, evidence.today) if evidence.today and year else []
    spans += _periods(evidence)
    return any((first.year, first.month) <= (year, month) <= (last.year, last.month) for first, last in spans)
