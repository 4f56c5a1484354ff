"""Values in answers that are those of another field, or another choice: numbers tied to the name of one field that are
the value of another of the same thing; days and times tied to one field, by its name or by what begins or ends then,
such as due on the day on which a bill was written; and choices of an enum other than the results show, such as a single
room for a double."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from toolalpaca.core.words import akin, name_terms, name_words, singular, words
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.amounts import CENT, amounts_of
from toolalpaca.matching.facts.entities import ID_ENDINGS, Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.choices import same_words
from toolalpaca.matching.language.clauses import Clause, clauses_of, sentences_of
from toolalpaca.matching.language.dates import DayMention, day_of, days_in
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.text import BOUNDED, CONTRASTS, FUNCTION_WORDS, denial, holds
from toolalpaca.matching.language.times import TimeMention, minutes_in, times_in
from toolalpaca.matching.language.units import PRICE_WORDS, unit_named, unit_of_key

_VOWELS = frozenset("aeiou")
_WITH_TAX = re.compile(r"\b(?:with|including|incl\.?|inclusive of) (?:the )?(?:VAT|tax(?:es)?)\b", re.IGNORECASE)
_WITHOUT_TAX = re.compile(r"\b(?:without|excluding|excl\.?|exclusive of|before) (?:the )?(?:VAT|tax(?:es)?)\b", re.I)
_GENERIC = frozenset(
    words("result value total amount number figure converted count data answer quantity sum output price score")
)
_FUNCTION_WORDS = frozenset(words("out per for with from and the off"))
_NO_NOUNS = ("", "is", "was", "are", "were", "of", "at")  # after a number that counts nothing, or a part
_TIED = re.compile(r"(?P<name>[A-Za-z]+)\s+(?:of|is|was|are|at)\s+(?:[€$£]|[A-Z][A-Za-z]{1,2}\$?)?\s?$")
# What is said of the one end of a time and of the other, in answers and in the names of fields.
_ENDS = (
    frozenset(words(
        "start begin beginning from since open opening depart departure leave rise sunrise moonrise issue issued dated "
        "purchased bought opened started began left rose board boarding checkin born founded"
    )),
    frozenset(words(
        "end ending until till close closing arrive arrival land finish expire expiry expiration due payable deadline "
        "set sunset moonset over ended closed finished expired arrived landed checkout died deliver delivery return"
    )),
)
_EITHER_WAY = frozenset(words("open opening opened close closing closed"))
_EITHER_END = _ENDS[0] | _ENDS[1]
# Prepositions of any span: a stop goes from its arrival until its departure.
_BEGINS, _CEASES = frozenset({"from", "since"}), frozenset({"until", "till"})
_BARE = frozenset(words("date time day at on by utc local iso timestamp"))
_NEAREST = 4  # words before a day or a time among which what it is tied to is looked for
_PAST_IT = re.compile(
    r"\b(?:from|between)\s\S+\s(?:to|till|until|and)\s"
    r"|[;()|:]\s|,\s|\s[-–—]\s|\b(?:and|but|or|then|not|than|instead|before|after|if)\b"
)

Moment = DayMention | TimeMention
_SHORTEST = 4  # letters of the words of a choice that is looked for
# What is not said of how it is: denied, set against it, or left open.
_DOUBTS = denial(CONTRASTS, "if|once|until|unless|whether|would|could|should|may|might|or")
# Choices that are words for how many, which say so of anything: both have to be collected.
_QUANTIFIERS = frozenset(words("all any both each either every few half many most neither none other several some"))
_UNDER_WAY = re.compile(r"\b(?:being|getting) \w+", re.IGNORECASE)  # what is being sent is not sent yet


def other_field(answer: str, known: Known) -> Iterator[str]:
    """Yield the figures that an answer ties to the name of one field when they are the value of another field of the
    same thing."""
    told = {value for figure in known.evidence.told_figures for value in figure.values}
    fields = _fields(known, told)
    parts = clauses_of(answer)
    names = frozenset(word for _, _, own in fields for some in own.values() for word in some)
    stated = [(one, _said_in(part.text, names), part.sentence) for part in parts for one in figures_in(part.text)]
    for part in parts:
        said = _said_in(part.text, names)
        for figure in figures_in(part.text):
            is_free = figure.values[0] in told or figure.worded or BOUNDED.search(part.text[: figure.start])
            if is_free or (figure.values[0] < 10 and figure.step == 1):
                continue
            for key, other in _other_field(figure, fields, part, said, stated):
                yield f"{figure.text} is the {key}, not the {other}"


def _fields(
    known: Known, told: Container[float]
) -> list[tuple[Thing, dict[str, float], dict[str, frozenset[str]]]]:
    """Return the numbers of each thing, and the words that name them alone: none for those that people gave."""
    found = []
    asked = {name: words(value) for one in known.evidence.results for name, value in one.call.given.items()
             if isinstance(value, str) and value.isalpha()}  # a car, by which its fare is named
    for thing in known.things:
        numbers = {amount.key: amount.value for amount in amounts_of(thing) if amount.key}
        if len(numbers) > 1:
            found.append((thing, numbers, {
                key: _own_words(key, numbers).union(asked.get(key, ())) if value not in told else frozenset()
                for key, value in numbers.items()}))
    return found


def _own_words(key: str, numbers: dict[str, float]) -> frozenset[str]:
    """Return the words of a field's name that no other field's name has."""
    others = {word for other in numbers if other != key for word in name_terms(other.rpartition(".")[2])}
    return frozenset(word for word in name_terms(key.rpartition(".")[2])
                     if (len(word) > 2 or word.isalpha() and len(word) > 1 and unit_named(word))
                     and word not in others | _FUNCTION_WORDS)


def _said_in(text: str, names: frozenset[str]) -> frozenset[str]:
    """Return the words of a text, and the words of fields' names for which they stand."""
    said = frozenset(words(_WITHOUT_TAX.sub(" net ", _WITH_TAX.sub(" gross ", text))))
    return said | {name for name in names - said if any(_stands_for(word, name) for word in said)}


