"""Sample values: drawn for a known Value, or looked up for an operation's response field."""

import random
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from offline_llm.knowledge.facts import Category, Value, known_operation, lexicon, parse_value

KEY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def draw(value: Value, roll: random.Random) -> Any:
    """Return one value of that kind, in its JSON type."""
    if value.type == "boolean":
        return roll.random() < 0.7
    if value.type in ("integer", "number"):
        return _number(value, roll)
    if value.type == "array":
        pool = list(value.values) or ["first", "second", "third"]
        return roll.sample(pool, min(len(pool), roll.randint(1, 3)))
    if value.kind == "key":
        return key(roll)
    if value.values:
        return roll.choice(value.values)
    return roll.choice(lexicon()["name"]["values"])


def key(roll: random.Random) -> str:
    """Return an identifier that has both letters and digits, such as "m7kd2q"."""
    letters = [roll.choice(KEY_LETTERS[:-8]), roll.choice("23456789"), *(roll.choice(KEY_LETTERS) for _ in range(4))]
    return "".join(letters)


def bounds(value: Value) -> tuple[float, float]:
    """Return the smallest and the largest number of a kind."""
    low, high = (1001, 9999) if value.kind == "id" else (value.low, value.high)
    return (1 if low is None else low), (100 if high is None else high)


def _number(value: Value, roll: random.Random) -> int | float:
    low, high = bounds(value)
    if value.type == "integer":
        return roll.randint(int(low), int(high))
    places = 3 if high <= 1 else 2
    return round(roll.uniform(low, high), places)


def shape_fields(shape: Any, category: Category) -> dict[str, Value]:
    """Return every field name in a shape with its Value."""
    if isinstance(shape, str):
        return shape_fields(category.entities[shape], category) if shape in category.entities else {}
    if isinstance(shape, list):
        return shape_fields(shape[0], category)
    found: dict[str, Value] = {}
    for name, part in shape.items():
        inner = part[0] if isinstance(part, list) else part
        if isinstance(inner, str) and inner not in category.entities:
            found[name] = parse_value(inner, described=False)
        found.update(shape_fields(part, category))
    return found


@lru_cache(maxsize=2048)
def field_value(operation: str, field: str, parameters: Sequence[str] = ()) -> Value | None:
    """Return the Value of an operation's response field; None for operations not in the knowledge base."""
    known = known_operation(operation, set(parameters))
    if known is None:
        return None
    fields = shape_fields(known[0].output, known[1])
    return fields.get(field)
