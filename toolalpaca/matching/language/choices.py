"""Choices of an enum against what a person said: which of them was asked for, in the words of the choice or in others
that mean the same."""

import calendar
import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from os.path import commonprefix

from toolalpaca.core.words import akin, name_terms, stem, words
from toolalpaca.matching.language.codes import meanings, names_of
from toolalpaca.matching.language.dates import WEEKDAYS, weekdays_in
from toolalpaca.matching.language.superlatives import MEASURING
from toolalpaca.matching.language.text import FUNCTION_WORDS, NEGATIONS, holds, stands_in
from toolalpaca.matching.language.units import unit_named

GIVEN, UNSAID, OTHER = "given", "unsaid", "other"

# Words that mean the same in what people ask an API for; those of one line have one meaning.
_SYNONYMS = [
    frozenset(words(line))
    for line in (
        "done finished finish complete completed completely closed ticked tick solved settled over",
        "open pending unfinished outstanding todo undone", "cancelled canceled cancel called-off",
        "active enabled enable on activated activate running live",
        "inactive disabled disable off deactivated suspended stopped", "locked lock blocked block banned frozen",
        "urgent asap immediately critical emergency", "high important top", "low minor unimportant",
        "normal medium regular standard ordinary usual", "sick ill illness sickness", "holiday vacation leave",
        "private personal confidential", "public visible", "phone mobile smartphone cellphone",
        "desktop computer pc laptop", "child children kid kids", "adult adults grown-up",
        "woman women female lady ladies", "man men male gentleman", "image picture photo", "film movie cinema",
        "daily day everyday", "weekly week", "monthly month", "yearly annual annually year", "hourly hour",
        "one-way single", "return round-trip roundtrip", "email e-mail mail", "sms text",
        "voice call calls called phone phoned telephone ring", "car automobile driving drive",
        "bike bicycle cycling cycle", "walk walking foot pedestrian", "train rail railway",
        "plane flight fly flying air", "metric celsius metre meter kilometre", "imperial fahrenheit mile inch",
        "vegetarian veggie", "vegan plant-based", "flat apartment", "house detached", "breakfast morning",
        "dinner supper evening", "lunch midday noon", "deluxe luxury luxurious", "economy cheap coach",
        "fast quick quickly express rush", "slow slowly unhurried", "large big", "small little",
        "beginner novice starter newcomer", "advanced expert", "draft unpublished", "delivery deliver delivered",
        "pickup collect collection", "card credit debit", "cash notes", "instant instantly immediate immediately",
        "xlsx xls excel spreadsheet", "docx doc word", "html web webpage",
        "late delayed overdue behind", "truck lorry hgv", "camper campervan motorhome rv",
        "urgent urgently urgency rush rushed express", "opposite antonym", "lengthen longer", "shorten shorter",
        "extend extension add adding", "training course workshop seminar",
    )
]
_SYNONYMS += [frozenset({short.lower(), full.lower()}) for names in ((calendar.day_abbr, calendar.day_name), (
    calendar.month_abbr, calendar.month_name)) for short, full in zip(*names, strict=True) if short]
