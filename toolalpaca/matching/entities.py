"""The things that observations speak of: each object with what names it and the values that are its own, so that an
answer's statements can be held against the thing they are about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from toolalpaca.core.jsons import leaves
from toolalpaca.core.text import name_words, words
from toolalpaca.matching.codes import meanings, names_of
from toolalpaca.matching.dates import days_in
from toolalpaca.matching.evidence import Evidence, Shown
from toolalpaca.matching.text import holds
from toolalpaca.matching.units import Unit, unit_named, unit_of_key
from toolalpaca.matching.values import number

_NAMING = frozenset(
    {
        "name",
        "title",
        "label",
        "fullname",
        "displayname",
        "username",
        "nickname",
        "subject",
        "headline",
        "day",
        "date",
        "city",
        "village",
        "place",
        "station",
        "code",
        "symbol",
        "currency",
        "country",
        "language",
        "formatted",
        "model",
        "caption",
        "heading",
        "summary",
        "street",
        "address",
    }
)
_ID_ENDINGS = frozenset(
    {"id", "key", "uuid", "slug", "number", "code", "reference", "ref", "no", "hash", "handle", "symbol", "isbn"}
)
_DATA_KEY = re.compile(r"\d{4}(?:-\d\d){1,2}|[A-Z]{3}|[a-z]{2}|\d+|[\w.-]*\d[\w.-]*")
_TOKEN = re.compile(r"[\w@.-]*\w")
_FILLERS = frozenset(words("the and for with from that this your our new old all any"))
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
    place: int = 0
    order: int = 0

    def of(self, key: str) -> list[Any]:
        """Return its values under a key."""
        return [value for name, value in self.values if name == key]


def things_in(evidence: Evidence) -> list[Thing]:
    """Return the things that the results speak of, in their order, those of one group one after the other."""
    found: list[Thing] = []
    for one in evidence.results:
        if one.seen.succeeded and one.seen.body is not None and len(found) < _MOST:
            found += _things(one, one.seen.body)
    _label_by_what_differs(found[:_MOST])
    return found[:_MOST]


def _label_by_what_differs(things: Sequence[Thing]) -> None:
    """Take short texts that tell the things of a list apart for labels, whatever their field is called."""
    groups: dict[tuple[str, int], list[Thing]] = {}
    for thing in things:
        groups.setdefault((thing.group, thing.place), []).append(thing)
    for group in groups.values():
        for key in dict.fromkeys(name for thing in group for name, _ in thing.values) if len(group) > 1 else ():
            values = [value for thing in group for value in thing.of(key)]
            if len(values) == len(group) == len(set(map(str, values))) and all(map(_is_telling, values)):
                for thing, value in zip(group, values, strict=True):
                    if value not in thing.labels:
                        thing.labels.append(value)


def _is_telling(value: Any) -> bool:
    return (isinstance(value, str) and 2 < len(value) <= 60 and value[:1].isalpha() and "://" not in value
            and "@" not in value)


def _things(shown: Shown, body: Any) -> Iterator[Thing]:
    asked = [
        str(leaf)
        for leaf in leaves(shown.call.arguments or {})
        if leaf not in (None, "") and not isinstance(leaf, bool)
    ]
    for order, thing in enumerate(_walk(body, shown.call.function, asked)):
        thing.place, thing.order = shown.call.place, order
        yield thing


def _walk(value: Any, group: str, asked: list[str], unit: Unit | None = None) -> Iterator[Thing]:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, (dict, list)):
                yield from _walk(item, f"{group}[]", asked, unit)
        if value and not any(isinstance(item, (dict, list)) for item in value):
            yield Thing(group, values=[("", item) for item in value], asked=asked)
    elif isinstance(value, dict):
        if _is_series(value):
            for name, item in value.items():
                yield Thing(
                    f"{group}{{}}",
                    labels=[name],
                    values=[(group.rpartition(".")[2], item)],
                    asked=asked,
                    unit=_money(name),
                )
            return
        thing = Thing(group, asked=asked, unit=unit)
        inner = list(_fill(thing, value, group))
        if thing.values:
            yield thing
        for name, item in inner:
            yield from _walk(item, f"{group}.{name}", asked, thing.unit)


def _fill(thing: Thing, value: dict[str, Any], group: str) -> Iterator[tuple[str, Any]]:
    """Take over an object's own values, and yield what are things by themselves."""
    for name, item in value.items():
        if isinstance(item, list) and any(isinstance(one, (dict, list)) for one in item):
            yield name, item
        elif isinstance(item, dict):
            if _is_series(item) or any(isinstance(one, (list, dict)) for one in item.values()):
                yield name, item
            else:
                thing.values += [(key, one) for key, one in item.items() if one is not None]
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
    if parts and parts[-1] in _ID_ENDINGS and isinstance(value, (str, int)) and not isinstance(value, bool):
        thing.ids.append(str(value))
    if plain == "to" and isinstance(value, str):
        thing.unit = _money(value)


