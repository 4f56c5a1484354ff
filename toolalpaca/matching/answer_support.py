"""Whether what an answer states is known: from what people said, from what the observations show, or by one step from
there.

The one rule of verification and scorer. With `figures_only` just what can hardly be worded otherwise is looked at:
numbers, days, times, addresses, identifiers and quotations; without it names too, which a person may know without
having been shown them.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any

from toolalpaca.core.text import words
from toolalpaca.matching import arithmetic
from toolalpaca.matching.codes import abbreviates, codes_in, meanings, names_of
from toolalpaca.matching.dates import DayMention, days_in, moved, relative_days, weekdays_in
from toolalpaca.matching.entities import Amount, Thing, amounts_of, things_in
from toolalpaca.matching.evidence import Evidence
from toolalpaca.matching.numbers import Figure, figures_in
from toolalpaca.matching.text import holds, listed
from toolalpaca.matching.times import times_in
from toolalpaca.matching.units import unit_of_key
from toolalpaca.matching.values import number

_ADDRESS = re.compile(r"https?://[^\s\"'<>)\]]+|[\w.+-]+@[\w-]+\.[\w.-]+")
_QUOTED = re.compile(r"\"([^\"\n]{2,80})\"|“([^”\n]{2,80})”")
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*(?:\d+[.)]|[-*•])\s+")
_IDENTIFIER = re.compile(
    r"(?<![\w.#-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{4,}\b|(?<![\w.,-])\d{3,}(?:-\d+)+\b|(?<!\w)#[0-9a-fA-F]{3,8}\b"
)
_AMOUNT_LIKE = re.compile(r"\d+(?:[.,]\d+)?-?[A-Za-zµ°]{1,12}|\d+-[a-z]+(?:-[a-z]+)*|\d+(?:st|nd|rd|th)")
# A capitalised word inside a sentence; what opens a sentence, an item of a list or bold text is capitalised anyway.
_NAME = re.compile(r"(?<=[\w,;)'’-] )[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
_ORDINARY = frozenset(
    words(
        "I I'm I'll I've I'd OK API URL ID IDs JSON PDF FAQ USD EUR AM PM UTC GMT CET CEST Celsius Fahrenheit Mr "
        "Mrs Ms Dr Please Yes No "
        "The This That It Here There You Your Also Additionally However Unfortunately First Second Third Then "
        "Finally Next "
        "We They He She If In On At For As To And Or But So All Both Each Note Not None A An Is Are TV DVD CD WiFi "
        "GPS SMS "
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August "
        "September "
        "October November December Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
    )
)
_ITEM = re.compile(r"(?:^|[:;\n])\s*(?P<name>[^:;,.()\n]{2,60}?)\s*\((?P<inside>[^()\n]{3,300})\)")
_NO_NOUN = frozenset(listed(" of in and or to is are for on at that which with out")) | {""}
_VAGUE = frozenset({"both", "couple", "a couple", "pair", "a pair", "once", "twice", "twins"})
_OUTLAY = ("duration",)
_MOST_COUNTED = 400


class Known:
    """All that an answer may state: what people said, what is said of the API, and what the calls have shown."""

    def __init__(self, evidence: Evidence, answer: str = "") -> None:
        self.evidence = evidence
        self.answer = answer

    @cached_property
    def sources(self) -> list[str]:
        """All texts."""
        return [
            *self.evidence.told,
            *self.evidence.about,
            *(one.seen.text for one in self.evidence.results),
            *(one.call.function for one in self.evidence.results),
            *map(str, self.evidence.asked),
        ]

    @cached_property
    def plain(self) -> str:
        """Everything in one, in lower case."""
        return "\n".join(self.sources).casefold()

    @cached_property
    def words(self) -> set[str]:
        """All words."""
        return {word for text in self.sources for word in words(text)}

    @cached_property
    def sequences(self) -> list[list[str]]:
        """The words of each source in their order."""
        return [words(text) for text in self.sources]

    @cached_property
    def things(self) -> list[Thing]:
        """What the observations speak of."""
        return things_in(self.evidence)

    @cached_property
    def amounts(self) -> list[Amount]:
        """The numbers that were said, asked with or shown, with their units."""
        found = [amount for thing in self.things for amount in amounts_of(thing)]
        found += [Amount(value, "", figure.unit) for figure in self.evidence.told_figures for value in figure.values]
        for one in self.evidence.results:
            found += [
                Amount(value, key, unit_of_key(key))
                for key, leaf in (one.call.arguments or {}).items()
                for item in (leaf if isinstance(leaf, list) else [leaf])
                if (value := number(item)) is not None
            ]
        for text in self.evidence.observed_texts:
            if number(text) is None:
                found += [Amount(value, "", figure.unit) for figure in figures_in(text) for value in figure.values]
        return found

    @cached_property
    def values(self) -> set[float]:
        """The numbers that are known, whatever they count: those of the API's description, years and sizes among
        them."""
        found = {amount.value for amount in self.amounts} | {abs(amount.value) for amount in self.amounts}
        found |= {value for text in self.evidence.about for figure in figures_in(text[:600]) for value in figure.values}
        found |= {float(year) for mention in self._mentions for year, _, _ in mention.readings if year}
        return found | set(map(float, self.sizes))

    @cached_property
    def sizes(self) -> list[int]:
        """How many items the lists have that were shown, and how many calls brought a result."""
        found = [size for one in self.evidence.results if one.seen.succeeded for size in _sizes(one.seen.body)]
        succeeded = sum(one.seen.succeeded for one in self.evidence.results)
        return [*found, succeeded, len(self.evidence.results)]

    @cached_property
    def counts(self) -> set[float]:
        """Numbers that an amount may be multiplied with: small whole ones that were said or shown, nights and days
        between days."""
        found = {float(size) for size in self.sizes if size < _MOST_COUNTED}
        for figure in self.evidence.told_figures:
            if figure.unit is None or figure.unit.dimension in _OUTLAY:
                found |= {value for value in figure.values if value == int(value) and 1 < value < _MOST_COUNTED}
        for amount in self.amounts:
            if amount.key and amount.value == int(amount.value) and 1 < amount.value < 100 and not amount.thing:
                found.add(amount.value)
        return found | set(self.spans)

    @cached_property
    def spans(self) -> list[float]:
        """The days between any two known days."""
        days = self.days[:12]
        return list(
            dict.fromkeys(
                float(abs((second - first).days)) for place, first in enumerate(days) for second in days[place + 1 :]
            )
        )

    @cached_property
    def _mentions(self) -> list[DayMention]:
        asked = [mention for leaf in self.evidence.asked if isinstance(leaf, str) for mention in days_in(leaf[:80])]
        return [*self.evidence.told_days, *self.evidence.observed_days, *asked]

    @cached_property
    def days(self) -> list[date]:
        """The days that are known in full."""
        today = [self.evidence.today] if self.evidence.today else []
        return list(dict.fromkeys([day for mention in self._mentions for day in mention.days()] + today))

    @cached_property
    def times(self) -> set[int]:
        """The times of day that are known, in minutes after midnight."""
        asked = {
            minute
            for leaf in self.evidence.asked
            if isinstance(leaf, str)
            for one in times_in(leaf[:80])
            for minute in one.minutes
        }
        return self.evidence.observed_times | asked | {minute for said in self.evidence.told_times for minute in said}

    @cached_property
    def codes(self) -> set[str]:
        """The codes that stand in what is known: those in capitals anywhere, others where they are a whole value."""
        capitals = {
            code
            for text in [*self.evidence.told, *self.evidence.observed_texts, *map(str, self.evidence.asked)]
            for code in codes_in(text)
            if code.isupper()
        }
        keys = {label for thing in self.things for label in thing.labels if len(label) <= 3}
        values = {
            str(leaf.value)
            for leaf in self.evidence.leaves
            if isinstance(leaf.value, str) and 2 <= len(leaf.value) <= 3
        }
        asked = {str(leaf) for leaf in self.evidence.asked if isinstance(leaf, str) and 2 <= len(leaf) <= 3}
        return {code for code in capitals | keys | values | asked if meanings(code) or code.isupper()}

    def has_name(self, name: str) -> bool:
        """Return whether a name, a word or several, is known, by itself or by a code such as FR."""
        wanted = words(name)
        if all(word in self.words for word in wanted) or name.casefold() in self.plain and len(name) > 3:
            return True
        if any(holds(text, wanted) for text in self.sequences):
            return True
        said = meanings(name)
        if said and any(said & meanings(code) for code in self.codes):
            return True
        return any(
            set(wanted) <= {word for known in names_of(code) for word in words(known)} or abbreviates(code, name)
            for code in self.codes
        )

    def has_day(self, mention: DayMention) -> bool:
        """Return whether a day is known, or follows from a known one by what was said or is stated."""
        fitting = [day for day in self.days if mention.fits(day)]
        if any(mention.weekday in (None, day.weekday()) for day in fitting):
            return True
        if fitting:
            return False  # another weekday
        if any(_agree(mention, other) for other in self._mentions):
            return (
                mention.weekday is None
                or not mention.days()
                or any(day.weekday() == mention.weekday for day in mention.days())
            )
        if mention.weekday is not None and mention.days() and mention.days()[0].weekday() != mention.weekday:
            return False
        today = self.evidence.today
        if today and any(
            mention.fits(day) for first, last in relative_days(self.evidence.told_text, today) for day in (first, last)
        ):
            return True
        return any(
            mention.fits(day)
            for known in self.days[:20]
            for amount, unit in self._moves
            for day in moved(known, amount, unit)
        )

    @cached_property
    def _moves(self) -> list[tuple[float, str]]:
        figures = [*self.evidence.told_figures, *figures_in(self.answer)]
        found = [
            (figure.values[0], figure.unit.name)
            for figure in figures
            if figure.unit is not None and figure.unit.name in ("day", "week", "month", "year")
        ]
        found += [
            (amount.value, amount.unit.name)
            for amount in self.amounts
            if amount.key and amount.unit is not None and amount.unit.name in ("day", "week", "month")
        ]
        return list(dict.fromkeys([*found, (1, "day")]))[:10]


def _agree(mention: DayMention, other: DayMention) -> bool:
    """Whether two days are the same as far as both say."""
    return any(
        month == also_month
        and (None in (day, also_day) or day == also_day)
        and (None in (year, also_year) or year == also_year)
        for year, month, day in mention.readings
        for also_year, also_month, also_day in other.readings
        if day is None or also_day is not None
    )


def _sizes(value: Any) -> Iterable[int]:
    if isinstance(value, list):
        yield len(value)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _sizes(part)


def unsupported(answer: str, known: Known, *, figures_only: bool = False) -> Iterator[str]:
    """Yield what the answer states and nothing known bears out."""
    for match in _ADDRESS.finditer(answer):
        address = match[0].rstrip(".,;:!?*_")
        if address.casefold() not in known.plain:
            yield address
    text = _LIST_NUMBER.sub("\n", _ADDRESS.sub(" @ ", answer))
    for match in _QUOTED.finditer(text):
        quoted = match[1] or match[2]
        if not known.has_name(quoted):
            yield quoted
    yield from _identifiers(text, known)
    yield from _figures(text, known)
    yield from _days(text, known)
    if not figures_only:
        yield from _names(text, known)
        yield from _items(text, known)


def _identifiers(text: str, known: Known) -> Iterator[str]:
    for match in _IDENTIFIER.finditer(text):
        if (
            not _AMOUNT_LIKE.fullmatch(match[0])
            and not re.search(rf"(?<![\w-]){re.escape(match[0].casefold())}(?![\w])", known.plain)
            and not days_in(match[0])
            and not any(holds(source, words(match[0])) for source in known.sequences)
        ):
            yield match[0]


def _days(text: str, known: Known) -> Iterator[str]:
    for mention in days_in(text):
        if not known.has_day(mention):
            yield text[mention.start : mention.end]
    for time in times_in(text):
        other_half = {(minute + 720) % 1440 for minute in time.minutes}
        written = text[time.start : time.end]
        if not time.minutes & known.times and (_says_half(written) or not other_half & known.times):
            yield written
    if not known.days and weekdays_in(text) and not days_in(text):
        yield from (
            match[0]
            for match in re.finditer(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b", text)
            if not re.search(rf"\b{match[0][:3].lower()}", known.plain)
        )


def _says_half(text: str) -> bool:
    return bool(re.search(r"[ap]\.?\s?m", text, re.IGNORECASE))


def _figures(text: str, known: Known) -> Iterator[str]:
    figures = figures_in(text)
    for place, figure in enumerate(figures):
        if not has_figure(figure, known, figures) and not _is_part(
            figure, figures[max(0, place - 2) : place + 3], known, figures
        ):
            yield figure.text


def _is_part(figure: Figure, around: Iterable[Figure], known: Known, figures: tuple[Figure, ...]) -> bool:
    """Whether it is a part of an amount that is known as a whole: the 12 of 2 hours and 12 minutes."""
    return any(
        other is not figure
        and other.start <= figure.start
        and figure.end <= other.end
        and has_figure(other, known, figures)
        for other in around
    )


def has_figure(figure: Figure, known: Known, figures: tuple[Figure, ...]) -> bool:
    """Return whether a figure is known with its unit, or follows from what is known; a number below ten that counts
    nothing in particular is let pass, as are `one` and fractions in words."""
    if figure.worded and (figure.values[0] <= 1 or figure.noun == "part" or figure.text.lower() in _VAGUE):
        return True
    same = [amount for amount in known.amounts if arithmetic.says(figure, amount.value)]
    if figure.unit is not None and same:
        if any(amount.unit is None or amount.unit.fits(figure.unit) or figure.percent for amount in same):
            return True
    elif same or _is_known(figure, known):
        return True
    if figure.percent and any(arithmetic.says(figure, amount.value * 100) for amount in known.amounts):
        return True
    if _is_count(figure, known) or (
        figure.unit is not None and figure.unit.dimension == "duration" and _is_span(figure, known)
    ):
        return True
    if (
        figure.unit is not None
        and not same
        and any(arithmetic.says(figure, value) for value in known.values - {one.value for one in known.amounts})
    ):
        return True
    return arithmetic.derived(figure, known.amounts, known.counts, figures)


def _is_known(figure: Figure, known: Known) -> bool:
    """Whether a number is known by itself, rounded when it is not a small one."""
    return any(value in known.values for value in figure.values) or any(
        arithmetic.says(figure, value) for value in known.values if value >= 10
    )


def _is_count(figure: Figure, known: Known) -> bool:
    """Whether a small whole number may count what was shown: some of a list's items."""
    value = figure.values[0]
    if figure.unit is not None or value != int(value) or value > 20:
        return False
    return value <= max(known.sizes, default=0) or (not figure.worded and value < 10 and figure.noun in _NO_NOUN)


def _is_span(figure: Figure, known: Known) -> bool:
    from toolalpaca.matching.units import in_unit, unit_named

    day = unit_named("day")
    return (
        figure.unit is not None
        and day is not None
        and any(
            arithmetic.says(figure, value)
            for span in known.spans
            for off in (0, 1)
            for value in in_unit(span + off, day, figure.unit)
        )
    )


def _names(text: str, known: Known) -> Iterator[str]:
    for match in _NAME.finditer(text):
        name = re.sub(r"['’]s$", "", match[0])
        parts = [word for word in words(name) if word not in _ORDINARY]
        if parts and not known.has_name(" ".join(parts)) and not known.has_name(name):
            yield name


def _items(text: str, known: Known) -> Iterator[str]:
    """Items of a list such as `Rome (city id 7, rating 4.5)` whose name nothing shows."""
    keys = {found[0] for leaf in known.evidence.leaves if leaf.path and (found := words(leaf.path[-1]))}
    for match in _ITEM.finditer(text):
        name = words(match["name"])
        inside = words(match["inside"])
        if len(name) <= 5 and inside and inside[0] in keys and not any(word in known.words for word in name):
            yield match["name"]
