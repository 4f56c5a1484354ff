"""Grounding of a time of day: said exactly, as an hour or as a part of the day, shown by a result, or moved by what was
said."""

import re

from toolalpaca.core.words import words
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.text import listed
from toolalpaca.matching.language.times import DAY, bare_hours, is_other_half, times_in
from toolalpaca.matching.language.units import Unit, in_unit

_PARTS_OF_DAY = {"morning": (300, 720), "lunch": (660, 840), "afternoon": (720, 1080), "evening": (1020, 1440),
                 "tonight": (1020, 1440), "night": (1200, 1440)}
_ENDINGS = frozenset(listed("end ends ending to until till finish finishes close closes stop stops back return out by"))
_MOVES = re.compile(
    r"\b(?:after(?:wards)?|before(?:hand)?|later|earlier|ahead|prior|advance|sooner|delay\w*|postpone\w*|push\w*|shift\w*"
    r"|mov\w+|reschedul\w+|extend\w*|prolong\w*|longer|shorter|forward|back|from now|in)\b", re.IGNORECASE)


def time_given(minutes: frozenset[int], evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a time of day was said, or shown by a result; or follows from one by a span, if the argument is
    named after an end or people moved something."""
    is_moved = not _ENDINGS.isdisjoint(names) or bool(_MOVES.search(evidence.told_text))
    return (
        _in_part_of_day(minutes, evidence)
        or _hour_said(minutes, evidence)
        or any(minutes & said for said in (*evidence.told_times, *bare_hours(evidence.told_text)))
        or bool(minutes & (evidence.observed_times | (_moved_times(evidence) if is_moved else set())))
    )


def _hour_said(minutes: frozenset[int], evidence: Evidence) -> bool:
    """Return whether the hour of a time was said as a number, with its minutes if it has some: I was on the 10.15."""
    said = {word for text in evidence.told for word in words(_without_times(text))}
    return any(
        f"{hour}.{minute % 60:02d}".removesuffix("0") in said
        or not minute % 60 and str(hour) in said and not is_other_half(minute, hour, evidence.told_text)
        for minute in minutes
        for hour in {minute // 60, (minute // 60 + 11) % 12 + 1}
    )


def _without_times(text: str) -> str:
    for mention in reversed(times_in(text)):
        text = f"{text[:mention.start]} {text[mention.end:]}"
    return text


def _moved_times(evidence: Evidence) -> set[int]:
    """Return the times that are known, earlier and later by what was said: two hours after the ride at 11:00."""
    units = [(figure.values[0], figure.unit) for figure in evidence.told_figures if figure.unit is not None]
    spans = [round(span) for value, unit in units for span in in_unit(value, unit, Unit("duration", "minute"))]
    known = evidence.observed_times.union(*evidence.told_times)
    return {(minute + way * span) % DAY for minute in known for span in spans for way in (1, -1)}


def _in_part_of_day(minutes: frozenset[int], evidence: Evidence) -> bool:
    """Return whether a time is a full hour in a part of the day that was said, which has no fixed beginning and end,
    with no time in it."""
    exact = {minute for times in evidence.told_times for minute in times}
    said = [(first, last) for name, (first, last) in _PARTS_OF_DAY.items()
            if name in evidence.told_all and not any(first <= minute <= last for minute in exact)]
    return any(
        minute % 60 == 0 and first <= minute <= last
        and not is_other_half(minute, (minute // 60 + 11) % 12 + 1, evidence.told_text)
        for minute in minutes for first, last in said
    )
