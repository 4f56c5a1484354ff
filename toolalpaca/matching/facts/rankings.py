"""Rankings of things that were shown alike: which fields an adjective measures, and whether another thing has more, or
less, of it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from toolalpaca.core.words import akin, name_terms, name_words, words
from toolalpaca.matching.facts.amounts import amounts_of
from toolalpaca.matching.facts.bounds import within_bounds
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.dates import day_of, weekdays_in
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.superlatives import BY_TIME, DURATIONS, ExtremeClaim
from toolalpaca.matching.language.text import denial
from toolalpaca.matching.language.times import DAY, times_in
from toolalpaca.matching.language.units import in_unit, unit_named, unit_of_key
from toolalpaca.matching.language.values import iso_moment, number

_SHORT_WORD = 3  # letters
_SPAN = "@span"  # the key of how long a thing takes, from its beginning to its end
_SECONDS, _SINCE = 86400, date(1970, 1, 1).toordinal()  # of a day; the day from which they are counted
_LONGEST_MOMENT = 40  # characters of a text that is a moment
_VAGUE = frozenset({"best", "worst"})  # which measure the only number that things have
_CONDITIONS = frozenset({"status", "state", "reason", "method", "mode", "condition", "role"})


def beaten(thing: Thing, group: Sequence[Thing], claim: ExtremeClaim, sentence: str, evidence: Evidence) -> str:
    """Return which thing has more, or less, in all that the sentence may measure; "" when none has, or nothing can be
    measured."""
    if not 1 < len(group) <= 60 or _is_of_several_calls(group) or _is_at_end(thing, group, claim.word):
        return ""
    said, claim = evidence.told_all | frozenset(words(sentence)), _as_measured(claim, thing)
    rivals = [other for other in group if other is thing
              or _is_comparable(thing, other, said) and not _is_ruled_out(other, thing, evidence)]
    keys = measured(thing, rivals, claim, sentence)
    sorts, kinds = _sorts_spoken_of(group, evidence.told_all), _kinds_spoken_of(group, evidence.told_all)
    rivals = [other for other in rivals if other is thing or not (
        kinds & _label_words(thing) - _label_words(other) or _may_lack(other, thing, keys, sorts, evidence))]
    rivals = within_bounds(thing, rivals, evidence, _is_of_days(claim))
    return "" if _is_the_same_for_all(claim.word, sentence, group) else _outdone(thing, rivals, keys, claim)


def turned(thing: Thing, other: Thing, claim: ExtremeClaim, sentence: str) -> str:
    """Return the same of two things that are compared with each other, whatever else they are like."""
    claim = _as_measured(claim, thing)
    return _outdone(thing, [thing, other], measured(thing, [thing, other], claim, sentence), claim)


def _outdone(thing: Thing, rivals: Sequence[Thing], keys: Sequence[str], claim: ExtremeClaim) -> str:
    """Return which thing has more, or less, under all of the keys; "" when there is none."""
    winners = [_winner(thing, rivals, key, wants_more(claim, keys), _reader(claim)) for key in keys]
    if not winners or any(winner is None for winner in winners):
        return ""
    best = winners[0] or thing
    own, other = _names_apart(thing, best, "it"), _names_apart(best, thing, "another")
    return f"{own!r} where {other!r} is" if own != other else ""


def _is_the_same_for_all(word: str, sentence: str, group: Sequence[Thing]) -> bool:
    """Return whether the noun after an adjective names a field that is the same for all: the lowest floor of one."""
    noun = re.search(rf"\b{re.escape(word)} ([a-z]+)", sentence, re.IGNORECASE)
    return noun is not None and any(
        name_words(key) == (*words(noun[1]),) and len({str(one.of(key)) for one in group}) == 1
        for key, _ in group[0].values)


def _sorts_spoken_of(group: Sequence[Thing], told: frozenset[str]) -> list[tuple[str, object]]:
    """Return the texts that some things of a group have under a key and that alone were spoken of: the tram, among
    trams and buses."""
    found: dict[str, set[str]] = {}
    for thing in group:
        for key, value in thing.values:
            if isinstance(value, str) and len(value) <= _LONGEST_MOMENT and value not in thing.labels and any(
                    akin(word, said) for word in words(value) if len(word) > 2 for said in told):
                found.setdefault(key, set()).add(value)
    return [(key, value) for key, values in found.items() if len(values) == 1 for value in values]


def _kinds_spoken_of(group: Sequence[Thing], told: frozenset[str]) -> set[str]:
    """Return the words that were spoken of and that several things of a group have in their names, and not all: a
    drill, among drills and saws; not what all of them are by the name of their function."""
    count, nouns = Counter(word for thing in group for word in _label_words(thing)), name_words(group[0].group)
    return {word for word, size in count.items() if 1 < size < len(group) and word in told and len(word) > _SHORT_WORD
            and not any(akin(word, noun) for noun in nouns)}


def _label_words(thing: Thing) -> set[str]:
    return {word for label in thing.labels for word in words(label)}


def _may_lack(
    other: Thing, thing: Thing, keys: Sequence[str], sorts: Sequence[tuple[str, object]], evidence: Evidence
) -> bool:
    """Return whether a thing may lack what people asked for and another one has: it is not of the sort that was spoken
    of, has not what they want to be had, or is on the other side of a number that they gave."""
    if any(value in thing.of(key) and value not in other.of(key) for key, value in sorts):
        return True
    wants = _WANTS.search(evidence.told_text)
    for key, value in thing.values:
        numbers = {one for figure in evidence.told_figures for one in _in_field(figure, key) if one > 1}
        for theirs in other.of(key)[:1]:
            if wants and value is True and theirs is False:
                return True
            mine, its = (number(one) if isinstance(one, (int, float)) else None for one in (value, theirs))
            if key not in keys and mine is not None and its is not None and any(
                    its < one <= mine or mine <= one < its for one in numbers):
                return True
    return False


def _in_field(figure: Figure, key: str) -> Iterator[float]:
    """Yield a number that people gave, and what it is in the unit of a field."""
    yield figure.values[0]
    if figure.unit is not None and (unit := unit_of_key(key)) is not None and unit != figure.unit:
        yield from in_unit(figure.values[0], figure.unit, unit)


_WANTS = re.compile(
    r"\b(?:with|must|needs?|ha(?:s|ve) to|(?:can|could)(?! (?:you|I|we)\b)|allow\w*|bring|taking|only|whose|suits?)\b"
    r"|\b\w+ (?:where|(?:that|who|which)(?: also)? (?:has|have|is|are|does|do|\w+s))\b",
    re.IGNORECASE,
)


def _names_apart(thing: Thing, other: Thing, otherwise: str) -> str:
    """Return what a thing is called and another is not, else what it is called at all."""
    own = (name for name in (*thing.labels, *thing.ids) if name not in {*other.labels, *other.ids})
    return next(own, thing.label(otherwise))


def _winner(
    thing: Thing, rivals: Sequence[Thing], key: str, large: bool | None, read: Callable[[object], float | None]
) -> Thing | None:
    """Return the rival with the largest or the smallest value under a key, None when the thing's own is as good."""
    values = [(value, other) for other in rivals for one in _values_of(other, key) if (value := read(one)) is not None]
    if len(values) < 2:
        return None
    ways = [way for way, wanted in ((max, True), (min, False)) if large in (None, wanted)]
    best = [way(values, key=lambda one: one[0]) for way in ways]
    mine = next(value for value, other in values if other is thing)
    return None if any(value == mine for value, _ in best) else best[0][1]


