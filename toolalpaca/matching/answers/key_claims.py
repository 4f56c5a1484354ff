"""Claims of answers about a field by its name, such as `the status is open`, held against the values shown under that
name."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from toolalpaca.core.words import words
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.dates import day_of, days_in
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.text import holds
from toolalpaca.matching.language.times import minutes_in, times_in

LONGEST_VALUE = 5  # words of a value that is looked for word by word; of longer ones an answer may give the gist
LONGEST_CLAIM = 4  # words of a value that follows its name without a verb
GENERIC = frozenset({"value", "data", "result", "item", "response", "message", "note", "text"})
_KEY_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
# What may stand before a name; after any other word it is another name, as `city` in `from city`.
_BEFORE = re.compile(
    r"(?:^|[^\w\s]|\b(?:the|its|his|her|their|your|this|that|a|an|and|with|has|have|current|is|are))"
    r"[\s'\"*`]*$",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    r"(?:%|\b(?:percent|half|third|quarter|fifth|tenth|part|rest|most|share)s?) of (?:\w+ )?$", re.IGNORECASE
)
_HAS = re.compile(r"\b(?:has|have|had|with|in)\s+(?:an?\s+|the\s+)?$", re.IGNORECASE)
_SHORT_VALUE = re.compile(r"[A-Z0-9][+-]{0,3}(?=[\s.,;:!?)]|$)")  # energy label B
_LISTED = re.compile(r"[,;:(]\s*$")
_LINK = re.compile(
    r"['\"*`]*(?P<link>\s*(?:[:=]|\b(?:is|are|was|were|of|at|set to)\b)\s*|\s+)"
    r"(?:(?:about|around|approximately|now|currently|the|an?) )?(?=(?P<rest>[^\n]{1,120}))",
    re.IGNORECASE,
)
_NOT_IT = re.compile(r"not (?:the |an? )?[\"'“]?")
_ITEM_NUMBER = re.compile(r"^\d{1,2}[.)]\s+(?=\D)")
_ON_A_DAY = re.compile(r"(?:on|by|at) (?:the |\w+day,? )?\d")
_VERB = re.compile(r"\b(?:is|are|was|were)\b|[:=]")
_END = re.compile(r"[,.;:()\n](?=\s|$)|\band\b|$")
_MOMENT_END = re.compile(r"[;()\n]|[.](?!\d)|,\s(?!\d{4})")
_LONGEST_MOMENT = 30  # characters of a text that is a day or a time
# A difference, which is not the value itself: 2 points lower than before.
_COMPARED = re.compile(
    r"[$€£]?[\d.,]+\s*(?:\w+\s+)?(?:more|less|fewer|lower|higher|longer|shorter|later|earlier|above|below)\b",
    re.IGNORECASE,
)
_SIGN = re.compile(r"[$€£]?[-−]?\d")
_DAY_NAMES = frozenset(words(" ".join(calendar.day_name)))
_SENTENCE_WORDS = frozenset(
    words(
        "is are was were be of for in to from with by on at that which who has have had can "
        "will would should not available unknown several many various including more none "
        "all as follows following listed shown above below you your"
    )
)


@dataclass(frozen=True)
class Claim:
    """What an answer says of one name; `verb` tells whether a verb or colon ties the two, `counts` whether it is an
    `of`, after which a number may count what the value is of: the median of 6 sales."""

    key: str
    rest: str
    verb: bool
    listed: bool
    counts: bool = False

    @property
    def figure(self) -> Figure | None:
        """Return the number that the value is, None for other values."""
        if not _SIGN.match(self.rest):
            return None
        found = figures_in(self.rest[:60])
        return found[0] if found and found[0].start <= 1 else None

    @property
    def said(self) -> list[str]:
        """Return the words of the value, up to where the clause ends."""
        return words(self.rest[: _END.search(self.rest).start()])  # type: ignore[union-attr]


def contradicted(answer: str, known: Known) -> Iterator[str]:
    """Yield the claims that fit no value seen under their name.

    Names and values without a verb are taken for claims only in an answer that writes that way: one of them must fit.
    """
    by_key = _values_by_key(known)
    plain = answer.casefold()
    spellings = {key: parts for key in by_key if _occur(parts := _KEY_PART.findall(key), plain)}
    wrong, listed_fits = [], False
    for key, parts in spellings.items():
        longer = [" ".join(other).lower() for other in spellings.values() if len(other) > len(parts)]
        for claim in _claims(key, parts, longer, answer):
            if _is_other(claim, by_key[key], known):
                wrong.append(claim)
            else:
                listed_fits = listed_fits or (
                    not claim.verb and any(_opens_with(claim.rest, one) for one in by_key[key])
                )
    yield from (f"{claim.key} {claim.rest[:40]!r}" for claim in wrong if claim.verb or claim.figure or listed_fits)


def _opens_with(rest: str, value: Any) -> bool:
    return rest.casefold().startswith(str(value).casefold()[:60])


def _occur(parts: list[str], plain: str) -> bool:
    return all(part.casefold() in plain for part in parts)


@lru_cache(maxsize=4096)  # the fields of an API, which each of its instances is looked through for
def _pattern(spelt: str) -> re.Pattern[str]:
    return re.compile(rf"\b{spelt}\b", re.IGNORECASE)


def _mentions(parts: list[str], answer: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield where a name starts in an answer, and what ties it to the value that follows."""
    name = _pattern(r"[ _-]?".join(parts)).search(answer)
    while name:
        link = _LINK.match(answer, name.end())
        if link:
            yield name.start(), link
        name = name.re.search(answer, link.end() if link else name.start() + 1)


