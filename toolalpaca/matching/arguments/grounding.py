"""Grounding of an argument's value: by what people said, or by what earlier calls had shown.

The one rule of verification and scorer. With `literal` only what is written counts, in any usual spelling: the scorer
asks so whether an instruction fixes a value. Without it a value may also follow from what is known by one step: a unit
converted, two numbers multiplied, a day moved by what was said. The verification asks so whether an assistant could
have known a value.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from toolalpaca.core.words import words
from toolalpaca.matching.arguments import documented
from toolalpaca.matching.arguments.grounded_counts import how_many_wanted
from toolalpaca.matching.arguments.grounded_days import is_bound_by_mistake, moment_given, period_given
from toolalpaca.matching.arguments.grounded_languages import is_land_known, is_language_known
from toolalpaca.matching.arguments.grounded_moments import instant_given
from toolalpaca.matching.arguments.grounded_numbers import number_given
from toolalpaca.matching.arguments.grounded_people import PARTY
from toolalpaca.matching.arguments.grounded_spans import lies_where_people_said, numbers_a_weekday
from toolalpaca.matching.arguments.grounded_texts import is_respelt, text_given
from toolalpaca.matching.arguments.grounded_times import time_given
from toolalpaca.matching.arguments.grounded_units import judged_units
from toolalpaca.matching.facts.evidence import CONTACT, Evidence
from toolalpaca.matching.language import choices
from toolalpaca.matching.language.codes import currencies_named, names_of
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.superlatives import extremes_in
from toolalpaca.matching.language.text import ORDER_WORDS, POSITION_WORDS, WINDOW_WORDS, places_of
from toolalpaca.matching.language.times import times_in
from toolalpaca.matching.language.values import comma_list, number
from toolalpaca.openapi.schema_parts import items_of, parts_of, properties_of

EMPTY: Mapping[str, Any] = MappingProxyType({})
_STATES = frozenset({"status", "state", "stage"})
_CHANNELS = frozenset({"email", "mail", "phone", "sms", "text", "call", "push", "post", "letter", "whatsapp", "fax"})
_STEPS = frozenset({"step", "interval", "granularity", "resolution", "bucket", "grouping", "aggregation"})
_MEAN = re.compile(r"\b(?:on average|average|mean|typical(?:ly)?)\b", re.IGNORECASE)
_RATE = re.compile(r"\b(?:per|an?|each|every) (?:minute|hour|day|week|month|quarter|year)\b", re.IGNORECASE)
_PAIR = re.compile(r"([A-Z]{3})[/_-]?([A-Z]{3})")
_HOW_MANY = re.compile(
    r"\W*(?:how many|(?:number of |most |max(?:imum)? )?(?:entries|rows|results|items|hits|matches))\b"
    r"(?: (?:to|are) \w+)?\W*(?:$|\d|if\b|default)", re.IGNORECASE)
_LEADS = re.compile(r"\b(?:leads?|leading|leaders?|led|ahead|top|most)\b", re.IGNORECASE)
_FEW_AHEAD = 3  # of whom the first is the one that is asked about
_WINDOW = WINDOW_WORDS | {"max", "maximum", "number", "start"}


@dataclass(frozen=True)
class Documented:
    """What a document says of a function: the schemas of its parameters, their descriptions, and its name."""

    schemas: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class SingleValue:
    """A value of an argument that is neither an object nor a list: its name with those above it, the words of these
    names, its schema, the description of the argument, the texts in the same list, and the call's other arguments."""

    value: Any
    where: str
    names: frozenset[str]
    schema: Mapping[str, Any]
    text: str = ""
    others: Collection[str] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)


