"""The days that a request asks about, and a made-up answer's dates moved to where they make sense."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from toolalpaca.core.text import name_words, singular

USUAL_NOW = datetime(2025, 3, 14, 9, 30)  # for requests whose conversation does not say what time it is
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::\d\d)?")
_ENDS = frozenset({"to", "end", "ends", "until", "till", "before", "return", "arrive", "arrives", "arrival", "leaves",
                   "checkout", "close", "closes", "expires"})
_OPEN_STARTS = frozenset({"from", "since", "after", "start", "begin"})
_LENGTHS = {"day": 1, "night": 1, "week": 7}
_FUTURE = frozenset({"due", "expires", "expiry", "expiration", "expire", "until", "deadline", "ready", "next", "by",
                     "renewal", "collect", "delivery", "eta", "upcoming", "scheduled", "valid", "departure", "arrival",
                     "arrives", "leaves", "departs"})
_PAST = frozenset({"created", "updated", "modified", "measured", "taken", "observed", "observation", "saved", "started",
                   "seen", "recorded", "published", "released", "posted", "anchored", "written", "last", "joined",
                   "finished", "completed", "timestamp", "changed", "checked", "sent", "issued"})
_RECENT = frozenset({"measured", "observed", "observation", "taken", "recorded", "saved", "anchored"})
_LIFE_STORY = frozenset({"created", "updated", "modified", "founded", "born", "birth", "birthday", "joined",
                         "registered"})
_LONGEST_OPEN = timedelta(days=30)


@dataclass(frozen=True)
class Span:
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime


def asked_span(arguments: dict[str, Any], now: datetime) -> Span | None:
    """Return the time that a request's arguments ask about, None if they name none."""
    starts, ends = list[date](), list[date]()
    length, open_start = None, False
    for name, value in arguments.items():
        words = name_words(name)
        day = _day(value)
        if day is not None:
            (ends if set(words) & _ENDS else starts).append(day)
            open_start = open_start or bool(set(words) & _OPEN_STARTS)
        elif isinstance(value, str) and (month := _MONTH.fullmatch(value)) and 1 <= int(month[2]) <= 12:
            first = date(int(month[1]), int(month[2]), 1)
            return _span(first, (first + timedelta(days=31)).replace(day=1))
        elif type(value) is int and words and 0 < value <= 366 and singular(words[-1]) in _LENGTHS:
            length = value * _LENGTHS[singular(words[-1])]
    if not starts and not ends:
        return None
    start = min(starts) if starts else min(ends) - _LONGEST_OPEN
    if ends:
        end = max(ends) + timedelta(days=1)
    elif length is not None:
        end = start + timedelta(days=length)
    elif open_start:
        end = max(start + timedelta(days=1), min(start + _LONGEST_OPEN, now.date()) if start < now.date()
                  else start + _LONGEST_OPEN)
    else:
        end = start + timedelta(days=1)
    return _within_day(_span(start, end), arguments) if start < end else None


def _span(start: date, end: date) -> Span:
    return Span(datetime.combine(start, datetime.min.time()), datetime.combine(end, datetime.min.time()))


def is_date(text: str) -> bool:
    """Return whether a text is a date, or a date and time, as ISO 8601 writes them."""
    return _day(text) is not None


def _day(value: Any) -> date | None:
    if not isinstance(value, str) or value[4:5] != "-" or not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _within_day(span: Span, arguments: dict[str, Any]) -> Span:
    """Return a single day from, or up to, the time of day that the request gives."""
    clock = next(((name, found) for name, value in arguments.items()
                  if isinstance(value, str) and (found := _CLOCK.fullmatch(value))), None)
    if clock is None or span.end - span.start > timedelta(days=1) or int(clock[1][1]) > 23:
        return span
    moment = span.start + timedelta(hours=int(clock[1][1]), minutes=int(clock[1][2]))
    told = [*name_words(clock[0]), *(word for value in arguments.values() if isinstance(value, str)
                                     for word in name_words(value))]
    is_end = any(word in _ENDS or word.startswith("arriv") for word in told)
    hours = timedelta(hours=4)
    return Span(max(span.start, moment - hours), moment) if is_end else Span(moment, min(span.end, moment + hours))


@dataclass
class DateMover:
    """Moves the dates of one answer into `span`, if there is one, and else to the right side of `now`."""

    span: Span | None
    now: datetime
    random: random.Random

    def moved(self, value: Any, part: tuple[float, float] = (0.0, 1.0)) -> Any:
        """Return a value with its dates moved; `part` is the part of the span that is left for it."""
        if isinstance(value, list):
            size = max(1, len(value))
            width = (part[1] - part[0]) / size
            return [self.moved(item, (part[0] + width * place, part[0] + width * (place + 1)))
                    for place, item in enumerate(value)]
        if isinstance(value, dict):
            dates = {name: text for name, text in value.items() if isinstance(text, str) and is_date(text)}
            moved = dict(self._object(dates, part)) if dates else {}
            return {name: moved[name] if name in moved else
                    self.moved(item, part) if isinstance(item, (dict, list)) else item for name, item in value.items()}
        return value

    def _object(self, dates: dict[str, str], part: tuple[float, float]) -> Iterator[tuple[str, str]]:
        """Yield an object's dates, one after the other in the order of its fields."""
        asked = [name for name in dates if not set(name_words(name)) & _LIFE_STORY] or list(dates)[:1]
        at, before = self.random.random() * 0.4, None
        for name, text in dates.items():
            words = set(name_words(name))
            if self.span is not None and name in asked:
                length = self.span.end - self.span.start
                moment = self.span.start + length * (part[0] + (part[1] - part[0]) * at)
                at += (1 - at) * self.random.random() * 0.5
            elif words & _FUTURE and not words & _PAST:
                moment = self.now + timedelta(days=20) * (part[0] + (part[1] - part[0]) * max(at, 0.05))
                moment = moment if before is None else before + timedelta(minutes=10 + self.random.random() * 80)
                before = moment
            else:
                moment = self._past(words, text)
            yield name, _written(moment, text)

    def _past(self, words: set[str], text: str) -> datetime:
        moment = datetime.combine(date.fromisoformat(text[:10]), _clock_of(text))
        if words & _RECENT:
            return self.now - timedelta(minutes=1 + self.random.random() * 50)
        distance = timedelta(hours=1 + self.random.random() * 24 * 20)
        return self.now - distance if words & _PAST and moment > self.now else moment


def _clock_of(text: str) -> Any:
    clock = _CLOCK.match(text[11:])
    return datetime(2000, 1, 1, int(clock[1]) % 24, int(clock[2]) % 60).time() if clock else datetime.min.time()


def _written(moment: datetime, like: str) -> str:
    """Return a moment in the form of another one, to the minute."""
    if len(like) == 10:
        return moment.date().isoformat()
    zone = re.search(r"(Z|[+-]\d\d:?\d\d)$", like[11:])
    seconds = ":00" if re.match(r"\d\d:\d\d:\d\d", like[11:]) else ""
    return f"{moment:%Y-%m-%dT%H:%M}{seconds}{zone[1] if zone else ''}"
