"""Kinds of values, such as e-mail addresses, prices and cities: which one a field holds, told by its name, format or
description, and realistic texts of each; and values that look like a document's example: another id of its form,
another name of its kind, a number of its size.

The tables are in kinds.yaml. Every pool of texts is drawn once through Faker, from a fixed seed, and picked from
afterwards, which costs next to nothing. It holds no value that depends on today's date, so that the same request gets
the same answer tomorrow.
"""

import base64
import random
import re
import string
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolalpaca.core.files import read_yaml_table
from toolalpaca.core.words import id_noun, name_words, singular

if TYPE_CHECKING:
    from faker import Faker

_TABLES: dict[str, Any] = read_yaml_table(Path(__file__).resolve().parent / "kinds.yaml")

KIND_OF_FORMAT: dict[str, str] = _TABLES["formats"]
KIND_OF_NAME = {tuple(name.split()): kind for kind, names in _TABLES["names"].items() for name in names}
CODES: dict[str, str] = _TABLES["codes"]
PEOPLE = frozenset(_TABLES["people"])
NAMED_LIKE_THEMSELVES = frozenset(_TABLES["named_like_themselves"])
VALUES: dict[str, tuple[str, ...]] = {kind: tuple(values) for kind, values in _TABLES["values"].items()}
RANGES: dict[str, tuple[float, float]] = {word: (low, high) for word, (low, high) in _TABLES["ranges"].items()}
GOOD, BAD = frozenset(_TABLES["good"]), frozenset(_TABLES["bad"])
SUCCESSES, IN_FORCE = frozenset(_TABLES["successes"]), frozenset(_TABLES["in_force"])
PROSE = frozenset({"sentence", "paragraph"})
_METHODS: dict[str, list[Any]] = _TABLES["faker"]
COUNTRIES: dict[str, dict[str, Any]] = _TABLES["countries"]
_LAST_PART = re.compile(r"[^_:/.-]+$")
_JOINING = frozenset({"of", "the", "and", "de", "du", "la", "le", "von", "der", "al", "&"})
_MOST_WORDS = 5  # of a name
_POSSESSIVE = re.compile(r"['’]s$")
_SPREAD = 2.5  # times smaller or larger than the example
_APART = {"year": 25.0, "latitude": 1.5, "longitude": 1.5, "lat": 1.5, "lng": 1.5, "lon": 1.5}  # from the example


_OPTIONS = re.compile(r"[\"'\u2018\u201c]([\w .+#/-]{1,30})[\"'\u2019\u201d]")


@lru_cache(maxsize=20000)
def field_kind(name: str, context: str, description: str) -> str:
    """Return the kind of text in a field, "" if nothing tells; `context` is the noun of the thing it belongs to."""
    parts = tuple(singular(word) for word in name_words(name))
    if not parts:
        return _described(description)
    if id_noun(name) is not None:
        return "id"
    if parts[-1] in ("url", "uri", "link", "href"):
        return "image" if KIND_OF_NAME.get(parts[:1]) == "image" else "url"
    if len(parts) > 1 and parts[-2:] in KIND_OF_NAME:
        return KIND_OF_NAME[parts[-2:]]
    if parts[-1] == "name":
        return _name_kind(parts[-2] if len(parts) > 1 else context)
    if parts == ("code",) and context in CODES:
        return CODES[context]
    return KIND_OF_NAME.get(parts[-1:]) or _described(description) or next(
        (KIND_OF_NAME[word,] for word in reversed(parts) if (word,) in KIND_OF_NAME), "")


def _name_kind(noun: str) -> str:
    """Return the kind of the name that such a thing has."""
    if noun in PEOPLE:
        return "person"
    kind = KIND_OF_NAME.get((noun,), "")
    return kind if kind in NAMED_LIKE_THEMSELVES else "title"


def _described(description: str) -> str:
    """Return the kind that a description names first: "The URL of the image" is a URL."""
    for word in name_words(description)[:16]:
        kind = KIND_OF_NAME.get((singular(word),))
        if kind and kind not in ("title", "type", "person", "number_text", "code", "source"):
            return kind
    return ""


@lru_cache(maxsize=20000)
def options_in(description: str) -> tuple[str, ...]:
    """Return the values that a description lists as examples in quotes: "format (e.g., 'csv', 'json')"."""
    found = tuple(dict.fromkeys(option.strip() for option in _OPTIONS.findall(description)))
    return found if len(found) > 1 else ()


POOL_SIZE = 200
_DRAWING = threading.Lock()
_POOLS = dict(VALUES)
_BEGIN = datetime(2024, 1, 1)


@lru_cache(maxsize=1)
def _faker() -> "Faker":
    from faker import Faker

    return Faker("en_US")


def pool(kind: str) -> tuple[str, ...]:
    """Return the texts of a kind; for an unknown kind sentences that fit almost anything."""
    if kind not in _POOLS:
        with _DRAWING:  # the one Faker of all threads
            if kind not in _POOLS:
                _POOLS[kind] = _drawn(kind)
    return _POOLS[kind]


def _drawn(kind: str) -> tuple[str, ...]:
    fake = _faker()
    fake.seed_instance(f"pool of {kind}")
    if kind in _METHODS:
        method, *arguments = _METHODS[kind]
        return tuple(str(getattr(fake, method)(*arguments)) for _ in range(POOL_SIZE))
    make = _MAKERS.get(kind, lambda fake: fake.random.choice(VALUES["sentence"]))
    return tuple(make(fake) for _ in range(POOL_SIZE))


def _moment(fake: "Faker") -> datetime:
    return _BEGIN + timedelta(seconds=fake.random.randint(0, 2 * 365 * 86400))


_MAKERS: dict[str, Callable[["Faker"], str]] = {
    "url": lambda fake: f"https://www.{fake.domain_name()}/{fake.slug()}",
    "image": lambda fake: f"https://images.{fake.domain_name()}/{fake.slug()}.jpg",
    "address": lambda fake: fake.address().replace("\n", ", "),
    "date": lambda fake: _moment(fake).strftime("%Y-%m-%d"),
    "datetime": lambda fake: _moment(fake).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "time": lambda fake: f"{fake.random.randint(7, 20):02}:{fake.random.choice((0, 15, 30, 45)):02}",
    "time_rfc": lambda fake: _moment(fake).strftime("%H:%M:%SZ"),
    "month": lambda fake: _moment(fake).strftime("%B"), "year": lambda fake: str(fake.random.randint(1995, 2025)),
    "token": lambda fake: fake.sha1()[:24], "sku": lambda fake: fake.bothify("??-#####").upper(),
    "base64": lambda fake: base64.b64encode(fake.sentence(nb_words=4).encode()).decode(),
    "product": lambda fake: f"{fake.last_name()} {fake.color_name()}",
    "title": lambda fake: " ".join(fake.random.choice(VALUES[part]) for part in ("title_front", "title_end")),
    "paragraph": lambda fake: " ".join(fake.random.sample(VALUES["sentence"], 3)),
    "price_text": lambda fake: f"{fake.random.uniform(5, 500):.2f}",
    "html": lambda fake: f'<iframe src="https://{fake.domain_name()}/embed/{fake.numerify("%###")}"></iframe>',
    "connection": lambda fake: f"postgresql://{fake.user_name()}@{fake.domain_name()}/main",
}


def pick(kind: str, random_: random.Random) -> str:
    """Return one text of a kind."""
    values = pool(kind)
    return values[int(random_.random() * len(values))]


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
