"""Totals and means in answers: what is called one has to be the sum or the mean of numbers that belong together, not
any number that can be worked out."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations, permutations, product

from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.units import in_unit

_MEAN = re.compile(r"\b(?:averages?|averaged|averaging|(?:the|an?|its|their|your|my) mean)\b", re.IGNORECASE)
_TOTAL = re.compile(
    r"\b(?:totals?|totall?ing|altogether|all together|together|combined|sums?|in all|all told|add(?:s|ed)? up to)\b",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(  # what is more or less than a total, or only a part of one
    r"\b(?:than|left|remain\w*|sav\w+|short|missing|less|minus|without|except|over|under|above|below|percent|out of|per"
    r"|each|half|third|quarter|remaining|nearly|almost)\b|%",
    re.IGNORECASE,
)
_TWICE = re.compile(r"\b(?:twice|doubled?|both ways|there and back|return|round trip|two|2|pair)\b", re.IGNORECASE)
_NEAR = 40  # characters between the word and its number
_MOST_ADDED = 10  # numbers of one kind of which all sums are looked at
_MOST_MIXED = 24
_MOST_SUMS = 200  # that are taken several times
_PERIODS = (4, 7, 12, 30, 52, 365)  # parts of a month, a week and a year


def unfounded_aggregates(answer: str, known: Known) -> Iterator[str]:
    """Yield the numbers that are called a total or a mean and are none of what was shown, said or stated."""
    if not any(map(str.isdigit, answer)) or not known.series:
        return
    for sentence in sentences_of(answer):
        for pattern, is_right, name in ((_MEAN, _is_mean, "mean"), (_TOTAL, _is_total, "total")):
            match = pattern.search(sentence)
            if match is None or _OTHERWISE.search(sentence):
                continue
            figures = [one for one in wholes(figures_in(sentence)) if not one.worded]
            figure = _named(figures, match)
            if figure is None or _is_told(figure, known) or figure.percent or figure.noun == "part":
                continue
            others = [one for one in wholes(figures_in(answer)) if one.text != figure.text]
            if not is_right(figure, others, known):
                yield f"{figure.text} is no {name}"


def _named(figures: Sequence[Figure], match: re.Match[str]) -> Figure | None:
    """Return the number that is called so: the next one after the word, else the last one before it."""
    after = [one for one in figures if 0 <= one.start - match.end() <= _NEAR]
    before = [one for one in figures if 0 <= match.start() - one.end <= _NEAR]
    near = after[:1] or before[-1:]
    return near[0] if near else None


def _is_told(figure: Figure, known: Known) -> bool:
    """Return whether a number was said or shown, or says how many things there are."""
    told = {value for one in known.evidence.told_figures for value in one.values}
    is_count = figure.unit is None and figure.values[0] % 1 == 0 and figure.values[0] <= max(known.sizes, default=0)
    return bool(set(figure.values) & (told | known.values)) or is_count or arithmetic.any_says(
        figure, (one.value for one in known.amounts)
    )


def _is_mean(figure: Figure, others: Sequence[Figure], known: Known) -> bool:
    """Return whether a number is the mean of a list, of those of its things that share something or are named, or of
    the numbers that the answer states, or a total by a number that people said or a period."""
    named = known.mentions.named_in(known.answer)
    kinds = [one.values for one in known.series]
    kinds += [some for one in known.series if (some := tuple(
        value for thing, value in zip(one.things, one.values, strict=True) if thing in named))]
    values = [mean for some in kinds for mean in _in_its_unit(math.fsum(some) / len(some), some, figure, known)]
    numbers = [one.values[0] for one in others]
    values += [math.fsum(some) / len(some) for some in _subsets(numbers)]
    bases = [*map(math.fsum, kinds), *numbers]
    values += [base / count for base in bases for count in (*known.told_counts, *_PERIODS)]
    values += [ratio for _, _, ratio in arithmetic.ratios(known.amounts)]
    return arithmetic.any_says(figure, values)


def _is_total(figure: Figure, others: Sequence[Figure], known: Known) -> bool:
    """Return whether a number is the sum of some numbers of one kind, of those that the answer states, or of several
    amounts in its unit, each of them perhaps taken several times."""
    sums = [total for some in _some(known) for total in _in_its_unit(math.fsum(some), some, figure, known)]
    sums += [math.fsum(some) for some in _subsets([one.values[0] for one in others])]
    counts = {*known.told_counts, *known.spans, *(span + 1 for span in known.spans)}
    counts |= {one.values[0] for one in (*others, *known.evidence.told_figures) if one.values[0] % 1 == 0 and (
        one.unit is None or one.unit.dimension == "duration")}
    counts |= {2.0} if _TWICE.search(f"{known.evidence.told_text} {known.answer}") else set()
    amounts = [one for one in known.amounts if one.unit is None or figure.unit is None or one.unit.fits(figure.unit)]
    own = [*dict.fromkeys([*(one.value for one in amounts), *(one.values[0] for one in others)])]
    mixed = own[:_MOST_MIXED] if figure.unit is not None else []
    pairs = chain.from_iterable(permutations(one.values[:_MOST_ADDED], 2) for one in known.series)
    values = chain(
        sums,
        (value * count for value in (*sums[:_MOST_SUMS], *own) for count in counts),
        (math.fsum(some) for size in (2, 3) for some in combinations(mixed, size)),
        (first * count + second for first, second in chain(pairs, product(mixed, repeat=2)) for count in counts),
        arithmetic.of_percents(amounts, known.percents(others)),
    )
    basis = arithmetic.Basis(stated=others, counts=known.told_counts, shares=known.told_counts)
    return arithmetic.any_says(figure, values) or arithmetic.derived(figure, basis)


def _some(known: Known) -> Iterator[Sequence[float]]:
    """Yield the numbers under one key of each list, and all choices among a few of them."""
    for one in known.series:
        yield one.values
        if len(one.values) <= _MOST_ADDED and not one.shared:
            yield from _subsets(one.values)


def _subsets(values: Sequence[float]) -> Iterator[tuple[float, ...]]:
    few = values[:_MOST_ADDED]
    yield from (some for size in range(2, len(few) + 1) for some in combinations(few, size))


def _in_its_unit(value: float, some: Iterable[float], figure: Figure, known: Known) -> Iterator[float]:
    """Yield a number, and what it is in the figure's unit if the numbers it comes from are in another."""
    yield value
    first = next(iter(some))
    units = {one.unit for one in known.amounts if one.value == first and one.unit is not None}
    if figure.unit is not None:
        yield from (other for unit in units if unit != figure.unit for other in in_unit(value, unit, figure.unit))
