"""Picks from a list other than people meant: told by a word of a thing's values, by its full name or by a `not`, named
in the answer, or a neighbour of what was not found."""

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import akin, name_words, words
from toolalpaca.matching.arguments.told_traits import KEPT, lacking, other_number, other_state
from toolalpaca.matching.facts.entities import Thing, things_in
from toolalpaca.matching.facts.evidence import ConversationEvidence, Evidence, Shown
from toolalpaca.matching.facts.mentions import Mentions
from toolalpaca.matching.facts.rankings import beaten
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.codes import names_of
from toolalpaca.matching.language.dates import DayMention, days_in
from toolalpaca.matching.language.superlatives import extremes_in
from toolalpaca.matching.language.text import FUNCTION_WORDS, ORDER_WORDS, holds, listed, stands_in
from toolalpaca.matching.language.times import DAY, times_in
from toolalpaca.matching.language.values import number

_MOST = 12  # things of a list that people may tell one of by a word
_LONGEST = 60  # characters of a value that people may take a word from
_SHORTEST = 4  # letters of such a word
_TOPIC = 3  # words that nobody said in this order, which look for a topic rather than a name
_LONGEST_MOMENT = 40  # characters of a day with a time
PARTS_OF_DAY = {"morning": (0, 719), "afternoon": (720, 1110), "evening": (1020, DAY)}
_EARLY, _LATE = frozenset(listed("early earlier first")), frozenset(listed("late later last"))
_LEFT = frozenset(listed("free left available remaining vacant capacity"))
_SINGLED_OUT = re.compile(
    r"\b(?:first|last|next|second|third|top|any(?! ?more\b| longer\b)|whichever|whatever|either|each|every|both|all"
    r"|everything|everyone|\w{3,}est|most|least)\b",
    re.IGNORECASE,
)
_AS_IT_WAS = re.compile(
    r"\b(?:still|(?<!['’]s )(?<!the )(?<!your )stays?|kept|keeps?|unchanged|untouched|remains?"
    r"|as (?:it|they) (?:was|were|is|are))\b", re.IGNORECASE)
NO_THINGS = frozenset(listed(  # what a superlative may be said of that is not a thing of a list
    "night week month year day time times weekend name names quarter minute minutes hour hours class floor thing "
    "of monday tuesday wednesday thursday friday saturday sunday days weeks months years"
))
_DISLIKED = re.compile(
    r"(?:\b(?:not|never|cannot|hardly)\b|n['’]t\b).*\b(?:stand|like|want|care|enjoy|bear|need|mean|fond|into|up to)\b"
    r"|\b(?:hates?|dislikes?|detests?|loathes?|(?:sick|tired|scared|afraid) of|allergic to)\b",
    re.IGNORECASE,
)
_IDLE = frozenset(listed("with from that this have will your their they them what when please want need would like"))


def wrong_picks(
    calls: Sequence[Shown], transcript: ConversationEvidence, answer: str, changing: Container[str]
) -> Iterator[tuple[Shown, str]]:
    """Yield the calls with a thing of a list when people told another one of it, each with what is wrong."""
    taken = {str(leaf) for one in calls for leaf in leaves(one.call.given)}
    for one in calls:
        evidence = transcript.before(one.call.place)
        alike = {str(leaf) for other in calls for leaf in leaves(other.call.given)
                 if other.call.function == one.call.function}
        for thing, group in _chosen(one, evidence):
            siblings = [other for other in group if other is not thing]
            left = [other for other in siblings if alike.isdisjoint(other.ids[:1])]
            found = denied_thing(thing, siblings, evidence) or _longer_name(thing, left, evidence)
            if not found and not is_told(thing, evidence):
                found = other_number(thing, left, evidence) or lacking(thing, left, evidence)
            if one.call.function in changing:
                found = found or _other_word(thing, siblings, evidence, taken) or other_state(thing, siblings, evidence)
            free = [other for other in siblings if taken.isdisjoint(other.ids[:1])]
            found = found or _named_instead(thing, free, answer)
            if found:
                yield one, found
                break


def _chosen(one: Shown, evidence: Evidence) -> Iterator[tuple[Thing, list[Thing]]]:
    """Yield the things of short lists, each with its list, that a call names by their id."""
    values = set(map(str, leaves(one.call.given)))
    things = [thing for thing in things_in(evidence) if thing.group.endswith("[]")]
    for thing in things:
        if values & set(thing.ids[:1]):
            group = [other for other in things if other.group == thing.group and other.place == thing.place]
            if 1 < len(group) <= _MOST:
                yield thing, group


def has_room(thing: Thing, given: Mapping[str, object]) -> bool:
    """Return whether a thing has as much left as a call asks for, as far as its fields say."""
    return not any(
        (left := number(value)) is not None and (wanted := number(asked)) is not None and left < wanted
        for key, value in thing.values if _LEFT & set(name_words(key))
        for name, asked in given.items() if set(name_words(name)) <= set(name_words(key)) - _LEFT
    )


