"""Orders that hold on a condition only, such as `if it is under 50 euros`: the condition, worked out on what was shown,
held against what was done and what the answer says of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import akin, name_words, words
from toolalpaca.matching.arguments.deeds import Done
from toolalpaca.matching.facts.amounts import Amount
from toolalpaca.matching.facts.bounds import Bound, bounded, bounds_in
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import doings_of, sentences
from toolalpaca.matching.language.dates import MONTH, WEEKDAY
from toolalpaca.matching.language.units import PRICE_WORDS
from toolalpaca.matching.language.values import number

_IF = re.compile(
    r"\b(?P<unless>unless)\b|\b(?:(?:but )?only (?:if|when)|if|as long as|provided(?: that)?)\b", re.IGNORECASE
)
_CLAUSE_END = re.compile(r",(?!\d)|;|\bthen\b|\bplease\b|[.!?](?!\d)|$")
_ELSE = re.compile(r"\b(?:otherwise|if not|if it['’]?s not|else|in that case|instead)\b", re.IGNORECASE)
_DO_NOTHING = re.compile(
    r"\b(?:leave|don['’]?t|do not|nothing|skip|forget|no need|just tell|not bother|never mind)\b", re.IGNORECASE
)
# What was asked is to be so before something is done: is it free? If it is, book it.
_IF_SO = re.compile(
    r"\b(?:but )?only if (?:there (?:is|are)|it is|they are|it['’]s) (?!less|more|under|over|not|no\b)|"
    r"(?:^|[.!]\s+)(?:is|are|does|do|has|have|any|how many)\b[^.?!]*\?\s+(?:and )?if (?:so|yes"
    r"|(?:it|that|he|she|there) is|it does|(?:they|there) are|it['’]s (?:so|free|open)|available|free)\b"
    r"(?! (?:not|no)\b)",
    re.IGNORECASE,
)
_THAT_ONE = re.compile(r"\b(?:it|him|her|them|this|that|one|the same)\b", re.IGNORECASE)
_NAME = re.compile(rf"\b(?!(?i:{WEEKDAY}|{MONTH.replace('?P<month>', '?:')}))[A-Z][\w-]+")
_FREE = re.compile(
    r"\b(?:does|do|would|wo|is)(?:n['’]t| not) cost (?:me |us )?(?:a thing|anything|any money)"
    r"|\b(?:is|it['’]s|for) free\b"
    r"|\bfree of charge\b|\b(?:no|without(?: an?)?) (?:extra )?(?:charge|fee|cost)s?\b",
    re.IGNORECASE,
)
_PRICES = PRICE_WORDS | {"charge", "penalty"}


@dataclass(frozen=True)
class Condition:
    """A condition under which something is to be done: whether what was shown meets it, the value that decides, the
    thing that has it, and the bound it was held against, None if it is that there is nothing to pay."""

    is_met: bool
    value: float
    key: str
    thing: Thing | None = None
    bound: Bound | None = None


def condition_of(known: Known) -> Condition | None:
    """Return the condition that people set for what is to be done or which of two things is, None if there is none,
    several, or one that what was shown does not decide."""
    told = known.evidence.told[0]
    found = [(match, told[match.end() : _CLAUSE_END.search(told, match.end()).start()]) for match in _IF.finditer(told)]  # type: ignore[union-attr]
    decided = [
        one for match, clause in found for one in [_decided(clause, known, is_unless=bool(match["unless"]))] if one
    ]
    return decided[0] if len(decided) == 1 else None


def _other_order(told: str) -> str:
    """Return what else is to be done in the other case; "" for nothing."""
    found = [(match, sentence) for sentence in sentences(told) if (match := _ELSE.search(sentence))]
    return next((text for match, sentence in found if not _DO_NOTHING.search(text := sentence[match.start() :])), "")


def _is_other_case(condition: Condition, first: Done, other: str, known: Known) -> bool:
    """Return whether what was done is what people wanted in the other case: with the thing that does not meet the
    condition, or with one that they named for when it does not."""
    used = {str(leaf) for leaf in leaves(first.call.given)}
    named = known.mentions.named_in(other)
    if condition.thing is None or _THAT_ONE.search(other) or condition.thing in named:
        return False
    if condition.is_met:
        return any(one.group == condition.thing.group and not used.isdisjoint(one.ids[:1]) for one in named)
    return bool(_NAME.search(other)) and not used.isdisjoint(condition.thing.ids[:1])


def _decided(clause: str, known: Known, *, is_unless: bool) -> Condition | None:
    amounts = _amounts_named(clause, known)
    if _FREE.search(clause):
        verbs = [part for one in known.evidence.results for part in name_words(one.call.function) if doings_of(part)]
        fees = [one for one in amounts if _PRICES & set(name_words(one.key))]
        own = [one for one in fees if any(akin(part, verb) for part in name_words(one.key) for verb in verbs)] or fees
        values = {one.value for one in own}
        if len(values) != 1:
            return None
        return Condition((values == {0}) != is_unless, own[0].value, own[0].key, own[0].thing)
    bounds = list(bounds_in(clause))
    if len(bounds) != 1:
        return None
    said = [word for word in words(clause) if len(word) > 3]
    about = bounded(bounds[0], amounts, said)
    about = [one for one in about if any(akin(part, word) for part in name_words(one[0].key) for word in said)] or about
    if len({value for _, value in about}) != 1:
        return None
    (amount, value) = about[0]
    return Condition(bounds[0].allows(value) != is_unless, value, amount.key, amount.thing, bounds[0])


def _amounts_named(clause: str, known: Known) -> list[Amount]:
    """Return the amounts of the things that a condition names, or of the whole conversation if it names none."""
    told = known.evidence.told[0]
    for text in (clause, told):
        named = [id(thing) for thing in known.mentions.named_in(text)]
        if named:
            return [one for one in known.amounts if one.thing is not None and id(one.thing) in named]
    return [one for one in known.amounts if one.thing is not None]


def against_condition(done: Sequence[Done], known: Known) -> Iterator[str]:
    """Yield once what was done although the condition for it is not met."""
    condition = condition_of(known)
    first = next((one for one in done if one.succeeded), None)
    if first is not None and _IF_SO.search(known.evidence.told[0]):
        before = [one for one in known.evidence.results if one.call.place < first.call.place and one.call.arguments]
        if not before:
            yield "nothing was looked at before"
    if first is not None and condition is not None and condition.bound is not None:
        limit = condition.bound.figure.values[0]
        if any(number(leaf) == limit for leaf in leaves(first.call.given)):
            return  # what was made watches for it: a notice, a limit
    if condition is None or first is None:
        return
    other = _other_order(known.evidence.told[0])
    if _is_other_case(condition, first, other, known) if other else not condition.is_met:
        yield f"{condition.key} is {condition.value:g}"
