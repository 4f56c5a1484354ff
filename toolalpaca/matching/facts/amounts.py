"""The numbers among the values of things, each with its unit: by its field's name, its object or its document."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from toolalpaca.core.words import name_words, words
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.units import COINS, PRICE_WORDS, Unit, multiplier, unit_named, unit_of_key
from toolalpaca.matching.language.values import number

# Units of temperature and speed in the systems of units that objects name.
_SYSTEMS = {
    "metric": ("celsius", ""), "si": ("celsius", ""), "imperial": ("fahrenheit", "mph"), "us": ("fahrenheit", "mph"),
    "standard": ("kelvin", ""),
}
_IN_UNIT = re.compile(
    r"\b(?:in|of)\s+(?!the |an? )(?:whole |full )?(?P<unit>[A-Za-z°]+(?: [a-z]+)?)|\((?P<inside>[A-Za-z° ]+)\)")


@dataclass(frozen=True)
class Amount:
    """A number that is known: its key, its unit as far as that is known, and the thing it belongs to."""

    value: float
    key: str
    unit: Unit | None
    thing: Thing | None = None
    of_hundredths: bool = False  # whether it was shown as a hundred times as many cents, pence and the like


_PRICES = frozenset({
    "price", "cost", "total", "amount", "fee", "fare", "balance", "paid", "refund", "result", "fine", "budget",
    "salary", "gross", "net", "tax", "deposit", "charge", "rent", "value", "converted", "sum", "subtotal",
    "wage", "wages", "pay", "payout", "earnings", "bid", "toll", "owed", "payable",
})
_MONEY = _PRICES | PRICE_WORDS | {"rate", "due", "credit", "debit", "premium", "vat"}
# Fields whose numbers are in the unit that a field `unit` gives.
_MEASURED = (_PRICES - PRICE_WORDS) | {"average", "mean", "quantity", "consumption", "usage", "reading", "level",
                                         "values"}


def is_money(amount: Amount) -> bool:
    """Return whether an amount is one of money, by its unit or, if it has none, by its field's name."""
    if amount.unit is not None:
        return amount.unit.is_money
    return amount.of_hundredths or not _MONEY.isdisjoint(name_words(amount.key))


def amounts_of(thing: Thing) -> Iterator[Amount]:
    """Yield the numbers among a thing's values."""
    for key, value in thing.values:
        as_number = number(value)
        if as_number is not None:
            own = _by_measure(thing, key) or thing.units.get(key.rpartition(".")[2]) or unit_of_key(
                _without_bound(thing, key)) or thing.currencies.get(key)
            is_in_hundredths = _is_in_hundredths(thing, key, value)
            if is_in_hundredths and own is not None and not own.is_money:
                own = CENT  # not Celsius
            yield Amount(as_number, key, own or _by_system(thing, key) or _by_object(thing, key), thing)
            if scale := multiplier((name_words(key) or ("",))[-1].rstrip("s")):
                yield Amount(as_number * scale, f"{key} *", _by_object(thing, key), thing)
            if is_in_hundredths:
                unit = thing.currencies.get(key) or _by_object(thing, key)
                yield Amount(as_number / 100, key, unit, thing, of_hundredths=True)
        elif isinstance(value, str) and (duration := _ISO_DURATION.fullmatch(value)):
            yield Amount(_minutes_of(duration), key, unit_named("minute"), thing)


def _without_bound(thing: Thing, key: str) -> str:
    """Return a field's name without a `min` that is no minutes, as another field has `max` in its place."""
    parts = name_words(key)
    if "min" in parts and any(_as_least(name) == parts for name, _ in thing.values if name != key):
        return " ".join(part for part in parts if part != "min")
    return key


def _as_least(key: str) -> tuple[str, ...]:
    return tuple("min" if part in ("max", "maximum") else part for part in name_words(key))


# Words in the names of fields whose amounts of money are in hundredths.
HUNDREDTHS = COINS - {"p"} | {"minor"}
_LETTERS = frozenset({"c", "p", "ore", "oere"})  # of cents, pence and the like at the end of a field's name
IN_HUNDREDTHS = "hundredths of "  # before the name of a field whose document says so, or nothing, for all its money
_SAYS_HUNDREDTHS = re.compile(
    rf"\b(?:(?:in|are) (?:[\w-]+ ){{0,2}}(?:{'|'.join(coin for coin in COINS if len(coin) > 2)})\b"
    r"|minor (?:currency )?units?|smallest (?:currency )?units?)\b", re.IGNORECASE
)


