"""Coverage of what people gave or asked for: values, whole results and things of a list that no call and no answer took
up."""

import re
from collections.abc import Iterator, Sequence

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import words
from toolalpaca.matching.facts.arithmetic import says
from toolalpaca.matching.facts.bounds import bounds_in
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.evidence import Evidence, Shown
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.facts.mentions import Mentions
from toolalpaca.matching.language.actions import admits
from toolalpaca.matching.language.codes import names_of
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.numbers import Figure, figures_in, wholes
from toolalpaca.matching.language.text import ADDRESS, FUNCTION_WORDS, QUOTED, holds
from toolalpaca.matching.language.times import minutes_in
from toolalpaca.matching.language.units import conversions, unit_of_key
from toolalpaca.matching.language.values import number

_IF = re.compile(r"\b(?:if|unless|as long as|provided)\b[^.!?]*$", re.IGNORECASE)  # a limit that decides, not a value
_LESS_OR_MORE = re.compile(r"\b(?:less|more|lower|higher|below|above|off|under|over|extra|on top)\b", re.IGNORECASE)
# What follows the name of a thing of which people say themselves what is to be looked up: it's at the north gate.
_IS_PLACED = re.compile(
    r"[^\w\n]*(?:it|that|this|which)(?:['’]s| is| was| stands| lies| comes)\b(?P<where>[^.?!\n]+)", re.IGNORECASE
)
_MOST_SHOWN = 40
_YEARS = re.compile(r"(?:1\d|20)\d\d-(?:(?:1\d|20)\d\d|\d\d)")
# With capitals or in groups of digits, so that it can be meant for nothing but a call.
_IDENTIFIER = re.compile(
    r"(?<![\w@./-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)+\b"
    r"|(?<![\w.,-])\d{3,}(?:-\d{2,})+\b"
)
_TELEPHONE = re.compile(r"(?<!\w)\+\d[\d ()/-]{6,}\d")
_TELLING = 7  # last digits of a telephone number by which it is known
_MOST_TEXTS = 6
_ASKS_WHICH = re.compile(r"\b(?:which|what|whats|what['’]s)\b", re.IGNORECASE)
_SELECTS_TEXTS = re.compile(
    r"\b(?:first|last|next|only|best|most|least|one|any|\w{3,}est|if|some|such as)\b", re.IGNORECASE
)
_AMONG = re.compile(
    r"\b(?:among|includ(?:e|es|ing)|such as|for example|e\.g\.|others?|more|further|another|additional|rest"
    r"|remaining|total)\b",
    re.IGNORECASE,
)
_FEWEST_QUOTED = 3  # words of a text in quotes that has to be used
_SELECTS = re.compile(
    r"\b(?:first|last|next|only|best|most|least|one|any|cheapest|nearest|newest|oldest|latest|earliest|closest"
    r"|\w{3,}est|at most|at least|under|over|"
    r"below|above|after|before|than|between|which|whether|until|since|instead|except|some|such as|from"
    r"|if|that|with|those)\b",
    re.IGNORECASE,
)
_ALL_OF_THEM = re.compile(
    r"\b(?:both|either|neither|each|every|everything|all of (?:them|it)|the others?|(?:al)?together|combined"
    r"|between them|in (?:all|total))\b",
    re.IGNORECASE,
)
_PLURAL = re.compile(
    r"\b(?:all|every|each|list|show|which|what are|my|our|the) (?:\w+ ){0,2}\w{2,}(?<![sui])s\b", re.IGNORECASE
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
            yield from _unused_figures(text, used, evidence)


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


def _unused_figures(text: str, used: str, evidence: Evidence) -> Iterator[str]:
    figures = figures_in(text)
    measured = [figure for figure in wholes(figures) if _is_measured(figure)]
    if not measured:
        return
    known = {value for figure in figures_in(used[:6000]) for value in figure.values}
    known |= {value for leaf in evidence.asked if (value := number(leaf)) is not None}
    said = [figure.values[0] for figure in figures]
    is_apart = _LESS_OR_MORE.search(text)
    shown = [value for leaf in evidence.leaves if is_apart and (value := number(leaf.value)) is not None]
    deciding = [bound.figure.start for bound in bounds_in(text) if _IF.search(text[: bound.figure.start])]
    for figure in measured:
        if not _is_used(figure, known, said, shown[:_MOST_SHOWN]) and figure.start not in deciding:
            yield f"{figure.text} {text[: figure.end].split()[-1]}"


def _is_measured(figure: Figure) -> bool:
    unit = None if figure.worded or figure.percent else figure.unit
    return unit is not None and unit.dimension not in ("duration", "angle")


def _is_used(figure: Figure, known: set[float], said: Sequence[float], shown: Sequence[float]) -> bool:
    own = [value for one in figure.values for value in (one, *(conversions(one, figure.unit) if figure.unit else ()))]
    own += [
        made
        for value in figure.values
        for other in (*said, *shown)
        for made in (value * other, value + other, value * (1 + other), value * (1 - other))
    ]
    own += [value / 2 for value in figure.values]
    return any(abs(value - other) <= 0.01 * max(abs(value), 1e-9) for value in own for other in known)


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
        or any(
            figure.unit and figure.unit.dimension == unit.dimension and abs(other - figure.values[0]) <= figure.step
            for leaf in one.seen.leaves
            if leaf.path and (unit := unit_of_key(leaf.path[-1])) and (amount := number(leaf.value)) is not None
            for other in conversions(amount, unit)
            for figure in figures_in(answer)
        )
        or any(set(words(name)) <= said for value in own if len(value) <= 3 for name in names_of(value))
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
        if as_number is None and len(value) < 80 and {word for word in words(value) if len(word) > 3} & said:
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


def unnamed_items(answer: str, known: Known) -> Iterator[str]:
    """Yield the things of the last list that an answer leaves out when it names others and nothing was to be
    selected."""
    told = known.evidence.told[0]
    if not known.things or _SELECTS.search(told) or not _PLURAL.search(told) or admits(answer):
        return
    last = max(thing.place for thing in known.things)
    group = [thing for thing in known.things if thing.place == last and thing.group.endswith("[]") and thing.labels]
    if not 2 <= len(group) <= 8 or len({thing.group for thing in group}) > 1:
        return
    mentions = Mentions(group)
    named = [
        thing for thing in group if thing in mentions.named_in(answer) or thing in mentions.may_be_named_in(answer)
    ]
    chosen = set.intersection(*map(_words_of, named)) & known.evidence.told_all if named else set()
    others = [_words_of(thing) for thing in group if thing not in named]
    if 0 < len(named) < len(group) and not _counts(answer, group) and not any(
        len(word) > 2 and not any(word in own for own in others) for word in chosen
    ):
        yield from (thing.labels[0] for thing in group if thing not in named)


def unnamed_texts(answer: str, known: Known) -> Iterator[str]:
    """Yield the texts of a short list that one thing has, when people asked for what there is and the answer gives some
    of them, not those, and does not say that there are others."""
    told = known.evidence.told[0]
    if _SELECTS_TEXTS.search(told) or not _ASKS_WHICH.search(told) or admits(answer) or _AMONG.search(answer):
        return
    said_words = words(answer)
    said = frozenset(said_words)
    bodies = [one.seen.body for one in known.evidence.results[-1:]]
    lists = [own for body in bodies if isinstance(body, dict) for own in body.values() if _is_list_of_texts(own)]
    for texts in lists if len(lists) == 1 else ():
        given = [holds(said_words, words(text)) or any(word in said for word in words(text) if len(word) > 2)
                 for text in texts]
        if any(given):
            yield from (text for text, is_given in zip(texts, given, strict=True) if not is_given)


def _words_of(thing: Thing) -> set[str]:
    """Return the words of a thing's texts, by which people may have chosen."""
    return {word for _, value in thing.values if isinstance(value, str) for word in words(value)}


def _is_list_of_texts(value: object) -> bool:
    return (
        isinstance(value, list)
        and 2 <= len(value) <= _MOST_TEXTS
        and all(isinstance(one, str) for one in value)
        and len(set(value)) == len(value)
    )


def _counts(answer: str, group: Sequence[Thing]) -> bool:
    return bool(_AMONG.search(answer)) or any(figure.values[0] == len(group) for figure in figures_in(answer))
