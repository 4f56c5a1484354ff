"""Comparisons in answers: more than another, more than before, a rise of so much, a third of the whole, held against
the values that are compared."""

import re
from collections.abc import Iterator
from itertools import pairwise

from toolalpaca.core.words import akin, name_words, words
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.amounts import Amount
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import YEARS, Known
from toolalpaca.matching.facts.rankings import turned
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.superlatives import ExtremeClaim, claim_of
from toolalpaca.matching.language.text import denial
from toolalpaca.matching.language.units import in_unit

_BY_SO_MUCH = re.compile(
    r"\W{0,2}(?:[a-z]+ ){0,2}?(?P<word>more|less|fewer|[a-z]{3,}er)\b(?=[^.;]{0,40}?\b(?:than|before)\b)",
    re.IGNORECASE,
)
# A verb with a comparative after it, with by how much between them.
_COMPARES = re.compile(
    r"\b(?P<verb>is|are|was|were|opens?|closes?|starts?|begins?|ends?|leaves?|departs?|arrives?|costs?|charges?|asks?"
    r"|takes?|lasts?|runs?|weighs?|comes?)\s+(?:(?:about|roughly|almost|nearly|just|only|an?|half|much|far|slightly|bit"
    r"|little|[a-z]+ly|[€$£]?\d[\d.,]*\s?%?|one|two|three|four|five|six|seven|eight|nine|ten|[a-z]+s)\s+){0,4}"
    r"(?P<word>more|less|[a-z]{2,}er)\b(?!\s+(?:one|of|and)\b)",
    re.IGNORECASE,
)
_THAN = re.compile(r"[^,;:.()]{0,30}?\bthan\s+(?P<other>[^,;:.()]+)", re.IGNORECASE)
_LAST_PART = re.compile(r"[;:()]|,\s|\s[-–—]\s|\b(?:and|but|while|whereas)\b")
_BY_VERB = (
    (("cost", "charge", "ask", "come"), "dearer", "cheaper"), (("take", "last", "run"), "longer", "shorter"),
    (("weigh",), "heavier", "lighter"),
)  # what `more` and `less` measure after a verb
_PAIR = ("one", "other")
# What an answer calls above or below a limit that people gave.
_LIMIT = re.compile(
    r"\b(?P<way>above|over|beyond|exceeds?|higher than|more than|below|under|within|lower than|less than|inside)\s+"
    r"(?:your|the|that|our|his|her|their)\s+(?:own )?(?P<number>[€$£]?\d\S*\s+(?:\w+\s+)?)?"
    r"(?P<noun>limit|line|budget|threshold|maximum|minimum|mark|cap|ceiling|target|cut-?off)\b",
    re.IGNORECASE,
)
_UPWARDS = ("above", "over", "beyond", "exceed", "higher", "more")
_NOT_SO = re.compile(r"\b(?:not|no|never|neither|nor|any|if|whether|would|could)\b|n['’]t\b", re.IGNORECASE)
_RISES = r"ris(?:e|en)|rose|increas\w+|grew|grown|growth|gain\w*"
_FALLS = r"fall|fell|fallen|drop\w*|decreas\w+|declin\w+|loss|lost|shrank|shrunk"
_ROSE = re.compile(rf"\b(?:{_RISES})\b", re.IGNORECASE)
_FELL = re.compile(rf"\b(?:{_FALLS})\b", re.IGNORECASE)
# The same with what is said of any larger or smaller value.
_IS_UP = re.compile(
    rf"\b(?:{_RISES}|up|more|climb\w*|jump\w*|higher|dearer|plus|put on|heavier|in the black)\b", re.IGNORECASE
)
_IS_DOWN = re.compile(rf"\b(?:{_FALLS}|sank|slid|down|less|lower|lighter|cheaper|fewer|in the red)\b", re.IGNORECASE)
_TURNED = re.compile(r"\b(?:against|after|than|instead|compared|before|versus|vs|down from|up from)\b", re.IGNORECASE)
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)\b")  # a day, which is no amount
_ARTICLES = ("a", "an")  # of a month, which are no amount
_MOST_BEFORE = 3  # sentences in which the values before and after a change are looked for
_IS_SHARE = re.compile(
    r"\b(?:is|are|was|were|makes?|or|about|nearly|almost|exactly|roughly|just|over|under)\s+(?:\w+\s+)?$"
)
_OF_THE = re.compile(r"\W*(?:\w+\W+)?(?:out )?of (?:the |your |a total of |all )?\W*", re.IGNORECASE)
_OF_A_TOTAL = re.compile(r"\W*of (?:the |your )?(?:total|whole|sum|overall \w+)(?: of)?\W*", re.IGNORECASE)
_AGAINST = re.compile(
    r"\b(?:against|from|to|versus|vs|compared|rather than|instead of|up from|down from|after)\b", re.IGNORECASE
)
_IN = re.compile(r"\b(?:in|of|since|from|until|to)\s+$", re.IGNORECASE)  # before a year
_ROUGHLY = 0.08  # how far a share in words may be off, as a part of it
_ON_CHANGE = frozenset(words("change delta difference diff trend gain growth profit surplus"))
_SIGNED = re.compile(r"[€$£]?[-−–+]\s?[€$£]?\d")  # a number that gives its way itself
_NO_FIRST = re.compile(r"^\W*no,", re.IGNORECASE)  # of an answer, which denies the question
_IS_DENIED = denial()


