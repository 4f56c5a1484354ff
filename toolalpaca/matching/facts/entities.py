"""The things that observations speak of: each object with what names it and the values that are its own, so that an
answer's statements can be compared with the thing they are about; and the numbers of several things that belong
together: those under one name in a list, in one call's result, of the things that share a value."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from toolalpaca.core.words import name_words, singular
from toolalpaca.matching.facts.evidence import Evidence, Shown, argument_values
from toolalpaca.matching.language.text import contains_any
from toolalpaca.matching.language.units import Unit, unit_named
from toolalpaca.matching.language.values import number

_NAMING = frozenset({
    "name", "title", "label", "fullname", "displayname", "username", "nickname", "nick", "nm", "subject", "headline",
    "day", "date", "city", "village", "place", "station", "code", "symbol", "country", "language", "formatted",
    "model", "caption", "heading", "summary", "street", "address",
})
ID_ENDINGS = frozenset(
    {"id", "key", "uuid", "slug", "number", "code", "reference", "ref", "no", "hash", "handle", "symbol", "isbn"}
)
_DATA_KEY = re.compile(r"\d{4}(?:-\d\d){1,2}|[A-Z]{3}|[a-z]{2}|\d+|[\w.-]*\d[\w.-]*")
_PER = re.compile(r" per |/")  # between a measure and what it is for
_DAY = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
_WORD = re.compile(r"[^\W\d_]+|[a-z]+(?:[-_.][a-z]+)+")
_NAME_AND_ID = re.compile(
    r"(?P<name>[A-Z][\w'’-]{0,60}(?: (?:[A-Z][\w'’-]{0,60}|of|the|de|la|del)){0,12}"
    r"|(?:(?<=\bthe )|(?<=\bour )|(?<=\bmy ))[a-z]{4,30}(?= \())\s{0,20}"
    r"(?:\((?:\w+ )?(?P<id>(?=[\w-]*\d|[A-Z-]+\))[\w-]+)\)|\bis (?P<other>(?=[\w-]*\d)[\w-]+))"
)
STATE_WORDS = frozenset({
    "status", "state", "type", "kind", "category", "reason", "level", "priority", "unit", "units", "method", "mode",
    "condition", "severity", "role", "color", "colour", "size",
})
CURRENCY_NAMES = ("currency", "ccy", "curr", "cur")  # names of fields that give an object's
_OF_SOMETHING = frozenset({"from", "to", "year", "min", "max"})
_MOST = 400  # things of one conversation that are looked at
_MOST_GROUPED = 60  # things of a group that are looked at
_MOST_FIELDS = 8  # by whose values a list is split


@dataclass(eq=False)
class Thing:
    """One object of an observation. `group` tells things of the same list, or of calls of the same function; `labels`
    name it, `asked` are the values its call was made with, `values` its own by key, `ids` what identifies it to a
    program."""

    group: str
    labels: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    values: list[tuple[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    unit: Unit | None = None  # of all its amounts of money
    measure: Unit | None = None  # of its amounts by the field `unit`, its own or that of the object it is in
    units: Mapping[str, Unit] = field(default_factory=dict)  # of its fields, by the document
    currencies: dict[str, Unit] = field(default_factory=dict)  # of the fields of an object inside that has its own
    place: int = 0

    def of(self, key: str) -> list[Any]:
        """Return its values under a key."""
        return [value for name, value in self.values if name == key]

    def label(self, otherwise: str = "it") -> str:
        """Return what it is called in a message: its name, else its id, else `otherwise`."""
        return (self.labels or self.ids or [otherwise])[0]


@lru_cache(maxsize=32)  # which several rules read for each of a conversation's calls
def things_in(evidence: Evidence) -> Sequence[Thing]:
    """Return the things that the results speak of, in their order, those of one group one after the other."""
    results = [one for one in evidence.results if one.seen.succeeded and one.seen.body is not None]
    found = list(islice((thing for one in results for thing in _things(one, one.seen.body)), _MOST))
    for thing in found:
        thing.units = evidence.units
    _label_by_what_differs(found)
    _label_by_ids(found, evidence)
    return found


def _label_by_ids(things: Sequence[Thing], evidence: Evidence) -> None:
    """Label things that were asked for by an id with the names that others of this id have, or that people gave it."""
    names: dict[str, list[str]] = {}
    shared: dict[tuple[str, str], set[str]] = {}  # labels of all things of a group with an id
    for thing in things:
        for own in thing.ids[:1]:
            shared.setdefault((own, thing.group), {*thing.labels}).intersection_update(thing.labels)
    for thing in things:
        for own in thing.ids[:1]:
            names.setdefault(own, []).extend(label for label in thing.labels if label not in names.get(own, ())
                                             and label in shared[own, thing.group])
    for text in evidence.told:
        for match in _NAME_AND_ID.finditer(text):
            names.setdefault(match["id"] or match["other"], []).append(match["name"])
    for thing in things:
        for value in (*thing.asked, *thing.ids[:1]):
            thing.labels += [name for name in names.get(value, ())[:3] if name not in thing.labels]


def _label_by_what_differs(things: Sequence[Thing]) -> None:
    """Take short texts that tell the things of a list apart for labels, whatever their field is called."""
    places: dict[str, set[int]] = {}
    for thing in things:
        places.setdefault(thing.group, set()).add(thing.place)
    size = Counter(thing.group for thing in things)
    groups: dict[tuple[str, int], list[Thing]] = {}
    for thing in things:
        is_alone = size[thing.group] == len(places[thing.group])  # in the result of its call
        groups.setdefault((thing.group, 0 if is_alone else thing.place), []).append(thing)
    for group in groups.values():
        for key in dict.fromkeys(name for thing in group for name, _ in thing.values) if len(group) > 1 else ():
            values = [value for thing in group for value in thing.of(key)]
            is_one_each = len(values) == len(group) == len(set(map(str, values)))
            if is_one_each and _are_names(values) and not STATE_WORDS & set(name_words(key)):
                for thing, value in zip(group, values, strict=True):
                    thing.labels += [value] if value not in thing.labels else []
            if is_one_each and all(map(_is_day, values)) and not any(thing.labels or thing.ids for thing in group):
                for thing, value in zip(group, values, strict=True):
                    thing.labels.append(value)


def _are_names(values: Sequence[Any]) -> bool:
    return all(map(_is_telling, values)) or all(map(_is_word, values))


def _is_telling(value: Any) -> bool:
    """Return whether a text may be a name: written with a capital or in several words, as states and kinds are not."""
    return (
        isinstance(value, str) and 2 < len(value) <= 60 and value[0].isalpha() and not contains_any(value, ("://", "@"))
        and (value[0].isupper() or " " in value)
    )


def _is_day(value: Any) -> bool:
    """Return whether a value is a day without a time."""
    return isinstance(value, str) and _DAY.fullmatch(value) is not None


def _is_word(value: Any) -> bool:
    """Return whether a value is a single word, as the name of a service, a plan or a file may be."""
    return isinstance(value, str) and len(value) > 3 and bool(_WORD.fullmatch(value))


def _things(shown: Shown, body: Any) -> Iterator[Thing]:
    asked = list(map(str, argument_values(shown.call.given)))
    for thing in _walk(body, shown.call.function, asked):
        thing.place = shown.call.place
        yield thing


def _walk(
    value: Any, group: str, asked: list[str], unit: Unit | None = None, measure: Unit | None = None
) -> Iterator[Thing]:
    if isinstance(value, list):
        inner = [item for item in value if isinstance(item, (dict, list))]
        for item in inner:
            yield from _walk(item, f"{group}[]", asked, unit, measure)
        if value and not inner:
            yield Thing(group, values=[("", item) for item in value], asked=asked)
    elif is_series(value):
        for name, item in value.items():
            values = [(group.rpartition(".")[2], item)]
            yield Thing(f"{group}{{}}", labels=[name], values=values, asked=asked, unit=_money(name), measure=measure)
    elif isinstance(value, dict):
        thing = Thing(group, asked=asked, unit=unit, measure=measure)
        parts = list(_fill(thing, value))
        if thing.values:
            yield thing
        for name, item in parts:
            yield from _walk(item, f"{group}.{name}", asked, thing.unit, thing.measure)


def _fill(thing: Thing, value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Take over an object's own values, and yield what are things by themselves."""
    several = _names_inside(value)
    for name, item in value.items():
        inner = list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else []
        if any(isinstance(one, (dict, list)) for one in inner) or is_series(item):
            yield name, item
        elif isinstance(item, dict):
            own = {f"{name}.{key}" if key in several else key: one for key, one in item.items() if one is not None}
            thing.values += own.items()
            codes = (str(item[key]) for key in item if key.lower() in CURRENCY_NAMES)
            money = next(filter(None, map(_money, codes)), None)
            thing.currencies |= dict.fromkeys(own, money) if money else {}
        elif isinstance(item, list):
            thing.values += [(name, one) for one in item]
        elif item is not None:
            thing.values.append((name, item))
            if not _is_of_another(name, list(value), thing.group):
                _name(thing, name, item)


