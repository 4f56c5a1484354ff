"""The knowledge base, loaded from YAML: kinds of values, the operations and entities of each category of APIs, and
sample values of each.

A value is described in one line, `TYPE [LOW-HIGH] | DESCRIPTION | VALUE; VALUE`; TYPE is a JSON type, `enum`, `id` (a
number), `key` (letters and digits) or a kind in `lexicon.yaml`.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from offline_llm.knowledge.english import plural, split_identifier
from toolalpaca.core.files import read_yaml_table
from toolalpaca.simulator.faker.kinds import pool

FOLDER = Path(__file__).resolve().parent
# Words of choices that say how things are shown, and not which.
_PRESENTATION = frozenset({"sort", "order", "unit", "units", "interval", "step", "window", "period", "direction", "to",
                           "from", "locale"})
JSON_TYPES = ("string", "integer", "number", "boolean", "array", "object")


@dataclass(frozen=True)
class Value:
    """One parameter or field: its JSON type and the values it takes."""

    type: str
    kind: str = ""
    description: str = ""
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    enum: bool = False
    format: str = ""


@dataclass(frozen=True)
class KnownOperation:
    """An operation of a category with its nouns filled in.

    `output` is a shape: the name of an entity, a value's line, a list with one shape, or fields with a shape each.
    """

    name: str
    method: str
    path: str
    summary: str
    keys: frozenset[str]
    parameters: dict[str, tuple[bool, Value]]
    output: Any
    says: str
    category: str


@dataclass(frozen=True)
class Category:
    """A category of the public-apis list for one noun, the thing its APIs are about."""

    name: str
    noun: str
    offers: str
    users: str
    entities: dict[str, dict[str, Any]]
    operations: tuple[KnownOperation, ...]


@lru_cache(maxsize=1)
def lexicon() -> dict[str, dict[str, Any]]:
    """Return the kinds of values by name; those shared with the simulator's faker have its values."""
    return {kind: {**facts, "values": pool(facts["values"])} if isinstance(facts.get("values"), str) else facts
            for kind, facts in read_yaml_table(FOLDER / "lexicon.yaml").items()}


@lru_cache(maxsize=1)
def _raw_categories() -> dict[str, dict[str, Any]]:
    files = sorted(path for path in FOLDER.glob("*.yaml") if path.name not in ("lexicon.yaml", "english.yaml"))
    return {name: facts for file in files for name, facts in read_yaml_table(file).items()}


def nouns_of(category: str) -> list[str]:
    """Return the nouns of a category, the usual one first; [] for an unknown category."""
    return list(_raw_categories().get(category, {}).get("nouns", ()))


@lru_cache(maxsize=256)
def category(name: str, noun: str) -> Category:
    """Return a known category with its noun filled in."""
    raw = _raw_categories()[name]
    entities = _filled(raw.get("entities", {}), noun)
    operations = tuple(_operation(name, key, spec) for key, spec in _filled(raw["operations"], noun).items())
    for operation in operations:
        _show_filters(operation, entities)
    return Category(name, noun, _filled(raw["offers"], noun), _filled(raw["users"], noun), entities, operations)


def _show_filters(operation: KnownOperation, entities: dict[str, dict[str, Any]]) -> None:
    """Give the entities that an operation lists a field for each choice by which they can be filtered, so that an
    answer shows that it was."""
    if operation.method != "get":
        return
    listed = [part[0] for part in _parts(operation.output) if isinstance(part, list)]
    for name, (_, value) in operation.parameters.items():
        if value.enum and not _PRESENTATION & set(split_identifier(name)):
            for item in listed:
                fields = entities.get(item) if isinstance(item, str) else item
                if fields is not None:
                    fields.setdefault(name, f"enum | {'; '.join(value.values)}")


def _parts(shape: Any) -> Iterator[Any]:
    """Yield a shape and the shapes within it."""
    yield shape
    for part in shape.values() if isinstance(shape, dict) else ():
        yield from _parts(part)


def _filled(value: Any, noun: str) -> Any:
    """Return `value` with <noun>, <nouns>, <Noun> and <Nouns> replaced, including in keys."""
    if isinstance(value, dict):
        return {_filled(key, noun): _filled(part, noun) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, noun) for part in value]
    if not isinstance(value, str) or "<" not in value:
        return value
    title = "".join(word[:1].upper() + word[1:] for word in re.findall(r"\w+", noun))
    titles = "".join(word[:1].upper() + word[1:] for word in re.findall(r"\w+", plural(noun)))
    slug = re.sub(r"\W+", "-", plural(noun).lower())
    path = value.startswith(("GET ", "POST ", "PUT ", "PATCH ", "DELETE "))
    return (value.replace("<nouns>", slug if path else plural(noun)).replace("<noun>", noun)
            .replace("<Nouns>", titles).replace("<Noun>", title))


