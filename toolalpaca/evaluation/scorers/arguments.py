"""A golden call's arguments against a made call's: which had to be right, which are, and what is wrong with others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.text import words
from toolalpaca.evaluation.golden import ExpectedCall, Placeholder
from toolalpaca.evaluation.scorers.base import Function
from toolalpaca.matching.grounding import Said
from toolalpaca.matching.text import holds
from toolalpaca.matching.values import as_list, comma_list, item_schema, property_schema, same

RIGHT, WRONG, MISSING, UNGROUNDED = "right", "wrong_argument", "missing_argument", "ungrounded_argument"
_SEARCH_WORDS = set(words("query keyword search term text phrase q topic"))
_POSITION_WORDS = set(words("page offset skip"))
_ABSENT = object()


@dataclass(frozen=True)
class Checked:
    """One value that had to be right; `path` names it, such as `filters.year`. `golden` is text where it is open."""

    finding: str
    path: str
    golden: Any
    made: Any


def checked_arguments(golden: ExpectedCall, made: PredictedCall, function: Function, said: Said) -> list[Checked]:
    """The values of a golden call that a made call of the same function had to give, each with what was found.

    A value has to be right where the instruction gives it, or where it comes from an earlier result. Golden answers
    spell out optional values that nobody asked for, and now and then parameters that there are not: those are free.
    """
    schema = {"properties": function.schemas}
    known = {name: value for name, value in (golden.arguments or {}).items()
             if name in function.schemas or not function.documented}
    return list(_object(known, made.arguments, schema, _Place(said, made.place, "")))


@dataclass(frozen=True)
class _Place:
    """Where a value stands: in which conversation, before which step, under which path."""

    said: Said
    step: int
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    def at(self, name: str | int) -> "_Place":
        inner = f"{self.path}[{name}]" if isinstance(name, int) else f"{self.path}.{name}" if self.path else name
        return _Place(self.said, self.step, inner)


def _object(golden: dict[str, Any], made: Any, schema: dict[str, Any], place: _Place) -> Iterator[Checked]:
    given = {name.casefold(): value for name, value in made.items()} if isinstance(made, dict) else {}
    for name, value in golden.items():
        yield from _value(value, given.get(name.casefold(), _ABSENT), property_schema(schema, name), place.at(name))


def _value(golden: Any, made: Any, schema: dict[str, Any], place: _Place) -> Iterator[Checked]:
    is_start = golden in (0, 1, "0", "1") and bool(_POSITION_WORDS & set(words(place.name)))
    if made is _ABSENT:  # a list is shown from its start unless something else is asked for
        made = schema.get("default", golden if is_start else _ABSENT)
    golden = comma_list(golden) or golden
    if isinstance(golden, dict):
        yield from _object(golden, made, schema, place)
    elif isinstance(golden, list):
        yield from _list(golden, made, schema, place)
    elif isinstance(golden, Placeholder):
        if golden.source:
            grounded = made is not _ABSENT and place.said.grounds(made, place.step)
            yield _checked(grounded, UNGROUNDED, golden.text, made, place)
    elif is_start or place.said.fixes(golden, schema):
        yield _checked(_says_it(golden, made, schema, place), WRONG, golden, made, place)


def _checked(right: bool, otherwise: str, golden: Any, made: Any, place: _Place) -> Checked:
    finding = RIGHT if right else MISSING if made is _ABSENT else otherwise
    return Checked(finding, place.path, golden, None if made is _ABSENT else made)


def _list(golden: list[Any], made: Any, schema: dict[str, Any], place: _Place) -> Iterator[Checked]:
    """Every golden item takes the made item that fits it best; one that fits is not taken twice."""
    left = [] if made is _ABSENT else list(as_list(made))
    items = item_schema(schema)
    for number, item in enumerate(golden):
        found = [list(_value(item, other, items, place.at(number))) for other in left]
        wrong = [sum(one.finding != RIGHT for one in checks) for checks in found]
        if not found:
            yield from _value(item, _ABSENT, items, place.at(number))
            continue
        best = wrong.index(min(wrong))
        yield from found[best]
        if wrong[best] == 0 and found[best]:
            left.pop(best)


def _says_it(golden: Any, made: Any, schema: dict[str, Any], place: _Place) -> bool:
    """The golden value; what is searched for may hold more of the instruction's own words."""
    if made is _ABSENT:
        return False
    if same(golden, made, schema):
        return True
    is_search = isinstance(made, str) and bool(_SEARCH_WORDS & set(words(place.name)))
    return is_search and holds(words(made), words(str(golden))) and holds(place.said.words, words(made))
