"""Days as people write them: what a text names, whole or in part, in any usual form."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from toolalpaca.matching.language.text import contains_any, listed

MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
_SHORT_WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_abbr)} | {
    "tues": 1, "wednes": 2, "thur": 3, "thurs": 3,
}
ORDINALS = listed(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
_DAY_WORDS = (
    {name: number for number, name in enumerate(ORDINALS, start=1)}
    | {
        f"{tens}{sep}{name}": base + number
        for tens, base in (("twenty", 20), ("thirty", 30))
        for sep in "- "
        for number, name in enumerate(ORDINALS[:9], start=1)
        if base + number <= 31
    }
    | {"thirtieth": 30}
)
_FEASTS = {
    "new year's eve": (12, 31), "new year's day": (1, 1), "christmas eve": (12, 24), "christmas day": (12, 25),
    "boxing day": (12, 26), "halloween": (10, 31), "valentine's day": (2, 14), "christmas": (12, 25),
}

MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
WEEKDAY = "(?:" + "|".join(WEEKDAYS) + ")"
_ANY_WEEKDAY = "(?:" + "|".join((*WEEKDAYS, *sorted(_SHORT_WEEKDAYS, key=len, reverse=True))) + r")\b\.?"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_WORD_DAY = "(?:" + "|".join(sorted(_DAY_WORDS, key=len, reverse=True)) + ")"
_ANY_DAY = rf"(?:{_DAY}|{_WORD_DAY})"
_JOIN = r"\s*(?:,|-|–|—|/|&|\bto\b|\buntil\b|\btill\b|\bthrough\b|\band\b|\bor\b)\s*(?:the\s+)?"
_JOIN += rf"(?:{_ANY_WEEKDAY},?\s+)?(?:the\s+)?"
_YEAR = r"(?:(?:[^\S\n]+(?:in\s+|of\s+)?(?=\d)|,[^\S\n]+(?=(?:1\d|2[01])\d\d\b))"
_YEAR += r"(?P<year>\d{4})\b(?!\s*(?:[.:]\d)))?"
_DAY_FIRST = re.compile(
    rf"(?<![\d:])\b(?P<days>(?:{_ANY_DAY}{_JOIN}){{0,30}}{_ANY_DAY})\s*(?:of\s+)?{MONTH}{_YEAR}", re.IGNORECASE
)
_MONTH_FIRST = re.compile(
    rf"\b{MONTH}\s+(?:the\s+)?"
    rf"(?P<days>{_ANY_DAY}(?:{_JOIN}{_ANY_DAY}\b(?!\s*{MONTH.replace('?P<month>', '')})){{0,30}})"
    rf"(?![\d.]*\d){_YEAR}",
    re.IGNORECASE,
)
_ISO = re.compile(r"(?<![\d-])(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)")
_ISO_MONTH = re.compile(r"(?<![\d-])(?P<y>(?:19|20|21)\d\d)-(?P<m>0[1-9]|1[0-2])(?![\d-])")
_YEAR_FIRST = re.compile(r"(?<![\d/.])(?P<y>\d{4})[/.](?P<m>\d{1,2})[/.](?P<d>\d{1,2})(?![\d/])")
_NUMERIC = re.compile(r"(?<![\d/.-])(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d\d)(?![\d/-])")
_MONTH_YEAR = re.compile(rf"\b{MONTH},?\s+(?:of\s+|in\s+)?(?P<year>\d{{4}})\b", re.IGNORECASE)
# Three names of months are other words too, but for their capital or after `in`.
_PLAIN_MONTHS = [name.lower() for name in calendar.month_name[1:] if name not in ("March", "May", "August")]
_MONTH_ALONE = re.compile(
    r"\b(?P<month>" + "|".join([*calendar.month_name[1:], *_PLAIN_MONTHS]) + r"|(?<=\bin )(?:march|may|august))\b"
)
_ENDS_DAY = re.compile(r"\s*(?:[:.,;)\n]|$|(?:to|and|until|till|or)\b)")
_UNTIL = re.compile(r"\s+(?:until|till)\b", re.IGNORECASE)
# A word before a number that belongs to it, in `level 3 until 11 June`.
_NUMBERED = re.compile(
    r"(?<![\w'’-])(?!(?:from|on|of|the|between|is|are|was|were|days?|dates?|nights?|open|closed|free|available|away)\b)"
    r"[a-z]{3,}\s+$", re.IGNORECASE
)
_ENDS_WITH_TIME = re.compile(r"(?:[T ]\d\d:\d\d.*)?\s*$")
_LONGEST_DAY = 40  # characters of a value that is a day
_MONTH_AND_DAY = re.compile(r"(?<![\w-])(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\w-])")
_COMPACT = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_LAST_DAY = re.compile(
    rf"\b(?P<which>last|first)\s+day\s+of\s+(?:{MONTH}\s*)?(?:the\s+year\s+)?(?P<year>\d{{4}})?", re.IGNORECASE
)
_FEAST = re.compile("(" + "|".join(_FEASTS) + r")(?:\s+(?:of\s+|in\s+)?(\d{4}))?", re.IGNORECASE)
_BEFORE_DAY = re.compile(rf"\b(?P<name>{WEEKDAY}|{'|'.join(_SHORT_WEEKDAYS)})\.?,?\s+(?:the\s+)?$", re.IGNORECASE)
_BARE_DAY = re.compile(
    rf"\b(?:the (?P<number>\d{{1,2}})(?:st|nd|rd|th)|on the (?P<word>{_WORD_DAY}))\b"
    rf"(?! (?:of )?{MONTH.replace('?P<month>', '')})",
    re.IGNORECASE,
)
_WEEKDAYS_ALONE = re.compile(rf"\b({WEEKDAY})s?\b", re.IGNORECASE)


# Quick tests, on the text in lower case, of whether the forms can be there at all.
_NUMERIC_LIKE = re.compile(r"\d[./-]\d")
_MONTH_WORDS = tuple(name.lower() for name in calendar.month_abbr if name)
_MONTH_LIKE = re.compile("(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b")
_FEAST_WORDS = ("new year", "chr", "box", "hallow", "valent")


@dataclass(frozen=True, slots=True)
class DayMention:
    """Where a text names a day: what is said of year, month and day, with None for what is not; `readings` has
    several for 04/05/2024. `weekday` is the one that the text puts before it, from 0 for Monday."""

    start: int
    end: int
    readings: tuple[tuple[int | None, int, int | None], ...]
    weekday: int | None = None

    def fits(self, day: date) -> bool:
        """Return whether a day is the one meant, as far as the text says."""
        return any(
            (year in (None, day.year)) and month == day.month and (number in (None, day.day))
            for year, month, number in self.readings
        )

    def agrees(self, other: "DayMention") -> bool:
        """Return whether another one names the same day as far as both say."""
        return any(
            month == also_month and (None in (day, also_day) or day == also_day)
            and (None in (year, also_year) or year == also_year)
            for year, month, day in self.readings for also_year, also_month, also_day in other.readings
            if day is None or also_day is not None
        )

    def days(self) -> list[date]:
        """Return the days that it names in full."""
        return [date(year, month, day) for year, month, day in self.readings if year and day]


@lru_cache(maxsize=2048)
def days_in(text: str) -> tuple[DayMention, ...]:
    """Return the days and months that a text names, in their order and without overlap."""
    found: list[DayMention] = []
    taken = bytearray(len(text) + 1)
    for mention in _candidates(text):
        if not any(taken[mention.start : mention.end]):
            found.append(mention)
            taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
    return tuple(sorted((_with_weekday(text, one) for one in found), key=lambda one: one.start))


def without_days(text: str) -> str:
    """Return a text without the days that it names."""
    for day in reversed(days_in(text)):
        text = text[: day.start] + " " + text[day.end :]
    return text


def _with_weekday(text: str, mention: DayMention) -> DayMention:
    before = _BEFORE_DAY.search(text, max(0, mention.start - 16), mention.start)
    if not before:
        return mention
    name = before["name"].lower()
    return DayMention(before.start(), mention.end, mention.readings, WEEKDAYS.get(name, _SHORT_WEEKDAYS.get(name)))


def _candidates(text: str) -> Iterator[DayMention]:
    is_numeric, plain = _NUMERIC_LIKE.search(text), text.lower()
    for pattern in (_ISO, _YEAR_FIRST) if is_numeric else ():
        for match in pattern.finditer(text):
            yield from _mention(match, [(int(match["y"]), int(match["m"]), int(match["d"]))])
    for match in _NUMERIC.finditer(text) if is_numeric else ():
        yield from _mention(match, _orders(match))
    for match in _LAST_DAY.finditer(text) if "day" in plain else ():
        yield from _edge_of(match)
    if contains_any(plain, _MONTH_WORDS) and _MONTH_LIKE.search(plain):
        yield from _in_words(text)
    for match in _ISO_MONTH.finditer(text) if is_numeric else ():
        yield from _mention(match, [(int(match["y"]), int(match["m"]), None)])
    for match in _FEAST.finditer(text) if contains_any(plain, _FEAST_WORDS) else ():
        month, day = _FEASTS[match[1].lower()]
        yield from _mention(match, [(int(match[2]) if match[2] else None, month, day)])


def _in_words(text: str) -> Iterator[DayMention]:
    for pattern in (_DAY_FIRST, _MONTH_FIRST):
        for match in pattern.finditer(text):
            yield from _listed(match, text)
    for match in _MONTH_YEAR.finditer(text):
        yield from _mention(match, [(int(match["year"]), MONTHS[match["month"].lower()], None)])
    for match in _MONTH_ALONE.finditer(text):
        before = text[max(0, match.start() - 20) : match.start()]
        if match["month"] != "May" or re.search(r"\b(?:in|of|since|until|by|from|to|for|next|last|this)\s+$", before):
            yield from _mention(match, [(None, MONTHS[match["month"].lower()], None)])


def _listed(match: re.Match[str], text: str) -> Iterator[DayMention]:
    """Yield one mention for each day of `17 to 21 October 2025`; the last one covers the month and the year."""
    year = int(match["year"]) if match["year"] else None
    if match["month"] == "may" and not year and not _ENDS_DAY.match(text, match.end()):
        return
    month = MONTHS[match["month"].lower()]
    offset = match.start("days")
    numbers = _one_list(list(re.finditer(_ANY_DAY, match["days"], re.IGNORECASE)), match["days"])
    if len(numbers) == 2 and _UNTIL.match(match["days"], numbers[0].end()) and _NUMBERED.search(text[:offset][-20:]):
        numbers = numbers[1:]
    day_first = match.start("days") < match.start("month")
    for place, number in enumerate(numbers):
        start, end = offset + number.start(), offset + number.end()
        if day_first and place == len(numbers) - 1:
            end = match.end()
        elif not day_first:
            start = match.start() if place == 0 else start
            end = match.end() if place == len(numbers) - 1 else end
        written = re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", number[0].lower())
        day = int(written) if written.isdigit() else _DAY_WORDS[written]
        if _is_day(year, month, day):
            yield DayMention(start, end, ((year, month, day),))


def _one_list(numbers: list[re.Match[str]], text: str) -> list[re.Match[str]]:
    """Return the days that are meant as one list: all, but the last alone of two numbers with a comma between them
    (`16 items, 26 January` in short), or of a word and a number (`the first, 17 August`)."""
    is_pair = len(numbers) == 2 and text[numbers[0].end() : numbers[1].start()].strip() == ","
    is_digit = numbers[-1][0][0].isdigit()
    return [one for one in numbers if one is numbers[-1] or not is_pair and one[0][0].isdigit() == is_digit]


def _edge_of(match: re.Match[str]) -> Iterator[DayMention]:
    """Yield the last day of March, or of 2024."""
    year = int(match["year"]) if match["year"] else None
    if not match["month"] and not year:
        return
    first = match["which"].lower() == "first"
    month = MONTHS[match["month"].lower()] if match["month"] else 1 if first else 12
    yield from _mention(match, [(year, month, 1 if first else calendar.monthrange(year or 2023, month)[1])])


def _orders(match: re.Match[str]) -> list[tuple[int | None, int, int | None]]:
    """Day and month of 05.09.2025, which is European; of 05/09/2025 both orders."""
    first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    orders = [(year, second, first)] if match["sep"] == "." else [(year, first, second), (year, second, first)]
    return list(dict.fromkeys(order for order in orders if _is_day(*order)))


def _mention(match: re.Match[str], readings: list[tuple[int | None, int, int | None]]) -> Iterator[DayMention]:
    good = tuple(one for one in readings if _is_day(*one))
    if good:
        yield DayMention(match.start(), match.end(), good)


def _is_day(year: int | None, month: int, day: int | None) -> bool:
    try:
        date(year or 2024, month, day or 1)
    except ValueError:
        return False
    return True


def parts_of_years(text: str) -> list[tuple[int | None, int, int | None]]:
    """Return the days, as years, months and days, that a value of a program is or holds in a form that no person would
    write: `may`, `02-12`, `12-01 to 03-15`, `20250607`."""
    month = MONTHS.get(text.lower())
    found: list[tuple[int | None, int, int | None]] = [] if month is None else [(None, month, None)]
    found += [(None, int(match[1]), int(match[2])) for match in _MONTH_AND_DAY.finditer(text)]
    if match := _COMPACT.fullmatch(text):
        found.append((int(match[1]), int(match[2]), int(match[3])))
    return [one for one in found if _is_day(*one)]


def ordinal(word: str) -> int | None:
    """Return the day of a month that an ordinal in words names, None for other words."""
    return _DAY_WORDS.get(word.lower())


def bare_days_in(text: str) -> set[int]:
    """Return the days of a month that a text names without the month: on the 13th, the twenty-third."""
    found = [match["number"] or match["word"].lower() for match in _BARE_DAY.finditer(text)] if "the " in text else []
    return {int(day) if day.isdigit() else _DAY_WORDS[day] for day in found} & set(range(1, 32))


def weekdays_in(text: str) -> set[int]:
    """Return the weekdays that a text names in full, from 0 for Monday."""
    return {WEEKDAYS[name.lower()] for name in _WEEKDAYS_ALONE.findall(text)}


def whole_days(text: str) -> list[date]:
    """Return the days that a text which is a day, perhaps with a time after it, may mean: two for 04/05/2024."""
    found = days_in(text) if len(text) <= _LONGEST_DAY else ()
    is_whole = len(found) == 1 and not text[: found[0].start].strip() and _ENDS_WITH_TIME.match(text, found[0].end)
    return found[0].days() if is_whole else []


def day_of(value: object) -> date | None:
    """Return the day that a value is, None for others."""
    found = days_in(value) if isinstance(value, str) and len(value) <= _LONGEST_DAY else ()
    return next((day for mention in found[:1] for day in mention.days()), None)
