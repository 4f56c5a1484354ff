"""Grounding of a number: said, exactly or by one step, or shown by a result under a name that fits."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations

from toolalpaca.conversation.observation import Leaf
from toolalpaca.core.words import akin, name_words, singular, words
from toolalpaca.matching.arguments.documented import QUANTITIES, number_explained
from toolalpaca.matching.arguments.grounded_bounds import is_first_inside
from toolalpaca.matching.arguments.grounded_counts import counts_what_is_there
from toolalpaca.matching.arguments.grounded_people import PARTY, counts_people, is_part_of_party
from toolalpaca.matching.arguments.grounded_spans import decades, spans_said
from toolalpaca.matching.facts.amounts import HUNDREDTHS
from toolalpaca.matching.facts.entities import ID_ENDINGS, things_in
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.choices import same_words
from toolalpaca.matching.language.dates import ORDINALS
from toolalpaca.matching.language.numbers import Figure
from toolalpaca.matching.language.relative_days import relative_days
from toolalpaca.matching.language.text import FUNCTION_WORDS, denial, listed
from toolalpaca.matching.language.units import PRICE_WORDS, Unit, conversions, in_unit, unit_of_key
from toolalpaca.matching.language.values import number

SMALL = 1000  # a number below it may be in a result by chance, so the names have to agree too
_ID_WORDS = frozenset({"id", "key", "code", "uuid", "slug", "ref", "reference", "number", "handle"})
_TIME_OF_YEAR = {"year": 0, "month": 1, "day": 2}
_MONEY = PRICE_WORDS | {"amount", "value", "total", "paid", "sum", "balance", "due"}
_SINGLE = re.compile(r"\b(?:an?|one|single|my|the)\s+(?:\w+\s+)?(\w{3,})")
_COORDINATE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s?°?\s?([NSEW])\b")
_NONE_SAID = re.compile(
    rf"{denial(r'zero|free|direct|directly|straight|non-?stop|any|empty|ground').pattern}"
    r"|\b(?:stop|halt|cease|switch(?:ed)?|turn(?:ed)?|shut|clear|reset)\b(?: \w+){0,4} "
    r"(?:completely|entirely|off|down|out)\b",
    re.IGNORECASE,
)
_OF_ANOTHER_SIZE = frozenset(listed("half halves quarter quarters pair pairs dozen dozens pack packs box boxes"))
_MOST_OR_LEAST = frozenset({"min", "max"})
_MOST_TAKEN = 60  # numbers of results of which a part may be asked for
_ADDED = PARTY | QUANTITIES | _MONEY | frozenset(listed("score point age weight distance duration goal"))
_TIMES = {"double": 2.0, "twice": 2.0, "triple": 3.0, "treble": 3.0, "thrice": 3.0, "quadruple": 4.0, "halve": 0.5}
_SHARES = re.compile(r"\b(?:split|each|per|divided?|among|between|shared?|apiece|a head)\b", re.IGNORECASE)
_FORMULA = re.compile(r"(?<![\w.,/-])d?\d+(?:[:dx×+]\d+)+(?![\w-]|[.,]\d)", re.IGNORECASE)  # 14:23, 1d6+4, 1920x1080
_WITH_LETTER = re.compile(r"(?<![\w.,/-])(\d{1,3})[A-Za-z](?![\w-])")  # a class 7B, a seat 14C, a house 12a
_GROUPED = frozenset(listed("year grade form class row house street block floor track gate platform"))
_SHORT_YEAR = re.compile(r"(?<!\w)['’](\d\d)\b")
_LENGTHS = frozenset(listed("radius distance range length kilometre kilometer km"))
_KILO = re.compile(r"(?<![\w.,])(\d+(?:\.\d+)?)k\b")
_SHORTEST_NAME = 4  # letters that a field's name has to exceed to be told in what people say
_BOTH_WAYS = re.compile(r"\b(?:each|either|both) ways?\b|\band back\b|\bround[- ]trip\b", re.IGNORECASE)
_ONE_WAY = re.compile(r"\s*(?:each|either) way\b", re.IGNORECASE)
_WITH_POINT = re.compile(r"(?<![\w.,:])\d+\.\d+(?![\w:]|[.,]\d)")  # a number, though it looks like a time: at 8.58
# Words that make another number of the one that was said, with one that is known.
_MAKES_ANOTHER = re.compile(
    r"\b(?:more|less|fewer|longer|shorter|another|extra|additional(?:ly)?|further|again|each|per|every|by|half|twice"
    r"|double|back|both ways|round[- ]trip|left|rest|remain\w*|than|extend|prolong|add|instead|together|total"
    r"|halve|triple|treble|thrice|quadruple|shared?|split|divided?|among|between|plus|minus|altogether|combined)\b",
    re.IGNORECASE,
)
_POSITION = re.compile(r"(?<![\d:.])(?:(\d{1,2}):(?=\d\d:\d\d))?(\d{1,3}):([0-5]\d)(?![\d:])")
_AT_THE_START = re.compile(r"\b(?:at|from) (?:the )?(?:very )?(?:start|beginning)\b", re.IGNORECASE)
_PLAIN_IDS = frozenset({"id", "identifier"})  # names of fields that do not say what they identify
_ROUNDED = 0.005  # of a number, by which rounding may change it
_BARE_ONES = frozenset(listed("a an one both"))  # which may be no number at all
_ORDINAL_WORDS = ORDINALS
_ORDERED = re.compile(rf"\b(?:{'|'.join(_ORDINAL_WORDS)})\s+([a-z]+)")


def number_given(
    value: float, evidence: Evidence, names: frozenset[str], *, literal: bool, about: str = ""
) -> bool:
    """Return whether a number was given; `names` are the words of its argument's name, `about` is its description,
    which may give its unit, the size of what is counted, or the kind of thing that is numbered."""
    if _is_on_other_side(value, evidence, names) or is_part_of_party(value, evidence, names):
        return False
    figures = [figure for figure in evidence.told_figures if not (names & _ID_WORDS and figure.worded)]
    described = names.union(words(about))
    others = [figure for figure in figures if _is_in_another_unit(figure, abs(value), described)]
    said = (
        any(_says_number(figure, abs(value), described, literal=literal) for figure in figures
            if not _is_other_part(figure, evidence, names) and not _counts_others(figure, figures, names)
            and figure not in others and not _is_one_way(figure, evidence, described))
        or _part_of_day(value, evidence, names)
        or value in _written_close(evidence.told_text, names)
        or _is_ordered(value, evidence, names)
        or value == 1 and (_names_one_of(_SINGLE, evidence, names) or "single" in evidence.told_all)
        or _is_named_with(value, evidence, names)
        or value % 1 != 0 and not others and value in map(float, _WITH_POINT.findall(evidence.told_text))
        or value == 0 and bool(_NONE_SAID.search(evidence.told_text))
        or "second" in described and value in _seconds_in(evidence.told_text)
    )
    return said or not literal and (
        _is_shown(value, evidence, names, described - names)
        or number_explained(value, about, evidence)
        or is_first_inside(value, evidence, names)
        or not _is_said_for(names, figures, evidence) and (
            _follows(value, figures, evidence, names)
            or counts_people(value, figures, evidence, names)
            or counts_what_is_there(value, evidence, names)
            or _follows_from_shown(value, evidence, names)
        )
    )


def _is_said_for(names: frozenset[str], figures: Sequence[Figure], evidence: Evidence) -> bool:
    """Return whether people gave a number in the unit or of the things that the argument is named after, and nothing
    that makes another one of it: `two and a half hours`, not `two hours more`."""
    own = [figure.text for figure in figures if figure not in evidence.told_parts and _is_named_for(figure, names)]
    told = evidence.told_text
    for text in own:
        told = told.replace(text, "")
    return bool(own) and names.isdisjoint(_OF_ANOTHER_SIZE) and not _MAKES_ANOTHER.search(told)


def _is_named_for(figure: Figure, names: frozenset[str]) -> bool:
    """Return whether a number is in the unit, or of the things, that an argument is named after: 3 kids, of
    `children`."""
    if figure.unit is not None:
        return figure.unit.name in names or any(unit.fits(figure.unit) for unit in _units_of(figure, names))
    return bool(figure.noun) and any(
        akin(figure.noun, name) or singular(figure.noun) in same_words(singular(name)) for name in names)


def _counts_others(figure: Figure, figures: Sequence[Figure], names: frozenset[str]) -> bool:
    """Return whether a number is of other people or things than the argument's, of which people gave the number too: 2
    adults, for `children`."""
    return (
        figure.unit is None and figure.noun.endswith("s") and not names & QUANTITIES
        and not _is_named_for(figure, names) and any(_is_named_for(other, names) for other in figures)
    )


def _is_on_other_side(value: float, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a latitude was said as a longitude, or the other way round: 13.4 E."""
    wrong_side = "EWew" if names & {"latitude", "lat"} else "NSns" if names & {"longitude", "lon", "lng"} else ""
    return bool(wrong_side) and any(
        float(digits) == abs(value) and side in wrong_side for digits, side in _COORDINATE.findall(evidence.told_text)
    )


