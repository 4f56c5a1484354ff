"""Days that are told from today on: tomorrow, last month, this Friday, the first Monday of next month; also where the
words for them are shortened or misspelt."""

import calendar
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from difflib import SequenceMatcher
from functools import lru_cache

from toolalpaca.matching.language.dates import MONTH, MONTHS, ORDINALS, WEEKDAY, WEEKDAYS
from toolalpaca.matching.language.numbers import figures_in

_MOST_MONTHS = 12  # from one day to another of which each is told
_MISSPELT = 0.76  # from this likeness on a word is a slip of another
_DAY_NAMES = ("tomorrow", "yesterday", "today", "tonight", "next", "last", "week", "weekend", "month")
_UNIT_DAYS = {"day": 1, "week": 7}
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # with the months that they begin in
_NEXT = re.compile(
    r"\b(?P<the>the )?(?P<which>this coming|this past|this|next|coming|following|last|past|previous)\s+"
    rf"(?P<what>week|month|year|weekend|quarter|{'|'.join(_SEASONS)}|{WEEKDAY})\b"
    r"|\b(?P<day>today|tonight|now|tomorrow|yesterday|last night|this (?:morning|afternoon|evening))\b"
    r"|\b(?P<far>week|weekend|month) after next\b|\b(?P<alone>"
    rf"{WEEKDAY}|weekend)s?\b",
    re.IGNORECASE,
)
_PLACED = re.compile(
    rf"\b(?P<which>first|second|third|fourth|last) (?P<day>{WEEKDAY})s? (?:of|in) (?:the |this )?"
    rf"(?:(?P<next>next )?month|{MONTH})|\b(?P<one>{WEEKDAY}) after next\b", re.IGNORECASE
)
_COUNTED = re.compile(
    r"\b(?P<which>last|past|previous|next|coming|following) (?P<count>\d{1,3}|[a-z]+(?:-[a-z]+)?)"
    r"(?: (?:full|whole|complete))? (?P<unit>day|week|month)s\b", re.IGNORECASE
)
_MOST_COUNTED = 400
_BEYOND = re.compile(r"\bday (?P<way>after tomorrow|before yesterday)\b", re.IGNORECASE)


@lru_cache(maxsize=256)
def spelt_out(text: str) -> str:
    """Return a text with the words for days that are shortened or misspelt in it written in full: tmrw, 2day, nxt."""
    return re.sub(r"\b[a-z\d]{2,10}\b", lambda match: _in_full(match[0].lower()) or match[0], text, flags=re.IGNORECASE)


@lru_cache(maxsize=4096)
def _in_full(word: str) -> str:
    """Return the word for a day that a word is short for, by its consonants in their order, or a slip of; "" for
    none."""
    word = re.sub(r"nite$", "night", re.sub(r"^2(?=[a-z])", "to", word))
    return next((full for full in _DAY_NAMES if word == full or _is_short_for(word, full)), "")


def _is_short_for(word: str, full: str) -> bool:
    """Return whether a word is another with its vowels left out, or, of the long ones, misspelt."""
    if word[0] != full[0]:
        return False
    rest, is_long = iter(full), len(full) >= len("weekend")
    if set("aeiou").isdisjoint(word) and all(letter in rest for letter in word):
        return len(word) > 2 and is_long or word[-1] == full[-1] and (len(word) > 2 or len(full) < 5)
    is_like = len(word) > 4 and SequenceMatcher(None, word, full).ratio() > _MISSPELT
    return len(full) > len("weekend") and (word[:4] == full[:4] or is_like)


def relative_days(text: str, today: date) -> list[tuple[date, date]]:
    """Return the spans of days, first and last, that words such as `tomorrow`, `this Friday` or `last month` may
    mean."""
    spans, text = [], spelt_out(text)
    for match in _NEXT.finditer(_BEYOND.sub(" ", text)):
        word = (match["day"] or "").lower()
        if word:
            day = today + timedelta(days={"tomorrow": 1, "yesterday": -1, "last night": -1}.get(word, 0))
            spans.append((day, day))
        elif match["far"]:
            spans += [_calendar_span(match["far"].lower(), 2, today)]
        else:
            which = f"{match['the'] or ''}{match['which'] or ''}".lower()
            spans += _named_span(which, (match["what"] or match["alone"]).lower(), today)
    for match in _BEYOND.finditer(text):
        day = today + timedelta(days=2 if match["way"].startswith("after") else -2)
        spans.append((day, day))
    return spans + [(day, day) for day in placed_days(text, today)] + [*_counted_spans(text, today)]


def _counted_spans(text: str, today: date) -> Iterator[tuple[date, date]]:
    """Yield the spans that `the last seven full days` or `the next 2 weeks` may mean: with or without today."""
    for match in _COUNTED.finditer(text):
        count = next((round(figure.values[0]) for figure in figures_in(match["count"])), 0)
        if not 0 < count <= _MOST_COUNTED:
            continue
        way = -1 if match["which"].lower() in ("last", "past", "previous") else 1
        is_month = match["unit"].lower() == "month"
        far = _months_on(today, way * count) if is_month else today + timedelta(
            days=way * count * _UNIT_DAYS[match["unit"].lower()])
        near, one = today + timedelta(days=way), timedelta(days=way)
        yield from ((min(pair), max(pair)) for pair in ((today, far), (today, far - one), (near, far)))


def placed_days(text: str, today: date) -> Iterator[date]:
    """Yield the days that a weekday's place in a month may mean: the first Monday of July, of this year or the next."""
    for match in _PLACED.finditer(text):
        yield from _placed(match, today)


