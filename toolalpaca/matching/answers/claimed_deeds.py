"""Deeds that an answer claims or passes over: what it says was done, held against what the calls did, and what was
asked for and not done."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import words
from toolalpaca.matching.arguments.deeds import Done
from toolalpaca.matching.facts.entities import things_in
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.facts.orders import demands_change, gives_orders, is_conditional, only_reads
from toolalpaca.matching.language.actions import (
    Deed,
    DeedClaim,
    Doing,
    admits,
    asked_for,
    base_of,
    claims_of,
    produces,
    sentences,
)
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.text import IN_DOUBLE_QUOTES, holds, listed

# Verbs of which each names an effect of its own, so that no other deed stands in for it.
_EFFECTS = [
    frozenset(listed(verbs))
    for verbs in (
        "attach upload import",
        "send email e-mail mail notify message text inform alert warn remind tell forward share invite",
        "pay transfer charge refund",
        "print export",
    )
]


def unmade(answer: str, done: Sequence[Done], evidence: Evidence, deeds: Mapping[str, Deed]) -> Iterator[str]:
    """Yield what the answer says was done when no call did it, and what was asked for, not done and not admitted."""
    claimed = list(claimed_only(answer, done, evidence, deeds))
    yield from claimed
    if not claimed and not any(one.succeeded for one in done) and deeds:
        if not admits(answer) and not is_conditional(evidence.told_text):
            yield from _left_undone(answer, evidence, deeds)
        elif _wants_change(evidence.told[0]) and not any(map(produces, _reads(evidence, deeds))):
            yield from (f"nothing was done: {one[:80]}" for one in sentences(answer) if _says_done(one))
    yield from (claim for claim in failed_deeds(answer, done) if claim not in claimed)
    yield from _too_many(answer, done, evidence)


def claimed_only(answer: str, done: Sequence[Done], evidence: Evidence, deeds: Mapping[str, Deed]) -> Iterator[str]:
    """Yield what the answer says was done when no call did it."""
    made = [one.deed for one in done if one.succeeded]
    yield from (f"{claim.verb}: {claim.sentence[:80]}" for claim in claims_of(answer)
                if not (_is_made(claim, made, done, evidence) or _describes(claim, deeds, evidence)
                        or _was_so(claim, done)))


def _too_many(answer: str, done: Sequence[Done], evidence: Evidence) -> Iterator[str]:
    """Yield the claims that something was done to several things when fewer calls did it, each to one thing, and
    another one of its list was left."""
    for claim in claims_of(answer):
        several = _SEVERAL.search(claim.sentence)
        made = [one.call.given for one in done if one.succeeded and one.deed.kinds & claim.kinds]
        if several is None or not 0 < len(made) < (count := _COUNTS[several["count"].lower()]):
            continue
        given = [value for one in made for value in one.values()]
        if max(map(len, made)) <= count and not any(isinstance(one, list) or str(one) == str(count) for one in given):
            listed = [(one.group, one.ids[0]) for one in things_in(evidence) if one.ids]
            groups = {group for group, name in listed if name in given}
            if any(group in groups and name not in given for group, name in listed):
                yield f"{several[0]} where {len(made)} was done"


_COUNTS = {"both": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_SEVERAL = re.compile(
    rf"(?<!of )(?<!of the )(?<!of your )(?<!for )\b(?P<count>{'|'.join(_COUNTS)})\b"
    r"(?![ -](?:hour|day|minute|week|month|night)s?\b)", re.IGNORECASE)


def _is_free_to_act(evidence: Evidence) -> bool:
    """Return whether all that was looked at was there, so that nothing has to be asked before what was asked for."""
    return bool(evidence.results) and all(one.seen.succeeded and not one.is_empty for one in evidence.results)


def failed_deeds(answer: str, done: Sequence[Done]) -> Iterator[str]:
    """Yield what the answer says was done when every try of it failed, unless it says that it was so already."""
    yield from (f"{claim.verb}: {claim.sentence[:80]}" for claim in claims_of(answer)
                if _has_failed(claim, done) and not admits(claim.sentence))
    yield from _passed_over(answer, done)


def _passed_over(answer: str, done: Sequence[Done]) -> Iterator[str]:
    """Yield the failed one of several calls that are alike when the answer admits nothing and speaks of all, or of what
    that call was about together with another's."""
    for one in done:
        alike = [other for other in done if other.succeeded and other.call.function == one.call.function]
        if one.succeeded or one.shown.seen.status is None or not alike:
            continue
        others = {str(leaf) for other in alike for leaf in leaves(other.call.given)}
        asked = {str(leaf) for leaf in leaves(one.call.given)}
        spelt = {"".join(words(value)) for value in others}  # a second try may only write a value in another way
        own = {value for value in asked - others if not any(one.endswith("".join(words(value))) for one in spelt)}
        theirs = others - asked
        said = [part for sentence in sentences(answer) for part in _PARTS.split(sentence) if not admits(part)]
        is_all = _ALL.search(answer) and not admits(answer)
        if own and (is_all or any(_names_both(part, own, theirs) for part in said)):
            yield f"{one.call.function} failed: {min(own)}"


