"""Grounding of a day: said in full or in part, relative to a day that is known, or shown by a result."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from toolalpaca.matching.arguments.grounded_bounds import is_first_day_inside
from toolalpaca.matching.arguments.grounded_numbers import completed
from toolalpaca.matching.arguments.grounded_series import is_of_rhythm, is_one_of_several
from toolalpaca.matching.arguments.grounded_spans import decades
from toolalpaca.matching.arguments.grounded_times import time_given
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.dates import WEEKDAY, bare_days_in, days_in, ordinal, weekdays_in
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.relative_days import moved, placed_days, relative_days
from toolalpaca.matching.language.times import times_in
from toolalpaca.matching.language.units import unit_named

_ORDINAL = re.compile(r"\bthe ((?:twenty|thirty)?[- ]?[a-z]+(?:st|nd|rd|th))\b", re.IGNORECASE)
_A_WEEK = re.compile(
    r"\b(?:first|second|third|last|whole|full|that|opening|entire|one)\s+(?:\w+\s+)?week\b|\bweek (?:one|two|\d)\b"
    r"|\b(?:today|tomorrow|\w+day) week\b",
    re.IGNORECASE,
)
_EDGE = re.compile(
    r"\b(?:end|beginning|start|close|rest|whole|first|last|all) (?:day )?of (?:the |this |next |last )?(?:month|year"
    r"|week)\b",
    re.IGNORECASE,
)
_NEXT_MONTH = re.compile(r"\b(?:next|last|previous|coming) month\b", re.IGNORECASE)
_THIS_MONTH = re.compile(r"\b(?:this|now|today|current\w*|so far|since|until|till|to date|and|than)\b", re.IGNORECASE)
_PART_OF_YEAR = re.compile(
    r"\bQ(?P<short>[1-4])\s*(?:of\s+|/)?(?P<year>\d{4})"
    r"|\b(?P<which>first|second|third|fourth|last) (?P<what>quarter|half) of (?P<in>\d{4})",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:weeks?|weekends?|half|beginning|start|end|middle|mid|early|late|fortnight|days?)\b", re.IGNORECASE
)
_ANOTHER_DAY = re.compile(r"\b(?:tomorrow|yesterday)\b", re.IGNORECASE)
_TODAY = re.compile(
    r"\b(?:today|now|tonight|this|current\w*|next|last|past|coming"
    r"|(?:until|till|through|and|to|by|before|or) (?:\w+ ){0,2}tomorrow"
    r"|(?:from|since|between|starting) (?:\w+ ){0,2}yesterday"
    r"|(?:tomorrow|yesterday)(?:['’]s)?(?: \w+)? (?:until|till|through|and|to|or))\b",
    re.IGNORECASE,
)
_PERIOD = r"(?:the )?(?:last|next|this|past|coming|previous) (?:week|weekend|month|quarter|year)\b"
_WHOLE_PERIOD = re.compile(rf"\b{_PERIOD}", re.IGNORECASE)
_OTHER_TIME = re.compile(  # that a span may begin or end with, beside one that is named by the calendar
    r"\b(?:now|today|tonight|tomorrow|yesterday|current\w*|so far|onwards?)\b"
    rf"|\b(?:until|till|to|through|since|before|after|by|between|and|or|than) (?:the end of |sometime )?{_PERIOD}",
    re.IGNORECASE,
)
_REPEATED = re.compile(
    rf"\b(?:{WEEKDAY}s|weekly|weeks?|fortnight|months?|after|following|any"
    rf"|(?:every|each|all)(?: other| single)? (?:days?|mornings?|evenings?|nights?|{WEEKDAY}))\b", re.IGNORECASE)
_AFTER_THAT = re.compile(
    r"\b(?:following|after (?:that|this|it|these|those|them)|(?:right|straight|just) after|afterwards|thereafter"
    r"|the \w+ after)\b",
    re.IGNORECASE,
)
_WEEKS_ON = re.compile(
    r"\b(?:a|one|(?P<many>two)) weeks? (?:on|from) (?:this |next )?\w+day\b|\b(?!to|yester)\w+day week\b", re.IGNORECASE
)
_IN_NEXT_WEEK = re.compile(r"\bnext week\b(?! (?:or|and|after))", re.IGNORECASE)
_THIS_WEEK = re.compile(
    r"\b(?:this|today|tomorrow|tonight|yesterday|last|coming|next \w+day|weeks|until|before|after)\b", re.IGNORECASE
)
_MOST_BASES, _LAST_YEAR = 4, 2500
_DAYS = {"day": 1, "week": 7}
_FROM_YEAR_TO_YEAR = re.compile(r"(?<![\w-])((?:1[5-9]|20)\d\d)\s?(?:-|–|to|until)\s?((?:1[5-9]|20)\d\d)(?![\w-])")
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 2)}
_PERIOD_OF_YEAR = re.compile(
    rf"(?P<year>(?:19|20)\d\d)(?:[-/_](?P<next>(?:20)?\d\d)|[-/_ ]?(?P<part>q[1-4]|h[12]|{'|'.join(_SEASONS)}))"
    rf"|(?P<before>q[1-4]|h[12]|{'|'.join(_SEASONS)})[-/_ ]?(?P<after>(?:19|20)\d\d)", re.IGNORECASE)
_UNIT = r"(day|night|week|month|year)"
_ONE_MORE = re.compile(
    rf"\b(?:next|following|previous|another|one more|extra) {_UNIT}\b"
    rf"|\b{_UNIT} (?:later|longer|earlier|before|after|more)\b(?! (?:tomorrow|yesterday))",
    re.IGNORECASE,
)
_NEAR = 45  # days around a known one in which `the 20th` is looked for


def moment_given(
    text: str, days: Sequence[date], evidence: Evidence, names: frozenset[str], *, literal: bool
) -> bool:
    """Return whether a day, and the time with it, was given: midnight is what a program writes when only the day was
    said."""
    times = [mention.minutes for mention in times_in(text)]
    if times and not times[0] <= {0, 1439} and not any(time_given(minutes, evidence, names) for minutes in times):
        return False
    ends = [before for day in days if times and times[0] == {0} for before in moved(day, 1, "day")[1:]]
    return any(_day_given(day, evidence, names, literal=literal) for day in (*days, *ends))


def _is_said(word: str, evidence: Evidence) -> bool:
    return bool(re.search(rf"\b{word}\b", evidence.told_text, re.IGNORECASE))


def _day_given(day: date, evidence: Evidence, names: frozenset[str], *, literal: bool) -> bool:
    told = days_in(evidence.told_text) if literal else evidence.told_days
    if any(mention.readings[0][2] and mention.fits(day) for mention in told):
        return True
    return not (literal or _is_today_by_mistake(day, evidence) or _is_other_week(day, evidence)) and (
        day == evidence.today
        or any(mention.readings[0][2] and mention.fits(day) for mention in evidence.observed_days)
        or _numbered_day(day, evidence)
        or any(first <= day <= last for first, last in _relative_days(evidence))
        or day in _weekdays_of_weeks(evidence)
        or _weekday_near_a_day(day, evidence)
        or not _is_that_weekday_later(day, evidence) and any(
            day in moved(known, amount, unit) for known in _known_days(evidence) for amount, unit in _shifts(evidence))
        or _in_a_period(day, evidence)
        or is_first_day_inside(day, evidence)
        or is_one_of_several(day, _told_days(evidence), evidence, names)
        or is_of_rhythm(day, _told_days(evidence), evidence, names)
    )


def _is_today_by_mistake(day: date, evidence: Evidence) -> bool:
    """Return whether it is today where people spoke of tomorrow or yesterday only."""
    told = evidence.told_but_of_clock
    return day == evidence.today and bool(_ANOTHER_DAY.search(told)) and not _TODAY.search(told)


def is_bound_by_mistake(days: Sequence[date], names: frozenset[str], evidence: Evidence) -> bool:
    """Return whether a span that people named by the calendar, last month or next week, and no other time with it, is
    to begin or to end on a day that is not in it."""
    told, today = evidence.told_but_of_clock, evidence.today
    if today is None or not _WHOLE_PERIOD.search(told):
        return False
    rest = _WHOLE_PERIOD.sub(" ", told)
    if _OTHER_TIME.search(told) or days_in(rest) or weekdays_in(rest):
        return False
    spans = [(first - timedelta(days=1), last) for first, last in relative_days(told, today)]
    seen = [one for one in days if any(mention.fits(one) for mention in evidence.observed_days)]
    return not seen and not any(first <= day <= last for day in days for first, last in spans)


def _is_other_week(day: date, evidence: Evidence) -> bool:
    """Return whether it is the weekday that people said, but of another week than they said it of: a week on Monday,
    the first Monday of next month, Monday of next week."""
    meant = set(_weekdays_of_weeks(evidence)) if evidence.today else set()
    return day not in meant and any(one.weekday() == day.weekday() and abs((one - day).days) < _NEAR for one in meant)


def _weekdays_of_weeks(evidence: Evidence) -> Iterator[date]:
    """Yield the days that a weekday and its week make, from today on."""
    today, told = evidence.today, evidence.told_but_of_clock
    weekdays = weekdays_in(told)
    if today is None or len(weekdays) != 1:
        return
    weekday, weeks = min(weekdays), [*_WEEKS_ON.finditer(told)]
    if weeks:
        ahead = (weekday - today.weekday()) % 7 or 7
        yield today + timedelta(days=ahead + 7 * (2 if weeks[0]["many"] else 1))
    elif placed := [*placed_days(told, today)]:
        yield from placed
    elif _IN_NEXT_WEEK.search(told) and not _THIS_WEEK.search(told):
        yield today + timedelta(days=7 + weekday - today.weekday())


def _is_that_weekday_later(day: date, evidence: Evidence) -> bool:
    """Return whether it is the one weekday that people said, once, but none that they may mean by it."""
    told, weekdays = evidence.told_but_of_clock, weekdays_in(evidence.told_but_of_clock)
    if evidence.today is None or weekdays != {day.weekday()} or _REPEATED.search(told):
        return False
    return not any(first <= day <= last for first, last in relative_days(told, evidence.today))


def _relative_days(evidence: Evidence) -> list[tuple[date, date]]:
    """Return the spans of days that were named from today on, and from a day that was said if they are to follow it."""
    bases = [evidence.today] if evidence.today else []
    bases += _told_days(evidence)[:_MOST_BASES] if _AFTER_THAT.search(evidence.told_text) else []
    return [span for base in bases for span in relative_days(evidence.told_but_of_clock, base)]


def _numbered_day(day: date, evidence: Evidence) -> bool:
    """Return whether it was said as `the 20th`, of a month that was said or of the weeks around a known day, or as `the
    first` of a month that was said."""
    readings = [reading for mention in evidence.told_days for reading in mention.readings]
    in_month = any(month == day.month and year in (None, day.year) for year, month, _ in readings)
    if day.day not in bare_days_in(evidence.told_text):
        return in_month and any(ordinal(match) == day.day for match in _ORDINAL.findall(evidence.told_text))
    near = [*_told_in_full(evidence), *([evidence.today] if evidence.today else [])]
    return in_month or any(abs((day - known).days) <= _NEAR for known in near)


def _told_in_full(evidence: Evidence) -> list[date]:
    return [day for mention in evidence.told_days for day in mention.days()]


def _weekday_near_a_day(day: date, evidence: Evidence) -> bool:
    """Return whether its weekday was said and it lies within a week after a day that was: Monday to Friday in the week
    of 3 March."""
    return day.weekday() in weekdays_in(evidence.told_text) and any(
        0 <= (day - said).days < 7 for said in _told_days(evidence))


def _told_days(evidence: Evidence) -> list[date]:
    """Return the days that were said, those without a year in the one that was said beside them."""
    said = _told_in_full(evidence)
    base = said or [date(year, 1, 1) for year in sorted(_years_said(evidence))[:1] if year < _LAST_YEAR]
    base = base or [evidence.today or date(2025, 1, 1)]
    return said + [day for mention in evidence.told_days for day in completed(mention.readings, base)]


def _known_days(evidence: Evidence) -> list[date]:
    named = [first for first, last in _relative_days(evidence) if first == last]
    seen = [day for mention in evidence.observed_days for day in mention.days()]
    today = [evidence.today] if evidence.today else []
    return list(dict.fromkeys([*_told_days(evidence), *named, *seen, *today]))[:60]


def _shifts(evidence: Evidence) -> list[tuple[float, str]]:
    """Return how far a person asked for a day to be moved, or a refusal demanded: by a week, for three nights, to the
    following day."""
    refused = [figure for one in evidence.results if not one.seen.succeeded for figure in figures_in(one.seen.text)]
    found = [
        (figure.values[0], figure.unit.name)
        for figure in (*evidence.told_figures, *refused)
        if figure.unit is not None and figure.unit.name in ("day", "week", "month", "year")
    ]
    found += [(6, "day"), (7, "day")] if _A_WEEK.search(evidence.told_text) else []
    units = [unit_named(name) for pair in _ONE_MORE.findall(evidence.told_text) for name in pair if name]
    found += [(1, unit.name) for unit in units if unit is not None]
    in_days = [(amount * _DAYS[unit], "day") for amount, unit in found if unit in _DAYS]
    return [*dict.fromkeys(found), *((amount - 1, unit) for amount, unit in in_days if amount > 1)]


def _in_a_period(day: date, evidence: Evidence) -> bool:
    """Return whether it is the first or last day of a month, a quarter, a season or a year that was said, of this month
    and the next if there is a clock, or any day of a month of which a part was said."""
    told = evidence.told_text
    in_month = any(
        number is None and year in (None, day.year) and day.month == month
        for mention in evidence.told_days for year, month, number in mention.readings
    )
    if in_month and _PART.search(told):
        return True
    if day.day != 1 and any(after.month == day.month for after in moved(day, 1, "day")[:1]):
        return False
    return (
        in_month
        or any(_is_within(day, *part) for part in _parts_of_years(told))
        or any(day.month in months and _is_said(season, evidence) for season, months in _SEASONS.items())
        or _is_at_an_edge(day, evidence)
        or (day.year in _years_said(evidence) and (day.month, day.day) in ((1, 1), (12, 31)))
    )


def _is_at_an_edge(day: date, evidence: Evidence) -> bool:
    """Return whether people spoke of the beginning or the end of a week, a month or a year near today; of the first of
    next month that month has to be meant."""
    match = _EDGE.search(evidence.told_text) if evidence.today else None
    if match is None or evidence.today is None:
        return False
    spans = relative_days(match[0], evidence.today) if _NEXT_MONTH.search(match[0]) else []
    near = abs((day - evidence.today).days) <= 366
    return near and (not spans or any(first <= day <= last for first, last in spans))


def is_end_of_month(day: date, evidence: Evidence) -> bool:
    """Return whether it is the first or the last day of a month of which people named all, and no part."""
    is_end = day.day == 1 or any(after.month != day.month for after in moved(day, 1, "day")[:1])
    return is_end and not _PART.search(evidence.told_text) and any(
        number is None and year in (None, day.year) and day.month == month
        for mention in evidence.told_days for year, month, number in mention.readings
    )


def _years_said(evidence: Evidence) -> set[int]:
    """Return the years that people said, alone, as the ends of a span, or as a decade."""
    figures = (figure for figure in evidence.told_figures if 1000 < figure.values[0] < 3000 and figure.step == 1)
    spans = (int(year) for match in _FROM_YEAR_TO_YEAR.finditer(evidence.told_text) for year in match.groups())
    return {*(int(figure.values[0]) for figure in figures), *spans, *map(int, decades(evidence.told_text))}


def _parts_of_years(told: str) -> Iterator[tuple[date, date]]:
    """Yield a day of the first and one of the last month of each quarter and half of a year that was said."""
    for match in _PART_OF_YEAR.finditer(told):
        months = 6 if match["what"] and match["what"].lower() == "half" else 3
        place = {"first": 1, "second": 2, "third": 3, "fourth": 4}.get((match["which"] or "").lower(), 12 // months)
        last = min(12, months * (int(match["short"]) if match["short"] else place))
        year = int(match["year"] or match["in"])
        yield date(year, last - months + 1, 1), date(year, last, 28)


def _is_within(day: date, first: date, last: date) -> bool:
    """Return whether a day's month is one of those from one to another."""
    return (first.year, first.month) <= (day.year, day.month) <= (last.year, last.month)