def turned_differences(answer: str, known: Known) -> Iterator[str]:
    """Yield the differences from a value shown that go the other way: it costs 280, 40 more than before, where 320 of
    the same field was shown and 240 was not."""
    for sentence in sentences_of(answer):
        figures = [one for one in wholes(figures_in(sentence)) if one.text.lower() not in _ARTICLES]
        for one, by in pairwise(figures):
            match = _BY_SO_MUCH.match(sentence, by.end)
            claim = _compared(match["word"].lower()) if match else None
            if claim is None or claim.large is None or "score" in claim.fields or one.unit != by.unit:
                continue
            value, apart = one.values[0], by.values[0]
            keys = {amount.key for amount in known.amounts if amount.value == value}
            shown = {amount.value for amount in known.amounts if amount.key in keys}
            meant, turned = (value - apart, value + apart) if claim.large else (value + apart, value - apart)
            is_said = any(turned in other.values for other in figures)
            if apart and turned in shown and meant not in shown and not is_said:
                yield f"{by.text} {claim.word}: {turned:g} was shown"


def turned_comparisons(answer: str, known: Known) -> Iterator[str]:
    """Yield what an answer says to be more or less so than another of the same kind that is less or more so: it opens
    earlier than the other, costs less, takes longer."""
    for sentence in sentences_of(answer):
        for match in _COMPARES.finditer(sentence):
            claim = _measure(match["verb"], match["word"].lower())
            before, after = sentence[: match.start()], sentence[match.end() :]
            if claim is None or claim.large is None or _NOT_SO.search(before) or _NOT_SO.search(match[0]):
                continue
            than = _THAN.match(after)
            for thing in known.mentions.named_in(_LAST_PART.split(before)[-1]):
                for other in _compared_with(thing, than["other"] if than else "", known):
                    found = turned(thing, other, claim, sentence)
                    if found:
                        yield f"{match['word']}: {found}"


def turned_limits(answer: str, known: Known) -> Iterator[str]:
    """Yield what an answer calls above or below the limit that people gave when all values that it may speak of are on
    the other side."""
    before: list[Figure] = []
    for sentence in sentences_of(answer):
        figures = wholes(figures_in(sentence))
        for match in () if _NOT_SO.search(sentence) else _LIMIT.finditer(sentence):
            limit = _limit_in(match, sentence) or _limit_in(match, known.evidence.told_text)
            if limit is None:
                continue
            own = [one for one in figures if one.end < match.start() - 1] or before[-1:]
            values = [one.values[0] for one in own if None in (one.unit, limit.unit) or one.unit == limit.unit]
            values = values if own else _values_named(sentence[: match.start()], known)
            is_more = match["way"].lower().startswith(_UPWARDS)
            if values and not any(one == limit.values[0] or (one > limit.values[0]) is is_more for one in values):
                yield f"{match[0]}: {values[-1]:g}"
        before = figures or before


def _values_named(text: str, known: Known) -> list[float]:
    """Return the values of the fields whose names have a word of a text."""
    said = [word for word in words(text) if len(word) > 3]
    return [one.value for one in known.amounts if one.thing is not None
            and any(akin(part, word) for part in name_words(one.key) for word in said)]


def _limit_in(claim: re.Match[str], text: str) -> Figure | None:
    """Return the number of a limit that a text names as the claim does."""
    noun = claim["noun"].lower()
    return next((one for one in figures_in(text) if re.match(rf"\W*(?:\w+ )?{noun}\b", text[one.end :], re.IGNORECASE)
                 or re.search(rf"\b{noun}(?: of| is|'s|:)? [€$£]?$", text[: one.start], re.IGNORECASE)), None)


def _measure(verb: str, word: str) -> ExtremeClaim | None:
    """Return what a comparative measures, `more` and `less` by the verb before them."""
    for verbs, more, less in _BY_VERB if word in ("more", "less") else ():
        if verb.lower().startswith(verbs):
            return claim_of(more if word == "more" else less)
    return claim_of(word)


def _compared_with(thing: Thing, than: str, known: Known) -> list[Thing]:
    """Return the other thing of a group that one is compared with: the one named after `than`, else the other one of
    two in all, or of the two that people named."""
    group = known.mentions.apart(known.mentions.groups[thing.group])
    if than:
        named = [one for one in known.mentions.named_in(than) if any(one is other for other in group)]
        return named if len(named) == 1 and named[0] is not thing else []
    told = [one for one in known.mentions.named_in(known.evidence.told_text) if one in group]
    pair = group if len(group) == len(_PAIR) else told
    return [one for one in pair if one is not thing] if thing in pair and len(pair) == len(_PAIR) else []


