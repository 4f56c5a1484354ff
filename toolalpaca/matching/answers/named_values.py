"""Values that answers give right after the name of a field, such as `level 4` or `the sky is cloudy`, against those
that results show under that name."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from toolalpaca.core.words import akin, name_words, words
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.choices import same_words
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import listed
from toolalpaca.matching.language.units import PRICE_WORDS

# Words that name what may be worked out as well: they bind a number only as a part of a longer name.
_GENERIC = PRICE_WORDS | frozenset(listed(
    "value data result item total sum amount count number difference average mean rate share percent change quantity "
    "balance time times minutes hours days weeks months years page size length distance"))
_SHORTEST = 3  # letters of a name
_LONGEST = 60  # characters of a value that is looked for
_BEFORE = r"(?:^|(?<=[^\w\s-])|\b(?:the|its|an?|and|with|has|have|at|on|in))[ *`\"']*\b"
_LINK = r"[\"'*`]*(?: (?:is|are|was|were))? [\"'*`]*"
_NUMBER = r"(?=[-−]?\d)"
_WORD = r"(?P<word>[a-z]{3,})(?=[,.;)!?]|$| and\b)"
_ITEM = re.compile(r"[:;] (?P<word>[A-Za-z]{3,})(?=;| \(|\.?$)", re.MULTILINE)
# Words after a field's name that are no value of it.
_NO_VALUES = frozenset(listed("not unknown available unchanged same different unclear missing given shown listed below "
                              "above fine correct right wrong included set only too also now here there"))
# After a number that is a part of something longer, or is compared.
_MORE = re.compile(r"e[+-]?\d|\s*(?:\w+\s+)?(?:more|less|fewer|\w+er|above|below|to|and|or|of|/|-|–)\b", re.IGNORECASE)


@lru_cache(maxsize=4096)  # the fields of an API, which each of its conversations is looked through for
def _named(key: str, value: str) -> re.Pattern[str]:
    name = "[ _-]?".join(map(re.escape, name_words(key)))
    return re.compile(_BEFORE + name + _LINK + value, re.IGNORECASE | re.MULTILINE)


def other_words(answer: str, known: Known) -> Iterator[str]:
    """Yield the names of fields with the single word that an answer gives as their value when results show others under
    that name and nobody has used this word, as in `the sky is cloudy`.

    Of a name or a text an answer may say anything, as that the boat is ready, unless it gives another field in this
    way; then an item of a list that is one such word is found, too.
    """
    found: list[tuple[str, bool]] = []  # with whether it holds in any answer
    for key, values in _shown(known, str).items():
        is_state = all(value.isalpha() and value.islower() for value in values)
        said = [other for value in values if is_state for other in same_words(value)]
        found += [(f"{key} {match['word']}", is_state) for match in _named(key, _WORD).finditer(answer)
                  if _is_new(match["word"], known, said)]
    items = [match["word"] for match in _ITEM.finditer(answer)]
    found += [(f"{word} in a list", False) for word in items if _is_new(word, known)]
    gives_fields = not all(in_any for _, in_any in found) and _gives_a_field(answer, known)
    yield from (claim for claim, in_any in found if in_any or gives_fields)


def _shown(known: Known, *kinds: type) -> dict[str, set[Any]]:
    """Return the values of some kinds that results show, no flags, under each name that is long enough to be told."""
    found: dict[str, set[Any]] = {}
    for leaf in known.evidence.leaves:
        if leaf.path and len(leaf.path[-1]) >= _SHORTEST and name_words(leaf.path[-1]) \
                and isinstance(leaf.value, kinds) and not isinstance(leaf.value, bool):
            found.setdefault(leaf.path[-1], set()).add(leaf.value)
    return found


def _is_new(word: str, known: Known, said: Iterable[str] = ()) -> bool:
    """Return whether a word may be a value and nobody has used it, nor is it one of those that say the same."""
    return word.lower() not in _NO_VALUES and not any(
        akin(part, other) for part in words(word) for other in (*said, *known.words))


def _gives_a_field(answer: str, known: Known) -> bool:
    """Return whether an answer gives a field by its name with a value that is shown under it."""
    return any(leaf.path and leaf.value not in (None, "") and name_words(leaf.path[-1])
               and _named(leaf.path[-1], re.escape(str(leaf.value)[:_LONGEST])).search(answer)
               for leaf in known.evidence.leaves)


def other_numbers(answer: str, known: Known) -> Iterator[str]:
    """Yield the names of fields with the numbers right after them that no result shows under that name and nobody
    said."""
    texts = _shown(known, str)
    told = {value for figure in known.evidence.told_figures for value in figure.values}
    for key, values in _shown(known, int, float).items():
        if key in texts or _GENERIC.issuperset(name_words(key)):
            continue
        for match in _named(key, _NUMBER).finditer(answer):
            figure = next((one for one in figures_in(answer) if one.start == match.end()), None)
            if figure is None or figure.unit is not None or _MORE.match(answer, figure.end):
                continue
            if told.isdisjoint(figure.values) and not arithmetic.any_says(figure, values):
                yield f"{key} {figure.text}"
