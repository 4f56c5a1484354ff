"""Grounding of a moment that is written for another zone than people spoke in, or as seconds since 1970: 07:00Z for
nine in Madrid."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from toolalpaca.core.words import name_words
from toolalpaca.matching.arguments.grounded_days import moment_given
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.units import Unit, in_unit
from toolalpaca.matching.language.values import number
from toolalpaca.matching.language.zones import zones_in

_SECONDS = range(946_684_800, 4_102_444_800)  # of this century
_LONGEST = 400  # characters of an observed text in which a zone is looked for
_OFFSET_WORDS = frozenset({"off", "offset"})
_UNITS, _LONGEST_OFFSET = (3600, 60, 1), 14 * 3600  # in seconds, of which an offset is told by how large it is


def instant_given(value: object, evidence: Evidence) -> bool:
    """Return whether a moment with its zone, or a number of seconds or milliseconds since 1970, was given as a day with
    its time where people spoke of it, or as how long it is from now."""
    instant = _instant(value)
    if instant is None:
        return False
    for zone in dict.fromkeys(_zones(evidence)):
        local = instant.astimezone(zone)
        days: list[date] = [local.date()]
        if moment_given(local.strftime("%Y-%m-%dT%H:%M:%S"), days, evidence, frozenset(), literal=False):
            return True
        if evidence.now and _is_from(evidence.now.replace(tzinfo=zone), instant, evidence):
            return True
    return False


def _instant(value: object) -> datetime | None:
    amount = number(value)
    if amount is None:
        try:
            moment = datetime.fromisoformat(str(value).strip())
        except ValueError:
            return None
        return moment if moment.tzinfo is not None else None
    seconds = next((amount / factor for factor in (1, 1000) if int(amount / factor) in _SECONDS), None)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _zones(evidence: Evidence) -> Iterator[tzinfo]:
    """Yield the zones that moments may be meant in: the common one, and those that people or results speak of."""
    yield UTC
    for text in (*evidence.told, *(text[:_LONGEST] for text in evidence.observed_texts)):
        yield from zones_in(text)
    for leaf in evidence.leaves:
        parts, amount = name_words(leaf.path[-1]) if leaf.path else (), number(leaf.value)
        if amount is not None and not _OFFSET_WORDS.isdisjoint(parts):
            seconds = amount * next((unit for unit in _UNITS if abs(amount) * unit <= _LONGEST_OFFSET), 0)
            yield timezone(timedelta(seconds=seconds))


def _is_from(now: datetime, instant: datetime, evidence: Evidence) -> bool:
    """Return whether it is as long from now as people said, before or after."""
    second = Unit("duration", "second")
    spans = [span for figure in evidence.told_figures if figure.unit is not None
             for span in in_unit(figure.values[0], figure.unit, second)]
    return any(abs(abs((instant - now).total_seconds()) - span) < 1 for span in spans)
