"""The *response* scorer: is the answer supported by what the assistant saw, does it say all that was asked for, and is
it based on the required calls? A call may also bring what the golden call asks for in another way: without a condition
or an order, to which the answer keeps by itself, or in several calls.

It uses the verification's rules with `figures_only`: a name that was not shown may still be true.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.words import name_terms, name_words
from toolalpaca.evaluation.scorers.argument_comparison import MISSING
from toolalpaca.evaluation.scorers.call_matching import CallsScore, Match
from toolalpaca.evaluation.scorers.scorer import Score, ScorerFigure, Scores, Subject
from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.asks import unanswered
from toolalpaca.matching.answers.claimed_deeds import failed_deeds
from toolalpaca.matching.answers.contradictions import contradictions
from toolalpaca.matching.answers.denied_deeds import denied
from toolalpaca.matching.answers.other_values import documented_choices, other_choices
from toolalpaca.matching.arguments.deeds import deeds_in
from toolalpaca.matching.arguments.substitutes import untold_substitutes
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.dates import day_of
from toolalpaca.matching.language.text import ORDER_WORDS
from toolalpaca.matching.language.values import number, same_scalar
from toolalpaca.openapi.documents import document_of

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


class ResponseScorer:
    """Judges whether the final response is right."""

    name = "response"

    def score(self, subject: Subject) -> Score:
        """Return the verdict on the response, with its unsupported facts."""
        case = subject.case
        facts = doubtful_facts(subject)
        left = gaps(subject)
        verdict = "No" if case.failure is not None or left else response_verdict(subject, subject.calls, facts)
        kind = "gave_up" if not case.answer.strip() else "wrong_answer" if facts or left else None
        found = [f"the answer states {fact!r}, which nothing shows" for fact in facts]
        found += [f"the answer leaves out {part!r}" for part in left]
        return Score({"response": verdict}, kind, found)

    def statistics(self, scores: Sequence[Scores]) -> dict[str, Any]:
        """Return nothing: the verdicts are counted with those on the process."""
        return {}

    def figures(self, statistics: dict[str, Any]) -> Sequence[ScorerFigure]:
        """Return nothing: the rate of right responses is shown with the verdicts."""
        return ()


def doubtful_facts(subject: Subject) -> list[str]:
    """Return what a case's answer states without support from instruction, calls or observations, or contradicts
    them."""
    known, answer = subject.known, subject.known.answer
    if not answer.strip():
        return []
    deeds = deeds_in(subject.conversation, subject.conversation.deeds)
    found = (*unsupported(answer, known, figures_only=True), *contradictions(answer, known),
             *failed_deeds(answer, deeds), *denied(answer, deeds, known.evidence),
             *other_choices(answer, known, documented_choices(document_of(subject.case.record))))
    return list(dict.fromkeys(found))


def gaps(subject: Subject) -> list[str]:
    """Return what a case's answer leaves out: questions without a value of the kind that was asked for, results that
    were asked for by name, and names that were looked for, not found and replaced by another without a word."""
    known, answer = subject.known, subject.known.answer
    if not answer.strip():
        return []
    return list(dict.fromkeys((*unanswered(answer, known), *untold_substitutes(answer, known))))


def response_verdict(subject: Subject, calls: CallsScore | None, facts: list[str]) -> str:
    """Return No if there is no answer, it states something unsupported, more was changed than was asked for, or a
    required call is missing or has other values, unless the answer makes up for conditions that a call left out.

    Uncertain if there is no golden answer to decide; else Yes.
    """
    if not subject.case.answer.strip() or facts:
        return "No"
    if calls is None:
        return "Uncertain"
    if calls.changed_more:
        return "No"  # people are told of two things where they wanted one
    if not (calls.missing or calls.made_wrongly):
        return "Yes"
    known = subject.known
    is_other = calls.missing or calls.premature or calls.misdirected or calls.invented
    is_picked = not is_other and all(
        is_picked_by_answer(one, known.answer, known) or is_split(one, calls.predicted) for one in calls.wrong
    )
    return "Yes" if is_picked else "No"
