"""Support of the numbers in an answer: known, or one step from what is known or from other numbers that are."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, combinations

from toolalpaca.core.words import akin, name_words, singular, words
from toolalpaca.matching.answers.ratio_support import is_of_a_ratio, is_rate, is_share
from toolalpaca.matching.facts import arithmetic, measures, steps
from toolalpaca.matching.facts.amounts import Amount
from toolalpaca.matching.facts.entities import Series, Thing
from toolalpaca.matching.facts.evidence import MOST_NUMBERS
from toolalpaca.matching.facts.known import YEARS, Known
from toolalpaca.matching.language.clauses import sentence_at
from toolalpaca.matching.language.dates import day_of
from toolalpaca.matching.language.numbers import Figure, as_joined, asks_for_rough_figures, figures_in
from toolalpaca.matching.language.relative_days import relative_days
from toolalpaca.matching.language.text import listed, stands_in
from toolalpaca.matching.language.times import DAY
from toolalpaca.matching.language.units import COINS, PRICE_WORDS, in_unit, unit_named
from toolalpaca.matching.language.values import number

_NO_NOUN = frozenset(listed(" of in and or to is are for on at that which with out")) | {""}
_AT = re.compile(r"\b(?:at|by|until|till|from|to|past|before|after|around|about|between|and|the)\s+$", re.IGNORECASE)
_THE = re.compile(r"\b(?:the|these|those|between|them|of)\s+(?:other\s+)?$", re.IGNORECASE)
_LONGEST_SPAN = 31  # days of a period that was named
_MORE_OR_LESS = re.compile(
    r"\s*(?:\w+\s+)?(?:more|fewer|less|higher|lower|longer|shorter|above|below|ahead|behind"
    r"|before|left|short|too|to go|remain\w*|back|change|spare|older|younger)\b", re.IGNORECASE
)
_HOW_MANY = re.compile(r"\bhow (?:many|much|long|far)\b", re.IGNORECASE)
_TERM = re.compile(r"[^\W\d_]+(?:/[^\W\d_]+)?")
_JOINED = re.compile(r"\s*(?:by|x|×|to|and|or|-|–)\s*(?=\d)", re.IGNORECASE)
_NEAR_JOINED = 5  # characters between numbers of one unit
_LONG = 5  # digits of a number that is known wherever it stands, as a colour's does without its sign
_OF_PEOPLE = re.compile(r" of (?:you|us|them)\b", re.IGNORECASE)
_DIFFERS = re.compile(
    r"\b(?:by|sav(?:es?|ed|ing)(?: you)?|difference of|lea(?:ves?|ving)(?: you)?(?: with)?|needs?|lacks?|another)\s+"
    r"(?:[£$€]|[A-Z]{3}\s)?$", re.IGNORECASE)
_ONE_IN = re.compile(r"\b(?:one (?:in|out of)(?: every)?|per) $", re.IGNORECASE)  # before what something is of
_LEFT = re.compile(r"\b(?:left|remain\w*|still|spare|to go|over|available|taken|used)\b", re.IGNORECASE)
_SUM = re.compile(
    r"\b(?:total\w*|altogether|together|combined|sum|overall|all|whole|lot|(?:comes?|came|adds?|amounts?) (?:up )?to"
    r"|makes?|how much|costs?|pay|paid|spen[dt]|what would|need|due|owe)\b", re.IGNORECASE
)
_VAGUE = frozenset({"both", "couple", "a couple", "pair", "a pair", "once", "twice", "twins"})


def unsupported_figures(text: str, known: Known) -> Iterator[str]:
    """Yield the numbers that are neither known nor follow from what is known or from others that do."""
    figures = figures_in(text)[:MOST_NUMBERS]
    borne_out = tuple(figure for figure in figures if has_figure(figure, known, (), text))
    left = _without(figures, borne_out)
    while left:
        more = [
            figure
            for figure in left
            if has_figure(figure, known, borne_out, text)
            or _is_part(figure, borne_out)
            or _is_made_of(figure, borne_out, figures, known)
        ]
        if not more:
            break
        borne_out, left = (*borne_out, *more), _without(left, more)
    yield from (figure.text for figure in left)


def _without(figures: Iterable[Figure], others: Iterable[Figure]) -> list[Figure]:
    left_out = set(others)
    return [figure for figure in figures if figure not in left_out]


def _is_part(figure: Figure, borne_out: Iterable[Figure]) -> bool:
    """Return whether it is a part of an amount that is known as a whole: the 12 of 2 hours and 12 minutes."""
    return any(other.start <= figure.start and figure.end <= other.end for other in borne_out)


def _is_made_of(figure: Figure, borne_out: Sequence[Figure], figures: Sequence[Figure], known: Known) -> bool:
    """Return whether all parts of an amount are known: 67 years and 3 months, or 38.5 km, 610 m, not a half."""
    parts = [one for one in figures if one is not figure and figure.start <= one.start and one.end <= figure.end]
    return len(parts) > 1 and all(one in borne_out and (one.noun != "part" or _is_known(one, known)) for one in parts)


def has_figure(figure: Figure, known: Known, figures: tuple[Figure, ...], text: str = "") -> bool:
    """Return whether a figure is known with its unit, or follows from what is known or from `figures`; a number below
    ten that counts nothing in particular is let pass, as are `one` and fractions in words."""
    if figure.worded and _OF_PEOPLE.match(text, figure.start + len(figure.text)) and _is_party(figure, known):
        return True
    is_vague = figure.values[0] <= 1 or figure.noun == "part" or figure.text.lower() in _VAGUE
    if figure.worded and (is_vague or _ONE_IN.search(text[: figure.start])):
        return True
    if figure.unit is None and is_of_a_ratio(figure, known, text):
        return True
    if figure.unit is None and (_is_moment(figure, known, text) or _is_age(figure, known)):
        return True
    if figure.unit is None and figure.noun in COINS and has_figure(
            replace(figure, values=tuple(value / 100 for value in figure.values), step=figure.step / 100, noun=""),
            known, figures, text):
        return True
    if not figure.about and asks_for_rough_figures(known.evidence.told_text):
        figure = replace(figure, about=True)
    if (joined := _JOINED.match(text, figure.start + len(figure.text))):
        full = [as_joined(figure, one) for one in figures_in(text) if one.start == joined.end()]
        if full and full[0] != figure and has_figure(full[0], known, figures, text):
            return True
    same = arithmetic.said_of(figure, known.amounts)
    is_field = bool(figure.noun) and any(akin(singular(figure.noun), name) for name in known.counted)
    if not same and figure.unit and text[figure.start + len(figure.text) : figure.end] == "m":
        return has_figure(_in_millions(figure), known, figures, text)
    if figure.unit is not None and same:
        if any(_may_be_in(amount, figure) for amount in same) or _restates(figure, same, text):
            return True
        if _is_in_another_unit(figure, same, known):
            return False
    elif same or not is_field and _is_known(figure, known) or (
            len(figure.text) >= _LONG and stands_in(figure.text, known.plain)):
        return True
    told = {value for one in known.evidence.told_figures for value in one.values} if is_field else set()
    amounts = [one for one in known.amounts if not _is_of_other_money(one, figure)
               and (not is_field or one.key or one.value in told)]
    if figure.percent and arithmetic.any_says(figure, (amount.value * 100 for amount in amounts)):
        return True
    if not is_field and _is_count(figure, known) or (
        figure.unit is not None and figure.unit.dimension == "duration" and _is_span(figure, known)
    ):
        return True
    if is_rate(figure, amounts, known, text, figures) or (figure.percent and is_share(figure, known, text)):
        return True
    around = figures_in(sentence_at(text, figure.start))
    if any(has_figure(one, known, figures, text)
           for one in steps.in_left_out_units(figure, around, known.evidence.told_text)):
        return True
    return _is_derived(figure, amounts, known, figures, text)


def _is_party(figure: Figure, known: Known) -> bool:
    """Return whether a number says how many people there are together: the five of you, of two adults and three
    children."""
    counts = [*known.told_counts, 1.0]
    return any(sum(some) == figure.values[0] for size in (1, 2, 3) for some in combinations(counts, size))


def _is_in_another_unit(figure: Figure, same: Iterable[Amount], known: Known) -> bool:
    """Return whether a number is known, only in other units of what it measures, and is no known amount in its own."""
    exact = [one for one in same if one.value in figure.values]
    return bool(exact) and all(
        one.unit is not None and figure.unit is not None and one.unit.dimension == figure.unit.dimension
        for one in exact
    ) and not arithmetic.any_says(figure, (
        value
        for one in known.amounts
        if one.unit is not None and one.unit != figure.unit and figure.unit is not None
        for value in in_unit(one.value, one.unit, figure.unit)
    ))


def _in_millions(figure: Figure) -> Figure:
    """Return what looks like metres as millions: 608.8m."""
    return replace(figure, values=tuple(value * 1e6 for value in figure.values), step=figure.step * 1e6, unit=None)


def _is_derived(
    figure: Figure, amounts: list[Amount], known: Known, figures: tuple[Figure, ...], text: str
) -> bool:
    """Return whether a figure follows by one step from known amounts or from `figures`."""
    said, sentence = [one.values[0] for one in figures], sentence_at(text, figure.start)
    start = text.find(sentence)
    around = [one for one in figures if start <= one.start < start + len(sentence)]
    named = frozenset(words(sentence)) | known.evidence.told_all
    is_adjacent = bool(_MORE_OR_LESS.match(text, figure.start + len(figure.text)))
    is_asked = not figure.noun and bool(_HOW_MANY.search(known.evidence.told_text))
    is_compared = figure.unit is not None or is_adjacent
    own = [*arithmetic.in_unit_of(amounts, figure.unit)]
    is_sum = bool(_SUM.search(f"{known.evidence.told_text} {sentence}"))
    pairs = (
        steps.of_told_and_shown(figure, own, figures, is_compared=is_adjacent or is_asked),
        steps.of_one_thing(figure, own, said, named),
        steps.of_stated_and_shown(own, said) if _DIFFERS.search(text[: figure.start]) else (),
        steps.left_of(own, known.series) if _LEFT.search(f"{known.evidence.told_text} {sentence}") else (),
    ) if is_compared or steps.counts_field(figure, amounts) else ()
    may_be_money = figure.unit is None or figure.unit.is_money
    asked = figure.unit if figure.unit in map(unit_named, _TERM.findall(known.evidence.told_text)) else None
    stated = [*(Amount(one.values[0], "", one.unit) for one in figures), *amounts]
    parts = [one.values[0] for one in (*known.evidence.told_figures, *figures) if one.noun == "part"][:4]
    more = chain(
        (one.value * share for one in own for part in parts for share in (part, 1 - part)),  # a quarter of it, the rest
        *pairs, arithmetic.of_percents(stated, known.percents(figures)), steps.of_rates(figure, amounts, said),
        steps.exchanged(known.amounts, said) if may_be_money else (), arithmetic.of_no_unit(amounts, asked),
        steps.at_rates_said(known.evidence.told_text, _values(known.amounts if may_be_money else amounts, figures)),
        (one.values[0] * count for one in around for count in (
            known.told_counts if one.unit is None else known.counts if one.unit == figure.unit else ())),
        steps.at_rates_stated(text, figures, known.evidence.told_figures),
        steps.of_named_fields(own, (known.evidence.told_text, *known.meanings)),
        steps.of_several_kinds(amounts, known.told_counts) if may_be_money else (),
        steps.by_period(figure, text, known.evidence.told_text, _values(own, figures), known.days_of_periods),
        measures.of_unlike(figure, amounts, _with_units(figures)),
        arithmetic.of_lines(figure, figures, is_sum=is_sum), arithmetic.of_rows(own) if is_sum else (),
    )
    if arithmetic.any_says(figure, more):
        return True
    fitting = {amount.value for amount in own}
    foreign = {one.value for one in known.amounts if _is_of_other_money(one, figure)} - fitting
    series = [one.values for one in known.series if fitting & set(one.values) and not foreign & set(one.values)]
    series += [some for one in known.series if not one.shared for some in _named_apart(one, known)]
    hundredths = {one.key for one in own if one.of_hundredths}
    series += [tuple(value / 100 for value in one.values) for one in known.series if one.key in hundredths]
    return arithmetic.derived(figure, arithmetic.Basis(amounts, figures, known.counts, series, known.told_counts))


def _with_units(figures: Sequence[Figure]) -> list[Figure]:
    """Return numbers with the units that those after them give for them, too: 60 x 40 x 35 cm."""
    found = [*figures[-1:]]
    for figure in reversed(figures[:-1]):
        is_near = found[-1].start - figure.end < _NEAR_JOINED and figure.unit is None
        found.append(as_joined(figure, found[-1]) if is_near else figure)
    return found


def _values(amounts: Iterable[Amount], figures: Iterable[Figure]) -> list[float]:
    """Return the numbers of what is known and of what an answer states."""
    return [*(one.value for one in amounts), *(one.values[0] for one in figures)]


def _named_apart(series: Series, known: Known) -> Iterator[tuple[float, ...]]:
    """Yield of a list the numbers of the things that people or the answer name, and those of the others."""
    for text in (known.evidence.told_text, known.answer):
        named = known.mentions.named_in(text)
        is_named = [thing in named for thing in series.things]
        if any(is_named) and not all(is_named):
            yield from (tuple(value for value, own in zip(series.values, is_named, strict=True) if own is way)
                        for way in (True, False))


def _is_of_other_money(amount: Amount, figure: Figure) -> bool:
    """Return whether an amount is in another currency than the figure, so that the figure does not follow from it."""
    if amount.unit is None or figure.unit is None or amount.unit.dimension != "money":
        return False
    return figure.unit.is_money and not amount.unit.fits(figure.unit)


def _restates(figure: Figure, same: Iterable[Amount], text: str) -> bool:
    """Return whether a figure is one that people gave, followed by a word in the singular that may be a currency's and
    is not meant so: your 1,500 mark."""
    after = text[figure.start + len(figure.text) : figure.end].strip()
    is_other_word = figure.unit is not None and figure.unit.is_money and unit_named(f"{after}s") == figure.unit
    return is_other_word and after.islower() and any(not amount.key and amount.thing is None for amount in same)


def _is_age(figure: Figure, known: Known) -> bool:
    """Return whether it is the years from a known day to today, or will be on the next of its anniversaries."""
    today = known.evidence.today
    years = [(today - day).days / 365.25 for day in known.days[:20] if day < today] if today else []
    lives = (abs(one - other) for thing in known.things for one, other in combinations(_years_of(thing), 2))
    return any(one >= 1 and figure.values[0] in (int(one), int(one) + 1) for one in years) or any(
        figure.values[0] in (one, one - 1) for one in lives if one > 1)


def _years_of(thing: Thing) -> list[float]:
    """Return the years of a thing, by themselves or in days: born in 1927, died on 5 November 1998."""
    days = [day_of(value) or number(value) for _, value in thing.values]
    return [value for day in days if day and (value := float(day.year) if isinstance(day, date) else day) in YEARS][:6]


def _is_moment(figure: Figure, known: Known, text: str) -> bool:
    """Return whether it is a known time of day or day of a month without what tells them: the 9.42, at ten, the
    26th."""
    if re.match(r"(?:st|nd|rd|th)\b", text[figure.start + len(figure.text) :]):
        today = known.evidence.today
        spans = relative_days(f"{known.evidence.told_text}\n{text}", today) if today else []
        days = {(first + timedelta(past)).day for first, last in spans
                for past in range(min((last - first).days, _LONGEST_SPAN) + 1)}
        days |= {day for mention in known.day_mentions for _, _, day in mention.readings if day}
        return figure.values[0] in days
    clock = re.fullmatch(r"(\d{1,2})\.([0-5]\d)", figure.text)
    if not clock and not (_AT.search(text[: figure.start]) and figure.values[0] in range(25)):
        return False
    minute = int(clock[1]) * 60 + int(clock[2]) if clock else int(figure.values[0]) * 60
    both = {minute % DAY, (minute + 720) % DAY}
    return minute < 1500 and (bool(both & known.times) or is_moved(both, known))


def is_moved(minutes: Iterable[int], known: Known, stated: Iterable[int] = ()) -> bool:
    """Return whether a known time, or one that is stated, lies a known duration before or after: a departure and its
    delay."""
    times = known.times.union(stated)
    return any((minute + way) % DAY in times for minute in minutes for span in known.durations for way in (span, -span))


def _may_be_in(amount: Amount, figure: Figure) -> bool:
    """Return whether a known amount may be in the unit of a figure; a price without a currency is in none but
    money's, and what a field measures is taken from its name, which may mean something else."""
    if amount.unit is None:
        return figure.unit is None or figure.unit.is_money or not PRICE_WORDS & set(name_words(amount.key))
    if figure.unit is None or figure.percent or amount.unit.fits(figure.unit):
        return True
    are_money = amount.unit.is_money and figure.unit.is_money
    return bool(amount.key) and amount.unit.dimension != figure.unit.dimension and not are_money


