"""Days and times that an answer ties to one field, by its name or by what begins or ends then, and that are the value
of another field of the same thing: due on the day on which a bill was written."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from toolalpaca.core.words import akin, name_terms, words
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.dates import DayMention, day_of, days_in
from toolalpaca.matching.language.text import FUNCTION_WORDS
from toolalpaca.matching.language.times import TimeMention, minutes_in, times_in

# What is said of the one end of a time and of the other, in answers and in the names of fields.
_ENDS = (
    frozenset(words(
        "start begin beginning from since open opening depart departure leave rise sunrise moonrise issue issued dated "
        "purchased bought opened started began left rose board boarding checkin born founded"
    )),
    frozenset(words(
        "end ending until till close closing arrive arrival land finish expire expiry expiration due payable deadline "
        "set sunset moonset over ended closed finished expired arrived landed checkout died deliver delivery return"
    )),
)
_EITHER_END = _ENDS[0] | _ENDS[1]
# Prepositions of any span: a stop goes from its arrival until its departure.
_BEGINS, _CEASES = frozenset({"from", "since"}), frozenset({"until", "till"})
_BARE = frozenset(words("date time day at on by utc local iso timestamp"))
_NEAREST = 4  # words before a day or a time among which what it is tied to is looked for
_PAST_IT = re.compile(
    r"\b(?:from|between)\s\S+\s(?:to|till|until|and)\s"
    r"|[;()|:]\s|,\s|\s[-–—]\s|\b(?:and|but|or|then|not|than|instead|before|after|if)\b"
)

Moment = DayMention | TimeMention


def other_moment(answer: str, known: Known) -> Iterator[str]:
    """Yield the days and times that an answer ties to a field of which they are not the value, when another field of
    the same thing has them and people had not named them."""
    things = [fields for fields in map(_moments_of, known.things) if len(fields) > 1]
    if not things:
        return
    for sentence in sentences_of(answer):
        stated: list[Moment] = sorted([*days_in(sentence), *times_in(sentence)], key=lambda one: one.start)
        for place, moment in enumerate(stated):
            start = stated[place - 1].end if place else 0
            tied = _tied(sentence[start : moment.start])
            if tied and not _was_told(moment, known):
                for key, other in _other(moment, tied, things):
                    yield f"{sentence[moment.start : moment.end]} is the {key}, not the {other}"


def _moments_of(thing: Thing) -> dict[str, Any]:
    return {key: value for key, value in thing.values if isinstance(value, str) and (
        day_of(value) or value[:1].isdigit() and len(value) <= 5 and minutes_in(value))}


def _tied(before: str) -> list[str]:
    """Return the last words before a day or a time, the nearest first, as far as they belong to it."""
    near = _PAST_IT.split(before)[-1]
    return [word for word in words(near)[::-1] if word in _EITHER_END or word not in FUNCTION_WORDS][:_NEAREST]


def _was_told(moment: Moment, known: Known) -> bool:
    if isinstance(moment, TimeMention):
        return any(moment.minutes & told for told in known.evidence.told_times)
    return any(set(moment.readings) & set(told.readings) or any(told.fits(day) for day in moment.days())
               for told in known.evidence.told_days)


def _other(moment: Moment, tied: Sequence[str], things: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the field whose value a moment is, and the one that the nearest word before it names."""
    holders = [(key, fields) for fields in things for key, value in fields.items() if _is_at(moment, value)]
    for word in tied if holders else ():
        if any(_means(word, key) for key, _ in holders):
            return
        for key, fields in holders:
            named = [other for other, value in fields.items() if _means(word, other) and _is_of_kind(moment, value)
                     and not _may_be_at(word, fields[key], value)]
            if named and (any(side & set(name_terms(key)) for side in _ENDS) or word not in _EITHER_END):
                yield key, named[0]
                return


def _may_be_at(word: str, stated: str, named: str) -> bool:
    """Return whether something may begin or end, as a preposition says, at the stated moment rather than the named
    one: begin at the earlier, end at the later."""
    first, second = ((day_of(one) or date.min, min(minutes_in(one), default=0)) for one in (stated, named))
    return first < second if word in _BEGINS else first > second if word in _CEASES else False


def _is_at(moment: Moment, value: str) -> bool:
    if isinstance(moment, TimeMention):
        return bool(moment.minutes & minutes_in(value))
    day = day_of(value)
    return day is not None and moment.fits(day)


def _is_of_kind(moment: Moment, value: str) -> bool:
    return bool(minutes_in(value)) if isinstance(moment, TimeMention) else day_of(value) is not None


def _means(word: str, key: str) -> bool:
    """Return whether a word names a field, or the same end of a time as the field's name."""
    terms = set(name_terms(key)) - _BARE
    return any(akin(word, term) or any({word, term} <= side for side in _ENDS) for term in terms)
