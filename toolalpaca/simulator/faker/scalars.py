"""Numbers and strings made from a schema: by pattern, format, name or description, within its bounds, and plausible for
the field, so that a rating is 1 to 5, a price has cents and a year is recent."""

import math
import random
import re
import string
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from typing import Any

from toolalpaca.core.words import id_noun, name_words, singular
from toolalpaca.openapi.patterns import is_pattern
from toolalpaca.openapi.schema_check import SchemaCheck
from toolalpaca.openapi.schema_parts import Schema
from toolalpaca.simulator.faker.kinds import (
    BAD,
    GOOD,
    KIND_OF_FORMAT,
    RANGES,
    alike,
    field_kind,
    name_like,
    options_in,
    pick,
    range_around,
)
from toolalpaca.simulator.faker.source import Draw


@lru_cache(maxsize=20000)
def usual_range(name: str, description: str) -> tuple[float, float]:
    """Return the range a number of that name usually lies in."""
    if id_noun(name) is not None:
        return 1000, 99999
    for word in (*reversed(name_words(name)), *name_words(description)[:8]):
        if (found := RANGES.get(word) or RANGES.get(singular(word))) is not None:
            return found
    return 1, 1000


def number_maker(schema: Schema, name: str, *, whole: bool) -> Callable[[random.Random], int | float]:
    """Return a function that makes numbers within the schema's bounds and step, and of the size of its example, or
    else within what is usual, if the bounds allow that."""
    example = schema.get("example")
    bounded = {"minimum", "maximum"} <= schema.keys()
    usual = range_around(example, name) if type(example) in (int, float) and example and bounded \
        else usual_range(name, str(schema.get("description", "")))
    low, high = _bounds(schema, usual, whole)
    step = schema["multipleOf"] if type(schema.get("multipleOf")) in (int, float) else 0
    if step > 0 and math.isfinite(max(abs(low), abs(high)) / step):
        return lambda random_: _stepped(low, high, step, random_, whole)
    if whole:
        first = math.ceil(low)
        span = max(1, math.floor(high) - first + 1)
        return lambda random_: first + int(random_.random() * span)
    places = 2 if high - low >= 0.1 else 6

    def make(random_: random.Random) -> float:
        value = low + random_.random() * (high - low)
        rounded = round(value, places)
        return rounded if low <= rounded <= high else value
    return make


def _bounds(schema: Schema, usual: tuple[float, float], whole: bool) -> tuple[float, float]:
    low = _limit(schema, "minimum", "exclusiveMinimum", +1, whole)
    high = _limit(schema, "maximum", "exclusiveMaximum", -1, whole)
    span = usual[1] - usual[0]
    if low is None and high is None:
        return usual
    if low is None:
        low = usual[0] if usual[0] <= high else high - span  # type: ignore[operator]
    if high is None:
        high = usual[1] if usual[1] >= low else low + span
    narrow = max(low, usual[0]), min(high, usual[1])
    return narrow if narrow[0] <= narrow[1] else (low, high)


def _limit(schema: Schema, plain: str, exclusive: str, sign: int, whole: bool) -> float | None:
    """Return the outermost value that a bound and its exclusive form allow; `sign` says which way is inside."""
    limits: list[float] = []
    if type(schema.get(plain)) in (int, float):
        limits.append(schema[plain])
    if type(schema.get(exclusive)) in (int, float):
        edge = schema[exclusive]
        inside = math.floor(edge) + 1 if sign > 0 else math.ceil(edge) - 1
        limits.append(inside if whole else edge + sign * max(1e-6, abs(edge) * 1e-9))
    return None if not limits else max(limits) if sign > 0 else min(limits)


def _stepped(low: float, high: float, step: float, random_: random.Random, whole: bool) -> int | float:
    first = math.ceil(round(low / step, 9))
    last = max(first, math.floor(round(high / step, 9)))
    times = random_.randint(first, last)
    if isinstance(step, int) or whole:
        return int(round(times * step))
    return round(times * step, max(0, -math.floor(math.log10(step)) + 6))


def truth(name: str, random_: random.Random) -> bool:
    """Return a flag: what names a success is true, what names a failure is false."""
    parts = name_words(name)
    if any(word in BAD for word in parts):
        return False
    return True if any(word in GOOD for word in parts) else random_.random() < 0.7


