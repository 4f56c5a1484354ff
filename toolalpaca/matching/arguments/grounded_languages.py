"""The language of an argument that people did not name: their own, or that of a text of theirs in the same call, as
long as every language that they named has its place in the call."""

from collections.abc import Iterator, Mapping
from typing import Any

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import name_words, words
from toolalpaca.matching.arguments.grounded_texts import phrases_of
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.codes import meanings
from toolalpaca.matching.language.text import FUNCTION_WORDS, listed

_SOURCES = frozenset(listed("from source src language lang locale input original spoken"))
_NAMES = _SOURCES | frozenset(listed("to target dest destination into output translate"))
_OWN = "en"  # the language that these rules read
_FEWEST = 2  # words by which a text is known to be in it
_SHORTEST_CODE = 2


def is_language_known(value: Any, name: str, arguments: Mapping[str, Any], evidence: Evidence) -> bool:
    """Return whether a language is one that people left open: their own, or the one that a text of theirs is in."""
    parts = set(name_words(name))
    code = next(iter(_languages(value)), "")
    if not code or parts.isdisjoint(_NAMES):
        return False
    taken = {one for leaf in leaves(arguments) for one in _languages(leaf)}
    named = {one for phrase in phrases_of(evidence) for one in _languages(phrase)
             if phrase[0].isupper() or len(one) == _SHORTEST_CODE}
    if named - taken:
        return False
    if code == _OWN:
        return _is_own(evidence.told_text)
    texts = [leaf for leaf in leaves(arguments) if isinstance(leaf, str) and leaf != value]
    return bool(parts & _SOURCES) and any(
        leaf in evidence.told_text and not any(_languages(leaf)) and not _is_own(leaf) for leaf in texts
    )


def _languages(value: Any) -> Iterator[str]:
    """Yield the languages that a code or a name may mean, a code with its region too."""
    text = value if isinstance(value, str) else ""
    found = meanings(text) or meanings(text.replace("_", "-").partition("-")[0])
    yield from (code for kind, code in found if kind == "language")


def _is_own(text: str) -> bool:
    """Return whether a text has words by which English is known."""
    return len(FUNCTION_WORDS.intersection(words(text))) >= _FEWEST
