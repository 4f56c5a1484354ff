"""Superlatives and comparatives in a sentence: what is called the largest, the cheapest or the first of its kind, and
which fields the adjective measures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from toolalpaca.core.words import words
from toolalpaca.matching.language.text import listed

# Adjectives with the fields they measure; "" means any field. The forms are: comparative, superlative.
_LARGE = {
    "higher highest": "", "larger largest": "", "bigger biggest": "", "greater greatest": "",
    "longer longest": "minute duration length hour runtime distance page second day",
    "pricier priciest dearer dearest costlier costliest": "price cost fee fare rate", "later latest": "@day",
    "newer newest": "@day", "farther farthest further furthest": "distance km mile", "older oldest": "age",
    "heavier heaviest": "weight mass", "faster fastest quicker quickest": "speed",
    "warmer warmest hotter hottest": "temperature", "taller tallest": "height", "better best": "rating score review",
    "deeper deepest": "depth", "busier busiest": "count", "stronger strongest": "magnitude mag speed wind",
    "wider widest": "width", "thicker thickest": "thickness", "steeper steepest": "gradient slope ascent",
    "louder loudest": "decibel loudness noise", "wetter wettest": "rain precipitation humidity",
    "fainter faintest": "magnitude mag",
    "windier windiest": "wind gust", "sunnier sunniest": "sun sunshine", "roomier roomiest": "area size capacity",
    "most-expensive": "price cost fee fare rate", "most-recent": "@day",
    "best-paid highest-paid": "pay wage salary income",
}
_SMALL = {
    "lower lowest": "", "smaller smallest": "", "fewer fewest": "", "scarcer scarcest rarer rarest": "",
    "shorter shortest": "minute duration length hour runtime distance page second day",
    "cheaper cheapest": "price cost fee fare rate", "earlier earliest sooner soonest": "@day",
    "nearer nearest closer closest": "distance km mile", "younger youngest": "age", "lighter lightest": "weight mass",
    "slower slowest": "speed", "colder coldest cooler coolest": "temperature", "worse worst": "rating score review",
    "shallower shallowest": "depth", "weaker weakest": "magnitude mag speed wind", "narrower narrowest": "width",
    "thinner thinnest": "thickness", "calmer calmest": "wind gust wave", "quieter quietest": "decibel loudness noise",
    "drier driest": "rain precipitation humidity", "brighter brightest": "magnitude mag",
    "least-expensive": "price cost fee fare rate", "worst-paid lowest-paid least-paid": "pay wage salary income",
}
_FIRST = re.compile(
    r"\b(?:due|is|comes?|goes|starts?|begins?|arrives?|leaves?|departs?|ends?|expires?|opens?|runs out|is up)\s+"
    r"(?P<which>first|last)\b"
    r"|\bthe (?P<will>first|last)(?: one)? (?=will be|would be|is the|was the)"
    r"|\bthe (?P<one>first|last)\b(?! (?:night|weeks?|months?|years?|days?|time|name|two|three|four|of the"
    r" (?:month|year|week)|minute|class|floor|quarter|half|step|page|thing)\b)(?=.{0,60}\d|.{0,60}\b(?:at|on)\b)",
    re.IGNORECASE,
)
_MOST_OF = re.compile(
    r"\b(?:the )?(?P<which>most|least)\b(?= (?:of (?:it|them|all) )?(?:in|on|at|was|came|with)\b|[:.,]| [(\d])",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|second|third|next|one of the|among the|than|as|at|for|by|of)\s+(?:the\s+)?$", re.IGNORECASE
)

_UNKNOWN = re.compile(r"\bthe (\w{3,}est)\b", re.IGNORECASE)
_NO_SUPERLATIVES = frozenset(words(
    "interest forest guest request test latest rest west honest modest harvest contest suggest invest digest "
    "priest protest arrest chest quest best earnest conquest"
))
_NOT_THE = re.compile(r"\b(?:second|third|next|not the|one of the|among the|at|at the)\s*-?$", re.IGNORECASE)
# After a superlative that says how a list is ordered, and of nothing in it that it is the most: newest first.
_ORDERS = re.compile(r"\s+(?:ones? )?(?:first|on top|at the top|to (?:the )?\w+(?:est|most))\b", re.IGNORECASE)
_TO_THE_END = re.compile(r"\b(?:\w+est|most \w+|first) to (?:the )?$", re.IGNORECASE)
_LETTERS = re.compile(r"[a-z]+")


def _words_of(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {word: tuple(fields.split()) for forms, fields in table.items() for word in forms.split()}


_BY_WORD = {word: (large, fields) for table, large in ((_LARGE, True), (_SMALL, False))
            for word, fields in _words_of(table).items()}
DURATIONS = ("minute", "duration", "hour", "runtime", "second", "travel")
_TOP = re.compile(
    r"\b(?:is|are|comes?|ranks?|was|were) (?:out |right )?(?:on top|in the lead|number one|at the top)\b"
    r"|\bthe (?:peak|high point|record) (?:was|is|came|fell)\b|\bpeaked (?:in|on|at)\b", re.IGNORECASE
)
_PATTERN = re.compile(r"\b(?:" + "|".join(sorted(_BY_WORD, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_OPENINGS = frozenset(word.partition("-")[0] for word in _BY_WORD) | frozenset(
    listed("first last most least top lead number peak peaked high record")
)


@dataclass(frozen=True)
class ExtremeClaim:
    """What is said to be more, less or first: whether more, None for an adjective that is not known, and the fields
    that the adjective measures."""

    word: str
    large: bool | None
    fields: tuple[str, ...] = ()


# Trains are the faster, the less time they take, if no speed is given.
BY_TIME = {
    word: ExtremeClaim(word, large=large, fields=DURATIONS)
    for large, forms in ((False, "faster fastest quicker quickest"), (True, "slower slowest"))
    for word in forms.split()
}


# The superlatives that measure certain fields, and no day or age.
MEASURING = {word: ExtremeClaim(word, large, fields) for word, (large, fields) in _BY_WORD.items()
             if word.endswith("est") and fields and {"@day", "age"}.isdisjoint(fields)}


def extremes_in(sentence: str) -> Iterator[ExtremeClaim]:
    """Yield what a sentence calls the most, the least or the first of something."""
    said = set(_LETTERS.findall(sentence.lower()))
    if said.isdisjoint(_OPENINGS) and not any(word.endswith("est") for word in said):
        return
    for match in _PATTERN.finditer(sentence):
        before, word = sentence[: match.start()], match[0].lower()
        if _NOT_THE.search(before.rstrip()) or _ORDERS.match(sentence, match.end()) or _TO_THE_END.search(before):
            continue
        if word.endswith("st") or "-" in word or not (_NOT.search(before) or _is_relative(sentence, match)):
            yield ExtremeClaim(word, *_BY_WORD[word])
    for match in _FIRST.finditer(sentence):
        which = (match["which"] or match["one"] or match["will"]).lower()
        yield ExtremeClaim(which, which == "last", ("@day",))
    yield from (ExtremeClaim(match[0].lower(), large=True) for match in _TOP.finditer(sentence))
    for match in _MOST_OF.finditer(sentence):
        yield ExtremeClaim(match["which"].lower(), match["which"].lower() == "most")
    for match in _UNKNOWN.finditer(sentence):
        if match[1].lower() not in _BY_WORD and match[1].lower() not in _NO_SUPERLATIVES:
            yield ExtremeClaim(match[1].lower(), None)


def as_corrected(text: str) -> str:
    """Return a text from where somebody corrects himself on if another superlative follows: the quickest, no, sorry,
    the cheapest."""
    parts = _CORRECTS.split(text)
    return parts[-1] if len(parts) > 1 and any(extremes_in(parts[-1])) else text


_CORRECTS = re.compile(
    r"\bno,? (?:wait|sorry|actually|rather|make)\b|\b(?:sorry|hang on|hold on|scratch that|make that|i mean|correction"
    r"|on second thoughts?|or rather)\b",
    re.IGNORECASE,
)


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