_CLOCK = re.compile(r"[012]\d:[0-5]\d")
_LONGEST = 100_000  # characters, whatever a document asks for
_LETTERS = "0123456789abcdef"
_LOOKAROUND = re.compile(r"\(\?<?[=!](?:[^()\[\\]|\\.|\[(?:[^\]\\]|\\.)*\])*\)")  # without groups inside
_PIECE = re.compile(r"\\.|\[(?:[^\]\\]|\\.)*\]|([*+]|\{(\d+),\})\??", re.DOTALL)  # escapes and classes stay as they are
_SIGN = re.compile(r"\\p\{?(\w)(?:(?<=\{.)[^}]*\})?|\\.|.", re.DOTALL)  # with the kind of a Unicode class
_UNICODE = {"N": "0-9", "Z": " ", "P": "_", "S": "+"}  # ASCII characters of these kinds; letters are of the others
_BEYOND = r"(?:\\u(?!00[0-7])[0-9A-Fa-f]{4}|\\x[89A-Fa-f][0-9A-Fa-f]|[^\x00-\x7e])"  # a character that is not ASCII
_CLASS = re.compile(r"\[(?:[^\]\\]|\\.)*\]", re.DOTALL)
_ENDING = re.compile(r"\^?\.[*+]\??(?P<rest>[^|]+)\Z")  # says how a text ends, and nothing of how it begins
_MORE = 8  # characters of a repetition beyond those that it must have
_MANY = 30  # the same if fewer do not do
_MOST_REPEATED = 100  # times, unless the pattern demands more
_ANY = string.ascii_letters + string.digits + "-_. "


def text_maker(schema: Schema, name: str, noun: str) -> Callable[[Draw], str]:
    """Return a function that makes strings of a schema for a field of that name."""
    description = str(schema.get("description", ""))
    least, most = _length(schema, "minLength", 0), _length(schema, "maxLength", None)
    make = _unbounded(schema, name, noun, description)
    if isinstance(schema.get("pattern"), str) and is_pattern(schema["pattern"]):
        make = _by_pattern(_texts_of(schema["pattern"], str(schema.get("format", "")), least, most), make)
    if not least and most is None:
        return make
    weight = least // 50  # a very long text counts like that many values

    def make_fitted(draw: Draw) -> str:
        draw.made += weight
        text = make(draw)
        timed = _at_length(text, least, most) if schema.get("format") in ("date-time", "time") else None
        return _fitted(text, least, most, draw.random) if timed is None else timed
    return make_fitted


def _at_length(time: str, least: int, most: int | None) -> str | None:
    """Return a time with an offset or fractions of a second that make it as long as it must be; None if none do."""
    bare = time.removesuffix("Z")
    times = [bare + fraction + offset for fraction in ("", *(f".{'0' * count}" for count in range(1, 10)))
             for offset in ("Z", "+00:00")]
    return next((one for one in times if len(one) >= least and (most is None or len(one) <= most)), None)


def _length(schema: Schema, key: str, otherwise: Any) -> Any:
    value = schema.get(key)
    return min(int(value), _LONGEST) if isinstance(value, (int, float)) and type(value) is not bool else otherwise


def _unbounded(schema: Schema, name: str, noun: str, description: str) -> Callable[[Draw], str]:
    format_kind = KIND_OF_FORMAT.get(str(schema.get("format", "")))
    if format_kind:
        return lambda draw: pick(format_kind, draw.random)
    options, kind = options_in(description), field_kind(name, noun, description)
    if options and kind == "id" and all(re.search(r"\d", option) for option in options):
        return lambda draw: alike(options[int(draw.random.random() * len(options))], draw.random)
    if options:
        return lambda draw: options[int(draw.random.random() * len(options))]
    if kind == "id":
        example = schema.get("example")
        if isinstance(example, str) and re.search(r"\w", example):
            return lambda draw: alike(example, draw.random)
        prefix = id_noun(name) or noun
        return lambda draw: identifier(prefix, draw.random)
    if kind == "datetime" and "YYYY-MM-DD" in description.upper() and "T" not in description:
        kind = "date"
    if _CLOCK.fullmatch(str(schema.get("example"))):
        kind = "time"
    if kind == "message":
        return lambda draw: draw.done or pick("sentence", draw.random)
    if kind in ("", "title") and isinstance(schema.get("example"), str):
        return _like_example(schema["example"], name, kind)
    return lambda draw: pick(kind or "sentence", draw.random)


def _like_example(example: str, name: str, kind: str) -> Callable[[Draw], str]:
    """Return what makes texts like an example: other names if it is one, else the example itself, which always fits,
    but for titles, which are to differ."""
    make = name_like(example, is_title=kind == "title" and name_words(name)[-1:] != ("name",), is_name=bool(kind))
    if make is None:
        return lambda draw: pick(kind, draw.random) if kind else example
    return lambda draw: make(draw.random)


def identifier(noun: str, random_: random.Random) -> str:
    """Return a text id such as `role_4f2a9c`."""
    digits = "".join(_LETTERS[int(random_.random() * 16)] for _ in range(8))
    start = "_".join(name_words(noun)[:2])
    return f"{start}_{digits}" if start else digits


def _by_pattern(texts: "_PatternTexts", usual: Callable[[Draw], str]) -> Callable[[Draw], str]:
    """Return the usual text in a case that has the pattern and the format, else one that the pattern itself makes."""
    fits, ending = texts.fits, _ENDING.match(texts.plain)

    def make(draw: Draw) -> str:
        text = usual(draw)
        fitting = next((one for one in (text, text.upper(), text.lower()) if fits(one)), None)
        if fitting is None and ending:
            start = text.rstrip("/.")
            rest = _from_pattern((_short(ending["rest"]),), draw.random, lambda rest: fits(start + rest))
            fitting = start + rest if fits(start + rest) else None
        return texts.make(draw.random) if fitting is None else fitting
    return make


