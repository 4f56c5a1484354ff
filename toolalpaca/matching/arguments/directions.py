"""From and to: which of two values people named as the start and which as the goal, against how a call gives them."""

import re
from collections.abc import Iterator, Sequence

from toolalpaca.core.words import name_words
from toolalpaca.matching.facts.entities import things_in
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.codes import names_of
from toolalpaca.matching.language.text import listed

_START_NAMES = frozenset(listed("from base source origin start departure depart pickup sender debtor"))
_GOAL_NAMES = frozenset(listed(
    "to quote target destination end arrival arrive dropoff goal recipient creditor symbols"
))
_START = frozenset(listed("from leaving out starting"))
_GOAL = frozenset(listed("to into towards in against for as"))
_NUMBER = "number"
_AND_BACK = re.compile(
    r"\bback (?:again|to|from|home)\b|\band back\b|\b(?:both ways|round[- ]trip|return trip)\b", re.IGNORECASE
)
_CODE_BEFORE = re.compile(r"[^\W\d_]\s*\($")
_WORD = re.compile(r"[^\W_]+")


def swapped(arguments: dict[str, object], evidence: Evidence, texts: Sequence[str] = ()) -> Iterator[str]:
    """Yield the pairs of arguments, such as `from` and `to`, whose values people named the other way round, or other
    texts that are given."""
    if any(_AND_BACK.search(text) for text in texts or evidence.told):
        return
    starts, goals = _named_by(arguments, _START_NAMES), _named_by(arguments, _GOAL_NAMES)
    if len(starts) == len(goals) == 1:
        (start_name, start), (goal_name, goal) = starts[0], goals[0]
        for value in goal if isinstance(goal, list) else [goal]:
            if isinstance(start, str) and isinstance(value, str) and _is_other_way(start, value, evidence, texts):
                yield f"{start_name} {start!r}, {goal_name} {value!r}"


def _named_by(arguments: dict[str, object], wanted: frozenset[str]) -> list[tuple[str, object]]:
    """Return the arguments whose name is one of the words; where there are none, those whose name has one."""
    whole = [(name, value) for name, value in arguments.items() if name.lower() in wanted]
    return whole or [(name, value) for name, value in arguments.items() if set(name_words(name)) & wanted]


def _is_other_way(start: str, goal: str, evidence: Evidence, texts: Sequence[str]) -> bool:
    labels = {thing_id: thing.labels for thing in things_in(evidence) for thing_id in thing.ids}
    for text in texts or evidence.told:
        of_start = _directions(start, text, labels.get(start, []))
        of_goal = _directions(goal, text, labels.get(goal, []))
        if of_start <= _GOAL | {_NUMBER} and of_goal <= _START | {_NUMBER} and of_start & _GOAL and of_goal & _START:
            return True
    return False


def _directions(value: str, text: str, labels: list[str]) -> set[str]:
    """Return the words that say the direction at all places where a value is named; `number` when an amount is before
    it."""
    names = (value, *labels, *(names_of(value) if len(value) <= 3 else ()))
    found = set()
    for name in dict.fromkeys(names):
        written, case = (name, re.IGNORECASE) if len(name) > 3 else (name.upper(), re.NOFLAG)
        for match in re.finditer(rf"(?<!\w){re.escape(written)}s?(?!\w)", text, case):
            found.add(_direction(text[: match.start()], text[match.end() :]))
    return found - {""}


def _direction(before: str, after: str) -> str:
    if _CODE_BEFORE.search(before):  # a code after its name: Oslo (OSL)
        return ""
    if re.match(r"\s*(?:\([\w-]{2,6}\)\s*)?(?:to|into|→|->|over to)\s+\S", after):
        return "from"
    for word in reversed(_WORD.findall(before)[-2:]):
        if word.lower() in _START | _GOAL:
            return word.lower()
        if word[0].isdigit():
            return _NUMBER
        if word.lower() not in ("the", "a", "an", "my", "our", "your", "us", "one"):
            return ""
    return ""
