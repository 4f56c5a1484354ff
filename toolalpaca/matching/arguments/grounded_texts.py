"""Grounding of a text: a name, an identifier, a code by its meaning, or a wording in other words."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from toolalpaca.core.words import singular, stem, words
from toolalpaca.matching.arguments.documented import is_for_wording
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language.actions import Doing, doings_of
from toolalpaca.matching.language.codes import abbreviates, currencies_of, meanings, names_of, regions_named
from toolalpaca.matching.language.dates import DayMention, days_in
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.superlatives import extremes_in
from toolalpaca.matching.language.text import FUNCTION_WORDS, ORDER_WORDS, holds, stands_in
from toolalpaca.matching.language.times import TimeMention, times_in
from toolalpaca.matching.language.units import unit_named
from toolalpaca.matching.language.zones import names_of_zone

FREE_TEXT = 4  # words from which on a text is somebody's wording, of which most and not all has to be given
LONG_TEXT = 8
SHARE_GIVEN, SHARE_OF_LONG = 0.75, 0.5
SHARE_OF_WORDING = 0.25  # in a field that is for text, which may be put in other words
SHARE_OF_SHORT = 0.5  # in a title or note of a few words
_ABBREVIATION = 4  # letters of the longest word that is taken for a short form
_CODE = re.compile(r"[A-Z]{2,5}|[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?|[A-Z]{2}-[A-Z0-9]{1,3}")
SEARCH_WORDS = frozenset(words("query keyword search term text phrase q topic name title word"))
OPEN_TEXT = frozenset(words(
    "description note comment message body text content summary caption remark reason detail feedback txt msg memo"
))
TITLES = frozenset({"title", "task", "subject"})
_TELLING = frozenset(words("say says saying mention explain because note write ask describe know"))
LAND_WORDS = frozenset({"country", "region", "territory", "market", "nation", "locale"})
_WEEK = {
    **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ("weekday", "every day", "daily")),
    "saturday": ("weekend", "every day", "daily"),
    "sunday": ("weekend", "every day", "daily"),
}
_LOOKS_LIKE = str.maketrans({"o": "0", "l": "1", "i": "1", "s": "5", "b": "8", "z": "2"})
_RESPELT = 0.75  # from this likeness on a name is another spelling of one that was not found
_LETTERS_FIRST = re.compile(r"(?P<letters>[A-Za-z]{1,5}[-_#]?)(?P<digits>\d{3,})")
_TELEPHONE = 7  # digits from which on a number may be a telephone's
_DIRECTIONS = {"N": "north", "E": "east", "S": "south", "W": "west"}
_LONGEST_DIRECTION = 3
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "oe", "å": "aa", "æ": "ae"}
)


def text_given(text: str, evidence: Evidence, names: frozenset[str], *, literal: bool, about: str = "") -> bool:
    """Return whether a text was given, as it is or in other words; `about` is what the document says of its
    argument."""
    wanted, told = words(text.replace("_", " ")), evidence.told_text
    if not wanted or text in evidence.quoted:
        return True
    if is_identifier(text) and not text.isalpha():
        return _identifier_given(text, evidence, literal=literal) or (
            not literal and _is_cut_short(text, evidence, about))
    if _is_weekday(text, told) or _is_direction(text, told):
        return True
    unit = unit_named(text)
    if unit is not None and unit in {one.unit for one in evidence.told_figures}:
        return True
    if names & ORDER_WORDS and any({*wanted} & {*claim.fields} for claim in extremes_in(told)):
        return True  # by the price for the cheapest ones
    if len(text) <= 6 and _CODE.fullmatch(text) and (meanings(re.split("[-_]", text)[0]) or text.isupper()):
        return _code_given(text, evidence, names, literal=literal)
    sources = evidence.told_words if literal else [*evidence.told_words, *evidence.observed_words]
    spelt = words(text.translate(_UMLAUTS))
    return (
        any(holds(source, wanted) or _runs_into(source, text) or holds(source, spelt) for source in sources)
        or _is_shortened(wanted, sources)
        or any(_named(evidence, name) for name in (*names_of(text), *names_of_zone(text)))
        or not literal and (_is_called(wanted, about, evidence)
                            or _in_other_words(text, wanted, evidence, names, about))
    )


def _is_called(wanted: Sequence[str], about: str, evidence: Evidence) -> bool:
    """Return whether a name was given without the word for its kind, which the document has: the Severn for River
    Severn, if it asks for a river."""
    kinds = {singular(word) for word in words(about)} - FUNCTION_WORDS
    own = [word for word in wanted if singular(word) not in kinds]
    return 0 < len(own) < len(wanted) and not FUNCTION_WORDS.issuperset(own) and any(
        holds(source, own) for source in evidence.told_words)


def _is_weekday(text: str, told: str) -> bool:
    """Return whether a text is short for a weekday that was said, alone or by `weekdays` and `weekend`."""
    days = [day for day in _WEEK if len(text) >= 2 and text.isalpha() and day.startswith(text.casefold())]
    return len(days) == 1 and any(
        re.search(rf"\b{said}s?\b", told, re.IGNORECASE) for said in (days[0], *_WEEK[days[0]])
    )


def _is_direction(text: str, told: str) -> bool:
    """Return whether a text is short for a direction that was said: SW for south-west or south-facing."""
    if not text.isupper() or not set(text) <= set(_DIRECTIONS) or len(text) > _LONGEST_DIRECTION:
        return False
    parts = r"[\s-]?".join(_DIRECTIONS[letter] for letter in text)
    return bool(re.search(rf"(?<![a-z]){parts}(?:ern|erly|ward|wards|[\s-]facing)?\b", told, re.IGNORECASE))


def _is_shortened(wanted: Sequence[str], sources: Sequence[Sequence[str]]) -> bool:
    """Return whether a name of several words was given with some of them abbreviated or in full: St. Veit for Sankt
    Veit."""
    joined = [word for word in wanted if word != "and"]
    return len(joined) > 1 and any(
        any(one == other and len(one) > 2 for one, other in zip(joined, run, strict=True))
        and all(
            one == other or _short_for(one, other) or _short_for(other, one)
            for one, other in zip(joined, run, strict=True)
        )
        for source in sources
        for plain in [[word for word in source if word != "and"]]
        for place in range(len(plain) - len(joined) + 1)
        for run in [plain[place : place + len(joined)]]
    )


def _short_for(short: str, full: str) -> bool:
    """Return whether a word abbreviates another: its first letters, or some of them with the first and the last."""
    if not 2 <= len(short) <= _ABBREVIATION or len(full) - len(short) < 2 or short[0] != full[0]:
        return False
    rest = iter(full)
    return full.startswith(short) or (not set("aeiou") & set(short[1:]) and all(letter in rest for letter in short))


def is_identifier(text: str) -> bool:
    """Return whether a text is a name for a program: one word with digits in it, or joined as edit_content is."""
    return bool(re.fullmatch(r"[\w#.:@/+-]+", text)) and bool(
        re.search(r"\d", text) or "@" in text or "://" in text or re.search(r"[a-z\d]_[a-z\d]|[a-z][A-Z]", text)
    )


def _identifier_given(text: str, evidence: Evidence, *, literal: bool) -> bool:
    """Return whether an identifier, an address or a number with signs was given, as one word and never as part of
    another."""
    plain, known = text.strip().lower(), [] if literal else [one.seen.text for one in evidence.results]
    holding = [source for one in (*evidence.told, *known) if plain in (source := one.lower())]
    if any(re.search(rf"(?<![\w@-]){re.escape(plain)}(?!\w|-\w|\.\w)", source) for source in holding):
        return True
    if literal or "@" in text:
        return False
    if "://" in text:
        bare = re.escape(text.partition("://")[2].rstrip("/"))
        return any(re.search(rf"(?<![\w.-]){bare}(?![\w-])", source, re.IGNORECASE) for source in evidence.told)
    digits = re.sub(r"\D", "", text)
    said = [number for source in evidence.told for number in _long_numbers(source)]
    if len(digits) >= _TELEPHONE and len(digits) + 4 >= len(text) and any(map(digits.endswith, said)):
        return True
    wanted = words(text.replace("_", " "))
    return any(
        _runs_into(source, text) or len(wanted) > 1 and holds(source, wanted) for source in evidence.told_words
    )


def _is_cut_short(text: str, evidence: Evidence, about: str) -> bool:
    """Return whether people gave an identifier without the letters that the document or a result says it begins with:
    4471 for BK-4471."""
    match = _LETTERS_FIRST.fullmatch(text)
    if match is None or not re.search(rf"(?<![\w.,:/-]){match['digits']}(?![\w:/-]|[.,]\d)", evidence.told_text):
        return False
    begins = re.compile(rf"(?<![\w-]){re.escape(match['letters'])}(?:\d|(?!\w))")
    return any(begins.search(one) for one in (about, *(one.seen.text for one in evidence.results)))


def is_respelt(value: str, name: str, function: str, evidence: Evidence) -> bool:
    """Return whether a text is another spelling of what the same function was asked with and did not find: Stromboli
    for Stromboly, m4409 for m44o9. An identifier may only differ in signs that look alike."""
    for one in evidence.results:
        asked = one.call.given.get(name)
        if one.call.function != function or not one.found_nothing or not isinstance(asked, str) or asked == value:
            continue
        if is_identifier(value) or is_identifier(asked):
            if asked.lower().translate(_LOOKS_LIKE) == value.lower().translate(_LOOKS_LIKE):
                return True
        elif SequenceMatcher(None, "".join(words(asked)), "".join(words(value))).ratio() >= _RESPELT:
            return True
    return False


def _long_numbers(text: str) -> Iterator[str]:
    """Yield the digits of telephone numbers and the like, without signs and without the country's code."""
    for match in re.finditer(r"\+?\d[\d ()/.-]{5,}\d", text):
        yield re.sub(r"\D", "", match[0]).lstrip("0")


