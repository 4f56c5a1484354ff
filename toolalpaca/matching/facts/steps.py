"""One step from amounts of unlike kinds: what people said against what was shown, two numbers of one thing, rates and
exchange rates, intervals; and the units that a number leaves out."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, permutations

from toolalpaca.core.words import akin, name_terms, name_words, singular
from toolalpaca.matching.facts.amounts import Amount, amounts_of
from toolalpaca.matching.facts.arithmetic import by_thing, says
from toolalpaca.matching.facts.entities import Series, Thing
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.text import listed
from toolalpaca.matching.language.units import COINS, PRICE_WORDS, Unit, in_unit, multiplier, unit_named

_ASKED_UNIT = re.compile(
    r"\bhow (?:many|much)\s+(?:more |whole |full |further |other |extra )?(?P<counted>[a-z]+)\b"
    r"|\bin (?P<unit>[a-z]{4,})\b|\b(?P<share>percent\w*|share|proportion)\b",
    re.IGNORECASE,
)
# What stands after a number whose unit is left out: nine a day, 29 more than, twelve left.
_GRAMMATICAL = frozenset(listed(
    "are is were was a an per each every more less fewer over under above below left short off away apart later "
    "earlier longer shorter higher lower quicker faster slower cheaper dearer to too in on at of and or but so "
    "until till before after from for with as if that which all still yet now already today remaining ahead "
    "behind out further extra heavier lighter better worse older younger within inside"
)) | {""}
_EVERY = {"hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "monthly": "month", "yearly": "year"}
_TOTALS = frozenset(listed("total all altogether together overall sum whole"))
_CHANGES = frozenset(listed(
    "rise rises rose risen raise raised grow grows grew grown growth increase increased up fall falls fell fallen drop "
    "dropped decrease decreased decline declined down change changed gain gained lose lost more less fewer"
))
_DIFFERENCES = frozenset(listed("profit profits loss losses margin margins surplus deficit"))
_EXCHANGES = frozenset(listed("rate rates exchange"))
_CODE = re.compile(r"[A-Z]{3}")
_EACH = re.compile(r"\s?[A-Za-z€£$]{0,8}\s?(?:/|\b(?:an?|per|each|apiece|every|to (?:the|an?))\b)")
_BASE = re.compile(_EACH.pattern + r"\s?(?P<of>[^\W\d]+)")
_AT_A_PRICE = re.compile(r"\b(?:at|@) [€£$]?$", re.IGNORECASE)
# Before what one of something is or holds: one franc's 1.06, £1 = €1.17, each box holds 12, at a rate of 1.2.
_ONE_IS = re.compile(
    r"(?:\b(?:one|an?|1|each|every|per)\s+[^\W\d]+(?:\s[^\W\d]+)?|[€£$]\s?1)"
    r"(?:\s?['’]s|\s*=|\s(?:is|are|equals?|makes?|costs?|holds?|gives?|buys?|gets?(?: you| me| us)?|weighs?|takes?"
    r"|needs?|stands? at|(?:is |was )?worth))\s(?:about |now )?[€£$]?$"
    r"|\brate(?: of| is|:| was|['’]s)?(?: about| now)? $|\b[a-z]+s of $", re.IGNORECASE)
_A_PERIOD = re.compile(r"[\s/]*(?:an?|per|each|every|/)\s*(?P<period>day|week|month|year)\b", re.IGNORECASE)
_ASKED_PERIOD = re.compile(
    r"\b(?:an?|per|each|every)\s+(day|week|month|year)\b|\b(daily|weekly|monthly|yearly)\b", re.IGNORECASE)
_TIMES = {"day": (7, 30, 365), "week": (4, 52), "month": (12,), "year": (12, 52, 365)}
_NEAR = 60  # characters before a number in which it is looked for what it is of
_WHOLE_WORD = 4  # letters that the short name of a field has not
_MOST = 40  # amounts that are combined with others
_FEW = 12
_LARGE = 20
_MOST_BOUGHT = 400  # of one thing at a price


def in_left_out_units(figure: Figure, sentence: Iterable[Figure], told: str) -> list[Figure]:
    """Return a number in the units that it may have though they are left out: those that people asked for, as in `how
    many days`, and those of the other numbers of its sentence; nothing if it counts something."""
    if figure.unit is not None or figure.noun not in _GRAMMATICAL or figure.end > figure.start + len(figure.text):
        return []
    asked = [unit_named("%" if match["share"] else match["counted"] or match["unit"])
             for match in _ASKED_UNIT.finditer(told)]
    units = dict.fromkeys(filter(None, [*asked, *(one.unit for one in sentence if not one.percent)]))
    return [replace(figure, unit=unit) for unit in units]


def of_told_and_shown(
    figure: Figure, amounts: Sequence[Amount], stated: Sequence[Figure], *, is_compared: bool
) -> Iterator[float]:
    """Yield what an amount that people gave and one that was shown differ by, and their ratio in percent, if they are
    in one unit, or in none and one of them is `stated`, the figure is called a difference or they differ by much: how
    much of a budget is left."""
    told = [one for one in amounts if not one.key and one.thing is None][:_FEW]
    shown = [one for one in amounts if one.thing is not None][:_MOST]
    shown += [Amount(one.values[0], "", one.unit) for one in stated]
    said = {one.values[0] for one in stated}
    for given in told:
        for one in shown:
            is_alike = given.unit is not None and one.unit is not None and given.unit.fits(one.unit)
            is_meant = is_compared or figure.values[0] >= _LARGE  # which is no chance
            if is_alike or None in (given.unit, one.unit) and (is_meant or {given.value, one.value} & said):
                yield from _compared(figure, given.value, one.value)


def of_one_thing(
    figure: Figure, amounts: Sequence[Amount], stated: Iterable[float], named: frozenset[str]
) -> Iterator[float]:
    """Yield what two amounts of one thing in one unit come to, by how much they differ, and their ratio in percent, if
    one of them is stated or named, or their fields' names have a word in common: the words that are done; and what all
    of them come to and the share of each."""
    said = set(stated)
    for own in by_thing(amounts):
        for first, second in combinations(own, 2):
            if first.unit is not None and second.unit is not None and first.unit.dimension != second.unit.dimension:
                continue
            terms = [set(name_terms(one.key)) for one in (first, second)]
            is_alike = first.unit == second.unit and (first.unit is not None or figure.percent and not named.isdisjoint(
                _CHANGES))
            is_named = bool(terms[0] & terms[1] or named & _DIFFERENCES) or any(one <= named for one in terms if one)
            if not _TOTALS.isdisjoint(named) and figure.values[0] >= _LARGE:
                yield first.value + second.value
            if is_alike or is_named or {first.value, second.value} & said:
                yield first.value + second.value
                yield from _compared(figure, first.value, second.value)
        total = math.fsum(one.value for one in own)
        if len({one.unit for one in own}) == 1 and len(own) > 2 and total:
            yield from (total, *(100 * one.value / total for one in own if figure.percent))


def differ_by(figure: Figure, one: Thing, other: Thing) -> bool:
    """Return whether a figure is by how much two things differ in one of their fields."""
    theirs = {amount.key: amount for amount in amounts_of(other)}
    return any(
        says(figure, abs(amount.value - theirs[amount.key].value))
        for amount in amounts_of(one)
        if amount.key in theirs
    )


def left_of(amounts: Sequence[Amount], series: Sequence[Series]) -> Iterator[float]:
    """Yield what two amounts of one thing differ by, and by how much one is more than several that belong together:
    what is left of a budget; and what two fields of all things of a list differ by: the places taken."""
    for own in by_thing(amounts):
        yield from (abs(first.value - second.value) for first, second in combinations(own, 2)
                    if first.unit == second.unit)
        sums = [math.fsum(one.value for one in other) for other in by_thing(amounts) if other is not own]
        yield from (abs(one.value - total) for one in own for total in (*sums, *(some.total for some in series)))


def of_named_fields(amounts: Sequence[Amount], texts: Iterable[str]) -> Iterator[float]:
    """Yield what two amounts of one thing come to that texts name together: goals plus assists, the rent and the
    deposit."""
    pairs = {pair for text in texts for pair in _TOGETHER.findall(text.lower()) if pair[0] != pair[1]}
    for own in by_thing(amounts) if pairs else ():
        for one, other in pairs:
            named = [[amount for amount in own if _is_called(amount.key, word)] for word in (one, other)]
            yield from (first.value + second.value for first in named[0] for second in named[1] if first is not second)


_TOGETHER = re.compile(r"\b(?=(\w+) (?:plus|and|\+|with) (?:the |my |its )?(\w+))")


def _is_called(key: str, word: str) -> bool:
    """Return whether a word names a field, which may be called by its first letters: goals for `g`."""
    parts = name_words(key)
    return any(akin(part, word) for part in parts) or len(parts) == 1 and len(key) < _WHOLE_WORD <= len(word) and (
        word.startswith(parts[0]))


def of_several_kinds(amounts: Sequence[Amount], counts: Sequence[float]) -> Iterator[float]:
    """Yield what several of two things at their prices, given by one result, come to: two adults and three children."""
    for own in by_thing(amounts):
        for first, second in permutations(own, 2):
            if first.unit is None or first.unit.is_money:
                yield from (first.value * one + second.value * other for one, other in permutations((*counts, 1.0), 2))


def of_stated_and_shown(amounts: Iterable[Amount], stated: Iterable[float]) -> Iterator[float]:
    """Yield what a number that the answer states and one that was shown differ by."""
    said = [*stated]
    yield from (abs(one.value - other) for one in amounts if one.thing is not None for other in said)


def counts_field(figure: Figure, amounts: Iterable[Amount]) -> bool:
    """Return whether what a number counts is a word of a field's name, or nothing that is named."""
    return figure.noun in _GRAMMATICAL or any(
        akin(singular(figure.noun), part) for one in amounts for part in name_words(one.key))


