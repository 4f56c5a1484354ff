"""Traits by which people tell things of a list apart: a number under a field's name, its state, and what it
has to have."""

import re
from collections.abc import Iterator, Sequence

from toolalpaca.core.words import name_words, singular, words
from toolalpaca.matching.facts.bounds import bounds_in
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.dates import ORDINALS
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import denial, holds

_LARGEST = 999  # number that people tell a thing by together with its field
_SHORTEST = 3  # letters of a field's name or of what a thing has
KEPT = denial(  # what people do not choose by
    "except", "but", "keeps?", "leave", "stays?", "instead of", "rather than", "other", "or", "either", "ideally",
    "preferably", "if possible", "goes? on", "as planned")
_PART = re.compile(r"[.,;!?\n]\s|[.,;!?\n]$")


def other_number(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> str:
    """Return which other thing has the number that people said with the name of a field: deck 3, the third-deck
    cabin; "" if none has it or this one has."""
    for key, value in thing.values:
        noun = singular((name_words(key) or [""])[-1])
        if len(noun) < _SHORTEST or type(value) is not int or not 0 <= value <= _LARGEST:
            continue
        said = {number for text in evidence.told for number in _numbered(noun, text)}
        for other in siblings if said and value not in said else ():
            if not said.isdisjoint(one for one in other.of(key) if type(one) is int):
                return f"{thing.label()!r} where {other.label()!r} has {noun} {min(said)}"
    return ""


def _numbered(noun: str, text: str) -> Iterator[int]:
    """Yield the numbers that a text gives to what a noun names, after it or as its place; no bounds."""
    bounds = {bound.figure.start for bound in bounds_in(text)}
    for match in re.finditer(rf"\b{re.escape(noun)}s?(?: number| no\.?| nr\.?)? (?=\w)", text, re.IGNORECASE):
        yield from (int(one.values[0]) for one in figures_in(text) if one.start == match.end()
                    and one.start not in bounds and one.unit is None and one.values[0] % 1 == 0)
    for match in re.finditer(rf"\b(?:(?P<digits>\d+)(?:st|nd|rd|th)|(?P<word>\w+))[- ]{re.escape(noun)}\b", text, re.I):
        if match["digits"]:
            yield int(match["digits"])
        elif match["word"].lower() in ORDINALS:
            yield ORDINALS.index(match["word"].lower()) + 1


def lacking(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> str:
    """Return what people said a thing has to have, of which another of its list has all and this one not: a bath tub
    among the extras."""
    if any(evidence.told_all.issuperset(words(label)) for label in thing.labels):
        return ""
    group = [thing, *siblings]
    said = [words(part) for text in evidence.told for part in _PART.split(text) if not KEPT.search(part)]
    for key in {key for one in group for key, _ in one.values if len(one.of(key)) > 1}:
        items = {value for one in group for value in one.of(key) if isinstance(value, str) and len(value) >= _SHORTEST}
        wanted = {item for item in items if any(holds(part, words(item.replace("_", " "))) for part in said)}
        left = wanted - set(thing.of(key))
        if left and any(wanted <= set(other.of(key)) for other in siblings):
            return f"{thing.label()!r} is without {min(left)!r}"
    return ""


def other_state(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> str:
    """Return in which state the things are that people mean, when a flag says that this one is not and another one is:
    the paused alerts, those that are unpaid."""
    parts = [part for text in evidence.told for part in _PART.split(text) if not KEPT.search(part)]
    said = [(match["word"] or match["other"]).lower() for part in parts for match in _IN_STATE.finditer(part)]
    for key, value in thing.values if said else ():
        names = _said_of((name_words(key) or [""])[-1]) if isinstance(value, bool) else ()
        ways = {is_true for word in said for is_true, meant in names if word in meant}
        if ways == {not value} and any(other.of(key)[:1] == [not value] for other in siblings):
            return f"{thing.label()!r} has {key} {value}"
    return ""


def _said_of(flag: str) -> list[tuple[bool, frozenset[str]]]:
    """Return the words for what a flag is true of, and those for what it is false of."""
    on, off = next((pair for pair in _OPPOSITES if flag in pair[0]), ({flag}, frozenset[str]()))
    return [(True, frozenset(on)), (False, frozenset((*off, *(f"{prefix}{flag}" for prefix in _PREFIXES))))]


_PREFIXES = ("un", "in", "dis", "non", "non-")
_OPPOSITES = [
    (frozenset(words(on)), frozenset(words(off))) for on, off in (
        ("active enabled on running live", "paused inactive disabled off stopped suspended silenced muted idle"),
        ("paid settled", "unpaid open outstanding due owed overdue"), ("read seen opened", "unread unseen new"),
        ("done completed complete finished ticked checked closed", "open undone unfinished pending outstanding"),
        ("public shared visible", "private hidden personal"), ("available free vacant", "taken occupied booked gone"),
        ("confirmed approved verified", "tentative provisional pending"),
    )
]
_IN_STATE = re.compile(
    r"\b(?:(?:all|any|every|both)(?: of)? )?(?:the|my|our|those|these|all|any|every|both)\s+"
    r"(?P<word>(?!(?:that|which|who)\b)[a-z-]{2,})(?=\s+[a-z])"
    r"|\b(?:that|which|who|whatever|everything)(?:['’](?:s|re)|\s+(?:is|are|has been|have been|was|were))\s+"
    r"(?:(?:still|currently|now|already)\s+)?(?P<other>[a-z-]{2,})", re.IGNORECASE)
