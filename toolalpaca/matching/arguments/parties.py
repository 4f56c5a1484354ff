"""Giver and receiver, as people say who is who: by verbs such as `send her` and `Tom lent me`, by `of mine`, and by who
it is that speaks."""

import re
from collections.abc import Sequence

from toolalpaca.matching.language.text import listed

_GIVING = "|".join(listed(
    "giv(?:e|es|ing|en) gave sen(?:d|ds|ding|t) len(?:d|ds|ding|t) pa(?:y|ys|ying|id) transfer(?:s|red|ring)? "
    "pass(?:es|ed|ing)? wir(?:e|es|ed|ing) sell(?:s|ing)? sold ow(?:e|es|ed|ing) offer(?:s|ed|ing)? hand(?:s|ed|ing)? "
    "ship(?:s|ped|ping)? forward(?:s|ed|ing)? bring(?:s|ing)? brought refund(?:s|ed|ing)? donat(?:e|es|ed|ing) "
    "mail(?:s|ed|ing)? deliver(?:s|ed|ing)? reimburs(?:e|es|ed|ing) repa(?:y|ys|ying|id) gift(?:s|ed|ing)?"
))
_UNABLE = r"(?:can(?:no|['’]?)t|is(?: not|n['’]t) able to|won['’]t be able to) (?:do|make|work|take|cover|teach|come)"
_THE = "(?:(?:the|my|our) )?"
_TELLING = "tell|told|message|write|wrote|invite|ask(?= \\S+ (?:if|whether|to|about)\\b)"
_GETTING = "|".join(listed(
    "borrow(?:s|ed|ing)? buy(?:s|ing)? bought receiv(?:e|es|ed|ing) inherit(?:s|ed|ing)? rent(?:s|ed|ing)?"
)) + r"|(?:tak(?:e|es|ing)|took) (?:(?:it|this|that|these|those|them|\w+) )?(?:over|off|on)" \
    r"|(?:step|fill|stand|jump)(?:s|ped|ping|ed|ing)? in|stood in|cover(?:s|ing)? for"
_HAS = r"(?:['’](?:ve|d|s|m|re|ll))?(?: (?!to\b|from\b|not\b)\w+){0,2}?"
_OWN_NUMBER = (
    r"my (?:\w+ )?(?:number|no\.?|id|account|card|membership|member|customer|user|username|handle|login|name|code"
    r"|profile|wallet)(?: number| no\.?| id)?"
)
_I_AM = rf"(?:\bI['’]?m|\bI am|\bwe['’]re|\bwe are|\bthis is|\bme\b|\bmine is|\bhere|\b{_OWN_NUMBER}(?: is|['’]s)?)"
_ME = ("(?:I|we)", "(?:me|us)", "(?:mine|my own|ours)")
_NOT_HIS = r"(?! (?!half|some|back|my|our|from|this|that|these|those|if|whether|for|to|about|and|now|please)[a-z]{3,})"
_OTHER = ("(?:she|he|they)", f"(?:him|them|her{_NOT_HIS})", "(?:hers|his|theirs)")


def is_turned(start: str, goal: str, texts: Sequence[str], labels: Sequence[Sequence[str]]) -> bool:
    """Return whether people say that the goal gives or the start receives, and nothing to the contrary; `labels` are
    the names of each."""
    text = "\n".join(texts)
    mine = [_is_speaker(value, text) for value in (start, goal)]
    givers, receivers = [], []
    for value, names, is_me, is_known in zip((start, goal), labels, mine, (any(mine),) * 2, strict=True):
        forms = _forms(value, names, is_me=is_me, is_other=is_known and not all(mine))
        givers.append(_gives(text, *forms))
        receivers.append(_receives(text, *forms))
    return (givers[1] or receivers[0]) and not (givers[0] or receivers[1])


def _is_speaker(value: str, text: str) -> bool:
    """Return whether people say that they are this: I'm M-17, my number is M-17, M-17 here."""
    name = rf"(?<![\w@-]){re.escape(value)}(?![\w-])"
    return re.search(rf"{_I_AM}[\s:=,(]{{1,3}}(?:(?:member|number|user|customer|account|no\.?) )?{name}|{name} here\b",
                     text, re.IGNORECASE) is not None


def _forms(value: str, names: Sequence[str], *, is_me: bool, is_other: bool) -> tuple[str, str, str]:
    """Return patterns for somebody as subject, as object and as owner."""
    parts = [part for name in names for part in (name, *name.split()) if len(part) > 2 and part[0].isupper()]
    written = map(re.escape, dict.fromkeys([*([] if value.isdigit() else [value]), *parts]))
    called = "|".join(written).replace(r"\ ", "[ -]") or "(?!)"
    own = _ME if is_me else _OTHER if is_other else ("(?!)",) * 3
    return (rf"(?<![\w@-])(?:{called}|{own[0]})(?![\w-])", rf"(?<![\w@-])(?:{called}|{own[1]})(?![\w-])", own[2])


def _gives(text: str, subject: str, target: str, owner: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in (
        rf"{subject}{_HAS} (?:{_GIVING})\b", rf"{subject} {_UNABLE}\b", rf"\bfrom {_THE}{target}",
        rf"\bof {owner}(?!\w)"))


def _receives(text: str, subject: str, target: str, _: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in (
        rf"{subject}{_HAS} (?:{_GETTING})\b", rf"\bto {_THE}{target}",
        rf"\b(?:{_GIVING}|{_TELLING}) (?:(?:it|that|this|back) )?(?:to )?{target}"))
