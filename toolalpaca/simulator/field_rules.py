"""Rules for the fields of a made-up answer: numbers keep to the bounds asked for, the least of something is not over
the most, a person has the name in the e-mail address, a city lies in its country, dates lie in a plausible range,
totals are those of the items, a loan's payments those of its terms."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from toolalpaca.core.words import name_key, name_words, singular
from toolalpaca.simulator.faker.kinds import COUNTRIES, field_kind
from toolalpaca.simulator.request_dates import DateMover, is_date

_COUNTRY_OF = {city: country for country, facts in COUNTRIES.items() for city in (*facts["cities"], facts["capital"])}
_BY_CODE = {facts["code"]: country for country, facts in COUNTRIES.items()}
_COUNTRY_WORDS = ("country", "nation")


class _PlaceFields(NamedTuple):
    """An object's fields for its country, that country's code, its city, and facts about the country."""

    countries: tuple[str, ...]
    codes: tuple[str, ...]
    cities: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]  # a field and which fact it holds


@lru_cache(maxsize=20000)
def _place_fields(names: tuple[str, ...]) -> _PlaceFields | None:
    """Return the fields of an object with these names that say something of one place; None if fewer than two do."""
    last = {name: (name_words(name) or ("",))[-1] for name in names}
    codes = tuple(name for name in names if name_key(name) in ("countrycode", "countryiso"))
    countries = tuple(name for name in names if last[name] in _COUNTRY_WORDS and len(name_words(name)) == 1)
    cities = tuple(name for name in names if last[name] in ("city", "town") and len(name_words(name)) == 1)
    facts = tuple((name, name_key(name)) for name in names if name_key(name) in ("capital", "currency", "languages"))
    found = _PlaceFields(countries, codes, cities, facts if countries else ())
    return found if countries or codes or cities else None


def asked_country(arguments: Mapping[str, Any]) -> str | None:
    """Return the country that a request's arguments name, or that of the city they name; None if it is not known."""
    texts = {name_key(name): value for name, value in arguments.items() if isinstance(value, str)}
    named = [_named(texts[name]) for name in ("country", "countrycode", "nation", "nationality") if name in texts]
    named += [_COUNTRY_OF.get(texts[name]) for name in ("city", "town") if name in texts]
    return next(filter(None, named), None)


def _agreeing(value: Mapping[str, Any], fields: _PlaceFields, asked: str | None) -> dict[str, Any]:
    """Return the fields of an object that change so that all of them are about the country asked for, or else about the
    one in which its city lies."""
    city = next((value[name] for name in fields.cities if isinstance(value[name], str)), None)
    named = next((known for name in (*fields.countries, *fields.codes) if (known := _named(value[name]))), None)
    country = asked or _COUNTRY_OF.get(city or "") or named
    if country is None:
        return {}
    facts = COUNTRIES[country]
    changed: dict[str, Any] = {}
    if city is not None and _COUNTRY_OF.get(city) not in (None, country):
        changed |= dict.fromkeys(fields.cities, facts["cities"][len(city) % len(facts["cities"])])
    for name in (*fields.countries, *fields.codes):
        if _named(value[name]) not in (None, country):
            changed[name] = country if value[name] in COUNTRIES else facts["code"]
    return changed | {name: facts[fact] for name, fact in fields.facts
                      if type(value[name]) is type(facts[fact]) and value[name] != facts[fact]}


def _named(text: Any) -> str | None:
    return (text if text in COUNTRIES else _BY_CODE.get(text)) if isinstance(text, str) else None


Bounds = dict[str, list[tuple[str, float]]]  # by a field's plain name: "min" or "max", and the number
_ENDS_OF_SPANS = tuple((frozenset(low.split()), frozenset(high.split())) for low, high in (
    ("min minimum least", "max maximum most"), ("low lowest", "high highest"), ("cheapest", "dearest priciest")))
_BETWEEN = frozenset({"average", "current", "latest", "mean", "median", "typical"})
_UNITS = frozenset({"celsius", "cm", "eur", "gb", "hours", "kg", "kilograms", "kilometres", "km", "m", "mb", "metres",
                    "minutes", "mm", "ms", "seconds", "usd", "euros", "dollars", "pounds", "grams", "litres", "liters",
                    "miles", "feet", "square", "cubic", "meters", "kilometers", "centimetres", "centimeters", "percent",
                    "pct", "hectares", "acres", "days", "degrees", "fahrenheit", "kwh", "watts"})
_EMAIL = re.compile(r"([a-z]{2,})[._]([a-z]{2,})@.*")


