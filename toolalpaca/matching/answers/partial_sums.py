"""Sums and differences in answers, recomputed over the things that a sentence speaks of rather than
over any that would do."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from toolalpaca.core.words import words
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.amounts import amounts_of
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.choices import is_meant
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.dates import day_of
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.values import number

_TOTAL = re.compile(
    r"\b(?:in total|total|totals|altogether|all together|together|combined|between them|between the \w+|in all|all told"
    r"|add(?:s|ed)? up to|sum|come to|comes to|came to)\b",
    re.IGNORECASE,
)
_DIFFERS = re.compile(
    r"\b(?:more|less|fewer|cheaper|dearer|longer|shorter|higher|lower|bigger|smaller|heavier|lighter|older|younger"
    r"|faster|slower|later|earlier|further|closer|warmer|colder) than\b"
    r"|\b(?:ahead|short|clear|in front) of\b|\bbehind\b|\bdifference\b|\bapart\b|\bsave\w*\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\W*(?:it|its|they|their|he|she|his|her|this|that)\b", re.IGNORECASE)
_ALL = re.compile(r"\ball\b(?! (?:in|told|together)\b)", re.IGNORECASE)
_MOST_SUMMED = 8  # things of which all sums are looked at
_SMALLEST = 10  # from this number on a figure is taken to be worked out


def wrong_sums(answer: str, known: Known) -> Iterator[str]:
    """Yield the totals that only some of the things add up to which they are said to be of, and the differences of two
    named things that only others have."""
    if not any(map(str.isdigit, answer)):
        return
    before: list[Thing] = []
    for sentence in sentences_of(answer):
        named = known.mentions.named_in(sentence)
        subjects = [*(before if _PRONOUN.match(sentence) and len(before) == 1 else ()), *named]
        is_total, differs = _TOTAL.search(sentence), _DIFFERS.search(sentence)
        for figure in _worked_out(sentence, known) if is_total or differs else ():
            if is_total and _is_partial(figure, sentence, answer, known):
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


def _is_partial(figure: Figure, sentence: str, answer: str, known: Known) -> bool:
    """Return whether a total is one of some things of a list, and not one of those that it is said to be of."""
    is_some = False
    for group in known.mentions.groups.values():
        if not group[0].group.endswith("[]") or not 2 < len(group) <= _MOST_SUMMED:
            continue
        parts = _meant(group, sentence, answer, known)
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
        if any(_differ_by(figure, one, other) for one, other in pairs) and not _follows(figure, sentence, own, known):
            return True
    return False


def _differ_by(figure: Figure, one: Thing, other: Thing) -> bool:
    theirs = {amount.key: amount for amount in amounts_of(other)}
    return any(
        arithmetic.says(figure, abs(amount.value - theirs[amount.key].value))
        for amount in amounts_of(one)
        if amount.key in theirs
    )


def _follows(figure: Figure, sentence: str, own: Sequence[Thing], known: Known) -> bool:
    """Return whether a figure follows from the things a sentence names, what people said, and its other figures."""
    amounts = [amount for thing in own for amount in amounts_of(thing)]
    amounts += [amount for amount in known.amounts if amount.thing is None]
    others = tuple(one for one in figures_in(sentence) if one.start != figure.start)
    return arithmetic.derived(figure, arithmetic.Basis(amounts, others, known.told_counts))
