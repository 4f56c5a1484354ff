"""The texts that tell the items of a list apart, each with another value in every item: titles, and for things without
an id what they are."""

from collections.abc import Callable
from typing import Any

from toolalpaca.core.words import id_noun, name_key, name_words
from toolalpaca.openapi.schema_parts import Schema, followed, parts_of, properties_of, types_of
from toolalpaca.openapi.schemas import NAMED
from toolalpaca.simulator.faker.source import NAMING, Draw

_ENDINGS = (("title",), ("name",), ("version",))
_TIMES = ("date", "date-time")
_TOLD = frozenset({"enum", "const", "format", NAMED})  # keywords of texts that may be the same in several items
_TRIES = 20  # for one item


class DistinctTexts:
    """Which fields of a list's items these are: one of each group."""

    def __init__(self, root: Schema, items: Any, noun: str,
                 compiled: Callable[[Any, str], Callable[[Draw], Any]]) -> None:
        """Find the fields of items that are a `noun`; `compiled` turns a field's schema into what makes its values."""
        properties = {name: followed(root, part) for name, part in properties_of(root, items).items()}
        texts = [name for name, part in properties.items() if "string" in types_of(root, part)
                 and id_noun(name) is None and all(_TOLD.isdisjoint(one) for one, _ in parts_of(root, part))]
        titles = [name for name in texts if name_key(name) in NAMING or name_words(name)[-1:] in _ENDINGS][:1]
        own = [name for name in texts if name_key(name) == noun and name not in titles]
        if any(id_noun(name) is not None or part.get("format") in _TIMES for name, part in properties.items()):
            own = texts = []
        groups = [group for group in (titles, own) if group] or [texts] * bool(texts)
        self._groups = [[(name, name_key(name), compiled(properties[name], name)) for name in group]
                        for group in groups]

    def begun(self, draw: Draw) -> "list[_Taken]":
        """Return what keeps the texts of one list apart: of each group the first field that the request leaves open."""
        return [_Taken(*one) for group in self._groups
                if (one := next((field for field in group if field[1] not in draw.echo), None)) is not None]


class _Taken:
    """The values that one field has in a list's items so far."""

    __slots__ = ("_name", "_make", "_values")

    def __init__(self, name: str, _key: str, make: Callable[[Draw], Any]) -> None:
        self._name, self._make = name, make
        self._values: set[str] = set()

    def lets_in(self, item: Any, draw: Draw) -> bool:
        """Give an item a text that no earlier one has, if need be; return whether there is one."""
        text = item.get(self._name) if isinstance(item, dict) else None
        if not isinstance(text, str):
            return True
        for _ in range(_TRIES):
            if text not in self._values:
                self._values.add(text)
                item[self._name] = text
                return True
            text = self._make(draw)
        return False