def wants_more(claim: ExtremeClaim, keys: Sequence[str]) -> bool | None:
    """Return whether what a claim is said of has the most in these fields rather than the least; None for either."""
    if claim.word in BY_TIME and any(_is_duration(key) for key in keys):
        return BY_TIME[claim.word].large
    if claim.word in _VAGUE and all(set(claim.fields).isdisjoint(name_terms(key)) for key in keys):
        return None
    return claim.large


def _as_measured(claim: ExtremeClaim, thing: Thing) -> ExtremeClaim:
    """Return what an adjective of age says of a thing that has no age: who is older was born before, and the newest is
    of the last year."""
    is_age, has_age = claim.fields == ("age",), any("age" in name_terms(key) for key, _ in thing.values)
    if claim.large is None or has_age or not (is_age or claim.word in _OF_YEARS):
        return claim
    keys = [(key, value) for key, value in thing.values if not _BIRTHS.isdisjoint(name_terms(key))]
    large = claim.large is not is_age
    if is_age and any(_as_day(value) is not None for _, value in keys):
        return ExtremeClaim(claim.word, large, ("@day", *_BIRTHS))
    is_year = any(number(value) is not None for _, value in keys)
    has_day = any(_as_day(value) is not None for _, value in thing.values)
    return ExtremeClaim(claim.word, large, tuple(_BIRTHS)) if is_year and (is_age or not has_day) else claim