def ungrounded(arguments: dict[str, Any], function: Documented, evidence: Evidence) -> Iterator[tuple[str, Any]]:
    """Yield the arguments, down to their single values, that were not given: each with the name it has.

    A description may explain a value; a search by the same function that found nothing allows another spelling of what
    it was asked with.
    """
    units = dict(judged_units(arguments, evidence))
    for name, value in arguments.items():
        beside = {other: given for other, given in arguments.items() if other != name}
        for one in (replace(one, beside=beside) for one in single_values(name, value, function)):
            if one.where in units and not units[one.where] or one.where not in units and not (
                _is_given(one, evidence, literal=False)
                or _is_default(one)
                or function.name not in evidence.deeds and (
                    _is_window(one, evidence)
                    or documented.is_season_of_example(one.value, one.text, one.names, evidence))
                or _follows_from_document(one, evidence)
                or isinstance(one.value, str) and is_respelt(one.value, name, function.name, evidence)
                or is_language_known(one.value, name, arguments, evidence)
                or is_land_known(one.value, name, arguments, evidence)
            ):
                yield one.where, one.value


def _follows_from_document(one: SingleValue, evidence: Evidence) -> bool:
    """Return whether the document explains a value: what it means, that it holds by default, how large it may be."""
    value, text, options = one.value, one.text, one.schema.get("enum")
    may_be_default = not isinstance(options, list) and not documented.is_counted(one.names, evidence)
    return (
        may_be_default and documented.is_default(value, text)
        or documented.is_on_scale(value, text, one.names, evidence)
        or documented.is_most_of_it(value, one.schema, evidence.told_text)
        or documented.is_how_many_back(value, text, one.names, evidence)
        or documented.is_explained(value, text, options if isinstance(options, list) else (), evidence)
    )


def single_values(name: str, value: Any, function: Documented) -> Iterator[SingleValue]:
    """Yield the single values of an argument that say something."""
    siblings = [leaf for leaf in value if isinstance(leaf, str)] if isinstance(value, list) else []
    schema, text = function.schemas.get(name, {}), function.descriptions.get(name, "")
    whole = SingleValue(value, name, _name_words(name), schema, text, siblings)
    return _single_values(whole, function.document)


def _single_values(one: SingleValue, document: dict[str, Any]) -> Iterator[SingleValue]:
    if isinstance(one.value, dict):
        for name, inner in one.value.items():
            schema = properties_of(document, one.schema).get(name, {})
            where, names = f"{one.where}.{name}", one.names | _name_words(name)
            yield from _single_values(replace(one, value=inner, where=where, names=names, schema=schema), document)
    elif isinstance(one.value, list):
        for inner in one.value:
            yield from _single_values(replace(one, value=inner, schema=items_of(document, one.schema)), document)
    elif one.value not in (None, "") and not isinstance(one.value, bool):
        yield replace(one, schema=_opened(one.schema, document))


def is_given(
    value: Any, evidence: Evidence, names: frozenset[str], schema: Mapping[str, Any] = EMPTY, *, literal: bool = False
) -> bool:
    """Return whether a single value was given; `names` are the words of the argument's name."""
    return _is_given(SingleValue(value, "", names, schema), evidence, literal=literal)


def _is_given(one: SingleValue, evidence: Evidence, *, literal: bool) -> bool:
    value, names, options = one.value, one.names, one.schema.get("enum")
    if isinstance(options, list) and value in options and isinstance(value, str):
        return _is_choice_given(one, options, evidence, literal=literal)
    as_number, text = number(value), str(value)
    if as_number is not None and number_given(
        as_number, evidence, names, literal=literal, about=one.text
    ):
        return True
    if as_number is not None and not isinstance(value, str):
        return not literal and (
            instant_given(value, evidence) or lies_where_people_said(as_number, names, evidence)
            or numbers_a_weekday(as_number, names, one.text, evidence)
        )
    days, times = days_in(text), times_in(text)
    if days and days[0].start == 0 and days[0].days():
        if not literal and is_bound_by_mistake(days[0].days(), names, evidence):
            return False
        return moment_given(text, days[0].days(), evidence, names, literal=literal) or (
            not literal and instant_given(text, evidence))
    if times and times[0].start == 0 and times[0].end == len(text.strip()):
        return time_given(times[0].minutes, evidence, names) or text_given(text, evidence, names, literal=literal)
    parts = comma_list(text) or _pair(text, evidence.told_text)
    several = [replace(one, value=part, schema={}, others=(), text="") for part in parts]
    return (
        text_given(text, evidence, names, literal=literal, about=one.text)
        or period_given(text, evidence, literal=literal)
        or bool(several) and all(_is_given(part, evidence, literal=literal) for part in several)
    )


