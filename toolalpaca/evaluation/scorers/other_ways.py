"""Other ways to what a golden call asks for: without a condition or an order, to which the answer keeps by itself, or
in several calls."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.words import name_terms, name_words
from toolalpaca.evaluation.scorers.argument_comparison import MISSING
from toolalpaca.evaluation.scorers.call_matching import Match
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.dates import day_of
from toolalpaca.matching.language.text import ORDER_WORDS
from toolalpaca.matching.language.values import number, same_scalar

_DOWN = frozenset({"desc", "descending"})
_MOST = 20  # things of a list of which an answer has to name each


def is_picked_by_answer(match: Match, answer: str, known: Known) -> bool:
    """Return whether a call lacks only conditions and an order, and the answer keeps to them: it names the things of
    the call's list that meet them and no others, in that order."""
    if match.predicted is None or not match.wrong or any(one.finding != MISSING for one in match.wrong):
        return False
    things = [one for one in known.things if one.place == match.predicted.place and one.group.endswith("[]")]
    named = known.mentions.named_in(answer)
    is_any = any(one is thing for one in named for thing in things) or admits(answer)
    return bool(things) and all(
        _is_sorted(one.golden, things, answer, known) if ORDER_WORDS & set(name_words(one.path))
        else is_any and _is_filtered(one.path, one.golden, things, named)
        for one in match.wrong
    )


def is_split(match: Match, calls: Sequence[PredictedCall]) -> bool:
    """Return whether several calls together read what the golden call reads at once: spans of days one after the other
    from its first to its last, or as many single days as it asks for."""
    golden = match.golden.given
    pieces = [one.given for one in calls if one.function == match.golden.function and not one.failed]
    names = [name for name, value in golden.items() if day_of(value) is not None]
    days = [[day for name in names if (day := day_of(piece.get(name))) is not None] for piece in pieces]
    if len(pieces) < 2 or not names or any(len(own) != len(names) for own in days):
        return False
    first, last = day_of(golden[names[0]]), day_of(golden[names[-1]])
    spans = sorted((own[0].toordinal(), own[-1].toordinal()) for own in days)
    are_next = all(after[0] - before[1] in (0, 1) for before, after in pairwise(spans))
    if first is None or last is None or not are_next or spans[0][0] != first.toordinal():
        return False
    free = set(names) if len(names) > 1 else {names[0], *(one.path for one in match.wrong)}
    kept = [(name, value) for name, value in golden.items() if name not in free]
    same = all(same_scalar(piece.get(name), value) for piece in pieces for name, value in kept)
    counted = {float(len(pieces)), float(len(pieces) - 1)}
    is_whole = spans[-1][1] == last.toordinal() if len(names) > 1 else any(
        number(golden.get(name)) in counted for name in free - {names[0]})
    return same and is_whole


def _is_filtered(name: str, value: Any, things: Sequence[Thing], named: Sequence[Thing]) -> bool:
    """Return whether all things are named that have a value under a name, and none that has another one."""
    if len(things) > _MOST or not all(_under(thing, name) for thing in things):
        return False
    return all(
        any(thing is one for one in named) == any(same_scalar(own, value) for own in _under(thing, name))
        for thing in things
    )


def _under(thing: Thing, name: str) -> list[Any]:
    """Return a thing's values under a name, however it is written."""
    return [value for key, value in thing.values if name_words(key) == name_words(name)]


def _is_sorted(order: Any, things: Sequence[Thing], answer: str, known: Known) -> bool:
    """Return whether an answer names all things in the order of the field that an order is called after."""
    parts = set(name_words(str(order)))
    keys = [key for key, value in things[0].values if parts & set(name_terms(key)) and number(value) is not None]
    places = [_place_in(answer, thing, known) for thing in things]
    if not keys or -1 in places:
        return False
    values = [number(value) for thing in things for value in thing.of(keys[0])[:1]]
    in_order = [value for _, value in sorted(zip(places, values, strict=False)) if value is not None]
    return len(in_order) == len(things) and in_order == sorted(in_order, reverse=bool(parts & _DOWN))


def _place_in(answer: str, thing: Thing, known: Known) -> int:
    """Return where an answer first names a thing, -1 for nowhere."""
    def is_named(end: int) -> bool:
        return any(thing is one for one in known.mentions.named_in(answer[:end]))

    ends = [match.end() for match in re.finditer(r"\w+", answer)]
    place = bisect_left(ends, True, key=is_named)  # what is named stays named in a longer part
    return ends[place] if place < len(ends) else -1