def _placed(match: re.Match[str], today: date) -> Iterator[date]:
    if match["one"]:
        ahead = (WEEKDAYS[match["one"].lower()] - today.weekday()) % 7 or 7
        yield from (today + timedelta(days=ahead + 7), today + timedelta(days=ahead + 14))
        return
    begin = _months_on(today.replace(day=1), 1 if match["next"] else 0)
    named = MONTHS[match["month"].lower()] if match["month"] else None
    for years in (0, 1) if named else (0,):
        first = begin.replace(year=begin.year + years, month=named or begin.month)
        days = [first + timedelta(days=number) for number in range(calendar.monthrange(first.year, first.month)[1])]
        fitting = [day for day in days if day.weekday() == WEEKDAYS[match["day"].lower()]]
        yield fitting[-1 if match["which"].lower() == "last" else ORDINALS.index(match["which"].lower())]


def _named_span(which: str, what: str, today: date) -> list[tuple[date, date]]:
    """Return the spans that `next week` or `the past month` may mean: the one in the calendar and, of the coming or
    past one, also that from or to today."""
    word = which.rpartition(" ")[2]
    step = {"next": 1, "coming": 1, "following": 1, "last": -1, "past": -1, "previous": -1}.get(word, 0)
    if what in WEEKDAYS:
        return [(day, day) for day in _weekdays_near(which.removeprefix("the "), WEEKDAYS[what], step, today)]
    if what == "weekend" and word == "coming":
        step = 0
    spans = [_calendar_span(what, step, today)]
    if what in _SEASONS:
        spans.append(_calendar_span(what, step - 1 if step else -1, today))
    if what == "weekend" and step > 0:
        spans.append(_calendar_span(what, 0, today))
    is_near = word in ("coming", "past") or which in ("the next", "the last") or what.startswith("week") and not step
    if is_near and what not in _SEASONS and (what != "weekend" or not step):
        way = -1 if step < 0 else 1
        other = today + timedelta(weeks=way) if what.startswith("week") else _months_on(today, way * _MONTHS_OF[what])
        spans.append((min(today, other), max(today, other)))
    return spans


def _weekdays_near(which: str, weekday: int, step: int, today: date) -> Iterator[date]:
    """Yield the days that a weekday may mean: `this` or `next Friday`, the one before today or the one after."""
    ahead, monday = (weekday - today.weekday()) % 7, today - timedelta(days=today.weekday())
    coming, here = today + timedelta(days=ahead or 7), monday + timedelta(days=weekday)
    if which == "this":
        yield from (here, today + timedelta(days=ahead), coming)
    elif which.endswith("coming"):
        yield coming
    elif step > 0:
        yield coming
        if coming == here:  # of this week, when the next one is a week later for some
            yield here + timedelta(weeks=1)
    elif step < 0:
        yield from (today - timedelta(days=7 - ahead), today - timedelta(days=14 - ahead))
    else:
        yield from (today + timedelta(days=ahead), today - timedelta(days=7 - ahead), coming)


_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


def _calendar_span(what: str, step: int, today: date) -> tuple[date, date]:
    """Return the first and the last day of the week, month, quarter, season or year that is so many after this one; of
    a week also the day after."""
    if what in ("week", "weekend"):
        monday = today + timedelta(days=7 * step - today.weekday())
        return monday + timedelta(days=5 if what == "weekend" else 0), monday + timedelta(days=7)
    if what in _SEASONS:
        begin = date(today.year, _SEASONS[what], 1)
        ahead = _months_on(begin, 4) < today  # over this year
        first, months = _months_on(begin, 12 * (step + ahead - (step > 0 and begin > today))), 4
    else:
        months = _MONTHS_OF[what]
        number = (today.month - 1) // months * months
        first = _months_on(date(today.year, number + 1, 1), step * months)
    return first, _months_on(first, months) - timedelta(days=1)


def _months_on(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def moved(day: date, amount: float, unit: str) -> list[date]:
    """Return the days that lie an amount of days, weeks, months or years after and before a day."""
    if amount % 1 != 0 or not 0 < amount < 4000:
        return []
    months = int(amount) * {"month": 1, "year": 12}.get(unit, 0)
    try:
        if months:
            return [_months_on(day, months), _months_on(day, -months)]
        days = timedelta(days=int(amount) * _UNIT_DAYS[unit])
        return [day + days, day - days]
    except (OverflowError, ValueError, KeyError):
        return []


_EDGE_OF_MONTH = re.compile(r"\b(?P<which>first|1st|last)(?: calendar)?(?: day)? of (?:an?|the|each|every|any) "
                            r"(?:\w+ )?month\b", re.IGNORECASE)
_ONLY_ON = re.compile(rf"\b(?:a|any|each|every|on|only) ({WEEKDAY})s?\b", re.IGNORECASE)


def days_that_fit(text: str, day: date) -> Iterator[date]:
    """Yield the days around one that a rule of an API allows: the first day of a month, on Mondays."""
    for match in _EDGE_OF_MONTH.finditer(text):
        begin = day.replace(day=1)
        off = timedelta(days=match["which"].lower() == "last")
        yield from (_months_on(begin, months) - off for months in (-1, 0, 1, 2))
    for match in _ONLY_ON.finditer(text):
        ahead = (WEEKDAYS[match[1].lower()] - day.weekday()) % 7
        yield from (day + timedelta(days=ahead + off) for off in (-7, 0, 7))


def months_between(first: date, last: date) -> Iterable[tuple[int, int]]:
    """Return the year and the month of each month from one day to another, of a year at most."""
    start, end = 12 * first.year + first.month - 1, 12 * last.year + last.month - 1
    return [(month // 12, month % 12 + 1) for month in range(start, min(end, start + _MOST_MONTHS) + 1)]