def _named(evidence: Evidence, name: str) -> bool:
    part = words(name)
    return any(holds(source, part) for source in evidence.told_words)


def _code_given(text: str, evidence: Evidence, names: frozenset[str], *, literal: bool) -> bool:
    """Return whether a code was given, by itself or by what it stands for: SEK by kronor, zh by Mandarin, CA by
    California."""
    is_word = text.lower() in FUNCTION_WORDS
    sources = evidence.told if literal else [*evidence.told, *(one.seen.text for one in evidence.results)]
    if is_word or len(text) < 3:
        is_said = any(stands_in(text, source, joined_by="-") for source in sources)
    else:
        is_said = any(stands_in(text.lower(), source.lower()) for source in sources)
    if is_said and not (is_word and text.islower()):
        return True
    language, _, region = text.replace("_", "-").partition("-")
    if region and meanings(language):
        return _code_given(language, evidence, names, literal=literal)
    money = [figure.unit.name for figure in evidence.told_figures if figure.unit is not None]
    return (
        any(_named(evidence, name) for name in names_of(text))
        or text in money
        or any(code.isupper() and meanings(code) & meanings(text) for code in evidence.told_codes)
        or any(abbreviates(text, phrase) or text in regions_named(phrase) for phrase in phrases_of(evidence))
        or not literal and any(text in currencies_of(land) for land in lands_named(evidence))
        or not literal and bool(names & LAND_WORDS) and not _names_land(evidence)
    )


