"""Numbers as people write them: 1,250.50 and 1.250,50, twenty-five, two and a half, a dozen, each with its unit.

What belongs to a date, a time of day, an address or an identifier is not a number here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import zip_longest

from toolalpaca.matching.language.codes import currencies_named
from toolalpaca.matching.language.dates import DayMention, days_in
from toolalpaca.matching.language.spoken_numbers import FRACTIONS, NUMBER_WORDS, ONES, spoken_in
from toolalpaca.matching.language.text import ADDRESS, FUNCTION_WORDS, listed
from toolalpaca.matching.language.times import TimeMention, times_in
from toolalpaca.matching.language.units import COINS, Unit, multiplier, unit_named

_MULTIPLES = {"once": 1.0, "twice": 2.0, "thrice": 3.0, "both": 2.0, "twins": 2.0}
_COUNTS = {"dozen": 12.0, "couple": 2.0, "pair": 2.0, "fortnight": 14.0, "tenner": 10.0, "fiver": 5.0} | _MULTIPLES
_DIGITS = re.compile(
    r"(?<![\w.,:/#-])(?P<sign>[-−+])?(?P<number>\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+"
    r"|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?"
    r"|\d+[.,]\d+|\d+)(?![\d]|[.,:]\d)(?P<after>(?:\s?%)|(?:st|nd|rd|th)\b)?(?=$|[^\w]|[a-zA-Zµμ°²]{1,4}[23³]?\b|x\b)",
    re.IGNORECASE,
)
_DECIMAL_COMMA = re.compile(r"\d,(?:\d{1,2}|\d{4,})(?![\d,])(?!\d*,\d{3})|\d\.\d{3},\d")
_SYMBOL_BEFORE = re.compile(r"(?:(?P<symbol>(?:\b[A-Z]{1,3})?\$|[€£¥₹₩])|\b(?P<code>[A-Z]{3}))\s?(?P<minus>[-−])?$")
_SPECIAL = re.compile(
    rf"\b(?:(?P<some>an?|two|three|four|five|six|half an?)\s+)?(?P<word>{'|'.join(_COUNTS)})s?\b"
    rf"|\b(?:(?:a|one|an)\s+)?(?P<part>{'|'.join(FRACTIONS)})\b"
    rf"|\b(?P<many>two|three|four|five|six|seven|eight|nine)[- ](?P<parts>{'|'.join(FRACTIONS)})s\b",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(
    r"[ \u00a0\u202f-]?(?P<unit>%|(?:(?:sq|cu)\.? )?[°²]?[A-Za-zÀ-ÖØ-öø-ÿµμ°²³$€£¥%]+(?:\^?[23](?!\w))?"
    r"(?:/[a-z]{1,3}[23²³]?(?!\w)"
    r"|[ -](?:celsius|fahrenheit|cent|hours?|(?:centi|kilo|milli)?met(?:er|re)s?|feet|foot|inch(?:es)?|yards?|miles?"
    r"|ounces?)\b|\s+(?:per|an?)\s+(?:hour|second)\b)?)"
)
_ADJECTIVE_AND_UNIT = re.compile(r"[ -](?P<adjective>[a-z]{3,})[ -](?P<unit>[a-z]{4,})\b")
_LONGER_UNIT = re.compile(r"(?:\s|-)?([A-Z][a-z]+(?: [A-Z][a-z]+)? [a-z]+)")  # New Zealand dollars
_NO_ADJECTIVES = frozenset(listed(
    "and out for from per the than but with into over under until till plus minus times that which are was"
)) | NUMBER_WORDS | {*_COUNTS, *FRACTIONS}
_COUNTABLE = ("duration", "length", "mass", "volume")  # dimensions whose units are counted: two more weeks
# How many of the next unit down make one.
_WHOLES = {"foot": 12, "stone": 14, "meter": 100, "kilometer": 1000, "kilogram": 1000, "tonne": 1000, "minute": 60}
_ABOUT = re.compile(
    r"(?:\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|over|under|some|circa|ca\.|close to|"
    r"just over|just under|a little (?:over|under)|more than|less than|not quite|well over|at least|give or take"
    r"|in the region of|something like|just shy of|a good|a shade (?:over|under)|on the order of)|~|≈)"
    r"\s*(?:an?\s*)?[$€£¥]?$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    ADDRESS.pattern + r"|\b[\w-]{1,63}(?:\.[\w-]+)+\.?[a-z]{2,}\b(?=/)"
    r"|\b(?:\d+\.){2,}\d+\b|\+\d[\d ()-]{6,}"
)
_IDENTIFIER = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z_])[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*\b|\b\d{3,}(?:-\d+)+\b"
    r"|\b\d+(?:-\d+){0,12}-\d{3,}\b|(?<![\d.,])(?<!\d[ \u00a0\u202f])0\d+\b(?![.,]\d)"
)
_UNIT_GLUED = re.compile(r"(?:\d+(?:[.,]\d+)?-?)?(?P<unit>[A-Za-zµμ°]{1,12}[23]?)")
_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125}
_VULGAR_FIGURE = re.compile(r"(?<![\w.,])(?P<whole>\d+)?\s?(?P<sign>[½¼¾⅓⅔⅛])")
_SLASHED = re.compile(
    r"(?<![\w.,/:-])(?:(?P<whole>\d+)(?:\s+|-)(?:and\s+)?)?(?P<top>[1-7])/(?P<bottom>[23458])(?![\w/]|[.,:]\d)"
)
_AND_PART = re.compile(
    rf"\s+and\s+(?P<many>an?|one|two|three)[\s-]+(?P<part>{'|'.join(FRACTIONS)})s?\b", re.IGNORECASE
)
_ORDINARY_HYPHEN = re.compile(r"(?P<number>\d+)-(?P<word>[A-Za-z]+)(?:-[a-z]+)?")
_FEET = re.compile(
    r"(?<![\w.,'’′])(?P<feet>\d{1,2})\s?['’′]\s?(?P<inches>\d{1,2}(?:\.\d+)?)(?![\w.]\d|\w)(?:[\"”″]|'')?"
)
# Quick tests of whether the forms can be there at all.
_DIGIT = re.compile(r"\d")
_ADDRESS_LIKE = re.compile(r"://|@|[a-z]{2}/|\+\d|\d\.\d+\.\d")
_IDENTIFIER_LIKE = re.compile(r"\d[^\W\d]|\d-|[^\W\d]\d|-\d|0\d|#")
_LETTERS = re.compile(r"[a-z]+")
_SPECIAL_WORDS = frozenset(f"{word}{ending}" for word in (*_COUNTS, *FRACTIONS) for ending in ("", "s"))
_NOT_COUNTED = frozenset({"a", "an"})
_NEAR = 28  # characters before a number in which a word such as `about` is looked for


@lru_cache(maxsize=256)
def asks_for_rough_figures(text: str) -> bool:
    """Return whether a text asks for a number approximately."""
    return bool(_ROUGH.search(text))


_ROUGH = re.compile(
    r"\b(?:roughly|approximately|about how|around how|give or take|ballpark|more or less)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text. `values` are all it may mean (1.250 is 1250 or 1.25), `step` the value of its last written
    place, `unit` what it counts or None, `about` whether the text calls it approximate, `percent` whether a share."""

    start: int
    end: int
    text: str
    values: tuple[float, ...]
    step: float
    unit: Unit | None = None
    about: bool = False
    worded: bool = False
    noun: str = ""

    @property
    def percent(self) -> bool:
        """Return whether it is a share in hundredths."""
        return self.unit is not None and self.unit.name == "percent"


