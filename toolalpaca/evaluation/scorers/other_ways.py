"""Other ways to what a golden call asks for: a wider search, from which the answer or a later call picks what fits, or
several calls."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import name_key, name_terms, name_words
from toolalpaca.evaluation.golden_answers import Placeholder
from toolalpaca.evaluation.scorers.argument_comparison import MISSING, Checked, has_words
from toolalpaca.evaluation.scorers.assignment import Match
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.evidence import argument_values
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.dates import day_of
from toolalpaca.matching.language.superlatives import extremes_in
from toolalpaca.matching.language.text import ORDER_WORDS, POSITION_WORDS, WINDOW_WORDS
from toolalpaca.matching.language.values import number, same_scalar

_DOWN = frozenset({"desc", "descending"})
_LOWEST = frozenset({"min", "minimum", "least", "from", "after", "since", "start", "earliest"})
_HIGHEST = frozenset({"max", "maximum", "most", "to", "before", "until", "till", "end", "latest", "under", "below"})
_EVERY = ("all", "any", "both", "every", "*", "")  # choices that leave a condition out
_MOST = 20  # things of a list of which an answer has to name each


def is_picked(match: Match, users: Sequence[Match], known: Known) -> bool:
    """Return whether a call searched more widely than the golden one, without conditions or an order or with looser
    ones, and what fits was picked from its list: by the calls that use its result, else by the answer, which names
    the things that the golden call would have shown and no others, in its order."""
    if match.predicted is None or not all(_is_wider(one) for one in match.wrong):
        return False
    things = [one for one in known.things if one.place == match.predicted.place and one.group.endswith("[]")]
    wanted = _wanted(things, match.wrong)
    if wanted is None:
        return False
    if users:
        chosen = [one for one in things if _is_used(one, users)]
        is_ordered = any(_names(one, ORDER_WORDS) for one in match.wrong)
        first = wanted[: len(chosen)] if is_ordered else wanted
        return bool(chosen) and all(_is_in(one, first) for one in chosen)
    return len(things) <= _MOST and _keeps_to(wanted, things, match.wrong, known)


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


def _is_used(thing: Thing, users: Sequence[Match]) -> bool:
    """Return whether calls take from a thing what the golden ones take: the field that these name, or its id."""
    fields = {name_key(leaf.text.rpartition(" from ")[0]) for user in users
              for leaf in leaves(user.golden.arguments) if isinstance(leaf, Placeholder)}
    own = [*thing.ids, *(value for key, value in thing.values if name_key(key) in fields)]
    return any(same_scalar(value, leaf) for user in users if user.predicted is not None and not user.wrong
               for leaf in argument_values(user.predicted.given) for value in own)


def _is_wider(one: Checked) -> bool:
    """Return whether an argument allows at least what the golden one allows."""
    if one.finding == MISSING:
        return True
    parts, golden, predicted = set(name_words(one.path)), _measure(one.golden), _measure(one.predicted)
    if golden is None or predicted is None:
        return isinstance(one.predicted, str) and one.predicted.casefold() in _EVERY
    is_most = bool(parts & (_HIGHEST | WINDOW_WORDS - POSITION_WORDS))
    return golden < predicted if is_most else golden > predicted and bool(parts & _LOWEST)


def _measure(value: Any) -> float | None:
    """Return a number, or a day as one."""
    day = day_of(value)
    return float(day.toordinal()) if day is not None else number(value)


def _wanted(things: Sequence[Thing], conditions: Sequence[Checked]) -> list[Thing] | None:
    """Return the things of a list that the golden call would have shown, in its order; None if that cannot be told."""
    orders = [one for one in conditions if _names(one, ORDER_WORDS)]
    windows = [one for one in conditions if one not in orders and _names(one, WINDOW_WORDS)]
    filters = [one for one in conditions if one not in orders and one not in windows]
    # What all of a list meet may say how it is shown, such as in which language.
    met = [{_meets(thing, one) for thing in things} for one in filters]
    if not things or any(each in ({True}, {None}) for each in met):
        return None
    found = [thing for thing in things if all(_meets(thing, one) for one in filters)]
    if orders:
        parts = {part for one in orders for part in name_words(str(one.golden))}
        keys = [key for key, value in things[0].values
                if parts & set(name_terms(key)) and _measure(value) is not None]
        ranks = [_measure(value) for thing in found for key in keys[:1] for value in thing.of(key)[:1]]
        if not keys or None in ranks or len(ranks) != len(found):
            return None
        is_down = bool(parts & _DOWN) or str(orders[0].golden).startswith("-")
        order = sorted(range(len(found)), key=lambda at: ranks[at] or 0.0, reverse=is_down)
        found = [found[at] for at in order]
    most = [number(one.golden) for one in windows]
    return found[: int(min(one for one in most if one is not None))] if most and None not in most else found


def _names(one: Checked, parts: frozenset[str]) -> bool:
    return bool(parts & set(name_words(one.path)))


def _meets(thing: Thing, condition: Checked) -> bool | None:
    """Return whether a thing meets a condition; None if none of its values is about it."""
    parts, golden = set(name_words(condition.path)), condition.golden
    own = [value for key, value in thing.values if set(name_words(key)) == parts]
    if own:
        return any(same_scalar(value, golden) or has_words(value, golden) for value in own)
    limit = _measure(golden)
    if limit is None or not parts & (_LOWEST | _HIGHEST):
        texts = [value for _, value in thing.values if isinstance(value, str)]
        return isinstance(golden, str) and any(has_words(value, golden) for value in texts) or None
    subject = parts - _LOWEST - _HIGHEST
    bounded = [measure for key, value in thing.values if _is_about(key, value, subject, golden)
               and (measure := _measure(value)) is not None]
    if len(bounded) != 1:
        return None
    return bounded[0] <= limit if parts & _HIGHEST else bounded[0] >= limit


def _is_about(key: str, value: Any, subject: set[str], golden: Any) -> bool:
    """Return whether a bound on a subject is about a field: by its name, or a day by being one."""
    is_day = day_of(golden) is not None
    return (day_of(value) is not None) == is_day and (
        bool(subject) and subject <= set(name_words(key)) or is_day and subject <= {"date", "day"})


def _keeps_to(wanted: Sequence[Thing], things: Sequence[Thing], conditions: Sequence[Checked], known: Known) -> bool:
    """Return whether an answer names the wanted things of a list and no others, in their order if one is asked for, or
    that one of them which people asked for; or says that there are none."""
    answer = known.answer
    if not wanted:
        return admits(answer)
    named = [one for one in things if _is_in(one, known.mentions.named_in(answer))]
    is_ordered = any(_names(one, ORDER_WORDS) for one in conditions)
    if len(named) == 1 and any(extremes_in(known.evidence.told_text)):
        return _is_in(named[0], wanted[:1] if is_ordered else wanted)
    if len(named) != len(wanted) or not all(_is_in(one, wanted) for one in named):
        return False
    places = [_place_in(answer, one, known) for one in wanted]
    return not is_ordered or places == sorted(places)


def _is_in(thing: Thing, things: Sequence[Thing]) -> bool:
    return any(thing is one for one in things)


def _place_in(answer: str, thing: Thing, known: Known) -> int:
    """Return where an answer first names a thing, -1 for nowhere."""
    def is_named(end: int) -> bool:
        return any(thing is one for one in known.mentions.named_in(answer[:end]))

    ends = [match.end() for match in re.finditer(r"\w+", answer)]
    place = bisect_left(ends, True, key=is_named)  # what is named stays named in a longer part
    return ends[place] if place < len(ends) else -1
