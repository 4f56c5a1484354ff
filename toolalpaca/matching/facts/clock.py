"""What moment it is: told by people (`It's Thursday the 15th of May 2025`), or shown by an API's clock."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from toolalpaca.conversation.observation import Leaf
from toolalpaca.core.words import name_words
from toolalpaca.matching.language.dates import DayMention, days_in, whole_days
from toolalpaca.matching.language.text import listed
from toolalpaca.matching.language.times import times_in

_CLOCK = r"(?:\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]\.?m\.?|h|o['’]?clock)?(?:,| on)?\s+(?:the\s+)?)?"
_ON = rf"(?:\s|[,:;=(\[–—-]|\b(?:on|is|it['’]?s|being|it is|date|the)\b){{0,8}}{_CLOCK}$"
_SAYS_TODAY = re.compile(
    r"(?:\b(?P<day>today|tomorrow|yesterday)(?:['’]?s)?(?: date)?"
    r"|\b(?:current date|date (?:today|now))|\b(?:I am|I['’]m|we are|we['’]re) writing(?: this| to you)?"
    rf"|(?:^|[.!?(]\s*)as of){_ON}", re.IGNORECASE,
)
_AS_OF = re.compile(rf"\bas of{_ON}", re.IGNORECASE)  # from when on something holds, too
_IT_IS = re.compile(
    r"(?:\b(?:now|today)\b,? )?\bit(?:['’]?s| is)(?: (?:now|already|currently|only|still|just))?,? (?:the )?"
    rf"{_CLOCK}$", re.IGNORECASE,
)
_TODAY_AFTER = re.compile(r"^,?\s*(?:\(\s*|is\s+)?today\b", re.IGNORECASE)
_TIME_AFTER = re.compile(r",?\s*(?:at\s+|around\s+|about\s+)?(?=\d)")
_BEFORE = 60  # characters before a day in which it is looked for what it is said to be
_EQUALS = re.compile(r"[:=]|['’]?s\b|\bis\b", re.IGNORECASE)
_CALLED = {"tomorrow": 1, "yesterday": -1}
# Words of the names of fields that a clock has, and of those that are one wherever they are.
_OF_A_CLOCK = frozenset(listed(
    "date day weekday time datetime timestamp iso now today timezone tz zone utc gmt local offset dst unix epoch week"
    " month year hour minute second number name of the current server system abbreviation calendar quarter season"
))
_SAYS_NOW = frozenset({"now", "today"})
_CURRENT, _MOMENT = frozenset({"current", "server", "system"}), frozenset({"date", "time", "datetime", "day"})
_OF_READING = frozenset(listed("get show read fetch tell what is the which"))
_PLACES = frozenset(listed("timezone tz zone city place location country area region lang language locale format"))


def moment_said(text: str) -> datetime | None:
    """Return the moment that a text says it is, at midnight if it says no time; None if it does not."""
    return next((moment for _, _, moment in _statements(text)), None)


@lru_cache(maxsize=512)
def without_clock(text: str) -> str:
    """Return a text without what only says which day it is; of `today, 20 May 2026` the `today` stays."""
    for start, mention, moment in reversed([*_statements(text)]):
        if moment.date() in mention.days() and not _AS_OF.search(text[: mention.start]):
            only_says = _EQUALS.search(text[start : mention.start])
            text = f"{text[: start if only_says else mention.start]} {_TODAY_AFTER.sub('', text[mention.end :], 1)}"
    return text


def _statements(text: str) -> Iterator[tuple[int, DayMention, datetime]]:
    """Yield where a statement of what day it is begins, the day that it names, and the moment."""
    for mention in days_in(text):
        days = [day for day in mention.days() if mention.weekday in (None, day.weekday())]
        begin = max(0, mention.start - _BEFORE)
        before = text[begin : mention.start]
        called = _SAYS_TODAY.search(before)
        says = called or _IT_IS.search(before)
        if len(days) == 1 and (says or _TODAY_AFTER.match(text[mention.end :])):
            off = _CALLED.get((called["day"] or "").lower(), 0) if called else 0
            moment = datetime.combine(days[0] - timedelta(days=off), _time_beside(mention, text) or time())
            yield begin + says.start() if says else mention.start, mention, moment


def _time_beside(mention: DayMention, text: str) -> time | None:
    """Return the time of day that stands right before or after a day."""
    after = _TIME_AFTER.match(text, mention.end)
    for one in times_in(text):
        if after and one.start == after.end() or 0 <= mention.start - one.end <= len(" on the "):
            return time(*divmod(min(one.minutes), 60))
    return None


def moment_shown(function: str, given: Mapping[str, Any], leaves: list[Leaf]) -> datetime | None:
    """Return the moment that a response shows that it is, None for others: in a field such as `now` or `serverTime`, or
    as a clock, which has nothing but days and times and was asked for no more than a place."""
    named = [leaf for leaf in leaves if leaf.path and _is_now(frozenset(name_words(leaf.path[-1])))]
    names = {word for leaf in leaves for word in name_words(leaf.path[-1] if leaf.path else "")}
    asked, called = {word for name in given for word in name_words(name)}, set(name_words(function))
    is_clock = names <= _OF_A_CLOCK and asked <= _PLACES | _OF_A_CLOCK and (
        bool(called & (_SAYS_NOW | _CURRENT | {"clock"})) or called <= _OF_READING | _OF_A_CLOCK)
    for leaf in (*named, *(leaves if is_clock else ())):
        if (moment := moment_of(leaf.value)) is not None:
            times = [one.value for one in leaves if one.path[:-1] == leaf.path[:-1] and "time" in one.names]
            return moment if moment.time() != time() else _with_time(moment.date(), times if is_clock else [])
    return None


def _is_now(words: frozenset[str]) -> bool:
    return bool(words & _SAYS_NOW) and words <= _OF_A_CLOCK or bool(words & _CURRENT) and bool(
        words & _MOMENT) and words <= _CURRENT | _MOMENT


def _with_time(day: date, texts: list[Any]) -> datetime:
    found = [one for text in texts if isinstance(text, str) for one in times_in(text)]
    return datetime.combine(day, time(*divmod(min(found[0].minutes), 60)) if found else time())


def moment_of(value: Any) -> datetime | None:
    """Return the moment that a text begins with, as on a clock's face where it was read; None for others."""
    if not isinstance(value, str):
        return None
    days = whole_days(value.partition(", ")[0])
    if len(days) != 1:
        return None
    written = re.search(r"[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", value)
    hour, minute, second = (int(part or 0) for part in written.groups()) if written else (0, 0, 0)
    return datetime.combine(days[0], time(hour, minute, second))
