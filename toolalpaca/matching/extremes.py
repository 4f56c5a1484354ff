"""The largest, the cheapest, the first: what an answer singles out, held against all that was shown of the same
kind."""

import re
from collections.abc import Callable, Iterator, Sequence

from toolalpaca.core.text import name_words, words
from toolalpaca.matching.bindings import day_of
from toolalpaca.matching.clauses import sentences_of
from toolalpaca.matching.entities import Thing
from toolalpaca.matching.known import Known
from toolalpaca.matching.numbers import figures_in
from toolalpaca.matching.times import times_in
from toolalpaca.matching.values import number

# Adjectives with the fields they measure; "" stands for any field. The forms are: comparative, superlative.
_LARGE = {
    "higher highest": "",
    "larger largest": "",
    "bigger biggest": "",
    "greater greatest": "",
    "longer longest": "minute duration length hour runtime distance page second day",
    "pricier priciest dearer dearest costlier costliest": "price cost fee fare rate",
    "later latest": "@day",
    "newer newest": "@day",
    "farther farthest further furthest": "distance km mile",
    "older oldest": "age",
    "heavier heaviest": "weight mass",
    "faster fastest": "speed",
    "warmer warmest hotter hottest": "temperature",
    "taller tallest": "height",
    "better best": "rating score review",
    "deeper deepest": "depth",
    "busier busiest": "count",
    "stronger strongest": "speed wind",
    "most-expensive": "price cost fee fare rate", "most-recent": "@day",
}
_SMALL = {
    "lower lowest": "",
    "smaller smallest": "",
    "fewer fewest": "",
    "shorter shortest": "minute duration length hour runtime distance page second day",
    "cheaper cheapest": "price cost fee fare rate",
    "earlier earliest sooner soonest": "@day",
    "nearer nearest closer closest": "distance km mile",
    "younger youngest": "age",
    "lighter lightest": "weight mass",
    "slower slowest": "speed",
    "colder coldest cooler coolest": "temperature",
    "worse worst": "rating score review",
    "least-expensive": "price cost fee fare rate",
}
_FIRST = re.compile(
    r"\b(?:due|is|comes?|starts?|begins?|arrives?|leaves?|ends?|expires?|runs out)\s+(?P<which>first|last)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|second|third|next|one of the|among the|than|as|at|for|by|of)\s+(?:the\s+)?$", re.IGNORECASE
)

_NOT_THE = re.compile(r"\b(?:second|third|next|not the|one of the|among the|at|at the)\s*-?$", re.IGNORECASE)


_LETTERS = re.compile(r"[a-z]+")


