"""Questions that people asked, each with the kind of value that answers it, held against the answer: a time for `when`,
a number for `how many`, a sum for `altogether`; and several questions in one message, each of which the answer has
to take up."""

import re
from collections.abc import Callable, Iterator

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import akin, name_words, words
from toolalpaca.matching.answers.asked_fields import fields_left, parts_of
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.actions import admits, declines
from toolalpaca.matching.language.choices import is_meant
from toolalpaca.matching.language.clauses import sentence_at, sentences_of
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.text import ASKING_WORDS
from toolalpaca.matching.language.times import times_in

_QUESTION = re.compile(
    r"(?<![\w-])(?:(?P<when>how (?:late|early|soon)"
    r"|when(?:'s|’s)?(?= (?:is|are|was|were|do|does|did|will|can|has|have|am|should|the|it|my|to"
    r"|and))"
    r"|(?:at )?what time|(?:on )?(?:what|which) (?:day|date|weekday)|until when|since when)"
    r"|(?P<span>how long)|(?P<number>how (?:many|often|old|tall|high|deep|heavy|warm|cold|hot|windy|fast|big))"
    r"|(?P<amount>how (?:much|far)|what (?:does|do|did|will|would) .{1,60}? (?:cost|come to|weigh)"
    r"|what (?:do|will|would|must|should|did) (?:I|we|they|he|she) (?:have to |need to |still )?"
    r"(?:pay|owe|spend|save|lose)"
    r"|(?:at )?what price|what(?:'s|’s| is) the (?:price|cost|fare|fee|total))"
    r"|(?P<percent>(?:what|which|by what|by how many) (?:percentage|per ?cent|share|proportion|fraction))"
    r"|(?P<mean>(?:the |an |my |our |on )average(?! (?:of|for) (?:the )?\d))"
    r"|(?P<difference>(?:and )?by how (?:much|many|far)|how (?:much|many) \w*(?:more|less|fewer|longer|higher|lower"
    r"|cheaper)"
    r"|(?:the|what) difference)"
    r"|(?P<total>(?:add(?:s|ed)? up to|(?:in|all) total|the total of|altogether|all together|all told"
    r"|comes? to (?:for|in all|together)|sum (?:of|total))))(?![\w-])",
    re.IGNORECASE,
)
_MONTH = "january|february|march|april|june|july|august|september|october|november|december"
_WHEN = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|now|immediately|currently|already|daily|weekly|monthly|always|never|soon"
    r"|date|(?:this|next|last|every|each|in the|at|same) (?:\w+ )?(?:morning|afternoon|evening|night|day|week|weekend"
    r"|month|year|season|spring|summer|autumn|fall|winter|noon|midnight|dawn|dusk|sunset|sunrise|time|once)"
    rf"|(?<!that )(?:mon|tues|wednes|thurs|fri|satur|sun)days?|{_MONTH}|minutes|hours|days|weeks|months|years"
    r"|(?:in|within|after|for|every|once|about|half|than) an? (?:minute|hour|day|week|fortnight|month|year)"
    r"|(?:1[5-9]|20)\d\d|\d+0s|centur(?:y|ies)|BCE?|AD|ago|o['’]clock|unknown)\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"\b(?:minutes?|mins?|hours?|hrs?|h|days?|weeks?|months?|years?|seconds?|nights?|long"
    r"|fortnight|until"
    r"|till|forever|from .+ to|between .+ and)\b",
    re.IGNORECASE,
)
_LENGTHS = frozenset({"words", "pages", "lines", "characters", "rows"})
_AMOUNT = re.compile(
    r"\b(?:free|nothing|none|no|zero|half|third|quarter|all|most|twice|double|as much|same|every|any|one|once|never"
    r"|each|only|single|both|couple|dozen|pair)\b",
    re.IGNORECASE,
)
_WANTS_TO_KNOW = re.compile(r"\b(?:tell|say|know|show|wonder|need|give|find|how many|how much)\b", re.IGNORECASE)
_LONGEST = 80  # characters of a value that are looked at
_IF = re.compile(r"(?:and |but )?(?:if|in case|should)\b", re.IGNORECASE)
_NUMBER_QUESTION = re.compile(r"\bhow (?:many|often)\b", re.IGNORECASE)
_LISTED = re.compile(r"^\s*(?:\d+[.)]|[-*•|])", re.MULTILINE)
_UNTOLD = re.compile(
    r"(?:\bnot|n['’]t) (?:\w+ )?(?:listed|shown|given|known|available|recorded|stated|included|published|mentioned|say"
    r"|tell|show|list|give|mention)\b|\bno (?:information|details?|data|word|mention|price|figures?)\b", re.IGNORECASE)
