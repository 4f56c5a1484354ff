"""Values that people gave for a parameter and no call took up: a choice, a number by its name or as a bound, a time of
day, a country, an identifier, a contact or a text in quotes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from toolalpaca.core.words import akin, name_words, singular, words
from toolalpaca.matching.arguments.grounded_texts import OPEN_TEXT
from toolalpaca.matching.facts.bounds import bounds_in
from toolalpaca.matching.facts.entities import ID_ENDINGS
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language import choices
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.codes import meanings
from toolalpaca.matching.language.numbers import Figure
from toolalpaca.matching.language.text import (
    ADDRESS,
    FUNCTION_WORDS,
    ORDER_WORDS,
    QUOTED,
    WINDOW_WORDS,
    holds,
    listed,
    stands_in,
)
from toolalpaca.matching.language.times import minutes_in
from toolalpaca.matching.language.units import PRICE_WORDS, Unit, conversions, unit_named, unit_of_key
from toolalpaca.matching.language.values import number

_VAGUE = frozenset(listed(  # choices that people say without choosing
    "none other any all no off on new standard normal default yes general unknown both up down left right high low "
    "next set name first last day end start"
))
# Words whose synonyms choose nothing: the week is not `weekly`, to be phoned is not `call`.
_PLAIN_NOUNS = frozenset(listed("hour day week month year phone telephone"))
_SWITCHED = re.compile(r"\b(?:turn|switch|put|leave|keep|be|is|are)\w*(?: \w+){0,3} on\b", re.IGNORECASE)
_LEAST = frozenset(listed("min minimum least over above"))
_MOST = frozenset(listed("max maximum most upto under below"))
_NAMES = re.compile(r"(?<=[a-z,;] )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)+")
_LAND_NAMED = re.compile(
    r"(?<=\b(?:in|of|to|at) )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)?|(?<=\bfor )[A-Z][a-z]{3,}"
)
_AS_LEFT = re.compile(
    r"(?P<choice>[\w-]+) (?:if|when|unless) (?:left out|omitted|not given|none|nothing)"
    r"|default(?:s to|:| is)? [\"'`]?(?P<default>[\w-]+)|(?P<by>[\w-]+) by default",
    re.IGNORECASE,
)
_ASKS_WHETHER = re.compile(
    r"(?:^|,\s|\b(?:and|so|whether|if)\s)(?:is|are|was|were|has|have)\s+(?!there\b|any\b)", re.IGNORECASE
)
_ID = r"(?P<id>(?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Z][\w-]{3,})(?![\w@.])"
_CONTACTS = (
    (frozenset(listed("phone telephone mobile tel cell")), re.compile(r"(?<![\w.,-])\+?\d[\d ()/-]{7,}\d(?![\w.,]\d)")),
    (frozenset(listed("email mail e-mail")), re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")),
)
_SHORTEST_WORD = 4  # letters of a word that tells what a text in quotes is
_SHORTEST_TEXT = 3
_LAST_DIGITS = 7  # of a telephone number, however its beginning is written


@dataclass(frozen=True)
class GivenParameter:
    """A parameter of a function with its schema, and what the document says of it."""

    name: str
    schema: Mapping[str, Any]
    text: str = ""
    function: str = ""

    @cached_property
    def parts(self) -> frozenset[str]:
        """Return the words of its name."""
        return frozenset(singular(part) for part in name_words(self.name))

    @property
    def options(self) -> list[str]:
        """Return the texts that it may be chosen from; none if it is not a choice."""
        listed_ones = self.schema.get("enum")
        return [one for one in listed_ones if isinstance(one, str)] if isinstance(listed_ones, list) else []

    @cached_property
    def unit(self) -> Unit | None:
        """Return the unit that its name ends in."""
        return unit_of_key(self.name)


@dataclass(frozen=True)
class Used:
    """What calls were asked with: the texts, their words and the numbers, written or within a text."""

    evidence: Evidence
    texts: frozenset[str] = field(default_factory=frozenset)
    words: frozenset[str] = field(default_factory=frozenset)
    numbers: frozenset[float] = field(default_factory=frozenset)

    @classmethod
    def of(cls, evidence: Evidence) -> "Used":
        """Return what the calls of a conversation were asked with."""
        texts = [one for one in evidence.asked if isinstance(one, str)]
        digits = [float(match) for text in texts for match in re.findall(r"\d+(?:\.\d+)?", text)]
        numbers = {value for one in evidence.asked if (value := number(one)) is not None}
        return cls(
            evidence,
            frozenset(str(one).casefold() for one in evidence.asked),
            frozenset(word for text in texts for word in words(text)),
            frozenset({*numbers, *digits}),
        )

    def has(self, figure: Figure) -> bool:
        """Return whether a call was asked with a number, or with what it is in another unit."""
        own = [*figure.values]
        own += [made for value in figure.values for made in (conversions(value, figure.unit) if figure.unit else ())]
        return any(abs(value - known) <= 1e-6 * abs(value) for value in own for known in self.numbers)

    def lacks_name(self, name: str) -> bool:
        """Return whether people said a name, written with a capital, and no call was asked with it."""
        is_said = name[:1].isupper() and stands_in(name, self.evidence.told_text)
        return is_said and name.casefold() not in self.texts and not set(words(name)) & self.words


def given_for(parameter: GivenParameter, used: Used) -> str:
    """Return what people gave for a parameter and no call took up, "" for nothing.

    An order is never returned: the assistant may put the list in order itself.
    """
    kind = parameter.schema.get("type")
    if parameter.parts & ORDER_WORDS:
        return ""
    if parameter.options:
        return _choice(parameter, used)
    if kind in ("integer", "number"):
        return next((found for rule in (_named_number, _bound) if (found := rule(parameter, used))), "")
    if kind != "string":
        return ""
    rules = (_time, _land, _named_id, _quoted, _contact)
    return next((found for rule in rules if (found := rule(parameter, used))), "")


def _choice(parameter: GivenParameter, used: Used) -> str:
    """Return the only choice that people asked for."""
    told = [_NAMES.sub("", ADDRESS.sub("", text)) for text in used.evidence.told]
    left = {choice.lower() for match in _AS_LEFT.finditer(parameter.text) for choice in match.groups() if choice}
    left |= {str(parameter.schema.get("default")).lower()}
    said = [
        one for one in parameter.options
        if len(one) > 1 and one.lower() not in left
        and not set(words(one)) <= _VAGUE
        and not _is_plain_noun(one, used.evidence)
        and not _is_asked_about(one, used.evidence)
        and choices.verdict(one, parameter.options, told) == choices.GIVEN
    ]
    taken = used.texts | set(name_words(parameter.function))
    if len(said) != 1 or said[0].casefold() in taken:
        return ""
    return "" if any(choices.is_meant(word, used.words) for word in words(said[0].replace("_", " "))) else said[0]


def _is_plain_noun(choice: str, evidence: Evidence) -> bool:
    """Return whether a choice was only said by a noun that chooses nothing."""
    content = [word for word in words(choice.replace("_", " ")) if word not in FUNCTION_WORDS]
    said = [choices.same_words(word) & evidence.told_all for word in content]
    is_switched = _SWITCHED.search(evidence.told_text)
    return bool(content) and all(
        word not in evidence.told_all and (own & _PLAIN_NOUNS or FUNCTION_WORDS >= own > set() and not is_switched)
        for word, own in zip(content, said, strict=True)
    )


def _is_asked_about(choice: str, evidence: Evidence) -> bool:
    """Return whether people only ask if a choice holds: is my car ready, is it a series or a film."""
    said = [words(one) for one in choices.same_words(choice.replace("_", " ").lower())]
    sentences = [one for text in evidence.told for one in sentences_of(text)
                 if any(holds(words(one), own) for own in said if own)]
    return bool(sentences) and all(_ASKS_WHETHER.search(one) for one in sentences)


def _named_number(parameter: GivenParameter, used: Used) -> str:
    """Return the number that follows the parameter's name, as in `bib 3316`, or a year that was said."""
    told = used.evidence.told_text
    for part in (part for part in parameter.parts - WINDOW_WORDS if len(part) > 2 and part in told.lower()):
        match = re.search(rf"\b{re.escape(part)}\s+(?:no\.?\s*|number\s*|#)?(\d+)\b(?![.,:/-]\d)", told, re.IGNORECASE)
        if match and float(match[1]) not in used.numbers:
            return match[0]
        for figure in used.evidence.told_figures if len(part) > 3 else ():
            text = next((one for one in used.evidence.told if one[figure.start : figure.end] == figure.text), "")
            is_after = figure.worded and re.search(rf"\b{re.escape(part)} $", text[: figure.start], re.IGNORECASE)
            if is_after and not used.has(figure):
                return f"{part} {figure.text}"
    if "year" not in parameter.parts or parameter.parts & (_LEAST | _MOST | {"from", "to", "since", "until"}):
        return ""
    years = {year for mention in used.evidence.told_days for year, _, day in mention.readings if year and not day}
    years |= {
        int(figure.values[0]) for figure in used.evidence.told_figures
        if 1400 < figure.values[0] < 2100 and figure.step == 1 and figure.unit is None
    }
    unused = [year for year in years if year not in used.numbers]
    return str(unused[0]) if len(unused) == 1 else ""


