"""Totals, means and differences in answers: what is called one has to be that of numbers that belong together, and of
the things that a sentence speaks of, rather than of any that would do."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations, permutations, product

from toolalpaca.core.words import words
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.amounts import amounts_of, is_for_one
from toolalpaca.matching.facts.entities import Series, Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.facts.measures import of_unlike
from toolalpaca.matching.facts.steps import differ_by
from toolalpaca.matching.language.choices import is_meant
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.dates import day_of
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.units import in_unit
from toolalpaca.matching.language.values import number

_MEAN = re.compile(r"\b(?:averages?|averaged|averaging|(?:the|an?|its|their|your|my) mean)\b", re.IGNORECASE)
_SUMMED = r"totals?|altogether|all together|together|combined|in all|all told|add(?:s|ed)? up to"
_TOTAL = re.compile(rf"\b(?:{_SUMMED}|totall?ing|sums?)\b", re.IGNORECASE)
_OTHERWISE = re.compile(  # what is more or less than a total, or only a part of one
    r"\b(?:than|left|remain\w*|sav\w+|short|missing|less|minus|without|except|over|under|above|below|percent|out of|per"
    r"|each|half|third|quarter|remaining|nearly|almost)\b|%",
    re.IGNORECASE,
)
_TWICE = re.compile(r"\b(?:twice|doubled?|both ways|there and back|return|round trip|two|2|pair)\b", re.IGNORECASE)
_PLUS = re.compile(r"\d\W*\+|\bplus\b", re.IGNORECASE)
_NEAR = 40  # characters between the word and its number
_MOST_ADDED = 10  # numbers of one kind of which all sums are looked at
_MOST_MIXED = 24
_MOST_SUMS = 200  # that are taken several times
_PERIODS = (4, 7, 12, 30, 52, 365)  # parts of a month, a week and a year
_OF_SEVERAL = re.compile(
    rf"\b(?:{_SUMMED}|between them|between the \w+|sum|come to|comes to|came to)\b", re.IGNORECASE
)
_DIFFERS = re.compile(
    r"\b(?:more|less|fewer|cheaper|dearer|longer|shorter|higher|lower|bigger|smaller|heavier|lighter|older|younger"
    r"|faster|slower|later|earlier|further|closer|warmer|colder) than\b"
    r"|\b(?:ahead|short|clear|in front) of\b|\bbehind\b|\bdifference\b|\bapart\b|\bsave\w*\b",
    re.IGNORECASE,
)
_ASKS_A_SUM = re.compile(
    r"\bhow much (?:\w+ )?(?:did|have|has|do|does|will|would) (?:\w+ ){1,2}"
    r"(?:spen[dt]|pa(?:y|id)|earn\w*|ma[dk]e|owe\w*)\b",
    re.IGNORECASE,
)
PIECES = frozenset({"quantity", "qty", "pieces"})
_PRONOUN = re.compile(r"\W*(?:it|its|they|their|he|she|his|her|this|that)\b", re.IGNORECASE)
_ALL = re.compile(r"\ball\b(?! (?:in|told|together)\b)", re.IGNORECASE)
_MOST_SUMMED = 8  # things of which all sums are looked at
_SMALLEST = 10  # from this number on a figure is taken to be worked out


def unfounded_aggregates(answer: str, known: Known) -> Iterator[str]:
    """Yield the numbers that are called a total or a mean and are none of what was shown, said or stated."""
    if not any(map(str.isdigit, answer)):
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
            is_unfounded = bool(known.series) and not is_right(figure, others, known)
            adds = is_right is _is_total and _PLUS.search(sentence, 0, figure.start)
            if is_unfounded or adds and not _is_added_up(figure, figures, known):
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


def _is_added_up(figure: Figure, figures: Sequence[Figure], known: Known) -> bool:
    """Return whether a total is the sum of other figures of its sentence, one of them perhaps taken several times, or
    of fewer than two that are in its unit."""
    others = [one for one in figures if one is not figure and not one.percent]
    parts = [one.values[0] for one in others if one.unit == figure.unit or one.unit and figure.unit
             and one.unit.fits(figure.unit)]
    counts = {1.0, *known.told_counts, *(one.values[0] for one in others if one.unit is None)}
    return len(parts) < 2 or arithmetic.any_says(figure, (
        math.fsum(some) + (count - 1) * one for some in _subsets(parts) for one in some for count in counts
    ))


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
    return arithmetic.any_says(figure, chain(values, of_unlike(figure, known.amounts, others)))


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
        arithmetic.of_percents(amounts, known.percents(others)), arithmetic.of_lines(figure, others),
        arithmetic.of_rows([*arithmetic.in_unit_of(known.amounts, figure.unit)]),
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


def wrong_sums(answer: str, known: Known) -> Iterator[str]:
    """Yield the totals that only some of the things add up to which they are said to be of, and the differences of
    two named things that only others have."""
    if not any(map(str.isdigit, answer)):
        return
    before, is_asked = list[Thing](), _ASKS_A_SUM.search(known.evidence.told_text)
    for sentence in sentences_of(answer):
        named = known.mentions.named_in(sentence)
        subjects = [*(before if _PRONOUN.match(sentence) and len(before) == 1 else ()), *named]
        is_total, differs = _OF_SEVERAL.search(sentence) or is_asked, _DIFFERS.search(sentence)
        for figure in _worked_out(sentence, known) if is_total or differs else ():
            if is_total and (_forgets_pieces(figure, known) or _is_of_fewer(figure, sentence, known)
                             or not differs and _is_partial(figure, sentence, answer, known)):
                yield f"{figure.text} is the sum of others"
            elif differs and _is_of_others(figure, sentence, subjects, known):
                yield f"{figure.text} is the difference of others"
        before = named


def _worked_out(sentence: str, known: Known) -> Iterator[Figure]:
    """Yield the figures that were neither said nor shown."""
    told = {value for figure in known.evidence.told_figures for value in figure.values}
    for figure in wholes(figures_in(sentence)):
        is_known = set(figure.values) & told or arithmetic.any_says(figure, (one.value for one in known.amounts))
        if not is_known and not figure.percent and figure.noun != "part" and figure.values[0] >= _SMALLEST:
            yield figure


def _forgets_pieces(figure: Figure, known: Known) -> bool:
    """Return whether a total adds up what one of each thing costs, of some of which there are several."""
    for group in known.mentions.groups.values():
        rows = [{one.key: one for one in amounts_of(thing)} for thing in group] if len(group) > 1 else []
        for count in PIECES & rows[0].keys() if rows else ():
            for key in (key for key in rows[0] if is_for_one(group[0], key)):
                some = [(row[count].value, row[key].value) for row in rows if count in row and key in row]
                whole, plain = sum(pieces * one for pieces, one in some), sum(one for _, one in some)
                if arithmetic.says(figure, plain) and not arithmetic.says(figure, whole):
                    return True
    return False


def _is_of_fewer(figure: Figure, sentence: str, known: Known) -> bool:
    """Return whether a total is said to be of as many things as a list has, and is not the sum of their numbers in what
    it measures."""
    counts = {one.values[0] for one in figures_in(sentence) if one.unit is None and one.values[0] > 2}
    of_all = [one for one in known.series if not one.shared and len(one.values) in counts and _measures(one, figure)]
    return bool(of_all) and not any(
        PIECES & {key for key, _ in one.things[0].values}
        or arithmetic.any_says(figure, (*_in_its_unit(one.total, one.values, figure, known), one.total / 100))
        for one in of_all)


def _measures(series: Series, figure: Figure) -> bool:
    """Return whether the numbers of a series measure what a figure does."""
    return figure.unit is not None and any(
        one.key == series.key and one.unit is not None and one.unit.dimension == figure.unit.dimension
        for one in amounts_of(series.things[0]))


def _is_partial(figure: Figure, sentence: str, answer: str, known: Known) -> bool:
    """Return whether a total is one of some things of a list, and not one of those that it is said to be of."""
    is_some = False
    for group in known.mentions.groups.values():
        if not group[0].group.endswith("[]") or not 2 < len(group) <= _MOST_SUMMED:
            continue
        parts = [*_meant(group, sentence, answer, known), _in_currency_of(figure, group)]
        for key in {key for key, value in group[0].values if number(value) is not None}:
            values = [(thing, value) for thing in group if (value := number((thing.of(key) or [None])[0])) is not None]
            sums = [sum(value for thing, value in values if thing in part) for part in parts]
            if arithmetic.any_says(figure, sums):
                return False
            is_some = is_some or any(
                arithmetic.says(figure, sum(value for _, value in some))
                for size in range(2, len(values) + 1)
                for some in combinations(values, size)
            )
    return is_some and not _follows(figure, sentence, known.mentions.named_in(sentence), known)


def _meant(group: Sequence[Thing], sentence: str, answer: str, known: Known) -> list[list[Thing]]:
    """Return the things of a list that a total may be of: those of the kind that the sentence names, else those that
    it or the whole answer names, those of one kind, or all."""
    kinds, said = _kinds(group), frozenset(words(sentence))
    named = [things for label, things in kinds if set(words(label)) and set(words(label)) <= said]
    if named:
        return named
    if _ALL.search(sentence):
        return [list(group)]
    in_texts = [[thing for thing in known.mentions.named_in(text) if thing in group] for text in (sentence, answer)]
    heard = known.evidence.told_all | frozenset(words(answer))
    spoken_of = [things for label, things in kinds if any(is_meant(word, heard) for word in words(label))]
    return [*in_texts, *spoken_of, list(group)]


def _in_currency_of(figure: Figure, group: Sequence[Thing]) -> list[Thing]:
    """Return the things of a list that have an amount in the currency of a figure."""
    unit = figure.unit
    return [thing for thing in group if unit is not None and unit.is_money and any(
        one.unit is not None and one.unit.fits(unit) for one in amounts_of(thing))]


def _kinds(group: Sequence[Thing]) -> list[tuple[str, list[Thing]]]:
    """Return for each value that some things of a list share, and each year and month of theirs, those that have it."""
    found: dict[tuple[str, str], list[Thing]] = {}
    for thing in group:
        for key, value in thing.values:
            day = day_of(value)
            labels = [f"{day:%Y}", f"{day:%Y-%m}"] if day else [str(value)] if isinstance(value, (str, bool)) else []
            for label in labels:
                found.setdefault((key, label), []).append(thing)
    return [(label, things) for (_, label), things in found.items() if 1 < len(things) < len(group)]


def _is_of_others(figure: Figure, sentence: str, subjects: Sequence[Thing], known: Known) -> bool:
    """Return whether a figure is the difference of two things of a list, and not of the two that a sentence names."""
    for group in {thing.group for thing in subjects}:
        own = list({id(thing): thing for thing in subjects if thing.group == group}.values())
        things = known.mentions.groups[group]
        if len(own) != 2 or not 2 < len(things) <= _MOST_SUMMED:
            continue
        pairs = [pair for pair in combinations(things, 2) if set(map(id, pair)) != set(map(id, own))]
        if any(differ_by(figure, one, other) for one, other in pairs) and not _follows(figure, sentence, own, known):
            return True
    return False


def _follows(figure: Figure, sentence: str, own: Sequence[Thing], known: Known) -> bool:
    """Return whether a figure follows from the things a sentence names, what people said, and its other figures."""
    amounts = [amount for thing in own for amount in amounts_of(thing)]
    amounts += [amount for amount in known.amounts if amount.thing is None]
    others = tuple(one for one in figures_in(sentence) if one.start != figure.start)
    return arithmetic.derived(figure, arithmetic.Basis(amounts, others, known.told_counts))