def _compared(figure: Figure, first: float, second: float) -> Iterator[float]:
    yield abs(first - second)
    for one, other in ((first, second), (second, first)):
        if other and figure.percent:
            yield from (100 * one / other, 100 * (one - other) / other)


def of_rates(figure: Figure, amounts: Sequence[Amount], stated: Sequence[float]) -> Iterator[float]:
    """Yield what a rate of a thing comes to for as much as the thing has, as people said or as is stated, and for how
    long that lasts at the rate: an hourly pay times the hours, 9,000 words at 2,500 a day."""
    said = [Amount(value, "", None) for value in stated]
    said += [one for one in amounts if one.thing is None and not one.key][:_FEW]
    for rate in amounts:
        base, scale = _base_of(rate.key)
        if rate.thing is None or not rate.value:
            continue
        if not base:
            is_price = bool(PRICE_WORDS & {*name_words(rate.key)})
            yield from (rate.value * value for value in stated if is_price and value in range(2, _MOST_BOUGHT))
            continue
        ends = name_words(rate.key)[0], name_words(rate.key)[-1]
        unit, measure = unit_named(base), unit_named(ends[0]) or unit_named(ends[1])
        own = [one for one in amounts if one.thing is rate.thing and one is not rate
               and (base in map(singular, name_words(one.key)) or one.unit is not None and one.unit in (unit, measure))]
        for one in (*own, *said):
            products = [value * rate.value / scale for value in _in_base(one, unit)]
            yield from products
            if measure and figure.unit:
                yield from (other for value in products for other in in_unit(value, measure, figure.unit))
            if one.unit is None or unit is None or one.unit.dimension != unit.dimension:
                lasts = one.value * scale / rate.value
                yield lasts
                yield from in_unit(lasts, unit, figure.unit) if unit and figure.unit else ()


