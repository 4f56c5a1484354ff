"""Moments that are shown in UTC or as seconds since 1970, and what the clocks then show where people are."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone, tzinfo

from toolalpaca.core.words import name_words
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.times import DAY, TimeMention
from toolalpaca.matching.language.values import iso_moment, number
from toolalpaca.matching.language.zones import zones_in

_LONGEST = 400  # characters of an observed text in which a zone is looked for
_OFFSET_WORDS = frozenset({"off", "offset"})
_UNITS, _LONGEST_OFFSET = (3600, 60, 1), 14 * 3600  # in seconds, of which an offset is told by how large it is
_MOST = 60  # moments of a conversation that are read
_EAST, _WEST, _HOUR = 14 * 60, -11 * 60, 60


def zones_spoken_of(evidence: Evidence, about: Sequence[str] = ()) -> Iterator[tzinfo]:
    """Yield the zones that people, results and texts about an API speak of."""
    for text in (*evidence.told, *(text[:_LONGEST] for text in (*about, *evidence.observed_texts))):
        yield from zones_in(text)
    for leaf in evidence.leaves:
        parts, amount = name_words(leaf.path[-1]) if leaf.path else (), number(leaf.value)
        if amount is not None and not _OFFSET_WORDS.isdisjoint(parts):
            seconds = amount * next((unit for unit in _UNITS if abs(amount) * unit <= _LONGEST_OFFSET), 0)
            yield timezone(timedelta(seconds=seconds))


def local_moments(evidence: Evidence, about: Sequence[str] = ()) -> list[datetime]:
    """Return the moments that were shown in UTC as they are in each other zone that is spoken of."""
    shown = [moment for text in evidence.observed_texts if text[-1:] == "Z" and (moment := iso_moment(text))][:_MOST]
    zones = dict.fromkeys(zones_spoken_of(evidence, about)) if shown else ()
    local = (moment.astimezone(zone) for zone in zones for moment in shown)
    return [moment for moment in local if moment.utcoffset()]


def are_in_one_zone(
    left: Collection[TimeMention], stated: Collection[TimeMention], moments: Iterable[datetime]
) -> bool:
    """Return whether times that nothing shows are those of moments in UTC by one clock, which is a number of hours, or
    for several of them of half hours, from it, and no other time that is stated is one in UTC. A single one has to be
    more than a round number."""
    minutes = {moment.hour * _HOUR + moment.minute for moment in moments}
    several, half = len({time.minutes for time in left}) > 1, _HOUR // 2
    is_round = not several and any(minute % half == 0 for time in left for minute in time.minutes)
    if not minutes or is_round or any(time.minutes & minutes for time in stated if time not in left):
        return False
    step = half if several else _HOUR
    return any(all(any((minute + offset) % DAY in time.minutes for minute in minutes) for time in left)
               for offset in range(_WEST, _EAST + 1, step))
