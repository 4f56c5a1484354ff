"""What people select by, such as `with a garden` or `under 50 euros`, held against the things that an answer names."""

import re
from collections.abc import Iterator, Sequence

from toolalpaca.core.words import akin, name_words, words
from toolalpaca.matching.answers.states import LIMITS
from toolalpaca.matching.arguments.picks import start_of
from toolalpaca.matching.arguments.targets import is_busy
from toolalpaca.matching.facts.amounts import amounts_of
from toolalpaca.matching.facts.bounds import Bound, bounded, bounds_in
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.text import CONTRASTS, NEGATIONS, denial, holds
from toolalpaca.matching.language.times import minutes_in, times_in

_NOT_WORDS = frozenset(words("is has have are can with allowed available included include active enabled status open"))
_NEGATED = re.compile(rf"(?:\b(?:{NEGATIONS}|non)\b|n['’]t\b)[^.?!,;]{{0,25}}$", re.IGNORECASE)
_CONTRASTS = denial(CONTRASTS, "unless|would|other|also|too|if|only|just|except|apart|than")
_TIME_BOUND = re.compile(
    r"\b(?:(?P<after>(?<!straight )(?<!right )(?<!just )after|not before|no earlier than|later than|from)"
    r"|before|no later than|earlier than|by)\s+(?:about |around )?", re.IGNORECASE)
_OTHER_TIMES = re.compile(rf"\b(?:{CONTRASTS}|unless|other|also|too|earlier|later)\b", re.IGNORECASE)
_SHORTEST = 4  # letters of a word that a field is known by


def unselected(answer: str, known: Known) -> Iterator[str]:
    """Yield the things of a list that an answer names though they do not have what people select by, if others of the
    list have it and the answer says nothing about it."""
    told = known.evidence.told[0]
    if admits(answer) or not known.things:
        return
    named = _named_plainly(answer, known)
    for name, group in known.mentions.groups.items():
        own = [thing for thing in named if thing.group == name and not _is_asked_for(thing, told)]
        if not name.endswith("[]") or not own or len(group) < 2:
            continue
        for key, wanted in _flags(group, told):
            if not _speaks_of(key, answer):
                yield from _misfits(own, group, key, wanted)
        for bound in bounds_in(told):
            if _is_limit(bound, known):
                continue
            yield from _beyond(bound, own, group, told, answer)


def mistimed(answer: str, known: Known) -> Iterator[str]:
    """Yield the time of day that people set as a bound, if all things of a list whose times an answer gives begin on
    its other side, others do not, and the answer says nothing about it."""
    told = known.evidence.told[0]
    bounds = [(match, time) for match in _TIME_BOUND.finditer(told) for time in times_in(told)
              if time.start in (match.start(), match.end())]
    if len(bounds) != 1 or admits(answer) or _OTHER_TIMES.search(answer):
        return
    (match, time), said = bounds[0], minutes_in(answer)
    before = told[: match.start()]
    if said & time.minutes or _NEGATED.search(before) or is_busy(before):
        return
    for name, group in known.mentions.groups.items():
        things = [thing for thing in group if not _is_asked_for(thing, told)] or group
        begins = [minute for thing in things if (minute := start_of(thing)) is not None] if name.endswith("[]") else []
        fits = {minute: any(minute >= limit if match["after"] else minute < limit for limit in time.minutes)
                for minute in begins}
        own = [fits[minute] for minute in begins if minute in said]
        if own and not any(own) and any(fits.values()):
            yield told[match.start() : time.end]


def _named_plainly(answer: str, known: Known) -> list[Thing]:
    """Return the things that an answer names in sentences without a contrast."""
    found: dict[int, Thing] = {}
    for sentence in sentences_of(answer):
        if not _CONTRASTS.search(sentence):
            found |= {id(thing): thing for thing in known.mentions.named_in(sentence)}
    return list(found.values())


def _is_asked_for(thing: Thing, told: str) -> bool:
    """Return whether people named a thing by its whole name, so that it was not selected by anything."""
    return any(holds(words(told), words(label)) for label in thing.labels)


def _flags(group: Sequence[Thing], told: str) -> Iterator[tuple[str, bool]]:
    """Yield the names of fields that are true or false, and whether people want it to be true of what they ask for."""
    for key in dict.fromkeys(key for thing in group for key, value in thing.values if isinstance(value, bool)):
        parts = [part for part in name_words(key) if len(part) >= _SHORTEST and part not in _NOT_WORDS]
        for match in re.finditer(r"[A-Za-z]+", told):
            word = match[0].lower()
            for part in parts:
                if akin(word, part):
                    yield key, not _NEGATED.search(told[: match.start()])
                elif word.startswith(("un", "non")) and akin(word.removeprefix("un").removeprefix("non"), part):
                    yield key, False


def _is_limit(bound: Bound, known: Known) -> bool:
    """Return whether a bound is on how many items are wanted, as a call asked."""
    return any(
        value == bound.figure.values[0] and LIMITS & set(name_words(name))
        for one in known.evidence.results
        for name, value in one.call.given.items()
    )


def _speaks_of(key: str, answer: str) -> bool:
    said = words(answer)
    return any(akin(part, word) for part in name_words(key) if len(part) >= _SHORTEST for word in said)


def _misfits(own: Sequence[Thing], group: Sequence[Thing], key: str, wanted: bool) -> Iterator[str]:
    if any(thing.of(key)[:1] == [wanted] for thing in group):
        for thing in own:
            if thing.of(key)[:1] == [not wanted]:
                yield f"{thing.label()}: {key} is {str(not wanted).lower()}"


def _beyond(bound: Bound, own: Sequence[Thing], group: Sequence[Thing], told: str, answer: str) -> Iterator[str]:
    """Yield the things all of whose values that a bound may be about are beyond it, if others' are within."""
    said = words(told)

    def allowed(thing: Thing) -> list[bool]:
        return [bound.allows(value) for _, value in bounded(bound, list(amounts_of(thing)), said)]

    if any(all(fits) and fits for fits in map(allowed, group)):
        for thing in own:
            fits = allowed(thing)
            if fits and not any(fits) and not _is_of_another_sentence(bound, told):
                yield f"{thing.label()}: beyond {bound.figure.text}"


def _is_of_another_sentence(bound: Bound, told: str) -> bool:
    """Return whether what is bounded is in a sentence that sets a condition for something to be done."""
    start = max(told.rfind(sign, 0, bound.figure.start) for sign in ".!?\n") + 1
    return bool(re.search(r"\b(?:if|unless|in case)\b", told[start : bound.figure.start], re.IGNORECASE))
