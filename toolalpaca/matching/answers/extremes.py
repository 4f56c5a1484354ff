"""The largest, the cheapest, the first: what an answer singles out, and what people asked for, held against all that
was shown of the same kind."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from toolalpaca.core.words import akin, name_terms, name_words, words
from toolalpaca.matching.facts import arithmetic
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.facts.rankings import beaten, is_size, measured
from toolalpaca.matching.language.actions import sentences
from toolalpaca.matching.language.clauses import clauses_of, sentences_of
from toolalpaca.matching.language.numbers import figures_in, wholes
from toolalpaca.matching.language.superlatives import BY_TIME, ExtremeClaim, claim_of, extremes_in
from toolalpaca.matching.language.text import ORDER_WORDS, holds
from toolalpaca.matching.language.times import minutes_in, times_in
from toolalpaca.matching.language.values import number

_DOTTED = re.compile(r"(?<![\d.])([01]?\d|2[0-3])\.([0-5]\d)(?![\d.])")
_ASKS = re.compile(
    r"\b(?:which|what|what['’]s|whats|who|when|find|show|tell|give|name|list|get|pick|recommend|suggest|know|need|want"
    r"|looking for)\b",
    re.IGNORECASE,
)
_NO_SUPERLATIVE = re.compile(
    r"\bat (?:the )?(?:most|least|latest|earliest)\b|\b(?:most|best) (?:of|regards)\b", re.IGNORECASE
)
_PER_ONE = re.compile(r"\b(?:per|for each|an?) (piece|item|unit|page|copy|head|kilo|kg|litre|metre)\b", re.IGNORECASE)
_COMPARATIVE = re.compile(r"(?<!\bno )\b(?:more|less|fewer|[a-z]{3,}er)\b", re.IGNORECASE)
_TWO_WAYS = re.compile(r"\b[a-z]{3,}er,? (?:but|and|yet|though|although)\b", re.IGNORECASE)
_AGAINST = re.compile(
    r"\W*(?:[^\W\d][\w²³/%°'’-]*\W+){0,6}?(?:against|versus|vs\.?|compared (?:to|with))\W+(?:[a-z]+ ){0,3}[€$£]?",
    re.IGNORECASE,
)
_MOST = re.compile(r"\b(?:the )?(?P<which>most|fewest|least)\b", re.IGNORECASE)


def wrong_extremes(answer: str, known: Known) -> Iterator[str]:
    """Yield what an answer calls the largest, cheapest or first of its kind when something shown is more so."""
    mentions = known.mentions
    for written in sentences_of(answer):
        sentence = re.sub(r"\b(most|least) (expensive|recent)\b", r"\1-\2", written, flags=re.IGNORECASE)
        for claim in extremes_in(sentence):
            if _is_a_field(claim, sentence, known) or _is_a_rate(claim, sentence, known):
                continue
            for thing in _singled_out(claim, sentence, known):
                clause = _clause_with(sentence, claim.word)
                group = _within_its_call(thing, mentions.groups[thing.group], clause)
                found = beaten(thing, group, claim, sentence, known.evidence)
                if found and not _names_a_double(group, sentence):
                    yield f"{claim.word}: {found}"


def turned_comparisons(answer: str, known: Known) -> Iterator[str]:
    """Yield the comparisons whose own two numbers say the opposite: it is cheaper, 12 euros against 9."""
    for sentence in sentences_of(answer) if _AGAINST.search(answer) else ():
        said = [match for match in _COMPARATIVE.finditer(sentence) if _compared(match[0].lower())]
        claim = _compared(said[0][0].lower()) if len(said) == 1 and not _TWO_WAYS.search(sentence) else None
        figures = [one for one in wholes(figures_in(sentence)) if claim and one.start > said[0].start()]
        for one, other in pairwise(figures):
            is_pair = _AGAINST.fullmatch(sentence[one.end : other.start]) and other.unit in (None, one.unit)
            is_length = one.unit is not None and one.unit.dimension == "length"
            if claim is None or not is_pair or "score" in claim.fields or "distance" in claim.fields and not is_length:
                continue
            takes_time = one.unit is not None and one.unit.dimension == "duration"
            large = BY_TIME[claim.word].large if takes_time and claim.word in BY_TIME else claim.large
            first, second = one.values[0], other.values[0]
            if large is not None and first != second and (first > second) is not large:
                yield f"{claim.word}: {one.text} against {other.text}"


def _compared(word: str) -> ExtremeClaim | None:
    return ExtremeClaim(word, word == "more") if word in ("more", "less", "fewer") else claim_of(word)


def _singled_out(claim: ExtremeClaim, sentence: str, known: Known) -> list[Thing]:
    """Return the one thing that is said to be the first or the largest: named, or told by its values, and of a list
    that has what the claim measures; [] if it is not clear which."""
    mentions, clause = known.mentions, _clause_with(sentence, claim.word)
    named = [mentions.named_in(clause), mentions.named_in(sentence)]
    held = [_holders(clause, known)]
    is_day = claim.fields[:1] == ("@day",)
    for found in (*(held if is_day else named), *(named if is_day else held), _holders(sentence, known)):
        fitting = [
            thing
            for thing in found
            if measured(thing, mentions.groups[thing.group], claim, sentence) and not _is_in_a_name(claim, thing)
        ]
        if fitting:
            return fitting if len(fitting) == 1 else []
    return []


def _within_its_call(thing: Thing, group: Sequence[Thing], clause: str) -> list[Thing]:
    """Return the things of a list among which one is the most: those of its call if a clause says what only this call
    was asked with, as the best of the first team."""
    others = {value for other in group if other.place != thing.place for value in other.asked}
    said = words(clause)
    own = [value for value in thing.asked
           if value not in {*others, *thing.labels} and len(value) > 1 and holds(said, words(value))]
    return [other for other in group if not own or other.place == thing.place]


def _is_a_rate(claim: ExtremeClaim, sentence: str, known: Known) -> bool:
    """Return whether a sentence compares what things are for one of something, which no field gives: the cheaper per
    piece."""
    match = _PER_ONE.search(sentence)
    keys = {part for thing in known.mentions.things for key, _ in thing.values for part in name_words(key)}
    return match is not None and "price" in claim.fields and keys.isdisjoint({"per", "each", "unit", match[1].lower()})


def _names_a_double(group: Sequence[Thing], sentence: str) -> bool:
    """Return whether a sentence has a name that several things of a list have, so that it may mean one of those."""
    said, labels = words(sentence), Counter(label for thing in group for label in set(thing.labels))
    return any(1 < count < len(group) and holds(said, words(label)) for label, count in labels.items())


def _is_a_field(claim: ExtremeClaim, sentence: str, known: Known) -> bool:
    """Return whether a sentence's word is a part of a shown field's name, as in `the lowest price` for lowestPrice."""
    said = words(sentence)
    keys = {key for thing in known.mentions.things for key, _ in thing.values if len(name_words(key)) > 1}
    return any(claim.word in name_words(key) and holds(said, name_terms(key)) for key in keys)


def _is_in_a_name(claim: ExtremeClaim, thing: Thing) -> bool:
    """Return whether the word is a part of a field's name, as in `the last seen`."""
    return claim.word in ("first", "last") and any(claim.word in name_words(key) for key, _ in thing.values)


