"""Rows in answers: a line of a list, or a name with values in parentheses, gives several values of one thing, which one
thing of those shown must have together."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.core.words import name_words, words
from toolalpaca.matching.facts.entities import ID_ENDINGS, Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.clauses import clauses_of
from toolalpaca.matching.language.dates import day_of, days_in
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import ADDRESS, holds
from toolalpaca.matching.language.times import times_in
from toolalpaca.matching.language.values import number

_LINE = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+(?P<row>.+)$", re.MULTILINE)
_NAMED = re.compile(r"(?P<row>[^,;:.()\n]{3,60}\([^()\n]{3,120}\))")
_MORE = re.compile(
    r"\b(?:and|both|each|all|others?|another|twice|two|three|none|not|as well|also|same|than|more|less"
    r"|is|are|was|were)\b|\+|/",
    re.IGNORECASE,
)
_ARTICLES = ("a", "an")  # of an hour, which is no figure of its own
_LONGEST = 60  # characters of a value that is looked for
_MOST = 30  # things of a list


def mixed_rows(answer: str, known: Known) -> Iterator[str]:
    """Yield the rows whose values no single thing of a list has together, though each of them is one's."""
    groups = [
        group for name, group in known.mentions.groups.items() if name.endswith("[]") and 1 < len(group) <= _MOST
    ]
    rows = [match["row"] for pattern in (_LINE, _NAMED) for match in pattern.finditer(answer)] if groups else []
    clauses = [row for row in _clause_rows(answer) if row not in rows] if groups else []
    for row in dict.fromkeys([*rows, *clauses]):
        unnamed = [group for group in groups if row not in clauses or not _names_one(row, group)]
        if not _MORE.search(row) and any(_is_mixed(row, group, known.mentions.things) for group in unnamed):
            yield f"of different things: {row.strip()[:60]}"


def _names_one(row: str, group: Sequence[Thing]) -> bool:
    """Return whether a row gives the name of a thing, so that what it says is said of that one."""
    stated = _stated(row, group).values()
    return any(str(value) in (*thing.labels, *thing.ids) for value in stated for thing in group)


def _clause_rows(answer: str) -> Iterator[str]:
    """Yield the clauses of an answer that give one number, day and time at most, each with the parenthesis after it."""
    parts = [one for one in clauses_of(answer) if not one.in_table]
    for part, after in zip(parts, [*parts[1:], None], strict=False):
        row = f"{part.text} {after.text}" if after and after.joint == "(" else part.text
        moments = [(one.start, one.end) for found in (days_in(row), times_in(row)) for one in found]
        figures = [one for one in figures_in(row) if not any(start <= one.start < end for start, end in moments)]
        worded = [one for one in figures if one.worded]
        kinds = [len(figures), len(days_in(row)), len(times_in(row))]
        if max(kinds) == 1 and sum(kinds) < len(kinds) and not worded and not part.is_compared:
            yield row


def _is_mixed(row: str, group: Sequence[Thing], things: Sequence[Thing]) -> bool:
    stated = _stated(row, group)
    if len(stated) < 2:
        return False
    others = [value for thing in things if thing.group != group[0].group for _, value in thing.values]
    stated = {
        key: value
        for key, value in stated.items()
        if _is_id(key) or not any(_says(other, value) for other in others)
    }
    return len(stated) > 1 and not any(
        all(value in thing.of(key) for key, value in stated.items()) for thing in group
    )


def _is_id(key: str) -> bool:
    return name_words(key)[-1:] != () and name_words(key)[-1] in ID_ENDINGS


def _says(other: Any, value: Any) -> bool:
    """Return whether a value says another: the same day or number, or a text that the value is a part of."""
    if day_of(value) is not None or number(value) is not None:
        return bool(day_of(other) == day_of(value) and number(other) == number(value))
    return isinstance(other, str) and holds(words(other), words(str(value)))


def _stated(row: str, group: Sequence[Thing]) -> dict[str, Any]:
    """Return the values of fields that a row gives: of each field the only one, and no number that several have."""
    said, bare = words(row), words(ADDRESS.sub(" ", row))  # a part of an address is no value of its own
    days = [mention for mention in days_in(row) if mention.readings[0][2]]
    figures = {value for figure in figures_in(row) if figure.text.lower() not in _ARTICLES for value in figure.values}
    found: dict[str, list[Any]] = {}
    for thing in group:
        for key, value in thing.values:
            if isinstance(value, bool) or value in found.get(key, ()):
                continue
            day = day_of(value)
            is_said = (
                any(mention.fits(day) for mention in days)
                if day is not None
                else number(value) in figures
                if number(value) is not None
                else 2 < len(str(value)) <= _LONGEST
                and holds(said if ADDRESS.search(str(value)) else bare, words(str(value)))
            )
            if is_said:
                found.setdefault(key, []).append(value)
    every = [value for values in found.values() for value in values]
    apart = {key: [one for one in values if not any(_is_part(one, other) for other in every)]
             for key, values in found.items()}
    single = {key: values[0] for key, values in apart.items() if len(values) == 1}
    names = {word for key in single for word in name_words(key)}
    same = Counter(map(_comparable, single.values()))  # one time of two fields may be either's
    return {key: value for key, value in single.items()
            if same[_comparable(value)] < 2 and not names.issuperset(words(str(value)))}


def _comparable(value: Any) -> Any:
    as_number = number(value)
    return str(value).casefold() if as_number is None else as_number


def _is_part(one: Any, other: Any) -> bool:
    """Return whether a value is a part of a text: salmon of lemon salmon, the 1 of Gym 1."""
    own = words(str(one))
    return isinstance(other, str) and own != words(other) and holds(words(other), own)
