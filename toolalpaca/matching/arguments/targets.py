"""Targets of calls: the thing that a call is about, held against the one that people named, by its name, its time, or
as the last one."""

import re
from collections.abc import Collection, Container, Iterator, Sequence
from itertools import pairwise

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import name_words, singular, words
from toolalpaca.matching.arguments.picks import (
    NO_THINGS,
    PARTS_OF_DAY,
    are_on,
    days_of,
    has_room,
    is_named_whole,
    is_the_most,
    is_told,
    liked,
    neighbour_taken,
    start_of,
)
from toolalpaca.matching.facts.bounds import bounds_in
from toolalpaca.matching.facts.entities import Thing, things_in
from toolalpaca.matching.facts.evidence import ConversationEvidence, Evidence, Shown
from toolalpaca.matching.facts.mentions import Mentions
from toolalpaca.matching.facts.rankings import beaten
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.superlatives import as_corrected, claim_of
from toolalpaca.matching.language.text import FUNCTION_WORDS, holds, listed
from toolalpaca.matching.language.times import DAY, times_in
from toolalpaca.matching.language.values import number

_ALL = re.compile(
    r"\b(?:all|every|everything|everyone|each|both|any|others?|rest|except|but not|remaining|whatever)\b", re.IGNORECASE
)
_PLACED = re.compile(
    r"\b(?:first|last|second|third|top|that|this|latest|newest|oldest|cheapest|nearest|closest|best)\s+"
    r"(?:\w+\s+)?\w+",
    re.IGNORECASE,
)


_EXCEPT = re.compile(r"\b(?:others?|rest|except|but not|remaining|whatever|any)\b", re.IGNORECASE)
_SINGLED_OUT = re.compile(
    r"\b(?P<word>last|first|latest|newest|earliest|oldest|most recent|cheapest|nearest|closest|longest|shortest"
    r"|largest|biggest"
    r"|smallest|highest|lowest)\s+(?P<noun>[a-z]+)",
    re.IGNORECASE,
)
_ANOTHER = re.compile(r"\b(?:next|second|another|other|others|else|instead|different|alternative)\b", re.IGNORECASE)
_THE_SAME = re.compile(r"\b(?:same|usual|current)\s+([a-z]+)", re.IGNORECASE)  # which no superlative is to choose
_JOINING = frozenset(listed("the and for with from its our his her"))
_FROM = re.compile(r"\b(?:after|from|later than|not before|no earlier than|past|since)\s+$", re.IGNORECASE)
_PREPOSITION = re.compile(r"(?:after|from|before|until)\s+", re.IGNORECASE)
_UNTIL = re.compile(r"\b(?:before|earlier than|no later than|not after|until)\s+$", re.IGNORECASE)
_PART_OF_DAY = re.compile(
    r"\b(?:the|tomorrow|\w+day|an?|any|some)\s+(morning|afternoon|evening)\b(?!['’]s)", re.IGNORECASE
)
_ANY_ONE = re.compile(r"\b(?:is|['’]s|have|has|any|which|that|the|only) one\b\s?$", re.IGNORECASE)  # not o'clock
_DAY_BOUND = re.compile(
    r"\b(?:after|before|from|until|till|by|between|since|than|starting|to|and|within)\s+(?:the\s+)?[\"'“]?$",
    re.IGNORECASE,
)
_TIME_BOUND = re.compile(
    r"\b(?:after|before|from|until|till|by|between|and|since|around|about|than|to|or|within)"
    r"\s+(?:the\s+)?$",
    re.IGNORECASE,
)


def wrong_things(
    calls: Sequence[Shown], transcript: ConversationEvidence, answer: str | None, changing: Container[str] = ()
) -> Iterator[tuple[Shown, str]]:
    """Yield the calls made with the id of a thing from a list when people named another one of it, or a thing that is
    not in the list at all and the answer does not say so; each with what is wrong. Of functions that are `changing`
    something, the thing's time has to be within what people said too. Without an answer a thing that was not looked
    for may be told."""
    for one in calls:
        values = {
            str(leaf)
            for leaf in leaves(one.call.given)
            if isinstance(leaf, (str, int)) and not isinstance(leaf, bool)
        }
        evidence = transcript.before(one.call.place)
        every = things_in(evidence)
        things = [thing for thing in every if has_room(thing, one.call.given) or values & set(thing.ids)]
        chosen = [thing for thing in things if values & set(thing.ids)]
        if not chosen:
            continue
        mentions = Mentions(things)
        taken = {str(leaf) for other in calls for leaf in leaves(other.call.given)
                 if other.call.function == one.call.function}
        for thing in chosen:
            found = _wrong_thing(thing, mentions, evidence, values, taken) if thing.labels else ""
            if not found and values & set(thing.ids[:1]):
                found = (
                    _other_time(thing, mentions, evidence)
                    or _not_the_last(thing, mentions, evidence)
                    or _not_the_first(thing, mentions, evidence, taken | values)
                )
            if not found and one.call.function in changing and values & set(thing.ids[:1]):
                found = _beyond_bounds(thing, mentions, evidence)
            if not found and thing.labels and answer is not None:
                found = neighbour_taken(thing, mentions, evidence, answer, values)
            if found:
                yield one, found
                break


