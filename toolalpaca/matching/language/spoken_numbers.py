"""Numbers in words as people say them: twenty-five, twelve hundred, three point four four, nineteen forty-one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from toolalpaca.matching.language.dates import ORDINALS
from toolalpaca.matching.language.text import listed

ONES = {
    name: number
    for number, name in enumerate(
        listed(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        )
    )
}
_NOUGHT = ("nought", "naught")
_TENS = {
    name: 10 * number for number, name in enumerate(listed("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
FRACTIONS = {"half": 0.5, "quarter": 0.25, "third": 1 / 3, "fifth": 0.2, "tenth": 0.1, "eighth": 0.125}
NUMBER_WORDS = frozenset({"a", "an", "hundred", "hundreds", "thousand", "thousands", *_NOUGHT, *ONES, *_TENS})

_DIGIT = "|".join([*listed("oh o"), *_NOUGHT, *list(ONES)[:10]])
_LOW, _HIGH, _TEN = "|".join(list(ONES)[1:10]), "|".join(list(ONES)[10:]), "|".join(_TENS)
_SCALE = "|".join(_SCALES)
_BELOW_HUNDRED = rf"(?:(?:{_TEN})(?:[- ](?:{_LOW})\b)?|{_HIGH}|{_LOW}|zero|nought|naught)"
_NUMBER = (
    rf"(?:an?(?=[- ](?:{_SCALE})\b)|{_BELOW_HUNDRED})\b"
    rf"(?:[- ](?:{_SCALE})\b(?:(?:[- ]|\s+and\s+){_BELOW_HUNDRED}\b(?!\s*%))?)*"
)
_AND = r"[\s-]+(?:and|&)[\s-]+"
_WORDED = re.compile(
    rf"\b(?:{_NUMBER}(?:{_AND}(?:an?|one|two|three)[\s-]+(?:{'|'.join(FRACTIONS)})s?)?|an?(?!\s+{_BELOW_HUNDRED}\b)|(?:hundred|thousand)s?)"
    rf"\b(?!['’]\w|-(?:{'|'.join(ORDINALS[:9])})\b)",
    re.IGNORECASE,
)
_AND_PART = re.compile(
    rf"(?P<whole>.+?){_AND}(?P<many>an?|one|two|three)[\s-]+(?P<part>{'|'.join(FRACTIONS)})s?"
)
_POINTED = re.compile(
    rf"\b(?P<whole>{_NUMBER}|(?:{_DIGIT})(?:[- ](?:{_DIGIT}))*) point (?P<part>(?:{_DIGIT})(?:[- ](?:{_DIGIT}))*)\b",
    re.IGNORECASE,
)
_PAIRED = re.compile(
    rf"\b(?P<first>seventeen|eighteen|nineteen|twenty)[- ](?:(?:oh|o)[- ](?P<low>{_LOW})"
    rf"|(?P<rest>(?:{_TEN})(?:[- ](?:{_LOW}))?|{_HIGH}))\b(?![- ](?:{_SCALE}|sided|point|per ?cent)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A number in words: where it stands, all that it may mean, and the value of its last place."""

    start: int
    end: int
    values: tuple[float, ...]
    step: float


def spoken_in(text: str) -> Iterator[Spoken]:
    """Yield the numbers that a text gives in words; of those that overlap the first is the longest."""
    for match in _POINTED.finditer(text) if " point " in text.lower() else ():
        part = "".join(str(_digit(word)) for word in re.split("[- ]", match["part"].lower()))
        value = float(f"{_whole(match['whole'].lower())}.{part}")
        yield Spoken(match.start(), match.end(), (value,), 10.0 ** -len(part))
    for match in _PAIRED.finditer(text):
        first = int(_value(match["first"].lower()))
        rest = int(_value((match["low"] or match["rest"]).lower()))
        yield Spoken(match.start(), match.end(), (100.0 * first + rest, first + rest / 100), 1.0)
    for match in _WORDED.finditer(text):
        value = _value(match[0].lower())
        yield Spoken(match.start(), match.end(), (value,), 1.0 if value % 1 == 0 else 0.25 if (value * 4) % 2 else 0.5)


def _digit(word: str) -> int:
    return ONES.get(word, 0)


def _whole(words: str) -> int:
    """Return a number before the point, which may be said digit by digit: seven oh six."""
    parts = re.split("[- ]", words)
    if len(parts) > 1 and all(part in ("oh", "o") or ONES.get(part, 10) < 10 for part in parts):
        return int("".join(str(_digit(part)) for part in parts))
    return int(_value(words))


def _value(words: str) -> float:
    if match := _AND_PART.fullmatch(words):
        return _value(match["whole"]) + ONES.get(match["many"], 1) * FRACTIONS[match["part"]]
    total = current = 0.0
    for word in re.split(r"[-\s]+", words):
        if word in ONES or word in _TENS:
            current += ONES.get(word, _TENS.get(word, 0))
        elif word.rstrip("s") in _SCALES:
            factor = _SCALES[word.rstrip("s")]
            current = (current or 1) * factor
            if factor > 100:
                total, current = total + current, 0.0
        elif word in ("a", "an"):
            current = current or 1.0
    return total + current