def _clause_with(sentence: str, word: str) -> str:
    parts = clauses_of(sentence)
    for place, part in enumerate(parts):
        if word in part.text.lower():
            return part.text if not place or len(parts[place - 1].text.split()) > 3 else sentence
    return sentence


def _holders(sentence: str, known: Known) -> list[Thing]:
    """Return the thing of a list whose value a sentence gives without naming it, when there is only one."""
    stated = {value for figure in figures_in(sentence) for value in figure.values if value > 12 or figure.step < 1}
    minutes = minutes_in(sentence)
    minutes |= {int(hour) * 60 + int(rest) for hour, rest in _DOTTED.findall(sentence)}
    return [
        thing
        for thing in known.things
        if thing.group.endswith("[]")
        and any(
            number(value) in stated
            or (isinstance(value, str) and len(value) < 40 and any(time.minutes & minutes for time in times_in(value)))
            for _, value in thing.values
        )
    ]


def asked_extremes_missed(answer: str, known: Known) -> Iterator[str]:
    """Yield what people asked for the most of when the answer names things of the list and not the one that has it."""
    told = known.evidence.told[0]
    if not known.things or not answer:
        return
    lists = _lists(known)
    for sentence in sentences(told):
        for claim in _asked(sentence):
            for group in lists[-1:] if claim.fields[:1] == ("@day",) else lists:
                found = _missed(claim, sentence, group, answer, known)
                if found:
                    yield found


