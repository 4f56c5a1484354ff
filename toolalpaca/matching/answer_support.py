"""All that an answer may state: what the user said, what the observations show, and what is said of the API."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from toolalpaca.conversation.observation import Leaf, Observation
from toolalpaca.core.text import words
from toolalpaca.matching.quantities import amounts, clock_times
from toolalpaca.matching.text import dates_in, holds
from toolalpaca.matching.values import meanings, names_of, number

_ISO_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CODE = re.compile(r"\b[A-Z]{2,3}\b|\b[a-z]{2}\b")

_ADDRESS = re.compile(r"https?://[^\s\"'<>)\]]+|[\w.+-]+@[\w-]+\.[\w.-]+")
_QUOTED = re.compile(r"\"([^\"\n]{2,80})\"|“([^”\n]{2,80})”")
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*(?:\d+[.)]|[-*•])\s+")
_IDENTIFIER = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]{4,}\b")
_STATED_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?!\w|\.\d)")
_ABOUT = re.compile(r"(?:about|around|approximately|roughly|nearly|almost|over|under|some|~)\s*[$€£]?$", re.IGNORECASE)
# A capitalised word inside a sentence; what opens a sentence, an item of a list or bold text is capitalised anyway.
_NAME = re.compile(r"(?<=[\w,;:)'’-] )[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
_ORDINARY = frozenset(words(
    "I I'm I'll I've I'd OK API URL ID IDs JSON USD EUR AM PM UTC GMT Celsius Fahrenheit Mr Mrs Ms Dr Please Yes No "
    "The This That It Here There You Your Also Additionally However Unfortunately First Second Third Then Finally Next "
    "We They He She If In On At For As To And Or But So All Both Each Note Not None A An"))
_ITEM = re.compile(r"(?:^|[:;\n])\s*(?P<name>[^:;,.()\n]{2,60}?)\s*\((?P<inside>[^()\n]{3,300})\)")

LONGEST_VALUE = 5  # words of a value that is looked for word by word; of longer ones an answer may give the gist
LONGEST_CLAIM = 4  # words of a value that follows its name without a verb
GENERIC = frozenset({"value", "data", "result", "item", "response", "message", "note", "text"})
_KEY_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
# What may stand before a name; after any other word it is another name, as `city` in `from city`.
_BEFORE = re.compile(r"(?:^|[^\w\s]|\b(?:the|its|his|her|their|your|this|that|a|an|and|with|has|have|current|is|are))"
                     r"[\s'\"*`]*$", re.IGNORECASE)
_LISTED = re.compile(r"[,;:(]\s*$")
_LINK = (r"(?P<link>\s*(?:[:=]|\b(?:is|are|was|were|of|at|set to)\b)\s*|\s+)"
         r"(?:(?:about|around|approximately|now|currently|the|an?) )?")
_VERB = re.compile(r"\b(?:is|are|was|were)\b|[:=]")
_END = re.compile(r"[,.;:()\n](?=\s|$)|\band\b|$")
_FIGURE = re.compile(r"[$€£]?(-?\d[\d,]*(?:\.\d+)?)(?![\w-])")
_SENTENCE_WORDS = frozenset(words("is are was were be of for in to from with by on at that which who has have had can "
                                  "will would should not available unknown several many various including more none "
                                  "all as follows following listed shown above below you your"))


@dataclass
class Known:
    """`texts` are said by people and documents, `seen` are the observations."""

    texts: Sequence[str]
    seen: Sequence[Observation]

    @cached_property
    def _sources(self) -> list[str]:
        return [*self.texts, *(seen.text for seen in self.seen)]

    @cached_property
    def plain(self) -> str:
        """Everything in one, in lower case."""
        return "\n".join(self._sources).casefold()

    @cached_property
    def words(self) -> set[str]:
        """All words, with the other ways of writing the dates and times among them."""
        found = {word for text in self._sources for word in words(text)}
        for text in self._sources:
            for day in {one for match in _ISO_DATE.findall(text) for one in dates_in(match)}:
                found |= set(words(f"{day:%A %B %d %Y %a %b}")) | {str(day.day)}
            for time in clock_times(text):
                hour, minute = (int(part) for part in time.split(":"))
                found |= {str(hour % 12 or 12), str(hour), str(minute), "am" if hour < 12 else "pm"}
        return found

    @cached_property
    def sequences(self) -> list[list[str]]:
        """The words of each source in their order."""
        return [words(text) for text in self._sources]

    @cached_property
    def leaves(self) -> list[Leaf]:
        """All values the observations show."""
        return [leaf for seen in self.seen for leaf in seen.leaves]

    @cached_property
    def numbers(self) -> set[float]:
        """All numbers that are named or shown, how many items lists have, and amounts in other units."""
        found = {float(word) for word in self.words if _NUMBER.fullmatch(word)}
        found |= {value for leaf in self.leaves if (value := number(leaf.value)) is not None}
        found |= {float(size) for seen in self.seen for size in _sizes(seen.body)}
        return found | {value for text in self.sequences for value in amounts(text)}

    def has_number(self, stated: str, *, loosely: bool = False) -> bool:
        """Whether a number is known, as it is, rounded, as a share in percent, or in thousands and millions."""
        value = float(stated)
        decimals = len(stated.partition(".")[2])
        return value in self.numbers or any(
            _same_amount(value, scaled, decimals, loosely) for known in self.numbers
            for scaled in (known, known * 100, known / 1e3, known / 1e6, known / 1e9))

    def has_name(self, name: str) -> bool:
        """Whether a name, a word or several, is known, by itself or behind a code such as FR."""
        wanted = words(name)
        if all(word in self.words for word in wanted) or name.casefold() in self.plain:
            return True
        if any(holds(text, wanted) for text in self.sequences):
            return True
        said = meanings(name)
        return bool(said) and any(said & meanings(code) for code in self._codes)

    @cached_property
    def _codes(self) -> set[str]:
        return {code for text in self._sources for code in _CODE.findall(text) if names_of(code)}


def _same_amount(stated: float, known: float, decimals: int, loosely: bool) -> bool:
    if loosely and math.isclose(stated, known, rel_tol=0.06):
        return True
    return math.isclose(stated, known, rel_tol=1e-9, abs_tol=1e-12) or (
        round(known, decimals) == stated and (decimals > 0 or abs(known) >= 1))


def _sizes(value: Any) -> Iterable[int]:
    if isinstance(value, list):
        yield len(value)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _sizes(part)


def unsupported(answer: str, known: Known) -> Iterator[str]:
    """What the answer states and nothing shows. One figure alone (`3`) is mostly a count and is passed over."""
    for match in _ADDRESS.finditer(answer):
        address = match[0].rstrip(".,;:!?*_")
        if address.casefold() not in known.plain:
            yield address
    text = _LIST_NUMBER.sub("\n", _ADDRESS.sub(" ", answer))
    for match in _QUOTED.finditer(text):
        quoted = match[1] or match[2]
        if not known.has_name(quoted):
            yield quoted
    for match in _IDENTIFIER.finditer(text):
        if match[0].casefold() not in known.plain and not set(words(match[0])) <= known.words:
            yield match[0]
    yield from _figures(text, known)
    yield from _names(text, known)
    yield from _items(text, known)


def _figures(text: str, known: Known) -> Iterator[str]:
    for match in _STATED_NUMBER.finditer(text):
        stated = match[0].replace(",", "").lstrip("-").rstrip(".")
        if len(stated) > 1 and stated not in known.words and not known.has_number(
                stated, loosely=bool(_ABOUT.search(text[:match.start()]))):
            yield match[0]


def _names(text: str, known: Known) -> Iterator[str]:
    for match in _NAME.finditer(text):
        name = re.sub(r"['’]s$", "", match[0])
        parts = [word for word in words(name) if word not in _ORDINARY]
        if parts and not known.has_name(" ".join(parts)) and not known.has_name(name):
            yield name


def _items(text: str, known: Known) -> Iterator[str]:
    """Items of a list such as `Rome (city id 7, rating 4.5)` whose name nothing shows."""
    keys = {words(leaf.path[-1])[0] for leaf in known.leaves if leaf.path and words(leaf.path[-1])}
    for match in _ITEM.finditer(text):
        name = words(match["name"])
        inside = words(match["inside"])
        if len(name) <= 5 and inside and inside[0] in keys and not any(word in known.words for word in name):
            yield match["name"]


@dataclass(frozen=True)
class Claim:
    """What an answer says of one name; `verb` tells whether a verb or colon ties the two."""

    key: str
    rest: str
    verb: bool
    listed: bool

    @property
    def has_figure(self) -> bool:
        """Whether the value is a number."""
        return bool(_FIGURE.match(self.rest))

    @property
    def said(self) -> list[str]:
        """The words of the value, up to where the clause ends."""
        return words(self.rest[:_END.search(self.rest).start()])  # type: ignore[union-attr]


def contradicted(answer: str, known: Known) -> Iterator[str]:
    """The claims that fit no value seen under their name.

    Names and values without a verb are taken for claims only in an answer that writes that way: one of them must fit.
    """
    by_key = _values_by_key(known)
    spellings = {key: _KEY_PART.findall(key) for key in by_key}
    wrong, listed_fits = [], False
    for key, values in by_key.items():
        longer = [" ".join(parts).lower() for parts in spellings.values() if len(parts) > len(spellings[key])]
        for claim in _claims(key, spellings[key], longer, answer):
            if _is_other(claim, values, known):
                wrong.append(claim)
            else:
                listed_fits = listed_fits or (not claim.verb and any(_opens_with(claim.rest, one) for one in values))
    yield from (f"{claim.key} {claim.rest[:40]!r}" for claim in wrong if claim.verb or claim.has_figure or listed_fits)


def _opens_with(rest: str, value: Any) -> bool:
    return rest.casefold().startswith(str(value).casefold()[:60])


def _claims(key: str, parts: list[str], longer: list[str], answer: str) -> Iterator[Claim]:
    spelt = r"[ _-]?".join(parts)
    pattern = re.compile(rf"\b{spelt}\b['\"*`]*{_LINK}(?=(?P<rest>[^\n]{{1,120}}))", re.IGNORECASE)
    for match in pattern.finditer(answer):
        before, rest = answer[:match.start()][-200:], match["rest"].lstrip("*'\"`")
        part_of_longer = any((match[0] + rest).lower().startswith(name) for name in longer)  # `book` in `book id 7`
        if _BEFORE.search(before) and not part_of_longer:
            yield Claim(key, rest, bool(_VERB.search(match["link"])), bool(_LISTED.search(before)))


def _values_by_key(known: Known) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for leaf in known.leaves:
        key = leaf.path[-1] if leaf.path else ""
        if len(key) > 2 and key.lower() not in GENERIC and _KEY_PART.search(key):
            found.setdefault(key, []).append(leaf.value)
    return found


def _is_other(claim: Claim, values: list[Any], known: Known) -> bool:
    """Whether the claim gives a value, and none of those seen."""
    figures = [float(value) for value in values if isinstance(value, (int, float))]
    if figures and len(figures) == len(values):
        stated = _FIGURE.match(claim.rest)
        return bool(stated) and not _is_one_of(stated[1], figures, known)  # type: ignore[index]
    texts = [words(value) for value in values if isinstance(value, str)]
    said = claim.said
    if any(_opens_with(claim.rest, value) for value in values):
        return False
    if not said or not texts or len(texts) < len(values) or not all(texts) or not _is_value(claim, said):
        return False
    if all(len(text) <= LONGEST_VALUE or " " not in str(value) for text, value in zip(texts, values, strict=True)):
        return not any(holds(said, text) or holds(text, said) or "".join(said) == "".join(text) for text in texts)
    return not any(word in known.words for word in said)


def _is_value(claim: Claim, said: list[str]) -> bool:
    """Whether what follows is meant as the value: behind a verb, or short and without a sentence's words in a list."""
    return claim.verb or (claim.listed and len(said) <= LONGEST_CLAIM and not set(said) & _SENTENCE_WORDS)


def _is_one_of(stated: str, figures: list[float], known: Known) -> bool:
    """Whether a figure is one of those seen, as it is or rounded, or one that the user named."""
    text = stated.replace(",", "").lstrip("-")
    decimals = len(text.partition(".")[2])
    return any(abs(abs(value) - float(text)) < 1e-9 or round(abs(value), decimals) == float(text)
               for value in figures) or any(text in words(said) for said in known.texts)