@lru_cache(maxsize=4096)
def figures_in(text: str) -> tuple[Figure, ...]:
    """Return the numbers of a text in their order."""
    has_vulgar = not text.isascii() and any(sign in text for sign in _VULGAR)
    has_digit, said = _DIGIT.search(text), _LETTERS.findall(text.lower())
    has_special, has_word = not _SPECIAL_WORDS.isdisjoint(said), not NUMBER_WORDS.isdisjoint(said)
    if not (has_digit or has_special or has_word or has_vulgar):
        return ()
    masked = _masked(text)
    found = [*_digit_figures(masked)] if has_digit else []
    found += _vulgar_figures(masked) if has_vulgar else ()
    found += _feet_figures(masked) if has_digit else ()
    found += _slashed_figures(masked) if has_digit and "/" in masked else ()
    found += _special_figures(masked) if has_special else ()
    found += _word_figures(masked) if has_word else ()
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Figure] = []
    for figure in found:
        if not kept or figure.start >= kept[-1].end:
            kept.append(figure)
    return tuple(_joined(masked, kept))


def wholes(figures: Sequence[Figure]) -> list[Figure]:
    """Return the numbers that are not part of a longer one, as the hour of `an hour and a half` is."""
    parts, furthest = set[tuple[int, int]](), -1
    for start, end in sorted((figure.start, -figure.end) for figure in figures):  # of one start the longest first
        if -end <= furthest:
            parts.add((start, -end))
        furthest = max(furthest, -end)
    return [figure for figure in figures if (figure.start, figure.end) not in parts]


