"""The things that people named by their numbers: what was done with each of them, held against what the answer says."""

import re
from collections.abc import Iterator, Sequence

from toolalpaca.core.jsons import leaves
from toolalpaca.matching.arguments.deeds import Done
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.facts.recovery import Outcome, outcome_of
from toolalpaca.matching.language.actions import admits

_IDENTIFIER = re.compile(
    r"(?<![\w@./-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z]{1,6}[-_]?\d[\w-]*\b"
    r"|(?<![\w.,:/-])(?!(?:19|20)\d\d\b)\d{4,}(?![\w.,:/%-]*\w)"
)
_OR = re.compile(r"\b(?:or|if|else|otherwise|instead|unless|rather)\b", re.IGNORECASE)


def untold_ids(answer: str, done: Sequence[Done], evidence: Evidence) -> Iterator[str]:
    """Yield the numbers of things that people gave and with which nothing was done as with their like, when the answer
    does not say so."""
    told = [match[0] for match in _IDENTIFIER.finditer(evidence.told_text)]
    treated = {str(leaf) for one in done if one.succeeded for leaf in leaves(one.call.arguments or {})}
    for name in dict.fromkeys(told):
        like = [other for other in told if other != name and other in treated and _shape(other) == _shape(name)]
        if name in treated or not like:
            continue
        tried = [one for one in evidence.results if name in map(str, leaves(one.call.arguments or {}))]
        if _is_passed_over(name, like, tried, answer, evidence):
            yield name


def _is_passed_over(name: str, like: list[str], tried: Sequence[object], answer: str, evidence: Evidence) -> bool:
    failed = [
        one
        for one in evidence.results
        if name in map(str, leaves(one.call.arguments or {}))
        and outcome_of(one.call) in (Outcome.NOTHING, Outcome.REFUSED)
    ]
    is_named, may_choose = _stands_in(name, answer), bool(_OR.search(evidence.told_text))
    if failed and may_choose:
        return is_named and not any(_stands_in(other, answer) for other in like)
    if failed:
        return not admits(answer)
    if tried or admits(answer):
        return False
    return is_named or not may_choose and _are_listed(name, like, evidence)


def _are_listed(name: str, like: list[str], evidence: Evidence) -> bool:
    """Return whether a number was said in one breath with one that was treated: A-1 and A-2."""
    return any(
        re.search(rf"{re.escape(first)}\s*(?:,|and|&|, and|plus)\s*{re.escape(second)}\b", evidence.told_text)
        for other in like
        for first, second in ((name, other), (other, name))
    )


def _shape(name: str) -> str:
    return re.sub(r"\d+", "0", name)


def _stands_in(name: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE))