_BIRTHS = frozenset(words("born birth birthday birthdate dob founded built opened established made year vintage"))
_OF_YEARS = frozenset({"newer", "newest", "latest", "most-recent", "earliest"})


def _is_of_days(claim: ExtremeClaim) -> bool:
    return claim.fields[:1] == ("@day",)


def _reader(claim: ExtremeClaim) -> Callable[[object], float | None]:
    """Return what reads the values that an adjective measures: days, or numbers."""
    return _as_day if _is_of_days(claim) else number


def _is_duration(key: str) -> bool:
    """Return whether a field says how long something takes, by its name or the unit in it."""
    if key == _SPAN:
        return True
    unit = unit_of_key(key)
    return not set(DURATIONS).isdisjoint(name_terms(key)) or unit is not None and unit.dimension == "duration"


def _values_of(thing: Thing, key: str) -> list[object]:
    """Return the value of a thing under a key, or how long it takes."""
    return [span_of(thing)] if key == _SPAN else list(thing.of(key)[:1])


def _spans(thing: Thing, group: Sequence[Thing], claim: ExtremeClaim) -> list[str]:
    """Return the key of how long things take, if the adjective measures that and they have a beginning and an end."""
    if not set(claim.fields) & set(DURATIONS) or any(span_of(other) is None for other in group):
        return []
    return [_SPAN] if len({span_of(other) for other in group}) > 1 else []


def span_of(thing: Thing) -> float | None:
    """Return how many days a thing takes, if two moments are given for it; else None."""
    moments = [
        moment
        for _, value in thing.values
        if isinstance(value, str) and len(value) <= _LONGEST_MOMENT and times_in(value)
        and (moment := _as_day(value)) is not None
    ]
    return abs(moments[1] - moments[0]) if len(moments) == 2 else None


def _is_at_end(thing: Thing, group: Sequence[Thing], word: str) -> bool:
    """Return whether a thing called the first, or the last, is so in the one list they are of; in one whose days go
    back the end is not the last."""
    if len({other.place for other in group}) > 1:
        return False
    if (word, thing) == ("last", group[-1]):
        found = ([_as_day((other.of(key) or [None])[0]) for other in group] for key, _ in thing.values)
        rows = [[day for day in days if day is not None] for days in found]
        return not any(len(days) == len(group) and days[0] > days[-1] and days == sorted(days)[::-1] for days in rows)
    return (word, thing) == ("first", group[0])


def _is_of_several_calls(group: Sequence[Thing]) -> bool:
    """Return whether the things are in lists that several results hold inside, so that they are not one list."""
    return "." in group[0].group and group[0].group.endswith("[]") and len({thing.place for thing in group}) > 1


