"""Time zones by what people call them: Asia/Tokyo by Tokyo or Japan, and what CET or UTC+2 stands for."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib import resources
from importlib.util import find_spec
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from toolalpaca.matching.language.codes import meanings, names_of, without_accents
from toolalpaca.matching.language.text import listed, stands_in

_OFFSET = re.compile(
    r"(?:\b(?:UTC|GMT)\s?|(?<=:\d\d))(?P<sign>[+−-])(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?(?!\d)"
)
_SHORT = re.compile(r"\b[A-Z]{3,4}\b")
_NAME = re.compile(r"\b[A-Za-z]+(?:/[A-Za-z_]+){1,2}\b")
_PLACE = re.compile(r"(?P<lat>[+-]\d{4,6})(?P<lon>[+-]\d{5,7})")
_WORDS = frozenset(listed("north south east west eastern central mountain pacific atlantic general universal"))  # too
_LONGEST_OFFSET = 14  # hours
_SHORTEST = 4  # letters of a city's name


@cache
def _lands() -> dict[str, str]:
    """Return the country of each zone, by every name that it has."""
    from babel.core import get_global

    lands = {zone: land for zone, land in get_global("zone_territories").items() if "/" in zone}
    return lands | {alias: lands[zone] for alias, zone in get_global("zone_aliases").items() if zone in lands
                    and "/" in alias}


@cache
def names_of_zone(zone: str) -> tuple[str, ...]:
    """Return what people call a zone: the city that it is named after, its country and the people's adjective; nothing
    if there is no such zone."""
    land = _lands().get(zone)
    if land is None:
        return ()
    lands = (name for name in names_of(land) if ("territory", land) in meanings(name))
    return zone.rpartition("/")[2].replace("_", " "), *lands


def cities_of(land: str) -> Iterator[str]:
    """Yield the cities that the zones of a country, by its code, are named after."""
    yield from (zone.rpartition("/")[2].replace("_", " ") for zone in _by_land().get(land, ()))


def zones_in(text: str) -> Iterator[tzinfo]:
    """Yield the zones that a text speaks of: by name, by a city, a country of one zone, a short form or an offset."""
    for match in _OFFSET.finditer(text):
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        if offset <= timedelta(hours=_LONGEST_OFFSET):
            yield timezone(offset if match["sign"] == "+" else -offset)
    named = {zone for zone in _NAME.findall(text) if names_of_zone(zone)}
    for short in _SHORT.findall(text):
        named.update(_by_short_form().get(short, ()))
    parts = re.findall(r"[^\W\d_]+", text)
    for name in {" ".join(parts[place : place + size]) for size in (1, 2, 3) for place in range(len(parts))}:
        is_zone = name.lower() not in _WORDS or f"{name} time" in text
        named.update(_by_city().get(name.lower(), ()) if is_zone else ())
        if name[:1].isupper() and (len(name) >= _SHORTEST or f"{name} time" in text):
            lands = [code for kind, code in meanings(name) if kind == "territory"]
            named.update(zone for land in lands for zone in _by_land().get(land, ()))
    yield from map(_zone, sorted(named))


@cache
def _by_city() -> dict[str, list[str]]:
    cities = [(zone.rpartition("/")[2].replace("_", " ").lower(), zone) for zone in _lands()]
    return _gathered((city, zone) for city, zone in cities if len(city) >= _SHORTEST)


def lands_of_cities(text: str) -> set[str]:
    """Return the countries of the cities in a text that zones are named after."""
    plain = without_accents(text)
    return {_lands()[zone] for city, zones in _by_city().items() if stands_in(city, plain) for zone in zones}


@cache
def _by_land() -> dict[str, list[str]]:
    return _gathered((land, zone) for zone, land in _lands().items())


@cache
def _by_short_form() -> dict[str, list[str]]:
    days = [datetime(2025, month, 15, tzinfo=UTC) for month in (1, 7)]
    short_forms = ((day.astimezone(_zone(zone)).tzname() or "", zone) for zone in _lands() for day in days)
    return _gathered((short, zone) for short, zone in short_forms if short.isalpha())


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, zone in pairs:
        found.setdefault(name, []).append(zone)
    return found


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC  # which this machine does not know


@cache
def cities_that_lie() -> dict[str, tuple[float, float]]:
    """Return the latitude and longitude of the cities that zones are named after, as far as this machine knows them."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text() if find_spec("tzdata") else ""
    rows = (line.split("\t") for line in table.splitlines() if line[:1] != "#")
    places = ((row[2].rpartition("/")[2].replace("_", " "), _PLACE.fullmatch(row[1])) for row in rows if len(row) > 2)
    return {city.lower(): (_degrees(place["lat"], 2), _degrees(place["lon"], 3)) for city, place in places if place}


def _degrees(written: str, whole: int) -> float:
    """Return an angle that is written as sign, degrees, minutes and perhaps seconds."""
    digits = written[1:]
    parts = [digits[:whole], digits[whole : whole + 2], digits[whole + 2 :] or "0"]
    amount = sum(int(part) / 60**place for place, part in enumerate(parts))
    return -amount if written[0] == "-" else amount