def _is_series(value: dict[str, Any]) -> bool:
    """Whether an object's names are data, such as the days of a series or the currencies of a table."""
    return bool(value) and all(
        isinstance(item, (int, float)) and not isinstance(item, bool) and _DATA_KEY.fullmatch(name)
        for name, item in value.items()
    )


def _money(code: str) -> Unit | None:
    unit = unit_named(code) if len(code) == 3 and code.isupper() else None
    return unit if unit is not None and unit.dimension == "money" else None


@dataclass(frozen=True)
class Amount:
    """A number that is known: its key, its unit as far as that is known, and the thing it belongs to."""

    value: float
    key: str
    unit: Unit | None
    thing: Thing | None = None


_PRICES = frozenset(
    {
        "price",
        "cost",
        "total",
        "amount",
        "fee",
        "fare",
        "balance",
        "paid",
        "refund",
        "result",
        "fine",
        "budget",
        "salary",
        "gross",
        "net",
        "tax",
        "deposit",
        "charge",
        "rent",
        "value",
        "converted",
        "sum",
        "subtotal",
    }
)


def amounts_of(thing: Thing) -> Iterator[Amount]:
    """Yield the numbers among a thing's values."""
    for key, value in thing.values:
        as_number = number(value)
        if as_number is not None:
            yield Amount(
                as_number,
                key,
                unit_of_key(key)
                or (
                    thing.unit
                    if _PRICES & set(name_words(key)) or key == "rates"
                    else thing.unit
                    if thing.labels and not key
                    else None
                ),
                thing,
            )


class Mentions:
    """Where an answer names a thing: by what tells it from the others of its group, or by a day it stands for."""

    def __init__(self, things: Sequence[Thing]) -> None:
        self.things = things
        groups: dict[str, list[Thing]] = {}
        for thing in things:
            groups.setdefault(thing.group, []).append(thing)
        self.groups = groups
        self._words: dict[int, list[frozenset[str]]] = {}
        self._days: dict[int, list[date]] = {}
        self._named: dict[str, list[Thing]] = {}
        for group in groups.values():
            if 1 < len(group) <= 60:
                self._learn(group)

    def _learn(self, group: Sequence[Thing]) -> None:
        """Keep of each label the words that no other thing of the group has."""
        labels = {id(thing): [*thing.labels, *thing.ids, *self._own_questions(thing, group)] for thing in group}
        owners: dict[str, set[int]] = {}
        for thing in group:
            for label in labels[id(thing)]:
                for word in _label_words(label):
                    owners.setdefault(word, set()).add(id(thing))
        for thing in group:
            found = []
            for label in labels[id(thing)]:
                own = frozenset(word for word in _label_words(label) if owners[word] == {id(thing)})
                if own:
                    found.append(own)
                days = [day for mention in days_in(label) for day in mention.days()]
                if days:
                    self._days.setdefault(id(thing), []).extend(days)
            self._words[id(thing)] = found

    @staticmethod
    def _own_questions(thing: Thing, group: Sequence[Thing]) -> list[str]:
        """What a thing's call was asked with and the calls of the others were not."""
        others = {
            value for other in group if other is not thing and other.place != thing.place for value in other.asked
        }
        return [
            value
            for value in thing.asked
            if value not in others and any(other.place != thing.place for other in group) and len(value) <= 60
        ]

    def named_in(self, text: str) -> list[Thing]:
        """Return the things that a text names."""
        if text not in self._named:
            said, days = frozenset(words(text)) | frozenset(_TOKEN.findall(text.casefold())), days_in(text)
            self._named[text] = [thing for thing in self.things if self._is_named(thing, said, days)]
        return self._named[text]

    def _is_named(self, thing: Thing, said: frozenset[str], days: Sequence[Any]) -> bool:
        if any(
            own & said and (len(own) < 3 or 2 * len(own & said) >= len(own)) for own in self._words.get(id(thing), ())
        ):
            return True
        return any(
            mention.fits(day) and mention.readings[0][2] for day in self._days.get(id(thing), ()) for mention in days
        )

    def may_be_named_in(self, text: str) -> list[Thing]:
        """Return the things of which a text has a whole label, even one that several of a group have."""
        said = words(text)
        return [
            thing
            for thing in self.things
            if any(holds(said, words(label)) for label in (*thing.labels, *thing.ids[:1]))
        ]

    def is_well_named(self, thing: Thing, said: frozenset[str]) -> bool:
        """Return whether at least half of the words that are a label's own were said."""
        return any(2 * len(own & said) >= len(own) for own in self._words.get(id(thing), ()))

    def siblings(self, thing: Thing) -> list[Thing]:
        """Return the other things of its group."""
        return [other for other in self.groups[thing.group] if other is not thing]


def _label_words(label: str) -> list[str]:
    """The words by which a label can be told; an identifier is one word, and so is what stands for a code."""
    if days_in(label):
        return []
    if len(label) <= 3 and meanings(label):
        return [word for name in names_of(label) for word in words(name) if word not in _FILLERS] + [label.casefold()]
    if any(sign.isdigit() for sign in label) and " " not in label:
        return [label.casefold()]
    return [word for word in words(label) if (len(word) > 2 or word.isdigit()) and word not in _FILLERS]
