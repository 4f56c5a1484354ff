"""Values that a parameter's description explains: what it says a value stands for, which one is the default, and which
codes are put together from parts that were said."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from toolalpaca.core.words import akin, words
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.choices import same_words
from toolalpaca.matching.language.dates import ORDINALS
from toolalpaca.matching.language.text import listed

_EMPTY = frozenset(
    words("a an the of to in on at by for and or not no is are be with from as it its this that if one only all any")
)
_ENDS = re.compile(r"[,;.:()\n]")
_SENTENCE = re.compile(r"(?<=[.;])\s+")
_PIECES = re.compile(r",\s*(?:(?:or|and)\s+)?|;\s*|\s+or\s+")
_LONGEST_CODE = 10
_PARTS = re.compile(r"[A-Za-z]+|\d+")
_MOST_OF_IT = re.compile(
    r"\b(?:full|top|highest|perfect|all the) (?:marks?|scores?|points?|ratings?|stars?|grades?)\b|\bmaximum\b"
    r"|\b(?:everyone|everybody|completely|fully|entirely|all (?:the |our |my )?(?:users|people|of (?:them|us)))\b",
    re.IGNORECASE,
)
_HOW_MANY_BACK = re.compile(
    r"\bhow (?:many|far)\b.*\b(?:latest|last|newest|most recent|back|returned?|shown?|listed?)\b", re.IGNORECASE
)


def is_default(value: Any, text: str) -> bool:
    """Return whether a description names a value as the one that holds if none is given."""
    if not isinstance(value, (str, int, float)) or isinstance(value, bool) or not text:
        return False
    written = re.escape(f"{value:g}" if isinstance(value, float) else str(value))
    return bool(
        re.search(
            rf"\bdefaults?\b(?:\s+(?:is|to|value))*[\s:]+{written}(?![\w.]*\w)"
            rf"|(?<![\w.]){written}\s+(?:is the default|by default"
            r"|(?:if|when) (?:it is )?(?:left out|omitted|missing|not given))",
            text,
        )
    )


def is_most_of_it(value: Any, part: dict[str, Any], told: str) -> bool:
    """Return whether a number is the largest that is allowed and people asked for that: full marks, for everyone."""
    return value == part.get("maximum", ...) and bool(_MOST_OF_IT.search(told))


def is_how_many_back(value: Any, text: str, names: frozenset[str], evidence: Evidence) -> bool:
    """Return whether a number only says how many of the latest are to be shown, of which people gave no number."""
    return isinstance(value, int) and bool(_HOW_MANY_BACK.search(text)) and not is_counted(names, evidence)


def is_counted(names: frozenset[str], evidence: Evidence) -> bool:
    """Return whether people said how many there are of what an argument's name names: three helpers, two weeks."""
    return any(
        one.unit is not None and one.unit.name in names or one.noun and any(akin(one.noun, name) for name in names)
        for one in evidence.told_figures
    )


def is_explained(value: Any, text: str, options: Sequence[Any], evidence: Evidence) -> bool:
    """Return whether people said what a description says a value stands for: lime for `Tilia (lime)`, standing for
    `floor is standing`, half of what it says of that value alone at least.

    A code of letters and digits counts if each of its parts was said or explained: autumn 2025 for 2025F.
    """
    if _stands_for(str(value), text, options, evidence):
        return True
    code = str(value)
    parts = _PARTS.findall(code)
    if len(parts) < 2 or len(code) > _LONGEST_CODE or not re.fullmatch(r"[A-Za-z\d-]+", code):
        return False
    return all(
        _number_said(part, evidence)
        if part.isdigit()
        else _stands_for(part, text, (), evidence) or _is_initial(part, parts, evidence.told_text)
        for part in parts
    )


def _stands_for(value: str, text: str, options: Sequence[Any], evidence: Evidence) -> bool:
    own = _own_words(value, text, tuple(map(str, options)))
    numbers = [word for word in own if word[0].isdigit()]
    if not own or not set(numbers) <= evidence.told_all:
        return False
    return 2 * sum(_was_said(word, evidence.told_all) for word in own) >= len(own)


def _was_said(word: str, said: frozenset[str]) -> bool:
    return word in said or bool(same_words(word) & said) or any(akin(word, other) for other in said)


@lru_cache(maxsize=4096)  # a function's parameters, which each of its calls is held against
def _own_words(value: str, text: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words by which a description explains a value, without those that explain other options too."""
    explained = {one: {word for gloss in _glosses(one, text, options) for word in words(gloss)} for one in
                 (value, *options)}
    others = {word for one, own in explained.items() if one != value for word in own}
    return tuple(sorted(explained[value] - _EMPTY - others - set(words(value))))


def _glosses(value: str, text: str, options: Sequence[str]) -> Iterator[str]:
    """Yield what stands after a value, or around it in parentheses, and the piece of an enumeration at its place."""
    written = re.escape(value).replace("_", "[_ ]")
    for match in re.finditer(rf"(?<![\w-]){written}(?![\w-])", text):
        after = text[match.end() :]
        if after.startswith(")") and text[: match.start()].endswith("("):
            yield " ".join(text[: match.start() - 1].split()[-2:])
        elif inside := re.match(r"\s*\(([^()]*)\)", after):
            yield inside[1]
        else:
            others = [re.escape(one) for one in options if one != value]
            end = re.search("|".join([_ENDS.pattern, *(rf"\b{one}\b" for one in others), r"(?<=\s)\d"]), after)
            yield after[: end.start()] if end else after
    for sentence in _SENTENCE.split(text) if value in options else ():
        pieces = _PIECES.split(sentence.rpartition(":")[2].strip(" ."))
        if len(pieces) == len(options) > 1:
            yield pieces[list(options).index(value)]


def _number_said(digits: str, evidence: Evidence) -> bool:
    value = int(digits)
    years = {year for mention in evidence.told_days for year, _, _ in mention.readings}
    ordinals = ORDINALS[value - 1 : value] if value else []
    return value in years or str(value) in evidence.told_all or bool({*ordinals} & evidence.told_all)


def _is_initial(letter: str, parts: Sequence[str], told: str) -> bool:
    """Return whether a letter is the first of a word that was said with one of the numbers: week 30, second bass."""
    numbers = [int(part) for part in parts if part.isdigit()]
    before = "|".join([name for one in numbers for name in ORDINALS[max(one - 1, 0) : one]] or ["(?!)"])
    after = "|".join(map(str, numbers))
    return len(letter) == 1 and bool(
        re.search(
            rf"\b(?:{before})\s+{letter}[a-z]+|\b{letter}[a-z]+\s+(?:no\.?\s+)?(?:{after})\b", told, re.IGNORECASE
        )
    )


_WORDING = re.compile(
    r"^(?:what|why|how)\b|\bin (?:a few |your own |other )?words\b|^(?:short )?(?:reason|remark)\b", re.IGNORECASE
)


def is_for_wording(text: str) -> bool:
    """Return whether a description asks for somebody's wording: what has to be repaired, a short reason."""
    return bool(_WORDING.search(text))


QUANTITIES = frozenset(listed("qty quantity count pieces number copies units amount helpers"))