def _masked(text: str) -> str:
    """Return the text with everything but numbers blanked out, all places kept."""
    mentions: list[DayMention | TimeMention] = [*days_in(text), *times_in(text)]
    spans = [(mention.start, mention.end) for mention in mentions]
    spans += [match.span() for match in _ADDRESS.finditer(text)] if _ADDRESS_LIKE.search(text) else []
    seen = _blanked(text, spans)
    if not _IDENTIFIER_LIKE.search(seen):
        return seen
    return _blanked(seen, [match.span() for match in _IDENTIFIER.finditer(seen) if not _is_amount(match[0])])


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text


def _is_amount(text: str) -> bool:
    """Return whether what looks like an identifier is a number with its unit: 250g, 3rd, 5-star, 10k."""
    glued = _UNIT_GLUED.fullmatch(text)
    unit = glued["unit"] if glued else ""
    if unit and (unit_named(unit) or multiplier(unit) or unit.lower() in ("st", "nd", "rd", "th", "x")):
        return True
    hyphen = _ORDINARY_HYPHEN.fullmatch(text)
    return hyphen is not None and hyphen["word"].islower() and len(hyphen["word"]) > 2


def _digit_figures(text: str) -> Iterator[Figure]:
    has_comma = bool(_DECIMAL_COMMA.search(text))
    for match in _DIGITS.finditer(text):
        values, step = _read(match["number"], has_comma=has_comma)
        after = (match["after"] or "").strip().lower()
        unit, end = (unit_named("%"), match.end()) if after == "%" else (None, match.end())
        written, noun = match["number"], ""
        part = None if after else _AND_PART.match(text, match.end())
        if part is not None:
            values, step, end = tuple(value + _part(part) for value in values), min(step, _part(part)), part.end()
            written = text[match.start("number") : end]
        if unit is None and after not in ("st", "nd", "rd", "th"):
            factor, unit, end, noun = _unit_at(text, end)
            values, step = tuple(value * factor for value in values), step * factor
        symbol = _SYMBOL_BEFORE.search(text, max(0, match.start() - 8), match.start())
        if symbol and (codes := currencies_named(symbol["symbol"] or symbol["code"])):
            unit = Unit("money", "|".join(sorted(codes)))
        about = _is_about(text, match.start())
        yield Figure(match.start(), end, written, values, step, unit, about, worded=part is not None, noun=noun)


def _part(match: re.Match[str]) -> float:
    """Return what `and a half` or `and three quarters` adds to a number."""
    return ONES.get(match["many"].lower(), 1) * FRACTIONS[match["part"].lower()]


def _slashed_figures(text: str) -> Iterator[Figure]:
    """Yield numbers such as 1 1/2 and 3/4, of which the last may be two numbers too."""
    for match in _SLASHED.finditer(text):
        top, bottom = int(match["top"]), int(match["bottom"])
        if top < bottom:
            value = float(match["whole"] or 0) + top / bottom
            _, unit, end, noun = _unit_at(text, match.end())
            values = (value,) if match["whole"] else (value, float(top))
            yield Figure(match.start(), end, match[0], values, 0.01, unit, worded=True, noun=noun)


def _vulgar_figures(text: str) -> Iterator[Figure]:
    """Yield numbers such as 3½."""
    for match in _VULGAR_FIGURE.finditer(text):
        value = float(match["whole"] or 0) + _VULGAR[match["sign"]]
        _, unit, end, noun = _unit_at(text, match.end())
        yield Figure(match.start(), end, match[0], (value,), 0.01, unit, worded=True, noun=noun or "part")


def _feet_figures(text: str) -> Iterator[Figure]:
    """Yield lengths such as 5'3 and 4' 11.5\"."""
    for match in _FEET.finditer(text):
        value = int(match["feet"]) + float(match["inches"]) / 12
        step = 10.0 ** -len(match["inches"].partition(".")[2]) / 12
        yield Figure(match.start(), match.end(), match[0], (value,), step, unit_named("foot"),
                     _is_about(text, match.start()))


