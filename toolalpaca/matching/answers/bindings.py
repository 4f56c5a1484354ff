"""Bindings of values to things: what an answer says of one thing must not be what the observations show of another, nor
another of its values."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

from toolalpaca.core.words import name_words, words
from toolalpaca.matching.answers.subjects import told_of
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.amounts import amounts_of
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.facts.mentions import Mentions
from toolalpaca.matching.language.clauses import Clause, sentences_of
from toolalpaca.matching.language.dates import DayMention, bare_days_in, day_of, days_in
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.text import BOUNDED, holds
from toolalpaca.matching.language.times import DAY, times_in
from toolalpaca.matching.language.units import in_unit, unit_of_key
from toolalpaca.matching.language.values import number

_MOST_FIGURES = 60  # of an answer whose differences are taken
_FEW = 2  # in words, which may be no number of anything: the two of them
# After a number of things that the sentence does not name again.
_NO_NOUNS = frozenset(("at", "in", "on", "of", "is", "are", "was", "were", "have", "has", "had", "can", "will"))
_SHORT = 60  # characters of a text that is looked for as a value
_IDLE = frozenset(words("id key code url link href image photo description note type kind"))
_UNITS = frozenset(words("currency unit units"))
_COMPARES = re.compile(
    r"\b(?:more|less|fewer|than|over|under|below|above|by|difference|instead|up|down|rise|rose|fell|both|each|"
    r"together|total|all|average|sum)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"\W{0,3}(?:\w+ )?(?:more|less|fewer|\w+er|in total|altogether|together)\b", re.IGNORECASE)
_IN_ALL = re.compile(r"\b(?:difference|total|sum|by|(?:al)?together|comes to)\W+(?:\w+\W+){0,2}$", re.IGNORECASE)
_AT = re.compile(r"\b(?:at|from|until|till|by|after|before|and|to)\s+$", re.IGNORECASE)  # before an hour
# What is said of a time without its name: 2,835 after 3,150 the year before.
_OTHER_PERIOD = re.compile(
    r"\bprevious\b|\b(?:year|month|week|day|night|hour|minute|second)s? (?:before|earlier|later|after)\b", re.IGNORECASE
)
_ORDINAL_ENDING = re.compile(r"(?:st|nd|rd|th)\b")
_OF_A_SCORE = re.compile(r"\d[-–:]\d|.?.?\d+[-–:]\d")  # 3-1, which is one value of both sides
# Before a value of the other one of two, as in 81 to his 74, or of a scale.
_OF_THE_OTHER = re.compile(
    r"\b(?:(?:to|against|versus|vs|than|from|over|and) (?:his|hers?|theirs?|its|the others?(?:['’]s)?)|out of"
    r"|\d+ of(?: the)?)\s+[€$£]?$",
    re.IGNORECASE,
)
_TO_THE_OTHER = re.compile(r" (?:to|against|versus|vs\.?) (?:the )?[A-Z][\w-]*['’]s? \d")  # before that one's
# What makes a number of one thing the difference of two others of its: goals without penalties.
_LEAVES_OUT = re.compile(r"\b(?:without|excluding|not counting|leav\w+ (?:\S+ ){0,3}(?:aside|out)|disregard\w*|ignor\w+"
                         r"|minus|net|after deducting|apart from|setting aside)\b", re.IGNORECASE)
_SPARE = re.compile(r"\s(?:\w+ )?(?:more|left|free|spare|short|remaining|missing|over|to go)\b", re.IGNORECASE)
_TWO_ENDS = re.compile(r"\bfrom\b.+\bto\b", re.IGNORECASE)


def misattributed(answer: str, known: Known) -> Iterator[str]:
    """Yield what an answer says of one thing and the observations show of another of the same group only."""
    if len(known.things) < 2:
        return
    mentions = known.mentions
    values = _owners(known.things)
    told = {value for figure in known.evidence.told_figures for value in figure.values} | _differences(answer)
    told |= _sums(answer, values)
    is_net = bool(_LEAVES_OUT.search(f"{known.evidence.told_text}\n{answer}"))
    for part, own, rest in told_of(answer, mentions):
        yield from _wrong_values(Statement(part, own, "; ".join(rest), is_net), values, mentions, told)


def _differences(answer: str) -> set[float]:
    """Return the numbers called so that are the sum or the difference of two others in the answer."""
    every = [figure.values[0] for figure in figures_in(answer)[:_MOST_FIGURES] if not figure.worded]
    found = {round(sign * one - other, 6) for one, other in permutations(every, 2) for sign in (1, -1)}
    return {
        figure.values[0]
        for sentence in sentences_of(answer)
        for figure in figures_in(sentence)
        if {round(figure.values[0], 6), -round(figure.values[0], 6)} & found
        and (_MORE.match(sentence, figure.start + len(figure.text)) or _IN_ALL.search(sentence[: figure.start]))
    }


@dataclass(frozen=True)
class Owned:
    """A value that can be told in a text, with its key and the thing it belongs to."""

    key: str
    value: Any
    thing: Thing


def _owners(things: Sequence[Thing]) -> list[Owned]:
    return [
        Owned(key, value, thing)
        for thing in things
        for key, value in thing.values
        if value is not None and not isinstance(value, bool) and not (name_words(key) and name_words(key)[-1] in _IDLE)
    ]


def _sums(answer: str, values: Sequence[Owned]) -> set[float]:
    """Return the numbers in a sentence that two others in it add up to, which are values of two things under one key
    under which none has the sum."""
    found: set[float] = set()
    for sentence in sentences_of(answer):
        stated = {figure.values[0] for figure in figures_in(sentence) if not figure.worded}
        own = [one for one in values if len(stated) > 2 and number(one.value) in stated]
        of_key = {(one.key, number(one.value)) for one in own}
        found |= {total for one, other in combinations(own, 2) if one.key == other.key and one.thing is not other.thing
                  and (total := (number(one.value) or 0) + (number(other.value) or 0)) in stated
                  and (one.key, total) not in of_key}
    return found


@dataclass(frozen=True)
class Statement:
    """A clause with the things that it is about, and `rest`, what its sentence says of them elsewhere; `is_net` if a
    part of their numbers may be left out."""

    part: Clause
    subjects: Sequence[Thing]
    rest: str
    is_net: bool


def _wrong_values(
    said: Statement, values: Sequence[Owned], mentions: Mentions, told: set[float]
) -> Iterator[str]:
    for group in {thing.group for thing in said.subjects}:
        if len(mentions.groups[group]) > 1:
            own = [thing for thing in said.subjects if thing.group == group]
            yield from _of_others(said, own, [one for one in values if one.thing.group == group], told, mentions)


def _of_others(
    said: Statement, own: Sequence[Thing], owned: Sequence[Owned], told: set[float], mentions: Mentions
) -> Iterator[str]:
    """Yield the values in a clause that belong to other things of the group and not to those it names."""
    mine, part = {id(thing) for thing in own}, said.part
    if _OTHER_PERIOD.search(part.text):
        return
    beside = [*_later_of(own, mentions), *(one for one in said.subjects if one.group != own[0].group)]
    is_named = part.in_table or part.joint == ":" or any(id(one) in mine for one in mentions.named_in(part.text))
    given = [fits for _, fits in _stated_values(said.rest, set())] if not is_named else []
    for stated, fits in _stated_values(part.text, told):
        holders = [one for one in owned if fits(one.value, one.key)]
        if isinstance(stated, str):
            if _TWO_ENDS.search(part.text) and not days_in(stated):
                continue  # of which the clause may name one only
            holders = _of_other_fields(holders, [one for one in owned if id(one.thing) in mine])
        if not holders or any(id(one.thing) in mine for one in holders):
            continue
        keys = {one.key for one in holders}
        rivals = [one for one in owned if id(one.thing) in mine and one.key in keys]
        if any(fits(value, key) for thing in beside for key, value in thing.values) or _is_in_a_text(stated, part, own):
            continue
        if any(is_given(one.value, one.key) for one in rivals for is_given in given):
            continue  # the sentence gives the thing's own value elsewhere: this one is of what the clause is about
        if _is_of_a_named_day(stated, part, own, holders):
            continue
        if rivals and not _follows(stated, said, own) and not _share_a_name(part.sentence, own, holders):
            label = own[0].labels[0] if own[0].labels else (own[0].asked or ["it"])[0]
            yield f"{stated if isinstance(stated, str) else stated.text!r} of another than {label!r}"


def _of_other_fields(holders: Sequence[Owned], mine: Sequence[Owned]) -> list[Owned]:
    """Return the texts of fields of which a clause has no value of the named things, `mine`, and that are no part of
    theirs; if it has others of theirs, only names of several words, such as the player of another recital next to a
    recital's own title."""
    own = {one.key for one in holders if any(one is other for other in mine)
           and str(one.value) not in (*one.thing.labels, *one.thing.ids)}
    texts = [words(one.value) for one in mine if isinstance(one.value, str)]
    return [one for one in holders if one.key not in own and (not own or " " in one.value and one.value[:1].isupper())
            and not any(holds(text, words(one.value)) for text in texts)]


