"""Coverage of what people gave or asked for: values, whole results and things of a list that no call and no answer took
up."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import words
from toolalpaca.matching.facts.arithmetic import says
from toolalpaca.matching.facts.evidence import Evidence, Shown
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import ADDRESS, FUNCTION_WORDS, QUOTED, holds
from toolalpaca.matching.language.times import minutes_in
from toolalpaca.matching.language.values import number

# What follows the name of a thing of which people say themselves what is to be looked up: it's at the north gate.
_IS_PLACED = re.compile(
    r"[^\w\n]*(?:it|that|this|which)(?:['’]s| is| was| stands| lies| comes)\b(?P<where>[^.?!\n]+)", re.IGNORECASE
)
_PART_OF = re.compile(r"\s+of (?:it|that|this|them|those)\b", re.IGNORECASE)
_BESIDE = 40  # characters between an amount and the part of it
_ROUNDED = 0.005
_YEARS = re.compile(r"(?:1\d|20)\d\d-(?:(?:1\d|20)\d\d|\d\d)")
# With capitals or in groups of digits, so that it can be meant for nothing but a call.
_IDENTIFIER = re.compile(
    r"(?<![\w@./-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)+\b"
    r"|(?<![\w.,-])\d{3,}(?:-\d{2,})+\b"
)
_TELEPHONE = re.compile(r"(?<!\w)\+\d[\d ()/-]{6,}\d")
_TELLING = 7  # last digits of a telephone number by which it is known
_FEWEST_QUOTED = 3  # words of a text in quotes that has to be used
_ONLY_IF = re.compile(
    r"\bif\b[^?]*\b(?:otherwise|else|if not|if (?:it|that|there|they)(?: is|['’]s| are|n['’]t| doesn)"
    r"|leave (?:it|that|them)|don['’]t (?:bother|book|do))\b", re.IGNORECASE | re.DOTALL)
_LEFT = re.compile(r"\b(?:left|leave|leaving|not|no need)\b|n['’]t\b", re.IGNORECASE)
_ALL_OF_THEM = re.compile(
    r"\b(?:both|either|neither|each|every|everything|all of (?:them|it)|the others?|(?:al)?together|combined"
    r"|between them|in (?:all|total))\b",
    re.IGNORECASE,
)


def unused_values(answer: str, evidence: Evidence) -> Iterator[str]:
    """Yield what people gave with care, such as an address, an identifier, an amount or a time, when it is in no
    call, in no result and not in the answer either."""
    if admits(answer):
        return
    shown = "\n".join([*(one.seen.text for one in evidence.results), *map(str, evidence.asked)])
    used = f"{answer}\n{shown}"
    # What people give where things are only looked up may just say what they need the answer for.
    is_written = any(one.call.function in evidence.deeds for one in evidence.results)
    if evidence.deeds and not is_written and _ONLY_IF.search(evidence.told_text) and _LEFT.search(answer):
        return  # it was for a change whose condition was not met
    plain = (shown if is_written else used).casefold()
    if is_written:  # what was given for a change has to be in a call, and not in the answer alone
        yield from telephones_only_in(evidence.told_text, plain)
    for text in evidence.told:
        for pattern in (ADDRESS, _IDENTIFIER):
            found = (match[0].rstrip(".,;:!?") for match in pattern.finditer(text)
                     if is_written or not _is_placed(text, match.end(), evidence))
            yield from (
                value
                for value in found
                if value.casefold() not in plain and not _YEARS.fullmatch(value) and not days_in(value)
            )
        if is_written:
            yield from _unused_quotes(text, used)
        yield from _unused_parts(text, answer, evidence)


def _unused_parts(text: str, answer: str, evidence: Evidence) -> Iterator[str]:
    """Yield the part of an amount that people want, such as half of it, when a call was asked with the whole and
    neither a call nor the answer has a number that is such a part of it or of what a result shows."""
    asked, figures = _numbers(evidence.asked), figures_in(text) if _PART_OF.search(text) else ()
    for whole, part in zip(figures, figures[1:], strict=False):
        is_of_it = part.noun == "part" and _PART_OF.match(text, part.end) and part.start - whole.end < _BESIDE
        if is_of_it and whole.unit is not None and asked.intersection(whole.values):
            factors = [factor for share in part.values for factor in (share, 1 - share, 1 + share)]
            made = [one * factor for factor in factors
                    for one in (*whole.values, *_numbers(leaf.value for leaf in evidence.leaves)) if one]
            said = asked.union(*(one.values for one in figures_in(answer)))
            if not any(math.isclose(one, other, rel_tol=_ROUNDED) for one in made for other in said):
                yield text[part.start : part.end]


def _numbers(values: Iterable[object]) -> set[float]:
    return {one for value in values if not isinstance(value, bool) and (one := number(value)) is not None}


def _is_placed(text: str, end: int, evidence: Evidence) -> bool:
    """Return whether people say after a thing's name where or what it is, in words that results have: all that has to
    be known of it."""
    match = _IS_PLACED.match(text, end)
    return match is not None and not evidence.observed_all.isdisjoint(set(words(match["where"])) - FUNCTION_WORDS)


def telephones_only_in(text: str, other: str) -> Iterator[str]:
    """Yield the telephone numbers in a text that another text has not, in whatever groups of digits."""
    found = _TELEPHONE.findall(text) if "+" in text else []
    digits = re.sub(r"[^\d\n\"]", "", other) if found else ""
    yield from (number for number in found if re.sub(r"\D", "", number)[-_TELLING:] not in digits)


def _unused_quotes(text: str, used: str) -> Iterator[str]:
    known = words(used)
    for match in QUOTED.finditer(text):
        wanted = words(match["double"] or match["single"])
        if len(wanted) >= _FEWEST_QUOTED and not holds(known, wanted):
            yield match[0]


def left_out(answer: str, known: Known) -> Iterator[str]:
    """Yield the calls whose results the answer passes over though what they asked was said, and what a call was
    refused for and a later one went without."""
    yield from _results_left_out(answer, known.evidence)
    yield from _dropped(answer, known.evidence)


def _results_left_out(answer: str, evidence: Evidence) -> Iterator[str]:
    told = evidence.told_text.casefold()
    if _ALL_OF_THEM.search(answer):
        return
    reads = [one for one in evidence.results if one.seen.succeeded and one.seen.body not in (None, [], {})]
    by_function: dict[str, list[Shown]] = {}
    for one in reads:
        by_function.setdefault(one.call.function, []).append(one)
    for calls in by_function.values():
        for one in calls if len(calls) > 1 else ():
            own = _own_arguments(one, calls)
            if (
                own
                and any(value.casefold() in told for value in own)
                and not _is_mentioned(one, own, calls, answer, evidence)
            ):
                yield f"{one.call.function}: {own[0]}"


def _own_arguments(one: Shown, calls: Sequence[Shown]) -> list[str]:
    others = {str(leaf) for other in calls if other is not one for leaf in leaves(other.call.given)}
    return [str(leaf) for leaf in leaves(one.call.given) if str(leaf) not in others and len(str(leaf)) > 1]


def _is_mentioned(one: Shown, own: Sequence[str], calls: Sequence[Shown], answer: str, evidence: Evidence) -> bool:
    plain = answer.casefold()
    shared = {str(leaf.value) for other in calls if other is not one for leaf in other.seen.leaves}
    values = [
        str(leaf.value)
        for leaf in one.seen.leaves
        if str(leaf.value) not in (*shared, *own) and not isinstance(leaf.value, bool)
    ]
    later = {
        str(leaf)
        for other in evidence.results
        if other.call.place > one.call.place
        for leaf in leaves(other.call.given)
    }
    if any(value.casefold() in plain for value in own) or later & set(values):
        return True
    said = frozenset(words(plain))
    return (
        _says_one_of(values, answer)
        or bool(said & {word for value in own if value.istitle() for word in words(value)} - _words_asked(one, calls))
        or not values and _are_repeated(one, calls, answer)
        or _is_compared(one, calls, answer)
    )


def _words_asked(one: Shown, calls: Sequence[Shown]) -> set[str]:
    """Return the words of what the other calls asked with."""
    others = [str(leaf) for other in calls if other is not one for leaf in leaves(other.call.given)]
    return {word for text in others for word in words(text)}


def _is_compared(one: Shown, calls: Sequence[Shown], answer: str) -> bool:
    """Return whether an answer gives by how much a number of a call's result differs from that of another's."""
    numbers = [{leaf.path: value for leaf in other.seen.leaves if (value := number(leaf.value)) is not None}
               for other in calls if other is not one]
    apart = [abs(value - other[leaf.path]) for leaf in one.seen.leaves for other in numbers
             if leaf.path in other and (value := number(leaf.value)) is not None]
    return any(says(figure, value) for figure in figures_in(answer) for value in apart if value)


def _are_repeated(one: Shown, calls: Sequence[Shown], answer: str) -> bool:
    """Return whether an answer gives for each of several calls what all of them brought, or they brought nothing."""
    shared = [float(value) for leaf in one.seen.leaves if (value := number(leaf.value)) is not None]
    stated = [figure.values[0] for figure in figures_in(answer)]
    return not shared or any(stated.count(value) >= len(calls) for value in shared)


def _says_one_of(values: Sequence[str], text: str) -> bool:
    """Return whether a text gives one of the values, or a word of it."""
    all_said = words(text)
    said = frozenset(all_said)
    figures = {value for figure in figures_in(text) for value in figure.values}
    days = days_in(text)
    for value in values:
        as_number = number(value)
        if as_number is not None and any(abs(as_number - other) <= 0.51 for other in figures):
            return True
        if as_number is None and any(
            mention.fits(day) for mention in days for other in days_in(value[:40]) for day in other.days()
        ):
            return True
        if as_number is None and len(value) < 80 and holds(all_said, words(value)):
            return True
        if as_number is None and len(value) >= 80 and 2 * len(said & {*words(value)}) > len({*words(value)}):
            return True
        if as_number is None and len(value) < 80 and {word for word in words(value) if len(word) > 3
                                                      and not word.isdigit()} & said:
            return True
    return False


def tells(answer: str, call: PredictedCall, evidence: Evidence) -> bool:
    """Return whether an answer gives anything of what a call brought that people had not said themselves; yes if it
    brought nothing of the kind."""
    told, said = evidence.told_text.casefold(), words(answer)
    values = [str(leaf.value) for leaf in call.seen.leaves if not isinstance(leaf.value, bool)]
    new = [value for value in values if value and value.casefold() not in told]
    texts = {word for value in new for word in words(value) if len(word) > 3} - evidence.told_all
    return (
        not new
        or _says_one_of(new, answer)
        or bool(texts & set(said))
        or any(holds(said, words(value)) for value in new)
        or bool(_minutes([answer]) & _minutes(new))
    )


def _minutes(texts: Sequence[str]) -> set[int]:
    """Return the times of day in short texts, in minutes after midnight."""
    return {minute for text in texts for minute in minutes_in(text[:400])}


def _dropped(answer: str, evidence: Evidence) -> Iterator[str]:
    """Yield what a refused call asked for, a later one left away, and the answer does not speak of."""
    for one in evidence.results:
        if one.seen.status is None or one.seen.succeeded:
            continue
        later = [
            other
            for other in evidence.results
            if other.call.place > one.call.place and other.call.function == one.call.function and other.seen.succeeded
        ]
        kept = {str(leaf) for other in later for leaf in leaves(other.call.given)}
        for name, value in one.call.given.items():
            if isinstance(value, list) and later:
                for item in value:
                    if str(item) not in kept and str(item).casefold() not in answer.casefold() and not admits(answer):
                        yield f"{name}: {item}"
