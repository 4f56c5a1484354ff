"""Numbers that belong together: those under one name in a list, in one call's result, of the things that share a
value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.language.values import number

_MOST = 60  # things of a group that are looked at
_MOST_FIELDS = 8  # by whose values a list is split


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
    parts = (pair for group in groups.values() if len(group) <= _MOST for pair in _parts(group))
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