def _words_of(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {word: tuple(fields.split()) for forms, fields in table.items() for word in forms.split()}


_BY_WORD: dict[str, tuple[bool, tuple[str, ...]]] = {
    **{word: (True, fields) for word, fields in _words_of(_LARGE).items()},
    **{word: (False, fields) for word, fields in _words_of(_SMALL).items()},
}
_PATTERN = re.compile(r"\b(?:" + "|".join(_BY_WORD) + r")\b", re.IGNORECASE)
_OPENINGS = frozenset(word.partition("-")[0] for word in (*_BY_WORD, "first", "last"))


def wrong_extremes(answer: str, known: Known) -> Iterator[str]:
    """Yield what an answer calls the largest, cheapest or first of its kind when something shown is more so."""
    mentions = known.mentions
    for written in sentences_of(answer):
        sentence = re.sub(r"\b(most|least) (expensive|recent)\b", r"\1-\2", written, flags=re.IGNORECASE)
        for large, fields, word in _claims(sentence):
            named = mentions.named_in(sentence if not word.endswith("er") else _before_colon(sentence))
            if not named:
                named = _holders(sentence, known)
            groups = {thing.group for thing in named}
            if len(named) == 1 and len(groups) == 1:
                found = _beaten(named[0], mentions.groups[named[0].group], large, fields, sentence)
                if found:
                    yield f"{word}: {found}"


def _holders(sentence: str, known: Known) -> list[Thing]:
    """The thing of a list whose value a sentence gives without naming it, when there is only one."""
    stated = {value for figure in figures_in(sentence) for value in figure.values if value > 12 or figure.step < 1}
    minutes = {minute for time in times_in(sentence) for minute in time.minutes}
    return [thing for thing in known.things if thing.group.endswith("[]") and any(
        number(value) in stated or (isinstance(value, str) and len(value) < 40 and any(
            time.minutes & minutes for time in times_in(value))) for _, value in thing.values)]


def _before_colon(sentence: str) -> str:
    return re.split(r"[:;]", sentence)[0]


def _claims(sentence: str) -> Iterator[tuple[bool, tuple[str, ...], str]]:
    if _OPENINGS.isdisjoint(_LETTERS.findall(sentence.lower())):
        return
    for match in _PATTERN.finditer(sentence):
        before, word = sentence[: match.start()], match[0].lower()
        if (word.endswith("est") or not _NOT.search(before)) and not _NOT_THE.search(before.rstrip()):
            yield *_BY_WORD[word], word
    for match in _FIRST.finditer(sentence):
        yield match["which"].lower() == "last", ("@day",), match["which"].lower()


def _beaten(thing: Thing, group: Sequence[Thing], large: bool, fields: tuple[str, ...], sentence: str) -> str:
    """Which thing has more, or less, of what the sentence measures; "" when none has, or it cannot be told what is
    measured."""
    if not 1 < len(group) <= 60:
        return ""
    keys = _measured(thing, group, fields, sentence)
    if len(keys) != 1:
        return ""
    key = keys[0]
    read: Callable[[object], float | None] = _as_day if fields[:1] == ("@day",) else _as_number
    values = [(value, other) for other in group for one in other.of(key)[:1] if (value := read(one)) is not None]
    mine = next((value for value, other in values if other is thing), None)
    if mine is None or len(values) < 2:
        return ""
    best = max(values, key=lambda one: one[0]) if large else min(values, key=lambda one: one[0])
    if best[0] == mine:
        return ""
    return (
        f"{(thing.labels or thing.ids or ['it'])[0]!r} where {(best[1].labels or best[1].ids or ['another'])[0]!r} is"
    )


def _as_number(value: object) -> float | None:
    return number(value)


def _as_day(value: object) -> float | None:
    """The moment a text names as days, with its time of day as a part of one."""
    day = day_of(value)
    times = times_in(value) if isinstance(value, str) and len(value) <= 40 else ()
    if day is None and not times:
        return None
    return (day.toordinal() if day else 0) + (min(times[0].minutes) / 1440 if times else 0.0)


def _measured(thing: Thing, group: Sequence[Thing], fields: tuple[str, ...], sentence: str) -> list[str]:
    """The fields that a sentence may speak of: those its adjective measures, or whose value it gives, or that alone
    differ."""
    is_day = fields[:1] == ("@day",)
    read = _as_day if is_day else _as_number
    keys = [
        key
        for key in dict.fromkeys(name for name, _ in thing.values)
        if read(thing.of(key)[0]) is not None
        and len({str(other.of(key)) for other in group if other.of(key)}) > 1
        and not (name_words(key) and name_words(key)[-1] in ("id", "latitude", "longitude", "lat", "lon", "lng"))
    ]
    if is_day:
        return (
            keys
            if len(keys) == 1
            else [key for key in keys if set(words(" ".join(name_words(key)))) & set(words(sentence))]
        )
    if fields:
        fitting = [key for key in keys if set(fields) & set(words(" ".join(name_words(key))))]
        return fitting if len(fitting) == 1 else _given(thing, fitting, sentence)
    return _given(thing, keys, sentence) or (
        keys
        if len(keys) == 1
        else [key for key in keys if set(words(" ".join(name_words(key)))) & set(words(sentence))]
    )


def _given(thing: Thing, keys: Sequence[str], sentence: str) -> list[str]:
    """The fields whose value for the thing the sentence gives."""
    stated = {value for figure in figures_in(sentence) for value in figure.values}
    return [key for key in keys if _as_number(thing.of(key)[0]) in stated]