def _names_inside(value: dict[str, Any]) -> set[str]:
    """Return the names of numbers that several of the objects inside one have, as its balance and its limit do, or that
    say nothing without the object's: the year in which it was made."""
    found = Counter(key for item in value.values() if isinstance(item, dict) for key, one in item.items()
                    if number(one) is not None)
    return {key for key, count in found.items() if count > 1 or key in _OF_SOMETHING}


def _is_of_another(key: str, keys: Sequence[str], group: str) -> bool:
    """Return whether a field is the id of something else that its thing belongs to: neither one of the first two nor
    called as what its function is about."""
    *noun, ending = name_words(key) or ("",)
    nouns = {singular(word) for word in name_words(group)}
    return ending == "id" and bool(noun) and key not in keys[:2] and nouns.isdisjoint(map(singular, noun))


def _name(thing: Thing, key: str, value: Any) -> None:
    """Take a value for what its key says that it is: a name of the thing, its id, its currency or its unit."""
    parts = name_words(key)
    plain, ending = "".join(parts), parts[-1] if parts else ""
    if ending in ID_ENDINGS and not isinstance(value, bool):
        thing.ids.append(str(value))
    if not isinstance(value, str) or not value:
        return
    if plain in CURRENCY_NAMES or plain == "to":
        thing.unit = _money(value)
    elif plain in ("unit", "units"):
        thing.measure = unit_named(value) or unit_named(_PER.split(value)[0]) or Unit("", value.casefold())
    elif plain in _NAMING or ending in ("name", "title", "day", "date"):
        thing.labels.append(value)