def _is_of_a_named_day(stated: Any, part: Clause, own: Sequence[Thing], holders: Sequence[Owned]) -> bool:
    """Return whether a number is of a thing whose day its clause gives by its number, which those it names do not have:
    3.1 on the 8th and 4.4 on the 26th."""
    said = bare_days_in(part.text) if isinstance(stated, Figure) else set()
    mine, theirs = ({day.day for thing in things for _, value in thing.values if (day := day_of(value)) is not None}
                    for things in (own, [one.thing for one in holders]))
    return bool(said & theirs - mine)


def _later_of(own: Sequence[Thing], mentions: Mentions) -> list[Thing]:
    """Return what later results show of the same things, by their ids: what they are like after a change."""
    last = {thing_id: thing.place for thing in own for thing_id in thing.ids[:1]}
    return [one for one in mentions.things if one.ids and one.place > last.get(one.ids[0], one.place)]


def _is_in_a_text(stated: Any, part: Clause, own: Sequence[Thing]) -> bool:
    """Return whether a figure is a part of a text of the named things that a clause gives: the 1 of `Gym 1`."""
    said = words(part.text)
    return isinstance(stated, Figure) and any(
        isinstance(value, str) and len(value) <= _SHORT and any(word.isalpha() for word in words(value))
        and stated.text in words(value) and holds(said, words(value))
        for thing in own for _, value in thing.values
    )