def period_given(text: str, evidence: Evidence, *, literal: bool) -> bool:
    """Return whether a month such as 2025-01 was given: said as January 2025, or as `last month` to an assistant that
    looks at the clock, or in a quarter or a year that was said."""
    if not literal and _named_period_given(text, evidence):
        return True
    found = days_in(text)
    if len(found) != 1 or found[0].end - found[0].start != len(text.strip()):
        return False
    year, month, _ = found[0].readings[0]
    told, today = [reading for mention in evidence.told_days for reading in mention.readings], evidence.today
    years: set[int | None] = {said for said, _, _ in told if said} or {None, year}
    if any(named == month and (said == year or said is None and year in years) for said, named, _ in told):
        return True
    is_this = today is not None and (year, month) == (today.year, today.month)
    if is_this and _NEXT_MONTH.search(evidence.told_text) and not _THIS_MONTH.search(evidence.told_text):
        return False
    seen = [] if literal else [reading for mention in evidence.observed_days for reading in mention.readings]
    if any(named == month and said in (None, year) for said, named, _ in seen):
        return True
    spans = [*_relative_days(evidence), *_parts_of_years(evidence.told_text)]
    spans += [(date(said, 1, 1), date(said, 12, 31)) for said in _years_said(evidence) if not evidence.told_days]
    return year is not None and any(_is_within(date(year, month, 1), *span) for span in spans)


