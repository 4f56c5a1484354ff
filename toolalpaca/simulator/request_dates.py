"""Days that a request asks about, and the dates of a made-up answer moved to where they are plausible."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from toolalpaca.core.words import id_noun, name_key, name_words, singular
from toolalpaca.simulator.semantics import TITLE_FIELDS

_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::\d\d)?")
_LONGEST_DATE = 100  # characters, most of them of a fraction of a second
_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
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
_DONE = re.compile(r"[a-z]{3,}ed")  # reported, received, uploaded
_NOT_DONE = frozenset({"scheduled", "expected", "estimated", "planned", "needed", "speed", "feed", "breed", "seed",
                       "proposed", "promised", "projected", "intended", "limited", "exceed", "indeed", "required"})
# What is done for something before it begins, and the words by which a date says until when.
_BEFOREHAND = frozenset({"sign", "signup", "register", "registration", "registrations", "rsvp", "apply", "application",
                         "applications", "enrol", "enroll", "enrolment", "enrollment", "enter", "entry", "entries",
                         "book", "booking", "bookings", "order", "orders", "submit", "submission", "submissions",
                         "cancel", "cancellation", "tickets", "reply", "join"})
_AT_LATEST = frozenset({"by", "until", "till", "before", "close", "closes", "closing", "end", "ends", "latest"})
_DEADLINES = frozenset({"deadline", "cutoff"})
_RECENT = frozenset({"measured", "observed", "observation", "taken", "recorded", "saved", "anchored"})
_LIFE_STORY = frozenset({"created", "updated", "modified", "founded", "born", "birth", "birthday", "joined",
                         "registered"})
_CHANGE = 0.2  # of the difference between two days' measures that is left
_MOST_DAYS = 16  # of a list that has each day that is asked about
_BIRTH = frozenset({"birth", "birthdate", "birthday", "born", "dob"})
_YOUNGEST, _LIFE = timedelta(days=365 * 8), timedelta(days=365 * 70)  # of people whose births are given
_LONGEST_OPEN = timedelta(days=30)
_AHEAD = timedelta(days=20)


@dataclass(frozen=True)
class DateSpan:
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime


def asked_span(arguments: dict[str, Any], now: datetime) -> DateSpan | None:
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
        elif type(value) is int and words[-1:] == ("year",) and 1000 <= value <= 9999 and not set(words) & _LIFE_STORY:
            starts += [date(value, 1, 1)] if not set(words) & _ENDS else []
            ends += [date(value, 12, 31)] if not set(words) & _OPEN_STARTS else []
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


def asked_days(arguments: dict[str, Any], now: datetime) -> tuple[date, int | None] | None:
    """Return the first day that a request asks about and how many, None if it leaves that open; None if it names no
    days. A length alone is counted from today."""
    length = next((value for name, value in arguments.items() if type(value) is int and 0 < value <= 366
                   and name_words(name)[-1:] and singular(name_words(name)[-1]) in ("day", "night")), None)
    span = asked_span(arguments, now)
    if span is None:
        return None if length is None else (now.date(), length)
    words = {word for name, value in arguments.items() if _day(value) is not None for word in name_words(name)}
    is_open = length is None and bool(words & _OPEN_STARTS) and not words & _ENDS
    return span.start.date(), None if is_open else (span.end.date() - span.start.date()).days


def day_field(items: list[dict[str, Any]]) -> str | None:
    """Return the field by which a list's items are days, such as those of a forecast; None if they are things with an
    id or a name, times of day, or described by more texts than numbers."""
    days = [name for name, value in items[0].items() if isinstance(value, str) and len(value) == 10 and is_date(value)]
    if len(days) != 1 or _sense_of(days[0])[1:3] != (False, False) or not all(
            isinstance(item.get(days[0]), str) for item in items):
        return None
    texts = sum(isinstance(value, str) for value in items[0].values()) - 1
    numbers = sum(type(value) in (int, float) for value in items[0].values())
    are_things = any(id_noun(name) is not None or name_key(name) in TITLE_FIELDS
                     or isinstance(value, str) and _CLOCK.fullmatch(value)
                     for item in items for name, value in item.items())
    return None if texts > numbers or are_things else days[0]


def one_a_day(items: list[dict[str, Any]], field: str, start: date, number: int | None) -> list[dict[str, Any]]:
    """Return the items as days one after the other: as many as asked for, if that is not very many. Further ones take
    each field's value from another of the items, and measures such as prices change little from day to day."""
    count = len(items) if number is None else number
    if count > _MOST_DAYS:
        return items
    names = list(items[0])
    rows = [*items[:count], *({name: items[(place + shift) % len(items)].get(name) for shift, name in enumerate(names)}
                              for place in range(len(items), count))]
    return [{**{name: _near(rows[0].get(name), value) for name, value in row.items()},
             field: (start + timedelta(days=place)).isoformat()} for place, row in enumerate(rows)]


