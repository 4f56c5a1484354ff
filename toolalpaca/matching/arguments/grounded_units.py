"""The unit or the currency of an amount that another argument of the same call gives: whether people gave the amount in
it, or in another one from which the amount follows."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from toolalpaca.core.words import name_words, singular, words
from toolalpaca.matching.arguments.documented import QUANTITIES
from toolalpaca.matching.arguments.grounded_texts import text_given
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.numbers import Figure
from toolalpaca.matching.language.text import FUNCTION_WORDS, listed
from toolalpaca.matching.language.units import PRICE_WORDS, Unit, conversions, in_unit, unit_named
from toolalpaca.matching.language.values import number

_UNIT_NAMES = frozenset(listed("unit uom measure currency"))
_CURRENCY = frozenset({"currency"})
_PRICED = PRICE_WORDS | frozenset(listed("amount value paid sum total budget balance"))
_MEASURED = QUANTITIES | frozenset(listed("value size weight mass height length distance volume duration dose reading"))
_PIECES = frozenset(words("piece pc pcs item unit each ea count stk stück"))
_ROUNDED = 0.01  # of an amount in another unit


def judged_units(arguments: Mapping[str, Any], evidence: Evidence, where: str = "") -> Iterator[tuple[str, bool]]:
    """Yield the arguments that give the unit of the one number beside them, each with whether people gave that amount
    in it; none for which what people said leaves it open."""
    for name, value in arguments.items():
        place = f"{where}.{name}" if where else name
        if isinstance(value, dict):
            yield from judged_units(value, evidence, place)
        elif isinstance(value, str) and value and _UNIT_NAMES.intersection(map(singular, name_words(name)[-1:])):
            amount = _amount_beside(name, arguments)
            is_fit = None if amount is None else _is_unit_of(value, amount, evidence.told_figures)
            if is_fit is not None and (is_fit or not _is_wanted(value, name, evidence)):
                yield place, is_fit


def _is_wanted(text: str, name: str, evidence: Evidence) -> bool:
    """Return whether people named a currency, into which an amount may have to be turned."""
    return "currency" in name_words(name) and text_given(text, evidence, _CURRENCY, literal=False)


def _amount_beside(name: str, arguments: Mapping[str, Any]) -> float | None:
    """Return the number that a unit is for: the only one with its name, or with one that amounts of its kind have."""
    own = set(name_words(name)) - _UNIT_NAMES
    wanted = own or (_PRICED if "currency" in name_words(name) else _MEASURED)
    found = [value for one, leaf in arguments.items() if isinstance(leaf, (int, float)) and wanted & {*name_words(one)}
             and (value := number(leaf)) is not None]
    return found[0] if len(found) == 1 else None


def _is_unit_of(text: str, amount: float, figures: Sequence[Figure]) -> bool | None:
    """Return whether an amount is what people said in a unit; None when they said no unit, or no such amount."""
    wanted = unit_named(text)
    said = [one for one in figures if _is_amount(one, amount)]
    measured = [one.unit for one in said if one.unit is not None]
    if any(wanted is not None and _fits(one, one.unit, wanted, amount) for one in said if one.unit is not None):
        return True
    if len(measured) == len(said):
        is_alike = wanted is not None and any(one.dimension == wanted.dimension for one in measured)
        return False if is_alike else None
    nouns = [one.noun for one in said if one.unit is None and one.noun and one.noun not in FUNCTION_WORDS]
    if not nouns or set(words(text)) <= _PIECES:
        return True
    return None if wanted is None or any(singular(noun) == noun for noun in nouns) else False  # a dozen eggs, not 12 kg


def _is_amount(figure: Figure, amount: float) -> bool:
    """Return whether a number is an amount, as it is or in another unit of its dimension."""
    other = [made for value in figure.values for made in (conversions(value, figure.unit) if figure.unit else ())]
    return amount in figure.values or any(math.isclose(one, amount, rel_tol=_ROUNDED) for one in other)


def _fits(figure: Figure, unit: Unit, wanted: Unit, amount: float) -> bool:
    if unit.fits(wanted):
        return amount in figure.values
    return any(math.isclose(one, amount, rel_tol=_ROUNDED) for value in figure.values
               for one in in_unit(value, unit, wanted))