def _wrong_thing(
    thing: Thing, mentions: Mentions, evidence: Evidence, values: set[str], taken: Collection[str]
) -> str:
    """Return why the thing is not the one of its list that people named; "" otherwise, and if the other was `taken` up
    too."""
    siblings = mentions.siblings(thing)
    if (
        not siblings
        or _is_placed(thing, evidence)
        or is_told(thing, evidence)
        or _is_told_by_a_value(thing, siblings, evidence)
        or is_the_most(thing, siblings, evidence)
    ):
        return ""
    told = mentions.named_in(liked(evidence))
    others = [other for other in siblings if not set(other.ids) & {*values, *taken} and other.labels]
    if thing not in told and not (
        _ALL.search(evidence.told_text)
        and len(siblings) < 12
        and not any(_is_fully_named(other, evidence) for other in others)
    ):
        mine = {word for _, value in thing.values if isinstance(value, str) for word in words(value)}
        said = evidence.told_all - mine - evidence.call_words
        better = [other for other in others if other in told and mentions.is_well_named(other, said)
                  and not _is_named_apart(thing, other, evidence)
                  and evidence.denied.isdisjoint(word for label in other.labels for word in words(label))]
        if better:
            return f"{thing.labels[0]!r} where {better[0].labels[0]!r} was named"
    for other in others:
        if not _is_named_apart(thing, other, evidence) and _named_by_neighbouring_words(other, thing, evidence):
            return f"{thing.labels[0]!r} where {other.labels[0]!r} was named"
    return ""


