"""From and to: which of two values people named as the start and which as the goal, against how a call gives them."""

import re
from collections.abc import Iterator

from toolalpaca.core.text import name_words
from toolalpaca.matching.codes import names_of
from toolalpaca.matching.entities import things_in
from toolalpaca.matching.evidence import Evidence
from toolalpaca.matching.text import listed

_PAIRS = [
    (
        frozenset(listed("from base source origin start departure depart pickup sender debtor")),
        frozenset(listed("to quote target destination end arrival arrive dropoff goal recipient creditor symbols")),
    ),
]
_START = frozenset(listed("from leaving out starting"))
_GOAL = frozenset(listed("to into towards in against for as"))
_WORD = re.compile(r"[^\W_]+")


def swapped(arguments: dict[str, object], evidence: Evidence) -> Iterator[str]:
    """Yield the pairs of arguments, such as `from` and `to`, whose values people named the other way round."""
    for start_words, goal_words in _PAIRS:
        starts = [(name, value) for name, value in arguments.items() if set(name_words(name)) & start_words]
        goals = [(name, value) for name, value in arguments.items() if set(name_words(name)) & goal_words]
        if len(starts) == len(goals) == 1:
            (start_name, start), (goal_name, goal) = starts[0], goals[0]
            for first in start if isinstance(start, list) else [start]:
                for second in goal if isinstance(goal, list) else [goal]:
                    if isinstance(first, str) and isinstance(second, str) and _is_other_way(first, second, evidence):
                        yield f"{start_name} {first!r}, {goal_name} {second!r}"


def _is_other_way(start: str, goal: str, evidence: Evidence) -> bool:
    labels = {thing_id: thing.labels for thing in things_in(evidence) for thing_id in thing.ids}
    for text in evidence.told:
        of_start = _word_before(start, text, labels.get(start, []))
        of_goal = _word_before(goal, text, labels.get(goal, []))
        if (
            of_start in _GOAL
            and of_goal in _START
            or (of_start in ("to", "into") and of_goal == "number")
            or (of_goal == "from" and of_start in _GOAL)
        ):
            return True
    return False


def _word_before(value: str, text: str, labels: list[str]) -> str:
    """The word that says the direction before a value's first mention; `number` when an amount stands there."""
    for name in (value, *labels, *(names_of(value) if len(value) <= 3 else ())):
        match = re.search(rf"(?<!\w){re.escape(name)}s?(?!\w)", text, re.IGNORECASE if len(name) > 3 else 0)
        if match:
            before = _WORD.findall(text[: match.start()])[-2:]
            for word in reversed(before):
                if word.lower() in _START | _GOAL:
                    return word.lower()
                if word[0].isdigit():
                    return "number"
                if word.lower() not in ("the", "a", "an", "my", "our", "your", "us", "one"):
                    return ""
    return ""
