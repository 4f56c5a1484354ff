"""What amounts of unlike units come to: an area of two lengths, a way of a speed and a time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations, product

from toolalpaca.core.words import name_words
from toolalpaca.matching.facts.amounts import Amount
from toolalpaca.matching.facts.arithmetic import by_thing
from toolalpaca.matching.language.numbers import Figure
from toolalpaca.matching.language.units import Unit, unit_named

# Of which other dimensions one is made, and in which power of each.
_MADE_OF = {
    "area": {"length": 2}, "volume": {"length": 3}, "speed": {"length": 1, "duration": -1},
    "power": {"energy": 1, "duration": -1},
}
_LENGTHS = frozenset({"width", "height", "length", "depth", "breadth"})  # fields without a unit, in a plain one
_PLAIN = ("meter", "centimeter", "millimeter")
_MOST = 8  # amounts that are multiplied with each other


def of_unlike(figure: Figure, amounts: Sequence[Amount], stated: Iterable[Figure]) -> Iterator[float]:
    """Yield what amounts of one thing, that people said or that are stated come to in the figure's unit, multiplied
    with each other or one divided by another, where that makes what the unit measures: 4 m by 3 m are 12 m²."""
    if figure.unit is None or not figure.unit.size:
        return
    wanted, size = _powers(figure.unit), figure.unit.size
    said = [one for one in amounts if one.thing is None and not one.key]
    said += [Amount(one.values[0], "", one.unit) for one in stated]
    for own in ([], *by_thing(amounts)):
        sizes = dict.fromkeys(chain.from_iterable(map(_in_base, [*own[:_MOST], *said[:_MOST]])))
        for value, powers in (*_products(sizes, 2), *(_products(sizes, 3) if wanted == {"length": 3} else ())):
            if dict(powers) == wanted:
                yield value / size


def _products(
    sizes: Iterable[tuple[float, Unit]], count: int
) -> Iterator[tuple[float, dict[str, int]]]:
    """Yield products of several amounts of which some may be divided by, with the powers of the dimensions in each."""
    for some in combinations(sizes, count):
        for signs in product((1, -1), repeat=count) if count == 2 else ((1,) * count,):
            powers, value = Counter[str](), 1.0
            for (one, unit), sign in zip(some, signs, strict=True):
                value = value * one**sign if one else 0.0
                for dimension, power in _powers(unit).items():
                    powers[dimension] += sign * power
            yield value, {dimension: power for dimension, power in powers.items() if power}


def _in_base(one: Amount) -> Iterator[tuple[float, Unit]]:
    """Yield an amount in the base unit of what it measures; lengths without a unit in each plain one."""
    units = [one.unit]
    if one.unit is None and _LENGTHS & set(name_words(one.key)):
        units = [unit_named(name) for name in _PLAIN]
    for unit in units:
        if unit is not None and unit.size and not unit.is_money:
            yield one.value * unit.size, Unit(unit.dimension, "")


def _powers(unit: Unit) -> dict[str, int]:
    """Return in which powers of other dimensions what a unit measures is made of them."""
    return _MADE_OF.get(unit.dimension, {unit.dimension: 1})
