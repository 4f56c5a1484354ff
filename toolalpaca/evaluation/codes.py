"""Countries, languages and currencies by code and by name: CA, CAN and Canada are one; pt and Portuguese are one."""

from collections.abc import Iterator
from functools import cache

Meaning = tuple[str, str]  # what kind of thing, and its standard code


@cache
def _names() -> dict[str, set[Meaning]]:
    """Meanings by name in lower case and by code as written."""
    from babel import Locale

    english, found = Locale.parse("en"), dict[str, set[Meaning]]()
    kinds = {"territory": english.territories, "language": english.languages, "currency": english.currencies}
    for kind, names in kinds.items():
        for code, name in names.items():
            if code.isdigit():
                continue  # continents and other regions
            for text in {code, code.replace("_", "-"), name.casefold()}:
                found.setdefault(text, set()).add((kind, code))
    for alias, meaning in _aliases():
        found.setdefault(alias, set()).add(meaning)
    return found


def _aliases() -> Iterator[tuple[str, Meaning]]:
    """Other codes for the same thing: three letters where two are usual (USA for US), and outdated ones."""
    from babel.core import get_global

    for alias, codes in get_global("territory_aliases").items():
        if len(codes) == 1 and alias.isalpha():
            yield alias, ("territory", codes[0])
    for alias, code in get_global("language_aliases").items():
        if alias.isalpha():
            yield alias, ("language", code)


def meanings(value: str) -> set[Meaning]:
    """What a code or a name may stand for; nothing for other texts."""
    text = value.strip()
    if not 2 <= len(text) <= 60:
        return set()
    known = _names()
    forms = {text, text.casefold()}
    if len(text) <= 5:
        forms.add(text.upper())
    return set().union(*(known.get(form, set()) for form in forms))


def names_of(value: str) -> list[str]:
    """The English names of what a code stands for."""
    from babel import Locale

    english = Locale.parse("en")
    tables = {"territory": english.territories, "language": english.languages, "currency": english.currencies}
    return [tables[kind][code] for kind, code in sorted(meanings(value)) if code in tables[kind]]
