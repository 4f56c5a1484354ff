"""Arguments that bound something below and above, the wrong way round: a span that ends before it begins."""

from collections.abc import Iterator, Mapping
from itertools import permutations

from toolalpaca.core.words import name_words
from toolalpaca.matching.language.dates import day_of
from toolalpaca.matching.language.times import minutes_in
from toolalpaca.matching.language.values import number

# Words in the names of two arguments of which one bounds below and the other above, and those that bound numbers.
_BOUNDS = (("from", "to"), ("from", "until"), ("from", "till"), ("since", "until"), ("start", "end"), ("begin", "end"),
           ("first", "last"), ("after", "before"), ("min", "max"), ("minimum", "maximum"), ("lower", "upper"),
           ("low", "high"), ("earliest", "latest"), ("in", "out"))
_OF_NUMBERS = frozenset({"min", "minimum", "lower", "low"})


def backwards(arguments: Mapping[str, object]) -> Iterator[str]:
    """Yield the pairs of arguments, such as `from` and `until` or `min` and `max`, of which the first is a later day, a
    later moment of one day or a larger number than the second."""
    for (one, first), (other, second) in permutations(arguments.items(), 2):
        parts, others = set(name_words(one)), set(name_words(other))
        for lower, upper in _BOUNDS:
            if parts - others == {lower} and others - parts == {upper} and _is_beyond(first, second, lower):
                yield f"{one} {first!r}, {other} {second!r}"


def _is_beyond(first: object, second: object, lower: str) -> bool:
    begins, ends = day_of(first), day_of(second)
    if begins and ends:
        times = [min(minutes_in(str(value)), default=0) for value in (first, second)]
        return begins > ends or begins == ends and times[0] > times[1] > 0
    low, high = number(first), number(second)
    return lower in _OF_NUMBERS and low is not None and high is not None and low > high
