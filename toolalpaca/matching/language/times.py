"""Times of day as people say them: half past seven, quarter to eight, 7.30 pm, noon."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from toolalpaca.matching.language.text import contains_any, listed

_HOURS = {
    name: number
    for number, name in enumerate(listed("one two three four five six seven eight nine ten eleven twelve"), start=1)
}
_MINUTES = {"quarter": 15, "half": 30, "five": 5, "ten": 10, "twenty": 20, "twenty-five": 25, "twenty five": 25}
_HOUR = rf"(?P<hour>\d{{1,2}}|{'|'.join(_HOURS)})"
_HOUR_OR_NOON = _HOUR.replace("(?P<hour>", "(?P<hour>noon|midday|midnight|")
_HALF = r"(?P<half>[ap])\.?\s?m\b\.?"
_SPOKEN = re.compile(
    rf"\b(?P<minutes>half|(?:a )?quarter|twenty[- ]five|twenty|ten|five)(?: minutes?)?\s+"
    rf"(?:(?P<past>past)|(?P<way>to|before|after))\s+{_HOUR_OR_NOON}\b(?:\s*{_HALF})?"
    r"(?(past)|(?=\s*(?:$|[.,;:!?)]|in the|at night|on\b|and\b|to\b|tonight|tomorrow|today|sharp|o.clock|this|every"
    r"|each)))",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    rf"(?<![\d:.])(?P<hour>[01]?\d|2[0-4]):(?P<minutes>[0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(?![\d:])(?:\s*{_HALF})?",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(?<=\d[T ])(?P<hour>[01]\d|2[0-3]):(?P<minutes>[0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
_DOTTED = re.compile(
    rf"(?<![\d:.-])(?P<hour>[01]?\d|2[0-3])[.h](?P<minutes>[0-5]\d)(?!\d)\s*"
    rf"(?:{_HALF}|(?P<sure>o'clock|hrs?\b|h\b)|(?=in the (?:morning|afternoon|evening)|at night|tonight|sharp))",
    re.IGNORECASE,
)
_AT_DOTTED = re.compile(
    r"\b(?:at|from|until|by|till)\s+(?P<hour>[01]?\d|2[0-3])\.(?P<minutes>[0-5]\d)(?![\d%]|\.\d)\b"
    r"(?!\s*(?:per|euros?|dollars?|%|[a-z]*metres|km|kg))",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?<![\d:.,])(?<!\d-)\b{_HOUR}\s*(?:{_HALF}|(?P<sure>o['’]?clock)\b)", re.IGNORECASE)
_AT_HOUR = re.compile(
    rf"(?<![\d:.,-])\b(?P<at>(?:at|by|around|about|until|till|before|after|from)\s+)?"
    rf"(?P<hour>{'|'.join(_HOURS)}|[01]?\d|2[0-3])\s+"
    r"(?=in the (?:morning|afternoon|evening)|at night|(?(at)(?:tonight|tomorrow|sharp)|(?!)))",
    re.IGNORECASE,
)
_AFTER_PREPOSITION = re.compile(
    rf"\b(?:at|from|by|until|till|after|before|to|around|about)\s+(?P<hour>{'|'.join(_HOURS)}|[01]?\d|2[0-3])\b"
    r"(?![:.,/-]?\d|\s*(?:[%°€$£]|(?:st|nd|rd|th)\b))",
    re.IGNORECASE,
)
_HALF_HOUR = re.compile(rf"(?<!and a )\bhalf[- ](?P<hour>{'|'.join(_HOURS)})\b(?!\s+of\b)", re.IGNORECASE)  # British
_SPAN = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2})(?:[:.](?P<minutes>[0-5]\d))?\s*(?:-|–|to|until|till"
    r"|and)\s*(?=\d{1,2}(?:[:.][0-5]\d)?\s*(?P<half>[ap])\.?m)",
    re.IGNORECASE,
)
_NAMED = {"noon": 720, "midday": 720, "midnight": 0}
_NAMED_TIME = re.compile(r"\b(noon|midday|midnight)\b", re.IGNORECASE)
_DAYPART = re.compile(
    r"\b(?P<early>morning|breakfast)\b|\b(?P<late>afternoon|evening|tonight|night|dinner|supper)\b", re.IGNORECASE
)
# Quick tests, on the text in lower case, of whether the forms can be there at all.
_CLOCK_LIKE = re.compile(r"\d:[0-5]\d")
_DOTTED_LIKE = re.compile(r"\d[.h][0-5]\d")
_HALF_LIKE = re.compile(r"[ap]\.?\s?m\b")
_SPOKEN_WORDS = ("half", "quarter", "twenty", "ten", "five")
_WHEN_WORDS = ("in the ", "at night", "tonight", "tomorrow", "sharp")
DAY = 1440  # minutes
_NEAR = 36  # characters before and after a time in which the part of the day is looked for


@dataclass(frozen=True, slots=True)
class TimeMention:
    """Where a text names a time of day: the minutes after midnight that it may mean, two when am and pm are open."""

    start: int
    end: int
    minutes: frozenset[int]


@lru_cache(maxsize=2048)
def times_in(text: str) -> tuple[TimeMention, ...]:
    """Return the times of day that a text names, in their order."""
    found: list[TimeMention] = []
    for mention in _candidates(text):
        if not any(mention.start < other.end and other.start < mention.end for other in found):
            found.append(mention)
    return tuple(sorted(found, key=lambda one: one.start))


def _candidates(text: str) -> Iterator[TimeMention]:
    plain = text.lower()
    has_clock, has_dot = _CLOCK_LIKE.search(plain), _DOTTED_LIKE.search(plain)
    for match in _ISO.finditer(text) if has_clock else ():
        yield TimeMention(match.start(), match.end(), frozenset({int(match["hour"]) * 60 + int(match["minutes"])}))
    for match in _SPOKEN.finditer(text) if contains_any(plain, _SPOKEN_WORDS) else ():
        minutes = match["minutes"].lower().removeprefix("a ")
        amount = _MINUTES[minutes]
        yield _time(
            text,
            match,
            amount if (match["past"] or match["way"]).lower() in ("past", "after") else -amount,
            open_half=True,
        )
    for pattern in (*((_CLOCK,) if has_clock else ()), *((_DOTTED, _AT_DOTTED) if has_dot else ())):
        for match in pattern.finditer(text):
            yield _time(text, match, int(match["minutes"]), open_half=pattern is not _CLOCK or len(match["hour"]) == 1)
    for match in _HALF_HOUR.finditer(text) if "half" in plain else ():
        yield _time(text, match, 30, open_half=True)
    has_half = "clock" in plain or _HALF_LIKE.search(plain)
    for match in _SPAN.finditer(text) if has_half else ():
        yield _time(text, match, int(match["minutes"] or 0), open_half=True)
    for pattern in (*((_BARE,) if has_half else ()), *((_AT_HOUR,) if contains_any(plain, _WHEN_WORDS) else ())):
        for match in pattern.finditer(text):
            yield _time(text, match, 0, open_half=True)
    for match in _NAMED_TIME.finditer(text) if contains_any(plain, _NAMED) else ():
        yield TimeMention(match.start(), match.end(), frozenset({_NAMED[match[1].lower()]}))


@lru_cache(maxsize=2048)
def bare_hours(text: str) -> tuple[frozenset[int], ...]:
    """Return the times of day that a number after a preposition may be, with nothing else to tell them: next Tuesday
    at 11, from 9:30 to 11."""
    found = []
    for match in _AFTER_PREPOSITION.finditer(text):
        hour = _HOURS.get(match["hour"].lower()) or int(match["hour"])
        minutes = {hour * 60, (hour + 12) * 60} if hour <= 12 else {hour * 60}
        found.append(frozenset(minute % DAY for minute in minutes))
    return tuple(found)


def _time(text: str, match: re.Match[str], minutes: int, *, open_half: bool) -> TimeMention:
    written = match["hour"].lower()
    if written in _NAMED:
        return TimeMention(match.start(), match.end(), frozenset({(_NAMED[written] + minutes) % DAY}))
    hour = _HOURS.get(written) or int(written)
    half = (match.groupdict().get("half") or "").lower()
    part = half or (_part_of_day(text, match) if open_half and hour <= 12 else "")
    base = hour % 12 * 60 + minutes if (half or hour <= 12 and open_half) else hour * 60 + minutes
    if part == "a":
        found = {base}
    elif part == "p":
        found = {base + 720}
    else:
        found = {base, base + 720} if open_half and hour <= 12 else {base}
    return TimeMention(match.start(), match.end(), frozenset(value % DAY for value in found))


def _part_of_day(text: str, match: re.Match[str]) -> str:
    """`a` for the morning and `p` for later, by the nearest word that says it; "" for none."""
    after = _DAYPART.search(text, match.end(), match.end() + _NEAR)
    if not after or "." in text[match.end() : after.start()]:
        found = [*_DAYPART.finditer(text, max(0, match.start() - _NEAR), match.start())]
        after = found[-1] if found and "." not in text[found[-1].end() : match.start()] else None
    return "" if after is None else "a" if after["early"] else "p"


def minutes_in(text: str) -> set[int]:
    """Return the times of day in a text, in minutes after midnight."""
    return {minute for mention in times_in(text) for minute in mention.minutes}
