"""The largest, the cheapest, the first: what an answer singles out, held against all that was shown of the same
kind."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from toolalpaca.core.words import name_words, words
from toolalpaca.matching.bindings import day_of
from toolalpaca.matching.clauses import clauses_of, sentences_of
from toolalpaca.matching.dates import days_in, weekdays_in
from toolalpaca.matching.entities import STATE_WORDS, Thing
from toolalpaca.matching.evidence import Evidence
from toolalpaca.matching.known import Known
from toolalpaca.matching.numbers import figures_in
from toolalpaca.matching.times import minutes_in, times_in
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
    "faster fastest quicker quickest": "speed",
    "warmer warmest hotter hottest": "temperature",
    "taller tallest": "height",
    "better best": "rating score review",
    "deeper deepest": "depth",
    "busier busiest": "count",
    "stronger strongest": "speed wind",
    "most-expensive": "price cost fee fare rate",
    "most-recent": "@day",
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
    r"\b(?:due|is|comes?|goes|starts?|begins?|arrives?|leaves?|departs?|ends?|expires?|opens?|runs out|is up)\s+"
    r"(?P<which>first|last)\b"
    r"|\bthe (?P<one>first|last)\b(?! (?:night|weeks?|months?|years?|days?|time|name|two|three|four|of the"
    r" (?:month|year|week)|minute|class|floor|quarter|half|step|page|thing)\b)(?=.{0,60}\d|.{0,60}\b(?:at|on)\b)",
    re.IGNORECASE,
)
_MOST_OF = re.compile(
    r"\b(?:the )?(?P<which>most|least)\b(?= (?:of (?:it|them) )?(?:in|on|at|was|came)\b)", re.IGNORECASE
)
_NOT = re.compile(
    r"\b(?:not|second|third|next|one of the|among the|than|as|at|for|by|of)\s+(?:the\s+)?$", re.IGNORECASE
)

_UNKNOWN = re.compile(r"\bthe (\w{3,}est)\b", re.IGNORECASE)
_NO_SUPERLATIVES = frozenset(
    words(
        "interest forest guest request test latest rest west honest modest harvest contest "
        "suggest "
        "invest digest priest protest arrest chest quest best earnest conquest"
    )
)
_BOUND = re.compile(
    r"\b(?:under|over|at least|at most|up to|more than|less than|below|above|within|minimum|maximum)\b", re.IGNORECASE
)
_DAY_BOUND = re.compile(r"\b(?:before|after|from|until|since|by|next|past|later than|earlier than)\b", re.IGNORECASE)
_NOT_THE = re.compile(r"\b(?:second|third|next|not the|one of the|among the|at|at the)\s*-?$", re.IGNORECASE)


_NEAR = 24  # characters after a word such as `before` in which what it bounds is looked for
_MOMENT = re.compile(
    r"\W*(?:the |that |this |next |last |about |around |my |our )*(?:\d|one\b|two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve|half|quarter|tomorrow|today|tonight|then|lunch|dinner|breakfast|work|school|week|month|year|weekend|summer"
    r"|spring|autumn|winter|christmas|easter|\w+(?:st|nd|rd|th)\b)",
    re.IGNORECASE,
)
_RANKS = STATE_WORDS - {"status", "state", "reason", "method", "mode", "condition", "role"}
_DOTTED = re.compile(r"(?<![\d.])([01]?\d|2[0-3])\.([0-5]\d)(?![\d.])")
_LETTERS = re.compile(r"[a-z]+")


def _words_of(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {word: tuple(fields.split()) for forms, fields in table.items() for word in forms.split()}


_BY_WORD: dict[str, tuple[bool, tuple[str, ...]]] = {
    **{word: (True, fields) for word, fields in _words_of(_LARGE).items()},
    **{word: (False, fields) for word, fields in _words_of(_SMALL).items()},
}
_DURATIONS = ("minute", "duration", "hour", "runtime", "second", "travel")
_TOP = re.compile(
    r"\b(?:is|are|comes?|ranks?|was|were) (?:out |right )?(?:on top|in the lead|number one|at the top)\b", re.IGNORECASE
)
_PATTERN = re.compile(r"\b(?:" + "|".join(_BY_WORD) + r")\b", re.IGNORECASE)
_OPENINGS = frozenset(word.partition("-")[0] for word in (*_BY_WORD, "first", "last"))


@dataclass(frozen=True)
class ExtremeClaim:
    """What is said to be more, less or first: whether more, None for an adjective that is not known, and the fields
    that the adjective measures."""

    word: str
    large: bool | None
    fields: tuple[str, ...] = ()


def wrong_extremes(answer: str, known: Known) -> Iterator[str]:
    """Yield what an answer calls the largest, cheapest or first of its kind when something shown is more so."""
    mentions = known.mentions
    for written in sentences_of(answer):
        sentence = re.sub(r"\b(most|least) (expensive|recent)\b", r"\1-\2", written, flags=re.IGNORECASE)
        for claim in _claims(sentence):
            for thing in _singled_out(claim, sentence, known):
                found = beaten(thing, mentions.groups[thing.group], claim, sentence, known.evidence)
                if found:
                    yield f"{claim.word}: {found}"


def _singled_out(claim: ExtremeClaim, sentence: str, known: Known) -> list[Thing]:
    """Return the one thing that is said to be the first or the largest: named, or told by its values, and of a list
    that has what the claim measures; [] if it is not clear which."""
    mentions, clause = known.mentions, _clause_with(sentence, claim.word)
    named = [mentions.named_in(clause), mentions.named_in(sentence)]
    held = [_holders(clause, known)]
    is_day = claim.fields[:1] == ("@day",)
    for found in (*(held if is_day else named), *(named if is_day else held), _holders(sentence, known)):
        fitting = [
            thing
            for thing in found
            if _measured(thing, mentions.groups[thing.group], claim, sentence) and not _is_in_a_name(claim, thing)
        ]
        if fitting:
            return fitting if len(fitting) == 1 else []
    return []


def _is_in_a_name(claim: ExtremeClaim, thing: Thing) -> bool:
    """Return whether the word is a part of a field's name, as in `the last seen`."""
    return claim.word in ("first", "last") and any(claim.word in name_words(key) for key, _ in thing.values)