def _is_told_by_a_value(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> bool:
    """Return whether people said a word that only this thing of the list has for a value, such as the kind of a
    meter."""
    others = {value for other in siblings for _, value in other.values}
    return not any(is_named_whole(other, thing, evidence) for other in siblings) and any(
        isinstance(value, str) and value.isalpha() and len(value) > 3 and value.lower() in evidence.told_all
        for _, value in thing.values
        if value not in others
    )


def _is_fully_named(thing: Thing, evidence: Evidence) -> bool:
    """Return whether a whole name of several words was said, and nothing about exceptions."""
    return not _EXCEPT.search(evidence.told_text) and any(
        len(words(label)) > 1 and any(holds(said, words(label)) for said in evidence.told_words)
        for label in thing.labels
    )


def _is_named_apart(thing: Thing, other: Thing, evidence: Evidence) -> bool:
    """Return whether a whole name of several words was said that is not a part of the other thing's name."""
    others = [words(label) for label in other.labels]
    return not _EXCEPT.search(evidence.told_text) and any(
        len(name) > 1 and _times(said, name) > sum(_times(said, longer) for longer in others if holds(longer, name))
        for name in map(words, thing.labels)
        for said in evidence.told_words
    )


def _times(said: Sequence[str], name: Sequence[str]) -> int:
    """Return how often a text has a name's words one after the other."""
    return sum(list(said[place : place + len(name)]) == list(name) for place in range(len(said) - len(name) + 1))


def _named_by_neighbouring_words(other: Thing, thing: Thing, evidence: Evidence) -> bool:
    """Return whether two words that people said one after the other are in the other thing's name, not both in this
    one's."""
    mine = {word for label in thing.labels for word in words(label)}
    for label in other.labels:
        theirs = words(label)
        if len(theirs) > 1 and any(word[0].isalpha() for word in mine & set(theirs)):
            for said in evidence.told_words:
                for pair in pairwise(said):
                    if (
                        len(set(pair)) == 2
                        and set(pair) <= set(theirs)
                        and min(map(len, pair)) > 2
                        and not set(pair) & _JOINING
                        and not (set(pair) <= mine)
                        and set(pair) & mine
                    ):
                        return True
    return False


_NEARLY = 10  # minutes by which a time that was said may be off


def _other_time(thing: Thing, mentions: Mentions, evidence: Evidence) -> str:
    """Another time or day than the one that people named a thing of the list by."""
    siblings = [other for other in mentions.siblings(thing) if other.place == thing.place]
    said = {minute for minutes in evidence.told_times for minute in minutes}
    if any(abs(minute - other) <= _NEARLY for minute in _minutes(thing) for other in said):
        return ""
    for text in evidence.told:
        for mention in times_in(text):
            if _TIME_BOUND.search(text[: mention.start]) or _uses_time(evidence, mention.minutes):
                continue
            mine = _minutes(thing)
            if mine and not mine & mention.minutes and any(_minutes(other) & mention.minutes for other in siblings):
                return f"{thing.label()!r} is not of {text[mention.start : mention.end]}"
    said_days = [mention for text in evidence.told for mention in days_in(text)
                 if mention.readings[0][2] and not _DAY_BOUND.search(text[: mention.start])]
    own_days, others = days_of(thing), [day for other in siblings for day in days_of(other)]
    if own_days and not are_on(own_days, said_days) and are_on(others, said_days):
        return f"{thing.label()!r} is of another day"
    return ""


def _beyond_bounds(thing: Thing, mentions: Mentions, evidence: Evidence) -> str:
    """Return whether a thing begins before or after the times that people set, when another of its list does not."""
    siblings = [other for other in mentions.siblings(thing) if other.place == thing.place]
    mine, theirs = start_of(thing), [start for other in siblings if (start := start_of(other)) is not None]
    if mine is None:
        return ""
    for first, last in _bounds(evidence):
        if not first <= mine <= last and any(first <= start <= last for start in theirs):
            return f"{thing.label()!r} is not at the time that was asked for"
    return ""


def _bounds(evidence: Evidence) -> Iterator[tuple[int, int]]:
    """Yield the first and the last minute of the day that people allow."""
    for text in evidence.told:
        for mention in times_in(text):
            opening = _PREPOSITION.match(text, mention.start)
            before = text[: opening.end() if opening else mention.start]
            if is_busy(before):
                continue
            if _FROM.search(before):
                yield min(mention.minutes), DAY
            elif _UNTIL.search(before):
                yield 0, max(mention.minutes)
        parts = [match for match in _PART_OF_DAY.finditer(text) if match[1].lower() not in evidence.denied]
        for match in parts if len(parts) == 1 else ():
            times = [one for one in times_in(text) if not _ANY_ONE.search(text[: one.start + 4])]
            if not any(abs(one.start - match.start()) < 30 for one in times):
                yield PARTS_OF_DAY[match[1].lower()]


def is_busy(before: str) -> bool:
    """Return whether the clause before a time says what people do until or after it rather than what they want: I work
    until half past two."""
    clause = _CLAUSE_START.split(before)[-1]
    return bool(_SOMEBODY.search(clause)) and not _WANTING.search(clause)


_CLAUSE_START = re.compile(r"[.,;:!?\n]\s|\b(?:so|but|and|because|since|which|that)\s")
_SOMEBODY = re.compile(r"\b(?:i|we|he|she|they|(?:my|our|his|her) \w+)\b", re.IGNORECASE)
_WANTING = re.compile(
    r"\b(?:wants?|needs?|likes?|prefers?|would|can|could|must|should|will|has to|have to|free|available|able|love|hope"
    r"|get|come|make|look\w*|find|book|reserve|move|change|cancel|take|start|begin|arrive|leave)\b|['’](?:d|ll)\b",
    re.IGNORECASE,
)


def _uses_time(evidence: Evidence, minutes: frozenset[int]) -> bool:
    return any(
        mention.minutes & minutes for leaf in evidence.asked if isinstance(leaf, str) for mention in times_in(leaf[:40])
    )


def _minutes(thing: Thing) -> frozenset[int]:
    return frozenset(
        minute
        for _, value in thing.values
        if isinstance(value, str) and len(value) <= 40
        for mention in times_in(value)
        for minute in mention.minutes
    )


def _not_the_last(thing: Thing, mentions: Mentions, evidence: Evidence) -> str:
    """Return why the thing is not the last, cheapest or nearest one that people asked for; "" otherwise, and if it is
    the one that they asked for in another superlative."""
    group = [other for other in mentions.groups[thing.group] if other.place == thing.place]
    if len(group) < 2 or sum(other.ids[:1] == thing.ids[:1] != [] for other in group) > 1:
        return ""
    nouns = {
        "one",
        *(singular(part) for part in name_words(thing.group)),
        *(part for key, value in thing.values if str(value) in thing.ids[:1] for part in name_words(key)),
    }
    if any(singular(match[1].lower()) in nouns for match in _THE_SAME.finditer(evidence.told_text)):
        return ""
    problem = ""
    for text in map(as_corrected, evidence.told):
        for match in _SINGLED_OUT.finditer(text):
            if _ANOTHER.search(text[match.end() :].partition("\n")[2]):
                continue  # in a later turn they asked for the next best
            if match["noun"].lower() in NO_THINGS or any(
                holds(words(label), words(match[0])) for other in group for label in other.labels
            ):
                continue
            at_end = {"first": group[0], "last": group[-1]}.get(match["word"].lower())
            if at_end is thing or at_end is None and singular(match["noun"].lower()) not in nouns:
                continue
            claim = claim_of(match["word"].lower().replace("most recent", "newest"))
            found = beaten(thing, group, claim, match[0], evidence) if claim else ""
            problem = problem or found
            if claim and not found and any(beaten(other, group, claim, match[0], evidence) for other in group):
                return ""
    return problem


_THE_FIRST = re.compile(
    r"\b(?:(?:the|your|its|their) (?:very )?first(?: of (?:them|these|those|all)\b"
    rf"|\s+(?!(?:{'|'.join(sorted(FUNCTION_WORDS - {'of'}))})\b)(?P<noun>[a-z]+))?"
    r"|first (?:one|hit|result|match)"
    r"|(?:at the|on) (?:very )?top\b(?! of (?:that|it|the \w+)))|\bcomes? (?:up )?first\b",
    re.IGNORECASE,
)
_RESTRICTED = re.compile(  # after `the first one`: by more than its place
    r"\s+(?:that|which|who|whose|with|without|where|still|available|free|open|after|before|under|over|above|below|to|not)\b",
    re.IGNORECASE,
)
_OTHER_ORDER = re.compile(r"\b(?:second|third|last|next|both|each|\w{3,}est)\b", re.IGNORECASE)


def _not_the_first(thing: Thing, mentions: Mentions, evidence: Evidence, taken: Collection[str]) -> str:
    """Return why the thing is not the first of its list, which people asked for by its place alone; "" otherwise, and
    if the first one was taken up as well."""
    told = evidence.told_text
    group = [other for other in mentions.groups[thing.group] if other.place == thing.place]
    if len(group) < 2 or group[0].ids[:1] == thing.ids[:1] or not group[0].ids or group[0].ids[0] in taken:
        return ""
    nouns = {"one", "hit", "result", "match", "entry", *map(singular, name_words(thing.group))}
    meant = any(
        not match["noun"] or match["noun"].lower() not in NO_THINGS and (
            singular(match["noun"].lower()) in nouns or not match["noun"].islower() or len(match["noun"]) < 4)
        for match in _THE_FIRST.finditer(told)
        if not _RESTRICTED.match(told, match.end())
        and not any(day.start <= match.end() and match.start() <= day.end for day in days_in(told))
    )
    if not meant or _is_bounded(evidence, taken) or _OTHER_ORDER.search(told) or is_told(thing, evidence):
        return ""
    return f"{thing.label()!r} where the first is {group[0].label()!r}"


def _is_bounded(evidence: Evidence, taken: Collection[str]) -> bool:
    """Return whether people set a bound that no call was asked with, so that the first of a list may be beyond it."""
    told, asked = evidence.told_text, {number(leaf) for leaf in (*evidence.asked, *taken)}
    return any(
        _TIME_BOUND.search(told[: one.start]) and not _uses_time(evidence, one.minutes) for one in times_in(told)
    ) or any(not asked & {*bound.figure.values} for bound in bounds_in(told))


def _is_placed(thing: Thing, evidence: Evidence) -> bool:
    """Return whether people left the choice open or gave a place in the list: the first one, that artwork."""
    nouns = {singular(part) for part in name_words(thing.group)} | {"one", "result", "item", "entry"}
    ids = {part for key, value in thing.values if str(value) in thing.ids for part in name_words(key)} - {
        "id",
        "key",
        "code",
        "number",
    }
    return any(
        (nouns | ids) & {singular(word) for word in match[0].lower().split()}
        for match in _PLACED.finditer(evidence.told_text)
    )
