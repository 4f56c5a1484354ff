"""Sources of one made-up answer: a random generator fixed by the request, the request's own values, the examples of an
object's fields, read as rows of a table so that what belongs together stays together, and the texts that tell the items
of a list apart."""

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from toolalpaca.core.jsons import json_type
from toolalpaca.core.words import id_noun, name_key, name_words, words
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import Schema, followed, parts_of, properties_of, types_of
from toolalpaca.openapi.schemas import NAMED
from toolalpaca.simulator.requests import CheckedRequest
from toolalpaca.simulator.semantics import TITLE_FIELDS

_LIMITS = frozenset({"limit", "count", "size", "pagesize", "perpage", "number", "num", "max", "maxresults", "top",
                     "take", "first", "rows", "results", "maxitems", "numresults", "resultsperpage", "n"})
_LONGEST_LIST = 10
_DEEP = 6  # from here on only what is required is made
_ENOUGH = 2_000  # values, after which the same holds
_MOST = 10_000  # values in one answer, whatever a document asks for
_SHORTEST_WORD = 4  # letters of a word that says what is looked for
_MOST_REFERENCES = 100  # one within the other


def seed_of(text: str) -> int:
    """Return a number of 64 bits that looks random and is the same for the same text."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


@dataclass(frozen=True)
class Phrase:
    """A text made ready to be compared with many others."""

    text: str

    @cached_property
    def folded(self) -> str:
        """Return the text whatever its case."""
        return self.text.casefold()

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the text's words in the form in which they are compared."""
        return frozenset(words(self.text))

    def is_about(self, sought: "Phrase") -> bool:
        """Return whether it holds what the other one says."""
        return sought.folded in self.folded or bool(sought.words) and sought.words <= self.words


@dataclass
class Draw:
    """`echo` maps plain names to the request's values; `limit` is how many items it asks for at most."""

    random: random.Random
    echo: dict[str, Any] = field(default_factory=dict)
    limit: int | None = None
    done: str = ""  # what a confirmation message says
    depth: int = 0
    item: int | None = None  # which item of a list is being made; None outside of lists
    length: int = 1  # of that list
    row: int | None = None  # which of their examples the fields of the object that is being made take
    references: int = 0  # how many the place is within
    made: int = 0  # values so far
    varies: bool = False  # whether something is read by arguments, on which its values depend
    fitting: dict[object, list[int] | None] = field(default_factory=dict)  # of each table, the rows that are asked for

    @cached_property
    def rotation(self) -> int:
        """Return which of several examples comes first."""
        return int(self.random.random() * 1_000_000)

    @cached_property
    def phrases(self) -> list[Phrase]:
        """Return what the request says in words, also in its lists."""
        values = [item for value in self.echo.values() for item in (value if isinstance(value, list) else [value])]
        return [Phrase(value) for value in values if isinstance(value, str) and len(value) >= _SHORTEST_WORD]

    @property
    def is_deep(self) -> bool:
        """Return whether to make no more than what is required."""
        return self.depth > _DEEP or self.made > _ENOUGH

    @property
    def is_over(self) -> bool:
        """Return whether to stop even if more is required, for example in an object that must contain itself."""
        return self.made > _MOST or self.references > _MOST_REFERENCES

    def list_length(self, least: int, most: int | None) -> int:
        """Return how many items a list gets: three to five, or what the request or the schema allows."""
        length = self.random.randint(3, 5)
        if self.item is None and self.limit is not None:
            length = min(self.limit, _LONGEST_LIST)
        return max(least, length if most is None else min(length, most))


def request_values(call: CheckedRequest) -> dict[str, Any]:
    """Return the values a request gives, by plain name; a parameter wins over a field of the body, and that over one of
    an object directly in it."""
    fields = call.body_fields.values()
    inner = {name: value for part in fields if isinstance(part, dict) for name, value in part.items()}
    return {name_key(name): value for name, value in {**inner, **call.given}.items()}


def request_limit(call: CheckedRequest) -> int | None:
    """Return how many items a request asks for at most, None if it does not say."""
    for name, value in call.arguments.items():
        if name_key(name) in _LIMITS and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None


def is_page_count(name: str) -> bool:
    """Return whether a number of that name says how many items there are: `total`, `total_results`, `count`."""
    parts = name_words(name)
    return bool(parts) and (parts[0] in ("total", "count") or parts[-1] in ("total", "count")) \
        and not any(word in ("page", "pages") for word in parts)


