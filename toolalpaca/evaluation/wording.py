"""A text as the words in which it is compared: case, accents, plurals, number words, punctuation and the way numbers
and dates are written do not matter."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache

# Without "one", which mostly is no number ("which one").
_NUMBER_WORDS = {
    "zero": "0", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30",
    "forty": "40", "fifty": "50", "hundred": "100"}
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_WORD = re.compile(r"\d+(?:\.\d+){2,}|\d+(?:\.\d+)?|[^\W\d_]+")
_ORDINAL = re.compile(r"(\d)(st|nd|rd|th)\b", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?")
_DATE_FORMS = ("%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%B %d %Y", "%d %B %Y",
               "%b %d %Y", "%d %b %Y")


def words(text: str) -> list[str]:
    """The words of a text in the form in which they are compared."""
    return list(_words(text))


@lru_cache(maxsize=256)  # the texts of an API, which each of its instances is compared with
def _words(text: str) -> tuple[str, ...]:
    text = _CAMEL.sub(" ", _ORDINAL.sub(r"\1", _THOUSANDS.sub("", text)))
    if not text.isascii():
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return tuple(map(_stem, _WORD.findall(text.casefold())))


@lru_cache(maxsize=1 << 14)
def _stem(word: str) -> str:
    if word[0].isdigit():
        is_code = word.count(".") > 1 or len(word) > 14 or (len(word) > 2 and word[0] == "0" and word[1] != ".")
        return word if is_code else f"{float(word):.15g}"
    word = _NUMBER_WORDS.get(word, word)
    for ending, kept in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if len(word) > len(ending) + 1 and word.endswith(ending):
            return word[:-len(ending)] + kept
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def holds(text: Sequence[str], part: Sequence[str]) -> bool:
    """Whether the words of `part` stand one after the other in `text`."""
    size = len(part)
    return bool(part) and any(list(text[place:place + size]) == list(part) for place in range(len(text) - size + 1))


def dates_in(text: str) -> list[date]:
    """The dates that a text which is a date and nothing else may mean; two for 04/05/2024, none for other texts.

    A text in ISO form that has a time of day too gives a datetime.
    """
    text = text.strip()
    if _ISO.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return []
        return [moment if len(text) > 10 else moment.date()]
    return list(dict.fromkeys(_read_dates(" ".join(_ORDINAL.sub(r"\1", text).replace(",", " ").split()))))


def _read_dates(text: str) -> Iterator[date]:
    for form in _DATE_FORMS if len(text) > 5 and text[-1].isdigit() else ():
        try:
            yield datetime.strptime(text, form).date()
        except ValueError:
            continue  # another form may fit


def date_words(day: date) -> list[list[str]]:
    """The ways in which an instruction may write a day, each as words, with the year or without."""
    forms = ["%Y-%m-%d", "%B %d %Y", "%B %d", "%d %B", "%d of %B", "%b %d", "%d %b", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y"]
    return [words(day.strftime(form)) for form in forms]