def _operation(category_name: str, name: str, raw: dict[str, Any]) -> KnownOperation:
    method, path = raw["http"].split()
    parameters = {key.rstrip("!"): (key.endswith("!"), parse_value(spec, described=True))
                  for key, spec in (raw.get("in") or {}).items()}
    return KnownOperation(name, method.lower(), path, raw["does"], frozenset(str(raw.get("keys", "")).split()),
                          parameters, raw["out"], raw["says"], category_name)


@lru_cache(maxsize=4096)
def parse_value(spec: str, *, described: bool) -> Value:
    """Parse a Value from its line; with `described` the second part is the description, else the values."""
    head, *rest = (part.strip() for part in str(spec).split(" | "))
    kind, _, bounds = head.partition(" ")
    description = rest.pop(0) if described and rest else ""
    values = tuple(value.strip() for value in rest[0].split(";")) if rest else ()
    value = _of_kind(kind, description)
    if values:
        value = replace(value, values=values)
    if match := re.fullmatch(r"(-?[\d.]+)-(-?[\d.]+)", bounds):
        value = replace(value, low=float(match[1]), high=float(match[2]))
    return value


def _of_kind(kind: str, description: str) -> Value:
    if kind == "enum":
        return Value("string", "enum", description, enum=True)
    if kind in ("id", "key"):
        return Value("integer" if kind == "id" else "string", kind, description)
    if kind in JSON_TYPES:
        return Value(kind, "", description)
    facts = lexicon()[kind]
    low, high = facts.get("range", (None, None))
    return Value(facts.get("type", "string"), kind, description or facts.get("say", ""),
                 tuple(map(str, facts.get("values", ()))), low, high, format=facts.get("format", ""))


@lru_cache(maxsize=1)
def _known_by_name() -> dict[str, list[tuple[KnownOperation, Category]]]:
    found: dict[str, list[tuple[KnownOperation, Category]]] = {}
    for name, raw in _raw_categories().items():
        for noun in raw["nouns"]:
            known = category(name, noun)
            for operation in known.operations:
                found.setdefault(operation.name, []).append((operation, known))
    return found


def known_operation(name: str, parameters: set[str]) -> tuple[KnownOperation, Category] | None:
    """Return the operation of that name and its category; of several, the one that shares most `parameters`."""
    best = max(_known_by_name().get(name, ()), key=lambda pair: len(parameters & set(pair[0].parameters)), default=None)
    return None if best is None or parameters and not parameters & set(best[0].parameters) else best


@lru_cache(maxsize=4096)
def kind_of_name(name: str) -> str:
    """Return the most likely kind of value for a parameter or field of this name; "" if the name does not tell."""
    words = split_identifier(name)
    for start in range(len(words)):
        kind = _kinds_by_words().get(" ".join(words[start:]))
        if kind:
            return kind
    last = words[-1] if words else ""
    if last.endswith("s") and (kind := _kinds_by_words().get(last[:-1])):
        return kind
    return ""


@lru_cache(maxsize=1)
def _kinds_by_words() -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, facts in lexicon().items():
        for words in facts.get("words", ()):
            found.setdefault(" ".join(split_identifier(str(words).replace(" ", "_"))), kind)
    return found


@lru_cache(maxsize=1)
def all_operations() -> tuple[KnownOperation, ...]:
    """Return every known operation, each category with its usual noun."""
    return tuple(operation for name, raw in _raw_categories().items() if raw["nouns"]
                 for operation in category(name, raw["nouns"][0]).operations)


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
        letters = roll.choice(KEY_LETTERS[:-8]) + roll.choice("23456789")  # both in each, as in "m7kd2q"
        return letters + "".join(roll.choice(KEY_LETTERS) for _ in range(4))
    return roll.choice(value.values or lexicon()["name"]["values"])


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
def field_value(operation: str, field: str, parameters: Sequence[str]) -> Value | None:
    """Return the Value of an operation's response field; None for operations not in the knowledge base."""
    known = known_operation(operation, set(parameters))
    return shape_fields(known[0].output, known[1]).get(field) if known else None