@lru_cache(maxsize=1 << 15)
def _stands_for(word: str, name: str) -> bool:
    """Return whether a word names the same unit as a word of a field's name, or is shortened in it: mbr of member."""
    if unit_named(name) is not None:
        return len(word) > 1 and unit_named(word) == unit_named(name)
    letters = iter(word)
    is_short = name.isalpha() and len(name) > 2 and len(word) > len(name) + 1 and word[0] == name[0]
    return is_short and (len(name) > 3 and word.startswith(name) or _VOWELS.isdisjoint(name) and all(
        letter in letters for letter in name))


def _other_field(
    figure: Figure, fields: Sequence[Any], part: Clause, said: frozenset[str],
    everywhere: Sequence[tuple[Figure, frozenset[str], str]]
) -> Iterator[tuple[str, str]]:
    """Yield the field whose value a figure is, and the one to whose name it is tied."""
    whole = frozenset(words(part.sentence)) if part.in_table else said
    holders = [
        (thing, key, names, numbers)
        for thing, numbers, names in fields
        for key, value in numbers.items()
        if arithmetic.says(figure, value)
    ]
    has_unit = any(_is_in_unit_of(figure, key) for _, key, _, _ in holders)
    said = said.difference(words(part.text[figure.start : figure.end])) if has_unit else said
    if not holders or any(_is_said(names[key], whole) or _is_generic(key, names[key]) and not _is_part_of_another(
            key, names, said) for _, key, names, _ in holders):
        return
    given = {
        word
        for _, key, names, numbers in holders
        for other, value in numbers.items()
        if other != key and any(arithmetic.says(one, value) and names[other] & beside for one, beside, _ in everywhere)
        for word in names[other]
    }
    for _, key, names, numbers in holders:
        for other, value in numbers.items():
            if (
                other != key
                and name_words(other)[-1] not in ID_ENDINGS
                and not ((has_unit or figure.unit and unit_of_key(other)) and not _is_in_unit_of(figure, other))
                and (names[other] & said - given or _stands_before(figure, part.text, names[other]))
                and (figure.noun in _NO_NOUNS or singular(figure.noun) in name_terms(other)
                     or _is_in_unit_of(figure, other))
                and (_stands_before(figure, part.text, names[other])
                     or not any(arithmetic.says(one, value) and (names[other] & beside or sentence != part.sentence)
                                for one, beside, sentence in everywhere))
                and not arithmetic.says(figure, value)
            ):
                yield key, other
                return


def _is_generic(key: str, names: frozenset[str]) -> bool:
    """Return whether a field's name may be said of any number, as `total`; not if it has a sign of its own, as p95."""
    return names <= _GENERIC and not any(map(str.isdigit, key))


