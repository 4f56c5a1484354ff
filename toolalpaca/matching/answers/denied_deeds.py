"""Deeds that were done, and the answer that reports them: whether it denies them, and whether it confirms them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import name_terms, words
from toolalpaca.matching.answers.claimed_deeds import only_asks
from toolalpaca.matching.answers.coverage import tells
from toolalpaca.matching.arguments.deeds import Done
from toolalpaca.matching.facts.evidence import Evidence, Shown
from toolalpaca.matching.language.actions import (
    Deed,
    admits,
    base_of,
    claims_of,
    declines,
    doings_of,
    sentences,
)
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import listed

# Verbs that speak of the whole task; what else is asked for has a verb of its own.
_ANY_DEED = frozenset(
    listed(
        "do help assist complete finish carry process fulfil fulfill perform execute handle proceed manage retrieve "
        "access fetch get succeed"
    )
)
_ANY_DONE = frozenset(
    listed(
        "do done happen work succeed complete completed finish finished processed fulfilled performed executed carried"
    )
)
_NOT_BY_ME = re.compile(
    r"\b(?:I|we)\b(?:['’](?:m|re|ve|ll|d))?\s*(?:\w+\s+){0,2}?(?:\w*n['’]t\b|\b(?:not|never|cannot|unable|failed|fail|"
    r"refused?|decline[ds]?|against|refrain(?:ed)?)\b)(?P<rest>[^.!?;]*)",
    re.IGNORECASE,
)
_NOT = r"(?:\s+not|n['’]t)\s+(?:be\s+|been\s+|get\s+)?(?P<verb>[a-z-]+)"
_TASK = r"\b(?:it|this|that|(?:the|your|this) (?:request|task|operation|action|order|change))"
_TASK_NOT_DONE = re.compile(
    rf"{_TASK}\s+(?:was|is|has|had|could|can|did){_NOT}"
    rf"|{_TASK}\s+(?:was|is|proved)\s+(?:unsuccessful|impossible)",
    re.IGNORECASE,
)
_NOT_DONE = re.compile(
    rf"\b(?:was|were|is|has|have|had|could|can|did){_NOT}"
    r"|\bno\s+(?:\w+\s+){1,2}?(?:was|were|has been|have been|could be)\s+(?P<of_no>[a-z-]+)",
    re.IGNORECASE,
)
_NONE_DONE = re.compile(
    r"\b(?:nothing|none of (?:it|this|that|them))\s+(?:was|were|is|has been|have been|could be|got)\s+(?:\w+ly\s+)?"
    r"(?P<verb>[a-z-]+)",
    re.IGNORECASE,
)
_IMPOSSIBLE = re.compile(r"\b(?:not possible|impossible|unsuccessful|did(?: not|n['’]t) go through)\b", re.IGNORECASE)
_OF_OTHERS = re.compile(
    r"\b(?:else|others?|another|more|further|only|except|apart|besides|any longer)\b", re.IGNORECASE
)
_COULD_NOT = re.compile(r"\bcould(?:n['’]t| not)\b", re.IGNORECASE)
_APOLOGY = re.compile(r"\b(?:sorry|apologi[sz]e|afraid|unfortunately|regret)\b[^.;]{0,40}?\bbut\b", re.IGNORECASE)
_WENT_WRONG = re.compile(
    r"\b(?:(?:some|every)thing|it all) (?:has )?(?:went|gone) wrong\b|\berrors? (?:occurred|happened|came up)\b"
    r"|\b(?:the|your|this|my|every|each) (?:api|call|request|attempt|operation|server|tool|service)s?\b(?: \w+)? "
    r"(?:failed|(?:returned|gave|reported|raised|had|responded with) (?:an |only )?errors?)\b",
    re.IGNORECASE,
)
_IN_CONTRAST = re.compile(
    r"\b(?:but|however|although|else|others?|another|more|further|any longer|only|yet|until|instead|except|apart|"
    r"besides|without|first|earlier|initially|at first|twice|again|second|third|rest|anywhere|same|because|since)\b",
    re.IGNORECASE,
)
_WILL = re.compile(
    r"\b(?:I|we)(?:['’]ll| will| shall| am going to| are going to| am about to|['’](?:m|re) (?:going|about) to)\b"
    r"|\blet me\b|\bin a (?:moment|minute|second)\b|\bright away\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z-]+")
_IS_DONE = re.compile(
    r"^\W*(?:(?:it|that|this)(?:['’]s| is) |all )?(?:now )?(?:done|all set|taken care of|sorted|success)\b",
    re.IGNORECASE,
)


def denied(answer: str, done: Sequence[Done], evidence: Evidence) -> Iterator[str]:
    """Yield once when an answer tells nothing of what the calls brought, each of which succeeded, and says that what
    was asked for was not done, that nothing was found, or that something went wrong."""
    results = [one for one in evidence.results if not one.call.is_external]
    if not results or not all(one.seen.succeeded for one in results):
        return
    if any(one.seen.body and tells(answer, one.call, evidence) or _says_flag(answer, one) for one in results):
        return
    made = [one for one in done if one.succeeded]
    if made and denies(answer, [one.deed for one in made]):
        yield f"{made[-1].call.function} was done"
    elif _is_empty_handed(answer) and not _tells_figures(answer, evidence) and not any(
        _may_be_nothing(one) or one.call.function in evidence.deeds and confirms(answer, one.call) for one in results
    ):
        yield f"{results[-1].call.function} brought a result"


def _tells_figures(answer: str, evidence: Evidence) -> bool:
    """Return whether an answer has a number that people did not say: what follows from a result."""
    told = {value for one in evidence.told_figures for value in one.values}
    return any(not told & {*one.values} and not (one.worded and one.values[0] <= 2) for one in figures_in(answer))


def _says_flag(answer: str, shown: Shown) -> bool:
    """Return whether an answer has the name of a field that is true."""
    said = frozenset(words(answer))
    flags = (leaf.path[-1] for leaf in shown.seen.leaves if leaf.value is True and leaf.path)
    return any(set(name_terms(flag)) <= said for flag in flags)


def _is_empty_handed(answer: str) -> bool:
    """Return whether an answer says that something was not so or did not work, of nothing but what was asked for, and
    not that it is beyond the assistant's means."""
    if declines(answer) and not _COULD_NOT.search(answer):
        return False
    return any(admits(sentence) and not _OF_OTHERS.search(sentence) for sentence in sentences(answer))


