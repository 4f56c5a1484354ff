"""Values that a parameter's description explains: what it says a value means, which one is the default, and which codes
are put together from parts that were said."""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any

from toolalpaca.core.words import akin, words
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.choices import is_only_ordered, same_words
from toolalpaca.matching.language.dates import ORDINALS, weekdays_in
from toolalpaca.matching.language.numbers import figures_in, wholes
from toolalpaca.matching.language.text import CONTRASTS, FUNCTION_WORDS, denial, listed

_ENDS = re.compile(r"[,;.:()\n]")
_SENTENCE = re.compile(r"(?<=[.;])\s+")
_PIECES = re.compile(r",\s*(?:(?:or|and)\s+)?|;\s*|\s+or\s+")
_LONGEST_CODE = 10
_FIRST_LETTERS = 5  # by which a word is known for another form of a choice: ship of shipping
# Words by which people say what they do not want, or want in another case only.
_SETS_APART = denial(CONTRASTS, "than|or|if|else|before|bad|once|until")
_PARTS = re.compile(r"[A-Za-z]+|\d+")
_MOST_OF_IT = re.compile(
    r"\b(?:full|top|highest|perfect|all the) (?:marks?|scores?|points?|ratings?|stars?|grades?)\b|\bmaximum\b"
    r"|\b(?:everyone|everybody|completely|fully|entirely|all (?:the |our |my )?(?:users|people|of (?:them|us)))\b",
    re.IGNORECASE,
)
_IS = r"\s*(?:\(|=|:|is|for|means?)\s*"
_SCALE = re.compile(
    rf"(?<![\w.])(?P<low>\d){_IS}(?P<at_low>[^,;()]{{2,30}}?)\)?,?\s*(?:to|up to|and|[-–,;]|\.\.\.?)\s*"
    rf"(?P<high>\d{{1,2}}){_IS}(?P<at_high>[^,;().]{{2,30}})", re.IGNORECASE)
_SHORTEST_SCALE = 2
_SEASON = re.compile(r"(?:19|20)\d\d(?:[-/](?:\d\d|(?:19|20)\d\d))?")
_SEASONS = frozenset({"season", "year", "edition"})
_OTHER_SEASON = re.compile(
    r"(?<![\w.,-])(?:19|20)\d\d\b|['’]\d\d\b|\b(?:last|next|previous|past|coming|earlier|former|upcoming)\b",
    re.IGNORECASE)
_HOW_MANY_BACK = re.compile(
    r"\bhow (?:many|far)\b.*\b(?:latest|last|newest|most recent|back|returned?|shown?|listed?)\b", re.IGNORECASE
)


def is_default(value: Any, text: str) -> bool:
    """Return whether a description names a value as the one that holds if none is given."""
    written = re.escape(f"{value:g}" if isinstance(value, float) else str(value))
    return bool(text) and bool(
        re.search(
            rf"\bdefaults?\b(?:\s+(?:is|to|value))*[\s:]+{written}(?![\w.]*\w)"
            rf"|(?<![\w.]){written}\s+(?:is the default|by default|\(?(?:default|standard)\b|unless\b"
            r"|if (?:nothing|none)\b"
            r"|(?:if|when) (?:it is )?(?:left out|omitted|missing|not given|not said))",
            text,
        )
    )


def is_most_of_it(value: Any, part: Mapping[str, Any], told: str) -> bool:
    """Return whether a number is the largest that is allowed and people asked for that: full marks, for everyone."""
    return value == part.get("maximum", ...) and bool(_MOST_OF_IT.search(told))


def is_how_many_back(value: Any, text: str, names: frozenset[str], evidence: Evidence) -> bool:
    """Return whether a number only says how many of the latest are to be shown, of which people gave no number."""
    return isinstance(value, int) and bool(_HOW_MANY_BACK.search(text)) and not is_counted(names, evidence)


def is_on_scale(value: Any, text: str, names: frozenset[str], evidence: Evidence) -> bool:
    """Return whether a number is a place on a scale of which a description tells the ends in words, as people put it in
    words: the end that they said, or any place if they said neither end nor a number that is on it."""
    match = _SCALE.search(text) if isinstance(value, int) else None
    low, high = (int(match["low"]), int(match["high"])) if match else (1, 0)
    if match is None or not low <= value <= high or high - low < _SHORTEST_SCALE or weekdays_in(match[0]):
        return False
    said = [end for end, gloss in ((low, match["at_low"]), (high, match["at_high"]))
            if any(_was_said(word, evidence.told_all) for word in words(gloss) if word not in FUNCTION_WORDS)]
    if said and not denial(CONTRASTS).search(evidence.told_text):
        return value in said
    given = (one.values[0] for one in evidence.told_figures if one.unit is None and not one.noun.endswith("s"))
    return not is_counted(names, evidence) and not any(low <= one <= high for one in given)