def _read(written: str, *, has_comma: bool) -> tuple[tuple[float, ...], float]:
    """Return the values a number may have, in a text with or without decimal commas, and the value of its last
    place."""
    bare, other = re.sub(r"[ \u00a0\u202f]", "", written), None
    if re.fullmatch(r"\d{1,2}(?:,\d\d)*,\d{3}(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?", bare):  # lakhs too
        plain = bare.replace(",", "")
        if has_comma and bare.count(",") == 1 and "." not in bare and not bare.endswith(",000"):
            other = bare.replace(",", ".")
    elif "," in bare:
        plain = bare.replace(".", "").replace(",", ".")
    else:
        plain, other = bare, bare.replace(".", "") if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", bare) else None
    values = (float(plain),) if other is None else (float(plain), float(other))
    return values, 10.0 ** -len(plain.partition(".")[2])


def _unit_at(text: str, place: int) -> tuple[float, Unit | None, int, str]:
    """Return what follows a number: a factor such as million, a unit, where they end, and the noun that is counted."""
    match = _UNIT_AFTER.match(text, place)
    if not match:
        return 1.0, None, place, ""
    factor = multiplier(match["unit"]) if len(match["unit"]) > 1 or match["unit"] == "k" else None
    if factor is not None:
        _, unit, end, noun = _unit_at(text, match.end())
        return factor, unit, end, noun
    unit, end = unit_named(re.sub(r"\s+an?\s+(?=hour|second)", " per ", match["unit"])), match.end()
    first = re.split(r"[\s/-]", match["unit"])[0]
    if unit is None and first != match["unit"]:
        unit, end = unit_named(first), match.start("unit") + len(first)
    if unit is None and (longer := _LONGER_UNIT.match(text, place)):
        unit, end = unit_named(longer[1]), longer.end()
    if unit is None:
        unit, end = _unit_after_adjective(text, place)
    return 1.0, unit, end if unit else place, first.lower() if unit is None else ""


def _unit_after_adjective(text: str, place: int) -> tuple[Unit | None, int]:
    """Return the unit of a number with a word before it, as in two more weeks, and where it ends."""
    match = _ADJECTIVE_AND_UNIT.match(text, place)
    if not match or match["adjective"] in _NO_ADJECTIVES or match["adjective"].endswith("s"):
        return None, place
    unit = unit_named(match["unit"])
    return (unit, match.end()) if unit is not None and unit.dimension in _COUNTABLE else (None, place)


def _word_figures(text: str) -> Iterator[Figure]:
    for said in spoken_in(text):
        factor, unit, end, noun = _unit_at(text, said.end)
        words = text[said.start : said.end]
        if words.lower() in _NOT_COUNTED and unit is None:
            continue
        about, values = _is_about(text, said.start), said.values
        if factor != 1:  # of two grand without a unit, which may be pianos, both
            values = (*(value * factor for value in values), *(() if unit else values))
        yield Figure(said.start, end, words, values, said.step * factor, unit, about, worded=True, noun=noun)


def _is_about(text: str, place: int) -> bool:
    """Return whether the text calls the number at a place approximate."""
    return bool(_ABOUT.search(text[max(0, place - _NEAR) : place]))


def _special_figures(text: str) -> Iterator[Figure]:
    """Yield numbers such as a dozen, a fortnight, both, half a pound and three quarters."""
    for match in _SPECIAL.finditer(text):
        _, unit, end, noun = _unit_at(text, match.end())
        said = partial(Figure, match.start(), about=_is_about(text, match.start()), worded=True)
        if match["part"] or match["parts"]:
            value = FRACTIONS[(match["part"] or match["parts"]).lower()] * ONES.get((match["many"] or "one").lower(), 1)
            if scale := re.match(r"[- ]([a-z]+)", text[match.end() :]):
                value *= multiplier(scale[1]) or 1.0  # a quarter million
            after = re.match(r"-?\s*(?:of\s+)?(?:an?|the)?\s*(\w+)", text[match.end() :])
            unit = unit_named(after[1]) if after else None
            yield said(match.end(), match[0], (value,), value / 10, unit, noun="part")
            continue
        some, word = (match["some"] or "a").lower(), match["word"].lower()
        value = (0.5 if some.startswith("half") else ONES.get(some, 1)) * _COUNTS[word]
        if word == "fortnight":
            yield said(match.end(), match[0], (value,), 1.0, unit_named("day"))
        else:
            yield said(end if unit else match.end(), match[0], (value,), 1.0, unit, noun=noun)


