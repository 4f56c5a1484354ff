"""Traits by which people tell things of a list apart: a number under a field's name, its state, and what it
has to have."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from toolalpaca.core.words import akin, name_words, singular, words
from toolalpaca.matching.facts.amounts import amounts_of
from toolalpaca.matching.facts.bounds import bounded, bounds_in
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.facts.orders import is_conditional
from toolalpaca.matching.language.actions import sentences
from toolalpaca.matching.language.dates import ORDINALS, day_of, days_in
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.relative_days import relative_days
from toolalpaca.matching.language.text import denial, holds

_LARGEST = 999  # number that people tell a thing by together with its field
_SHORTEST = 3  # letters of a field's name or of what a thing has
KEPT = denial(  # what people do not choose by
    "except", "but", "keeps?", "leave", "stays?", "instead of", "rather than", "other", "or", "either", "ideally",
    "preferably", "if possible", "goes? on", "as planned")
_PART = re.compile(r"[.,;!?\n]\s|[.,;!?\n]$")


def other_number(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> str:
    """Return which other thing has the number that people said with the name of a field: period 3, the third-floor
    room; "" if none has it or this one has."""
    for key, value in thing.values:
        noun = singular((name_words(key) or [""])[-1])
        if len(noun) < _SHORTEST or type(value) is not int or not 0 <= value <= _LARGEST:
            continue
        said = {number for text in evidence.told for number in _numbered(noun, text)}
        for other in siblings if said and value not in said else ():
            if not said.isdisjoint(one for one in other.of(key) if type(one) is int):
                return f"{thing.label()!r} where {other.label()!r} has {noun} {min(said)}"
    return ""


def other_span(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> str:
    """Return which other thing is of the years of one that people said, which no call was asked with, when this one is
    of others: a coin struck from 1922 to 1928, where one of 1931 is meant."""
    asked, bounds = set(map(str, evidence.asked)), {one.figure for text in evidence.told for one in bounds_in(text)}
    said = {int(one.values[0]) for text in evidence.told for one in figures_in(text)
            if one.values[0] in _YEARS and one.unit is None and one not in bounds and one.text not in asked}
    for key, value in thing.values if said else ():
        own = _span_of(value)
        for other in siblings if own and said.isdisjoint(own) else ():
            if any(not said.isdisjoint(_span_of(one)) for one in other.of(key)):
                return f"{thing.label()!r} is of {value}"
    return ""


def beyond(thing: Thing, siblings: Sequence[Thing], evidence: Evidence) -> str:
    """Return which bound that people set a thing passes, when another thing of its list keeps to it: under 30 euros,
    due by Sunday."""
    for sentence in (part for text in evidence.told for part in sentences(text) if not is_conditional(part)):
        said = [word for word in words(sentence) if len(word) > _SHORTEST]
        for bound in bounds_in(sentence):
            if _is_alone_beyond([[bound.allows(value) for _, value in bounded(bound, [*amounts_of(one)], said)]
                                 for one in (thing, *siblings)]):
                return f"{thing.label()!r} is beyond {bound.figure.text}"
        for match in _DUE_BY.finditer(sentence):
            until = [*_days_after(sentence[match.end() :], evidence)]
            if until and _is_alone_beyond([[day <= max(until) for day in _days_of(match["what"].lower(), one)]
                                           for one in (thing, *siblings)]):
                return f"{thing.label()!r} is not {sentence[match.start() :]}"
    return ""


def _is_alone_beyond(kept: Sequence[Sequence[bool]]) -> bool:
    """Return whether the first of some things keeps to nothing, and another one to all."""
    return bool(kept[0]) and not any(kept[0]) and any(map(all, filter(None, kept[1:])))


def _days_after(text: str, evidence: Evidence) -> Iterator[date]:
    yield from (day for mention in days_in(text) for day in mention.days())
    yield from (last for _, last in relative_days(text, evidence.today)) if evidence.today else ()


def _days_of(what: str, thing: Thing) -> Iterator[date]:
    """Yield the days of a thing under what is said of them: due, expires."""
    for key, value in thing.values:
        if any(akin(what, part) for part in name_words(key)) and (day := day_of(value)) is not None:
            yield day


_DUE_BY = re.compile(
    r"\b(?P<what>due|expir\w+|ends?|ending|clos(?:es?|ing))\s+(?:by|before|until|till|on or before)\s+", re.IGNORECASE)


def _span_of(value: object) -> range:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    return range(int(match[1]), int(match[2]) + 1) if match else range(0)


_SPAN, _YEARS = re.compile(r"(\d{4})\s?[-–—/]\s?(\d{4})"), range(1000, 2100)


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
    """Return what people said a thing has to have, of which another of its list has all and this one not: a fume hood
    among the equipment."""
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
