"""Countries, regions, languages and currencies by code, by name and by the words people use for them: CA, CAN and
Canada are one, GBP is the pound, sv is Swedish."""

import re
from collections.abc import Iterator
from functools import cache

Meaning = tuple[str, str]  # what kind of thing, and its standard code

# Everyday words, by code, for what CLDR lists under its full name only.
_WORDS_FOR = {
    "territory": {
        "AE": "uae, emirates", "AR": "argentinian", "AT": "austrian", "AU": "australian", "BA": "bosnia",
        "BE": "flemish, belgian", "CD": "congo", "CI": "ivory coast", "CZ": "czech republic", "DE": "german",
        "ES": "spanish", "FI": "finnish", "FR": "french",
        "GB": "uk, britain, great britain, british, england, english, scotland, scottish, wales, welsh",
        "GR": "greek", "HK": "hong kong", "IE": "irish", "IL": "israeli", "IT": "italian", "KR": "korea, korean",
        "MK": "macedonia", "MM": "burma", "MO": "macau", "NL": "holland, dutch", "NZ": "new zealander, kiwi",
        "PH": "filipino", "PS": "palestine", "PT": "portuguese", "TR": "turkey",
        "US": "usa, u.s., u.s.a., america, american, the states", "VA": "vatican", "ZA": "south african",
    },
    "language": {"zh": "mandarin", "fa": "farsi", "es": "castilian", "nl": "flemish", "fil": "tagalog",
                 "pt": "brazilian portuguese", "ga": "gaelic"},
    "currency": {
        "GBP": "sterling, quid, pound", "USD": "buck, greenback, dollar", "JPY": "yen", "CNY": "renminbi, rmb",
        "KRW": "won", "INR": "rupee", "INR|PKR|LKR|NPR|MUR": "rs", "CAD": "loonie", "CHF": "franc", "MXN": "peso",
        "BRL": "reais", "SEK|NOK|DKK|ISK": "kr", "RUB": "rouble, ruble", "RON": "lei", "PLN": "zlotych",
        "CZK": "koruny", "CZK|SEK|NOK|DKK|ISK": "crown", "BTC": "bitcoin", "ETH": "ether, ethereum",
    },
}
_EVERYDAY = {kind: {word: codes.split("|") for codes, text in table.items() for word in text.split(", ")}
             for kind, table in _WORDS_FOR.items()}
_TABLES = {"territory": "territories", "language": "languages", "currency": "currencies"}
_CODE = re.compile(r"\b[A-Z]{2,3}\b(?!-\d)|\b[a-z]{2}\b")  # and no beginning of an identifier, as in COL-77


def without_accents(text: str) -> str:
    """Return a text in lower case without accents."""
    import unicodedata

    whole = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return " ".join("".join(sign for sign in whole if not unicodedata.combining(sign)).split())


@cache
def _names() -> dict[str, set[Meaning]]:
    """Meanings by name in lower case and by code as written."""
    from babel import Locale

    english, found = Locale.parse("en"), dict[str, set[Meaning]]()
    for kind, table in _TABLES.items():
        for code, name in getattr(english, table).items():
            if not code.isdigit():  # continents and other regions
                for text in {code, code.replace("_", "-"), without_accents(name)}:
                    found.setdefault(text, set()).add((kind, code))
    for alias, meaning in _aliases():
        found.setdefault(alias, set()).add(meaning)
    for kind, everyday in _EVERYDAY.items():
        for word, codes in everyday.items():
            found.setdefault(word, set()).update((kind, code) for code in codes)
    for text, meaning in _currency_words():
        found.setdefault(text, set()).add(meaning)
    for text, code in _demonyms():
        found.setdefault(text, set()).add(("territory", code))
    return found


def _aliases() -> Iterator[tuple[str, Meaning]]:
    """Yield other codes for the same thing: three letters where two are usual (USA for US), and outdated ones."""
    from babel.core import get_global

    for alias, codes in get_global("territory_aliases").items():
        if len(codes) == 1 and alias.isalpha():
            yield alias, ("territory", codes[0])
    for alias, code in get_global("language_aliases").items():
        if alias.isalpha():
            yield alias, ("language", code)


@cache
def _current_currencies() -> dict[str, set[str]]:
    """Return the currencies in use, each with its territories."""
    from babel import Locale
    from babel.numbers import get_territory_currencies

    found: dict[str, set[str]] = {}
    for territory in map(str, Locale.parse("en").territories):
        for code in get_territory_currencies(territory) if len(territory) == 2 else ():
            found.setdefault(code, set()).add(territory)
    return found


def _currency_words() -> Iterator[tuple[str, Meaning]]:
    """Yield the names in singular and plural, and their last words where only one currency in use has them:
    `forint`."""
    for code, forms in _currency_forms():
        yield from ((form, ("currency", code)) for form in forms)
    for word, codes in _kinds_of_money().items():
        if not _is_listed(word):
            yield from ((word, ("currency", code)) for code in codes)


def _is_listed(word: str) -> bool:
    return not {word, word.removesuffix("s")}.isdisjoint(_EVERYDAY["currency"])


