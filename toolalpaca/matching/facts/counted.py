"""What numbers count and stand next to: the sizes of lists, the nouns of fields, the names of streets and rooms."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from toolalpaca.core.words import name_words, singular
from toolalpaca.matching.facts.amounts import Amount
from toolalpaca.matching.facts.entities import is_series
from toolalpaca.matching.language.numbers import Figure

_NUMBERED = re.compile(
    r"(?:\b(?P<before>[A-Z][a-z]{2,}) )?(?<![\w.,:-])(?P<number>\d{1,4})(?!\w|[.,:-]\d)"
    r"(?= (?P<after>[A-Z][a-z]{2,})\b)?"
)
_BEFORE, _AFTER = re.compile(r"\b([A-Z][a-z]{2,}) $"), re.compile(r" ([A-Z][a-z]{2,})\b")


def counted_by(amounts: Iterable[Amount]) -> frozenset[str]:
    """Return what the whole numbers that were shown count by the names of their fields: guest of `guests`."""
    nouns = {name_words(one.key)[-1:] for one in amounts
             if one.thing is not None and one.unit is None and one.value % 1 == 0}
    return frozenset(singular(noun) for some in nouns for noun in some if noun.endswith("s"))


def numbered_in(texts: Iterable[str]) -> dict[tuple[str, str], set[float]]:
    """Return the numbers next to each capitalised word that has one, by the word before and after it: Mill Lane 7."""
    found: dict[tuple[str, str], set[float]] = {}
    for text in texts:
        for match in _NUMBERED.finditer(text):
            for names in ((match["before"], ""), ("", match["after"])):
                if any(names):
                    found.setdefault((names[0] or "", names[1] or ""), set()).add(float(match["number"]))
    return found


def numbers_beside(numbered: Mapping[tuple[str, str], set[float]], text: str, figure: Figure) -> set[float]:
    """Return which numbers are known after the capitalised word before a number, or before the one after it."""
    before, after = _BEFORE.search(text[: figure.start]), _AFTER.match(text, figure.start + len(figure.text))
    found = numbered.get(("", after[1])) if after else None
    return found or (numbered.get((before[1], "")) if before else None) or set()


def sizes_of(value: Any) -> Iterable[int]:
    """Yield how many items each list of a result has, and each object whose names are data."""
    if isinstance(value, list) or is_series(value):
        yield len(value)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from sizes_of(part)