def _clause_with(sentence: str, word: str) -> str:
    parts = clauses_of(sentence)
    for place, part in enumerate(parts):
        if word in part.text.lower():
            return part.text if not place or len(parts[place - 1].text.split()) > 3 else sentence
    return sentence


def _holders(sentence: str, known: Known) -> list[Thing]:
    """Return the thing of a list whose value a sentence gives without naming it, when there is only one."""
    stated = {value for figure in figures_in(sentence) for value in figure.values if value > 12 or figure.step < 1}
    minutes = minutes_in(sentence)
    minutes |= {int(hour) * 60 + int(rest) for hour, rest in _DOTTED.findall(sentence)}
    return [
        thing
        for thing in known.things
        if thing.group.endswith("[]")
        and any(
            number(value) in stated
            or (isinstance(value, str) and len(value) < 40 and any(time.minutes & minutes for time in times_in(value)))
            for _, value in thing.values
        )
    ]


# Trains are the faster, the less time they take, if no speed is given.
_BY_TIME = {
    word: ExtremeClaim(word, large=large, fields=_DURATIONS)
    for large, forms in ((False, "faster fastest quicker quickest"), (True, "slower slowest"))
    for word in forms.split()
}


def _claims(sentence: str) -> Iterator[ExtremeClaim]:
    said = _LETTERS.findall(sentence.lower())
    if (
        _OPENINGS.isdisjoint(said)
        and not {"most", "least", "top", "lead", "number"} & set(said)
        and not any(word.endswith("est") for word in said)
    ):
        return
    for match in _PATTERN.finditer(sentence):
        before, word = sentence[: match.start()], match[0].lower()
        if _NOT_THE.search(before.rstrip()):
            continue
        if word.endswith("est") or "-" in word or not (_NOT.search(before) or _is_relative(sentence, match)):
            yield ExtremeClaim(word, *_BY_WORD[word])
    for match in _FIRST.finditer(sentence):
        which = (match["which"] or match["one"]).lower()
        yield ExtremeClaim(which, which == "last", ("@day",))
    yield from (ExtremeClaim(match[0].lower(), large=True) for match in _TOP.finditer(sentence))
    for match in _MOST_OF.finditer(sentence):
        yield ExtremeClaim(match["which"].lower(), match["which"].lower() == "most")
    for match in _UNKNOWN.finditer(sentence):
        if match[1].lower() not in _BY_WORD and match[1].lower() not in _NO_SUPERLATIVES:
            yield ExtremeClaim(match[1].lower(), None)


def claim_of(word: str) -> ExtremeClaim | None:
    """Return what a superlative, `first` or `last` measures; None for other words."""
    if word in ("first", "last"):
        return ExtremeClaim(word, word == "last", ("@day",))
    return ExtremeClaim(word, *_BY_WORD[word]) if word in _BY_WORD else None


def _is_relative(sentence: str, match: re.Match[str]) -> bool:
    """Return whether a comparative compares with something else than the rest of the list: later by a week, nearer than
    it."""
    before = sentence[: match.start()].rstrip().lower()
    return bool(re.search(r"\bthan\b", sentence[match.end() :])) or not before.endswith((" the", " is", " are", "'s"))


