"""Time zones by what people call them: Asia/Tokyo by Tokyo or Japan, and what CET or UTC+2 stands for."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from toolalpaca.matching.language.codes import meanings, names_of

_OFFSET = re.compile(r"(?:\b(?:UTC|GMT)\s?|(?<=\d))(?P<sign>[+−-])(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?(?!\d)")
_SHORT = re.compile(r"\b[A-Z]{3,4}\b")
_NAME = re.compile(r"\b[A-Za-z]+(?:/[A-Za-z_]+){1,2}\b")
_LONGEST_OFFSET = 14  # hours
_SHORTEST = 4  # letters of a city's name


@cache
def names_of_zone(zone: str) -> tuple[str, ...]:
    """Return what people call a zone: the city that it is named after, its country and the people's adjective; nothing
    if there is no such zone."""
    from babel.core import get_global

    if "/" not in zone or zone not in available_timezones():
        return ()
    return zone.rpartition("/")[2].replace("_", " "), *names_of(get_global("zone_territories").get(zone, ""))


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
        named.update(_by_city().get(name.lower(), ()))
        if name[:1].isupper() and len(name) >= _SHORTEST:
            lands = [code for kind, code in meanings(name) if kind == "territory"]
            named.update(zone for land in lands for zone in _by_land().get(land, ()))
    yield from map(ZoneInfo, sorted(named))


@cache
def _by_city() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for zone in available_timezones():
        if (names := names_of_zone(zone)) and len(names[0]) >= _SHORTEST:
            found.setdefault(names[0].lower(), []).append(zone)
    return found


@cache
def _by_land() -> dict[str, list[str]]:
    from babel.core import get_global

    found: dict[str, list[str]] = {}
    for zone, land in get_global("zone_territories").items():
        if zone in available_timezones():
            found.setdefault(land, []).append(zone)
    return found


@cache
def _by_short_form() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    days = [datetime(2025, month, 15, tzinfo=UTC) for month in (1, 7)]
    for zone in sorted(available_timezones()):
        for short in {day.astimezone(ZoneInfo(zone)).tzname() for day in days} if names_of_zone(zone) else ():
            if short and short.isalpha():
                found.setdefault(short, []).append(zone)
    return found
