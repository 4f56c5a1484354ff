"""Grounding of how many there are to be: how many people want to see, and by how many results show, as many whole packs
as are needed, all that is left, and those who were booked with those who join or stay away."""

import math
import re
from collections.abc import Iterable
from functools import lru_cache

from toolalpaca.core.words import singular
from toolalpaca.matching.arguments.documented import QUANTITIES
from toolalpaca.matching.arguments.grounded_people import PARTY, people_named
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.numbers import figures_in, wholes
from toolalpaca.matching.language.text import listed
from toolalpaca.matching.language.values import number

_NEAR = 20  # characters before a number in which what it counts is looked for
_PACK = frozenset(listed("pack package packaging bundle box carton tray case lot multiple increment"))
_LEFT = frozenset(listed("available availability free left remaining stock onhand spare balance"))
_ALL_LEFT = re.compile(
    r"\b(?:rest|remainder|whatever|everything|as (?:many|much) as|all (?:the|of|that|those|you|remaining)|every last"
    r"|(?:what|which|that)(?:['’]s| is| are|ever)? (?:\w+ )?(?:free|left|available|remaining|in stock|there)"
    r"|max(?:imum)?|clear out|use up)\b", re.IGNORECASE)
_JOINS = re.compile(
    r"\b(?:join\w*|add\w*|bring\w*|com(?:es?|ing)|extra|more|another|plus|as well|too|after all|along|also)\b",
    re.IGNORECASE)
_STAYS_AWAY = re.compile(
    r"\b(?:can['’]?t|cannot|won['’]?t|isn['’]?t|aren['’]?t|not|no longer|drop\w*|cancel\w*|without|remove|fewer|less"
    r"|leav\w+|instead|only|take \w+ off)\b", re.IGNORECASE)

# A number of things to be shown, by what is before or after it: the top five, four at most, three of each.
_SHOW_BEFORE = re.compile(r"\b(?:max(?:imum)?(?: of)?|at most|up to|(?:no|not) more than|first|top)\s+$", re.IGNORECASE)
_SHOW_AFTER = re.compile(
    r"[\w -]{0,25}?\b(?:max(?:imum)?|at (?:the )?most|tops|(?:would|will|'ll) (?:do|be (?:enough|plenty|fine))"
    r"|(?:is|are) (?:enough|plenty)|of each)\b", re.IGNORECASE)
_MOST_SHOWN = 100


@lru_cache(maxsize=256)
def how_many_wanted(told: str) -> tuple[float, ...]:
    """Return how many things people want to be shown, each number that they said so."""
    return tuple(
        figure.values[0] for figure in wholes(figures_in(told))
        if figure.unit is None and figure.step == 1 and 1 < figure.values[0] <= _MOST_SHOWN
        and (_SHOW_BEFORE.search(told[max(0, figure.start - _NEAR) : figure.start])
             or _SHOW_AFTER.match(told[figure.end : figure.end + 2 * _NEAR]))
    )


def counts_what_is_there(value: float, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a number of things or people follows from one that results show by what people want of it."""
    nouns = {singular(name) for name in names}
    if value <= 0 or value % 1 or nouns.isdisjoint(PARTY | {singular(name) for name in QUANTITIES}):
        return False
    told = evidence.told_text
    return (
        any(math.ceil(said / size - 1e-9) in (value, value / size)
            for size in _shown(evidence, _PACK) if size > 1 for said in _said(evidence))
        or bool(_ALL_LEFT.search(told)) and value in _shown(evidence, _LEFT)
        or any(0 < value - before <= people_named(told) for before in _shown(evidence, nouns & PARTY)
               if _JOINS.search(told))
        or any(0 < before - value <= people_named(told) for before in _shown(evidence, nouns & PARTY)
               if _STAYS_AWAY.search(told))
    )


def _said(evidence: Evidence) -> Iterable[float]:
    return [figure.values[0] for figure in wholes(evidence.told_figures)][:6]


def _shown(evidence: Evidence, nouns: Iterable[str]) -> list[float]:
    """Return the numbers that results show under names with one of some words."""
    some = {*nouns}
    return [one for leaf in evidence.leaves if some & {singular(name) for name in leaf.names}
            and (one := number(leaf.value)) is not None and not isinstance(leaf.value, bool)][:20]
