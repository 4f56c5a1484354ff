"""Support of an answer's statements: by what people said, by what the observations show, or by one step from there.

The one rule of verification and scorer. With `figures_only` just what can hardly be worded otherwise is looked at:
numbers, days, times, addresses, identifiers and quotations; without it names too, which a person may know without
having been shown them.
"""

import re
from collections.abc import Iterator

from toolalpaca.core.words import words
from toolalpaca.matching.answers.coverage import telephones_only_in
from toolalpaca.matching.answers.figure_support import has_figure, is_moved, unsupported_figures
from toolalpaca.matching.facts.arithmetic import ratios
from toolalpaca.matching.facts.evidence import moments_since_1970
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.facts.local_times import are_in_one_zone
from toolalpaca.matching.language.clauses import sentence_at
from toolalpaca.matching.language.codes import currencies_named, meanings
from toolalpaca.matching.language.dates import DayMention, days_in
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.relative_days import relative_days
from toolalpaca.matching.language.text import ADDRESS, CONTRASTS, denial, holds, stands_in, stands_whole
from toolalpaca.matching.language.times import DAY, TimeMention, offsets_of, times_in
from toolalpaca.matching.language.units import in_unit, unit_named, unit_of_key
from toolalpaca.matching.language.values import number

# In single quotes only what begins with a capital: answers have apostrophes.
_QUOTED = re.compile(r"\"([^\"\n]{2,80})\"|“([^”\n]{2,80})”|(?<!\w)['‘](?=[A-Z])([^'’\n]{2,80})['’](?!\w)")
# What an answer puts in quotes without saying that it stands anywhere: a proposal, or what a quotation before it means.
_PROPOSES = re.compile(r"\b(?:could|might|would|may|try|[Pp]erhaps|[Pp]ossible|suggest(?:ion|ed)?)\b")
# What makes a sentence the assistant's own advice.
_SUGGESTS = re.compile(
    r"\b(?:(?:might|may|could|would) be (?:worth|wise|better|useful|good|sensible|helpful)|worth \w+ing"
    r"|I(?:['’]d| would) (?:suggest|recommend|advise)|you (?:could|might|may) (?:want|like|also|as well)"
    r"|if you(?:['’]d)? (?:like|want|prefer|wish))\b",
    re.IGNORECASE,
)
_MEANS = re.compile(
    r"[\"”’'*_»)]\s*(?:[-–—=(]|[(,]?\s*(?:i\.e\.|(?:that is|meaning|(?:which )?means|literally|in English)\b))[,:]?\s*"
    r"(?:literally |in English,? )?$"
)
_PIECE = re.compile(r"(?<![\w'’])[\"“](\d{2,})[\"”]")  # a piece of a number that is spoken of
_LIST_NUMBER = re.compile(r"(?:^|\n)\s*(?:\d+[.)]|[-*•])\s+")
_IDENTIFIER = re.compile(
    r"(?<![\w.#-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{4,}\b|(?<![\w.,-])\d{3,}(?:-\d+)+\b|(?<!\w)#[0-9a-fA-F]{3,8}\b"
)
_AMOUNT_LIKE = re.compile(r"\d+(?:[.,]\d+)?-?[A-Za-zµμ°]{1,12}[23²³]?|\d+-[a-z]+(?:-[a-z]+)*|\d+(?:st|nd|rd|th)")
_CALLED = re.compile(
    r"(?<!after )(?<!before )(?<!ago )(?<!week )(?<!weeks )(?<!days )(?<!from )(?<!until )"
    r"\b(?P<day>today|tomorrow|yesterday)(?:, | \(| )(?:on )?$", re.IGNORECASE
)
_CALLED_AFTER = re.compile(r"(?:, | \(| )(?P<day>today|tomorrow|yesterday)(?=[).,;]|$)", re.IGNORECASE)
# What an answer asks or supposes, and does not state: a question, a condition.
_SUPPOSED = re.compile(
    r"(?<![^\s(])(?:(?:did|do|if|maybe|perhaps|unless|in case) (?:you|they|he|she|it|we|I)\b|perhaps|maybe)[^.;!?\n]*"
    r"|[^.;!?\n]+\?(?=\s|$)",
    re.IGNORECASE,
)
_TWO_NUMBERS = re.compile(r"(?:[a-z]+ )?(?P<numbers>\d{1,2}(?P<sign>[.:])\d\d)", re.IGNORECASE)
_MONEY = re.compile(r"(?:R|Rs|RM|S|Fr|Kc|kr)(\d+(?:\.\d+)?)")  # a currency's letters before the number
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


def unsupported(answer: str, known: Known, *, figures_only: bool = False) -> Iterator[str]:
    """Yield what the answer states and nothing known bears out."""
    for match in ADDRESS.finditer(answer):
        address = match[0].rstrip(".,;:!?*_")
        if not stands_whole(address, known.plain):
            yield address
    text = _LIST_NUMBER.sub("\n", ADDRESS.sub(" @ ", answer))
    for match in _QUOTED.finditer(text):
        quoted = match[1] or match[2] or match[3]
        is_piece = quoted.isdigit() and quoted in known.plain
        is_known = is_piece or known.has_name(quoted) or known.has_name(re.sub(r"\bnot\s", "", quoted))
        if not is_known and not _is_own_wording(match):
            yield quoted
    yield from telephones_only_in(text, known.plain)
    yield from _identifiers(text, known)
    text = _SUPPOSED.sub("", _PIECE.sub(lambda piece: "" if piece[1] in known.plain else piece[0], text))
    yield from unsupported_figures(text, known)
    yield from _days(text, known)
    if not figures_only:
        yield from unknown_names(text, known)


