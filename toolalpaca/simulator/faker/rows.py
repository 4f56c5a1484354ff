"""The examples of an object's fields read as rows of a table, so that what belongs together stays together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolalpaca.core.text import name_key
from toolalpaca.simulator.faker.source import Draw, Phrase

NAMING = frozenset({"title", "name", "fullname", "displayname", "headline", "label", "subject", "text"})


@dataclass(frozen=True)
class Column:
    """A field of text with several examples, one a row."""

    name: str
    examples: tuple[Phrase, ...]


class Rows:
    """The rows of one kind of object."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._count = max((len(column.examples) for column in columns), default=0)
        self._named = any(column.name in NAMING for column in columns)

    @classmethod
    def of(cls, examples: dict[str, list[Any]]) -> "Rows":
        """Return the rows of an object, from the examples of its fields by name."""
        return cls([Column(name_key(name), tuple(map(Phrase, values))) for name, values in examples.items()
                    if len(values) > 1 and all(isinstance(value, str) for value in values)])

    def most(self, draw: Draw) -> int | None:
        """Return how many items of a list can be told apart, None if that is not limited."""
        if not self._count:
            return None
        fitting = self._fitting(draw)
        if fitting is not None:
            return len(fitting) if self._named else None
        return self._count

    def row(self, draw: Draw) -> int | None:
        """Return the row of the object that is being made: one that the request asks for, else one by chance; a list's
        items keep the order of the rows. None if there are no rows."""
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
        asked = [column for column in self._columns if isinstance(draw.echo.get(column.name), str)]
        found = [row for row in range(self._count) if all(
            row < len(column.examples) and column.examples[row].folded == draw.echo[column.name].casefold()
            for column in asked)] if asked else []
        return found or [row for row in range(self._count) if any(
            row < len(column.examples) and any(map(column.examples[row].is_about, draw.phrases))
            for column in self._columns)] or None


def row_holds(example: str, text: str) -> bool:
    """Return whether an example is about what a text of the request says."""
    return Phrase(example).is_about(Phrase(text))