def bounds_of(arguments: Mapping[str, Any]) -> Bounds:
    """Return the bounds that arguments such as `minPrice` and `price_max` set."""
    bounds: Bounds = {}
    for name, value in arguments.items():
        words = name_words(name) if type(value) in (int, float) else ()
        for side, marks in zip(("min", "max"), _ENDS_OF_SPANS[0], strict=True):
            if not marks.isdisjoint(words):
                bounds.setdefault("".join(word for word in words if word not in marks), []).append((side, value))
    return bounds


@dataclass
class FieldRules:
    """The rules for one answer. `by_email` says whether persons are named by their addresses; `generator` is asked for
    random numbers if a number breaks its bounds; `country` is the one that the request is about."""

    mover: DateMover
    bounds: Bounds
    by_email: bool
    generator: Callable[[], random.Random]
    country: str | None = None
    _freed: dict[str, str] = field(default_factory=dict)  # what persons were called, by what they are called now

    @cached_property
    def _random(self) -> random.Random:
        return self.generator()

    def applied(self, value: Any, start: float = 0.0, end: float = 1.0) -> Any:
        """Return the value with the rules applied, itself if they change nothing; `start` to `end` is the part of the
        time asked about that its dates may lie in."""
        if type(value) is dict:
            return self._object(value, start, end)
        return self._list(value, start, end) if type(value) is list else value

    def _list(self, items: list[Any], start: float, end: float) -> list[Any]:
        """Return the items, each with its own part of the time, in their order."""
        width = (end - start) / max(1, len(items))
        result = items
        for place, item in enumerate(items):
            if type(item) is dict or type(item) is list:
                new = self.applied(item, start + width * place, start + width * (place + 1))
                if new is not item:
                    result = result if result is not items else items.copy()
                    result[place] = new
        return result

    def _object(self, value: dict[str, Any], start: float, end: float) -> dict[str, Any]:
        fields = _fields_of(tuple(value))
        has_bounds = bool(self.bounds) and not fields.bounded.isdisjoint(self.bounds)
        dates: dict[str, str] = {}
        inner: list[str] = []
        for name, part in value.items():
            kind = type(part)
            if kind is str:
                if part[4:5] == "-" and is_date(part):
                    dates[name] = part
            elif kind is dict or kind is list or kind is not bool and has_bounds:
                inner.append(name)
        changed: dict[str, Any] = self.mover.moved(dates, start, end) if dates else {}
        if self.by_email and fields.emails:
            changed |= self._named_by_email(value, fields)
        for name in inner:
            part = value[name]
            new = self.applied(part, start, end) if type(part) is dict or type(part) is list \
                else self._bounded(part, name)
            if new is not part:
                changed[name] = new
        if fields.spans:
            changed |= _ordered({**value, **changed}, fields)
        if fields.places is not None:
            changed |= _agreeing(value, fields.places, self.country)
        return {**value, **changed} if changed else value

    def _named_by_email(self, value: dict[str, Any], fields: "_Fields") -> dict[str, str]:
        """Return the names that a person has by the e-mail address: Lena Ortiz for lena.ortiz@x.org. Another person of
        that name has what this one was called before."""
        address = next((value[name] for name in fields.emails if isinstance(value[name], str)), "")
        parts = _EMAIL.fullmatch(address) if address else None
        persons = [name for name in fields.persons if isinstance(value[name], str)]
        if parts is None:
            return {name: self._freed[value[name]] for name in persons if value[name] in self._freed}
        full_name = f"{parts[1]} {parts[2]}".title()
        if persons and value[persons[0]] != full_name:
            self._freed[full_name] = value[persons[0]]
        return dict.fromkeys(persons, full_name)

    def _bounded(self, value: Any, name: str) -> Any:
        """Return a number, or one a little inside of the bound that it breaks; other values as they are."""
        bounds = self.bounds.get(_bounded_name(name)) or self.bounds.get(name_key(name))
        if bounds is None or type(value) is not int and type(value) is not float:
            return value
        for side, bound in bounds:
            if side == "min" and value < bound or side == "max" and value > bound:
                inside = bound * (1 + (0.25 if side == "min" else -0.25) * self._random.random())
                value = round(inside) if type(value) is int else round(inside, 2)
        return value


class _Fields(NamedTuple):
    """The names by which the fields of an object may be bounded, those that hold an e-mail address, those that hold a
    person's name, the pairs that hold the least and the most of something, such as `minPlayers` and `maxPlayers`, each
    with the fields for a value in between, and the fields about a place."""

    bounded: frozenset[str]
    emails: tuple[str, ...]
    persons: tuple[str, ...]
    spans: tuple[tuple[str, str, tuple[str, ...]], ...]
    places: _PlaceFields | None


@lru_cache(maxsize=20000)
def _fields_of(names: tuple[str, ...]) -> _Fields:
    return _Fields(frozenset((*map(name_key, names), *map(_bounded_name, names))),
                   tuple(name for name in names if name_key(name).endswith("email")),
                   tuple(name for name in names if name_key(name) in ("displayname", "fullname", "name")
                         and field_kind(name, "user", "") == "person"), _spans_in(names), _place_fields(names))


