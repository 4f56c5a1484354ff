"""Arithmetic that follows from known numbers by one step, at the precision that is written: sums, differences, means,
products, quotients, shares, and amounts in other units."""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, pairwise, permutations, product

from toolalpaca.core.words import name_words
from toolalpaca.matching.facts.amounts import HUNDREDTHS, Amount
from toolalpaca.matching.language.numbers import Figure, rough_step
from toolalpaca.matching.language.text import listed
from toolalpaca.matching.language.units import PRICE_WORDS, Unit, conversions, in_unit

_MOST_PAIRED = 12  # numbers of one kind of which all pairs are looked at
_MOST_SHARING = 20  # of people, nights and the like by which an amount is divided twice
_MOST_THINGS = 30
_FEW = 5  # numbers of which one is held against all others
_ABOUT = 0.05  # how far a number called approximate may be off, as a share


def says(figure: Figure, value: float) -> bool:
    """Return whether a figure is this value at the precision it is written with, or near it when it says `about`."""
    steps = (figure.step, *(1.0 if figure.step < 1 else 0.001 for _ in figure.values[1:]))
    return any(_rounds_to(one, value, figure, step) for one, step in zip(figure.values, steps, strict=True))


def any_says(figure: Figure, values: Iterable[float]) -> bool:
    """Return whether a figure is one of the values, as `says` tells; those out of its reach take next to no time."""
    low, high = _reach(figure)
    return any(low <= abs(value) <= high and says(figure, value) for value in values)


def said_of(figure: Figure, amounts: Sequence[Amount]) -> list[Amount]:
    """Return the amounts that a figure is, as `says` tells, whatever their units."""
    low, high = _reach(figure)
    said = {value for value in {one.value for one in amounts} if low <= abs(value) <= high and says(figure, value)}
    return [one for one in amounts if one.value in said]


def _reach(figure: Figure) -> tuple[float, float]:
    """Return the least and the greatest size of what a figure may be, and a little more."""
    sizes, slack = [abs(value) for value in figure.values], max(figure.step, 1.0)
    loose = 0.2 if figure.about or figure.worded else 1e-6
    return min(sizes) * (1 - loose) - slack, max(sizes) * (1 + loose) + slack


