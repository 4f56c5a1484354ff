"""Places in a made-up answer: an object's city lies in its country, whose code, capital, currency and languages are
those it has."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from toolalpaca.core.words import name_key, name_words
from toolalpaca.simulator.faker.kinds import COUNTRIES

_COUNTRY_OF = {city: country for country, facts in COUNTRIES.items() for city in (*facts["cities"], facts["capital"])}
_BY_CODE = {facts["code"]: country for country, facts in COUNTRIES.items()}
_COUNTRY_WORDS = ("country", "nation")


class PlaceFields(NamedTuple):
    """An object's fields for its country, that country's code, its city, and facts about the country."""

    countries: tuple[str, ...]
    codes: tuple[str, ...]
    cities: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]  # a field and which fact it holds


@lru_cache(maxsize=20000)
def place_fields(names: tuple[str, ...]) -> PlaceFields | None:
    """Return the fields of an object with these names that say something of one place; None if fewer than two do."""
    last = {name: (name_words(name) or ("",))[-1] for name in names}
    codes = tuple(name for name in names if name_key(name) in ("countrycode", "countryiso"))
    countries = tuple(name for name in names if last[name] in _COUNTRY_WORDS and len(name_words(name)) == 1)
    cities = tuple(name for name in names if last[name] in ("city", "town") and len(name_words(name)) == 1)
    facts = tuple((name, name_key(name)) for name in names if name_key(name) in ("capital", "currency", "languages"))
    found = PlaceFields(countries, codes, cities, facts if countries else ())
    return found if countries or codes or cities else None


def asked_country(arguments: Mapping[str, Any]) -> str | None:
    """Return the country that a request's arguments name, or that of the city they name; None if it is not known."""
    texts = {name_key(name): value for name, value in arguments.items() if isinstance(value, str)}
    named = [_named(texts[name]) for name in ("country", "countrycode", "nation", "nationality") if name in texts]
    named += [_COUNTRY_OF.get(texts[name]) for name in ("city", "town") if name in texts]
    return next(filter(None, named), None)


def agreeing(value: Mapping[str, Any], fields: PlaceFields, asked: str | None) -> dict[str, Any]:
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