def _names_both(sentence: str, own: Iterable[str], theirs: Iterable[str]) -> bool:
    """Return whether a sentence has a value of each of two sets, and no word that sets one against the other."""
    said = words(sentence)
    has = [any(holds(said, words(value)) for value in values if words(value)) for values in (own, theirs)]
    return all(has) and not _AGAINST.search(sentence)


def _left_undone(answer: str, evidence: Evidence, deeds: Mapping[str, Deed]) -> Iterator[str]:
    """Yield once what people asked to be changed in a conversation without any change, or that it is said to be."""
    told = evidence.told[0]
    orders = asked_for(told)
    verbs = {verb for verb, _, _ in orders}
    wanted = {kind for _, kinds, _ in orders for kind in kinds}
    able = {kind for deed in deeds.values() for kind in deed.kinds}
    if any(map(produces, _reads(evidence, deeds))):
        return  # a call that makes something without changing what is there did it
    if wanted & able == {Doing.DELETE} or (
        verbs & {verb for deed in deeds.values() for verb in deed.verbs} and wanted & able
    ):
        yield f"asked for and not done: {', '.join(sorted(verbs))}"
    elif (_is_free_to_act(evidence) or not answer.rstrip().endswith("?")) and demands_change(
            told, deeds, evidence.results):
        yield "asked for and not done"
    elif any(_IS_DONE.search(one) or _wants_change(told) and _says_done(one) for one in sentences(answer)) or (
        wanted and "?" not in told and re.search(r"\b(?:is|are) (?:\w+ )?now\b|\bno longer\b|\bfrom now on\b", answer)
    ):
        yield "nothing was done"


_REQUEST = re.compile(
    r"\b(?:can|could|would|will) you\b(?:[^.!?\n]|\.(?=\d))*\?|,? (?:would|will|could|can) you\?", re.IGNORECASE)
_IS_DONE = re.compile(r"^\W*(?-i:Done|Sorted)\b|\ball set\b", re.IGNORECASE)
_SAYS_DONE = re.compile(
    _IS_DONE.pattern + r"|\btaken care of\b|\bnow (?:stands?|runs?|lies|goes|belongs?|reads?|says?)\b"
    r"|\b(?:is|are|has|have)(?: now)? (?:gone )?out of (?:your\b|(?-i:[A-Z]))"
    r"|\bha(?:s|ve) (?:gone|come) (?:out|off|through|down)\b"
    r"|\byou(?:['’]re| are) (?:now )?(?:in|down) for\b"
    r"|\b(?:text|sms|e-?mail|mail|message|reminder|confirmation|notification|alert)s?\b[^.;]{0,40}?\bwill "
    r"(?:go|come|follow|be sent|reach|remind|arrive)\b|\bwill (?:remind|be sent|text|e-?mail)\b"
    r"|\bis coming out of\b"
    r"|\b(?:you|he|she|they)(?:['’]ll| will) (?:now |then |also )?(?:get|receive|have|find) "
    r"(?:an?|the|your|his|her|their) (?:[\w-]+ )?"
    r"(?:text|sms|e-?mail|mail|message|reminder|confirmation|notification|alert)\b",
    re.IGNORECASE,
)