def _near(first: Any, value: Any) -> Any:
    """Return a measure moved most of the way to the first day's."""
    return round(first + (value - first) * _CHANGE, 2) if type(first) is type(value) is float else value


def _span(start: date, end: date) -> DateSpan:
    return DateSpan(datetime.combine(start, datetime.min.time()), datetime.combine(end, datetime.min.time()))


def is_date(text: str) -> bool:
    """Return whether a text is a date, or a date and time, as ISO 8601 writes them."""
    return text[4:5] == "-" and len(text) <= _LONGEST_DATE and _day_of(text) is not None


def days_after(day: str, like: str, days: int) -> str:
    """Return the date `days` days after `day`, in the form of another one."""
    return _written(_moment_of(day) + timedelta(days=days), like)


def _day(value: Any) -> date | None:
    return _day_of(value) if isinstance(value, str) and is_date(value) else None


@lru_cache(maxsize=5000)  # most dates are from the faker's pools
def _day_of(text: str) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _within_day(span: DateSpan, arguments: dict[str, Any]) -> DateSpan:
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
    if is_end:
        return DateSpan(max(span.start, moment - hours), moment)
    return DateSpan(moment, min(span.end, moment + hours))


class _FieldSense(NamedTuple):
    """What the name of a date's field says of when it is."""

    is_life_story: bool
    is_future: bool
    is_past: bool
    is_recent: bool
    is_birth: bool
    is_deadline: bool


@lru_cache(maxsize=20000)
def _sense_of(name: str) -> _FieldSense:
    words = set(name_words(name))
    is_past = bool(words & _PAST) or any(_DONE.fullmatch(word) for word in words - _NOT_DONE - _FUTURE)
    is_birth = bool(words & _BIRTH)
    is_deadline = bool(words & _DEADLINES or words & _BEFOREHAND and words & _AT_LATEST)
    return _FieldSense(bool(words & _LIFE_STORY), bool(words & _FUTURE) and not is_past, is_past or is_birth,
                       bool(words & _RECENT), is_birth, is_deadline)


