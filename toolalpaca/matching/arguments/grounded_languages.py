"""The language or the country of an argument that people did not name: their own language, or that of a text of theirs
in the same call; the country of a town. Every one that they named has to have its place in the call."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import name_words, words
from toolalpaca.matching.arguments.grounded_texts import LAND_WORDS, lands_named, phrases_of
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.codes import meanings
from toolalpaca.matching.language.text import FUNCTION_WORDS, listed
from toolalpaca.matching.language.zones import lands_of_cities

_SOURCES = frozenset(listed("from source src language lang locale input original spoken"))
_NAMES = _SOURCES | frozenset(listed("to target dest destination into output translate"))
_OWN = "en"  # the language that these rules read
_FEWEST = 2  # words by which a text is known to be in it
_SHORTEST_CODE = 2
_LAND_CODE = re.compile("[A-Z]{2,3}")
_PLACE = re.compile(r"\b(?:from|to|in|at|for|near|of|between|and) (?:the )?(?P<name>[A-Z][\w'’-]{2,})")


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


def is_land_known(value: Any, name: str, arguments: Mapping[str, Any], evidence: Evidence) -> bool:
    """Return whether a country is one of a place that people named beside other countries, as far as cities are known
    that zones are named after."""
    lands = _lands(value)
    if not lands or not (LAND_WORDS | _NAMES) & {*name_words(name)}:
        return False
    taken = {land for other, leaf in arguments.items() if other != name for land in _lands(leaf)}
    named = lands_named(evidence).union(*(_lands(code) for code in evidence.told_codes))
    told = evidence.told_text
    places = {match["name"] for match in _PLACE.finditer(told) if not named & _territories(match["name"])}
    known = lands_of_cities(" ".join(places))
    return bool(named & taken and places) and named <= taken | lands and (not known or bool(known & lands))


def _lands(value: Any) -> set[str]:
    """Return the countries that a code of an argument means."""
    return _territories(value) if isinstance(value, str) and _LAND_CODE.fullmatch(value) else set()


def _territories(text: str) -> set[str]:
    return {code for kind, code in meanings(text) if kind == "territory"}


def _languages(value: Any) -> Iterator[str]:
    """Yield the languages that a code or a name may mean, a code with its region too."""
    text = value if isinstance(value, str) else ""
    found = meanings(text) or meanings(text.replace("_", "-").partition("-")[0])
    yield from (code for kind, code in found if kind == "language")


def _is_own(text: str) -> bool:
    """Return whether a text has words by which English is known."""
    return len(FUNCTION_WORDS.intersection(words(text))) >= _FEWEST