_SHARE = re.compile(
    r"%|\b(?:per ?cent|percent|half|halves|thirds?|quarters?|fifths?|tenths?|in \d{1,3}\b|out of|doubled"
    r"|tripled"
    r"|twice|unchanged|same|all|none|nothing|everything)\b",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"\b(?:total|totals|altogether|all together|together|in all|all told|sum|sums|adds? up|comes? to"
    r"|makes|making"
    r"|combined|overall|whole|full)\b",
    re.IGNORECASE,
)
_MEAN = re.compile(r"\b(?:average|averages|averaged|mean|on average)\b", re.IGNORECASE)
_SAME = re.compile(r"\b(?:same|equal|equally|no difference|tie|tied|identical|exactly as)\b", re.IGNORECASE)
_ORDERS_ONLY = re.compile(
    r"\b(?:remind|tell|let|notify|warn|alert|text|email|e-mail|message|ping|if|unless|until"
    r"|even|just|only"
    r"|and|or|,|know|knows|depends?|no matter|is|was|not)\s+(?:me |us |you )?$",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"[;:(]|\s[–—-]\s|\b(?:but|while|whereas|and (?:it|they|he|she|you|the|its|there|yes|no))\b"
    r"|,\s(?:when|where|which|who|so)\b", re.IGNORECASE
)
_IS_SO = re.compile(r"(?:is|are|was|were) (?:it|they|he|she) ", re.IGNORECASE)  # which any word of a kind answers


def unanswered(answer: str, known: Known) -> Iterator[str]:
    """Yield the questions to which the answer has no value of the kind that is asked for, unless it says that
    something could not be found."""
    told = known.evidence.told[0]
    if "?" not in told and not _WANTS_TO_KNOW.search(told):
        return
    asked = [match for match in _QUESTION.finditer(told) if not _is_no_question(told, match) and _wants(told, match)]
    admitted, excused = admits(answer), bool(asked) and _may_lack(answer, known)
    for match in asked:
        if admitted if match.lastgroup == "total" else excused:
            continue
        if match[0].lower().startswith("how ") and words(match[0])[-1] in words(answer):
            continue  # nice and warm says how warm
        if not _ANSWERED[match.lastgroup or ""](answer, known):
            yield match[0].strip()
    yield from _fewer_numbers(told, answer)


def _may_lack(answer: str, known: Known) -> bool:
    """Return whether an answer says that something is not so where a result shows nothing, or that it cannot help."""
    results = known.evidence.results
    is_short = any(not one.seen.succeeded or one.is_empty or None in (*leaves(one.seen.body),) for one in results)
    return declines(answer) or bool(_UNTOLD.search(answer)) or is_short and admits(answer)


def is_answered(question: str, answer: str, known: Known) -> bool:
    """Return whether a question asks for a value of a kind, and the answer has one."""
    match = _QUESTION.search(question)
    return match is not None and _ANSWERED[match.lastgroup or ""](answer, known)


def _fewer_numbers(told: str, answer: str) -> Iterator[str]:
    """Yield once when there are more questions for a number of things than numbers in the answer."""
    asked = len(_NUMBER_QUESTION.findall(told))
    if asked > 1 and not _LISTED.search(answer) and len(figures_in(answer)) + len(_AMOUNT.findall(answer)) < asked:
        yield "how many"


def _wants(told: str, match: re.Match[str]) -> bool:
    """Return whether `how much` and its like stand in a question, or in a sentence that wants to know, and no question
    hangs on a condition: if it runs, how long is the queue?"""
    sentence = sentence_at(told, match.start())
    before = sentence[: sentence.find(match[0])].strip()
    if _IF.match(before):
        return False
    if not match[0].lower().startswith("how "):
        return True
    return "?" in sentence or not before or bool(_WANTS_TO_KNOW.search(before))


def _is_no_question(told: str, match: re.Match[str]) -> bool:
    """Return whether `when` only sets a condition: tell me when it arrives."""
    before = told[: match.start()].rstrip() + " "
    return (
        match.lastgroup == "when"
        and match[0].lower() == "when"
        and (
            bool(_ORDERS_ONLY.search(before))
            and not re.search(r"(?:\band|\bor|,) $", before)
            or not re.match(r"[^.!]*\?|[^.!?]*$", told[match.end() :])
            or before.strip() != ""
            and not re.search(
                r"(?:\band|\bor|[,.?!;:-]|\bknow|\btell (?:me|us)|\bsay|\bsee"
                r"|\bfind out) $",
                before,
            )
        )
    )


def _has_when(answer: str, known: Known) -> bool:
    new_days = [
        one for one in days_in(answer) if one.readings not in [other.readings for other in known.evidence.told_days]
    ]
    if new_days or any(not time.minutes <= frozenset().union(*known.evidence.told_times) for time in times_in(answer)):
        return True
    told = {word.lower() for word in _WHEN.findall(known.evidence.told[0])}
    return (
        any(match[0].lower() not in told for match in _WHEN.finditer(answer))
    )


