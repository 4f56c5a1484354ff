"""Names in answers that nothing shows: people, places and works, but not the assistant's own comments."""

import re
from collections.abc import Iterator

from toolalpaca.core.words import words
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.clauses import sentence_at
from toolalpaca.matching.language.codes import currencies_named, meanings
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import CONTRASTS, denial
from toolalpaca.matching.language.units import unit_named, unit_of_key

# A capitalised word inside a sentence; what opens a sentence, an item of a list or bold text is capitalised anyway.
_NAME = re.compile(
    r"(?:(?<=[\w,;)'’&-] )|(?<=\()|(?<=: )(?=[^:.!?\n]{3,40} \())[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*"
)
_OPENS = re.compile(r"[.!?][\"”')\]]+ $")  # before the first word of a sentence that follows a closed one
_AFTER_NUMBER = re.compile(r"\d[\d.,]* $")  # what a number counts, such as a unit or a currency
# What stands before a name rather than before a word of another language or an exclamation.
_TIED = re.compile(r"\b(?:by|from|to|with|for|named|called|at|in|of|the|an?|your|my|and)\s+$", re.IGNORECASE)
_WORDS = re.compile(r"(?!The |A )[A-Z][^\W\d_]{2,}(?:['’]s)?(?: [A-Z][^\W_]{1,}(?:['’]s)?)*")
_ORDINARY = frozenset(
    words(
        "I I'm I'll I've I'd OK API URL ID IDs JSON PDF FAQ USD EUR AM PM UTC GMT CET CEST Celsius Fahrenheit English "
        "Mr Mrs Ms Dr Please Yes No "
        "The This That It Here There You Your Also Additionally However Unfortunately First Second Third Then "
        "Finally Next "
        "We They He She If In On At For As To And Or But So All Both Each Note Not None A An Is Are TV DVD CD WiFi "
        "GPS SMS "
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August "
        "September "
        "Easter Good Whit Pentecost Ascension Thanksgiving Christmas Eve Advent Lent Ramadan Eid Diwali Hanukkah "
        "October November December Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
    )
)
_CONTRASTS = denial(CONTRASTS, r"odd\w*|strange\w*|doubt\w*|as far as I know")
_IN_LANGUAGE = re.compile(r"\b(?:in|into) (?P<language>[A-Z][a-z]{3,})\b")


def unknown_names(text: str, known: Known) -> Iterator[str]:
    """Yield the names in an answer that nothing known bears out, unless it is in another language."""
    if not _is_translated(known):
        yield from _names(text, known)


def _is_translated(known: Known) -> bool:
    """Return whether people asked for something in another language than English, whose words no result has to show."""
    return any(
        kind == "language" and code != "en"
        for match in _IN_LANGUAGE.finditer(known.evidence.told_text)
        for kind, code in meanings(match["language"])
    )


def _names(text: str, known: Known) -> Iterator[str]:
    """Yield the names that nothing shows, but those in the assistant's own comments."""
    days = days_in(text)
    for match in _NAME.finditer(text):
        is_day = any(day.start <= match.start() and match.end() <= day.end for day in days)
        before = text[: match.start()]
        is_name = _TIED.search(before) or _WORDS.fullmatch(match[0]) and text[match.end() : match.end() + 1] not in ":!"
        is_unit = " " not in match[0] and _AFTER_NUMBER.search(before)
        if is_day or not is_name or is_unit or _OPENS.search(before):
            continue
        name = re.sub(r"['’]s\b", "", match[0])
        parts = [word for word in words(name) if word not in _ORDINARY]
        shown = sum(known.has_name(part) for part in parts)
        if 2 * shown > len(parts) or not parts or known.has_name(name) or _is_short_form(name):
            continue
        if not _is_comment(sentence_at(text, match.start()), known) and not _stands_for_code(match, known):
            yield name


def _is_comment(sentence: str, known: Known) -> bool:
    """Return whether a sentence only exclaims, or remarks against what was shown, on things that it neither names nor
    counts: that lies in Africa, not in Porto."""
    gives = known.mentions.named_in(sentence) or any(not figure.worded for figure in figures_in(sentence))
    return not gives and (sentence.rstrip().endswith("!") or bool(_CONTRASTS.search(sentence)))


def _stands_for_code(name: re.Match[str], known: Known) -> bool:
    """Return whether a known code that shortens it stands next to a name: Amazon (AMZN)."""
    near = re.match(r"['’s]*\W{1,3}([A-Z]{2,5})\b", name.string[name.end() : name.end() + 12])
    letters = iter(name[0].upper())
    return bool(near) and near[1] in known.codes and all(sign in letters for sign in near[1])  # type: ignore[index]


def _is_short_form(name: str) -> bool:
    """Return whether it is a unit, a currency or an abbreviation, such as Rs, kWh, St or VAT."""
    is_abbreviation = name.isupper() and len(name) <= 4 and not currencies_named(name)
    is_unit = unit_named(name) is not None or unit_of_key(f"x_{name.lower()}") is not None
    return len(name) <= 2 or is_abbreviation or is_unit