def _rounds_to(stated: float, value: float, figure: Figure, step: float) -> bool:
    value, stated = abs(value), abs(stated)
    if math.isclose(stated, value, rel_tol=1e-9, abs_tol=1e-12):
        return True
    off = abs(stated - value)
    if step >= 1 and value < 10 and not (figure.about and off <= 0.15 * value) and (figure.worded or off > 0.4):
        return figure.worded and off <= 0.15 * value
    if off <= step / 2 * 1.0001 and (step < 1 or value >= 1):
        return True
    return figure.about and off <= min(_ABOUT * value, max(rough_step(stated) / 2, step // 1) * 1.0001)


@dataclass(frozen=True)
class Basis:
    """What a figure may follow from: known amounts and the figures that the answer states.

    `counts` are what amounts may be multiplied with or divided by, `series` numbers of which sum and mean may be taken,
    and `shares` how many have a part in a total: two tickets and one car.
    """

    amounts: Sequence[Amount] = ()
    stated: Sequence[Figure] = ()
    counts: Collection[float] = ()
    series: Sequence[Sequence[float]] = ()
    shares: Sequence[float] = ()


def derived(figure: Figure, basis: Basis) -> bool:
    """Return whether a figure follows by one step from what is known.

    Numbers of one kind (under the same key) are combined with each other; any two that the answer states, or a stated
    one with a known one of the same unit, may be taken together too.
    """
    amounts, counts, stated = basis.amounts, basis.counts, basis.stated
    own_unit = [
        one for one in in_unit_of(amounts, figure.unit)
        if figure.unit is None or one.unit is None or one.unit.fits(figure.unit)
    ]
    others = [other for other in stated if other.start >= figure.end or figure.start >= other.end]
    there_and_back = (
        2 * one.values[0] for one in others if one.unit and figure.unit and one.unit.fits(figure.unit) and one.step < 1
    )
    times = [*basis.shares, *sorted({count for count in counts if 1 < count < 60})[:6]]
    results = chain(
        _of_one_kind(own_unit, stated), _changes(amounts) if figure.percent else (),
        _converted(figure, amounts), _with_counts(own_unit, counts),
        _bills(amounts) if figure.step <= 1 else (),
        (value for values in basis.series for value in (math.fsum(values), math.fsum(values) / len(values))),
        _of_stated(figure, others), _packages(others, times), there_and_back,
    )
    return any_says(figure, results)


def _packages(stated: Sequence[Figure], shares: Sequence[float]) -> Iterator[float]:
    """Yield what several of one thing and one of another come to, of amounts that are stated one after the other."""
    for first, second in pairwise(stated[:8]):
        if _may_combine(first.unit, second.unit):
            one, other = first.values[0], second.values[0]
            for share in shares:
                yield from (one * share + other, one + other * share, abs(one - other) * share)


def of_percents(amounts: Sequence[Amount], percents: Iterable[float]) -> Iterator[float]:
    """Yield what a share in percent of each amount is, and the amounts with the share added, taken off and taken out
    again."""
    shares = [percent / 100 for percent in percents][:6]
    for amount in amounts[:60]:
        for share in shares:
            yield from (amount.value * share, amount.value * (1 + share), amount.value * (1 - share))
            for whole in (amount.value / (1 + share), amount.value / (1 - share) if share < 1 else 0.0):
                yield from (whole, abs(amount.value - whole))


def ratios(amounts: Sequence[Amount]) -> Iterator[tuple[Amount, Amount, float]]:
    """Yield for each two amounts of one thing what the first is for one of the second: 50 a year for 125 m2."""
    for one, other in chain.from_iterable(permutations(own, 2) for own in by_thing(amounts)):
        if other.value:
            yield one, other, one.value / other.value


def by_thing(amounts: Iterable[Amount]) -> list[list[Amount]]:
    """Return the amounts of each thing that has a few of them."""
    return [own for own in _owned(amounts)[:_MOST_THINGS] if 1 < len(own) <= _MOST_PAIRED]


def _owned(amounts: Iterable[Amount]) -> list[list[Amount]]:
    """Return the amounts of each thing."""
    found: dict[int, list[Amount]] = {}
    for amount in amounts:
        if amount.thing is not None:
            found.setdefault(id(amount.thing), []).append(amount)
    return [*found.values()]


def _of_one_kind(amounts: Sequence[Amount], stated: Sequence[Figure] = ()) -> Iterator[float]:
    kinds: dict[tuple[str, ...], list[float]] = {}
    for amount in amounts:
        key = f"{amount.key}/100" if amount.of_hundredths else amount.key
        kinds.setdefault((key, amount.thing.group if amount.thing else ""), []).append(amount.value)
        kinds.setdefault((key,), []).append(amount.value)
    said = {value for figure in stated for value in figure.values}
    for kind, values in kinds.items():
        if len(values) > 1 and not (len(kind) == 1 and len(values) == len(kinds.get((kind[0], ""), []))):
            yield from _combinations(values, said if kind[0] else set())
    yield from (1 / amount.value for amount in amounts if amount.value and amount.value % 1 != 0)


def _changes(amounts: Sequence[Amount]) -> Iterator[float]:
    """Yield in percent what each two amounts of one kind are of each other, and by how much they differ."""
    kinds: dict[tuple[str, str], list[float]] = {}
    for amount in amounts:
        if amount.thing is not None and amount.unit is not None:
            kinds.setdefault((amount.key, amount.thing.group), []).append(amount.value)
    for values in kinds.values():
        yield from (100 * value for one, other in permutations(values[:_FEW], 2) if other
                    for value in (one / other, (one - other) / other))


def _combinations(values: Sequence[float], said: set[float]) -> Iterator[float]:
    """Yield sum, mean and pairs of numbers; if some of them are stated, pairs of those only, as they are compared."""
    stated = [value for value in values if value in said]
    for some in (values, stated) if 2 < len(stated) < len(values) else (values,):
        yield from (math.fsum(some), math.fsum(some) / len(some))
    total = math.fsum(values)
    yield from (total - value for value in values[:_MOST_PAIRED])
    yield from (abs(total - 2 * value) for value in values if 2 < len(values) <= _FEW)  # the others together, and it
    for first, second in combinations((stated if len(stated) > 1 else values)[:_MOST_PAIRED], 2):
        yield from _pair(first, second)


def _pair(first: float, second: float) -> Iterator[float]:
    yield from (first + second, abs(first - second))
    for one, other in ((first, second), (second, first)):
        if other:
            yield from (one / other, 100 * one / other, 100 * (one - other) / other)


def _converted(figure: Figure, amounts: Sequence[Amount]) -> Iterator[float]:
    """Yield known amounts, their sum, and what two of one unit come to, in the figure's unit."""
    if figure.unit is None:
        return
    known: dict[Unit, list[float]] = {}
    for amount in amounts:
        is_other = amount.unit != figure.unit or figure.unit.dimension not in ("money", "temperature")
        if amount.unit is not None and amount.unit.dimension == figure.unit.dimension and is_other:
            known.setdefault(amount.unit, []).append(amount.value)
    for unit, values in known.items():
        few = values[:_MOST_PAIRED]
        sums = [value for first, second in combinations(few, 2) for value in (abs(first - second), first + second)]
        told = [other for amount in amounts if not amount.thing and amount.unit and amount.unit != unit
                for other in in_unit(amount.value, amount.unit, unit)]
        sums += [both for value in few for other in told[:_MOST_PAIRED] for both in (abs(value - other), value + other)]
        total = math.fsum(values)
        for value in (*values, total, *(total - value for value in few), *sums):
            yield from in_unit(value, unit, figure.unit)


def _with_counts(amounts: Sequence[Amount], counts: Iterable[float]) -> Iterator[float]:
    """Yield amounts times a count, such as the nights of a stay, and divided by one."""
    factors = sorted({count for count in counts if count > 1})[:10]
    for amount in amounts:
        yield from (value for count in factors for value in (amount.value * count, amount.value / count))


def of_two_counts(amounts: Sequence[Amount], counts: Iterable[float]) -> Iterator[float]:
    """Yield amounts divided by two counts: what a stay costs per person and night."""
    pairs = [*combinations(sorted(count for count in counts if 1 < count < _MOST_SHARING), 2)]
    yield from (amount.value / (one * other) for amount in amounts for one, other in pairs)


def of_no_unit(amounts: Iterable[Amount], unit: Unit | None) -> Iterator[float]:
    """Yield what amounts that were shown without a unit are in one: such fields are in those of the metric system."""
    if unit is not None:
        plain = [one.value for one in amounts if one.unit is None and one.thing is not None]
        units = [Unit(unit.dimension, name) for name in _PLAIN_UNITS.get(unit.dimension, ())]
        yield from (other for value in plain for own in units for other in in_unit(value, own, unit))


# What a field without a unit in its name is given in, by what it measures.
_PLAIN_UNITS = {
    "length": ("meter", "kilometer", "centimeter"), "mass": ("kilogram", "gram"), "temperature": ("celsius",),
    "volume": ("liter",), "speed": ("kilometer-per-hour", "meter-per-second"), "area": ("square-meter",),
}


def of_lines(figure: Figure, stated: Iterable[Figure], *, is_sum: bool = True) -> Iterator[float]:
    """Yield what all amounts that are stated come to, each times the count before it: 2 adults at €18.50 and a car at
    €49. Yield for what is called a sum also what some come to that are stated one after the other, and every second or
    third of them, as in a table."""
    others = sorted((one for one in stated if one.start != figure.start), key=lambda one: one.start)
    own, bought = list[float](), list[float]()
    for before, one in zip([None, *others], others, strict=False):
        if one.unit == figure.unit or one.unit and figure.unit and one.unit.fits(figure.unit):
            count = before.values[0] if before and before.unit is None and before.values[0] in _BOUGHT else 1
            own.append(one.values[0])
            bought.append(count * one.values[0])
    yield math.fsum(bought)
    for first, last in combinations(range(min(len(own), _MOST_LINES) + 1), 2) if is_sum else ():
        some = own[first:last]
        yield from (math.fsum(some), math.fsum(some[::2]), math.fsum(some[1::2]), math.fsum(some[::3]))
        yield from (math.fsum(some[:-1]) - some[-1], math.fsum(bought[first:last]))


_MOST_LINES = 12
_BOUGHT = range(2, 100)  # how many of one thing


def of_rows(amounts: Sequence[Amount]) -> Iterator[float]:
    """Yield what a list comes to in which each thing has a number of pieces and an amount for one of them, and what
    several of one thing cost; and what all amounts in one unit of a list come to."""
    rows: dict[tuple[str, str, str], list[float]] = {}
    for own in by_thing(amounts):
        for count, one in permutations(own, 2):
            is_count = count.unit is None
            if is_count and count.value % 1 == 0 and count.thing and count.key != one.key:
                rows.setdefault((count.thing.group, count.key, one.key), []).append(count.value * one.value)
                if PRICE_WORDS & set(name_words(one.key)):
                    yield count.value * one.value
    for one in amounts:
        if one.thing and one.thing.group.endswith("[]") and one.unit:
            rows.setdefault((one.thing.group, one.unit.dimension, ""), []).append(one.value)
    yield from (math.fsum(values) for values in rows.values())


def _bills(amounts: Sequence[Amount]) -> Iterator[float]:
    """Yield what a quantity that was said costs at a rate, alone and with another charge of the same thing, once or for
    each month of a year."""
    quantities = sorted({one.value for one in amounts if not one.thing and not one.key and one.value > 1})
    priced = (amount for amount in amounts if amount.unit is None or amount.unit.dimension == "money")
    for own in _owned(priced)[:_MOST_PAIRED]:
        fees = [one.value * times for one in own if _CHARGES & set(name_words(one.key)) for times in (1, *_PERIODS)]
        rates = [one.value * (0.01 if HUNDREDTHS & set(name_words(one.key)) else 1) for one in own
                 if _RATES & set(name_words(one.key))]
        costs = [rate * quantity for rate in rates for quantity in quantities[:4]]
        yield from (*fees, *costs, *(cost + fee for cost in costs for fee in fees))


_PERIODS = (4, 12, 52)  # quarters, months and weeks of a year
_RATES = frozenset(listed("per rate price cent cents pence unit each fare"))
_CHARGES = frozenset(listed("fee charge base basic fixed standing deposit monthly subscription rent delivery shipping"))


def _of_stated(figure: Figure, others: Sequence[Figure]) -> Iterator[float]:
    """Yield what two other figures of the answer come to, those of the same unit first of all."""
    few = others[:14]
    for (place, first), (next_place, second) in combinations(enumerate(few), 2):
        one, other = first.values[0], second.values[0]
        if is_other_unit(first.unit, figure.unit) or is_other_unit(second.unit, figure.unit):
            for one, other in product(_in_its(figure.unit, first), _in_its(figure.unit, second)):
                yield from (one + other, abs(one - other))
        elif _may_combine(first.unit, second.unit):
            yield from _pair(one, other)
            if first.unit is None or second.unit is None or figure.unit in (first.unit, second.unit):
                yield one * other
        elif next_place == place + 1 and other:
            yield from (one / other, 100 * one / other)
    for stated in others:
        if stated.unit is not None and figure.unit is not None and stated.unit != figure.unit:
            yield from in_unit(stated.values[0], stated.unit, figure.unit)
        elif stated.unit is not None and figure.unit is None:
            yield from conversions(stated.values[0], stated.unit)


def _in_its(unit: Unit | None, stated: Figure) -> Iterator[float]:
    """Yield a stated amount in a unit of what it measures."""
    if unit is not None and stated.unit is not None and stated.unit != unit:
        yield from in_unit(stated.values[0], stated.unit, unit)
    else:
        yield stated.values[0]


def in_unit_of(amounts: Iterable[Amount], unit: Unit | None) -> Iterator[Amount]:
    """Yield amounts, those in other units of what a unit measures in that unit; not those of other money."""
    for one in amounts:
        if not is_other_unit(one.unit, unit):
            yield one
        elif one.unit is not None and unit is not None:
            yield from (replace(one, value=value, unit=unit) for value in in_unit(one.value, one.unit, unit))


def is_other_unit(own: Unit | None, unit: Unit | None) -> bool:
    """Return whether two units measure the same and are not one; not of what may be any currency."""
    return own is not None and unit is not None and own.dimension == unit.dimension and not own.fits(unit)


def _may_combine(first: Unit | None, second: Unit | None) -> bool:
    return first is None or second is None or first.dimension == second.dimension or first.fits(second)