def _base_of(key: str) -> tuple[str, float]:
    """Return what a field's number is for one of, in the singular, or for how many: g and 100 of `kcalPer100g`."""
    parts = name_words(key)
    for part in parts:
        if part in _EVERY:
            return _EVERY[part], 1.0
    for part, *after in zip(parts, parts[1:], (*parts[2:], ""), strict=False):
        if part == "per" and after[1] in ("2", "3"):
            return "".join(after), 1.0  # m2
        if part == "per":
            return (singular(after[1]), float(after[0])) if after[0].isdigit() else (singular(after[0]), 1.0)
    return "", 1.0


def _in_base(one: Amount, unit: Unit | None) -> Iterator[float]:
    """Yield an amount in the unit that a rate is for, as it is when one of the two has none."""
    if one.unit is None or unit is None or one.unit.fits(unit):
        yield one.value
    else:
        yield from in_unit(one.value, one.unit, unit)


def at_rates_said(told: str, values: Iterable[float]) -> Iterator[float]:
    """Yield what numbers come to at what people said one of it costs or makes: 30 cents a kWh, 20 to a crate."""
    if rates := _rates_said(told):
        yield from (other for value in values for rate in rates for other in (value * rate, value / rate))


def at_rates_stated(text: str, stated: Iterable[Figure], told: Iterable[Figure]) -> Iterator[float]:
    """Yield what numbers that an answer states or people gave come to at the rates that it states: 31.2 kWh at 0.58 a
    kWh, 18,000 at $21 per thousand, 400 litres at €84 a hectolitre."""
    numbers = [*stated, *told]
    for rate in stated:
        if base := _BASE.match(text, rate.start + len(rate.text)):
            price = rate.values[0] / (100 if rate.noun in COINS else 1) / (multiplier(base["of"]) or 1)
            unit = unit_named(base["of"])
            for one in numbers:
                values = in_unit(one.values[0], one.unit, unit) if one.unit and unit else ()
                yield from (value * price for value in (one.values[0], *values))


