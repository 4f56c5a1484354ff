"""What follows from known numbers by one step of arithmetic, at the precision that is written: sums, differences,
means, products, quotients, shares, and amounts in other units."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from toolalpaca.matching.entities import Amount
from toolalpaca.matching.numbers import Figure
from toolalpaca.matching.units import Unit, conversions, in_unit

_MOST_PAIRED = 12  # numbers of one kind of which all pairs are looked at
_ABOUT = 0.05  # how far a number called approximate may be off, as a share


def says(figure: Figure, value: float) -> bool:
    """Return whether a figure is this value at the precision it is written with, or near it when it says `about`."""
    return any(_rounds_to(one, value, figure) for one in figure.values)


def _rounds_to(stated: float, value: float, figure: Figure) -> bool:
    value, stated = abs(value), abs(stated)
    if math.isclose(stated, value, rel_tol=1e-9, abs_tol=1e-12):
        return True
    off = abs(stated - value)
    if (
        off <= figure.step / 2 * 1.0001
        and (figure.step < 1 or value >= 1)
        and not (figure.step >= 1 and value < 10 and not figure.about and not figure.worded and off > 0.4)
    ):
        return True
    return figure.about and off <= min(_ABOUT * value, _rough_step(stated) / 2 * 1.0001)


def _rough_step(stated: float) -> float:
    """The value of the last place that is not zero: 100 for 5,800."""
    if stated == 0 or stated != int(stated):
        return 0.0
    step = 1
    while stated % (step * 10) == 0:
        step *= 10
    return float(step)


def scaled(value: float) -> Iterator[float]:
    """Yield a value as it is, as a share in percent and the other way round, and in thousands, millions and
    billions."""
    yield from (value, value * 100, value / 1e3, value / 1e6, value / 1e9)


def derived(figure: Figure, amounts: Sequence[Amount], counts: Iterable[float], stated: Sequence[Figure]) -> bool:
    """Return whether a figure follows by one step from known amounts.

    Numbers of one kind (under the same key) are combined with each other; any two that the answer states, or a stated
    one with a known one of the same unit, may be taken together too; `counts` are what amounts may be multiplied with
    or divided by.
    """
    fits = _fitting(figure)
    if any(fits(value) for value in _of_one_kind(amounts)) or any(fits(value) for value in _converted(figure, amounts)):
        return True
    if any(fits(value) for value in _with_counts(amounts, counts)):
        return True
    others = [
        other for other in stated if other is not figure and not (other.start < figure.end and figure.start < other.end)
    ]
    return any(fits(value) for value in _of_stated(figure, others))


def of_percents(amounts: Sequence[Amount], percents: Iterable[float]) -> Iterator[float]:
    """Yield what a share in percent of each amount is, and the amounts with the share added, taken off and taken out
    again."""
    shares = [percent / 100 for percent in percents][:6]
    for amount in amounts[:60]:
        for share in shares:
            yield from (amount.value * share, amount.value * (1 + share), amount.value * (1 - share))
            yield from (amount.value / (1 + share), amount.value - amount.value / (1 + share))


def _fitting(figure: Figure) -> Callable[[float], bool]:
    return lambda value: math.isfinite(value) and says(figure, value)


def _of_one_kind(amounts: Sequence[Amount]) -> Iterator[float]:
    kinds: dict[tuple[str, ...], list[float]] = {}
    for amount in amounts:
        kinds.setdefault((amount.key, amount.thing.group if amount.thing else ""), []).append(amount.value)
        kinds.setdefault((amount.key,), []).append(amount.value)
    for kind, values in kinds.items():
        if len(values) > 1 and not (len(kind) == 1 and len(values) == len(kinds.get((kind[0], ""), []))):
            yield from _combinations(values)
    yield from (1 / amount.value for amount in amounts if amount.value and amount.value != int(amount.value))


def _combinations(values: Sequence[float]) -> Iterator[float]:
    total = math.fsum(values)
    yield total
    yield total / len(values)
    yield from (total - value for value in values[:_MOST_PAIRED])
    pairs = [
        (first, second)
        for place, first in enumerate(values[:_MOST_PAIRED])
        for second in values[place + 1 : _MOST_PAIRED]
    ]
    for first, second in pairs or pairwise(values):
        yield from _pair(first, second)


def _pair(first: float, second: float) -> Iterator[float]:
    yield first + second
    yield abs(first - second)
    for one, other in ((first, second), (second, first)):
        if other:
            yield one / other
            yield 100 * one / other
            yield 100 * (one - other) / other


def _converted(figure: Figure, amounts: Sequence[Amount]) -> Iterator[float]:
    """Known amounts, and the differences of two of one kind, in the figure's unit."""
    if figure.unit is None:
        return
    known: dict[Unit, list[float]] = {}
    for amount in amounts:
        if amount.unit is not None and amount.unit.dimension == figure.unit.dimension and amount.unit != figure.unit:
            known.setdefault(amount.unit, []).append(amount.value)
    for unit, values in known.items():
        few = values[:_MOST_PAIRED]
        sums = [
            one
            for place, first in enumerate(few)
            for second in few[place + 1 :]
            for one in (abs(first - second), first + second)
        ]
        for value in (*values, math.fsum(values), *sums):
            yield from in_unit(value, unit, figure.unit)


def _with_counts(amounts: Sequence[Amount], counts: Iterable[float]) -> Iterator[float]:
    """Amounts times a count, such as the nights of a stay, and divided by one."""
    factors = sorted({count for count in counts if count > 1})[:10]
    for amount in amounts:
        for count in factors:
            yield amount.value * count
            yield amount.value / count


def _of_stated(figure: Figure, others: Sequence[Figure]) -> Iterator[float]:
    """What two other figures of the answer come to, those of the same unit first of all."""
    few = others[:14]
    for place, first in enumerate(few):
        for second in few[place + 1 :]:
            if not _may_combine(first.unit, second.unit):
                continue
            for one in first.values[:1]:
                for other in second.values[:1]:
                    yield from _pair(one, other)
                    if first.unit is None or second.unit is None or figure.unit in (first.unit, second.unit):
                        yield one * other
    for stated in others:
        if stated.unit is not None and figure.unit is not None and stated.unit != figure.unit:
            yield from in_unit(stated.values[0], stated.unit, figure.unit)
        elif stated.unit is not None and figure.unit is None:
            yield from conversions(stated.values[0], stated.unit)


def _may_combine(first: Unit | None, second: Unit | None) -> bool:
    return first is None or second is None or first.dimension == second.dimension
