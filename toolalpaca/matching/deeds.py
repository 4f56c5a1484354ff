"""What a conversation's calls changed, held against what was asked for and against what the answer says was done."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.jsons import leaves
from toolalpaca.core.text import name_words, singular, words
from toolalpaca.data.record_types import GET_DETAILS
from toolalpaca.matching.actions import (
    Deed,
    DeedClaim,
    Doing,
    admits,
    asked_for,
    base_of,
    claims_of,
    doings_of,
    sentences,
)
from toolalpaca.matching.entities import Mentions, Thing, things_in
from toolalpaca.matching.evidence import ConversationEvidence, Evidence, Shown
from toolalpaca.matching.text import listed

_ALL = re.compile(
    r"\b(?:all|every|everything|everyone|each|both|any|others?|rest|except|but not|remaining|whatever)\b", re.IGNORECASE
)
_PLACED = re.compile(
    r"\b(?:first|last|second|third|top|that|this|latest|newest|oldest|cheapest|nearest|closest|best)\s+"
    r"(?:\w+\s+)?\w+",
    re.IGNORECASE,
)
_WISHES = re.compile(r"\b(?:want|need|would like|['’]d like|looking for|wish)\b", re.IGNORECASE)
# Verbs of which each names an effect of its own, so that no other deed stands in for it.
_EFFECTS = [
    frozenset(listed(verbs))
    for verbs in (
        "attach upload import",
        "send email mail notify message text inform alert warn remind tell forward share invite",
        "pay transfer charge refund",
        "print export",
    )
]


@dataclass(frozen=True)
class Done:
    """A call of a function that changes something, and whether it did."""

    shown: Shown
    deed: Deed

    @property
    def call(self) -> PredictedCall:
        """The call itself."""
        return self.shown.call

    @property
    def succeeded(self) -> bool:
        """Whether the API says that it was done."""
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
    if _gives_orders(evidence.told_text):
        return
    kinds = frozenset().union(*(doings_of(word) for word in re.findall(r"[a-z]+", evidence.told_text.lower())))
    wishes = bool(_WISHES.search(evidence.told_text))
    for one in done:
        parts = name_words(one.call.function)
        named = (
            not one.deed.verbs
            or {base_of(word) for word in said} & one.deed.verbs
            or parts[0] in said
            or any(word[:5] == part[:5] for word in said for part in parts if len(part) > 4)
        )
        if (
            one.succeeded
            and not named
            and not kinds & one.deed.kinds
            and not (wishes and Doing.CREATE in one.deed.kinds)
        ):
            yield one


_STATES = re.compile(
    r"\W*(?:i|we|my|our|the|it|its|he|she|they|their|his|her|there|this|that|these|those|an?|who|what|which|when"
    r"|where|why|how|is|"
    r"are|was|were|do|does|did|am|has|have|had|some\w*|every\w*|no|yes|hello|hi|hey|if|because|since|for|in|on|at|of"
    r"|and|but|so|one|two|"
    r"both|last|yesterday|today|tomorrow|now|next)\b",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"\b(?:please|could you|would you|can you|will you|want|need|like (?:you )?to|let['’]?s|must|has to|have to"
    r"|should|had better|"
    r"be good if|to be \w+ed|is to|are to|i['’]d like|time to|kindly|go ahead)\b",
    re.IGNORECASE,
)


def _gives_orders(told: str) -> bool:
    """Whether anything is to be done at all: a wish, or a sentence that opens with a verb, rather than questions and
    statements."""
    return bool(_WANTS.search(told)) or any(not one.endswith("?") and not _STATES.match(one) for one in sentences(told))


def wrong_things(calls: Sequence[Shown], transcript: ConversationEvidence, answer: str) -> Iterator[tuple[Shown, str]]:
    """Yield the calls made with the id of a thing from a list when people named another one of it, or a thing that is
    not in the list at all and the answer does not say so; each with what is wrong."""
    for one in calls:
        values = {
            str(leaf)
            for leaf in leaves(one.call.arguments or {})
            if isinstance(leaf, (str, int)) and not isinstance(leaf, bool)
        }
        evidence = transcript.before(one.call.place)
        things = things_in(evidence)
        chosen = [thing for thing in things if values & set(thing.ids) and thing.labels]
        if not chosen:
            continue
        mentions = Mentions(things)
        for thing in chosen:
            found = _wrong_thing(thing, mentions, evidence, values) or _neighbour(
                thing, mentions, evidence, answer, one, transcript
            )
            if found:
                yield one, found
                break


def _wrong_thing(thing: Thing, mentions: Mentions, evidence: Evidence, values: set[str]) -> str:
    siblings = mentions.siblings(thing)
    if (
        not siblings
        or _is_placed(thing, siblings, evidence)
        or _is_told(thing, evidence)
        or (_ALL.search(evidence.told_text) and len(siblings) < 12)
    ):
        return ""
    told = mentions.named_in(evidence.told_text)
    if thing in told:
        return ""
    better = [
        other
        for other in siblings
        if other in told and mentions.is_well_named(other, evidence.told_all) and not set(other.ids) & values
    ]
    return f"{thing.labels[0]!r} where {better[0].labels[0]!r} was named" if better and better[0].labels else ""


def _is_placed(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> bool:
    """Whether people left the choice open or gave a place in the list: the first one, that artwork."""
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


def _is_told(thing: Thing, evidence: Evidence) -> bool:
    return any(
        re.search(rf"(?<![\w-]){re.escape(label)}(?![\w-])", evidence.told_text, re.IGNORECASE) for label in thing.ids
    )


def _neighbour(
    thing: Thing, mentions: Mentions, evidence: Evidence, answer: str, one: Shown, transcript: ConversationEvidence
) -> str:
    """Another thing than the one that was looked for, taken without a word."""
    labels = [frozenset(words(label)) for label in thing.labels]
    said = evidence.told_all
    answered = frozenset(words(answer))
    if (
        _is_told(thing, evidence)
        or any(label and label <= said for label in labels)
        or any(label - said and label - said <= answered for label in labels)
    ):
        return ""
    missing = [
        name for name in _wanted_names(evidence, thing) if not any(frozenset(words(name)) <= label for label in labels)
    ]
    for name in missing:
        parts = frozenset(words(name))
        if not any(parts <= frozenset(words(label)) for other in mentions.things for label in other.labels):
            return f"{thing.labels[0]!r} where {name!r} was looked for"
    return ""


def _wanted_names(evidence: Evidence, thing: Thing) -> Iterator[str]:
    """What the list with the thing was searched for, and what people named in quotes."""
    asked = [one for one in evidence.results if one.call.place == thing.place]
    for one in asked:
        for name, value in (one.call.arguments or {}).items():
            if (
                isinstance(value, str)
                and {"name", "title", "query", "q", "search", "term", "text"} & set(words(name))
                and len(value) < 60
            ):
                yield value
    used = " ".join(json.dumps(one.call.arguments, ensure_ascii=False) for one in evidence.results)
    yield from (quote for quote in evidence.quoted if len(quote.split()) <= 6 and quote not in used)
    seen = evidence.observed_all
    for text in evidence.told[:1]:
        for match in re.finditer(r"(?<=\bthe )([A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*)", text):
            if match[1] not in used and not frozenset(words(match[1])) & seen:
                yield match[1]


def incomplete(done: Sequence[Done], transcript: ConversationEvidence, answer: str) -> Iterator[str]:
    """Yield the things of a list that were to be treated like the others, by the id that no call had."""
    told = transcript.whole().told_text
    if not re.search(r"\b(?:all|every|everything|each|both|any)\b", told, re.IGNORECASE) or admits(answer):
        return
    for function in dict.fromkeys(one.call.function for one in done if one.succeeded):
        used = {str(leaf) for one in done if one.call.function == function for leaf in leaves(one.call.arguments or {})}
        first = min(one.call.place for one in done if one.call.function == function)
        groups = Mentions(things_in(transcript.before(first))).groups.values()
        for group in groups:
            treated = [thing for thing in group if used & set(thing.ids[:1])]
            if 1 < len(group) <= 10 and group[0].group.endswith("[]") and 0 < len(treated) < len(group):
                yield from (thing.ids[0] for thing in group if thing not in treated and thing.ids)
                return


def unmade(answer: str, done: Sequence[Done], evidence: Evidence, deeds: Mapping[str, Deed]) -> Iterator[str]:
    """Yield what the answer says was done when no call did it, and what was asked for, not done and not admitted."""
    made = [one.deed for one in done if one.succeeded]
    claimed = [claim for claim in claims_of(answer) if not _is_made(claim, made, done, evidence)]
    yield from (f"{claim.verb}: {claim.sentence[:80]}" for claim in claimed)
    if not claimed and not made and deeds and not admits(answer):
        wanted = {kind for _, kinds, _ in asked_for(evidence.told[0]) for kind in kinds}
        able = {kind for deed in deeds.values() for kind in deed.kinds}
        verbs = {verb for verb, _, _ in asked_for(evidence.told[0])}
        if wanted & able == {Doing.DELETE} or (
            verbs & {verb for deed in deeds.values() for verb in deed.verbs} and wanted & able
        ):
            yield f"asked for and not done: {', '.join(sorted(verbs))}"
        elif re.search(r"(?:^|[.!]\s+)Done\b|\ball set\b", answer):
            yield "nothing was done"
    for claim in claims_of(answer):
        tried = [one for one in done if claim.verb in one.deed.verbs and one.shown.seen.status is not None]
        if tried and not any(one.succeeded for one in tried) and claim not in claimed:
            yield f"{claim.verb}: {claim.sentence[:80]}"
        failed = [
            one
            for one in done
            if not one.succeeded
            and claim.kinds & one.deed.kinds
            and not any(
                other.succeeded and other.call.function == one.call.function and other.call.place > one.call.place
                for other in done
            )
        ]
        if failed and re.match(r"\W*(?:both|all|every|each)\b", claim.sentence, re.IGNORECASE):
            yield f"{claim.verb}: {claim.sentence[:80]}"


def _is_made(claim: DeedClaim, made: Sequence[Deed], done: Sequence[Done], evidence: Evidence) -> bool:
    named = {verb for deed in made for verb in deed.verbs}
    if claim.verb in named:
        return True
    group = next((verbs for verbs in _EFFECTS if claim.verb in verbs), None)
    if group is not None and not claim.passive:
        fields = {
            base_of(word)
            for one in done
            if one.succeeded
            for name in (one.call.arguments or {})
            for word in words(name)
        }
        return bool(group & (named | fields)) or any(
            Doing.SEND in deed.kinds and claim.verb != "attach" for deed in made
        )
    if claim.kinds == {Doing.DELETE}:
        fitting = any(Doing.DELETE in deed.kinds or Doing.CHANGE in deed.kinds for deed in made)
    else:
        fitting = any(deed.kinds - {Doing.DELETE} for deed in made)
    return fitting or (claim.passive and _is_a_state(claim, evidence)) or not (made or claim.kinds - {Doing.SEND})


def _is_a_state(claim: DeedClaim, evidence: Evidence) -> bool:
    """Whether the verb tells a state that people or results spoke of, rather than what was done now."""
    return any(base_of(word) == claim.verb for word in (*evidence.observed_all, *evidence.told_all))


def only_asks(answer: str) -> bool:
    """Return whether an answer does nothing but ask: its first sentence is a question and no other tells a result."""
    found = sentences(answer)
    if not found or not _is_question(found[0]):
        return False
    return all(
        _is_question(one)
        or re.match(r"\W*(?:then|so|once|with|please|that way|i need|thanks|thank you|i)\b", one, re.IGNORECASE)
        for one in found
    )


def _is_question(sentence: str) -> bool:
    return sentence.endswith("?") or bool(
        re.match(
            r"\W*(?:please|could you|can you|would you|kindly|let me know|tell me|i(?: still)? need (?:to know|your"
            r"|the)|may i)\b",
            sentence,
            re.IGNORECASE,
        )
    )