@lru_cache(maxsize=16)
def _rates_said(told: str) -> tuple[float, ...]:
    rates = (one.values[0] / (100 if one.noun in COINS else 1) for one in figures_in(told)
             if _EACH.match(told, one.start + len(one.text)) or _AT_A_PRICE.search(told[: one.start])
             or _ONE_IS.search(told[max(one.start - _NEAR, 0) : one.start]))
    return tuple(filter(None, rates))


def by_period(figure: Figure, text: str, told: str, bases: Iterable[float], days: Iterable[int]) -> Iterator[float]:
    """Yield what amounts are in the period that is said after a number or that people asked for, as part of a longer
    one, such as one of so many `days`, or several times in it: 71 a month of 850 a year."""
    match = _A_PERIOD.match(text, figure.end)
    periods = [match["period"].lower()] if match else [
        _EVERY.get(period.lower(), period.lower()) for pair in _ASKED_PERIOD.findall(told) for period in pair if period]
    times = {count for period in periods for count in (*_TIMES.get(period, ()), *(days if period == "day" else ()))}
    yield from (value for base in bases for count in times for value in (base / count, base * count))


def exchanged(amounts: Sequence[Amount], stated: Iterable[float]) -> Iterator[float]:
    """Yield what amounts of money, or without a unit, that were said, shown or stated come to at the rates shown."""
    rates = [one.value for one in amounts if one.thing is not None and one.value and (
        _CODE.fullmatch(one.key) or _EXCHANGES & set(name_words(one.key)))][:_MOST]
    money = [one.value for one in amounts if one.value not in rates and (one.unit is None or one.unit.is_money)][:_MOST]
    for rate in rates:
        yield 100 * rate  # cents of one
        yield from (other for value in (*money, *stated) for other in (value * rate, value / rate))