@dataclass
class DateMover:
    """Moves the dates of one answer into `span`, if there is one, and else to the right side of `now`, but for the
    texts in `kept`; `generator` is asked for the random numbers if the dates depend on them."""

    span: DateSpan | None
    now: datetime
    generator: Callable[[], random.Random]
    kept: frozenset[str] = frozenset()
    _unused: int = 0  # random numbers that have not been needed so far

    @cached_property
    def _random(self) -> random.Random:
        return self.generator()

    def _chance(self) -> float:
        """Return the next random number."""
        for _ in range(self._unused):
            self._random.random()
        self._unused = 0
        return self._random.random()

    def moved(self, dates: dict[str, str], start: float, end: float) -> dict[str, str]:
        """Return those of an object's dates that change, by name; from `start` to `end` is the part of the span that is
        left for it."""
        staying = self._staying(dates) if self.span is None else None
        if staying is not None:
            self._unused += 1 + len(dates)
            return staying
        moments = self._with_deadlines(dict(self._moments(dates, start, end)))
        return {name: _written(moment, dates[name]) for name, moment in moments.items() if dates[name] not in self.kept}

    def _with_deadlines(self, moments: dict[str, datetime]) -> dict[str, datetime]:
        """Return the moments with each deadline, such as that for signing up, days before what it is for, and not over
        if that is days away."""
        deadlines = [name for name in moments if _sense_of(name).is_deadline]
        events = [moments[name] for name in moments if deadlines and name not in deadlines
                  and not (_sense_of(name).is_past or _sense_of(name).is_life_story)]
        for name in deadlines if events else ():
            event = min(events)
            is_away = event - self.now > timedelta(days=2)
            if moments[name].date() >= event.date() or is_away and moments[name] < self.now:
                early = event - timedelta(days=1 + abs((moments[name] - event).days) % 14)
                moments[name] = self.now + (event - self.now) / 2 if is_away and early < self.now else early
        return moments

    def _staying(self, dates: dict[str, str]) -> dict[str, str] | None:
        """Return the dates to the minute as far as they were not, None if any of them has to be moved."""
        result = {}
        for name, text in dates.items():
            always, past, usual = _reading_of(name, text)
            if always or past is not None and past > self._latest(_sense_of(name)):
                return None
            if usual != text and text not in self.kept:
                result[name] = usual
        return result

    def _moments(self, dates: dict[str, str], start: float, end: float) -> Iterator[tuple[str, datetime]]:
        """Yield when an object's dates are, one after the other in the order of its fields."""
        asked = [name for name in dates if not _sense_of(name).is_life_story] or list(dates)[:1]
        at, before = self._chance() * 0.4, None
        for name, text in dates.items():
            sense = _sense_of(name)
            if self.span is not None and name in asked:
                length = self.span.end - self.span.start
                moment = self.span.start + length * (start + (end - start) * at)
                at += (1 - at) * self._chance() * 0.5
            elif sense.is_future:
                moment = self.now + _AHEAD * (start + (end - start) * max(at, 0.05))
                moment = moment if before is None else before + timedelta(minutes=10 + self._chance() * 80)
                before = moment
            else:
                moment = self._past(sense, text)
            yield name, moment

    def _latest(self, sense: _FieldSense) -> datetime:
        """Return the last moment at which what has happened may lie."""
        return self.now - _YOUNGEST if sense.is_birth else self.now

    def _past(self, sense: _FieldSense, text: str) -> datetime:
        if sense.is_recent:
            return self.now - timedelta(minutes=1 + self._chance() * 50)
        moment = _moment_of(text)
        if sense.is_birth and moment > self._latest(sense):
            return self._latest(sense) - self._chance() * _LIFE
        if sense.is_past and moment > self.now:
            return self.now - timedelta(hours=1 + self._chance() * 24 * 20)
        self._unused += 1
        return moment


@lru_cache(maxsize=5000)
def _moment_of(text: str) -> datetime:
    day, clock = date.fromisoformat(text[:10]), _CLOCK.match(text, 11)
    hour, minute = (int(clock[1]) % 24, int(clock[2]) % 60) if clock else (0, 0)
    return datetime(day.year, day.month, day.day, hour, minute)


def _written(moment: datetime, like: str) -> str:
    """Return a moment in the form of another one, to the minute."""
    if len(like) == 10:
        return moment.date().isoformat()
    return moment.isoformat(timespec="minutes")[:16] + _ending_of(like)


@lru_cache(maxsize=20000)
def _reading_of(name: str, text: str) -> tuple[bool, datetime | None, str]:
    """Return whether a date is always moved, its moment if that must lie in the past, and its text to the minute."""
    sense, moment = _sense_of(name), _moment_of(text)
    always = sense.is_future or sense.is_recent or sense.is_deadline
    return always, moment if sense.is_past else None, _written(moment, text)


@lru_cache(maxsize=5000)
def _ending_of(text: str) -> str:
    """Return what follows the minutes in a moment's form: seconds, all of them 0, and the time zone."""
    zone = _ZONE.search(text, 11)
    return (":00" if text[16:17] == ":" else "") + (zone[0] if zone else "")
