"""Numbers of a made-up answer that follow from others: totals of a list's items, payments and interest of a loan."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from toolalpaca.core.words import name_key, name_words, singular

_LOANS = {"principal": frozenset({"principal", "loanamount", "loan"}),
          "rate": frozenset({"interestrate", "annualrate", "annualinterestrate", "rate", "apr", "interest"}),
          "years": frozenset({"years", "termyears", "loanyears", "year"}),
          "months": frozenset({"months", "termmonths", "loanmonths"})}
_PAYMENTS = frozenset({"monthlypayment", "monthlyinstallment", "monthlyinstalment", "monthlyrate"})
_INTEREST = frozenset({"totalinterest", "interestpaid", "totalinterestpaid"})
_PAID = frozenset({"totalpaid", "totalpayment", "totalpayments", "totalrepayment", "totalcost"})


def with_totals(body: Any, arguments: Mapping[str, Any]) -> Any:
    """Return an answer whose numbers add up, given the values that the request gives."""
    if not isinstance(body, dict):
        return body
    names = tuple(body)
    changed: dict[str, Any] = {}
    for total, field in _totalled(names):
        items = [item for part in body.values() if isinstance(part, list) for item in part if isinstance(item, dict)]
        numbers = [value for item in items for name, value in item.items()
                   if singular(name_key(name)) == field and type(value) in (int, float)]
        if numbers and len(numbers) == len(items) and type(body[total]) in (int, float):
            changed[total] = round(sum(numbers), 2)
    if _pays_off(names):
        changed |= _loan(body, {name_key(name): value for name, value in (*body.items(), *arguments.items())})
    return body | changed if changed else body


@lru_cache(maxsize=5000)
def _totalled(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the fields for totals, such as `totalPrice`, each with the plain name of what is added up."""
    words = {name: name_words(name) for name in names}
    return tuple((name, singular("".join(parts[1:]))) for name, parts in words.items()
                 if len(parts) > 1 and parts[0] == "total")


@lru_cache(maxsize=5000)
def _pays_off(names: tuple[str, ...]) -> bool:
    return any(name_key(name) in _PAYMENTS for name in names)


def _loan(body: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return the payments of a loan that is paid off in equal parts, and what they come to; {} if the request does not
    say all that they depend on."""
    numbers = {name: value for name, value in values.items() if type(value) in (int, float)}
    known = {fact: next((value for name, value in numbers.items() if name in names), None)
             for fact, names in _LOANS.items()}
    months = known["months"] or 12 * (known["years"] or 0)
    if not known["principal"] or known["rate"] is None or not 0 < months <= 1200 or not 0 <= known["rate"] <= 100:
        return {}
    monthly = known["rate"] / 1200
    payment = round(known["principal"] * (monthly / (1 - (1 + monthly) ** -months) if monthly else 1 / months), 2)
    paid = round(payment * months, 2)
    facts = {**dict.fromkeys(_PAYMENTS, payment), **dict.fromkeys(_PAID, paid),
             **dict.fromkeys(_INTEREST, round(paid - known["principal"], 2))}
    return {name: facts[name_key(name)] for name in body if name_key(name) in facts}
