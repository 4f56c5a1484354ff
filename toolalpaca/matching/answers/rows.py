"""Rows in answers: a line of a list, or a name with values in parentheses, gives several values of one thing, which one
thing of those shown must have together."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.core.words import name_words, words
from toolalpaca.matching.facts.entities import ID_ENDINGS, Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.clauses import clauses_of, sentences_of
from toolalpaca.matching.language.dates import day_of, days_in
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import holds, places_of
from toolalpaca.matching.language.times import minutes_in, times_in
from toolalpaca.matching.language.values import number

_LINE = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+(?P<row>.+)$", re.MULTILINE)
_NAMED = re.compile(r"(?P<row>[^,;:.()\n]{3,60}\([^()\n]{3,120}\))")
_MORE = re.compile(
    r"\b(?:and|both|each|all|others?|another|twice|two|three|none|not|as well|also|same|than|more|less"
    r"|is|are|was|were)\b|\+|/",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?=\w*[_-]?\d)[\w-]{2,}")  # what identifies a thing rather than names it
_BETWEEN = re.compile(r"[\"'”*]{0,3} \(?[\"'“*]{0,3}")
_ARTICLES = ("a", "an")  # of an hour, which is no figure of its own
_LONGEST = 60  # characters of a value that is looked for
_MOST = 30  # things of a list
_SHORT_HEADING = 6  # words


def mixed_rows(answer: str, known: Known) -> Iterator[str]:
    """Yield the rows whose values no single thing of a list has together, though each of them is one's."""
    groups = [
        group for name, group in known.mentions.groups.items() if name.endswith("[]") and 1 < len(group) <= _MOST
    ]
    rows = [match["row"] for pattern in (_LINE, _NAMED) for match in pattern.finditer(answer)] if groups else []
    rows += _clause_rows(answer) if groups else []
    for row in dict.fromkeys(rows):
        if not _MORE.search(row) and any(_is_mixed(row, group, known.mentions.things) for group in groups):
            yield f"of different things: {row.strip()[:60]}"


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


def misplaced_in_order(answer: str, known: Known) -> Iterator[str]:
    """Yield the sentences that name several things of a list and then give as many values of one field, each of which
    is one of theirs, in another order: A and B cost 5 and 7 respectively."""
    for sentence in sentences_of(answer):
        for things, end in _in_order(sentence, known):
            figures = [figure.values[0] for figure in figures_in(sentence) if figure.start >= end]
            times = [time.minutes for time in times_in(sentence) if time.start >= end]
            for key, _ in things[0].values:
                own = [(thing.of(key) or [None])[0] for thing in things]
                minutes = [min(minutes_in(str(value)[:_LONGEST]), default=None) for value in own]
                said = [next((one for one in minutes if one in time), -1) for time in times]
                if _is_turned([number(value) for value in own], figures) or _is_turned(minutes, said):
                    yield f"in another order: {key} of {things[0].label()}"
                    break


def _in_order(sentence: str, known: Known) -> Iterator[tuple[list[Thing], int]]:
    """Yield the things of each list that a sentence names by their whole names, which no other of the list has, in its
    order, with the end of the last name."""
    named = known.mentions.named_in(sentence)
    for group in {thing.group for thing in named if thing.group.endswith("[]")}:
        places: list[tuple[int, int, Thing]] = []
        owners = Counter(label for one in known.mentions.groups[group] for label in {*one.labels, *one.ids[:1]})
        for thing in (one for one in named if one.group == group):
            found = [span for label in (*thing.labels, *thing.ids[:1]) if len(label) > 1 and owners[label] == 1
                     for span in _spans(label, sentence)]
            places += [(found[0][0], max(end for _, end in found), thing)] if found else []
        if 1 < len(places) == sum(one.group == group for one in named):
            places.sort(key=lambda one: one[0])
            yield [thing for _, _, thing in places], max(end for _, end, _ in places)


def _is_turned(own: Sequence[Any], stated: Sequence[Any]) -> bool:
    """Return whether several values are stated, all different, and in another order."""
    are_all = len(own) == len(stated) == len(set(own)) and None not in own
    return are_all and set(own) == set(stated) and list(own) != list(stated)


