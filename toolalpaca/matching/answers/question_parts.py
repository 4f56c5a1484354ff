"""The parts of what people ask: several questions in one message, each of which the answer has to take up."""

import re
from collections.abc import Iterator
from itertools import pairwise

from toolalpaca.core.words import akin, name_terms, name_words, singular, words
from toolalpaca.matching.answers.asks import is_answered
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.choices import is_meant
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.text import ASKING_WORDS
from toolalpaca.matching.language.times import times_in

_QUESTION_WORD = (
    r"(?:what|which|who|whose|whom|when|where|why|how|(?:by|in|on|at|for|to) (?:what|which|how)"
    r"|(?:is|are|was|were|do|does|did|has|have|had|can|could|would|will|should) (?:it|they|he|she|we|i|you|the|there"
    r"|any|anyone|my|our|that|this|one))"
)
_PART_START = re.compile(
    rf"(?:^|[.!?;:]\s+|,?\s+(?:and|or|but|plus)\s+(?:also\s+)?|,\s+)(?={_QUESTION_WORD}\b)", re.IGNORECASE
)
_UNIT = re.compile(
    r"[;:(]|\s[–—-]\s|\b(?:but|while|whereas|and (?:it|they|he|she|you|the|its|there|yes|no))\b", re.IGNORECASE
)
_IS_SO = re.compile(r"(?:is|are|was|were) (?:it|they|he|she) ", re.IGNORECASE)  # which any word of a kind answers
_WHICH = re.compile(r"\b(?:which|what)\s+(?P<noun>[a-z]{4,})\b", re.IGNORECASE)
_SHORTEST = 3  # characters of a value that is said as it is written
_LONGEST = 80  # characters of a value that are looked at


def unanswered_parts(answer: str, known: Known) -> Iterator[str]:
    """Yield the questions of which an answer has no word when it says fewer things than were asked."""
    told = known.evidence.told[0]
    if not admits(answer):
        yield from _fields_left(told, answer, known)
    parts = _parts(told)
    if len(parts) < 2 or admits(answer) or _units(answer) >= len(parts):
        return
    said = frozenset(words(answer))
    for part in parts[1:]:
        content = [word for word in words(part) if len(word) > 2 and word not in ASKING_WORDS]
        if is_answered(part, answer, known) or len(content) == 1 and _IS_SO.match(part):
            continue
        if content and not any(is_meant(word, said) for word in content) and not _gives_field(content, said, known):
            yield part.strip(" ,.?!")[:60]


def _fields_left(told: str, answer: str, known: Known) -> Iterator[str]:
    """Yield the fields that were asked for by their own name, as in `which rooms`, when the answer has neither that
    word nor one of any of their values."""
    said = frozenset(words(answer))
    for match in _WHICH.finditer(told):
        noun = singular(match["noun"].lower())
        values = [leaf.value for leaf in known.evidence.leaves
                  if leaf.path and name_terms(leaf.path[-1]) == (noun,) and leaf.value not in (None, "")]
        is_told = any(not said.isdisjoint(words(str(value)[:_LONGEST])) for value in values)
        if values and not is_told and not is_meant(noun, said) and not any(map(_is_said_otherwise, values)):
            yield match[0]


def _is_said_otherwise(value: object) -> bool:
    """Return whether an answer may say a value in other words: a day, a time, a code, a flag, or a number."""
    if not isinstance(value, str) or len(value) < _SHORTEST or days_in(value) or times_in(value):
        return True
    return value.isupper() or any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _gives_field(content: list[str], said: frozenset[str], known: Known) -> bool:
    """Return whether an answer has a word of a field's value when the field was asked for by its name."""
    return any(
        set(words(str(leaf.value)[:_LONGEST])) & said
        for leaf in known.evidence.leaves
        if leaf.path and any(akin(word, part) for word in content for part in name_words(leaf.path[-1]))
    )


def _parts(told: str) -> list[str]:
    """Return the questions of a text, each up to the next one or the end of its sentence."""
    starts = [match.end() for match in _PART_START.finditer(told)]
    found = [told[start:end] for start, end in pairwise([*starts, len(told)])]
    return [re.split(r"(?<=[.?!])\s", part)[0] for part in found]


def _units(answer: str) -> int:
    """Return how many things an answer says, by its sentences and what is set off in them."""
    found = sentences_of(answer)
    return len(found) + sum(len(_UNIT.findall(sentence)) for sentence in found)
