"""A text as the words in which it is compared: case, accents, plurals, number words, punctuation and the way numbers
and dates are written do not matter."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from toolalpaca.core.words import ORDINAL

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?")
_DATE_FORMS = ("%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%B %d %Y", "%d %B %Y",
               "%b %d %Y", "%d %b %Y")


def listed(text: str) -> list[str]:
    """Return the words of a table that is written as one text."""
    return text.split()


def contains_any(text: str, parts: Iterable[str]) -> bool:
    """Return whether any of the parts occurs in a text: a quick test before a pattern that needs one of them."""
    return any(map(text.__contains__, parts))


def stands_in(part: str, text: str, *, joined_by: str = "") -> bool:
    """Return whether a part occurs in a text with no letter, digit or underscore next to it.

    None of the signs in `joined_by` may stand before it either.
    """
    place = text.find(part)
    while place >= 0:
        before, after = text[place - 1 : place], text[place + len(part) : place + len(part) + 1]
        if not (_in_word(before) or (before and before in joined_by)) and not _in_word(after):
            return True
        place = text.find(part, place + 1)
    return False


def _in_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def holds(text: Sequence[str], part: Sequence[str]) -> bool:
    """Return whether the words of `part` stand one after the other in `text`."""
    size = len(part)
    if not 0 < size <= len(text) or part[0] not in text:
        return False
    first, wanted = part[0], list(part)
    return any(
        text[place] == first and list(text[place:place + size]) == wanted for place in range(len(text) - size + 1))


def dates_in(text: str) -> list[date]:
    """Return the dates that a text which is a date and nothing else may mean; two for 04/05/2024, none for other texts.

    A text in ISO form that has a time of day too gives a datetime.
    """
    text = text.strip()
    if _ISO.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return []
        return [moment if len(text) > 10 else moment.date()]
    return list(dict.fromkeys(_read_dates(" ".join(ORDINAL.sub(r"\1", text).replace(",", " ").split()))))


def _read_dates(text: str) -> Iterator[date]:
    for form in _DATE_FORMS if len(text) > 5 and text[-1].isdigit() else ():
        try:
            yield datetime.strptime(text, form).date()
        except ValueError:
            continue  # another form may fit
