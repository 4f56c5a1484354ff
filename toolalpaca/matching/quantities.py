"""Numbers, amounts with units, times and relative days as people write them, for comparing with arguments."""

import math
import re
from collections.abc import Iterator
from datetime import date, timedelta

from toolalpaca.core.text import words

# What one of a unit comes to in the units an API may ask for.
_FACTORS: dict[str, tuple[float, ...]] = {
    "second": (1000,), "minute": (60, 1 / 60), "hour": (60, 3600), "day": (24, 1440, 86400), "week": (7, 168),
    "month": (30, 31, 1 / 12), "year": (12, 52, 365), "decade": (10,), "century": (100,), "fortnight": (14, 2),
    "km": (1000, 0.621371), "kilometer": (1000, 0.621371), "kilometre": (1000, 0.621371), "mile": (1.609344, 1609.344),
    "meter": (0.001, 100, 3.28084), "metre": (0.001, 100, 3.28084), "foot": (12, 0.3048, 30.48),
    "feet": (12, 0.3048, 30.48), "inch": (2.54,), "kg": (1000, 2.20462), "kilo": (1000, 2.20462),
    "kilogram": (1000, 2.20462), "pound": (0.453592, 16), "gram": (0.001,), "ounce": (28.3495,), "percent": (0.01,),
    "k": (1e3,), "thousand": (1e3,), "million": (1e6,), "billion": (1e9,), "dozen": (12,), "dollar": (100,),
    "euro": (100,), "cent": (0.01,), "litre": (1000,), "liter": (1000,), "hundred": (100,), "mb": (1024, 1e6),
    "gb": (1024, 1e9), "star": (2, 20), "degree": (),
}
_ONE = frozenset(words("one single first once another only sole a an"))
_LOOSE = {"couple": (2,), "pair": (2,), "few": (3, 4, 5), "several": (3, 4, 5, 6, 7), "half": (0.5, 30),
          "quarter": (0.25, 15), "twice": (2,), "second": (2,), "third": (3,), "fourth": (4,), "fifth": (5,),
          "dozen": (12,)}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CLOCK = re.compile(r"\b(\d{1,2})(?:[:.](\d\d))?\s*([ap])\.?m\b\.?|\b(\d{1,2}):(\d\d)(?::\d\d)?\b", re.IGNORECASE)
_RELATIVE = re.compile(r"\b(?:today|tonight|tomorrow|yesterday|now|current|currently|this|next|last|coming|past|ago|"
                       r"weekend|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|in \w+ (?:days?|weeks?|months?))\b",
                       re.IGNORECASE)
_SHIFT = timedelta(days=400)


def amounts(text_words: list[str]) -> Iterator[float]:
    """The numbers a text names, and what they come to in other units."""
    for place, word in enumerate(text_words):
        if _NUMBER.fullmatch(word):
            value = float(word)
            yield value
            unit = text_words[place + 1] if place + 1 < len(text_words) else ""
            yield from (value * factor for factor in _FACTORS.get(unit, ()))
        elif word in _LOOSE:
            yield from _LOOSE[word]
        elif word in _ONE:
            unit = text_words[place + 1] if place + 1 < len(text_words) else ""
            yield from (1.0, *_FACTORS.get(unit, ())) if word not in ("a", "an") or unit in _FACTORS else ()


def names_number(text_words: list[str], value: float) -> bool:
    """Whether a text names this number, as it is or in another unit (to two in a hundred)."""
    return any(math.isclose(found, value, rel_tol=1e-9 if found == int(found) else 0.02, abs_tol=1e-9)
               or math.isclose(found, value, rel_tol=1e-4) for found in amounts(text_words))


def clock_times(text: str) -> set[str]:
    """The times of day a text names, as HH:MM."""
    found = set()
    for hour12, minute12, half, hour24, minute24 in _CLOCK.findall(text):
        if half:
            hour = int(hour12) % 12 + (12 if half.lower() == "p" else 0)
            found.add(f"{hour:02d}:{int(minute12 or 0):02d}")
        else:
            found.add(f"{int(hour24):02d}:{minute24}")
    words_of_day = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
    return found | {time for word, time in words_of_day.items() if word in text.lower()}


def is_relative_day(text: str, day: date, today: date) -> bool:
    """Whether a text may mean this day by a word such as `tomorrow`, seen from `today`."""
    return bool(_RELATIVE.search(text)) and abs(day - today) <= _SHIFT