def _is_known(figure: Figure, known: Known) -> bool:
    """Return whether a number is known by itself, rounded when it is not a small one."""
    large = (value for value in known.values if value >= 10)
    return not known.values.isdisjoint(figure.values) or arithmetic.any_says(figure, large)


def _is_count(figure: Figure, known: Known) -> bool:
    """Return whether a small whole number may count what was shown: some of a list's items."""
    value = figure.values[0]
    if figure.unit is not None or value % 1 != 0 or value > 20:
        return False
    if figure.worded and figure.noun in _NO_NOUN and value == 2 and _THE.search(known.answer[: figure.start]):
        return True
    if value in known.sizes_together:
        return True
    return value <= max(known.sizes, default=0) or (not figure.worded and value < 10 and figure.noun in _NO_NOUN)


def _is_span(figure: Figure, known: Known) -> bool:
    """Return whether a duration is the time between two days or two times of day that are known."""
    spans = [(unit_named("day"), span + off) for span in known.spans for off in (0, 1)]
    spans += [(unit_named("minute"), span) for span in (*known.time_spans, *known.moment_spans)]
    spans += [(unit_named("second"), span) for span in known.second_spans]
    spans += [(unit_named("year"), span) for span in known.year_spans]
    return figure.unit is not None and any(
        arithmetic.says(figure, value) or figure.step < 1 and figure.unit.name == "year" and (  # and full months
            0 <= value - figure.values[0] < figure.step)
        for unit, span in spans
        if unit is not None
        for value in in_unit(span, unit, figure.unit)
    )