class _PatternTexts:
    """Texts with a pattern and a format, of `least` to `most` characters, made from the pattern."""

    def __init__(self, pattern: str, format_: str, least: int, most: int | None) -> None:
        schema = {"pattern": pattern, **({"format": format_} if format_ else {})}
        self._matches = SchemaCheck(schema).is_valid  # not `re`, which some patterns keep busy forever
        self._least, self._most = least, most
        self.plain = _for_python(_LOOKAROUND.sub("", pattern))
        shortest = () if most is None else (_short(self.plain, more=0),)
        self._patterns = (_short(self.plain), *shortest, *(_long(self.plain, least) if least else ()),
                          _short(self.plain, more=_MANY))

    def fits(self, text: str) -> bool:
        """Return whether a text has the pattern, the format and the length."""
        return len(text) >= self._least and (self._most is None or len(text) <= self._most) and self._matches(text)

    def make(self, random_: random.Random) -> str:
        """Return a text that fits; if none is found, one that does not."""
        if self._is_found:
            return _from_pattern(self._patterns, random_, self.fits)
        return _from_pattern(self._patterns[:1], random_, lambda text: True)

    @cached_property
    def _is_found(self) -> bool:
        """Return whether a text that fits can be found. It is tried once, since texts are made without regard to
        lookarounds, and where none fits each value would cost hundreds of tries."""
        return self.fits(_from_pattern(self._patterns, random.Random(0), self.fits))


_texts_of = lru_cache(maxsize=1024)(_PatternTexts)


@cache
def _writer() -> Any:
    """Return the library's class, which itself fails at more than a hundred repetitions."""
    from rstr import Rstr

    class Writer(Rstr):
        def _handle_repeat(self, start_range: int, end_range: int, value: str) -> str:
            times = self._random.randint(start_range, max(start_range, min(end_range, _MOST_REPEATED)))
            return "".join(self._build_string(value) for _ in range(times))

    return Writer


def _from_pattern(patterns: Sequence[str], random_: random.Random, fits: Callable[[str], bool]) -> str:
    """Return a text of one of the patterns that fits, or the last that was made if none does."""
    made = _writer()(random_, printable=_ANY, nonwhitespace=_ANY.strip())  # what `.` and `\S` match
    text = ""
    for pattern in patterns:
        for _ in range(10):
            try:
                text = made.xeger(pattern)
            except (re.error, NotImplementedError, KeyError, ValueError, OverflowError):  # what the library cannot
                break
            if fits(text):
                return text
    return text


def _short(pattern: str, floor: int = 0, more: int = _MORE) -> str:
    """Return the pattern without unbounded repetitions, for which the library writes up to a hundred characters: each
    is of `floor` characters, or as many as it must have, and up to `more` others."""
    def bounded(match: re.Match[str]) -> str:
        least = {"*": 0, "+": 1}.get(match[0][0]) if match[2] is None else int(match[2])
        return match[0] if least is None else f"{{{max(least, floor)},{max(least, floor) + more}}}"

    return _PIECE.sub(bounded, pattern)


def _long(pattern: str, least: int) -> Iterator[str]:
    """Yield the pattern with repetitions that make texts of at least `least` characters, or of exactly as many."""
    repetitions = sum(match[1] is not None for match in _PIECE.finditer(pattern))
    if repetitions:
        yield _short(pattern, -(-least // repetitions), 0)
        yield _short(pattern, -(-least // repetitions))
        yield _short(pattern, least)


def _for_python(pattern: str) -> str:
    """Return the pattern without what Python cannot read: Unicode's classes such as `\\p{L}` become ASCII characters,
    and the end of the text is spelled in Python's way."""
    pattern = _CLASS.sub(lambda match: _in_ascii(match[0]), pattern)
    inside, parts = False, []
    for match in _SIGN.finditer(pattern):
        sign, kind = match[0], match[1]
        if kind:
            members = _UNICODE.get(kind, "A-Za-z")
            sign = members if inside else f"[{members}]"
        elif sign in ("[", "]"):
            inside = sign == "["
        parts.append(r"\Z" if sign == r"\z" else sign)
    return "".join(parts)


def _in_ascii(members: str) -> str:
    """Return a class of characters with ranges that end at ASCII's end: the library lists each character of a range."""
    kept = re.sub(rf"-{_BEYOND}", "-~", re.sub(f"{_BEYOND}-{_BEYOND}", "", members))
    return kept if len(kept) > 3 else members


def _fitted(text: str, least: int, most: int | None, random_: random.Random) -> str:
    while len(text) < least:
        if len(text) > 500:
            return ((text + " ") * (least // len(text) + 1))[:least]
        text += (" " if text and not text.endswith(" ") else "") + pick("word", random_)
    if most is not None and len(text) > most:
        cut = text[:most].rstrip()
        return cut if len(cut) >= least else text[:most]
    return text