def _may_be_nothing(shown: Shown) -> bool:
    """Return whether a result is empty or has a value that may be told as `no`: false, zero or nothing."""
    return not shown.seen.body or shown.is_empty or any(not leaf.value for leaf in shown.seen.leaves)


def denies(answer: str, made: Iterable[Deed]) -> bool:
    """Return whether an answer says that it could not help, that something went wrong, or that these deeds were not
    done; a `not` in a contrast, such as that of nothing else, denies none of them."""
    named = frozenset(verb for deed in made for verb in deed.verbs)
    return any(
        _WENT_WRONG.search(sentence) or _is_denial(sentence, named)
        for sentence in sentences(_APOLOGY.sub("", answer))
        if not _IN_CONTRAST.search(sentence)
    )


def _is_denial(sentence: str, named: frozenset[str]) -> bool:
    for match in _NOT_BY_ME.finditer(sentence):
        if {base_of(word) for word in _WORD.findall(match["rest"].lower())[:4]} & (_ANY_DEED | named):
            return True
    if any((match["verb"] or "done").lower() in _ANY_DONE for match in _TASK_NOT_DONE.finditer(sentence)):
        return True
    if any(base_of(match["verb"] or match["of_no"]) in named for match in _NOT_DONE.finditer(sentence)):
        return True
    if any(
        match["verb"].lower() in _ANY_DONE or named and doings_of(match["verb"])
        for match in _NONE_DONE.finditer(sentence)
    ):
        return True
    return bool(_IMPOSSIBLE.search(sentence)) and bool(
        {base_of(word) for word in _WORD.findall(sentence.lower())} & named
    )


def confirms(answer: str, call: PredictedCall) -> bool:
    """Return whether an answer says that a change was made: that it is done, what was done, or what the call is about;
    a question and a promise say nothing of the kind."""
    about = {word for text in (call.function, *_texts_of(call)) for word in words(text) if len(word) > 3}
    return not only_asks(answer) and any(
        _IS_DONE.search(sentence) or claims_of(sentence) or about & set(words(sentence))
        for sentence in sentences(answer)
        if not (sentence.endswith("?") or _WILL.search(sentence))
    )


def _texts_of(call: PredictedCall) -> Iterator[str]:
    """Yield what a call was given and what it brought, with the names of its parameters and fields."""
    for name, value in call.given.items():
        yield from (name, *map(str, leaves(value)))
    for leaf in call.seen.leaves:
        yield from (*map(str, leaf.path), str(leaf.value))