def _named_period_given(text: str, evidence: Evidence) -> bool:
    """Return whether a year with one of its seasons, quarters or halves (2026-spring, 2026Q1, H2 2025), or two years in
    a row (2025/26), is one that was named, or that a day lies in which people named or which is today."""
    match = _PERIOD_OF_YEAR.fullmatch(text.strip())
    if match is None:
        return False
    year = int(match["year"] or match["after"])
    if match["next"]:
        is_next = int(match["next"]) % 100 == (year + 1) % 100
        return is_next and _is_in_told(date(year, 7, 1), date(year + 1, 6, 30), evidence)
    what = (match["part"] or match["before"]).lower()
    if what in _SEASONS:
        begin, end = _SEASONS[what]
        if _is_said(what, evidence) and year in {*_years_said(evidence), evidence.today and evidence.today.year}:
            return True
    else:
        months = 3 if what.startswith("q") else 6
        end = months * int(what[-1])
        begin = end - months + 1
    first, last = date(year, begin, 1), date(year + (end < begin), end, 28)
    return _is_in_told(first, last, evidence)


def _is_in_told(first: date, last: date, evidence: Evidence) -> bool:
    """Return whether a day that people named, or a month with its year, or else today, lies in the months between two
    days."""
    readings = (reading for mention in evidence.told_days for reading in mention.readings)
    told = [date(year, month, day or 1) for year, month, day in readings if year]
    told = told or [day for span in _relative_days(evidence) for day in span]
    told = told or ([evidence.today] if evidence.today else [])
    return any(_is_within(day, first, last) for day in told)