def is_series(value: Any) -> bool:
    """Return whether an object's names are data, such as the days of a series or the currencies of a table."""
    return isinstance(value, dict) and bool(value) and all(
        isinstance(item, (int, float)) and not isinstance(item, bool) and _DATA_KEY.fullmatch(name)
        for name, item in value.items()
    )


def _money(code: str) -> Unit | None:
    unit = unit_named(code) if len(code) == 3 and code.isupper() else None
    return unit if unit is not None and unit.dimension == "money" else None


@dataclass(frozen=True)
class Series:
    """The numbers that several things have under one key, and what the things have in common: "" for one list."""

    key: str
    things: tuple[Thing, ...]
    values: tuple[float, ...]
    shared: str = ""

    @property
    def total(self) -> float:
        """Return the sum."""
        return sum(self.values)

    @property
    def mean(self) -> float:
        """Return the average."""
        return self.total / len(self.values)


def series_in(things: Sequence[Thing]) -> list[Series]:
    """Return the series of all lists: as a whole, of each call, and of the things that have one text in common."""
    groups: dict[str, list[Thing]] = {}
    for thing in things:
        groups.setdefault(thing.group, []).append(thing)
    parts = (pair for group in groups.values() if len(group) <= _MOST_GROUPED for pair in _parts(group))
    return [one for part, shared in parts for one in _series(part, shared)]


def _parts(group: Sequence[Thing]) -> Iterator[tuple[Sequence[Thing], str]]:
    yield group, ""
    places = {thing.place for thing in group}
    for place in places if len(places) > 1 else ():
        yield [thing for thing in group if thing.place == place], ""
    keys = dict.fromkeys(key for thing in group for key, value in thing.values if isinstance(value, (str, bool)))
    for key in list(keys)[:_MOST_FIELDS]:
        shared: dict[str, list[Thing]] = {}
        for thing in group:
            for value in thing.of(key)[:1]:
                shared.setdefault(str(value), []).append(thing)
        if 1 < len(shared) < len(group):
            yield from ((part, value) for value, part in shared.items())


def _series(part: Sequence[Thing], shared: str) -> Iterator[Series]:
    keys: dict[str, list[tuple[Thing, float]]] = {}
    for thing in part:
        for key, value in thing.values:
            if not isinstance(value, str) and (as_number := number(value)) is not None:
                keys.setdefault(key, []).append((thing, as_number))
    for key, found in keys.items():
        if len(found) > 1:
            yield Series(key, tuple(thing for thing, _ in found), tuple(value for _, value in found), shared)