def _is_in_hundredths(thing: Thing, key: str, value: Any) -> bool:
    """Return whether a whole number is an amount of money in hundredths, by its field's name or its document."""
    parts = name_words(key)
    if not isinstance(value, int) or not parts:
        return False
    is_money, is_said = not _MONEY.isdisjoint(parts), IN_HUNDREDTHS in thing.units
    is_documented = IN_HUNDREDTHS + key.rpartition(".")[2] in thing.units
    return (not HUNDREDTHS.isdisjoint(parts) or is_documented or is_said and is_money
            or parts[-1] in _LETTERS and (is_said or is_money))


_FOR_ONE, _ONE = "for one: ", Unit("count", "one")  # before the name of a field whose document says so
_SAYS_OF_ONE = re.compile(r"\b(?:of|for|per) (?:(?:one|each|a single|every) )?(?:piece|item|unit|copy|article)\b", re.I)


def is_for_one(thing: Thing, key: str) -> bool:
    """Return whether a field gives what one piece of a thing costs or has, by its name or its document."""
    return f"{_FOR_ONE}{key}" in thing.units or not {"unit", "each"}.isdisjoint(name_words(key))


_ISO_DURATION = re.compile(
    r"P(?=T?\d)(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


def _minutes_of(duration: re.Match[str]) -> float:
    """Return the minutes of a duration such as PT1H30M."""
    parts = {name: float(value or 0) for name, value in duration.groupdict().items()}
    return parts["days"] * 1440 + parts["hours"] * 60 + parts["minutes"] + parts["seconds"] / 60


def _by_object(thing: Thing, key: str) -> Unit | None:
    """Return the currency that the object, else the document, gives for all its amounts."""
    parts = set(name_words(key))
    if _PRICES & parts:
        return thing.unit or thing.units.get(MONEY)
    return thing.unit if key == "rates" else None


def _by_measure(thing: Thing, key: str) -> Unit | None:
    """Return the unit of measurement that the object itself gives for all its amounts."""
    return thing.measure if not thing.unit and not _MEASURED.isdisjoint(name_words(key)) else None


CENT = Unit("money", "cent")
MONEY = ""  # under which an API's only currency is kept


def _by_system(thing: Thing, key: str) -> Unit | None:
    """Return the unit of a temperature or a speed in an object that says which system of units it uses."""
    parts = set(name_words(key))
    if not parts & {"temperature", "temp", "speed", "wind"}:
        return None
    for name, value in thing.values:
        if isinstance(value, str) and value.lower() in _SYSTEMS and {"unit", "units", "system"} & set(name_words(name)):
            warmth, speed = _SYSTEMS[value.lower()]
            return unit_named(warmth if parts & {"temperature", "temp"} else speed)
    return None


_OF_MONEY = PRICE_WORDS | {"sterling"}
_LONGEST = 1000  # characters of a description in which units are looked for


def documented_units(document: Any, about: Iterable[str] = ()) -> dict[str, Unit]:
    """Return the units that an API's document gives for the fields of its answers, by their names; under MONEY its
    currency, if it speaks of one only and no field tells it, and under IN_HUNDREDTHS, with a field's name or for all
    money, what it or a text `about` the API says to be in cents and the like."""
    found: dict[str, set[Unit]] = {}
    texts = list(_descriptions(document, ""))
    texts += [("", text) for text in about]
    for name, text in texts:
        if _SAYS_HUNDREDTHS.search(text):
            found[IN_HUNDREDTHS + name] = {CENT}
        if name and _SAYS_OF_ONE.search(text):
            found[_FOR_ONE + name] = {_ONE}
    for name, text in texts:
        for unit in _units_in(text):
            if name or unit.dimension == "money":
                found.setdefault(MONEY if unit.dimension == "money" else name, set()).add(unit)
    if any("currency" in name.lower() for name, _ in texts):
        found.pop(MONEY, None)
    return {name: next(iter(own)) for name, own in found.items() if len(own) == 1}


def _descriptions(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for inner in value:
            yield from _descriptions(inner, name)
    elif isinstance(value, dict):
        text = value.get("description")
        yield name, text if isinstance(text, str) else ""
        for key, inner in value.items():
            if key == "properties" and isinstance(inner, dict):
                for own, part in inner.items():
                    yield from _descriptions(part, own)
            elif key not in ("example", "examples"):
                yield from _descriptions(inner, "" if key in ("paths", "responses", "parameters") else name)


def _units_in(text: str) -> Iterator[Unit]:
    for match in _IN_UNIT.finditer(text[:_LONGEST]):
        written = (match["unit"] or match["inside"]).strip()
        if written.split()[0] == "pounds" and _OF_MONEY & set(words(text)):
            written = "GBP"  # not a weight
        yield from filter(None, [unit_named(written) or unit_named(written.split()[0]) if len(written) > 1 else None])
    yield from (one.unit for one in figures_in(text[:_LONGEST]) if one.unit is not None and one.unit.is_money)
