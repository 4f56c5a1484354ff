"""Known facts, which an answer may state: what people said, what is said of the API, and what the calls have shown."""

import calendar
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property
from itertools import combinations

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import name_words, singular, words
from toolalpaca.matching.facts.amounts import Amount, amounts_of
from toolalpaca.matching.facts.counted import counted_by, sizes_of
from toolalpaca.matching.facts.entities import Series, Thing, series_in, things_in
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.facts.local_times import local_moments
from toolalpaca.matching.facts.mentions import Mentions
from toolalpaca.matching.facts.rankings import moment_of, span_of
from toolalpaca.matching.language.choices import same_words
from toolalpaca.matching.language.codes import abbreviates, codes_in, meanings, names_of
from toolalpaca.matching.language.dates import DayMention, bare_days_in, days_in, parts_of_years
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.relative_days import days_that_fit, months_between, moved, relative_days
from toolalpaca.matching.language.times import DAY, bare_hours, minutes_in, offsets_of
from toolalpaca.matching.language.units import Unit, in_unit, unit_named, unit_of_key
from toolalpaca.matching.language.values import number

_MOST_COUNTED = 400
_NEXT_DAY = re.compile(
    r"\b(?:(?:next|following|previous|same|day) (?:day|morning|after|before|evening|night)|tomorrow|yesterday|overnight"
    r"|tonight|eve|midnight|nights?|earliest|onwards?|again from)\b",
    re.IGNORECASE,
)
_MOVED = ("day", "week", "month", "year")  # by which days are moved
_SHORT = 40  # characters of a value that may be nothing but days
_DIGITS = re.compile(r"\d{1,4}")
_GLUED = re.compile(r"(?<=[A-Za-z])\d{2,}")  # the length of a key in rsa4096
_SPAN_IN_NAME = re.compile(r"(?<!\d)(\d{1,3})_?([Hh]ours?|[Dd]ays?|[Mm]in(?:utes?)?|[hd])(?![a-z])")  # last24h
# Two numbers with a hyphen between them that are no part of an identifier: the hours of `Mon-Fri 9-17`.
_RANGE = re.compile(r"(?<![\w.,:/-])(\d{1,4})\s?[-–]\s?(\d{1,4})(?![\w:/-]|[.,]\d)")
_HOURS = re.compile(r"(\d{1,2})\s?[-–]\s?(\d{1,2})(?: ?h)?")  # a value that is nothing but hours: 16-20
_FROM_TO = re.compile(r"(?<![\w.,:])(\d{1,2})\s?(?:[-–]|to|until|till|and)\s?(\d{1,2})(?![\w:]|[.,]\d)")
_MOST_MOMENTS = 14
_WITH_SECONDS = re.compile(r"(?<![\d:])(?:(\d{1,2}):(?=\d\d:\d\d)|(?=\d+:\d\d\.))(\d{1,2}):(\d\d(?:\.\d+)?)")
_FROM_UTC, _MOST_HOURS = frozenset({"utc", "gmt", "offset", "tz"}), 14
_COUNTED = frozenset({"guest", "person", "people", "adult", "participant", "passenger", "member", "night", "day"})
_COUNTED_AFTER = frozenset({"week", "month", "hour", "time"})  # in names of several words: months of a deposit
_IN_MINUTES = frozenset({"delay", "delayed", "late", "duration", "wait"})  # in names of fields without a unit
_MOST_STATED = 6  # days of an answer
YEARS, _MOST_YEARS = range(1000, 2200), 12
_PERIODS = {"year": (12.0, 52.0), "annual": (12.0,), "week": (7.0,), "fortnight": (14.0,), "quarter": (3.0,),
            "there and back": (2.0,), "each way": (2.0,), "both ways": (2.0,), "round trip": (2.0,)}