def _is_own_wording(quotation: re.Match[str]) -> bool:
    """Return whether a quotation is what the answer proposes, or says what another one means."""
    sentence = sentence_at(quotation.string, quotation.start()).partition(quotation[0])[0]
    return bool(_PROPOSES.search(sentence) or _MEANS.search(quotation.string[: quotation.start()]))


def _identifiers(text: str, known: Known) -> Iterator[str]:
    for match in _IDENTIFIER.finditer(text):
        if (
            not _AMOUNT_LIKE.fullmatch(match[0])
            and not stands_in(match[0].casefold(), known.plain, joined_by="-")
            and not days_in(match[0])
            and not _is_money(match[0], known)
            and known.offsets.isdisjoint(map(abs, offsets_of(match[0])))
            and not any(holds(source, words(match[0].removesuffix("s"))) for source in known.sequences)
        ):
            yield match[0]


def _is_money(written: str, known: Known) -> bool:
    """Return whether it is a number that is known or follows, after a currency's letters, as in R150."""
    match = _MONEY.fullmatch(written)
    return match is not None and all(has_figure(figure, known, ()) for figure in figures_in(match[1]))


def _days(text: str, known: Known) -> Iterator[str]:
    for mention in days_in(text):
        if not known.has_day(mention) or _is_not_the_day(mention, text, known):
            yield text[mention.start : mention.end]
    yield from _times(text, known)


def _times(text: str, known: Known) -> Iterator[str]:
    """Yield the times of day that are neither known nor a known span before or after one that is, or that the text
    states and is borne out."""
    borne_out, left = set[int](), list(times_in(text))
    while left:
        more = [time for time in left if _has_time(time, text, known, borne_out)]
        if not more:
            break
        borne_out.update(*(time.minutes for time in more))
        left = [time for time in left if time not in more]
    if not known.local_moments and are_in_one_zone(left, times_in(text), moments_since_1970(known.evidence.leaves)):
        return
    yield from (text[time.start : time.end] for time in left)


def _has_time(time: TimeMention, text: str, known: Known, borne_out: set[int]) -> bool:
    other_half = {(minute + 720) % DAY for minute in time.minutes}
    written = text[time.start : time.end]
    return bool(
        time.minutes & known.times
        or not _says_half(written) and other_half & known.times
        or is_moved(time.minutes, known, borne_out)
        or _is_number_or_place(written, known)
    )


def _is_not_the_day(mention: DayMention, text: str, known: Known) -> bool:
    """Return whether a day is called today, tomorrow or yesterday and is not that by the clock."""
    today = known.evidence.today
    called = _CALLED.search(text[: mention.start]) or _CALLED_AFTER.match(text, mention.end)
    if today is None or called is None or mention.readings[0][2] is None:
        return False
    spans = relative_days(called["day"].lower(), today)
    return bool(spans) and not any(mention.fits(day) for span in spans for day in span)


def _is_number_or_place(written: str, known: Known) -> bool:
    """Return whether what looks like a time is a known number, as in `at 6.54`, or two of one thing, as the chapter and
    verse of `John 3:16`."""
    match = _TWO_NUMBERS.fullmatch(written)
    if not match:
        return False
    if match["sign"] == ":" and (_is_length(match["numbers"], known) or f"00:{match['numbers']}" in known.plain):
        return True
    if match["sign"] == ".":
        stated = figures_in(known.answer)
        return float(match["numbers"]) in known.values or any(
            has_figure(one, known, stated, known.answer) for one in figures_in(match["numbers"]))
    parts = [*map(float, match["numbers"].split(":"))]
    return any({*parts} <= {number(value) for _, value in thing.values} for thing in known.things)


def _is_length(written: str, known: Known) -> bool:
    """Return whether two numbers with a colon are a known duration: the minutes and seconds of 3:35, or the hours and
    minutes."""
    first, second = map(int, written.split(":"))
    unit = unit_named("second")
    lengths = [(one.value, one.unit) for one in known.amounts]
    lengths += [(ratio, one.unit) for one, _, ratio in ratios(known.amounts)]  # the pace of a run
    lengths += [(one.total, unit_of_key(one.key)) for one in known.series]
    spans = [round(other) for value, own in lengths if unit and own and own.dimension == "duration"
             for other in in_unit(value, own, unit)]
    return first * 60 + second in spans or first * 3600 + second * 60 in spans


def _says_half(text: str) -> bool:
    return bool(re.search(r"[ap]\.?\s?m", text, re.IGNORECASE))


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
    is_own = sentence.rstrip().endswith("!") or _CONTRASTS.search(sentence) or _SUGGESTS.search(sentence)
    return not gives and bool(is_own)


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
