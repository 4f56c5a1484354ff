"""Numbers in answers that are worked out of one thing, or lie in lists inside of it, and are said of another."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain

from toolalpaca.matching.answers.subjects import told_of
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.amounts import Amount, amounts_of
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes

_LEAST = 10  # from which on a whole number is hardly one by chance
_MOST, _MOST_OTHERS = 12, 30  # amounts of a thing, and things of its group


def misplaced(answer: str, known: Known) -> Iterator[str]:
    """Yield the numbers that an answer says of one thing and that follow from another of its group only: the sum of
    what its list has, its share of all, what so many of it cost."""
    if len(known.things) < 2:
        return
    told = {value for figure in known.evidence.told_figures for value in figure.values}
    for part, own, _ in told_of(answer, known.mentions):
        for figure in wholes(figures_in(part.text)):
            is_telling = figure.values[0] >= _LEAST or figure.step < 1
            if is_telling and not told & {*figure.values} and figure.noun != "part":
                yield from _of_another(figure, own, known)


def _of_another(figure: Figure, own: Sequence[Thing], known: Known) -> Iterator[str]:
    for group in dict.fromkeys(thing.group for thing in own):
        mine = [thing for thing in own if thing.group == group]
        others = [thing for thing in known.mentions.groups[group] if thing is not mine[0]]
        if len(mine) > 1 or len(others) > _MOST_OTHERS or arithmetic.any_says(
                figure, (amount.value for amount in amounts_of(mine[0]))):
            continue
        holders = [thing for thing in others if arithmetic.any_says(figure, _worked_out(figure, thing, known))]
        if holders and not _follows(figure, mine[0], known):
            yield f"{figure.text!r} of {holders[0].label()!r}, not of {mine[0].label()!r}"


def _inside(thing: Thing, known: Known) -> list[Thing]:
    """Return the things in the lists inside of the only thing of a result."""
    if "[]" in thing.group:
        return []
    return [one for one in known.things if one.place == thing.place and one.group.startswith(f"{thing.group}.")]


def _worked_out(figure: Figure, thing: Thing, known: Known) -> Iterator[float]:
    """Yield the numbers in the lists inside of a thing with their sums, its shares of what all have and what several of
    it come to."""
    kinds: dict[str, list[float]] = {}
    for amount in (amount for one in _inside(thing, known) for amount in _amounts(figure, one)):
        kinds.setdefault(amount.key, []).append(amount.value)
    for values in kinds.values():
        yield from (*values, math.fsum(values))
    for amount in _amounts(figure, thing):
        yield from (amount.value * count for count in known.told_counts)
        if figure.percent:
            yield from (100 * amount.value / total for total in _totals(thing, amount.key, known) if total)


def _amounts(figure: Figure, thing: Thing) -> list[Amount]:
    return [*arithmetic.in_unit_of(list(amounts_of(thing))[:_MOST], None if figure.percent else figure.unit)]


def _totals(thing: Thing, key: str, known: Known) -> Iterator[float]:
    """Yield what things of a list may have a share of: what the object around it has, and all of them together."""
    around = [one for one in known.things if one.place == thing.place and thing.group.startswith(f"{one.group}.")]
    yield from (amount.value for one in around for amount in amounts_of(one))
    yield math.fsum(amount.value for one in known.mentions.groups[thing.group] for amount in amounts_of(one)
                    if amount.key == key)


def _follows(figure: Figure, mine: Thing, known: Known) -> bool:
    """Return whether a number may follow from a thing: it is one of its own or worked out of these, or is known apart
    from things of this kind."""
    amounts = [amount for one in (mine, *_inside(mine, known)) for amount in amounts_of(one)]
    amounts += [amount for amount in known.amounts if amount.thing is None or not _is_like(amount.thing, mine)]
    basis = arithmetic.Basis(amounts, (), known.counts, shares=known.told_counts)
    values = chain((one.value for one in amounts), _worked_out(figure, mine, known))
    return arithmetic.any_says(figure, values) or arithmetic.derived(figure, basis)


def _is_like(thing: Thing, other: Thing) -> bool:
    """Return whether a thing is of the same kind as another, or inside of one."""
    return thing.group == other.group or thing.group.startswith(f"{other.group}.")