def _is_comparable(thing: Thing, other: Thing, said: frozenset[str]) -> bool:
    """Return whether two things are alike in all that may have been a condition: what is true of them, if it was spoken
    of, their state, and whether there is any of them."""
    return all(
        other.of(key)[:1] in ([], [value]) or not (
            isinstance(value, bool) and (
                value and not _TO_BE_HAD.isdisjoint(name_words(key))
                or any(akin(part, word) for part in name_words(key) for word in said)
            )
            or not _CONDITIONS.isdisjoint(name_words(key)) and _may_matter((value, *other.of(key)), said)
        )
        for key, value in thing.values
    ) and not any(
        type(value) is int and value and other.of(key)[:1] == [0] and not _OF_STOCK.isdisjoint(name_terms(key))
        for key, value in thing.values
    )


def _is_ruled_out(other: Thing, thing: Thing, evidence: Evidence) -> bool:
    """Return whether another thing lies on a weekday that people do not want, and this one on none of those."""
    unwanted = {day for text in evidence.told for part in _CLAUSE.split(text) if _UNWANTED.search(part)
                for day in weekdays_in(part)}
    return bool(unwanted) and bool(_weekdays_of(other) & unwanted) and not _weekdays_of(thing) & unwanted


def _weekdays_of(thing: Thing) -> set[int]:
    return {day.weekday() for _, value in thing.values if (day := day_of(value)) is not None}


_CLAUSE = re.compile(r"[.,;:!?\n]\s|(?<!anything)(?<!nothing)(?<!any day)(?<!all)\s+but\s", re.IGNORECASE)
_UNWANTED = denial(
    "except", "but", "other than", "apart from", "aside from", "besides", "out of the question", "avoid", "skip", "bad",
    "impossible", "busy", "away", "unavailable", "rule out", "ruled out", "hate")


def _may_matter(states: Iterable[object], said: frozenset[str]) -> bool:
    """Return whether states of things may have been what people chose by: one was spoken of, or says that a thing is
    over or cannot be had."""
    return any(akin(part, word) for state in states for part in name_words(str(state)) for word in {*said, *_OVER})


# Words of states of things that are over or cannot be had.
_OVER = frozenset(words(
    "cancelled canceled closed sold unavailable inactive retired deleted expired failed full ended finished done over"
    " archived rejected lost broken maintenance suspended disabled reserved booked taken out unknown delayed past"
))
# Words in the names of flags that say that a thing can be had at all.
_TO_BE_HAD = frozenset(words("available free open bookable stock vacant active valid purchasable orderable"))
# Words in the names of fields that say how many there are left of a thing.
_OF_STOCK = frozenset(words(
    "left free available remaining stock seat place room spot vacancy chair packet quantity qty count"
))


def _as_day(value: object) -> float | None:
    """Return the moment a text names as days, with its time of day as a part of one; in UTC if it says its zone."""
    moment = iso_moment(value) if isinstance(value, str) and value[-1:].isdigit() else None
    if moment is not None and moment.tzinfo is not None:
        return moment.timestamp() / _SECONDS + _SINCE
    day = day_of(value)
    times = times_in(value) if isinstance(value, str) and len(value) <= 40 else ()
    if day is None and not times:
        return None
    return (day.toordinal() if day else 0) + (min(times[0].minutes) / DAY if times else 0.0)


def moment_of(value: object) -> float | None:
    """Return the moment that a short text names by day and time, in days since the year 1; None for other values."""
    is_both = isinstance(value, str) and len(value) <= _LONGEST_MOMENT and day_of(value) is not None and times_in(value)
    return _as_day(value) if is_both else None


