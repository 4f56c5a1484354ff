"""What people gave for a parameter and a call that changes something left out: a choice, a number, a country."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from toolalpaca.core.words import akin, name_words, singular, words
from toolalpaca.matching.arguments.deeds import Done
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language import choices
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.codes import meanings
from toolalpaca.matching.language.numbers import Figure
from toolalpaca.matching.language.text import holds
from toolalpaca.matching.language.values import number

# Choices that people say without choosing: states, and words that stand for no choice.
_COMMON = frozenset(
    words(
        "none other any all no off on in out new open sent paid draft done first last standard normal default yes "
        "active one "
        "general unknown both up down left right next high low public start end set day name"
    )
)
_SHARES = frozenset(words("percent percentage tax vat discount commission interest tip share"))
_RATINGS = frozenset(words("rating stars star score rate mark grade"))
_RATED = re.compile(
    r"\b(?P<digits>\d+|one|two|three|four|five|six|seven|eight|nine|ten)(?:\s+out of\s+|/)(?:\d+|five"
    r"|ten)\b"
    r"|\b(?P<stars>\d+|one|two|three|four|five)[- ]stars?\b",
    re.IGNORECASE,
)
_TIMED = frozenset({"minute", "hour", "day", "night", "week"})
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+")
_NAMES = re.compile(r"(?<=[a-z,;] )[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)+")
_CODED = {"country": "territory", "language": "language", "currency": "currency"}
_AS_LEFT = re.compile(
    r"(?P<choice>[\w-]+) (?:if|when|unless) (?:left out|omitted|not given|none|nothing)"
    r"|default(?:s to|:| is)? [\"'`]?(?P<default>[\w-]+)",
    re.IGNORECASE,
)


def left_arguments(
    done: Sequence[Done], evidence: Evidence, schemas: Mapping[str, Mapping[str, dict[str, Any]]], answer: str = ""
) -> Iterator[str]:
    """Yield the parameters of functions that changed something for which people gave a value and no call has one; not
    those of which the answer says that they cannot be given."""
    refused = [words(one) for one in sentences_of(answer) if admits(one)]
    by_function: dict[str, list[Done]] = {}
    for one in done:
        if one.succeeded:
            by_function.setdefault(one.call.function, []).append(one)
    used = {str(leaf).casefold() for leaf in evidence.asked}
    for function, calls in by_function.items():
        given = {name for one in calls for name in one.call.arguments or {}}
        for name, schema in schemas.get(function, {}).items():
            if name not in given:
                found = _given_for(name, schema, evidence, used | set(name_words(function)))
                if found and not any(holds(one, words(found)) for one in refused):
                    yield f"{name}: {found}"


def _given_for(name: str, schema: dict[str, Any], evidence: Evidence, used: set[str]) -> str:
    """Return what people gave for a parameter, "" for nothing."""
    options = schema.get("enum")
    if isinstance(options, list):
        return _choice_given(schema, [one for one in options if isinstance(one, str)], evidence, used)
    parts = frozenset(singular(part) for part in name_words(name))
    kind = next((_CODED[part] for part in parts if part in _CODED), "") if len(parts) == 1 else ""
    if kind == "territory":
        return _land_given(evidence, used)
    if schema.get("type") in ("integer", "number"):
        return _number_given(parts, evidence)
    return ""


def _choice_given(schema: dict[str, Any], options: list[str], evidence: Evidence, used: set[str]) -> str:
    text = str(schema.get("description") or "")
    left = {(match["choice"] or match["default"]).lower() for match in _AS_LEFT.finditer(text)} | {
        str(schema.get("default"))
    }
    said = [
        one
        for one in options
        if one.lower() not in left
        and not set(words(one)) <= _COMMON
        and choices.verdict(one, options, [_plain(evidence.told[0])]) == choices.GIVEN
    ]
    return said[0] if len(said) == 1 and said[0].casefold() not in used and len(said[0]) > 1 else ""


def _plain(told: str) -> str:
    """Return a text without addresses and names, whose words choose nothing: the Phoenix Chess Circle."""
    return _NAMES.sub("", _ADDRESS.sub("", told))


def _land_given(evidence: Evidence, used: set[str]) -> str:
    for match in re.finditer(
        r"(?<=\b(?:in|of|to|at) )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)?|(?<=\bfor )[A-Z][a-z]{3,}", evidence.told[0]
    ):
        found = {code for kind, code in meanings(match[0]) if kind == "territory"}
        if found and not any(code.casefold() in used for code in found) and match[0].casefold() not in " ".join(used):
            return match[0]
    return ""


def _number_given(parts: frozenset[str], evidence: Evidence) -> str:
    used = {value for leaf in evidence.asked if (value := number(leaf)) is not None}
    for figure in evidence.told_figures:
        if _is_for(figure, parts) and not any(value in used or value / 100 in used for value in figure.values):
            return figure.text
    if parts & _RATINGS:
        match = _RATED.search(evidence.told_text)
        said = number(words(match["digits"] or match["stars"])[0]) if match else None
        return match[0] if match and said not in used else ""
    for noun in _SINGLE.findall(evidence.told[0].lower()):
        if any(_is_noun_of(noun, part) for part in parts) and 1.0 not in used:
            return noun
    return ""


_SINGLE = re.compile(r"\b(?:and|plus|with|,) (?:an?|one) (?:\w+ )?(\w{4,})")


def _is_for(figure: Figure, parts: frozenset[str]) -> bool:
    """Return whether a number says what a parameter of this name counts or measures."""
    if figure.unit is not None and figure.unit.dimension == "duration" and figure.unit.name in parts | {"hour"}:
        return bool(parts & _TIMED)
    if figure.percent:
        return bool(parts & _SHARES)
    return bool(figure.noun) and figure.unit is None and any(_is_noun_of(figure.noun, part) for part in parts)


def _is_noun_of(noun: str, part: str) -> bool:
    return len(part) > 3 and len(noun) > 3 and akin(noun, part)