def is_season_of_example(value: Any, text: str, names: frozenset[str], evidence: Evidence) -> bool:
    """Return whether a season or a year is the one that a description shows, when nobody said which, nor what day it
    is."""
    if not _SEASON.fullmatch(str(value)) or names.isdisjoint(_SEASONS) or evidence.today or evidence.told_days:
        return False
    shown = rf"\b(?:such as|like|e\.g\.|for example|example:?),? ['\"(]?{value}\b"
    return bool(re.search(shown, text)) and not _OTHER_SEASON.search(evidence.told_text)


def is_counted(names: frozenset[str], evidence: Evidence) -> bool:
    """Return whether people said how many there are of what an argument's name names: three helpers, two weeks."""
    return any(
        one.unit is not None and one.unit.name in names or one.noun and any(akin(one.noun, name) for name in names)
        for one in evidence.told_figures
    )


def is_explained(value: Any, text: str, options: Sequence[Any], evidence: Evidence) -> bool:
    """Return whether people said what a description says a value is for: lime for `Tilia (lime)`, standing for `floor
    is standing`, half of what it says of that value alone at least.

    A code of letters and digits counts if each of its parts was said or explained: autumn 2025 for 2025F.
    """
    code = str(value)
    if _was_explained(code, text, options, evidence):
        return True
    parts = _PARTS.findall(code)
    return (
        len(parts) > 1 and len(code) <= _LONGEST_CODE and bool(re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z\d-]+", code))
        and all(
            _number_said(part, evidence) if part.isdigit()
            else _was_explained(part, text, (), evidence) or _is_initial(part, parts, evidence.told_text)
            for part in parts
        )
    )


def is_another_meant(value: str, text: str, options: Sequence[Any], evidence: Evidence) -> bool:
    """Return whether people said what a description says another choice of an enum is for, or words that begin like
    its own, and nothing of this one, when they set nothing apart."""
    if len(value) < 2 or _SETS_APART.search(evidence.told_text):
        return False
    texts = [one for one in options if isinstance(one, str)]
    own = set(words(value.replace("_", " ")))
    if _begins_like_said(own, evidence) or is_explained(value, text, texts, evidence):
        return False
    for other in texts:
        parts = set(words(other.replace("_", " ")))
        if not parts & own and not is_only_ordered(other, evidence.told_all) and (
                _begins_like_said(parts, evidence) or is_explained(other, text, texts, evidence)):
            return True
    return False


def _begins_like_said(parts: Collection[str], evidence: Evidence) -> bool:
    """Return whether each of some words was said, in another form or in a word that begins like it."""
    content = [part for part in parts if part not in FUNCTION_WORDS and len(part) >= _FIRST_LETTERS - 1]
    return bool(content) and all(any(_begins_like(part, word) for word in evidence.told_all) for part in content)


def _begins_like(part: str, word: str) -> bool:
    return akin(part, word) or len(part) >= _FIRST_LETTERS <= len(word) and word.startswith(part[:_FIRST_LETTERS])


def _was_explained(value: str, text: str, options: Sequence[Any], evidence: Evidence) -> bool:
    own = _own_words(value, text, tuple(map(str, options)))
    return bool(own) and 2 * sum(_was_said(word, evidence.told_all) for word in own) >= len(own)


def _was_said(word: str, said: frozenset[str]) -> bool:
    return not same_words(word).isdisjoint(said) or any(akin(word, other) for other in said)


