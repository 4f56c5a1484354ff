"""Deeds of a conversation: what its calls changed, held against what was asked for and against what the answer says was
done."""

import json
import re
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import akin, name_words
from toolalpaca.data.record_types import GET_DETAILS
from toolalpaca.matching.arguments.grounding import is_given
from toolalpaca.matching.facts.entities import STATE_WORDS, Thing, things_in
from toolalpaca.matching.facts.evidence import ConversationEvidence, Evidence, Shown
from toolalpaca.matching.facts.mentions import Mentions
from toolalpaca.matching.facts.orders import gives_orders, only_reads, wants_no_change
from toolalpaca.matching.language.actions import (
    Deed,
    Doing,
    admits,
    asked_for,
    base_of,
    doings_of,
    speaks_of_removal,
)
from toolalpaca.matching.language.choices import is_meant, sides_of

_WISHES = re.compile(r"\b(?:want|need|would like|['’]d like|looking for|wish|get (?:me|us))\b", re.IGNORECASE)


@dataclass(frozen=True)
class Done:
    """A call of a function that changes something, and whether it did."""

    shown: Shown
    deed: Deed

    @property
    def call(self) -> PredictedCall:
        """Return the call itself."""
        return self.shown.call

    @property
    def succeeded(self) -> bool:
        """Return whether the API says that it was done."""
        return self.shown.seen.succeeded


def deeds_in(transcript: ConversationEvidence, deeds: Mapping[str, Deed]) -> list[Done]:
    """Return the calls of functions that change something."""
    return [Done(one, deeds[one.call.function]) for one in transcript.shown if one.call.function in deeds]


def repeated(done: Sequence[Done], told: str) -> Iterator[Done]:
    """Yield the calls that do once more what an earlier one did, unless several were asked for."""
    seen: set[str] = set()
    for one in done:
        key = one.call.function + json.dumps(one.call.arguments, sort_keys=True, default=str)
        if (
            one.succeeded
            and key in seen
            and not re.search(r"\b(?:twice|again|copies|times|another|one more)\b", told, re.IGNORECASE)
        ):
            yield one
        seen |= {key} if one.succeeded else set()


def hasty(done: Sequence[Done], transcript: ConversationEvidence) -> Iterator[Done]:
    """Yield the calls that changed something before the user was asked, and were made again after the reply."""
    asked = [one.call.place for one in transcript.shown if one.call.function == GET_DETAILS]
    for one in done:
        later = [place for place in asked if place > one.call.place]
        if (
            one.succeeded
            and later
            and any(
                other.succeeded and other.call.function == one.call.function and other.call.place > later[0]
                for other in done
            )
        ):
            yield one


def unasked(done: Sequence[Done], evidence: Evidence) -> Iterator[Done]:
    """Yield the calls that change something when nothing of the kind was asked for: no verb of the same kind was
    said, and neither were the words of the function's name."""
    said = evidence.told_all
    yield from _forbidden(done, evidence)
    for one in done:
        before = {str(leaf) for other in done if other.succeeded and other.call.place < one.call.place
                  for leaf in (*leaves(other.call.given), *(leaf.value for leaf in other.shown.seen.leaves))}
        if one.succeeded and _changes_more(one, evidence, before):
            yield one
    orders_to_read = only_reads(evidence.told_text)
    if gives_orders(evidence.told_text) and not orders_to_read:
        return
    kinds = frozenset().union(*(doings_of(word) for word in re.findall(r"[a-z]+", evidence.told_text.lower())))
    wishes = bool(_WISHES.search(evidence.told_text))
    is_question = "?" in evidence.told_text and not orders_to_read
    functions = {one.call.function for one in evidence.results if one.seen.succeeded}
    for one in done:
        parts = name_words(one.call.function)
        named = (
            not one.deed.verbs
            or Doing.DELETE in one.deed.kinds and speaks_of_removal(evidence.told_text)
            or {base_of(word) for word in said} & one.deed.verbs
            or parts[0] in said
            or any(akin(word, part) for word in said for part in parts if len(part) > 4)
        )
        if (
            one.succeeded
            and not named
            and not kinds & one.deed.kinds
            and not (wishes and Doing.CREATE in one.deed.kinds)
            and (is_question and len(functions) < 2 or not _carries_own_value(one, evidence))
        ):
            yield one


def _carries_own_value(one: Done, evidence: Evidence) -> bool:
    """Return whether a call has a value that people gave and no other function's call took up: they gave it for
    this."""
    others = {
        str(leaf)
        for other in evidence.results
        if other.call.function != one.call.function
        for leaf in leaves(other.call.given)
    }
    own = [leaf for leaf in leaves(one.call.given) if leaf is not None and not isinstance(leaf, bool)]
    return any(str(leaf) not in others and is_given(leaf, evidence, frozenset(), literal=True) for leaf in own)


def _changes_more(one: Done, evidence: Evidence, before: Container[str]) -> bool:
    """Return whether a call sets a field of a thing to a choice, or turns it round, when neither field nor value was
    said, and the field had another value if the thing was looked at; `before` are the values of earlier changes."""
    arguments = one.call.given
    used = {str(leaf) for leaf in leaves(arguments)}
    is_again = any(str(arguments.get(name)) in before for name in one.deed.required)
    is_all = not is_again and (len(set(arguments) - one.deed.required) < 2 or len(arguments) < 3)  # of the order
    if Doing.CHANGE not in doings_of(name_words(one.call.function)[0]) or is_all:
        return False
    things = [thing for thing in things_in(evidence) if thing.place < one.call.place and set(thing.ids[:1]) & used]
    return any(
        (isinstance(value, bool) or (isinstance(value, str) and value.isalpha() and value.islower()))
        and key not in one.deed.required
        and not any(is_meant(part, evidence.told_all) or is_again and _begins_like(part, evidence.told_all)
                    for part in (*name_words(key), str(value).lower()))
        and not any(sides_of(part)[1] & evidence.told_all for part in name_words(key))
        and _sets(one, key, value, [old for thing in things[-1:] for old in thing.of(key)])
        for key, value in arguments.items()
    )