def denied_thing(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> str:
    """Return by which word people said that they did not mean a thing, when it does not fit all others too: not the
    trailer, not the morning one, not the early one."""
    denied = evidence.denied if not is_told(thing, evidence) else frozenset[str]()
    for word in sorted(denied):
        if _fits(thing, word, siblings) and not all(_fits(other, word, [thing]) for other in siblings):
            return f"{thing.label()!r} where it was said not to be the {word} one"
    return ""


def _fits(thing: Thing, word: str, siblings: Sequence[Thing]) -> bool:
    """Return whether a word is in a thing's names or values, or says when it begins, within the day or beside the only
    other one of that day."""
    start = start_of(thing)
    if start is not None and word in PARTS_OF_DAY:
        first, last = PARTS_OF_DAY[word]
        return first <= start <= last
    if start is not None and word in _EARLY | _LATE:
        starts = [other for one in siblings if days_of(one)[:1] == days_of(thing)[:1]
                  and (other := start_of(one)) is not None]
        return len(starts) == 1 and start != starts[0] and (start < starts[0]) is (word in _EARLY)
    return word in _value_words(thing) or any(word in words(label) for label in thing.labels)


def start_of(thing: Thing) -> int | None:
    """Return the minute of the day at which a thing begins, None if its values do not say."""
    for _, value in thing.values:
        found = times_in(value) if isinstance(value, str) and len(value) <= _LONGEST_MOMENT else ()
        if found and len(found[0].minutes) == 1:
            return min(found[0].minutes)
    return None


def _longer_name(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> str:
    """Return which thing was named in full, when this one's name holds that one's and more that nobody said: Sandvig of
    Sandvig North Pier."""
    own = _name_of(thing)
    for other in siblings:
        short = _name_of(other)
        is_longer = short and len(own) > len(short) and holds(own, short)
        if is_longer and any(holds(said, short) for said in evidence.told_words) and not (
                (set(own) - set(short)) & evidence.told_all or is_the_most(thing, siblings, evidence)):
            return f"{thing.labels[0]!r} where {other.labels[0]!r} was named"
    return ""


def _name_of(thing: Thing) -> list[str]:
    """Return the words of a thing's first label that is not a code."""
    return next((words(label) for label in thing.labels if not label.isupper()), [])


def _other_word(thing: Thing, siblings: Sequence[Thing], evidence: Evidence, taken: Container[str]) -> str:
    """Return which other thing people told by a word that it alone has, when they said none of this one's and it was
    not taken up as well."""
    told = evidence.told_text
    if _SINGLED_OUT.search(told) or is_told(thing, evidence):
        return ""
    if own_said([thing, *siblings], thing, evidence):
        return ""
    others = [other for other in siblings if own_said([thing, *siblings], other, evidence)]
    if len(others) == 1 and not any(own in taken for own in others[0].ids[:1]):
        return f"{thing.label()!r} where {others[0].label()!r} was meant"
    return ""


def own_said(group: Sequence[Thing], thing: Thing, evidence: Evidence) -> set[str]:
    """Return the words of a thing's values that no other of the group has and that people said without a `not`; a word
    of the API's own names tells none."""
    others = {word for other in group if other is not thing for word in _value_words(other)}
    own = _value_words(thing) - others - _IDLE - evidence.call_words
    return {
        word
        for sentence in re.split(r"[.,;!?\n]", evidence.told_text)
        if not KEPT.search(sentence)
        for word in words(sentence)
        if len(word) >= _SHORTEST and any(akin(word, part) for part in own)
    }


def _value_words(thing: Thing) -> set[str]:
    texts = [text for _, value in thing.values if isinstance(value, str) and len(value) <= _LONGEST
             for text in (names_of(value) if len(value) < _SHORTEST else (value,))]
    return {
        word
        for text in texts
        if not text[:1].isdigit()
        for word in words(text)
        if len(word) >= _SHORTEST and word.isalpha()
    }


def _named_instead(thing: Thing, siblings: Sequence[Thing], answer: str) -> str:
    """Return which other thing, that no call took, the answer names in full or by its day, when it has no word of this
    one's name."""
    changed = [sentence for sentence in sentences_of(answer) if not _AS_IT_WAS.search(sentence)]
    said = [word for sentence in changed for word in words(sentence)]
    days = [mention for sentence in changed for mention in days_in(sentence) if mention.readings[0][2]]
    for other in siblings if not any(stands_in(own, answer, joined_by="-") for own in thing.ids) else ():
        shared = {word for label in other.labels for word in words(label)} | FUNCTION_WORDS
        own = {word for label in thing.labels for word in words(label)} - shared
        names = [name for name in (*other.labels, *filter(_CODE.match, other.ids[:1])) if not name[0].islower()]
        names += _apart(other, [thing, *siblings])
        if thing.labels and own.isdisjoint(said) and are_on(days_of(other), days) and not are_on(days_of(thing), days):
            return f"{thing.labels[0]!r} where the answer tells of another day"
        for name in names if own and own.isdisjoint(said) else ():
            if (len(name) >= _SHORTEST or name in other.ids) and holds(said, words(name)) and name not in thing.labels:
                return f"{thing.labels[0]!r} where the answer tells of {name!r}"
    return ""


def days_of(thing: Thing) -> list[date]:
    """Return the days among a thing's values."""
    return [day for _, value in thing.values if isinstance(value, str) and len(value) <= _LONGEST_MOMENT
            for mention in days_in(value) for day in mention.days()]


def are_on(days: Sequence[date], said: Sequence[DayMention]) -> bool:
    """Return whether one of some days was named, with its year or without."""
    return any(mention.fits(day) for mention in said for day in days)


def _apart(thing: Thing, group: Sequence[Thing]) -> list[str]:
    """Return the last word of a thing's name if no other of its list has it: Otter of Hotel Otter."""
    others = {word for other in group if other is not thing for label in other.labels for word in words(label)}
    return [last for label in thing.labels if " " in label.strip() and (last := label.split()[-1])[0].isupper()
            and others.isdisjoint(words(last))]


_CODE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w-]+$")  # an id that may be told by itself


def is_told(thing: Thing, evidence: Evidence) -> bool:
    """Return whether people named a thing by an id."""
    told = evidence.told_text.casefold()
    return any(stands_in(label.casefold(), told, joined_by="-") for label in thing.ids)


def is_the_most(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> bool:
    """Return whether people asked for the cheapest, the newest or the first of a list, and this thing is the one though
    they call it by words that may be nearer to the name of another, which they did not say in full."""
    if any(is_named_whole(one, thing, evidence) for one in siblings):
        return False
    group = [one for one in (thing, *siblings) if one.place == thing.place]
    claims = [(claim, text) for text in evidence.told for claim in extremes_in(text) if claim.large is not None]
    return bool(claims) and _opens_order(thing, evidence) or any(
        not beaten(thing, group, claim, text, evidence)
        and any(beaten(other, group, claim, text, evidence) for other in group if other is not thing)
        for claim, text in claims
    )


def _opens_order(thing: Thing, evidence: Evidence) -> bool:
    """Return whether a thing is the first of a list that was asked for in an order."""
    first = next(one for one in things_in(evidence) if (one.group, one.place) == (thing.group, thing.place))
    asked = {part for one in evidence.results if one.call.place == thing.place
             for name in one.call.given for part in name_words(name)}
    return first is thing and not asked.isdisjoint(ORDER_WORDS)


def is_named_whole(other: Thing, thing: Thing, evidence: Evidence) -> bool:
    """Return whether people said the whole name of another thing, which is no part of this one's."""
    mine = [words(label) for label in thing.labels]
    return any(
        holds(said, words(label)) and not any(holds(own, words(label)) for own in mine)
        for label in other.labels for said in map(words, liked(evidence).split("\n"))
    )


def liked(evidence: Evidence) -> str:
    """Return what people said without what they do not like or want: I can't stand horror."""
    parts = re.split(r"(?<=[.,;!?\n])(?!\d)", evidence.told_text)
    return "".join("\n" if _DISLIKED.search(part) else part for part in parts)


def neighbour_taken(thing: Thing, mentions: Mentions, evidence: Evidence, answer: str, values: Container[str]) -> str:
    """Return why the thing is not the one that was looked for, if the answer does not mention it; "" otherwise.

    What is among the `values` of the call says something else about it.
    """
    labels = [frozenset(words(label)) for label in thing.labels]
    said = evidence.told_all
    answered = frozenset(words(answer))
    if (
        is_told(thing, evidence)
        or not any(label[0].isupper() for label in thing.labels)  # a day or a kind, which names nothing
        or any(label and label <= said for label in labels)
        or any(label - said and label - said <= answered for label in labels)
    ):
        return ""
    missing = [
        name
        for name in _wanted_names(evidence, thing)
        if name not in values and not any(frozenset(words(name)) <= label for label in labels)
    ]
    for name in missing:
        parts = frozenset(words(name))
        if not any(parts <= frozenset(words(label)) for other in mentions.things for label in other.labels):
            return f"{thing.labels[0]!r} where {name!r} was looked for"
    return ""


def _wanted_names(evidence: Evidence, thing: Thing) -> Iterator[str]:
    """Yield what the list with the thing was searched for, and what people named in quotes."""
    asked = [one for one in evidence.results if one.call.place == thing.place]
    for one in asked:
        for name, value in one.call.given.items():
            if (
                isinstance(value, str)
                and {"name", "title", "query", "q", "search", "text"} & set(words(name))
                and len(value) < 60
                and (len(words(value)) < _TOPIC or any(holds(said, words(value)) for said in evidence.told_words))
            ):
                yield value
    used = " ".join(json.dumps(one.call.arguments, ensure_ascii=False) for one in evidence.results)
    yield from (quote for quote in evidence.quoted if len(quote.split()) <= 6 and quote not in used)
