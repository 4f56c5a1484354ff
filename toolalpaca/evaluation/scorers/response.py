"""The *response* scorer: is what the answer states in what the assistant saw? Checks what can be checked without a
model: numbers, addresses and quoted texts."""

import re
from collections.abc import Iterator

from toolalpaca.conversation.steps import PredictedCall, predicted_calls
from toolalpaca.core.text import words
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers.calls import CallsScore
from toolalpaca.matching.text import holds

_ADDRESS = re.compile(r"https?://[^\s\"'<>)\]]+|[\w.+-]+@[\w-]+\.[\w.-]+")
_QUOTED = re.compile(r"\"([^\"\n]{3,80})\"|“([^”\n]{3,80})”")
_LIST_NUMBER = re.compile(r"^\s*\d+[.)]\s", re.MULTILINE)


def unsupported(case: Case) -> list[str]:
    """What a case's answer states and neither the instruction, the arguments nor any observation holds.

    Numbers of one digit are mostly counts and are not checked; a number may be a seen one, rounded.
    """
    calls = predicted_calls(case.instance)
    seen = _seen(case, calls)
    answer = _LIST_NUMBER.sub("", case.answer)
    return list(dict.fromkeys(fact for fact in _facts(answer) if not _supported(fact, seen)))


def _seen(case: Case, calls: list[PredictedCall]) -> str:
    texts = [case.instruction, *(str(case.record.get(key) or "") for key in ("Name", "Description", "Link"))]
    return "\n".join([*texts, *(f"{call.function} {call.arguments} {call.observation}" for call in calls)])


def _facts(answer: str) -> Iterator[str]:
    for match in _ADDRESS.finditer(answer):
        yield match[0].rstrip(".,;:!?*_")
    rest = _ADDRESS.sub(" ", answer)
    for match in _QUOTED.finditer(rest):
        yield match[1] or match[2]
    yield from (word for word in words(rest) if word[0].isdigit() and len(word) > 1)


def _supported(fact: str, seen: str) -> bool:
    if _ADDRESS.fullmatch(fact):
        return fact.casefold() in seen.casefold()
    known = words(seen)
    if holds(known, words(fact)) or fact.casefold() in seen.casefold():
        return True
    return _is_number(fact) and any(_is_number(word) and _rounds_to(word, fact) for word in known)


def _is_number(word: str) -> bool:
    return bool(re.fullmatch(r"\d+(?:\.\d+)?", word))


def _rounds_to(seen: str, stated: str) -> bool:
    decimals = len(stated.partition(".")[2])
    is_finer = len(seen.partition(".")[2]) > decimals
    return is_finer and f"{float(seen):.{decimals}f}" == f"{float(stated):.{decimals}f}"


def response_verdict(case: Case, calls: CallsScore | None, unsupported_facts: list[str]) -> str:
    """No where there is no answer, where it states what nobody saw, or where a needed call was never made; Uncertain
    where the calls were made with other arguments or there is no golden answer to tell; else Yes."""
    if not case.answer.strip() or unsupported_facts:
        return "No"
    if calls is None:
        return "Uncertain"
    if calls.missing:
        return "No"
    return "Yes" if calls.verdict == "Yes" else "Uncertain"