def _begins_like(part: str, said: Collection[str]) -> bool:
    """Return whether a word was said that may be another form: hide of hidden."""
    return any(word.startswith(part[:3]) for word in said)


def _sets(one: Done, key: str, value: object, before: Sequence[object]) -> bool:
    """Return whether a call gave a field this value: it had another one, or, if that is not known, now has this one."""
    if before:
        return any(old != value and isinstance(old, type(value)) for old in before)
    return any(leaf.path[-1:] == (key,) and leaf.value == value for leaf in one.shown.seen.leaves)


_FORBIDS = re.compile(
    r"\b(?:do not|don['’]?t|never|not to|no need to|without)\s+(?:you\s+|please\s+|yet\s+)?(?P<verb>[a-z]+)",
    re.IGNORECASE,
)


def _forbidden(done: Sequence[Done], evidence: Evidence) -> Iterator[Done]:
    """Yield the calls that do what people said was not to be done, unless they order it as well; all of them when they
    only want to be told something."""
    told = evidence.told_text
    if len(evidence.told) == 1 and wants_no_change(told):
        yield from (one for one in done if one.succeeded)
    forbidden = {base_of(match["verb"]) for match in _FORBIDS.finditer(told)}
    forbidden -= {verb for text in evidence.told for verb, _, _ in asked_for(text)}
    for one in done if forbidden else ():
        if one.succeeded and base_of(name_words(one.call.function)[0]) in forbidden:
            yield one


_WHOLE = re.compile(r"\b(?:all|every|everything|each|both)\b", re.IGNORECASE)
_NOT_WHOLE = re.compile(
    r"\b(?:after all|at all|all (?:the best|right|told|day|of a sudden|that)|in all|of all|every (?:time|day|week"
    r"|month|year)"
    r"|above all|all the same|all of (?:this|it)|all round|each (?:other|time|way)"
    r"|both (?:ends|sides|ways|directions|dates|days|times|halves|hands)"
    r"|(?:we|you|they|are|were|am)(?:['’]re)? both|both of us|both \d+|(?:us|you|them) all|with everything"
    r"|all (?:our|my|your) own|all (?:I|we) (?:need|want|have|know)"
    r"|every (?:\d+|two|three|four|five|six|other|second) \w+)\b",
    re.IGNORECASE,
)
_KEEPS = re.compile(
    r"\b(?:keep|keeps|stays?|stands|remains?|except|but not|apart from|other than|only|just|the \w+e(?:r|st)\b"
    r"|the first(?: one)?(?= *[.,;!?]|$))\b",
    re.IGNORECASE,
)


def _says_all(told: str) -> bool:
    """Return whether everything of a list is meant, and nothing of it is to be kept."""
    return bool(_WHOLE.search(told)) and not _KEEPS.search(told)


_BOTH = re.compile(r"\bboth\b", re.IGNORECASE)
# What makes a part of a list what is meant: those that are closed, everything without a receipt.
_RESTRICTS = re.compile(r"\b(?:that|which|who|whose|where|with|without|already|still|yet|no longer|not|old|past|over"
                        r"|\w+n['’]t|\w+ed)\b", re.IGNORECASE)


def _sets_apart(told: str, treated: Sequence[Thing], left: Sequence[Thing]) -> bool:
    """Return whether people restricted what they meant, and a state tells all that was treated from the rest."""
    if not _RESTRICTS.search(told):
        return False
    keys = {key for key, value in treated[0].values if isinstance(value, bool) or STATE_WORDS & set(name_words(key))}
    return any({str(one.of(key)) for one in treated}.isdisjoint(str(one.of(key)) for one in left) and len(
        {str(one.of(key)) for one in treated}) == 1 for key in keys)


def incomplete(done: Sequence[Done], transcript: ConversationEvidence, answer: str) -> Iterator[str]:
    """Yield the things of a list that were to be treated like the others, by the id that no call had."""
    told = _NOT_WHOLE.sub("", transcript.whole().told_text)
    if admits(answer) or not _says_all(told):
        return
    for function in dict.fromkeys(one.call.function for one in done if one.succeeded):
        used = {str(leaf) for one in done if one.call.function == function for leaf in leaves(one.call.given)}
        first = min(one.call.place for one in done if one.call.function == function)
        mentions = Mentions(things_in(transcript.before(first)))
        for group in mentions.groups.values():
            treated = [thing for thing in group if used & set(thing.ids[:1])]
            left, named = [thing for thing in group if thing not in treated], mentions.named_in(told)
            is_named = all(one in named for one in treated) and not any(one in named for one in left)
            if is_named and len(treated) > bool(_BOTH.search(told)):
                continue
            is_list = len(group) <= 10 and group[0].group.endswith("[]")
            if left and treated and is_list and not _sets_apart(told, treated, left):
                yield from (thing.ids[0] for thing in left if thing.ids)
                return
