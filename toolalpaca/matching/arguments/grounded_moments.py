"""Grounding of a moment that is written for another zone than people spoke in, or as seconds since 1970: 07:00Z for
nine in Madrid."""

from datetime import UTC, date, datetime

from toolalpaca.matching.arguments.grounded_days import moment_given
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.facts.local_times import zones_spoken_of
from toolalpaca.matching.language.units import Unit, in_unit
from toolalpaca.matching.language.values import iso_moment, number

_SECONDS = range(946_684_800, 4_102_444_800)  # of this century


def instant_given(value: object, evidence: Evidence) -> bool:
    """Return whether a moment with its zone, or a number of seconds or milliseconds since 1970, was given as a day with
    its time where people spoke of it, or as how long it is from now."""
    instant = _instant(value)
    if instant is None:
        return False
    for zone in dict.fromkeys((UTC, *zones_spoken_of(evidence))):
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
        moment = iso_moment(str(value))
        return moment if moment is not None and moment.tzinfo is not None else None
    seconds = next((amount / factor for factor in (1, 1000) if int(amount / factor) in _SECONDS), None)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _is_from(now: datetime, instant: datetime, evidence: Evidence) -> bool:
    """Return whether it is as long from now as people said, before or after."""
    second = Unit("duration", "second")
    spans = [span for figure in evidence.told_figures if figure.unit is not None
             for span in in_unit(figure.values[0], figure.unit, second)]
    return any(abs(abs((instant - now).total_seconds()) - span) < 1 for span in spans)