def lands_named(evidence: Evidence) -> set[str]:
    """Return the codes of the countries that people named, by their names or adjectives."""
    return {code for phrase in phrases_of(evidence) for kind, code in meanings(phrase) if kind == "territory"}


def _names_land(evidence: Evidence) -> bool:
    """Return whether people named a country at all; the country of a town may be left for the assistant to know."""
    return bool(lands_named(evidence)) or any(
        kind == "territory" for code in evidence.told_codes if code.isupper() for kind, _ in meanings(code)
    )


def phrases_of(evidence: Evidence) -> Iterator[str]:
    """Yield the single words of four letters or more, and the names of two or three, that people said."""
    for text in evidence.told:
        parts = re.findall(r"[^\W\d_]{2,}", text)
        yield from (part for part in parts if len(part) > 3)
        yield from (
            " ".join(parts[place : place + size])
            for size in (2, 3)
            for place in range(len(parts) - size + 1)
            if parts[place][0].isupper()
        )


def _in_other_words(text: str, wanted: Sequence[str], evidence: Evidence, names: frozenset[str], about: str) -> bool:
    """Return whether the same words were said in another order; of a longer text most of them, unless it changes one of
    what was said."""
    names |= {singular(name) for name in names}
    content = [word for word in wanted if word not in FUNCTION_WORDS] or list(wanted)
    stems = {root_of(word) for word in evidence.told_all}
    if all(root_of(word) in stems for word in content):
        return " " in text.strip() or len(content) == 1 or _in_order(content, evidence)
    known = stems | {root_of(word) for word in evidence.observed_all} | _respelt_numbers(text, evidence)
    missing = [word for word in content if root_of(word) not in known]
    share = 1 - len(missing) / len(content)
    if _is_for_wording(names, evidence) and len(wanted) >= FREE_TEXT and not has_own_name(text, missing):
        return share >= SHARE_OF_WORDING and not _changes_what_was_said(wanted, evidence)
    if is_for_wording(about) and len(wanted) >= FREE_TEXT and not has_own_name(text, missing):
        return sum(root_of(word) in stems for word in content) >= SHARE_OF_LONG * len(content)
    is_short = bool(names & (OPEN_TEXT | TITLES)) and len(wanted) < FREE_TEXT
    if is_short and share >= SHARE_OF_SHORT and not has_own_name(text, missing):
        return not _changes_what_was_said(wanted, evidence)
    is_reworded = share >= 0.5 or _begins_a_word(content, evidence) or (text.isalpha() and text.islower())
    if names & SEARCH_WORDS and is_reworded and any(one.is_empty for one in evidence.results[-2:]):
        return True  # a search that found nothing may be worded otherwise
    if len(wanted) < FREE_TEXT or _changes_what_was_said(wanted, evidence) or has_own_name(text, missing):
        return False
    return share >= (SHARE_OF_LONG if len(content) >= LONG_TEXT else SHARE_GIVEN)