NAMING = frozenset({*TITLE_FIELDS, "text"})


class Rows:
    """The rows of one kind of object, from the examples of its fields by name."""

    def __init__(self, examples: dict[str, list[Any]]) -> None:
        self._columns = [(name_key(name), list(map(Phrase, values))) for name, values in examples.items()
                         if len(values) > 1 and all(isinstance(value, str) for value in values)]
        self._count = max((len(phrases) for _, phrases in self._columns), default=0)
        self._named = any(name in NAMING for name, _ in self._columns)

    def most(self, draw: Draw) -> int | None:
        """Return how many items of a list can be told apart, None if that is not limited."""
        fitting = self._fitting(draw) if self._count else None
        if fitting is not None:
            return len(fitting) if self._named else None
        return self._count or None

    def row(self, draw: Draw) -> int | None:
        """Return the row of the object that is being made: the one that the request asks for, else one by chance; a
        list's items keep the order of the rows. None if there are no rows."""
        if not self._count:
            return None
        place, fitting = draw.item or 0, self._fitting(draw)
        if fitting is not None:
            return fitting[place % len(fitting)]
        chosen = sorted((step + draw.rotation) % self._count for step in range(min(draw.length, self._count)))
        return chosen[place] if place < len(chosen) else None

    def _fitting(self, draw: Draw) -> list[int] | None:
        """Return the rows that have the request's values, or what it looks for in one of their texts; None if none."""
        if self not in draw.fitting:
            draw.fitting[self] = self._asked_for(draw)
        return draw.fitting[self]

    def _asked_for(self, draw: Draw) -> list[int] | None:
        asked = [(draw.echo[name].casefold(), phrases) for name, phrases in self._columns
                 if isinstance(draw.echo.get(name), str)]
        found = [row for row in range(self._count) if all(
            row < len(phrases) and phrases[row].folded == text for text, phrases in asked)] if asked else []
        if found or not draw.phrases:
            return found or None
        return [row for row in range(self._count) if any(
            row < len(phrases) and any(map(phrases[row].is_about, draw.phrases))
            for _, phrases in self._columns)] or None


def examples_of(schema: Schema) -> list[Any]:
    """Return the default and the examples of a schema that fit it."""
    given = schema.get("examples")
    examples = [schema[key] for key in ("example", "default") if key in schema]
    examples += given if isinstance(given, list) else []
    return [value for value in examples if _fits_roughly(schema, value)]


def rows_of(root: Schema, schema: Any) -> Rows:
    """Return the rows of an object's fields."""
    return Rows({name: examples_of(followed(root, part)) for name, part in properties_of(root, schema).items()
                 if "string" in types_of(root, part)})


def _fits_roughly(schema: Schema, value: Any) -> bool:
    if value is None:
        return False
    alone = {key: part for key, part in schema.items() if key != "$defs"}
    if '"$ref"' in json.dumps(alone, default=str):  # to definitions that are elsewhere
        return json_type(value) == schema.get("type")
    return SchemaCheck(alone).is_valid(value)


def row_holds(example: str, text: str) -> bool:
    """Return whether an example is about what a text of the request says."""
    return Phrase(example).is_about(Phrase(text))


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
        ids = [name for name, part in properties.items() if id_noun(name) in ("", noun)
               and {"string", "integer"} & {*types_of(root, part)} and not part.keys() & {"enum", "const"}][:1]
        groups = [group for group in (titles, own) if group] or [texts] * bool(texts)
        groups += [ids] * bool(ids)
        self._groups = [[(name, compiled(properties[name], name)) for name in group] for group in groups]

    def begun(self, draw: Draw) -> "list[_Taken]":
        """Return what keeps the texts of one list apart: of each group the first field that the request leaves open."""
        first = (next((one for one in group if name_key(one[0]) not in draw.echo), None) for group in self._groups)
        return [_Taken(*one) for one in first if one is not None]


@dataclass(slots=True)
class _Taken:
    """The values that one field has in a list's items so far."""

    name: str
    make: Callable[[Draw], Any]
    values: set[str | int] = field(default_factory=set)

    def lets_in(self, item: Any, draw: Draw) -> bool:
        """Give an item a text or a number that no earlier one has, if need be; return whether there is one."""
        text = item.get(self.name) if isinstance(item, dict) else None
        if not isinstance(text, (str, int)):
            return True
        for _ in range(_TRIES):
            if text not in self.values:
                self.values.add(text)
                item[self.name] = text
                return True
            text = self.make(draw)
        return False