def _bound(parameter: GivenParameter, used: Used) -> str:
    """Return the bound that people set in the parameter's direction, on what it measures or counts."""
    if not parameter.parts & (_LEAST | _MOST):
        return ""
    is_price = bool(PRICE_WORDS & {*parameter.parts, *words(parameter.text)})
    for bound in (bound for text in used.evidence.told for bound in bounds_in(text)):
        figure, unit = bound.figure, bound.figure.unit
        if used.has(figure) or bound.least != bool(parameter.parts & _LEAST) or bound.is_year:
            continue
        if unit is None:
            is_meant = bool(figure.noun) and any(akin(figure.noun, part) for part in parameter.parts)
        else:
            is_meant = unit.is_money and is_price or _is_in_unit(parameter, unit)
        if is_meant:
            return figure.text
    return ""


def _is_in_unit(parameter: GivenParameter, unit: Unit) -> bool:
    """Return whether a parameter's name or description names a unit, or another one of the same dimension."""
    named = [parameter.unit, *map(unit_named, re.findall(r"[A-Za-z²³]+", parameter.text))]
    return any(one is not None and (one.fits(unit) or bool(one.ratio(unit))) for one in named)


def _time(parameter: GivenParameter, used: Used) -> str:
    """Return the only time of day that people named when no call was asked with it and no result shows it."""
    is_time = parameter.schema.get("format") == "time" or parameter.parts & {"time"}
    said = used.evidence.told_times
    if not is_time or len(said) != 1:
        return ""
    known = {minute for text in used.texts for minute in minutes_in(text)} | used.evidence.observed_times
    return "" if said[0] & known else f"{min(said[0]) // 60}:{min(said[0]) % 60:02d}"