def _is_part_of_another(key: str, names: Mapping[str, frozenset[str]], said: frozenset[str]) -> bool:
    """Return whether a field's name is a part of another one's of which the rest was said: price, where the member's
    price is spoken of."""
    terms = {*name_terms(key)}
    return not names[key] and any(own & said and terms < {*name_terms(other)} for other, own in names.items())


def _is_said(names: frozenset[str], said: frozenset[str]) -> bool:
    """Return whether a word of a field's name was said, in any form."""
    return any(akin(name, word) for name in names for word in said)


def _is_in_unit_of(figure: Figure, key: str) -> bool:
    """Return whether a figure has the unit that a field's name gives, or is money of a field for that."""
    if figure.unit is None:
        return False
    unit = unit_of_key(key)
    if figure.unit.is_money and not PRICE_WORDS.isdisjoint(name_words(key)):
        return unit is None or not unit.is_money or unit.fits(figure.unit)
    return unit is not None and unit.fits(figure.unit)


def _stands_before(figure: Figure, text: str, names: frozenset[str]) -> bool:
    """Return whether one of the words is tied to a figure at once, as in a deposit of €1,350, alone in its clause."""
    tied = _TIED.search(text[: figure.start])
    return tied is not None and bool(set(words(tied["name"])) & names) and len(figures_in(text)) == 1


def other_currency(answer: str, known: Known) -> Iterator[str]:
    """Yield the amounts of money in a currency in which nothing was shown and of which nobody spoke, when amounts in
    another one were shown."""
    money = {one.unit for one in known.amounts if one.unit is not None and one.unit.dimension == "money"} - {CENT}
    told = {value for one in known.evidence.told_figures for value in one.values}
    found = [one for one in figures_in(answer) if one.unit is not None and one.unit.dimension == "money"
             and one.values[0] not in told and not any(map(one.unit.fits, money))] if money else []
    spoken = [unit_named(word) for word in (*known.words, *known.codes)] if found else []
    yield from (f"{one.text} in {one.unit.name}" for one in found
                if one.unit is not None and not any(unit is not None and one.unit.fits(unit) for unit in spoken))


def other_moment(answer: str, known: Known) -> Iterator[str]:
    """Yield the days and times that an answer ties to a field of which they are not the value, when another field of
    the same thing has them and people had not named them."""
    things = [fields for fields in map(_moments_of, known.things) if len(fields) > 1]
    if not things:
        return
    for sentence in sentences_of(answer):
        stated: list[Moment] = sorted([*days_in(sentence), *times_in(sentence)], key=lambda one: one.start)
        for place, moment in enumerate(stated):
            start = stated[place - 1].end if place else 0
            tied = _tied(sentence[start : moment.start])
            if tied and not _was_told(moment, known):
                for key, other in _other(moment, tied, things):
                    yield f"{sentence[moment.start : moment.end]} is the {key}, not the {other}"


def _moments_of(thing: Thing) -> dict[str, Any]:
    return {key: value for key, value in thing.values if isinstance(value, str) and (
        day_of(value) or value[:1].isdigit() and len(value) <= 5 and minutes_in(value))}


def _tied(before: str) -> list[str]:
    """Return the last words before a day or a time, the nearest first, as far as they belong to it."""
    near = _PAST_IT.split(before)[-1]
    return [word for word in words(near)[::-1] if word in _EITHER_END or word not in FUNCTION_WORDS][:_NEAREST]


def _was_told(moment: Moment, known: Known) -> bool:
    if isinstance(moment, TimeMention):
        return any(moment.minutes & told for told in known.evidence.told_times)
    return any(set(moment.readings) & set(told.readings) or any(told.fits(day) for day in moment.days())
               for told in known.evidence.told_days)


