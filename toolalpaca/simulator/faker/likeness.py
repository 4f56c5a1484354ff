"""Texts and numbers that look like a document's example: another id of its form, another name of its kind, a number of
its size."""

import random
import re
import string
from collections.abc import Callable

from toolalpaca.core.words import name_words, singular
from toolalpaca.simulator.faker.kinds import pick

_LAST_PART = re.compile(r"[^_:/.-]+$")
_JOINING = frozenset({"of", "the", "and", "de", "du", "la", "le", "von", "der", "al", "&"})
_MOST_WORDS = 5  # of a name
_POSSESSIVE = re.compile(r"['’]s$")
_SPREAD = 2.5  # times smaller or larger than the example
_APART = {"year": 25.0, "latitude": 1.5, "longitude": 1.5, "lat": 1.5, "lng": 1.5, "lon": 1.5}  # from the example


def alike(example: str, random_: random.Random) -> str:
    """Return an id that looks like an example, whose last part gets other digits and letters."""
    start = _LAST_PART.search(example)
    fixed = start.start() if start else 0
    return example[:fixed] + "".join(
        random_.choice(string.digits) if sign.isdigit() else random_.choice(string.ascii_uppercase) if sign.isupper()
        else random_.choice(string.ascii_lowercase) if sign.islower() else sign for sign in example[fixed:])


def name_like(example: str, *, is_title: bool, is_name: bool = True) -> Callable[[random.Random], str] | None:
    """Return what makes names of an example's kind: `Lindner Hütte` for `Amberger Hütte`, `Honda G713 tiller` for
    `Honda F560 tiller`; None unless it is a name. A title gets an adjective where a name gets a family's. One word,
    such as `Approved`, is a name only in a field for names."""
    parts = example.split()
    if not 1 < len(parts) + is_name <= _MOST_WORDS + is_name or example[-1:] in ".!?":
        return None
    numbered = [place for place, part in enumerate(parts) if re.search(r"[^\W\d]", part) and re.search(r"\d", part)]
    if example.upper() == example and not numbered:
        return None
    if numbered:
        return lambda random_: " ".join(alike(part, random_) if place in numbered else part
                                        for place, part in enumerate(parts))
    if not all(part[:1].isupper() or part.lower() in _JOINING for part in parts):
        return None
    front = 1 if parts[0].lower() in ("the", "a", "an", "my") and len(parts) > 1 else 0
    kind = "title_front" if is_title else "last_name"
    return lambda random_: " ".join([*parts[:front], _another_front(parts, front, pick(kind, random_))])


def _another_front(parts: list[str], front: int, name: str) -> str:
    """Return the words from `front` on with another name for the first of them, or for all but its last hyphenated
    part."""
    first, rest = parts[front], parts[front + 1:]
    if "-" in first and not rest:
        return f"{name}-{first.rpartition('-')[2]}"
    joint = next((place for place, part in enumerate(rest) if part.lower() in _JOINING), None)
    if joint is not None:  # Museum of Modern Art
        return " ".join([first, *rest[: joint + 1], name])
    return " ".join([name + ("'s" if _POSSESSIVE.search(first) else ""), *rest[-1:]])


def range_around(example: float, name: str) -> tuple[float, float]:
    """Return the range in which numbers like an example lie, for a field of that name."""
    apart = next((_APART[word] for word in map(singular, name_words(name)) if word in _APART), None)
    if apart is not None:
        return example - apart, example + apart
    low, high = sorted((example / _SPREAD, example * _SPREAD))
    return low, high