def _respelt_numbers(text: str, evidence: Evidence) -> set[str]:
    """Return the words of a text by which it writes numbers, times and days otherwise than people did: 19:00 for 7
    pm, 2 for two."""
    said = {value for figure in evidence.told_figures for value in figure.values}
    days = [day for mention in evidence.told_days for day in mention.days()]
    mentions: list[Figure | TimeMention | DayMention] = [
        *(one for one in figures_in(text) if said & {*one.values}),
        *(one for one in times_in(text) if any(one.minutes & minutes for minutes in evidence.told_times)),
        *(one for one in days_in(text) if any(one.fits(day) for day in days)),
    ]
    return {root_of(word) for one in mentions for word in words(text[one.start : one.end])}


def _is_for_wording(names: frozenset[str], evidence: Evidence) -> bool:
    """Return whether a field is for text in free wording, and people spoke of it or wanted a person to be told."""
    return bool(names & OPEN_TEXT) and (
        bool(names & evidence.told_all) or any(Doing.SEND in doings_of(word) for word in evidence.told_all)
        or bool(_TELLING & evidence.told_all)
    )


def _begins_a_word(content: Sequence[str], evidence: Evidence) -> bool:
    """Return whether each word is the beginning of one that was said, as in a search that is widened."""
    return all(len(part) > 2 and any(word.startswith(part) for word in evidence.told_all) for part in content)


def _in_order(content: Sequence[str], evidence: Evidence) -> bool:
    """Return whether words that are joined by signs were said in this order: USD/JPY of "from USD to JPY"."""
    for source in evidence.told_words:
        rest = iter([root_of(word) for word in source])
        if all(root_of(word) in rest for word in content):
            return True
    return False


def _changes_what_was_said(wanted: Sequence[str], evidence: Evidence) -> bool:
    """Return whether the text is a run of what was said, or of a quotation, with one word changed."""
    size = len(wanted)
    for source in evidence.told_words:
        for place in range(len(source) - size + 1):
            run = source[place : place + size]
            differing = [pair for pair in zip(wanted, run, strict=True) if pair[0] != pair[1]]
            is_one = len(differing) == 1 and FUNCTION_WORDS.isdisjoint(differing[0])
            if is_one and set(run) & set(wanted) - FUNCTION_WORDS:
                return True
    return False


def has_own_name(text: str, missing: Sequence[str]) -> bool:
    """Return whether a word that was never given is a name, a day or a number, which no other wording can bring in."""
    for word in missing:
        if word[:1].isdigit():
            return True
        written = re.search(rf"(?<=[\w,] )({re.escape(word)}\w*)", text, re.IGNORECASE)
        if written and written[1][0].isupper():
            return True
    return False


def root_of(word: str) -> str:
    """Return a word's stem without what makes another kind of word of it: `reminder` and `remind` are one."""
    root = stem(word)
    for ending in ("er", "ly", "ion"):
        if root.endswith(ending) and len(root) - len(ending) >= 4:
            return root[: -len(ending)]
    return root


def _runs_into(text: Sequence[str], value: str) -> bool:
    """Return whether neighbouring words of the text, written together, are the value: USDJPY of "USD/JPY"."""
    whole = "".join(words(value.replace("_", " ")))
    if len(whole) < 4:
        return False
    for place, word in enumerate(text):
        joined, end = word, place + 1
        while len(joined) < len(whole) and whole.startswith(joined) and end < len(text):
            joined, end = joined + text[end], end + 1
        if joined == whole:
            return True
    return False
