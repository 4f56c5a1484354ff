"""Plausible numbers for fields, told by the field's name: a rating is 1 to 5, a price has cents, a year is recent."""

import math
import random
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from toolalpaca.core.text import id_noun, name_words, singular
from toolalpaca.openapi.schema_parts import Schema
from toolalpaca.simulator.faker.kind_tables import BAD, GOOD, RANGES


@lru_cache(maxsize=20000)
def usual_range(name: str, description: str) -> tuple[float, float]:
    """Return the range a number of that name usually lies in."""
    if id_noun(name) is not None:
        return 1000, 99999
    for word in (*reversed(name_words(name)), *name_words(description)[:8]):
        if (found := RANGES.get(word) or RANGES.get(singular(word))) is not None:
            return found
    return 1, 1000


def number_maker(schema: Schema, name: str, *, whole: bool) -> Callable[[random.Random], int | float]:
    """Makes numbers that keep the schema's bounds and step, within what is usual where the bounds leave room."""
    low, high = _bounds(schema, usual_range(name, str(schema.get("description", ""))), whole)
    step = schema["multipleOf"] if _is_number(schema.get("multipleOf")) else 0
    if step > 0:
        return lambda random_: _stepped(low, high, step, random_, whole)
    if whole:
        first = math.ceil(low)
        span = max(1, math.floor(high) - first + 1)
        return lambda random_: first + int(random_.random() * span)
    places = 2 if high - low >= 0.1 else 6

    def make(random_: random.Random) -> float:
        value = low + random_.random() * (high - low)
        rounded = round(value, places)
        return rounded if low <= rounded <= high else value
    return make


def _bounds(schema: Schema, usual: tuple[float, float], whole: bool) -> tuple[float, float]:
    low = _limit(schema, "minimum", "exclusiveMinimum", +1, whole)
    high = _limit(schema, "maximum", "exclusiveMaximum", -1, whole)
    span = usual[1] - usual[0]
    if low is None and high is None:
        return usual
    if low is None:
        low = usual[0] if usual[0] <= high else high - span  # type: ignore[operator]
    if high is None:
        high = usual[1] if usual[1] >= low else low + span
    narrow = max(low, usual[0]), min(high, usual[1])
    return narrow if narrow[0] <= narrow[1] else (low, high)


def _limit(schema: Schema, plain: str, exclusive: str, sign: int, whole: bool) -> float | None:
    """Return the outermost value that a bound and its exclusive form allow; `sign` says which way is inside."""
    limits: list[float] = []
    if _is_number(schema.get(plain)):
        limits.append(schema[plain])
    if _is_number(schema.get(exclusive)):
        edge = schema[exclusive]
        inside = math.floor(edge) + 1 if sign > 0 else math.ceil(edge) - 1
        limits.append(inside if whole else edge + sign * max(1e-6, abs(edge) * 1e-9))
    return None if not limits else max(limits) if sign > 0 else min(limits)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _stepped(low: float, high: float, step: float, random_: random.Random, whole: bool) -> int | float:
    first = math.ceil(round(low / step, 9))
    last = max(first, math.floor(round(high / step, 9)))
    times = random_.randint(first, last)
    if isinstance(step, int) or whole:
        return int(round(times * step))
    return round(times * step, max(0, -math.floor(math.log10(step)) + 6))


def truth(name: str, random_: random.Random) -> bool:
    """Return a flag: what names a success is true, what names a failure is false."""
    parts = name_words(name)
    if any(word in BAD for word in parts):
        return False
    return True if any(word in GOOD for word in parts) else random_.random() < 0.7