def as_joined(figure: Figure, after: Figure) -> Figure:
    """Return a number with the unit and the factor that only the number joined to it has: 42 by 60 cm, €25.5-28k."""
    factor = 1.0 if figure.worded or _factor_of(figure) != 1 else _factor_of(after)
    if factor == 1 and (figure.unit is not None or after.unit is None):
        return figure
    values = tuple(value * factor for value in figure.values)
    return replace(figure, values=values, step=figure.step * factor, unit=figure.unit or after.unit, noun="")


def _factor_of(figure: Figure) -> float:
    """Return what a word such as million multiplies the written digits of a number with."""
    return 1.0 if figure.worded else round(figure.step * 10.0 ** len(figure.text.partition(".")[2]), 6)


def rough_step(stated: float) -> float:
    """Return the value of the last place of a number that is not zero: 100 for 5,800; 0 for one with a fraction."""
    step = 1.0 if stated and stated % 1 == 0 else 0.0
    while step and stated % (step * 10) == 0:
        step *= 10
    return step


def _joined(text: str, figures: list[Figure]) -> Iterator[Figure]:
    """Yield the figures, and after each the amount that it makes with the next: one dollar thirty, 2 hours and 12
    minutes, an hour and a half."""
    for figure, after in zip_longest(figures, figures[1:]):
        yield figure
        if after is not None and figure.unit is not None:
            between = text[figure.end : after.start].strip(" \u00a0").lower()
            for value, step in _added(figure, figure.unit, after, between):
                yield replace(
                    figure, end=after.end, text=text[figure.start : after.end], values=(figure.values[0] + value,),
                    step=step, worded=figure.worded or step in (0.01, 0.25), noun="",
                )


def _added(figure: Figure, unit: Unit, after: Figure, between: str) -> Iterator[tuple[float, float]]:
    """Yield what the number after an amount adds to it, with the value of its last place: cents, minutes, a half."""
    ratio = after.unit.ratio(unit) if after.unit is not None and after.unit != unit else None
    if unit.is_money and between in ("", "and") and figure.step == 1 and _are_cents(after, unit, between):
        yield after.values[0] / 100, 0.01
    elif between in ("", "and", ",") and ratio is not None and ratio < 1:
        yield after.values[0] * ratio, ratio * max(after.step, rough_step(after.values[0]) if figure.about else 0.0)
    elif between == "and" and after.noun == "part":
        yield after.values[0], 0.25
    elif between in ("", "and") and unit.name == "hour" and _are_minutes(after):
        yield after.values[0] / 60, 1 / 60
    elif between == "" and (share := _share_unsaid(unit, after)):
        yield after.values[0] * share, share


def _share_unsaid(unit: Unit, after: Figure) -> float:
    """Return what the number straight after an amount counts, as a share of its unit, if people leave that unit out: 5
    foot 11, 11 stone 4, one metre eighty, 3 kilos 200; 0 for other numbers."""
    value, whole = after.values[0], _WHOLES.get(unit.name, 0)
    if after.unit is not None or value % 1 or after.noun.endswith("s"):
        return 0.0
    return 1 / whole if whole / 10 <= value < whole or whole < 100 and value < whole else 0.0


def _are_minutes(figure: Figure) -> bool:
    """Return whether a number after hours may be minutes that are not called so: two hours thirty, an hour and ten."""
    return figure.unit is None and figure.step == 1 and figure.values[0] < 60 and not figure.noun.endswith("s")


def _are_cents(figure: Figure, unit: Unit, between: str) -> bool:
    """Return whether a number after an amount of money is its cents: the 90 of `74 euros 90`, in words or two digits
    straight after it."""
    if between == "and" and figure.noun in COINS:
        return figure.values[0] < 100
    is_short = between == "" and len(figure.text) == 2 and figure.text.isdigit() and (
        figure.noun in ("", *COINS) or figure.noun in FUNCTION_WORDS)
    is_plain = figure.unit in (None, unit) or figure.noun in COINS
    return (
        (is_short or figure.worded and figure.text.lower() not in _MULTIPLES)
        and is_plain and figure.noun != "part" and figure.values[0] < 100
    )