@lru_cache(maxsize=20000)
def _bounded_name(name: str) -> str:
    """Return a field's plain name without its unit: `minRadius` bounds `radiusKm`."""
    words = name_words(name)
    while len(words) > 1 and words[-1] in _UNITS:
        words = words[:-1]
    return "".join(words)


def _spans_in(names: tuple[str, ...]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    spans = []
    for ends in _ENDS_OF_SPANS:
        sides = {_without(name, ends): name for name in reversed(names) if set(name_words(name)) & ends[0]}
        for name in names:
            if set(name_words(name)) & ends[1] and (least := sides.get(_without(name, ends))) is not None:
                spans.append((least, name, tuple(one for one in names if set(name_words(one)) & _BETWEEN
                                                 and _without(one, ends) == _without(name, ends))))
    return tuple(spans)


def _without(name: str, ends: tuple[frozenset[str], frozenset[str]]) -> tuple[str, ...]:
    return tuple(word for word in name_words(name) if word not in ends[0] | ends[1] | _BETWEEN)


def _ordered(value: dict[str, Any], fields: _Fields) -> dict[str, Any]:
    """Return the numbers of the pairs that are the wrong way round, exchanged, and what is not between them in the
    middle."""
    changed: dict[str, Any] = {}
    for least, most, between in fields.spans:
        kinds = {type(value[least]), type(value[most])}
        if kinds <= {int, float} and len(kinds) == 1:
            low, high = sorted((value[least], value[most]))
            changed |= {least: low, most: high} if value[least] > value[most] else {}
            changed |= {name: type(low)(round((low + high) / 2, 2)) for name in between
                        if type(value[name]) in kinds and not low <= value[name] <= high}
    return changed


_LOANS = {"principal": frozenset({"principal", "loanamount", "loan"}),
          "rate": frozenset({"interestrate", "annualrate", "annualinterestrate", "rate", "apr", "interest"}),
          "years": frozenset({"years", "termyears", "loanyears", "year"}),
          "months": frozenset({"months", "termmonths", "loanmonths"})}
_PAYMENTS = frozenset({"monthlypayment", "monthlyinstallment", "monthlyinstalment", "monthlyrate"})
_INTEREST = frozenset({"totalinterest", "interestpaid", "totalinterestpaid"})
_PAID = frozenset({"totalpaid", "totalpayment", "totalpayments", "totalrepayment", "totalcost"})


def with_totals(body: Any, arguments: Mapping[str, Any]) -> Any:
    """Return an answer whose numbers add up, given the values that the request gives."""
    if not isinstance(body, dict):
        return body
    changed: dict[str, Any] = {}
    for total, added in _totalled(tuple(body)):
        items = [item for part in body.values() if isinstance(part, list) for item in part if isinstance(item, dict)]
        numbers = [value for item in items for name, value in item.items()
                   if singular(name_key(name)) == added and type(value) in (int, float)]
        if numbers and len(numbers) == len(items) and type(body[total]) in (int, float):
            changed[total] = round(sum(numbers), 2)
    if any(name_key(name) in _PAYMENTS for name in body):
        changed |= _loan(body, {name_key(name): value for name, value in (*body.items(), *arguments.items())})
    return body | changed if changed else body


@lru_cache(maxsize=5000)
def _totalled(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the fields for totals, such as `totalPrice`, each with the plain name of what is added up."""
    words = {name: name_words(name) for name in names}
    return tuple((name, singular("".join(parts[1:]))) for name, parts in words.items()
                 if len(parts) > 1 and parts[0] == "total")


def _loan(body: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return the payments of a loan that is paid off in equal parts, and what they come to; {} if the request does not
    say all that they depend on."""
    numbers = {name: value for name, value in values.items() if type(value) in (int, float)}
    known = {fact: next((value for name, value in numbers.items() if name in names), None)
             for fact, names in _LOANS.items()}
    months = known["months"] or 12 * (known["years"] or 0)
    if not known["principal"] or known["rate"] is None or not 0 < months <= 1200 or not 0 <= known["rate"] <= 100:
        return {}
    monthly = known["rate"] / 1200
    payment = round(known["principal"] * (monthly / (1 - (1 + monthly) ** -months) if monthly else 1 / months), 2)
    paid = round(payment * months, 2)
    facts = {**dict.fromkeys(_PAYMENTS, payment), **dict.fromkeys(_PAID, paid),
             **dict.fromkeys(_INTEREST, round(paid - known["principal"], 2))}
    return {name: facts[name_key(name)] for name in body if name_key(name) in facts}