def _is_ordered(value: float, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a place in an order was said: the second chapter, for an argument that is a chapter or a place."""
    return value in _placed(evidence) and (
        bool(names & {"position", "place", "rank", "index"}) or _names_one_of(_ORDERED, evidence, names)
    )


def _is_named_with(value: float, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether people said a whole number right after a word of the argument's name: district 4, 10 to 20 May."""
    told = evidence.told_text.lower()
    return value % 1 == 0 and any(
        re.search(rf"\b{re.escape(name)}s?\W{{1,3}}{value:.0f}(?!\w|[.,:]\d)", told)
        for name in names - _ID_WORDS
        if len(name) > 3 and name in told
    )


def _names_one_of(pattern: re.Pattern[str], evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether what a pattern finds in what people said is named like an argument."""
    found = pattern.findall(evidence.told_text.lower())
    return any(akin(word, name) for word in found for name in names if len(name) > 3)


def _follows(value: float, figures: Sequence[Figure], evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a number follows from what people said by one step."""
    steps = (*_combined(figures, evidence.told_text, names), *_spans(evidence), *decades(evidence.told_text),
             *_placed(evidence))
    return value in spans_said(evidence, names) or any(
        math.isclose(one, abs(value), rel_tol=1e-6, abs_tol=1e-9) or _is_rounded(one, abs(value)) for one in steps
    )


def _is_rounded(one: float, value: float) -> bool:
    """Return whether a number is another one with fewer places, which makes no great difference."""
    places = len(f"{value:.10g}".partition(".")[2])
    return math.isclose(one, value, rel_tol=_ROUNDED) and math.isclose(round(one, places), value, rel_tol=1e-9)


def _is_one_way(figure: Figure, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a distance was said for each way of one that is to be gone both ways."""
    return not names.isdisjoint(_LENGTHS) and "way" not in names and any(
        text[figure.start : figure.end].startswith(figure.text) and _ONE_WAY.match(text, figure.end)
        for text in evidence.told
    )


def _is_other_part(figure: Figure, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether it is only a part of an amount, in another unit than the argument's: the hour of an hour and a
    half."""
    return figure in evidence.told_parts and not (figure.unit is not None and figure.unit.name in names)


def _units_of(figure: Figure, names: frozenset[str]) -> list[Unit]:
    """Return the units of a figure's dimension that an argument is named after."""
    dimension = figure.unit.dimension if figure.unit is not None else ""
    return [unit for name in names if (unit := unit_of_key(f"in_{name}")) and unit.dimension == dimension]


def _is_in_another_unit(figure: Figure, value: float, names: frozenset[str]) -> bool:
    """Return whether a figure is a number of another unit than the one the argument is named after: the two of `two
    minutes` for a delay in seconds."""
    if figure.unit is None or value not in figure.values:
        return False
    if figure.unit.is_money and names & HUNDREDTHS:
        return True
    units = _units_of(figure, names)
    return bool(units) and not any(unit.fits(figure.unit) for unit in units)


def _says_number(figure: Figure, value: float, names: frozenset[str], *, literal: bool) -> bool:
    """Return whether a figure is a number, itself, in hundredths or in another unit: that of the argument, if it is
    named after one."""
    def is_any(numbers: Iterable[float], tolerance: float = 1e-9) -> bool:
        return any(math.isclose(one, value, rel_tol=tolerance) for one in numbers)

    if value in figure.values or value % 1 != 0 and is_any(figure.values):
        return not (literal and figure.worded and figure.text.lower() in _BARE_ONES)
    unit = figure.unit
    if figure.noun in HUNDREDTHS and not literal:
        return is_any(one / 100 for one in figure.values)
    if names & HUNDREDTHS and not literal and (unit is None or unit.is_money):
        return is_any(one * 100 for one in figure.values)
    if unit is None:
        return False
    if unit.dimension == "money" and not literal:
        return is_any(one * 100 for one in figure.values)
    if figure.percent:
        return is_any(one / 100 for one in figure.values)
    own = _units_of(figure, names)
    others = (other for one in figure.values for other in (
        (made for wanted in own for made in in_unit(one, unit, wanted)) if own else conversions(one, unit)))
    return is_any((other for other in others if other not in figure.values), 0.01)


def _written_close(told: str, names: frozenset[str]) -> Iterator[float]:
    """Yield the numbers that stand in one word with others or are cut short: chapter and verse of 14:23, the dice of
    1d6+4, the year '96, the form of class 7B, the kilometres of 18k."""
    yield from (float(part) for match in _FORMULA.finditer(told) for part in re.findall(r"\d+", match[0]))
    if "year" in names:
        yield from (float(century + int(digits)) for digits in _SHORT_YEAR.findall(told) for century in (1900, 2000))
    if names & _GROUPED:
        yield from map(float, _WITH_LETTER.findall(told))
    if {singular(name) for name in names} & _LENGTHS:
        yield from map(float, _KILO.findall(told))


def _seconds_in(told: str) -> Iterator[float]:
    """Yield the seconds of the positions in a recording that people gave: 400 of 6:40, 0 of the start."""
    for match in _POSITION.finditer(told):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        yield hours * 3600 + minutes * 60 + seconds
    yield from [0.0] if _AT_THE_START.search(told) else []


def _part_of_day(value: float, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether it is a year, a month or a day of the month of a day that was said or looked up."""
    wanted = names & _TIME_OF_YEAR.keys()
    if not wanted or value % 1 != 0:
        return False
    places = [_TIME_OF_YEAR[name] for name in wanted]
    days = [reading for mention in evidence.told_days for reading in mention.readings]
    if any(reading[place] == value for reading in days for place in places):
        return True
    spans = relative_days(evidence.told_but_of_clock, evidence.today) if evidence.today else []
    return any(
        first.timetuple()[place] <= value <= last.timetuple()[place] for first, last in spans for place in places
    )


def _combined(figures: Sequence[Figure], told: str, names: frozenset[str]) -> Iterator[float]:
    """Yield what two numbers that were said come to: two eggs of 58 g each, two adults and three children, 80 plus 19
    %, double the 40, and where something is shared, one divided by the other. Numbers without a unit only add up to how
    many or how much there is, or if something in what people said makes another number of one."""
    few, shared = figures[:6], bool(_SHARES.search(told))
    adds_up = "by" in names or not _ADDED.isdisjoint(map(singular, names)) or bool(_MAKES_ANOTHER.search(told))
    times = [number_ for word, number_ in _TIMES.items() if re.search(rf"\b{word}\b", told, re.IGNORECASE)]
    times += [2.0] if _BOTH_WAYS.search(told) else []
    yield from times
    yield from (figure.values[0] * factor for figure in few for factor in times)
    for place, first in enumerate(few):
        for second in few[place + 1 :]:
            yield from _of_two(first, second, shared=shared, adds_up=adds_up)


def _of_two(first: Figure, second: Figure, *, shared: bool, adds_up: bool) -> Iterator[float]:
    one, other = first.values[0], second.values[0]
    if 1 not in (one, other):
        yield one * other
    for part, whole in ((first, other), (second, one)):
        if part.percent or part.noun == "part":
            share = part.values[0] / (100 if part.percent else 1)
            yield from (whole * share, whole * (1 + share), whole * (1 - share))
    is_idle = any(figure.text.lower() in {*_BARE_ONES, "once"} and figure.unit is None for figure in (first, second))
    if not is_idle and (first.unit is not None and second.unit is not None and first.unit.fits(second.unit)
                        or adds_up and (first.unit is None or second.unit is None)):
        yield from (one + other, abs(one - other))
    if shared:
        yield from (top / bottom for top, bottom in ((one, other), (other, one)) if bottom not in (0, 1))


def _placed(evidence: Evidence) -> Iterator[float]:
    """Yield the places in an order that were said, such as the second one."""
    yield from (float(place) for place, word in enumerate(_ORDINAL_WORDS, 1) if word in evidence.told_all)


def _spans(evidence: Evidence) -> Iterator[float]:
    """Yield the days between two days that were said: the nights from 4 to 7 July, and all the days."""
    days = [day for mention in evidence.told_days[:6] for day in mention.days()[:1]]
    if len(days) < len(evidence.told_days[:6]):
        days += [day for mention in evidence.told_days[:6] for day in completed(mention.readings, days)]
    for place, first in enumerate(days):
        for second in days[place + 1 :]:
            between = abs((second - first).days)
            yield from (between, between + 1, between / 7)


def completed(readings: Sequence[tuple[int | None, int, int | None]], days: Sequence[date]) -> Iterator[date]:
    """Yield a day that was said without its year, in the year of another one."""
    for year, month, day in readings[:1]:
        if year is None and day and days:
            try:
                yield date(days[-1].year, month, day)
            except ValueError:
                continue


def _numbers_shown(evidence: Evidence) -> list[tuple[Leaf, float]]:
    return [(leaf, one) for leaf in evidence.leaves if (one := number(leaf.value)) is not None]


def _is_shown(value: float, evidence: Evidence, names: frozenset[str], about: frozenset[str]) -> bool:
    """Return whether results show a number under a name that fits, as the number of a kind of thing that the
    description names, or an hour is that of a time of day that is known."""
    known = evidence.observed_times.union(*evidence.told_times) if "hour" in names else frozenset()
    return value * 60 in known or any(
        one == value
        and (abs(value) >= SMALL or value % 1 != 0 or leaf.names & names or _is_spoken_of(leaf, evidence)
             or leaf.names & ID_ENDINGS and leaf.names & about - ID_ENDINGS - FUNCTION_WORDS
             or leaf.names <= _PLAIN_IDS and not _PLAIN_IDS.isdisjoint(about))
        for leaf, one in _numbers_shown(evidence)
    )


def _follows_from_shown(value: float, evidence: Evidence, names: frozenset[str]) -> bool:
    """Return whether a number follows from one that results show under a name that fits, by one step with one that was
    said, or counts what they list."""
    numeric = _numbers_shown(evidence)
    money = _MONEY if names & _MONEY else frozenset()
    related = [one for leaf, one in numeric if leaf.names & (names | money) - _ID_WORDS][:20]
    apart = {abs(one - other) for place, one in enumerate(related[:8]) for other in related[:place]}
    apart |= set(_differences(evidence)) if money else set()
    if money and (value in related or value in apart):
        return True
    shown = [one for _, one in numeric[:_MOST_TAKEN]]
    said = [figure.values[0] for figure in evidence.told_figures[:5]]
    missing = (abs(one - (stock - taken)) for one in said for stock in related[:8] if stock > 0 for taken in shown[:20])
    if any(math.isclose(one, value, abs_tol=1e-9) for one in missing) or any(
        math.isclose(one, value, rel_tol=1e-4) for one in _with_said(related, shown, evidence)
    ):
        return True
    counts = {float(len(one.seen.body)) for one in evidence.results if isinstance(one.seen.body, list)}
    return value in counts and bool(names & {"count", "number", "quantity", "total"})


def _differences(evidence: Evidence) -> Iterator[float]:
    """Yield how far two numbers of one thing are apart: what a pot is over its limit."""
    for thing in things_in(evidence)[:_MOST_TAKEN]:
        own = [one for key, value in thing.values if not _ID_WORDS & set(name_words(key))
               and (one := number(value)) is not None]
        yield from (abs(one - other) for one, other in combinations(own[:6], 2))


def _is_spoken_of(leaf: Leaf, evidence: Evidence) -> bool:
    """Return whether people named the field that shows a number: the points that are about to expire, of `expiring`."""
    parts = [name for name in leaf.names - _ID_WORDS if len(name) > _SHORTEST_NAME]
    bounds = _MOST_OR_LEAST & leaf.names
    return any(akin(part, word) for part in parts for word in evidence.told_all) or any(
        word.startswith(bound) for bound in bounds for word in evidence.told_all
    )


def _with_said(related: Sequence[float], shown: Sequence[float], evidence: Evidence) -> Iterator[float]:
    """Yield what numbers that results show come to with one that was said: moved by it, times it, by a share of it, or
    a part of it."""
    for other in [figure.values[0] for figure in evidence.told_figures[:5]]:
        for one in related:
            yield from (one + other, one - other, other - one, one * other)
            yield from (one * (1 + other / 100), one * (1 - other / 100))
            yield from [one / other] if other else []
    shares = [figure.values[0] for figure in evidence.told_figures if figure.noun == "part"]
    shares += [times for word, times in _TIMES.items() if word in evidence.told_all]
    yield from (one * share for one in shown for share in shares)
