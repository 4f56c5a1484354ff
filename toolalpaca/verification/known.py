"""All that an answer may state: what the user said, what the observations show, and what is said of the API."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from toolalpaca.evaluation.codes import meanings, names_of
from toolalpaca.evaluation.same_value import number
from toolalpaca.evaluation.wording import dates_in, holds, words
from toolalpaca.verification.quantities import amounts, clock_times
from toolalpaca.verification.seen import Leaf, Seen

_ISO_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CODE = re.compile(r"\b[A-Z]{2,3}\b|\b[a-z]{2}\b")


@dataclass
class Known:
    """`texts` are said by people and documents, `seen` are the observations."""

    texts: Sequence[str]
    seen: Sequence[Seen]

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