# What tells a choice, but not the other way round: what is owed is overdue, a train is travel.
_TOLD_BY = {
    choice: frozenset(words(line)) for choice, line in (
        ("am", "morning"), ("comedy", "funny humorous"), ("illness", "fever flu unwell poorly ill sick"),
        *((state, "cancel scrap scrapped scrub axe axed ditch drop bin abandon withdraw withdrew withdrawn revoke "
           "calloff pullout") for state in ("cancelled", "canceled", "withdrawn")),
        *((state, "owe owes owed owing unpaid") for state in ("open", "overdue", "unpaid", "due", "outstanding")),
        ("parental", "baby newborn"), ("pm", "afternoon"),
        ("stolen", "theft stole robbed nicked burgled thief"), ("synonym", "same"),
        ("travel", "train flight taxi hotel bus ticket"),
    )
}
# What several words together say of a choice.
_PHRASES = [
    (re.compile(rf"\b(?:{phrase})\b", re.IGNORECASE), word)
    for phrase, word in (
        ("every (?:other|second|two) weeks?|every fortnight|fortnightly|once a fortnight", "biweekly"),
        ("every (?:other|second|two) months?", "bimonthly"),
        ("every (?:three|3) months|each quarter", "quarterly"),
        ("there and back|up and down|out and back|both ways|to and fro", "return"),
        ("(?:at|on|in|to) the back|back (?:seat|row|left|right|door|wheel|tyre|bumper|light)", "rear"),
        ("next[- ]door", "neighbour neighbor"), ("turned down", "rejected declined"), ("rear[- ]ended", "collision"),
        ("on hold|put (?:it |them )?on ice", "frozen paused"),
    )
]
# A verb and a particle that make one word of a choice: to pick it up is a `pickup`.
_PHRASAL = re.compile(
    r"\b(?P<verb>[a-z]{3,}) (?:(?:it|them|him|her|this|that|me|us|my|our|the) (?:\w+ ){0,2})?"
    r"(?P<particle>up|off|in|out|down|back|over)\b", re.IGNORECASE
)
# Opposites, both ways round; a choice of one side is not what a person asks for in words of the other.
_OPPOSITES = [
    (frozenset(words(one)), frozenset(words(other)))
    for pair in (
        ("above over exceed exceeds exceeding more higher greater rise rises rising climbs climb tops reaches increase "
         "increases up",
         "below under less lower beneath fall falls drop drops dips sinks decrease decreases down underneath"),
        ("in incoming inbound coming received receive deposit deposits",
         "out outgoing outbound sent leaving withdrawal spent"),
        ("arrival arrivals arrive arriving arrives", "departure departures depart departing leave leaving leaves"),
        ("buy buying purchase bid", "sell selling sale ask"), ("single", "double twin"), ("open", "closed close"),
        ("before earlier", "after later"), ("min minimum least", "max maximum most"),
        ("indoor indoors inside", "outdoor outdoors outside"), ("left", "right"),
        ("morning am", "evening afternoon pm"), ("private hidden", "public visible"),
    )
    for one, other in (pair, pair[::-1])
]
_ASCENDING = frozenset(words(
    "cheap cheapest cheaper lowest least smallest shortest nearest closest earliest soonest oldest lightest fewest "
    "slowest first youngest alphabetical alphabetically ascending"
)) | {word for word, claim in MEASURING.items() if not claim.large}
_DESCENDING = frozenset(words(
    "expensive dearest priciest highest most largest biggest longest farthest furthest latest newest best top recent "
    "freshest popular rated descending fastest favourite"
)) | {word for word, claim in MEASURING.items() if claim.large}
# What some of these words put in order; the others may be said of anything.
_ORDERED = [
    (frozenset(words(adjectives)), frozenset(words(fields)))
    for adjectives, fields in (
        ("cheap cheapest cheaper expensive dearest priciest", "price cost fee rate fare"),
        ("earliest soonest oldest latest newest recent freshest youngest",
         "date time day year created updated start added published departure arrival age due"),
        ("nearest closest farthest furthest", "distance proximity"),
        ("fastest quickest shortest longest slowest quick fast", "duration length minute runtime travel"),
        ("best highest top rated worst", "rating score review star"),
    )
]
_ORDERED += [(frozenset({word}), frozenset(words(" ".join(claim.fields)))) for word, claim in MEASURING.items()
             if not any(word in adjectives for adjectives, _ in _ORDERED)]