def _named_id(parameter: GivenParameter, used: Used) -> str:
    """Return the identifier that people gave next to a word of the parameter's name, when no call was asked with it and
    no result shows it: I'm a member (TAC-20815)."""
    if parameter.parts.isdisjoint(ID_ENDINGS):
        return ""
    known = [*used.texts, *(one.seen.text.casefold() for one in used.evidence.results)]
    for part in parameter.parts - ID_ENDINGS:
        pattern = rf"\b{re.escape(part)}\w{{0,5}}\W{{1,3}}(?:\w+\W{{1,2}}){{0,3}}?{_ID}"
        for match in re.finditer(pattern, used.evidence.told_text):
            if not any(match["id"].casefold() in text for text in known):
                return match["id"]
    return ""


def _contact(parameter: GivenParameter, used: Used) -> str:
    """Return the telephone number or the address that people gave when no call was asked with it."""
    for parts, pattern in _CONTACTS:
        said = [match[0] for match in pattern.finditer(used.evidence.told_text)] if parameter.parts & parts else []
        asked = [_plain(text) for text in used.texts]
        if len(said) == 1 and not any(_plain(said[0])[-_LAST_DIGITS:] in text for text in asked):
            return said[0]
    return ""


def _plain(text: str) -> str:
    return re.sub(r"[^\w@]", "", text).casefold()


def _quoted(parameter: GivenParameter, used: Used) -> str:
    """Return the text in quotes that people gave for a note or the like, or after a word that the document has for
    the parameter, when no call was asked with any word of it."""
    if any(keyword in parameter.schema for keyword in ("format", "pattern", "const")):
        return ""
    told = used.evidence.told_text
    names = {word for word in (*parameter.parts, *words(parameter.text)) if len(word) >= _SHORTEST_WORD}
    before = "|".join(map(re.escape, (names | parameter.parts & OPEN_TEXT) - FUNCTION_WORDS)) or "(?!)"
    for match in QUOTED.finditer(told):
        text = match["double"] or match["single"]
        said = {word for word in words(text) if word not in FUNCTION_WORDS}
        is_for = re.search(rf"\b(?:{before})s?\W{{1,3}}(?:\w+ ){{0,3}}$", told[: match.start()], re.IGNORECASE)
        if is_for and len(text) >= _SHORTEST_TEXT and said and said.isdisjoint(used.words):
            return text
    return ""


def _land(parameter: GivenParameter, used: Used) -> str:
    if parameter.parts != {"country"}:
        return ""
    for match in _LAND_NAMED.finditer(used.evidence.told_text):
        meant = meanings(match[0])
        found = set() if "language" in dict(meant) else {code for kind, code in meant if kind == "territory"}
        if found and not any(code.casefold() in used.texts for code in found) and not set(words(match[0])) & used.words:
            return match[0]
    return ""
