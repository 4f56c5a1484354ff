"""Where an answer's body holds the thing itself, or the list, that it is about; and ids that look like others."""

import random
from typing import Any

from toolalpaca.core.text import name_key, singular

WRAPPERS = frozenset({"data", "result", "item", "record", "response", "payload", "entry"})


def resource_in(body: Any, noun: str) -> dict[str, Any] | None:
    """Return the object in an answer that describes the thing itself: the answer, or what it wraps it in."""
    if not isinstance(body, dict):
        return None
    for name, value in body.items():
        if isinstance(value, dict) and (name_key(name) in WRAPPERS or singular(name_key(name)) == noun):
            return value
    return body


def list_in_answer(body: Any) -> list[Any] | None:
    """Return the list in an answer: the answer, or the longest list of objects in it, also one level down."""
    if isinstance(body, list):
        return body
    if not isinstance(body, dict):
        return None
    lists = [value for value in body.values()
             if isinstance(value, list) and all(isinstance(one, dict) for one in value)]
    if lists:
        return max(lists, key=len)
    inner = [list_in_answer(value) for name, value in body.items()
             if isinstance(value, dict) and name_key(name) in WRAPPERS]
    return next((found for found in inner if found is not None), None)


def objects_in_answer(body: Any) -> list[dict[str, Any]]:
    """Return the list in an answer if it holds nothing but objects, else an empty one."""
    items = list_in_answer(body)
    return items if items and all(isinstance(one, dict) for one in items) else []


def replaced_resource(body: Any, noun: str, resource: dict[str, Any]) -> Any:
    """Return an answer with another object in place of the one that describes the thing itself."""
    old = resource_in(body, noun)
    return resource if old is body else {name: resource if value is old else value for name, value in body.items()}


def replaced_list(body: Any, old: list[Any], items: list[Any]) -> Any:
    """Return an answer with other items in place of its list `old`."""
    if body is old:
        return items
    return {name: items if value is old else replaced_list(value, old, items) if isinstance(value, dict) else value
            for name, value in body.items()}


def another_like(value: Any, random_: random.Random) -> Any:
    """Return another id of the same look."""
    if isinstance(value, int):
        return random_.randint(1000, 99999)
    if isinstance(value, float):
        return float(random_.randint(1000, 99999))
    text = str(value)
    digits = any(char.isdigit() for char in text)
    return text[:-8] + "".join(_sign_like(char, random_, digits) for char in text[-8:])


def _sign_like(char: str, random_: random.Random, beside_digits: bool) -> str:
    """Return another sign of the same kind. Beside digits only those of hexadecimal numbers change: `T` in `T10442`
    says what it is the number of."""
    if char.isdigit():
        return str(int(random_.random() * 10))
    if not char.isalpha() or beside_digits and char not in "abcdef":
        return char
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ" if char.isupper() else "abcdef" if beside_digits else "abcdefghklmnoprstuvw"
    return letters[int(random_.random() * len(letters))]
