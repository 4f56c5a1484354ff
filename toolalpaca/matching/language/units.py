"""Units of measurement and currencies as people name them, and what an amount in one unit is in another."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from toolalpaca.core.words import name_words, singular

# What one of a unit is in the base unit of its dimension. The keys are CLDR's, from which the names come. The base
# units agree: a cubic metre is a metre times a square metre, a joule a watt for a second.
_FACTORS: dict[str, dict[str, float]] = {
    "duration": {
        "millisecond": 1e-3, "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000,
        "year": 31536000, "decade": 315360000, "century": 3153600000,
    },
    "length": {
        "micrometer": 1e-6, "millimeter": 1e-3, "centimeter": 1e-2, "decimeter": 0.1, "meter": 1, "kilometer": 1e3,
        "inch": 0.0254, "foot": 0.3048, "yard": 0.9144, "mile": 1609.344, "nautical-mile": 1852,
        "light-year": 9.4607e15,
    },
    "mass": {
        "microgram": 1e-6, "milligram": 1e-3, "gram": 1, "kilogram": 1e3, "tonne": 1e6, "ounce": 28.349523,
        "pound": 453.59237, "stone": 6350.29318, "carat": 0.2,
    },
    "volume": {
        "milliliter": 1e-6, "centiliter": 1e-5, "deciliter": 1e-4, "liter": 1e-3, "hectoliter": 0.1, "cup": 2.365882e-4,
        "pint": 4.73176e-4, "quart": 9.46353e-4, "gallon": 3.785412e-3, "fluid-ounce": 2.95735e-5,
        "tablespoon": 1.47868e-5, "teaspoon": 4.9289e-6,
    },
    "energy": {
        "joule": 1, "kilojoule": 1e3, "megajoule": 1e6, "calorie": 4.184, "kilocalorie": 4184, "foodcalorie": 4184,
        "watt-hour": 3600, "kilowatt-hour": 3.6e6, "megawatt-hour": 3.6e9, "gigawatt-hour": 3.6e12,
    },
    "area": {"hectare": 1e4, "acre": 4046.856},
    "speed": {"meter-per-second": 1, "kilometer-per-hour": 1 / 3.6, "mile-per-hour": 0.44704, "knot": 0.514444},
    "digital": {"byte": 1, "kilobyte": 1e3, "megabyte": 1e6, "gigabyte": 1e9, "terabyte": 1e12, "petabyte": 1e15},
    "power": {"milliwatt": 1e-3, "watt": 1, "kilowatt": 1e3, "megawatt": 1e6, "gigawatt": 1e9, "horsepower": 745.7},
    "pressure": {
        "pascal": 1, "hectopascal": 100, "millibar": 100, "kilopascal": 1e3, "megapascal": 1e6, "atmosphere": 101325,
        "pound-force-per-square-inch": 6894.757, "millimeter-ofhg": 133.322, "inch-ofhg": 3386.39,
    },
    "frequency": {"hertz": 1, "kilohertz": 1e3, "megahertz": 1e6, "gigahertz": 1e9},
    "light": {"lux": 1, "lumen": 1},
    "temperature": {"celsius": 1, "fahrenheit": 1, "kelvin": 1},
    "concentr": {"percent": 0.01},
    "angle": {"degree": 1},
}
_FACTORS["area"] |= {f"square-{name}": size**2 for name, size in _FACTORS["length"].items()}
_FACTORS["volume"] |= {f"cubic-{name}": size**3 for name, size in _FACTORS["length"].items()}
# Names that CLDR does not list: other words for a unit, and what people shorten.
_ALIASES = {
    "nm": "nautical-mile", "night": "day", "nights": "day", "overnight": "day", "kilo": "kilogram",
    "kilos": "kilogram", "kcals": "kilocalorie", "calories": "kilocalorie", "calory": "kilocalorie",
    "kms": "kilometer", "pct": "percent", "c": "celsius", "f": "fahrenheit", "kph": "kilometer-per-hour",
    "kmh": "kilometer-per-hour", "cbm": "cubic-meter", "h": "hour", "s": "second", "d": "day",
    "celsius": "celsius", "fahrenheit": "fahrenheit", "mwh": "megawatt-hour", "megawatt hour": "megawatt-hour",
    "gwh": "gigawatt-hour", "gigawatt hour": "gigawatt-hour", "mj": "megajoule", "wh": "watt-hour",
}
# Words in the names of fields whose numbers are amounts of money, whatever is next to them.
PRICE_WORDS = frozenset(
    {"price", "cost", "fee", "fare", "salary", "refund", "deposit", "rent", "gross", "net", "fares"}
)
_MONEY_WORDS = PRICE_WORDS | {"amount", "balance", "budget", "charge", "paid", "pay", "sum", "tax", "value", "wage"}
# Names of coins of which a hundred are one of their currency.
COINS = frozenset({"cent", "cents", "ct", "penny", "pennies", "pence", "p", "centime", "centimes", "rappen", "öre",
                   "øre", "grosz", "groszy", "kopeck", "kopecks", "paisa", "paise"})
# Codes of currencies that are words or names of something else as well.
_OTHER_WORDS = frozenset(
    {"all", "amd", "ang", "bob", "cad", "cop", "cup", "gel", "mad", "mop", "nad", "pen", "php", "ron", "sos", "top",
     "try"}
)
_OTHER_MEANINGS = ("in", "ct", "cd", "pa")  # a preposition, cents, a disc, a year
_POWERS = {"square": ("square ", "sq ", "sq. ", "sq"), "cubic": ("cubic ", "cu ", "cu. ")}  # before a length
_SIGNS = {"square": ("²", "2", "^2"), "cubic": ("³", "3", "^3")}  # after it
_SYMBOL_FACTORS = {"k": 1e3, "thousand": 1e3, "grand": 1e3, "lakh": 1e5, "million": 1e6, "mn": 1e6, "mil": 1e6,
                   "crore": 1e7, "billion": 1e9, "bn": 1e9, "trillion": 1e12, "hundred": 1e2, "dozen": 12}
_PLURAL = re.compile(r"(?!pts)[b-df-hj-np-tv-xz]{2,4}s|ozs")  # of a short form, as lbs and kgs are; pts are points
CALORIES = ("calorie", "kilocalorie", "foodcalorie")  # of food all three mean the same


@dataclass(frozen=True)
class Unit:
    """A unit by dimension and CLDR name, or `money` with every currency its name may mean, joined by a bar."""

    dimension: str
    name: str

    def fits(self, other: "Unit") -> bool:
        """Return whether two units may be the same one."""
        if self.dimension != other.dimension:
            if {self.dimension, other.dimension} == {"angle", "temperature"}:
                return True  # 180 degrees
            return _POUNDS in (self, other) and any("GBP" in unit.name.split("|") for unit in (self, other))
        if self.dimension == "money":
            return bool(set(self.name.split("|")) & set(other.name.split("|")))
        return self.name == other.name or {self.name, other.name} <= set(CALORIES)

    @property
    def is_money(self) -> bool:
        """Return whether it may be a currency."""
        return self.dimension == "money" or self == _POUNDS

    def ratio(self, other: "Unit") -> float | None:
        """Return what one of this unit is in the other; None between dimensions, temperatures and currencies."""
        if self.dimension != other.dimension or self.dimension in ("money", "temperature"):
            return None
        factors = _FACTORS.get(self.dimension, {})
        return factors[self.name] / factors[other.name] if {self.name, other.name} <= factors.keys() else None

    @property
    def size(self) -> float | None:
        """Return what one of it is in the base unit of its dimension; None for temperatures and currencies."""
        return None if self.dimension == "temperature" else _FACTORS.get(self.dimension, {}).get(self.name)


_MONTHS = {"month": 1, "year": 12, "decade": 120, "century": 1200}
_POUNDS = Unit("mass", "pound")  # in Britain money too


def in_unit(value: float, unit: Unit, wanted: Unit) -> Iterator[float]:
    """Yield what an amount is in another unit; nothing when the two do not measure the same."""
    ratio = unit.ratio(wanted)
    if ratio is not None:
        yield value * ratio
        if unit.dimension == "digital":
            yield value * 1.024 ** round(math.log(ratio, 1000))
        yield from _of_months(value, unit.name, wanted.name)
    elif unit.dimension == wanted.dimension == "temperature":
        yield _temperature(value, unit.name, wanted.name)


def _of_months(value: float, unit: str, wanted: str) -> Iterator[float]:
    """Yield an amount of one unit of months or years in another: they have no fixed number of days, but twelve months
    are a year."""
    if unit in _MONTHS and wanted in _MONTHS:
        yield value * _MONTHS[unit] / _MONTHS[wanted]
    elif unit == "year" and wanted == "week":
        yield value * 52


def _temperature(value: float, unit: str, wanted: str) -> float:
    kelvin = {"celsius": value + 273.15, "fahrenheit": (value - 32) / 1.8 + 273.15}.get(unit, value)
    return {"celsius": kelvin - 273.15, "fahrenheit": (kelvin - 273.15) * 1.8 + 32}.get(wanted, kelvin)


def conversions(value: float, unit: Unit) -> Iterator[float]:
    """Yield an amount in every other unit of its dimension."""
    for name in _FACTORS.get(unit.dimension, ()):
        if name != unit.name:
            yield from in_unit(value, unit, Unit(unit.dimension, name))


@cache
def _names() -> dict[str, Unit]:
    """Units by every name CLDR has for them in English, in lower case, and by the aliases."""
    from babel import Locale

    found: dict[str, Unit] = {}
    of = {name: Unit(dimension, name) for dimension, names in _FACTORS.items() for name in names}
    for region in ("en", "en_GB"):
        patterns = Locale.parse(region)._data["unit_patterns"]
        for key in patterns:
            dimension, _, name = key.partition("-")
            if name in _FACTORS.get(dimension, ()):
                for text in _spellings(patterns[key]):
                    found.setdefault(text, of[name])
    for other_word in _OTHER_MEANINGS:
        found.pop(other_word, None)
    found |= {alias: of[name] for alias, name in _ALIASES.items()}
    for name, unit in [*found.items()]:
        for power in _POWERS if unit.dimension == "length" else ():
            names = (*(f"{word}{name}" for word in _POWERS[power]), *(f"{name}{sign}" for sign in _SIGNS[power]))
            found |= dict.fromkeys(names, of[f"{power}-{unit.name}"])
    return found


def _spellings(patterns: Any) -> Iterator[str]:
    for value in (value for length in ("long", "short") for value in patterns.get(length, {}).values()):
        if isinstance(value, str):
            yield value.replace("{0}", "").strip().casefold().rstrip(".")


@cache
def unit_named(text: str) -> Unit | None:
    """Return the unit or the currency that a word, a symbol or a code names; None for other texts."""
    from toolalpaca.matching.language.codes import currencies_named

    plain = " ".join(text.casefold().replace("-", " ").strip().rstrip(".").split())
    known = _names()
    unit = known.get(plain) or known.get(plain[:-1] if _PLURAL.fullmatch(plain) else singular(plain))
    if unit is None and (codes := currencies_named(text.strip())):
        unit = Unit("money", "|".join(sorted(codes)))
    return unit


def multiplier(word: str) -> float | None:
    """Return what a word such as `million` or `k` multiplies the number before it with."""
    return _SYMBOL_FACTORS.get(word.casefold())


def unit_of_key(key: str) -> Unit | None:
    """Return the unit or the currency that the name of a field ends in, as `energyKcal`, `distance_km` and `feeChf`;
    None for other names."""
    parts = name_words(key)
    return _unit_of_words(parts) or _currency_of_words(parts)


@cache
def _currency_of_words(parts: tuple[str, ...]) -> Unit | None:
    """Return the currency whose code is the last word of several, or whose name is after a word such as `price`."""
    if len(parts) < 2 or _is_for_base(parts):
        return None
    is_code = len(parts[-1]) == 3 and parts[-1].isalpha() and unit_named(parts[-1].upper()) is not None
    if is_code and parts[-1] in _OTHER_WORDS or not is_code and len(parts[-1]) < 4:
        return None
    unit = unit_named(parts[-1].upper() if is_code else parts[-1])
    is_money = unit is not None and unit.dimension == "money"
    return unit if is_money and (is_code or _MONEY_WORDS & set(parts[:-1])) else None


@cache
def _unit_of_words(parts: tuple[str, ...]) -> Unit | None:
    is_priced = len(parts) > 1 and parts[-2].isdigit() and PRICE_WORDS & set(parts)
    is_least = parts[-1:] == ("min",) and not _MONEY_WORDS.isdisjoint(parts)  # of what is paid, not minutes
    if is_priced or is_least or _is_for_base(parts[1:] if parts[:1] == ("every",) else parts):
        return None  # what the value is for: price_per_night, kcalPer100g, price250g
    parts = _with_powers(parts)
    if parts[-1:] == ("ms",) and _MOVING & set(parts):
        parts = (*parts[:-1], "m", "s")
    if len(parts) > 1 and (rate := _rate(parts)) is not None:
        return rate
    tails = [" ".join(parts[-size:]) for size in (2, 1) if len(parts) >= size]
    units = [unit for tail in tails if len(tail) > 1 or len(parts) > 1 if (unit := _names().get(tail)) is not None]
    if units and not (units[0].dimension == "concentr" and len(parts) == 1):
        return units[0]
    named = (unit for part in parts[:-1] if len(part) > 3 and part.endswith("s") and (unit := _names().get(part)))
    return next(named, None)  # in full and in the plural: arriveMinutesBefore


def _is_for_base(parts: tuple[str, ...]) -> bool:
    """Return whether the last words of a name are what its value is for: per night, last 24 hours, not last in min."""
    return parts[-2:-1] != ("in",) and not _BEFORE_BASE.isdisjoint(parts[-3:-1])


def _with_powers(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a name with the units of areas and volumes in one: m² of `areaM2`."""
    for place in range(1, len(parts)):
        unit = f"{parts[place - 1]}{parts[place]}"
        if parts[place] in ("2", "3") and unit in _names():
            return (*parts[: place - 1], unit, *parts[place + 1 :])
    return parts


def _rate(parts: tuple[str, ...]) -> Unit | None:
    """Return the unit of a field whose name ends in a unit and the time it is for: kilometres an hour of `gust_km_h`,
    kilograms of `feed_kg_day`, cubic metres of `flow_m3s`."""
    measure, base = (_names().get(part) for part in parts[-2:])
    if base is None or base.dimension != "duration" or measure is None or measure.dimension == "duration":
        return None
    return _names().get("/".join(parts[-2:]), measure)


_BEFORE_BASE = frozenset({"per", "each", "every", "a", "this", "last", "next"})
_MOVING = frozenset({"wind", "speed", "gust", "gusts", "velocity", "current"})  # whose `ms` are metres a second