def _other(moment: Moment, tied: Sequence[str], things: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the field whose value a moment is, and the one that the nearest word before it names."""
    holders = [(key, fields) for fields in things for key, value in fields.items() if _is_at(moment, value)]
    for word in tied if holders else ():
        if any(_means(word, key) for key, _ in holders):
            return
        for key, fields in holders:
            named = [other for other, value in fields.items() if _means(word, other) and _is_of_kind(moment, value)
                     and not _may_be_at(word, fields[key], value)]
            is_any = word in _BEGINS | _CEASES or not any(word in name_terms(other) for other in named)
            is_end = word in _EITHER_END and is_any
            if named and (any(side & set(name_terms(key)) for side in _ENDS) or not is_end):
                yield key, named[0]
                return


def _may_be_at(word: str, stated: str, named: str) -> bool:
    """Return whether something may begin or end, as a preposition says, at the stated moment rather than the named
    one: begin at the earlier, end at the later."""
    first, second = ((day_of(one) or date.min, min(minutes_in(one), default=0)) for one in (stated, named))
    return first < second if word in _BEGINS else first > second if word in _CEASES else False


def _is_at(moment: Moment, value: str) -> bool:
    if isinstance(moment, TimeMention):
        return bool(moment.minutes & minutes_in(value))
    day = day_of(value)
    return day is not None and moment.fits(day)


def _is_of_kind(moment: Moment, value: str) -> bool:
    return bool(minutes_in(value)) if isinstance(moment, TimeMention) else day_of(value) is not None


def _means(word: str, key: str) -> bool:
    """Return whether a word names a field, or the same end of a time as the field's name."""
    terms = set(name_terms(key)) - _BARE
    is_either = word not in _EITHER_WAY  # what closes may end, or a closure begin
    return any(akin(word, term) or is_either and any({word, term} <= side for side in _ENDS) for term in terms)


def other_choices(answer: str, known: Known, choices: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yield the choices of an enum that an answer gives when the results show another one of the field, of which the
    answer says nothing, and neither people nor results speak of the one that it gives."""
    shown: dict[str, set[str]] = {}
    for leaf in known.evidence.leaves:
        if leaf.path and leaf.path[-1] in choices and isinstance(leaf.value, str):
            shown.setdefault(leaf.path[-1], set()).add(leaf.value)
    if not shown:
        return
    spoken = {word for leaf in known.evidence.asked for word in _words(str(leaf))}
    spoken |= known.evidence.observed_all
    spoken |= {word for text in known.evidence.told for one in sentences_of(text) if not one.endswith("?")
               for word in words(one)}
    told = known.evidence.told_all
    stated = [words(_UNDER_WAY.sub(" ", one)) for one in sentences_of(answer)
              if not one.endswith("?") and not _DOUBTS.search(one)]
    said = frozenset(words(answer))
    for key, values in shown.items():
        if any(not same_words(word).isdisjoint(said) for value in values for word in _words(value)):
            continue
        for choice in sorted(choices[key] - values):
            own = _words(choice)
            heard = spoken if len(own) > 1 else spoken | told
            is_long = len(own) > 1 or min(map(len, own), default=0) >= _SHORTEST
            is_new = is_long and any(same_words(word).isdisjoint(heard) for word in own if word not in _QUANTIFIERS)
            if is_new and any(holds(sentence, own) for sentence in stated):
                yield f"{key} is {min(values)!r}, not {choice!r}"


def _words(value: str) -> list[str]:
    return words(value.replace("_", " "))


def documented_choices(document: Any) -> dict[str, frozenset[str]]:
    """Return the choices that an API's document gives for each property or parameter that is a text, by its name."""
    found: dict[str, set[str]] = {}
    for name, schema in _named_schemas(document):
        listed = schema.get("enum") if isinstance(schema, dict) else None
        if isinstance(listed, list):
            found.setdefault(name, set()).update(choice for choice in listed if isinstance(choice, str))
    return {name: frozenset(own) for name, own in found.items()}


def documented_texts(document: Any) -> dict[str, str]:
    """Return what an API's document says of each property and parameter, of all of one name together."""
    found: dict[str, dict[str, None]] = {}
    for name, schema in _named_schemas(document):
        text = schema.get("description") if isinstance(schema, dict) else None
        if isinstance(text, str):
            found.setdefault(name, {})[text] = None
    return {name: "\n".join(texts) for name, texts in found.items()}


def _named_schemas(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each property and parameter of a document with its schema."""
    if isinstance(value, list):
        for inner in value:
            yield from _named_schemas(inner)
    elif isinstance(value, dict):
        if isinstance(value.get("name"), str):
            own = value.get("schema")
            yield value["name"], {"description": value.get("description"), **(own if isinstance(own, dict) else {})}
        if isinstance(value.get("properties"), dict):
            yield from value["properties"].items()
        for inner in value.values():
            yield from _named_schemas(inner)