_SORT_WORDS = {"asc": _ASCENDING, "ascending": _ASCENDING, "desc": _DESCENDING, "descending": _DESCENDING}
_WEEKDAY_CODES = frozenset(name[:2] for name in WEEKDAYS)
_LOCALE = re.compile(r"[a-z]{2,3}[-_]([A-Z]{2})")  # a language as it is written in a land
_CAPITALS = re.compile(r"\b[A-Z]{2,3}\b")
_AT_THE_TOP = re.compile(r"\b(?:at|on|to|from) (?:the )?(?:very )?top\b", re.IGNORECASE)  # a place, no quality
_NOTHING = ("none", "no")  # choices that say that there is to be nothing of the kind
_LONGEST_UNIT = 4  # letters of a choice that may be a unit
_TELLING = frozenset({"other", "none", "any"})  # small words that alone tell a choice from another: other_reason
_WITH_POINT = re.compile(r"(?<![\w.,])[A-Za-z]{0,4}(\d+\.\d+)(?![\w.])")
_SWITCHED = re.compile(r"\b(?:turn|switch|put|leave|keep|be|is|are)\w*(?: \w+){0,3} on\b(?! hold)", re.IGNORECASE)
_NEAR = 60  # characters before a word in which its `not` is looked for
_SHORTEST = 4  # letters of a choice that is a longer word cut off
_NEGATED = re.compile(
    rf"(?:\b(?:{NEGATIONS}|rather than|instead of|except|leav\w+(?! (?:for|on|at|from|in|by)\b))|n['’]t)\s+"
    r"(?:[\w'’+:-]+\s+){0,7}$"
    r"|\b(?:after|before)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
@lru_cache(maxsize=4096)
def _choice_words(choice: str) -> tuple[str, ...]:
    return name_terms(choice) or tuple(words(choice))


def verdict(
    value: str,
    choices: Sequence[object],
    told: Sequence[str],
    *,
    is_order: bool = False,
    taken: Collection[str] = (),
) -> str:
    """Return whether people asked for this choice (GIVEN), for another one (OTHER) or for none (UNSAID).

    Choices that are `taken` by another call are not what this one should have been.
    Of choices that say what a list is in the order of (`is_order`), to name the field is not to ask for its order.
    When what they said fits several choices, or the words of one are part of another's, the choice counts as given.
    """
    texts = [str(one) for one in choices]
    text = _AT_THE_TOP.sub(" ", "\n".join(told)) if is_order else "\n".join(told)
    text += "".join(f"\n{word}" for phrase, word in _PHRASES if phrase.search(text))
    text += "".join(f"\n{stem(match['verb'])}{match['particle']}" for match in _PHRASAL.finditer(text))
    said = words(text.replace("%", " percent "))
    # of languages, countries or currencies
    are_codes = all(len(one) <= 3 and meanings(one) and one not in _TOLD_BY for one in texts)
    if value in _NOTHING and {"no", "without"} & {*said}:
        return GIVEN
    if _says(value, said, text, are_codes) or _is_short_for_a_word(value, said):
        return GIVEN
    if _WEEKDAY_CODES.issuperset(map(str.lower, texts)) and any(
            name.startswith(value.lower()) for name, day in WEEKDAYS.items() if day in weekdays_in(text)):
        return GIVEN
    if _is_other_size(value, texts, text):
        return OTHER
    others = [one for one in texts if one not in (value, *taken)
              and _says(one, said, text, are_codes) and not _is_denied(one, text) and not is_only_ordered(one, said)]
    if is_order:
        if _puts_in_order(value, said):
            return GIVEN
        others = [one for one in others if _is_sort(one) or one.endswith("est") or f"by {one}" in text.lower()] + [
            one for one in texts if one not in (value, *taken) and _puts_in_order(one, said)]
    if not others:
        return UNSAID
    own = set(_choice_words(value))
    if any(own & set(_choice_words(one)) for one in others) and not _is_sort(value):
        return OTHER if _distinct_said(value, others, said) else UNSAID
    return OTHER


def _is_other_size(value: str, choices: Sequence[str], text: str) -> bool:
    """Return whether people wrote the number of another choice, which differs in it alone, with its point: the 2.5 kind
    of pm10 and pm25."""
    letters = value.rstrip("0123456789")
    digits = {one[len(letters):] for one in choices if one.startswith(letters) and one != value} if letters else set()
    return letters != value and any(number.replace(".", "") in digits for number in _WITH_POINT.findall(text))


def is_only_ordered(choice: str, said: Collection[str]) -> bool:
    """Return whether a choice is what has been done, such as `cancelled`, and people only said to do it: cancel it."""
    name = choice.lower()
    return name.endswith("ed") and not any(word.endswith("ed") and akin(word, name) for word in said)


def _puts_in_order(choice: str, said: Sequence[str]) -> bool:
    """Return whether a superlative of what a choice measures was said: the fastest, of `duration`."""
    own = set(_choice_words(choice))
    return not _is_sort(choice) and any(own & fields and adjectives & set(said) for adjectives, fields in _ORDERED)


def _distinct_said(value: str, others: Sequence[str], said: Sequence[str]) -> bool:
    """Return whether what another choice has and this one lacks was said: `not available` when `available` was
    chosen."""
    own = set(_choice_words(value))
    distinct = (set(_choice_words(one)) - own for one in others)
    return any(extra and all(is_meant(word, said) for word in extra) for extra in distinct)


def _is_sort(value: str) -> bool:
    return bool(set(_choice_words(value)) & set(_SORT_WORDS))


def _says(choice: str, said: Sequence[str], text: str, are_codes: bool) -> bool:
    parts = _choice_words(choice)
    unit = unit_named(choice) if len(choice) <= _LONGEST_UNIT else None
    is_unit_said = unit is not None and any(unit_named(word) == unit for word in said if len(word) > 1)
    if len(choice) == 1:  # the s of `what's` is not a size
        return is_unit_said or stands_in(choice, text, joined_by="'’")
    if _is_sort(choice):
        return _says_order(parts, frozenset(said))
    land = _LOCALE.fullmatch(choice)
    if are_codes or land:
        code = land[1] if land else choice
        return stands_in(code, text) or any(holds(said, words(name)) for name in names_of(code)) or (
            land is not None and any(("territory", code) in meanings(one) for one in _CAPITALS.findall(text)))
    content = [part for part in parts if part not in FUNCTION_WORDS or part in _TELLING]
    if not choice.isalnum() and "_" not in choice and stands_in(choice, text, joined_by="+-"):
        return True  # written with its signs: A+
    if not content:
        return False
    if is_unit_said:
        return True
    if holds(said, parts):
        return not _only_negated(choice, text)
    return all(any(word in said and (word != "on" or _SWITCHED.search(text))
                   for word in same_words(part) | _TOLD_BY.get(part, frozenset()))
               or _begins_alike(part, said) for part in content)


def _is_short_for_a_word(choice: str, said: Collection[str]) -> bool:
    """Return whether a choice is the beginning of a longer word that was said: prod of production."""
    return len(choice) >= _SHORTEST and choice.isalpha() and any(
        word.startswith(choice) and len(word) > len(choice) + 2 for word in said
    )


def is_meant(word: str, said: Collection[str]) -> bool:
    """Return whether a word of a choice was said, in another form or by one that means the same."""
    return any(other in said for other in same_words(word)) or any(akin(word, other) for other in said) or (
        _begins_alike(word, said)
    )


_FIRST_HALF = 5  # letters that the first halves of two compounds have in common: motor


def _begins_alike(part: str, said: Collection[str]) -> bool:
    """Return whether a long word was said that begins like this one, and doesn't end in another word of its own:
    motorbike of motorcycle, no motorhome."""
    for word in said if len(part) > 7 else ():
        alike = len(commonprefix((word, part))) if len(word) > 6 else 0
        ends = part[alike:], word[alike:]
        if alike >= _FIRST_HALF and (min(map(len, ends)) < _SHORTEST or ends[1] in same_words(ends[0])):
            return True
    return False


def _is_denied(choice: str, text: str) -> bool:
    """Return whether all words that mean a choice were said with a `not` or a `nobody`: what nobody has finished
    yet."""
    parts = [part for part in _choice_words(choice) if part not in FUNCTION_WORDS]
    meant = same_words(parts[0]) if len(parts) == 1 else frozenset()
    return _are_negated((match for match in re.finditer(r"[a-z]+", text.lower()) if match[0] in meant), text)


def _only_negated(choice: str, text: str) -> bool:
    return _are_negated(re.finditer(rf"\b{re.escape(choice.replace('_', ' '))}", text, re.IGNORECASE), text)


def _are_negated(places: Iterable[re.Match[str]], text: str) -> bool:
    found = [bool(_NEGATED.search(text[: match.start()][-_NEAR:])) for match in places]
    return bool(found) and all(found)


@lru_cache(maxsize=4096)
def same_words(word: str) -> frozenset[str]:
    """Return the words that mean the same as one in what people ask an API for, and its other forms."""
    return frozenset({word}).union(*(line for line in _SYNONYMS if word in line), _inflected(word))


def _inflected(word: str) -> set[str]:
    """Return other forms of a word: closed of close, sorting of sort."""
    stem = re.sub(r"(?:ing|ed|er|e)$", "", word) if len(word) > 4 else word
    doubled = stem + stem[-1:]
    return {stem, f"{stem}e", f"{stem}er", f"{word}d", *(f"{form}{ending}" for form in (stem, word, doubled)
                                                         for ending in ("ed", "ing"))}


def _says_order(parts: Sequence[str], said: frozenset[str]) -> bool:
    """Return whether a way of sorting was asked for: price_asc by `cheapest`, year_desc by `newest`."""
    direction = next(_SORT_WORDS[part] for part in parts if part in _SORT_WORDS)
    keys = {part for part in parts if part not in _SORT_WORDS}
    asked = direction & said
    for adjectives, fields in _ORDERED:
        asked = asked if keys & fields or not keys else asked - adjectives
    return bool(asked)


def sides_of(word: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words that mean the same as one, and those that mean the opposite."""
    said = set(words(word))
    return next(((side, other) for side, other in _OPPOSITES if said & side), (frozenset({word}), frozenset()))
