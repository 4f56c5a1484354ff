"""The currency that people spoke of, held against the one that a call was made with or, if it left that open, that its
result came in."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from toolalpaca.core.words import name_words
from toolalpaca.matching.arguments.given_values import GivenParameter
from toolalpaca.matching.facts.entities import CURRENCY_NAMES
from toolalpaca.matching.facts.evidence import Evidence, Shown
from toolalpaca.matching.language.codes import currencies_named
from toolalpaca.matching.language.numbers import figures_in

_IN = re.compile(r"\b(?:in|into) (?:the )?(?P<names>[A-Za-z]{3,}(?: [A-Za-z]{3,})?|[€£$¥])")
_NAMES = re.compile(r"\b[A-Z]{3}\b|\b[A-Z]\w+ [a-z]{3,}\b|[€£$¥₹₩]|\b[a-z]{3,}\b")


def other_currencies(
    succeeded: Sequence[Shown], evidence: Evidence, parameters: Mapping[str, Sequence[GivenParameter]], answer: str
) -> Iterator[str]:
    """Yield the currencies of calls that people did not speak of while they spoke of another, and those that results
    came in because nobody asked for the one that was wanted, unless the answer has turned the amounts into it."""
    wanted_in = _wanted_in(evidence.told)
    spoken = wanted_in | _codes_of_amounts(evidence.told)
    if not spoken:
        return
    names = (name for text in evidence.told for name in _NAMES.findall(text))
    spoken = spoken.union(*map(currencies_named, names))
    for one in succeeded:
        given = [value for name, value in one.call.given.items() if _is_currency(name, value)]
        if len(given) == 1 and given[0] not in spoken:
            yield f"currency = {given[0]!r}"
        if not wanted_in or given or not any(
                _names_currency(parameter.name) for parameter in parameters.get(one.call.function, ())):
            continue
        shown = {leaf.value for leaf in one.seen.leaves if leaf.path and _is_currency(leaf.path[-1], leaf.value)}
        if shown and shown.isdisjoint(spoken) and wanted_in.isdisjoint(_codes_of_amounts([answer])):
            yield f"currency left out, and {min(shown)!r} came"


def _names_currency(name: object) -> bool:
    return any(part in CURRENCY_NAMES for part in name_words(str(name)))


def _is_currency(name: object, value: Any) -> bool:
    return isinstance(value, str) and _names_currency(name) and value in currencies_named(value)


def _codes_of_amounts(texts: Iterable[str]) -> frozenset[str]:
    units = (figure.unit for text in texts for figure in figures_in(text))
    codes = (code for unit in units if unit and unit.dimension == "money" for code in unit.name.split("|"))
    return frozenset(code for code in codes if currencies_named(code))  # no coins of a chain, which people change


def _wanted_in(told: Iterable[str]) -> frozenset[str]:
    """Return the codes of the currencies in which people want amounts."""
    named = [match["names"] for text in told for match in _IN.finditer(text)]
    return frozenset[str]().union(*(currencies_named(name) for names in named for name in (names, *names.split())))