def _reads(evidence: Evidence, deeds: Mapping[str, Deed]) -> list[str]:
    """Return the functions that succeeded and change nothing."""
    return [one.call.function for one in evidence.results if one.seen.succeeded and one.call.function not in deeds]


def _wants_change(told: str) -> bool:
    """Return whether people ask nothing, but by `could you`, and want more than to be shown something."""
    return "?" not in _REQUEST.sub("", told) and not only_reads(told)


def _says_done(sentence: str) -> bool:
    """Return whether a sentence says that something has been seen to: done, you're down for it, a mail will follow."""
    return any(_SAYS_DONE.search(part) and not admits(part) for part in sentence.split(", "))


_ALL = re.compile(
    r"\b(?:both|all (?:of them|two|three|four|five|six|are|were|have)|each|every|everything)\b", re.IGNORECASE
)
_PARTS = re.compile(r"[,;:]\s+|\s[–—-]\s")  # between what a sentence says of several things
_AGAINST = re.compile(r"\b(?:so|but|instead|rather|though|although|while|therefore|then|after)\b", re.IGNORECASE)
# What any change that went through may be called from the side of what is kept of it.
_KEPT = frozenset(listed("save record note log enter register store file document schedule set"))
_SHOWN_STATES = frozenset({"send", "submit"})  # what a result may say of what was made by another verb
_OFF = re.compile(
    r"\b(?:switched|turned|taken|took|put|shut|closed|set|called)\b[^.;]{0,40}?\b(?:off|down|out)\b",
    re.IGNORECASE,
)
_LEFT_WORD = re.compile(  # what is left for somebody; what else is left stays as it was, or out of the answer
    r"\b(?:note|message|word|comment|review|feedback|tip|rating|reply|voicemail|request|instruction)s?\b",
    re.IGNORECASE,
)
_CONTENTS = frozenset({"text", "message"})  # names of what is given, also of what is only kept
_TO_THE_API = frozenset({"report"})  # who is told by it is the API alone
_LOOKING = frozenset({"open"})  # what is done to things that are only looked at too
_YOURS = re.compile(r"\b(?:your|for you|to you)\b", re.IGNORECASE)  # what is not just a fact about the world
_BEFORE = re.compile(r"\b(?:was|were)\b", re.IGNORECASE)


def _was_so(claim: DeedClaim, done: Sequence[Done]) -> bool:
    """Return whether a claim says why a change was refused: it has been done already, by somebody else."""
    is_refused = any(not one.succeeded and one.shown.seen.status is not None for one in done)
    return is_refused and not claim.by_me and "already" in words(claim.sentence)


def _describes(claim: DeedClaim, deeds: Mapping[str, Deed], evidence: Evidence) -> bool:
    """Return whether a claim tells what a thing is like rather than what was done now: it is published by somebody, it
    was changed on a day that a result shows, it is stored by a call that makes pictures."""
    able = frozenset(verb for deed in deeds.values() for verb in deed.verbs)
    if Doing.CREATE in claim.kinds and any(
        one.seen.succeeded and one.call.function not in deeds and produces(one.call.function)
        for one in evidence.results
    ):
        return True
    if any(holds(said, words(claim.sentence)) for said in evidence.observed_words):
        return True  # what a result says, in its words
    if claim.verb == "leave" and not _LEFT_WORD.search(claim.sentence):
        return True
    if claim.by_me:
        return claim.verb in _LOOKING - able
    if _BEFORE.search(claim.sentence) and any(
        seen.days() and set(seen.days()) & set(said.days())
        for said in days_in(claim.sentence) for seen in evidence.observed_days
    ):
        return True
    if _YOURS.search(claim.sentence) and not _is_a_state(claim, evidence):
        return False
    asked = frozenset(kind for text in evidence.told for _, kinds, _ in asked_for(text) for kind in kinds)
    return claim.verb not in able and not asked & claim.kinds


