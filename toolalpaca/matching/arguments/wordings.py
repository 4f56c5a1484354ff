"""Texts in free wording, such as a note or a reason: which arguments hold one, and whether two of them say the same."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from toolalpaca.core.words import words
from toolalpaca.matching.arguments.documented import is_for_wording
from toolalpaca.matching.arguments.grounded_texts import (
    FREE_TEXT,
    OPEN_TEXT,
    SEARCH_WORDS,
    TITLES,
    has_own_name,
    root_of,
)
from toolalpaca.matching.facts.entities import ID_ENDINGS
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.choices import is_meant
from toolalpaca.matching.language.text import FUNCTION_WORDS, QUOTED, denial, holds

_OWN_WORDS = OPEN_TEXT | frozenset(words(
    "purpose cause problem issue symptom fault complaint question request instruction explanation justification wish"
))
_EXACT = SEARCH_WORDS | TITLES | ID_ENDINGS | frozenset(words(
    "address street place location city url link label tag email phone from until start end route query"
))
_RESTRICTED = ("enum", "const", "format", "pattern")
_NEGATION = denial()
_MOST_OF_IT, _SOME_OF_IT = 0.6, 0.3  # of what a text says, in the same words
_ONLY_KNOWN = 0.5  # of the words of a text that may be neither said by people nor in the other
_AS_LONG = 0.6


def is_wording(text: str, names: Collection[str], schema: Mapping[str, Any]) -> bool:
    """Return whether an argument's text is in free wording, judged by the words of its name, its schema and its length:
    not a choice, a format, a name or an id."""
    if schema.get("type", "string") != "string" or any(keyword in schema for keyword in _RESTRICTED):
        return False
    said = frozenset(names)
    return (
        bool(said & _OWN_WORDS)
        or is_for_wording(str(schema.get("description") or ""))
        or not said & _EXACT and len(words(text)) >= FREE_TEXT
    )


def same_wording(wanted: str, made: str, evidence: Evidence) -> bool:
    """Return whether a text says what the wanted one says, in other words or in those that people used.

    It has most of its words, or is put together of people's own; it denies nothing that the other states, has the same
    numbers and names and no others, and isn't the other text with one word changed.
    """
    quoted = [words(one or other) for one, other in QUOTED.findall(evidence.told_text)]
    if any(holds(text, words(wanted)) for text in quoted):
        return False
    ours, theirs = words(wanted), words(made)
    said = frozenset(evidence.told_all)
    left_out = [word for word in ours if not _is_among(word, theirs)]
    brought_in = [word for word in theirs if not _is_among(word, [*ours, *said])]
    if has_own_name(wanted, left_out) or has_own_name(made, brought_in):
        return False
    if bool(_NEGATION.search(wanted)) != bool(_NEGATION.search(made)) or _is_changed(ours, theirs, said):
        return False
    meant, content = _content(ours), _content(theirs)
    if not meant or not content:
        return False
    share = sum(_is_among(word, content) for word in meant) / len(meant)
    unknown = sum(word in brought_in for word in content) / len(content)
    return (share >= _MOST_OF_IT and unknown <= _ONLY_KNOWN) or (
        share >= _SOME_OF_IT and not unknown and len(content) >= _AS_LONG * len(meant)
    )


def _is_among(word: str, text: Collection[str]) -> bool:
    """Return whether a text has a word, another form of it or one that means the same."""
    return any(root_of(word) == root_of(other) for other in text) or (
        len(word) > 2 and is_meant(word, frozenset(text))
    )


def _content(text: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(word for word in text if word not in FUNCTION_WORDS))


def _is_changed(ours: Sequence[str], theirs: Sequence[str], said: Collection[str]) -> bool:
    """Return whether a text is the other with one word exchanged for one that nobody said."""
    pairs = [_content(text) for text in (ours, theirs)]
    differing = [new for old, new in zip(*pairs, strict=False) if not _is_among(new, [old])]
    return len(pairs[0]) == len(pairs[1]) and len(differing) == 1 and not _is_among(differing[0], said)