def _compared(word: str) -> ExtremeClaim | None:
    return ExtremeClaim(word, word == "more") if word in ("more", "less", "fewer") else claim_of(word)


def turned_changes(answer: str, known: Known) -> Iterator[str]:
    """Yield the rises and falls whose own two values, given before them in their order, go the other way."""
    told = sentences_of(answer)
    for place, sentence in enumerate(told):
        ways = bool(_ROSE.search(sentence)), bool(_FELL.search(sentence))
        if ways[0] == ways[1] or _NOT_SO.search(sentence):
            continue
        before = " ".join((*told[max(place - _MOST_BEFORE + 1, 0) : place], sentence))
        figures = [one for one in wholes(figures_in(before)) if not _ORDINAL.match(before, one.start)]
        for at, change in enumerate(figures[2:], start=2):
            one, other = figures[at - 2], figures[at - 1]
            text = before[one.end : change.start]
            is_change = one.unit == other.unit and not _TURNED.search(text) and _is_their_change(change, one, other)
            if is_change and (other.values[0] > one.values[0]) is not ways[0]:
                yield f"{change.text}: from {one.text} to {other.text}"


def _is_their_change(change: Figure, one: Figure, other: Figure) -> bool:
    """Return whether a figure is by how much two differ, in percent of the first or in their unit."""
    apart = abs(one.values[0] - other.values[0])
    if change.percent:
        return bool(one.values[0]) and arithmetic.any_says(change, [100 * apart / one.values[0]])
    units = (one.unit, change.unit)
    sizes = [apart] if None in units or units[0] == units[1] else [*in_unit(apart, *units)]  # type: ignore[arg-type]
    return bool(apart) and arithmetic.any_says(change, sizes)


def wrong_shares(answer: str, known: Known) -> Iterator[str]:
    """Yield the fractions and changes in percent that do not follow from the two amounts a sentence gives them for."""
    for sentence in sentences_of(answer):
        years = [mention.start for mention in days_in(sentence)]
        figures = [one for one in wholes(figures_in(sentence))
                   if one.start not in years and not _is_year(one, sentence)]
        shares = [one for one in figures if one.percent or _is_fraction(one, sentence)]
        amounts = [one for one in figures if one not in shares and not one.worded]
        if len(shares) == 1 and len(amounts) == 2 and len({one.unit for one in amounts if one.unit}) < 2:
            right = _shares_of(amounts[0], amounts[1], shares[0], sentence)
            stated = shares[0].values[0] / (100 if shares[0].percent else 1)
            if right and not any(abs(stated - one) <= _ROUGHLY * max(one, 0.05) for one in right):
                yield f"{shares[0].text} of {amounts[0].text} and {amounts[1].text}"


def _is_year(figure: Figure, sentence: str) -> bool:
    return figure.values[0] in YEARS and figure.unit is None and bool(_IN.search(sentence[: figure.start]))


def _is_fraction(figure: Figure, sentence: str) -> bool:
    return figure.noun == "part" and bool(_IS_SHARE.search(sentence[: figure.start]))


def _shares_of(one: Figure, other: Figure, share: Figure, sentence: str) -> list[float]:
    """Return the shares that two amounts may be given for: of one in the other, or by how much they differ."""
    first, second = one.values[0], other.values[0]
    between = sentence[one.end : other.start]
    if one.end <= share.start < other.start and _OF_A_TOTAL.fullmatch(sentence[share.end : other.start]) and second:
        return [first / second]
    if _OF_THE.fullmatch(between) and second:
        return [first / second, 1 - first / second]
    if _AGAINST.search(between) and (_IS_UP.search(sentence) or _IS_DOWN.search(sentence)) and min(first, second) > 0:
        return [abs(first - second) / (min(first, second) if _IS_UP.search(sentence) else max(first, second))]
    return []


def turned_signs(answer: str, known: Known) -> Iterator[str]:
    """Yield the changes that a result gives with a sign and an answer the other way round: up for what went down."""
    changes = [one for one in known.amounts if one.value and _ON_CHANGE & set(name_words(one.key))]
    for sentence in sentences_of(answer) if changes else ():
        ways = bool(_IS_UP.search(sentence)), bool(_IS_DOWN.search(sentence))
        is_denied = _IS_DENIED.search(_NO_FIRST.sub("", sentence))
        for figure in figures_in(sentence) if ways[0] != ways[1] and not is_denied else ():
            if _SIGNED.match(sentence, figure.start):
                continue
            own = [one for one in changes if arithmetic.any_says(figure, _sizes_of(one, figure))]
            if own and all((one.value > 0) != ways[0] for one in own):
                yield f"{own[0].key} is {own[0].value:g}"


def _sizes_of(change: Amount, figure: Figure) -> list[float]:
    """Return how large a change is, also in the unit of a figure."""
    size = abs(change.value)
    return [size, *(in_unit(size, change.unit, figure.unit) if change.unit and figure.unit else ())]