def _has_span(answer: str, known: Known) -> bool:
    figures, nouns = figures_in(answer), _LENGTHS | _counted(known)
    is_length = any(one.noun in nouns or (one.unit and one.unit.dimension == "length") for one in figures)
    return is_length or bool(_DURATION.search(answer)) or len(times_in(answer)) > 1 or len(days_in(answer)) > 1


def _counted(known: Known) -> set[str]:
    """Return the nouns that fields count: how long something is may be told in episodes."""
    keys = {amount.key for amount in known.amounts if amount.unit is None}
    return {part for key in keys for part in name_words(key) if part.endswith("s")}


def _has_number(answer: str, known: Known) -> bool:
    return bool(figures_in(answer)) or bool(_AMOUNT.search(answer))


def _has_amount(answer: str, known: Known) -> bool:
    told = {value for figure in known.evidence.told_figures for value in figure.values}
    return any(not set(figure.values) <= told or figure.unit for figure in figures_in(answer)) or bool(
        re.search(r"\b(?:free|nothing|none|no|zero|half|all|most|same|double|twice)\b", answer, re.IGNORECASE)
    )


def _has_share(answer: str, known: Known) -> bool:
    return bool(_SHARE.search(answer))


def _has_mean(answer: str, known: Known) -> bool:
    seen = {amount.value for amount in known.amounts}
    if any(not set(figure.values) & seen and figure.noun != "part" for figure in figures_in(answer)):
        return True
    return bool(_MEAN.search(answer)) or _states(
        answer, lambda figure: any(abs(figure.values[0] - one.mean) <= figure.step for one in known.series)
    )


def _has_total(answer: str, known: Known) -> bool:
    values = [figure.values[0] for figure in figures_in(answer) if figure.noun != "part"]
    sums = (
        {round(one.total, 2) for one in known.series}
        | {
            round(sum(values[place + 1 : end]), 2)
            for place in range(len(values))
            for end in range(place + 3, len(values) + 1)
        }
        | {round(sum(values[start:place]), 2) for place in range(len(values)) for start in range(place - 1)}
    )
    parts = [one for one in known.series if len(set(one.values) & set(values)) > 1]
    return bool(_TOTAL.search(answer)) or any(round(value, 2) in sums for value in values) or bool(values and not parts)


def _has_difference(answer: str, known: Known) -> bool:
    values = {figure.values[0] for figure in figures_in(answer)}
    seen = {number for one in known.amounts for number in (one.value, abs(one.value))}
    return (
        bool(values - seen)
        or len(values) in (1,)
        or bool(_SAME.search(answer))
        or bool(words(answer))
        and bool(re.search(r"\b(?:difference|by|more|less|fewer|longer|later|earlier|ahead)\b", answer))
        and bool(values)
    )


def _states(answer: str, fits: Callable[[Figure], bool]) -> bool:
    return any(fits(figure) for figure in figures_in(answer))


_ANSWERED: dict[str, Callable[[str, Known], bool]] = {
    "when": _has_when,
    "span": _has_span,
    "number": _has_number,
    "amount": _has_amount,
    "percent": _has_share,
    "mean": _has_mean,
    "difference": _has_difference,
    "total": _has_total,
}


def unanswered_parts(answer: str, known: Known) -> Iterator[str]:
    """Yield the questions of which an answer has no word when it says fewer things than were asked."""
    told = known.evidence.told[0]
    if _may_lack(answer, known):
        return
    yield from fields_left(told, answer, known)
    parts = parts_of(told)
    if len(parts) < 2 or _units(answer) >= len(parts):
        return
    said = frozenset(words(answer))
    for part in parts[1:]:
        content = [word for word in words(part) if len(word) > 2 and word not in ASKING_WORDS]
        if is_answered(part, answer, known) or len(content) == 1 and _IS_SO.match(part):
            continue
        if content and not any(is_meant(word, said) for word in content) and not _gives_field(content, said, known):
            yield part.strip(" ,.?!")[:60]


def _gives_field(content: list[str], said: frozenset[str], known: Known) -> bool:
    """Return whether an answer has a word of a field's value when the field was asked for by its name."""
    return any(
        set(words(str(leaf.value)[:_LONGEST])) & said
        for leaf in known.evidence.leaves
        if leaf.path and any(akin(word, part) for word in content for part in name_words(leaf.path[-1]))
    )


def _units(answer: str) -> int:
    """Return how many things an answer says, by its sentences and what is set off in them."""
    found = sentences_of(answer)
    return len(found) + sum(len(_UNIT.findall(sentence)) for sentence in found)