class Known:
    """All that an answer may state: what people said, what the calls have shown, `about`, texts on the API, and
    `meanings`, what its document says of the codes that were used."""

    def __init__(self, evidence: Evidence, answer: str = "", about: Sequence[str] = (),
                 meanings: Sequence[str] = ()) -> None:
        self.evidence, self.answer, self.about, self.meanings = evidence, answer, [*about, *meanings], meanings

    @cached_property
    def sources(self) -> list[str]:
        """Return all texts."""
        return [
            *self.evidence.told,
            *self.about,
            *(one.seen.text for one in self.evidence.results),
            *(one.call.function for one in self.evidence.results),
            *map(str, self.evidence.asked),
        ]

    @cached_property
    def plain(self) -> str:
        """Return everything in one text, in lower case."""
        return "\n".join(self.sources).casefold()

    @cached_property
    def words(self) -> set[str]:
        """Return all words."""
        return {word for text in self.sources for word in words(text)}

    @cached_property
    def sequences(self) -> list[list[str]]:
        """Return the words of each source in their order."""
        return [words(text) for text in self.sources]

    @cached_property
    def things(self) -> Sequence[Thing]:
        """Return what the observations speak of."""
        return things_in(self.evidence)

    @cached_property
    def mentions(self) -> Mentions:
        """Return where texts name these things."""
        return Mentions(self.things)

    @cached_property
    def amounts(self) -> list[Amount]:
        """Return the numbers that were said, asked with or shown, with their units."""
        found = [amount for thing in self.things for amount in amounts_of(thing)]
        found += [Amount(value, "", figure.unit) for figure in self.evidence.told_figures for value in figure.values]
        items = [(key, item) for one in self.evidence.results for key, leaf in one.call.given.items()
                 for item in (leaf if isinstance(leaf, list) else [leaf])]
        found += [Amount(value, key, unit_of_key(key)) for key, item in items if (value := number(item)) is not None]
        for text in self.evidence.observed_texts:
            if number(text) is None:
                plain = _RANGE.sub(r"\1 to \2", text) if _RANGE.search(text) else text
                found += [Amount(value, "", figure.unit) for figure in figures_in(plain) for value in figure.values]
        return found + [Amount(float(match[1]), "", unit_named(match[2])) for name in self._names
                        for match in _SPAN_IN_NAME.finditer(name)]

    @cached_property
    def _names(self) -> set[str]:
        """Return the names of the fields that were shown."""
        return {str(name) for leaf in self.evidence.leaves for name in leaf.path}

    @cached_property
    def series(self) -> list[Series]:
        """Return the numbers of lists that belong together."""
        return series_in(self.things)

    @cached_property
    def told_counts(self) -> list[float]:
        """Return how many of something people said, or were asked for in a call: two adults, three of us."""
        said = [value for figure in self.evidence.told_figures if figure.unit is None for value in figure.values[:1]]
        asked = [leaf for leaf in self.evidence.asked if isinstance(leaf, int) and not isinstance(leaf, bool)]
        return list(dict.fromkeys(value for value in (*said, *asked) if value in range(2, 21)))[:4]

    @cached_property
    def durations(self) -> set[int]:
        """Return the minutes of all durations of less than a day that were said or shown, those from UTC among them."""
        minute = Unit("duration", "minute")
        units = [(amount.value, amount.unit or minute) for amount in self.amounts
                 if amount.unit is not None or _IN_MINUTES & {*name_words(amount.key)}]
        found = {round(minutes + off) for value, unit in units for minutes in in_unit(value, unit, minute)
                 for off in (-0.4, 0, 0.4)}
        return {value for value in found if 0 < value < DAY} | self.offsets

    @cached_property
    def offsets(self) -> set[int]:
        """Return how many minutes the clocks that were shown are from UTC, without sign."""
        found = {abs(offset) for text in self.evidence.observed_texts for offset in offsets_of(text[:_SHORT])}
        for amount in self.amounts:
            if amount.thing is not None and _FROM_UTC & {*name_words(amount.key)}:
                size = abs(amount.value)
                found.add(round(size * 60 if size <= _MOST_HOURS else size if size < DAY else size / 60))
        return found

    @cached_property
    def second_spans(self) -> list[float]:
        """Return the seconds between any two times of day with seconds that were shown."""
        found = [match for text in self.evidence.observed_texts for match in _WITH_SECONDS.finditer(text[:_SHORT])]
        moments = [3600 * int(match[1] or 0) + 60 * int(match[2]) + float(match[3]) for match in found[:_MOST_MOMENTS]]
        return [abs(later - first) for first, later in combinations(moments, 2)]

    @cached_property
    def values(self) -> set[float]:
        """Return the numbers that are known, whatever they count: those of the API's description, years and sizes among
        them."""
        found = {amount.value for amount in self.amounts} | {abs(amount.value) for amount in self.amounts}
        found |= {value for text in self.about for figure in figures_in(text[:600]) for value in figure.values}
        found |= {float(digits) for name in self._names for digits in _DIGITS.findall(name)}
        found |= {float(digits) for leaf in self.evidence.asked if isinstance(leaf, str) and leaf.isalnum()
                  for digits in _GLUED.findall(leaf)}
        found |= {float(year) for mention in self.day_mentions for year, _, _ in mention.readings if year}
        return found | set(map(float, self.sizes))

    @cached_property
    def sizes(self) -> list[int]:
        """Return how many items the lists have that were shown, and how many calls brought a result."""
        found = [size for one in self.evidence.results if one.seen.succeeded for size in sizes_of(one.seen.body)]
        succeeded = sum(one.seen.succeeded for one in self.evidence.results)
        return [*found, succeeded, len(self.evidence.results)]

    @cached_property
    def counted(self) -> frozenset[str]:
        """Return what the whole numbers that were shown count by the names of their fields."""
        return counted_by(self.amounts)

    @cached_property
    def sizes_together(self) -> set[int]:
        """Return for each function that was called several times how many items its results list together."""
        sizes: dict[str, list[int]] = {}
        for one in self.evidence.results:
            if one.seen.succeeded:
                sizes.setdefault(one.call.function, []).append(next(iter(sizes_of(one.seen.body)), 0))
        return {sum(found) for found in sizes.values() if len(found) > 1}

    @cached_property
    def counts(self) -> set[float]:
        """Return numbers that an amount may be multiplied with: small whole ones that were said or shown, nights and
        days between days."""
        found = set(map(float, self.sizes))
        for figure in self.evidence.told_figures:
            if figure.unit is None or figure.unit.dimension == "duration":
                found |= {value for value in figure.values if 1 < value < _MOST_COUNTED}
        for amount in self.amounts:
            parts = [*map(singular, name_words(amount.key))]
            is_count = not amount.thing or _COUNTED & {*parts} or _COUNTED_AFTER & {*parts[1:]}
            if amount.key and amount.value % 1 == 0 and 1 < amount.value < 100 and is_count:
                found.add(amount.value)
        for thing in self.things[:20]:
            texts = [value for _, value in thing.values if isinstance(value, str) and len(value) <= _SHORT]
            found |= set(_spans([day for text in texts for mention in days_in(text) for day in mention.days()][:4]))
        said = f"{self.evidence.told_text} {self.answer}".lower()
        found |= {count for word, counts in _PERIODS.items() if word in said for count in counts}
        return found | set(_spans([day for mention in self.evidence.told_days for day in mention.days()]))

    @cached_property
    def days_of_periods(self) -> set[int]:
        """Return how many days the months have that were named, and the periods that calls asked for."""
        this_year = self.evidence.today.year if self.evidence.today else 2001
        lengths = {calendar.monthrange(year or this_year, month)[1] for mention in self.day_mentions
                   for year, month, day in mention.readings if day is None}
        return (lengths | {(last - first).days + 1 for first, last in self._asked_periods}) - {1}

    @cached_property
    def _asked_periods(self) -> list[tuple[date, date]]:
        """Return the first and the last day that each call was asked with."""
        asked = [[day for leaf in leaves(one.call.given) if isinstance(leaf, str)
                  for own in days_in(leaf[:_SHORT]) for day in own.days()] for one in self.evidence.results]
        return [(min(days), max(days)) for days in asked if days]

    @cached_property
    def spans(self) -> list[float]:
        """Return the days between any two known days."""
        stated = [mention for mention in days_in(self.answer) if self.has_day(mention)]
        years = {day.year for day in self.days[:_MOST_YEARS]}
        days = [date(year, month, day) for mention in stated for said, month, day in mention.readings if day
                for year in ({said} if said else years) if year and day <= calendar.monthrange(year, month)[1]]
        return _spans([*self.days[:12], *days[:_MOST_STATED]])

    @cached_property
    def time_spans(self) -> list[float]:
        """Return the minutes between any two known times of day, also over midnight."""
        times = sorted(self.times)[:14]
        spans = {later - first for first, later in combinations(times, 2)}
        return [float(span) for span in spans | {DAY - span for span in spans}]

    @cached_property
    def moment_spans(self) -> list[float]:
        """Return the minutes between any two moments of which day and time are known, and what the things of each list
        take together from their beginning to their end."""
        moments = sorted({moment for text in self.evidence.observed_texts if (moment := moment_of(text)) is not None})
        lengths: dict[tuple[str, int], float] = {}
        for thing in self.things:
            span = span_of(thing)
            if span is not None:
                lengths[thing.group, thing.place] = lengths.get((thing.group, thing.place), 0.0) + span
        between = {later - first for first, later in combinations(moments[:_MOST_MOMENTS], 2)}
        return [DAY * days for days in (*between, *lengths.values())]

    def percents(self, stated: Iterable[Figure]) -> list[float]:
        """Return the shares in percent that were said, shown or are stated in the answer."""
        named = {"percent", "pct", "percentage", "tax", "vat", "discount", "commission", "interest", "rate"}
        found = [figure.values[0] for figure in (*self.evidence.told_figures, *stated) if figure.percent]
        found += [one.value for one in self.amounts if one.key and 0 < one.value < 100
                  and (named & set(name_words(one.key)) or one.unit == unit_named("%"))]
        return list(dict.fromkeys(found))

    @cached_property
    def day_mentions(self) -> list[DayMention]:
        """Return the days that were said, shown or asked for, whole or in part."""
        asked = [mention for leaf in self.evidence.asked if isinstance(leaf, str) for mention in days_in(leaf[:80])]
        return [*self.evidence.told_days, *self.evidence.observed_days, *asked, *self._days_in_parts]

    @cached_property
    def _days_in_parts(self) -> list[DayMention]:
        """Return the days that are asked for or shown as a month and a day, with a year or without."""
        asked = [one.call.given for one in self.evidence.results]
        found = []
        for parts in (*asked, *(dict(thing.values) for thing in self.things)):
            year, month, day = (parts.get(name) for name in ("year", "month", "day"))
            if isinstance(month, int) and 1 <= month <= 12 and (day is None or isinstance(day, int)):
                found.append(DayMention(0, 0, ((year if isinstance(year, int) else None, month, day),)))
        values = {leaf for leaf in self.evidence.asked if isinstance(leaf, str)}
        values |= {leaf.value for leaf in self.evidence.leaves if isinstance(leaf.value, str)}
        return found + [DayMention(0, 0, (reading,)) for value in values if len(value) < _SHORT
                        for reading in parts_of_years(value)]

    @cached_property
    def days(self) -> list[date]:
        """Return the days that are known in full."""
        today = [self.evidence.today] if self.evidence.today else []
        named = [day for mention in self.day_mentions for day in mention.days()]
        local = [moment.date() for moment in self.local_moments]
        return list(dict.fromkeys([*named, *self._numbered_days, *today, *local]))

    @cached_property
    def _numbered_days(self) -> Iterable[date]:
        """Return the days that people gave by their number alone, in the months that they named, as the 15th, and those
        without a year in that of today."""
        months = {reading[:2] for mention in self.evidence.told_days for reading in mention.readings if reading[0]}
        numbers = bare_days_in(self.evidence.told_text)
        found = [(year, month, day) for year, month in months for day in numbers]
        today = self.evidence.today
        found += [(today.year, month, day) for mention in self.day_mentions for year, month, day in mention.readings
                  if today and day and not year]
        return [date(year, month, day) for year, month, day in found if year and day
                and day <= calendar.monthrange(year, month)[1]]

    @cached_property
    def year_spans(self) -> list[float]:
        """Return the years between any two known years, that of today among them."""
        years = {amount.value for amount in self.amounts if amount.value in YEARS}
        years |= {float(day.year) for day in self.days}
        return [float(later - first) for first, later in combinations(sorted(years)[:_MOST_YEARS], 2)]

    @cached_property
    def times(self) -> set[int]:
        """Return the times of day that are known, in minutes after midnight."""
        asked = {minute for leaf in self.evidence.asked if isinstance(leaf, str) for minute in minutes_in(leaf[:80])}
        texts = [*self.evidence.observed_texts, *(leaf for leaf in self.evidence.asked if isinstance(leaf, str))]
        hours = {int(hour) for text in texts if (match := _HOURS.fullmatch(text)) for hour in match.groups()}
        hours |= {int(hour) for text in self.meanings for match in _FROM_TO.finditer(text) for hour in match.groups()}
        spans = {60 * hour % DAY for hour in hours if hour <= 24}
        asked |= {60 * moment.hour + moment.minute for moment in self.local_moments}
        told = (*self.evidence.told_times, *bare_hours(self.evidence.told_text))
        return self.evidence.observed_times.union(asked, spans, *told)

    @cached_property
    def local_moments(self) -> list[datetime]:
        """Return the moments that were shown in UTC, in each zone that is spoken of."""
        return local_moments(self.evidence, self.about)

    @cached_property
    def codes(self) -> set[str]:
        """Return the codes that stand in what is known: those in capitals anywhere, others where they are a whole
        value."""
        texts = [*self.evidence.told, *self.evidence.observed_texts, *map(str, self.evidence.asked)]
        capitals = {code for text in texts for code in codes_in(text) if code.isupper()}
        values = [*self.evidence.asked, *(leaf.value for leaf in self.evidence.leaves)]
        short = {value for value in values if isinstance(value, str) and 2 <= len(value) <= 3}
        short |= {label for thing in self.things for label in thing.labels if len(label) <= 3}
        return capitals | {code for code in short if meanings(code) or code.isupper()}

    def has_name(self, name: str) -> bool:
        """Return whether a name, a word or several, is known, by itself or by a code such as FR."""
        wanted = words(name)
        said = meanings(name)
        return (
            all(word in self.words for word in wanted)
            or len(name) > 3 and (name.casefold() in self.plain or "".join(wanted) in self.words)
            or len(wanted) == 1 and not same_words(wanted[0]).isdisjoint(self.words)
            or any(said & meanings(code) or abbreviates(code, name) for code in self.codes)
            or any(set(wanted) <= {word for known in names_of(code) for word in words(known)} for code in self.codes)
        )

    def has_day(self, mention: DayMention) -> bool:
        """Return whether a day is known, or follows from a known one by what was said or is stated."""
        if all(day is None for _, _, day in mention.readings) and self._has_month(mention):
            return True
        named, weekday = mention.days(), mention.weekday
        if weekday is not None and named and all(day.weekday() != weekday for day in named):
            return False
        fitting = [day for day in self.days if mention.fits(day)]
        if fitting:
            return any(weekday in (None, day.weekday()) for day in fitting)
        today, told = self.evidence.today, self.evidence.told_but_of_clock
        spans = relative_days(told, today) if today else []
        return (
            any(mention.agrees(other) for other in self.day_mentions)
            or any(mention.fits(day) for span in spans for day in span)
            or any(mention.fits(day) for known in self.days[:20] for amount, unit in self._moves
                   for day in moved(known, amount, unit))
            or any(mention.fits(day) for one in self.evidence.results if not one.seen.succeeded
                   for known in self.days[:20] for day in days_that_fit(one.seen.text, known))
        )

    def _has_month(self, mention: DayMention) -> bool:
        """Return whether a month was named or lies between two days that a call was asked with."""
        months = [(year, month) for year, month, _ in mention.readings]
        if any(calendar.month_name[month].lower() in self.words for year, month in months if year is None):
            return True
        return any(month == other and said in (None, year) for first, last in self._asked_periods
                   for year, other in months_between(first, last) for said, month in months)

    @cached_property
    def _moves(self) -> list[tuple[float, str]]:
        figures = [*self.evidence.told_figures, *figures_in(self.answer)]
        found = [(figure.values[0], figure.unit.name) for figure in figures
                 if figure.unit is not None and figure.unit.name in _MOVED]
        found += [(amount.value, amount.unit.name) for amount in self.amounts
                  if amount.key and amount.unit is not None and amount.unit.name in _MOVED]
        if self.offsets or _NEXT_DAY.search(f"{self.evidence.told_text}\n{self.answer}"):
            found.append((1, "day"))
        return list(dict.fromkeys(found))[:10]


def _spans(days: Sequence[date]) -> list[float]:
    """Return the days between any two days."""
    return list(dict.fromkeys(float(abs((second - first).days)) for first, second in combinations(days, 2)))
