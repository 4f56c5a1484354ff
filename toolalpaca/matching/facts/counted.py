"""What numbers count: the sizes of lists and the nouns of fields."""

from collections.abc import Iterable
from typing import Any

from toolalpaca.core.words import name_words, singular
from toolalpaca.matching.facts.amounts import Amount
from toolalpaca.matching.facts.entities import is_series


def counted_by(amounts: Iterable[Amount]) -> frozenset[str]:
    """Return what the whole numbers that were shown count by the names of their fields: guest of `guests`."""
    nouns = {name_words(one.key)[-1:] for one in amounts
             if one.thing is not None and one.unit is None and one.value % 1 == 0}
    return frozenset(singular(noun) for some in nouns for noun in some if noun.endswith("s"))


def sizes_of(value: Any) -> Iterable[int]:
    """Yield how many items each list of a result has, and each object whose names are data."""
    if isinstance(value, list) or is_series(value):
        yield len(value)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from sizes_of(part)