def _has_failed(claim: DeedClaim, done: Sequence[Done]) -> bool:
    """Return whether every try of what is said to be done failed, or one of those said to be done altogether."""
    tried = [one for one in done if claim.verb in one.deed.verbs and one.shown.seen.status is not None]
    if tried and not any(one.succeeded for one in tried):
        return True
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
    return bool(failed) and bool(re.match(r"\W*(?:both|all|every|each)\b", claim.sentence, re.IGNORECASE))


def _is_made(claim: DeedClaim, made: Sequence[Deed], done: Sequence[Done], evidence: Evidence) -> bool:
    named = {verb for deed in made for verb in deed.verbs}
    if claim.verb in named or claim.verb in _SHOWN_STATES & {base_of(word) for word in evidence.observed_all}:
        return True
    is_told = claim.verb in {base_of(word) for word in evidence.told_all}  # by which people call a taking away too
    if claim.passive and claim.verb in _KEPT and any(is_told or deed.kinds - {Doing.DELETE} for deed in made):
        return True
    group = next((verbs for verbs in _EFFECTS if claim.verb in verbs), None)
    if group is not None and not claim.passive:
        fields = {
            base_of(word)
            for one in done
            if one.succeeded
            for name in one.call.given
            for word in words(name)
        } - _CONTENTS
        is_to_api = is_told or {"let", "know"} <= evidence.told_all  # whom people themselves call told by it
        return bool(group & (named | fields)) or any(
            Doing.SEND in deed.kinds and claim.verb != "attach" and (is_to_api or not deed.verbs & _TO_THE_API)
            for deed in made
        )
    if claim.kinds == {Doing.DELETE} or _OFF.search(claim.sentence):
        fitting = any(Doing.DELETE in deed.kinds or Doing.CHANGE in deed.kinds for deed in made)
    else:
        fitting = any(deed.kinds - {Doing.DELETE} for deed in made)
    if claim.passive and (_is_a_state(claim, evidence) or not (done or gives_orders(evidence.told_text))):
        return True
    return fitting or not (made or claim.kinds - {Doing.SEND})


def _is_a_state(claim: DeedClaim, evidence: Evidence) -> bool:
    """Return whether the verb tells a state that people or results spoke of, rather than what was done now."""
    if any(claim.verb == verb for text in evidence.told for verb, _, _ in asked_for(text)):
        return any(base_of(word) == claim.verb for word in evidence.observed_all)
    return any(base_of(word) == claim.verb for word in (*evidence.observed_all, *evidence.told_all))


def only_asks(answer: str) -> bool:
    """Return whether an answer does nothing but ask: its first sentence is a question and no other tells a result, or
    it ends in a question for what only the user knows."""
    found = sentences(IN_DOUBLE_QUOTES.sub("", answer))
    if found and _ASKS_BACK.match(found[-1]) and found[-1].endswith("?"):
        return not any(admits(one) and not _IS_LACKING.search(one) for one in found[:-1])
    if not found or not _is_question(found[0]):
        return False
    return all(
        _is_question(one)
        or re.match(r"\W*(?:then|so|once|with|please|that way|i need|thanks|thank you|i)\b", one, re.IGNORECASE)
        for one in found
    )


# What the user did not say, other than what was looked for and is not there.
_IS_LACKING = re.compile(
    r"\b(?:I|we)\b[^.!?]*\b(?:know|need|have|can(?:not|['’]t)?(?! (?:find|see)))\b"
    r"|\b(?:without|missing|you(?:r|['’]ve)?)\b", re.IGNORECASE
)
_ASKS_BACK = re.compile(
    r"\W*(?:(?:and|so|but)\s+)?(?:(?:(?:for|on|at|in|to|by|from|under|with|until|since)\s+)?"
    r"(?:which|what|when|where|who|whose|how many|how much)\b(?! (?:about|if|else)\b)"
    r"|how (?:long|old|big|large|far|often|should|shall|would|will|did|do|does)\b(?! (?:that|this|it) (?:sound|look)\b)"
    r"|(?:do|did) you mean\b|(?:would|do) you (?:rather|prefer)\b"
    r"|(?:can|could|would|will) you (?:please |kindly )?"
    r"(?:give|tell|send|provide|share|specify|confirm|clarify|choose|name|let)\b)",
    re.IGNORECASE,
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