def _claims(key: str, parts: list[str], longer: list[str], answer: str) -> Iterator[Claim]:
    for start, link in _mentions(parts, answer):
        near, rest = max(0, start - 40), _ITEM_NUMBER.sub("", link["rest"].lstrip("*'\"`"))
        whole = (answer[start : link.end()] + rest).lower()
        part_of_longer = any(whole.startswith(name) for name in longer)  # `book` in `book id 7`
        if _BEFORE.search(answer, near, start) and not part_of_longer and not _PART_OF.search(answer[near:start]):
            listed = bool(_LISTED.search(answer, near, start))
            has = _HAS.search(answer, near, start) and _SHORT_VALUE.match(rest)
            is_tied = bool(has or _VERB.search(link["link"]) or _ON_A_DAY.match(rest))
            yield Claim(key, rest, is_tied, listed, counts=link["link"].strip().lower() == "of")


def _values_by_key(known: Known) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for leaf in known.evidence.leaves:
        key = leaf.path[-1] if leaf.path else ""
        if len(key) > 2 and key.lower() not in GENERIC and _KEY_PART.search(key):
            found.setdefault(key, []).append(leaf.value)
    return found


def _is_other(claim: Claim, values: list[Any], known: Known) -> bool:
    """Return whether the claim gives a value, and none of those seen."""
    if _ON_A_DAY.match(claim.rest) and None in map(day_of, values):
        return False
    numbers = [float(value) for value in values if isinstance(value, (int, float))]
    if numbers and len(numbers) == len(values):
        numbers += [one.value for one in known.amounts if one.of_hundredths and one.key == claim.key]
        figure = claim.figure
        if figure is not None and (_COMPARED.match(claim.rest) or claim.counts and figure.unit is None and figure.noun):
            return False
        return figure is not None and not _is_one_of(figure, numbers, known, claim)
    if claim.figure is not None and not claim.verb and not any(str(value)[:1].isdigit() for value in values):
        return False  # whose number it is, not what the texts of that name say
    if any(_opens_with(claim.rest, value) or _has_figure_of(claim, value) for value in values):
        return False
    if any(_is_moment(value) for value in values):
        return _is_other_moment(claim, values, known)
    texts = [words(value) for value in values if isinstance(value, str)]
    said = claim.said
    if said[:1] == ["not"] and claim.verb and len({*map(str, values)}) == 1:
        denied = _END.split(claim.rest, maxsplit=1)[0].casefold()
        return bool(_NOT_IT.fullmatch(denied.removesuffix(str(values[0]).casefold())))
    if said[:1] == ["not"] or claim.figure is not None and claim.figure.values[0] in known.values:
        return False  # it is not shut; district 44, which has a name too
    if not said or not texts or len(texts) < len(values) or not all(texts) or not _is_value(claim, said):
        return False
    if all(len(text) <= LONGEST_VALUE or " " not in str(value) for text, value in zip(texts, values, strict=True)):
        return not any(_is_same_gist(said, text) for text in texts)
    return not any(word in known.words for word in said)