@lru_cache(maxsize=4096)  # a function's parameters, with which each of its calls is compared
def _own_words(value: str, text: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words by which a description explains a value, without those that explain other options too."""
    explained = {one: {word for gloss in _glosses(one, text, options) for word in words(gloss)} for one in
                 (value, *options)}
    others = {word for one, own in explained.items() if one != value for word in own}
    return tuple(sorted(explained[value] - FUNCTION_WORDS - others - set(words(value))))


def _glosses(value: str, text: str, options: Sequence[str]) -> Iterator[str]:
    """Yield what follows a value, in parentheses or up to the next value, and the piece of an enumeration at its
    place."""
    written = re.escape(value).replace("_", "[_ ]")
    others = [rf"\b{re.escape(one)}\b" for one in options if one != value]
    end = re.compile("|".join([_ENDS.pattern, *others, r"(?<=\s)\d", "$"]))
    for match in re.finditer(rf"(?<![\w-]){written}(?![\w-])", text):
        after = text[match.end() :]
        inside = re.match(r"\s*\(([^()]*)\)", after)
        yield inside[1] if inside else end.split(after, maxsplit=1)[0]
    for sentence in _SENTENCE.split(text) if value in options else ():
        pieces = _PIECES.split(sentence.rpartition(":")[2].strip(" ."))
        if len(pieces) == len(options) > 1:
            yield pieces[list(options).index(value)]


def meanings_of_codes(
    texts: Mapping[str, str], choices: Mapping[str, Collection[str]], evidence: Evidence
) -> list[str]:
    """Return what descriptions of arguments and fields, by their names, say of the codes that calls asked with and
    results show, `17:00 to 20:00` of `EV = 17:00 to 20:00`, and which two values one of them is the sum of."""
    used = {(name, item) for one in evidence.results for name, given in one.call.given.items()
            for item in (given if isinstance(given, list) else [given]) if isinstance(item, (str, int))}
    used |= {(leaf.path[-1], leaf.value) for leaf in evidence.leaves if leaf.path and isinstance(leaf.value, str)}
    codes = sorted((name, code) for name, code in used
                   if isinstance(code, str) and 0 < len(code) <= _LONGEST_CODE and code in texts.get(name, ""))
    sums = [said for name in sorted({name for name, _ in used}) for said in _SUMS.findall(texts.get(name, ""))]
    return sums + [said for name, code in codes for said in _meanings(code, texts[name], choices.get(name, ()))]


_SUMS = re.compile(r"\w+ plus (?:the )?\w+")


def _meanings(code: str, text: str, options: Collection[str]) -> Iterator[str]:
    """Yield what follows a code up to the next one."""
    others = "".join(rf"|{re.escape(one)}\b" for one in options if one != code)
    end = re.compile(rf"[;)\n]|\.\s|,\s*(?:\w+\s*[=:(]{others})|$")
    for match in re.finditer(rf"(?<![\w-]){re.escape(code)}(?![\w-])[\s=:(–-]*", text):
        yield text[match.end() : end.search(text, match.end()).start()].rstrip(" .")  # type: ignore[union-attr]


def _number_said(digits: str, evidence: Evidence) -> bool:
    years = {year for mention in evidence.told_days for year, _, _ in mention.readings}
    return int(digits) in years or bool({str(int(digits)), *_ordinal_of(int(digits))} & evidence.told_all)


def _ordinal_of(number: int) -> list[str]:
    return ORDINALS[number - 1 : number] if number else []


def _is_initial(letter: str, parts: Sequence[str], told: str) -> bool:
    """Return whether a letter is the first of a word that was said with one of the numbers: week 30, second bass."""
    numbers = [int(part) for part in parts if part.isdigit()]
    before = "|".join(name for number in numbers for name in _ordinal_of(number)) or "(?!)"
    after = "|".join(map(str, numbers))
    said = rf"\b(?:{before})\s+{letter}[a-z]+|\b{letter}[a-z]+\s+(?:no\.?\s+)?(?:{after})\b"
    return len(letter) == 1 and bool(re.search(said, told, re.IGNORECASE))


# What is counted is a pack of so much: 12 pieces each, bags of 2.5 kg.
_IN_PACKS = re.compile(r"\b(?:packs?|bags?|box(?:es)?|crates?|bottles?|rolls?|tins?|sacks?|bundles?|trays?|sheets?"
                       r"|each|apiece)\b", re.IGNORECASE)
_SHARE_OF = re.compile(r"\b(?:all of it|the whole|basis points?|per mille?|being all)\b", re.IGNORECASE)
_MOST_FACTORS = 6


def number_explained(value: float, text: str, evidence: Evidence) -> bool:
    """Return whether a number follows from one that people said by what a description says of its size: packs that
    hold what is needed, a share of the number that is said to be all."""
    sizes = [figure.values[0] for figure in wholes(figures_in(text)) if figure.values[0] > 1]
    said = wholes(evidence.told_figures)[:_MOST_FACTORS]
    if sizes and _SHARE_OF.search(text):
        shares = [one.values[0] / (100 if one.percent else 1) for one in said if one.percent or one.noun == "part"]
        return any(math.isclose(share * size, value) for share in shares for size in sizes)
    if not sizes or not _IN_PACKS.search(text):
        return False
    counts = [float(len(one.seen.body)) for one in evidence.results if isinstance(one.seen.body, list)]
    numbers = [*dict.fromkeys([*(one.values[0] for one in said), *counts])][:_MOST_FACTORS]
    needed = (math.prod(some) for many in (1, 2, 3) for some in combinations(numbers, many))
    return any(math.ceil(one / size - 1e-9) == value for one in needed for size in sizes)


_WORDING = re.compile(
    r"^(?:what|why|how)\b|\bin (?:a few |your own |other )?words\b|^(?:short )?(?:reason|remark)\b|\bfree text\b",
    re.IGNORECASE,
)


def is_for_wording(text: str) -> bool:
    """Return whether a description asks for somebody's wording: what has to be repaired, a short reason."""
    return bool(_WORDING.search(text))


QUANTITIES = frozenset(listed("qty quantity count pieces number copies units amount helpers"))