@cache
def _currency_forms() -> list[tuple[str, list[str]]]:
    """Return each currency in use with its name for one and for several."""
    from babel.numbers import get_currency_name

    return [(code, [without_accents(get_currency_name(code, count=count, locale="en")) for count in (1, 2)])
            for code in _current_currencies()]


@cache
def _kinds_of_money() -> dict[str, frozenset[str]]:
    """Return all currencies by the last word of their names: every dollar for `dollars`."""
    found: dict[str, set[str]] = {}
    for code, forms in _currency_forms():
        for form in forms:
            found.setdefault(form.split()[-1], set()).add(code)
    return {word: frozenset(codes) for word, codes in found.items() if len(word) > 2}


def _demonyms() -> Iterator[tuple[str, str]]:
    """Yield the adjective of a country, as its currencies' names have it: Danish of the Danish krone."""
    from babel import Locale
    from babel.numbers import get_territory_currencies

    english = Locale.parse("en")
    for territory in map(str, english.territories):
        if len(territory) == 2 and territory.isalpha():
            for code in get_territory_currencies(territory, include_details=False):
                adjective = without_accents(english.currencies.get(code, "")).rpartition(" ")[0]
                if adjective and len(_current_currencies().get(code, ())) <= 3 and adjective.isalpha():
                    yield adjective, territory


@cache
def currencies_of(territory: str) -> frozenset[str]:
    """Return the codes of the currencies that a territory, given by its code, uses today."""
    from babel.numbers import get_territory_currencies

    return frozenset(get_territory_currencies(territory, include_details=False))


@cache
def meanings(value: str) -> frozenset[Meaning]:
    """Return what a code or a name may mean; nothing for other texts."""
    text = value.strip()
    if not 2 <= len(text) <= 60:
        return frozenset()
    known, plain = _names(), without_accents(text)
    forms = {text, plain, plain.removeprefix("the ")}
    if plain.endswith("s") and len(plain) > 3:
        forms.add(plain[:-1])
    if len(text) <= 5 and (text.isupper() or text.islower()):
        forms.add(text.upper())
    return frozenset().union(*(known.get(form, frozenset()) for form in forms))


@cache
def names_of(value: str) -> tuple[str, ...]:
    """Return the English names of what a code means, with the words that people use for it."""
    from babel import Locale

    english, wanted = Locale.parse("en"), sorted(meanings(value))
    names = [getattr(english, _TABLES[kind]).get(code) for kind, code in wanted]
    everyday = (text for meaning in wanted for text in _words_by_meaning().get(meaning, ()))
    return (*dict.fromkeys(filter(None, names)), *everyday)


@cache
def _words_by_meaning() -> dict[Meaning, list[str]]:
    found: dict[Meaning, list[str]] = {}
    for text, codes in _names().items():
        if text.islower() and len(text) > 2:
            for meaning in codes:
                found.setdefault(meaning, []).append(text)
    return found


@cache
def currencies_named(text: str) -> frozenset[str]:
    """Return the codes of all currencies that a word, a code or a symbol may mean: every dollar for `dollars`."""
    if text in _symbols():
        return _symbols()[text]
    if text.isupper() and len(text) == 3:
        return frozenset({text}) if text in _current_currencies() else frozenset()
    may_be_name = len(text) > 3 or _is_listed(without_accents(text))
    named = frozenset(code for kind, code in meanings(text) if kind == "currency" and may_be_name)
    return named | _kinds_of_money().get(without_accents(text), frozenset())


@cache
def _symbols() -> dict[str, frozenset[str]]:
    from babel import Locale

    found: dict[str, set[str]] = {"$": {"USD"}, "US$": {"USD"}, "C$": {"CAD"}, "AU$": {"AUD"}}
    for code in _current_currencies():
        symbol = Locale.parse("en").currency_symbols.get(code, "")
        if symbol and not symbol.isascii():
            found.setdefault(symbol, set()).add(code)
        if symbol.endswith("$"):
            found["$"].add(code)
            found.setdefault(symbol, set()).add(code)
    found["$"].update(_kinds_of_money()["dollar"], _kinds_of_money()["peso"])
    return {symbol: frozenset(codes) for symbol, codes in found.items()}


def codes_in(text: str) -> set[str]:
    """Return the codes in a text that have a meaning: FR, SEK, pt."""
    return {code for code in _CODE.findall(text) if meanings(code)}


@cache
def regions_named(name: str) -> frozenset[str]:
    """Return the codes of the states and provinces of this name: CA and US-CA for California."""
    import pycountry

    wanted = without_accents(name)
    return frozenset(
        code
        for place in pycountry.subdivisions
        if without_accents(place.name) == wanted
        for code in (place.code, place.code.partition("-")[2])
    )


def abbreviates(code: str, name: str) -> bool:
    """Return whether a code of capitals is short for a name: its letters in their order, the first letter first, as in
    BTC for bitcoin and JFK for John F. Kennedy."""
    letters = re.sub(r"[^a-z]", "", without_accents(name))
    if not (code.isupper() and 3 <= len(code) <= 5 and letters[:1] == code[:1].lower() and len(letters) > len(code)):
        return False
    rest = iter(letters)
    return all(letter in rest for letter in code.lower()) and len(letters) <= 5 * len(code)