def _has_figure_of(claim: Claim, value: Any) -> bool:
    """Return whether a claim gives the only number of a text: 18 euros of `18.00 EUR`."""
    shown = figures_in(value) if isinstance(value, str) and len(value) <= _LONGEST_MOMENT else ()
    return len(shown) == 1 and claim.figure is not None and bool({*shown[0].values} & {*claim.figure.values})


def _is_same_gist(said: list[str], text: list[str]) -> bool:
    """Return whether two texts are the same, one in the other, or have most of the words of the shorter in common."""
    said, text = [_short_day(word) for word in said], [_short_day(word) for word in text]
    if holds(said, text) or holds(text, said) or "".join(said) == "".join(text):
        return True
    return 2 * len(set(said) & set(text)) > min(len(set(said)), len(set(text))) > 1


def _short_day(word: str) -> str:
    """Return the short name of a weekday, other words as they are."""
    return word[:3] if word in _DAY_NAMES else word


def _is_moment(value: Any) -> bool:
    """Return whether a value is a day or a time of day."""
    if not isinstance(value, str) or len(value) > _LONGEST_MOMENT or not value[:1].isdigit():
        return False
    return 0 in {*(day.start for day in days_in(value)), *(time.start for time in times_in(value))}


def _is_other_moment(claim: Claim, values: list[Any], known: Known) -> bool:
    """Return whether the claim gives a day, a time or a single other word, and nothing that was seen."""
    said = claim.rest[: end.start()] if (end := _MOMENT_END.search(claim.rest)) else claim.rest
    days, times = days_in(said), times_in(said)
    if not days and not times:
        return _is_word(claim) and not any(word in known.words for word in claim.said)
    seen = [str(value)[:40] for value in values]
    if any(day.fits(other) for day in days for text in seen for mention in days_in(text) for other in mention.days()):
        return False
    return not any(time.minutes & minutes_in(text) for time in times for text in seen)


def _is_word(claim: Claim) -> bool:
    """Return whether a single word that carries meaning is given as the value."""
    return len(claim.said) == 1 and _is_value(claim, claim.said) and not set(claim.said) & _SENTENCE_WORDS


def _is_value(claim: Claim, said: list[str]) -> bool:
    """Return whether what follows is meant as the value: after a verb, or short and without a sentence's words in a
    list."""
    return claim.verb or (claim.listed and len(said) <= LONGEST_CLAIM and not set(said) & _SENTENCE_WORDS)


def _is_one_of(figure: Figure, numbers: list[float], known: Known, claim: Claim) -> bool:
    """Return whether a figure is one of those seen, as it is, rounded or in another unit, or one that the user named,
    or it follows from what was seen where the answer writes in sentences."""
    shares = [100 * value for value in numbers] if figure.percent else []
    if arithmetic.any_says(figure, (*numbers, *shares)):
        return True
    if any(value in said.values for said in known.evidence.told_figures for value in figure.values):
        return True
    is_another = any(one.value == figure.values[0] and one.key != claim.key and one.thing for one in known.amounts)
    if claim.listed and not claim.verb and figure.unit is None or claim.verb and not claim.counts and is_another:
        return False
    amounts = [one for one in known.amounts if one.key == claim.key or figure.unit is not None]
    return arithmetic.derived(figure, arithmetic.Basis(amounts, counts=known.counts))