def misfiled(answer: str, known: Known) -> Iterator[str]:
    """Yield the things in a list or a line under a heading that is what only another call of their function was asked
    with: a player of Bonn under `Ulm:`."""
    groups = [group for name, group in known.mentions.groups.items()
              if name.endswith("[]") and len({thing.place for thing in group}) > 1]
    for heading, text in _under_headings(answer) if groups else ():
        for group in groups:
            asked = {place: _asked_with(place, group, words(heading)) for place in {thing.place for thing in group}}
            places = {place for place, values in asked.items() if values}
            own = {label for thing in group if thing.place in places for label in thing.labels}
            if len(places) == 1 and not any(_asked_with(place, group, words(text)) for place in asked):
                yield from (f"{thing.label()} under {heading.strip()}" for thing in group if thing.place not in places
                            and any(label not in own and not days_in(label) and holds(words(text), words(label))
                                    for label in thing.labels))


def _asked_with(place: int, group: Sequence[Thing], said: Sequence[str]) -> list[str]:
    """Return the values that only the call at a place was asked with and that were said."""
    others = {value for thing in group if thing.place != place for value in thing.asked}
    own = {value for thing in group if thing.place == place for value in thing.asked}
    return [value for value in own - others if len(value) > 1 and holds(said, words(value))]


def _under_headings(answer: str) -> Iterator[tuple[str, str]]:
    """Yield each line of a list or after a colon with what stands over or before it in a few words."""
    heading = ""
    for line in answer.split("\n"):
        item = _LINE.match(line)
        before, colon, after = (item["row"] if item else line).partition(":")
        if colon and after.strip() and len(words(before)) <= _SHORT_HEADING:
            yield before, after
        elif item:
            yield heading, item["row"]
        elif line.strip():
            heading = line if len(words(line)) <= _SHORT_HEADING else ""


def misnamed_ids(answer: str, known: Known) -> Iterator[str]:
    """Yield the names next to which the id of another thing of their list stands: the red tent (T-7)."""
    shown = answer.casefold()
    for name, group in known.mentions.groups.items():
        last = [thing for thing in group if thing.place == group[-1].place]
        if not name.endswith("[]") or not 1 < len(last) <= _MOST:
            continue
        owners: dict[str, list[Thing]] = {}
        for thing in last:
            for label in dict.fromkeys((*thing.labels, *thing.ids[:1])):
                owners.setdefault(label, []).append(thing)
        single = [
            (label, things[0]) for label, things in owners.items()
            if len(things) == 1 and label.casefold() in shown
            and not any(label != other and label.casefold() in other.casefold() for other in owners)
        ]
        ids = [(label, thing) for label, thing in single if _CODE.fullmatch(label)]
        for label, thing in single:
            for code, other in ids if not _CODE.fullmatch(label) else ():
                if other is not thing and _next_to(label, code, answer):
                    yield f"{label} is not {code}"


def _spans(label: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a label stands in a text as whole words, in capitals or not."""
    yield from ((start, start + len(label)) for start in places_of(label.lower(), text.lower()))


def _next_to(label: str, own_id: str, answer: str) -> bool:
    """Return whether a name and an id stand next to each other, with nothing but quotes or a parenthesis between."""
    names, ids = list(_spans(label, answer)), list(_spans(own_id, answer))
    return any(_BETWEEN.fullmatch(answer, end, start) for before, after in ((names, ids), (ids, names))
               for first, end in before for start, last in after
               if end <= start and "-" not in (answer[first - 1:first], answer[last:last + 1]))


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
    said, days = words(row), days_in(row)
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
                else 2 < len(str(value)) <= _LONGEST and holds(said, words(str(value)))
            )
            if is_said:
                found.setdefault(key, []).append(value)
    every = [value for values in found.values() for value in values]
    apart = {key: [one for one in values if not any(_is_part(one, other) for other in every)]
             for key, values in found.items()}
    single = {key: values[0] for key, values in apart.items() if len(values) == 1}
    numbers = [number(value) for value in single.values() if number(value) is not None]
    return {key: value for key, value in single.items() if numbers.count(number(value)) < 2}


def _is_part(one: Any, other: Any) -> bool:
    """Return whether a value is a part of a text: salmon of lemon salmon, the 1 of Gym 1."""
    own = words(str(one))
    return isinstance(other, str) and own != words(other) and holds(words(other), own)
