"""Values mentioned in a sentence: quoted strings, names, numbers, dates, addresses, codes."""

import calendar
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from offline_llm.knowledge.english import word_set
from toolalpaca.core.words import stem

MONTHS = {name.lower(): number for names in (calendar.month_name, calendar.month_abbr)
          for number, name in enumerate(names) if name} | {"sept": 9}
_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
_SMALL = "of|the|de|da|del|la|on|in|and|to|von|van|&"
_CLITIC = r"(?:It|That|This|There|Here|He|She|They|We|You|I|What|Where|Who|Let)['’](?:s|d|ll|m|re|ve)\b"  # no name
_CAPITAL = r"[A-ZÀ-ÖØ-ÞŁŚŻĆ][\w'’.-]*\w|[A-Z]"

# In order of precedence: if two overlap, the earlier kind wins.
_PATTERNS = (
    ("quoted", r"\"([^\"\n]+)\"|“([^”\n]+)”|(?<![\w])'([^'\n]+(?:'\w[^'\n]*)*)'(?!\w)"),
    ("url", r"https?://[^\s\"'<>]+[^\s\"'<>.,;:!?)]"),
    ("email", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("datetime", r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?"),
    ("date", rf"\d{{4}}-\d{{2}}-\d{{2}}|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
             rf"|\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH},? \d{{4}}"),
    ("ip", r"\b\d{1,3}(?:\.\d{1,3}){3}\b"),
    ("time", r"\b\d{1,2}:\d{2}(?: ?[ap]m)?\b"),
    ("phone", r"\+\d[\d -]{6,}\d"),
    ("color", r"#[0-9A-Fa-f]{6}\b"),
    ("domain", r"\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|edu|gov|ex)(?:/[\w-]+)?\b"),
    ("version", r"\b\d+\.\d+\.\d+\b"),
    ("pair", r"\b[A-Z]{3,5}[/-][A-Z]{3,5}\b"),
    ("id", r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9][\w-]*[A-Za-z0-9]\b"),
    ("number", r"(?<![\w.-])-?[$€£]?\d+(?:,\d{3})*(?:\.\d+)?%?(?![\w%])|(?<=[$€£])\d[\d,.]*\d"),
    ("name", rf"\b(?!{_CLITIC})(?:{_CAPITAL})(?: (?:(?:{_SMALL}) )?(?:{_CAPITAL}))*"),
)
_FINDERS = tuple((kind, re.compile(pattern, re.IGNORECASE if kind == "date" else 0)) for kind, pattern in _PATTERNS)
_NOT_NAMES = word_set("""
    i i'm i'd i've i'll please can could would what which who how when where also then is are the a my hi hello
    hey thanks id url ip api pdf json csv qr vin isbn html sms utc""")


@dataclass(frozen=True)
class Mention:
    """A value in a text, from `start` to `end`; `kind` is its form, `inner` the form of a quoted value."""

    start: int
    end: int
    text: str
    kind: str
    inner: str = ""

    @property
    def form(self) -> str:
        """Return the form of the value itself, ignoring quotes."""
        return self.inner or self.kind

    @cached_property
    def iso_date(self) -> str | None:
        """Return the date it denotes as YYYY-MM-DD; None if it is not a date."""
        return iso_date(self.text) if self.form in ("date", "datetime") else None

    def typed(self, kind: str, *, date: bool = False) -> Any:
        """Return the value in a JSON type: "integer", "number" or "string"."""
        if kind in ("integer", "number"):
            digits = re.sub(r"[^\d.-]", "", self.text)
            return int(float(digits)) if kind == "integer" or float(digits).is_integer() else float(digits)
        return (self.iso_date if date and self.iso_date else None) or self.text


def iso_date(text: str) -> str | None:
    """Return `May 3rd, 2026` or `3 May 2026` as `2026-05-03`."""
    if match := re.match(r"\d{4}-\d{2}-\d{2}", text):
        return match[0]
    month = next((MONTHS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in MONTHS), None)
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if month is None or len(numbers) != 2 or not 1 <= min(numbers) <= 31:
        return None
    return f"{max(numbers):04d}-{month:02d}-{min(numbers):02d}"


@lru_cache(maxsize=2048)
def find_mentions(text: str) -> tuple[Mention, ...]:
    """Return the values in a text, in order and without overlaps."""
    taken = [False] * len(text)
    found: list[Mention] = []
    for kind, finder in _FINDERS:
        for match in finder.finditer(text):
            if any(taken[match.start():match.end()]) or (kind == "name" and not _is_name(text, match)):
                continue
            value = next((group for group in match.groups() if group is not None), match[0])
            taken[match.start():match.end()] = [True] * (match.end() - match.start())
            found.append(Mention(match.start(), match.end(), value.strip(), kind,
                                 form_of(value.strip()) if kind == "quoted" else ""))
    return tuple(sorted(found, key=lambda mention: mention.start))


def form_of(value: str) -> str:
    """Return the form of a value by itself; "text" if it has no special form."""
    for kind, finder in _FINDERS[1:]:
        if finder.fullmatch(value):
            return kind
    return "text"


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Return whether a capital letter marks a name and not just the start of a sentence."""
    if match[0].lower() in _NOT_NAMES:
        return False
    before = text[:match.start()].rstrip()
    opens_sentence = not before or before[-1] in ".!?\n:\"“" or before.endswith("- ")
    return not opens_sentence or " " in match[0] or (match[0].isupper() and len(match[0]) > 1)


@dataclass(frozen=True)
class Token:
    """A word of a text outside its mentions."""

    start: int
    end: int
    word: str
    stem: str


@lru_cache(maxsize=2048)
def tokens_outside(text: str) -> tuple[Token, ...]:
    """Return the words of a text except those in quotes and other unambiguous values; names are included."""
    masked = text
    for mention in find_mentions(text):
        if mention.kind != "name":
            masked = masked[:mention.start] + "\0" * (mention.end - mention.start) + masked[mention.end:]
    return tuple(Token(match.start(), match.end(), match[0].lower(), stem(match[0]))
                 for match in re.finditer(r"[^\W_]+(?:['’-][^\W_]+)*", masked))
