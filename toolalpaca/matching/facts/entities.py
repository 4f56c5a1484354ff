"""The things that observations speak of: each object with what names it and the values that are its own, so that an
answer's statements can be held against the thing they are about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import name_words
from toolalpaca.matching.facts.evidence import Evidence, Shown
from toolalpaca.matching.language.units import Unit, unit_named

_NAMING = frozenset(
    {
        "name", "title", "label", "fullname", "displayname", "username", "nickname", "subject", "headline", "day",
        "date", "city", "village", "place", "station", "code", "symbol", "currency", "country", "language", "formatted",
        "model", "caption", "heading", "summary", "street", "address",
    }
)
ID_ENDINGS = frozenset(
    {"id", "key", "uuid", "slug", "number", "code", "reference", "ref", "no", "hash", "handle", "symbol", "isbn"}
)
_DATA_KEY = re.compile(r"\d{4}(?:-\d\d){1,2}|[A-Z]{3}|[a-z]{2}|\d+|[\w.-]*\d[\w.-]*")
_WORD = re.compile(r"[^\W\d_]+|[a-z]+(?:[-_.][a-z]+)+")
_NAME_AND_ID = re.compile(
    r"(?P<name>[A-Z][\w'’-]*(?: (?:[A-Z][\w'’-]*|of|the|de|la|del))*)\s*"
    r"(?:\((?:\w+ )?(?P<id>[\w-]*[A-Z\d][\w-]*)\)|\bis (?P<other>(?=[\w-]*\d)[\w-]+))"
)
STATE_WORDS = frozenset(
    {
        "status", "state", "type", "kind", "category", "reason", "level", "priority", "unit", "units", "method", "mode",
        "condition", "severity", "role", "color", "colour", "size",
    }
)
_MOST = 400  # things of one conversation that are looked at


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
    order: int = 0

    def of(self, key: str) -> list[Any]:
        """Return its values under a key."""
        return [value for name, value in self.values if name == key]

    def label(self, otherwise: str = "it") -> str:
        """Return what it is called in a message: its name, else its id, else `otherwise`."""
        return (self.labels or self.ids or [otherwise])[0]


def things_in(evidence: Evidence) -> list[Thing]:
    """Return the things that the results speak of, in their order, those of one group one after the other."""
    found: list[Thing] = []
    for one in evidence.results:
        if one.seen.succeeded and one.seen.body is not None and len(found) < _MOST:
            found += _things(one, one.seen.body)
    for thing in found:
        thing.units = evidence.units
    _label_by_what_differs(found[:_MOST])
    _label_by_ids(found[:_MOST], evidence)
    return found[:_MOST]


def _label_by_ids(things: Sequence[Thing], evidence: Evidence) -> None:
    """Label things that were asked for by an id with the names that others of this id have, or that people gave it."""
    names: dict[str, list[str]] = {}
    for thing in things:
        for own in thing.ids[:1]:
            names.setdefault(own, []).extend(label for label in thing.labels if label not in names.get(own, ()))
    for text in evidence.told:
        for match in _NAME_AND_ID.finditer(text):
            names.setdefault(match["id"] or match["other"], []).append(match["name"])
    for thing in things:
        for value in (*thing.asked, *thing.ids[:1]):
            thing.labels += [name for name in names.get(value, ())[:3] if name not in thing.labels]


def _label_by_what_differs(things: Sequence[Thing]) -> None:
    """Take short texts that tell the things of a list apart for labels, whatever their field is called."""
    groups: dict[tuple[str, int], list[Thing]] = {}
    for thing in things:
        groups.setdefault((thing.group, thing.place), []).append(thing)
    for group in groups.values():
        for key in dict.fromkeys(name for thing in group for name, _ in thing.values) if len(group) > 1 else ():
            values = [value for thing in group for value in thing.of(key)]
            if (
                len(values) == len(group) == len(set(map(str, values)))
                and (all(map(_is_telling, values)) or all(map(_is_word, values)))
                and not STATE_WORDS & set(name_words(key))
            ):
                for thing, value in zip(group, values, strict=True):
                    if value not in thing.labels:
                        thing.labels.append(value)


def _is_telling(value: Any) -> bool:
    """Return whether a text may be a name: written with a capital or in several words, as states and kinds are not."""
    return (
        isinstance(value, str)
        and 2 < len(value) <= 60
        and value[:1].isalpha()
        and "://" not in value
        and "@" not in value
        and (value[0].isupper() or " " in value)
    )


def _is_word(value: Any) -> bool:
    """Return whether a value is a single word, as the name of a service, a plan or a file may be."""
    return isinstance(value, str) and len(value) > 3 and bool(_WORD.fullmatch(value))


def _things(shown: Shown, body: Any) -> Iterator[Thing]:
    asked = [
        str(leaf)
        for leaf in leaves(shown.call.arguments or {})
        if leaf not in (None, "") and not isinstance(leaf, bool)
    ]
    for order, thing in enumerate(_walk(body, shown.call.function, asked)):
        thing.place, thing.order = shown.call.place, order
        yield thing


def _walk(
    value: Any, group: str, asked: list[str], unit: Unit | None = None, measure: Unit | None = None
) -> Iterator[Thing]:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, (dict, list)):
                yield from _walk(item, f"{group}[]", asked, unit, measure)
        if value and not any(isinstance(item, (dict, list)) for item in value):
            yield Thing(group, values=[("", item) for item in value], asked=asked)
    elif isinstance(value, dict):
        if is_series(value):
            for name, item in value.items():
                yield Thing(
                    f"{group}{{}}",
                    labels=[name],
                    values=[(group.rpartition(".")[2], item)],
                    asked=asked,
                    unit=_money(name),
                )
            return
        thing = Thing(group, asked=asked, unit=unit, measure=measure)
        inner = list(_fill(thing, value))
        if thing.values:
            yield thing
        for name, item in inner:
            yield from _walk(item, f"{group}.{name}", asked, thing.unit, thing.measure)


def _fill(thing: Thing, value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Take over an object's own values, and yield what are things by themselves."""
    for name, item in value.items():
        if isinstance(item, list) and any(isinstance(one, (dict, list)) for one in item):
            yield name, item
        elif isinstance(item, dict):
            if is_series(item) or any(isinstance(one, (list, dict)) for one in item.values()):
                yield name, item
            else:
                thing.values += [(key, one) for key, one in item.items() if one is not None]
                money = _money(str(item.get("currency") or ""))
                thing.currencies |= dict.fromkeys(item, money) if money else {}
        elif isinstance(item, list):
            thing.values += [(name, one) for one in item if one is not None]
        elif item is not None:
            thing.values.append((name, item))
            _name(thing, name, item)


def _name(thing: Thing, key: str, value: Any) -> None:
    parts = name_words(key)
    plain = "".join(parts)
    if (
        isinstance(value, str)
        and value
        and (
            plain in _NAMING or (parts and parts[-1] in ("name", "title", "day", "date") and plain not in ("filename",))
        )
    ):
        if plain == "currency":
            thing.unit = _money(value)
        elif len(value) <= 100:
            thing.labels.append(value)
    if parts and parts[-1] in ID_ENDINGS and isinstance(value, (str, int)) and not isinstance(value, bool):
        thing.ids.append(str(value))
    if plain in ("unit", "units") and isinstance(value, str):
        thing.measure = unit_named(value)
    if plain == "to" and isinstance(value, str):
        thing.unit = _money(value)


def is_series(value: dict[str, Any]) -> bool:
    """Return whether an object's names are data, such as the days of a series or the currencies of a table."""
    return bool(value) and all(
        isinstance(item, (int, float)) and not isinstance(item, bool) and _DATA_KEY.fullmatch(name)
        for name, item in value.items()
    )


def _money(code: str) -> Unit | None:
    unit = unit_named(code) if len(code) == 3 and code.isupper() else None
    return unit if unit is not None and unit.dimension == "money" else None
