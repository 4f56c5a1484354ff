"""Times of day as people say them: half past seven, quarter to eight, 7.30 pm, noon."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from toolalpaca.matching.language.text import contains_any, listed
from toolalpaca.matching.language.units import unit_named

_HOURS = {
    name: number
    for number, name in enumerate(listed("one two three four five six seven eight nine ten eleven twelve"), start=1)
}
_MINUTES = {"quarter": 15, "half": 30, "five": 5, "ten": 10, "twenty": 20, "twenty-five": 25, "twenty five": 25}
_COUNTED = {name: number for number, name in enumerate(listed(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"), start=1)}
_COUNTED |= {f"twenty-{name}": 20 + number for name, number in [*_COUNTED.items()][:9]}
_ANY = "|".join(sorted(_COUNTED, key=len, reverse=True))
_HOUR = rf"(?P<hour>\d{{1,2}}|{'|'.join(_HOURS)})"
_HOUR_OR_NOON = _HOUR.replace("(?P<hour>", "(?P<hour>noon|midday|midnight|")
_HALF = r"(?P<half>[ap])\.?\s?m\b\.?"
_SPOKEN = re.compile(
    r"(?!(?<=from )(?:ten|five|twenty)\s+to\b)"
    rf"\b(?P<at>(?<=\bthe )|(?<=\bat )|(?<=\bby )|(?<=\buntil )|(?<=\btill ))?"
    rf"(?:(?P<minutes>half|(?:a )?quarter|twenty[- ]five|twenty|ten|five)(?: minutes?)?|(?P<count>\d{{1,2}}|{_ANY})"
    r" minutes?)\s+"
    rf"(?:(?P<past>past)|(?P<way>to|before|after))\s+{_HOUR_OR_NOON}\b(?:\s*{_HALF})?"
    r"(?(past)|(?(at)(?! (?!has|is|was)[a-z]+s\b)"
    r"|(?=\s*(?:$|[.,;:!?)](?!\d)|in the|at night|on\b|and\b|to\b|tonight|tomorrow|today|sharp|o.clock|this"
    r"|every|each|now\b|(?:if|please|or|but|then|is|was|would|will|works|when|with|by|at|instead|suits)\b))))",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    rf"(?<![\d:.])(?P<hour>[01]?\d|2[0-4]):(?P<minutes>[0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(?!:?\d)(?:\s*{_HALF})?",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(?<=\d[T ])(?P<hour>[01]\d|2[0-3]):(?P<minutes>[0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(?P<zone>Z|\+\d\d:?\d\d"
    r"|(?:(?<=T\d\d:\d\d)|(?<=T\d\d:\d\d:\d\d))-\d\d:?\d\d)?"
)
_DOTTED = re.compile(
    rf"(?<![\d:.-])(?P<hour>[01]?\d|2[0-3])[.h](?P<minutes>[0-5]\d)(?!\d)\s*"
    rf"(?:{_HALF}|(?P<sure>o'clock|hrs?\b|h\b)|(?=in the (?:morning|afternoon|evening)|at night|tonight|sharp))",
    re.IGNORECASE,
)
_AT_DOTTED = re.compile(
    r"\b(?:at|from|until|(?<!\bup )(?<!\bdown )(?<!\brose )(?<!\bfell )(?<!ed )by|till)\s+"
    r"(?P<hour>[01]?\d|2[0-3])\.(?P<minutes>[0-5]\d)(?![\d%]|\.\d)\b"
    r"(?!\s*(?:per\b|%))",
    re.IGNORECASE,
)
_WORD = re.compile(r" ?([^\W\d_]+)")
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
_HALF_HOUR = re.compile(
    rf"(?<!and a )\bhalf[- ](?P<hour>{'|'.join(_HOURS)}|1[0-2]|[1-9])\b(?!\s+of\b|[.,:]?\d|\s*[%°])", re.IGNORECASE
)  # British
_SPAN = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2})(?:[:.](?P<minutes>[0-5]\d))?\s*(?:-|–|to|until|till"
    r"|and)\s*(?=\d{1,2}(?:[:.][0-5]\d)?\s*(?P<half>[ap])\.?m)",
    re.IGNORECASE,
)
_NAMED = {"noon": 720, "midday": 720, "midnight": 0}
_NAMED_TIME = re.compile(r"\b(?P<hour>noon|midday|midnight)\b", re.IGNORECASE)
_DAYPART = re.compile(
    r"\b(?P<early>morning|breakfast|first thing|at dawn|at sunrise)\b"
    r"|\b(?P<late>afternoon|evening|tonight|(?<!in the )night|dinner|supper)\b",
    re.IGNORECASE,
)
# Quick tests, on the text in lower case, of whether the forms can be there at all.
_CLOCK_LIKE = re.compile(r"\d:[0-5]\d")
_DOTTED_LIKE = re.compile(r"\d[.h][0-5]\d")
_HALF_LIKE = re.compile(r"[ap]\.?\s?m\b")
_SPOKEN_WORDS = ("half", "quarter", "twenty", "ten", "five", "minute")
_WHEN_WORDS = ("in the ", "at night", "tonight", "tomorrow", "sharp")
DAY = 1440  # minutes
_ENDS = (".", ";")  # of what a part of the day is said of
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
    has_half = "clock" in plain or _HALF_LIKE.search(plain)
    for pattern, may_match in (
        (_ISO, has_clock), (_SPOKEN, contains_any(plain, _SPOKEN_WORDS)), (_CLOCK, has_clock), (_DOTTED, has_dot),
        (_AT_DOTTED, has_dot), (_HALF_HOUR, "half" in plain), (_SPAN, has_half), (_BARE, has_half),
        (_AT_HOUR, contains_any(plain, _WHEN_WORDS)), (_NAMED_TIME, contains_any(plain, _NAMED)),
    ):
        for match in pattern.finditer(text) if may_match else ():
            if pattern is _AT_DOTTED and (after := _WORD.match(text, match.end())) and unit_named(after[1]):
                continue  # an amount
            yield TimeMention(match.start(), match.end(), frozenset(minute % DAY for minute in _minutes(text, match)))


def offsets_of(text: str) -> set[int]:
    """Return the minutes from UTC that a text such as +02:00 or UTC-3 is, or a zone such as Africa/Cairo in winter and
    in summer; none for other texts."""
    match = _OFFSET.fullmatch(text)
    if match and (match["zone"] or match["minutes"]):
        size = int(match["hours"]) * 60 + int(match["minutes"] or 0)
        return {size if match["sign"] == "+" else -size}
    try:
        zone = ZoneInfo(text) if _ZONE.fullmatch(text) else None
    except (ZoneInfoNotFoundError, ValueError):
        return set()
    offsets = (datetime(2024, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)) if zone else ()
    return {round(offset.total_seconds() / 60) for offset in offsets if offset is not None}


_OFFSET = re.compile(r"(?P<zone>UTC|GMT)?\s?(?P<sign>[+−-])(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?")
_ZONE = re.compile(r"[A-Z][A-Za-z]+/[A-Z]\w+(?:/\w+)?")


@lru_cache(maxsize=2048)
def bare_hours(text: str) -> tuple[frozenset[int], ...]:
    """Return the times of day that a number after a preposition may be, with nothing else to tell them: next Tuesday
    at 11, from 9:30 to 11."""
    hours = [_HOURS.get(match["hour"].lower()) or int(match["hour"]) for match in _AFTER_PREPOSITION.finditer(text)]
    return tuple(frozenset(minute % DAY for minute in (hour * 60, (hour + 12 * (hour <= 12)) * 60)
                           if not is_other_half(minute % DAY, hour, text)) for hour in hours)


def is_other_half(minute: int, hour: int, text: str) -> bool:
    """Return whether a text names an hour, in digits, only in the other half of the day than a minute is in: 8 to 11 at
    night for 8:00."""
    said = [_part_of_day(text, match) for match in re.finditer(rf"(?<![\d.:,/-]){hour}(?![\d:/-]|[.,]\d)", text)]
    return bool(said) and set(said) == {"p" if minute < DAY // 2 else "a"}


def _minutes(text: str, match: re.Match[str]) -> set[int]:
    """Return the minutes after midnight that a time may be: two if neither it nor the text says which half of the
    day."""
    groups = match.groupdict("")
    written, half = groups["hour"].lower(), groups.get("half", "").lower()
    if written in _NAMED:
        return {_NAMED[written] + _past_hour(match, groups)}
    hour = _HOURS.get(written) or int(written)
    is_open = hour <= 12 and not (match.re in (_ISO, _CLOCK) and len(written) > 1)
    part = half or (_part_of_day(text, match) if is_open else "")
    base = hour * 60 + _past_hour(match, groups)
    base = base % (DAY // 2) if half or is_open else base
    return {"a": {base}, "p": {base + 720}}.get(part, {base, base + 720} if is_open else {base})


def _past_hour(match: re.Match[str], groups: dict[str, str]) -> int:
    if match.re is _SPOKEN:
        said = (groups["minutes"] or groups["count"]).lower().removeprefix("a ")
        amount = _MINUTES.get(said) or _COUNTED.get(said) or int(said)
        return amount if groups["past"] or groups["way"].lower() == "after" else -amount
    return 30 if match.re is _HALF_HOUR else int(groups.get("minutes") or 0)


def _part_of_day(text: str, match: re.Match[str]) -> str:
    """`a` for the morning and `p` for later, by the nearest word that says it; "" for none."""
    after = _DAYPART.search(text, match.end(), match.end() + _NEAR)
    if not after or contains_any(text[match.end() : after.start()], _ENDS):
        found = [*_DAYPART.finditer(text, max(0, match.start() - _NEAR), match.start())]
        after = found[-1] if found and not contains_any(text[found[-1].end() : match.start()], _ENDS) else None
    return "" if after is None else "a" if after["early"] else "p"


def minutes_in(text: str) -> set[int]:
    """Return the times of day in a text, in minutes after midnight."""
    return {minute for mention in times_in(text) for minute in mention.minutes}