def _share_a_name(sentence: str, own: Sequence[Thing], holders: Sequence[Owned]) -> bool:
    """Return whether a sentence names what the things share with those whose values it gives, such as their client;
    a part of an id names nothing."""
    said = words(sentence)
    ids = [name for thing in own for name in (*thing.labels, *thing.ids) if name in sentence and name[-1].isdigit()]
    mine = {value for thing in own for key, value in thing.values
            if isinstance(value, str) and value[:1].isupper() and _UNITS.isdisjoint(name_words(key))}
    return any(
        value in mine and holds(said, words(value)) and not any(value != own_id and value in own_id for own_id in ids)
        for one in holders
        for _, value in one.thing.values
        if isinstance(value, str)
    )


def _stated_values(text: str, told: set[float]) -> Iterator[tuple[Any, Any]]:
    """Yield what a text states, with a test of whether a value under a key is that."""
    yield from _stated_amounts(text, told)
    yield from _texts(text)


def _stated_amounts(text: str, told: set[float]) -> Iterator[tuple[Any, Any]]:
    """Yield the numbers, days and times that a text states; numbers that people `told` are not of one thing."""
    for figure in wholes(figures_in(text)):
        end = figure.start + len(figure.text)
        is_ordinal = _ORDINAL_ENDING.match(text, end) or _OF_A_SCORE.match(text[max(figure.start - 2, 0) : end + 2])
        is_other = _OF_THE_OTHER.search(text[: figure.start]) or _TO_THE_OTHER.match(text, end)
        if is_ordinal or _counts_things(figure) or BOUNDED.search(text[: figure.start]) or is_other:
            continue
        if figure.values[0] not in told and not (figure.worded and figure.values[0] <= _FEW):
            is_hour = figure.unit is None and figure.values[0] in range(25) and _AT.search(text[: figure.start])
            yield figure, _hour_test(figure) if is_hour else _figure_test(figure)
    for mention in days_in(text):
        if mention.readings[0][2]:
            yield text[mention.start : mention.end], _day_test(mention)
    for time in times_in(text):
        yield text[time.start : time.end], _time_test(time.minutes)


def _hour_test(figure: Figure) -> Any:
    """Return the test of a number that may be an hour: at 3."""
    is_figure, hour = _figure_test(figure), int(figure.values[0])
    is_time = _time_test(frozenset({60 * hour % DAY, 60 * (hour + 12) % DAY}))
    return lambda value, key: is_figure(value, key) or is_time(value, key)


def _counts_things(figure: Figure) -> bool:
    """Return whether a number in words says how many things there are, as in `all three are` and `three called so`."""
    return figure.worded and figure.unit is None and (figure.noun.endswith("ed") or figure.noun in _NO_NOUNS)


def _figure_test(figure: Figure) -> Any:
    def fits(value: Any, key: str) -> bool:
        as_number, unit = number(value), unit_of_key(key)
        if as_number is None:
            return False
        if unit is not None and figure.unit is not None and not unit.fits(figure.unit):
            return arithmetic.any_says(figure, in_unit(as_number, unit, figure.unit))
        return as_number in figure.values or arithmetic.says(figure, as_number)

    return fits


def _day_test(mention: DayMention) -> Any:
    return lambda value, _: (
        isinstance(value, str)
        and len(value) <= 40
        and any(mention.fits(day) for other in days_in(value) for day in other.days())
    )


def _time_test(minutes: frozenset[int]) -> Any:
    return lambda value, _: (
        isinstance(value, str) and len(value) <= 40 and any(minutes & other.minutes for other in times_in(value))
    )


def _texts(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the words of a clause as a whole: a value in words is looked for in it."""
    said = words(text)

    def fits(value: Any, _: str) -> bool:
        return (
            isinstance(value, str)
            and 3 < len(value) <= _SHORT
            and not value[:1].isdigit()
            and holds(said, words(value))
        )

    yield " ".join(said)[:_SHORT], fits


def _follows(stated: Any, said: Statement, own: Sequence[Thing]) -> bool:
    """Return whether a figure follows from the named things' own values, such as their difference."""
    if not isinstance(stated, Figure):
        return False
    amounts = [amount for thing in own for amount in amounts_of(thing)]
    is_rest = said.is_net or _SPARE.match(said.part.text, stated.start + len(stated.text))
    if is_rest and arithmetic.any_says(stated, (
            one.value - other.value for each in arithmetic.by_thing(amounts) for one, other in permutations(each, 2))):
        return True
    return bool(_COMPARES.search(said.part.sentence)) and arithmetic.derived(stated, arithmetic.Basis(amounts))