def measured(thing: Thing, group: Sequence[Thing], claim: ExtremeClaim, sentence: str) -> list[str]:
    """Return the fields that a sentence may speak of: those its adjective measures, or whose value it gives, or that
    alone differ."""
    claim = _as_measured(claim, thing)
    read = _reader(claim)
    keys = [
        key for key in dict.fromkeys(name for name, _ in thing.values)
        if read(thing.of(key)[0]) is not None and len({str(other.of(key)) for other in group if other.of(key)}) > 1
        and not (name_words(key) and name_words(key)[-1] in _NO_MEASURES)
    ]
    if _is_of_days(claim):
        meant = set(claim.fields[1:]) or set(words(sentence))
        most = max((len(set(name_terms(key)) & meant) for key in keys), default=0)
        return [key for key in keys if len(set(name_terms(key)) & meant) == most]
    if claim.fields:
        fitting = [key for key in keys if not set(claim.fields).isdisjoint(name_terms(key))]
        if not fitting and claim is not BY_TIME.get(claim.word, claim):
            return measured(thing, group, BY_TIME[claim.word], sentence)
        dimensions = _DIMENSIONS.get(claim.fields[0], ())
        fitting = fitting or _of_dimension(dimensions, thing, keys)
        fitting = fitting or _given(thing, keys, sentence, dimensions) if dimensions else fitting
        fitting = fitting or _spans(thing, group, claim) or (keys if len(keys) == 1 and claim.word in _VAGUE else [])
        return _given(thing, fitting, sentence) or fitting
    said = words(sentence)
    named = [key for key in keys if any(akin(part, word) for part in name_words(key) for word in said)]
    sizes = _of_dimension(("area",), thing, keys) if is_size(claim.word) else []
    given = _given(thing, keys, sentence) or _of_meaning(claim.word, keys) or named or sizes
    return given if claim.large is None and figures_in(sentence) else given or keys


# Last words in the names of fields whose numbers are no amounts.
_NO_MEASURES = frozenset(words("id no nr code ref key zip postcode latitude longitude lat lon lng"))
_SIZES = frozenset(words("larger largest bigger biggest smaller smallest"))
# What adjectives that measure a field of this name measure, by the dimension of its unit.
_DIMENSIONS = {
    "price": ("money",), "minute": ("duration", "length"), "distance": ("length",), "weight": ("mass",),
    "height": ("length",), "depth": ("length",), "temperature": ("temperature",), "speed": ("speed",),
}


# What adjectives that measure anything measure first of all, by words in the names of fields.
_MEANINGS = {
    "high": frozenset(words("elevation altitude height level")),
    "large": frozenset(words("area size capacity")),
    "small": frozenset(words("area size capacity")),
}


def _of_meaning(word: str, keys: Sequence[str]) -> list[str]:
    """Return the fields that an adjective such as `highest` measures before all others: the elevation of a station."""
    meant = next((fields for stem, fields in _MEANINGS.items() if word.startswith(stem)), frozenset())
    return [key for key in keys if not meant.isdisjoint(name_terms(key))]


def is_size(word: str) -> bool:
    """Return whether an adjective measures how large a thing is, without saying in which way."""
    return word in _SIZES


def _of_dimension(dimensions: Sequence[str], thing: Thing, keys: Sequence[str]) -> list[str]:
    """Return the fields whose values are in a unit of one of the dimensions, or are prices per something."""
    found = [one.key for one in amounts_of(thing) if one.key in keys and one.unit and one.unit.dimension in dimensions]
    return found or [key for key in keys if "money" in dimensions and _is_money_per(name_words(key))]


def _is_money_per(parts: Sequence[str]) -> bool:
    """Return whether a field's name is a currency and what it is paid for: usd_per_night."""
    unit = unit_named(parts[0].upper()) if parts[1:2] == ("per",) or parts[1:2] == ["per"] else None
    return unit is not None and unit.dimension == "money"


def _given(thing: Thing, keys: Sequence[str], sentence: str, dimensions: Sequence[str] = ()) -> list[str]:
    """Return the fields whose value for the thing the sentence gives, in a unit of one of the dimensions if there are
    any."""
    stated = {value for figure in figures_in(sentence) for value in figure.values
              if not dimensions or figure.unit is not None and figure.unit.dimension in dimensions}
    given = {one.key for one in amounts_of(thing) if one.value in stated}
    return [key for key in keys if key in given]