def beaten(thing: Thing, group: Sequence[Thing], claim: ExtremeClaim, sentence: str, evidence: Evidence) -> str:
    """Return which thing has more, or less, in all that the sentence may measure; "" when none has, or nothing can be
    measured."""
    if not 1 < len(group) <= 60 or _is_of_several_calls(group):
        return ""
    rivals = [other for other in group if other is thing or _is_comparable(thing, other)]
    keys, large = _measured(thing, rivals, claim, sentence), claim.large
    if claim.word in _BY_TIME and set(_DURATIONS) & {part for key in keys for part in name_words(key)}:
        large = _BY_TIME[claim.word].large
    if not keys or _has_bounds(evidence, claim.fields[:1] == ("@day",)):
        return ""
    read: Callable[[object], float | None] = _as_day if claim.fields[:1] == ("@day",) else _as_number
    winners = []
    for key in keys:
        values = [(value, other) for other in rivals for one in other.of(key)[:1] if (value := read(one)) is not None]
        mine = next((value for value, other in values if other is thing), None)
        best = (
            [
                way(values, key=lambda one: one[0])
                for way, wanted in ((max, True), (min, False))
                if large in (None, wanted)
            ]
            if len(values) > 1
            else []
        )
        if mine is None or not best or any(value == mine for value, _ in best):
            return ""
        winners.append(best[0][1])
    own, other = _label(thing, "it"), _label(winners[0], "another")
    return f"{own!r} where {other!r} is" if own != other else ""


def _is_of_several_calls(group: Sequence[Thing]) -> bool:
    """Return whether the things are in lists that several results hold inside, so that they are not one list."""
    return "." in group[0].group and group[0].group.endswith("[]") and len({thing.place for thing in group}) > 1


def _label(thing: Thing, otherwise: str) -> str:
    return (thing.labels or thing.ids or [otherwise])[0]


def _is_comparable(thing: Thing, other: Thing) -> bool:
    """Return whether two things are alike in all that may have been a condition: what is true of them, their state, and
    whether there is any of them."""
    return all(
        other.of(key)[:1] == [value]
        for key, value in thing.values
        if other.of(key) and (isinstance(value, bool) or (STATE_WORDS - _RANKS) & set(name_words(key)))
    ) and not any(value and other.of(key)[:1] == [0] for key, value in thing.values if isinstance(value, int))


def _has_bounds(evidence: Evidence, is_day: bool) -> bool:
    """Return whether people set a bound that the best of all may lie beyond, since no call was asked with it."""
    told, asked = evidence.told_text, {value for leaf in evidence.asked if (value := number(leaf)) is not None}
    for match in (_DAY_BOUND if is_day else _BOUND).finditer(told):
        near = told[match.end() : match.end() + _NEAR]
        if _holds_a_moment(near) if is_day else not {one.values[0] for one in figures_in(near)[:1]} <= asked:
            return True
    return False


def _holds_a_moment(text: str) -> bool:
    """Return whether a day or a time, in any form, follows at once."""
    near = text[:_NEAR]
    return bool(days_in(near) or times_in(near) or weekdays_in(near) or _MOMENT.match(near))


def _as_number(value: object) -> float | None:
    return number(value)


def _as_day(value: object) -> float | None:
    """Return the moment a text names as days, with its time of day as a part of one."""
    day = day_of(value)
    times = times_in(value) if isinstance(value, str) and len(value) <= 40 else ()
    if day is None and not times:
        return None
    return (day.toordinal() if day else 0) + (min(times[0].minutes) / 1440 if times else 0.0)


def _measured(thing: Thing, group: Sequence[Thing], claim: ExtremeClaim, sentence: str) -> list[str]:
    """Return the fields that a sentence may speak of: those its adjective measures, or whose value it gives, or that
    alone differ."""
    fields = claim.fields
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
        return [key for key in keys if set(words(" ".join(name_words(key)))) & set(words(sentence))] or keys
    if fields:
        fitting = [key for key in keys if set(fields) & set(words(" ".join(name_words(key))))]
        if not fitting and claim is not _BY_TIME.get(claim.word, claim):
            return _measured(thing, group, _BY_TIME[claim.word], sentence)
        return _given(thing, fitting, sentence) or fitting
    named = [key for key in keys if set(words(" ".join(name_words(key)))) & set(words(sentence))]
    return _given(thing, keys, sentence) or named or keys


def _given(thing: Thing, keys: Sequence[str], sentence: str) -> list[str]:
    """Return the fields whose value for the thing the sentence gives."""
    stated = {value for figure in figures_in(sentence) for value in figure.values}
    return [key for key in keys if _as_number(thing.of(key)[0]) in stated]
