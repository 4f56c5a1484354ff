"""Equality of values: numbers by value, texts by words, days in any form, codes by their meaning."""

import json
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any

from toolalpaca.core.words import words
from toolalpaca.matching.language.codes import meanings
from toolalpaca.matching.language.dates import whole_days
from toolalpaca.openapi.schema_parts import items_of, properties_of

_ORDERED_WORDS = {"order", "ordered", "sequence", "coordinate", "coordinates", "latitude", "waypoint", "waypoints",
                  "bbox", "rank", "ranking", "playlist"}
_LENGTH_OF_DAY = len("2024-05-01")
_LARGEST = 1e150  # of numbers of which two still have a product
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def same(golden: Any, made: Any, schema: dict[str, Any]) -> bool:
    """Return whether two values are equal up to type ("5" and 5), case, punctuation, plural, date form, and list order
    if it says nothing."""
    if isinstance(golden, dict):
        made = _parsed(made, dict)
        return isinstance(made, dict) and all(
            name in made and same(value, made[name], property_schema(schema, name)) for name, value in golden.items())
    if isinstance(golden, list):
        return same_items(golden, as_list(made), schema, same)
    if (several := comma_list(golden)) and (isinstance(made, list) or comma_list(made)):
        return same_items(several, as_list(made), schema, same)
    return same_scalar(golden, made[0] if isinstance(made, list) and len(made) == 1 else made)


def same_scalar(golden: Any, made: Any) -> bool:
    """Return whether two values that are neither objects nor arrays are the same."""
    if isinstance(made, (dict, list)):
        return False
    if isinstance(golden, bool) or isinstance(made, bool):
        return _truth(golden) is not None and _truth(golden) == _truth(made)
    first, second = number(golden), number(made)
    if first is not None and second is not None:
        return abs(first - second) <= 1e-9 * max(1.0, abs(first), abs(second))
    return same_text(str(golden), str(made))


def same_text(golden: str, made: str) -> bool:
    """Return whether two texts are the same words, the same day, a code and what it stands for, or a name and its
    initials."""
    ours, theirs = words(golden), words(made)
    if ours == theirs or "".join(ours) == "".join(theirs):
        return bool(ours) or "".join(golden.split()) == "".join(made.split())
    return (_same_day(golden, made) or bool(meanings(golden) & meanings(made)) or _are_initials(made, golden)
            or _are_initials(golden, made))


def _are_initials(short: str, name: str) -> bool:
    """NASB is the New American Standard Bible; two letters are a code of something else as often."""
    parts = name.split()
    return len(parts) > 2 and short.strip().replace(".", "") == "".join(part[0] for part in parts).upper()


def _same_day(golden: str, made: str) -> bool:
    """Return whether two texts are one day, at one moment if both have a time of day."""
    first, second = iso_moment(golden), iso_moment(made)
    if first is not None and second is not None:
        return first == second
    return not set(whole_days(golden)).isdisjoint(whole_days(made))


def iso_moment(text: str) -> datetime | None:
    """Return the moment that a text in ISO form with a time of day is, None for other texts."""
    try:
        moment = datetime.fromisoformat(text.strip()) if len(text) > _LENGTH_OF_DAY and whole_days(text) else None
    except ValueError:
        return None
    return moment if moment is not None and MINYEAR < moment.year < MAXYEAR else None  # in any zone


def same_items(golden: list[Any], made: list[Any], schema: dict[str, Any],
               equal: Callable[[Any, Any, dict[str, Any]], bool]) -> bool:
    """Return whether every golden item has its own predicted item, and none is left over; in order only if that
    matters."""
    items = item_schema(schema)
    if len(golden) != len(made):
        return False
    if order_matters(schema):
        return all(equal(first, second, items) for first, second in zip(golden, made, strict=True))
    left = list(made)
    for item in golden:
        found = next((place for place, other in enumerate(left) if equal(item, other, items)), None)
        if found is None:
            return False
        left.pop(found)
    return True


def order_matters(schema: dict[str, Any]) -> bool:
    """Return whether a list's order says something: its schema fixes its length or speaks of order or coordinates."""
    is_tuple = "prefixItems" in schema or (schema.get("maxItems") == schema.get("minItems", 0) > 1)
    return is_tuple or bool(_ORDERED_WORDS & set(str(schema.get("description", "")).lower().replace(",", " ").split()))


def property_schema(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the schema of one property, {} if it has none."""
    found = properties_of(schema, schema).get(name)
    return found if isinstance(found, dict) else {}


def item_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a list's items, {} if it has none."""
    found: dict[str, Any] = items_of(schema, schema)
    return found


def comma_list(value: Any) -> list[str] | None:
    """Return the items of a text such as "EUR,USD, GBP"; None for sentences and for other values."""
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else []
    return parts if len(parts) > 1 and all(0 < len(part.split()) < 4 for part in parts) else None


def as_list(value: Any) -> list[Any]:
    """Return a value as a list if one is wanted: JSON text of one, or one value by itself, or several with commas."""
    value = _parsed(value, list)
    if isinstance(value, list):
        return value
    return comma_list(value) or [value]


def number(value: Any) -> float | None:
    """Return the number a value is or is written as; None for others, also for codes with leading zeros."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return float(value) if abs(value) <= _LARGEST else None
    text = str(value).strip().replace(",", "").lstrip("$€£").rstrip("%").strip()
    digits = text.lstrip("+-")
    if not digits[:1].isdigit() or len(digits) > 30 or (digits[0] == "0" and len(digits) > 1 and digits[1] not in ".,"):
        return None
    try:
        return made if abs(made := float(text)) <= _LARGEST else None
    except ValueError:
        return None


def _truth(value: Any) -> bool | None:
    return _TRUTH.get(str(value).strip().lower())


def _parsed(value: Any, kind: type) -> Any:
    if isinstance(value, str) and value.strip()[:1] == ("{" if kind is dict else "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