def _pair(text: str, told: str) -> tuple[str, ...]:
    """Return the two currencies of a pair such as EUR/JPY that were named in this order, nothing for other texts."""
    match = _PAIR.fullmatch(text)
    if match is None or not all(map(currencies_named, match.groups())):
        return ()
    first, second = (min((place for name in (code, *names_of(code)) for place in places_of(name.lower(), told.lower())),
                         default=-1) for code in match.groups())
    return match.groups() if 0 <= first < second else ()


def _is_choice_given(one: SingleValue, options: list[Any], evidence: Evidence, *, literal: bool) -> bool:
    """Return whether a choice of an enum was asked for or taken from a result, or, if not `literal`, no other was."""
    taken = {*one.others, *(evidence.elsewhere if one.names & _STATES else ())}
    # Of several that were named, or kinds of people, one call is made for each, alike but for that.
    is_party = bool(PARTY.intersection(map(str, options)))
    taken |= {choice for before in evidence.results if (choice := before.call.given.get(one.where)) in options
              and (is_party or before.call.function not in evidence.deeds and before.seen.succeeded
                   and not before.found_nothing and before.call.given == {**one.beside, one.where: choice})}
    if one.names & _STEPS and _MEAN.search(evidence.told_text):
        evidence = evidence.without(_RATE)
    said = choices.verdict(one.value, options, evidence.told, is_order=bool(one.names & ORDER_WORDS), taken=taken)
    if said == choices.GIVEN or literal:
        return said == choices.GIVEN
    if len(_CHANNELS.intersection(map(str, options))) <= 1:
        evidence = evidence.without(CONTACT)
        said = choices.verdict(one.value, options, evidence.told, is_order=bool(one.names & ORDER_WORDS), taken=taken)
    left = [option for option in options if option not in taken]
    is_free = said == choices.UNSAID and (
        bool(one.names & ORDER_WORDS) or not documented.is_another_meant(one.value, one.text, left, evidence)
    )
    return is_free or _is_observed(one.value, evidence)


def _is_observed(value: str, evidence: Evidence) -> bool:
    """Return whether an earlier result has this very value; an enum's choice may be taken from one."""
    return any(leaf.value == value for leaf in evidence.leaves)


def is_free_choice(one: SingleValue, evidence: Evidence) -> bool:
    """Return whether the assistant may take a choice of an enum unasked: the default, an order, one that was seen."""
    return bool(one.names & ORDER_WORDS) or _is_default(one) or _is_observed(one.value, evidence)


def _is_window(one: SingleValue, evidence: Evidence) -> bool:
    """Return whether a number only says how much of a list is to be shown, which assistants may choose: if people said
    how many they want, that many, or at least twice as many to pick from."""
    amount = number(one.value)
    if amount is None or (not one.names & _WINDOW or one.names - _WINDOW) and not _HOW_MANY.match(one.text):
        return False
    told = any(figure.unit is None and figure.step == 1 and figure.values[0] > 1 for figure in evidence.told_figures)
    leads = _LEADS.search(evidence.told_text) or any(extremes_in(evidence.told_text))
    if one.names - _WINDOW and told and not (amount <= _FEW_AHEAD and leads):
        return False
    wanted = how_many_wanted(evidence.told_text) if one.names.isdisjoint(POSITION_WORDS) else ()
    return not wanted or any(amount == many or amount >= 2 * many for many in wanted)


def _is_default(one: SingleValue) -> bool:
    return any(keyword in one.schema and one.schema[keyword] == one.value for keyword in ("default", "const"))


def _opened(schema: Any, document: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords that always hold, the schema's own before those of its parts."""
    merged: dict[str, Any] = {}
    for part, always in parts_of(document, schema):
        merged = {**part, **merged} if always else merged
    return merged


def _name_words(name: str) -> frozenset[str]:
    return frozenset(words(name.replace("_", " ")))