def _asked(sentence: str) -> list[ExtremeClaim]:
    plain = _NO_SUPERLATIVE.sub("", sentence)
    if not _ASKS.search(plain):
        return []
    found = list(extremes_in(plain)) or [
        ExtremeClaim(match["which"].lower(), match["which"].lower() == "most") for match in _MOST.finditer(plain)
    ]
    return [claim for claim in found if claim.large is not None]


def _lists(known: Known) -> list[list[Thing]]:
    """Return the last list of each kind that was shown, if it has several things, in their order."""
    found = [
        [thing for thing in group if thing.place == group[-1].place]
        for name, group in known.mentions.groups.items()
        if name.endswith("[]")
    ]
    return sorted((group for group in found if len(group) > 1), key=lambda group: group[0].place)


def _missed(claim: ExtremeClaim, sentence: str, group: Sequence[Thing], answer: str, known: Known) -> str:
    """Return which thing of a list has the most of what a sentence asks for, if the answer names others only."""
    named = [thing for thing in known.mentions.named_in(answer) if any(thing is other for other in group)]
    if not named or len(named) == len(group) or not _is_measured(claim, sentence, group):
        return ""
    if not claim.fields and group[0] in named and _is_in_order(group[0], known):
        return ""
    found = [beaten(thing, _rivals(thing, group, known), claim, sentence, known.evidence) for thing in named]
    if not all(found) or _states_the_most(claim, sentence, group, answer):
        return ""
    return f"{claim.word}: {found[0]}"


def _is_in_order(first: Thing, known: Known) -> bool:
    """Return whether a list was asked for in an order, by what may not be among its fields."""
    calls = [one.call for one in known.evidence.results if one.call.place == first.place]
    return any(ORDER_WORDS & set(name_words(name)) for call in calls for name in call.arguments or {})


def _states_the_most(claim: ExtremeClaim, sentence: str, group: Sequence[Thing], answer: str) -> bool:
    """Return whether the answer gives the largest or the smallest value that is asked for, without its thing's name."""
    most = max if claim.large else min
    values = [
        [value for thing in group for one in thing.of(key)[:1] if (value := number(one)) is not None]
        for key in measured(group[0], group, claim, sentence)
    ]
    return any(arithmetic.says(figure, most(own)) for figure in figures_in(answer) for own in values if own)


def _is_measured(claim: ExtremeClaim, sentence: str, group: Sequence[Thing]) -> bool:
    """Return whether what is asked for is a field of the things: by its adjective, or by a word of the sentence."""
    if claim.fields or is_size(claim.word) and measured(group[0], group, claim, sentence):
        return True
    return any(
        akin(word, part)
        for key, _ in group[0].values
        for part in name_words(key)
        for word in words(sentence)
        if len(part) > 2
    )


def _rivals(thing: Thing, group: Sequence[Thing], known: Known) -> list[Thing]:
    """Return the things that are like this one in whatever people may have chosen by: a word of theirs is a value of
    one."""
    told = known.evidence.told_all
    keys = {
        key
        for other in group
        for key, value in other.values
        if isinstance(value, str) and value not in other.labels
        and {word for word in words(value) if len(word) > 2} & told
    }
    return [other for other in group if all(other.of(key) == thing.of(key) for key in keys)]
