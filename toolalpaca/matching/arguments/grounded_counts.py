"""Grounding of how many there are to be by how many results show: as many whole packs as are needed, all that is left,
and those who were booked with those who join or stay away."""

import math
import re
from collections.abc import Iterable

from toolalpaca.core.words import singular
from toolalpaca.matching.arguments.documented import QUANTITIES
from toolalpaca.matching.arguments.grounded_people import PARTY, people_named
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.numbers import wholes
from toolalpaca.matching.language.text import listed
from toolalpaca.matching.language.values import number

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
