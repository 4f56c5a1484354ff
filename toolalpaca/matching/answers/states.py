"""States in answers: what an answer says of a state, of what there is not, and of how much there is, held against the
results."""

import re
from collections.abc import Iterator
from typing import Any

from toolalpaca.core.words import name_terms, name_words, words
from toolalpaca.matching.facts.evidence import Shown
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.choices import same_words
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.text import denial, holds
from toolalpaca.matching.language.times import minutes_in, times_in
from toolalpaca.matching.language.values import number

_UNFINISHED = frozenset(
    words(
        "pending processing queued running waiting draft requested submitted scheduled unpaid unconfirmed started "
        "progress review preparing generating tentative provisional waitlisted"
    )
)
_FINISHED = re.compile(
    r"(?:\b(?:is|are|been|was|were|it['’]s|['’]s|already|now|fully)|:)\s+(?:(?!being\b)\w+\s+)?(?P<word>confirmed|approved|complete"
    r"|completed"
    r"|finished|ready|done|granted|accepted|processed|paid|sent|delivered|shipped|issued|definite|final|passed"
    r"|succeeded|successful|certain|secured"
    r"|live|online|out(?= (?:in|on|now|there|to)\b|[.,;!]))\b|\b(?:has|have) gone (?P<gone>out|off|live)\b",
    re.IGNORECASE,
)
_AND_MORE = re.compile(r"[,;:]? (?:and|so|but)\b|;")  # before what is said of something else
_STATE_KEYS = frozenset({"status", "state", "stage", "progress"})
_NOT_YET = re.compile(
    r"\d (?:out )?of \d"
    r"|\b(?:not|yet|still|once|when|until|if|waits?|waiting|will|after|before|soon|pending|subject)\b|n['’]t\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:there (?:is|are|was|were|['’]s)(?:n['’]t)? (?:no|nothing|none|not|any)|there['’]s (?:no|nothing|none)"
    r"|(?:has|have|had|got) no|nothing (?:was|is|came|goes|runs|matches|fits|found)"
    r"|(?:could|can|did)(?:n['’]t| ?not) find"
    r"|none (?:was|were|are|is)|no \w+ (?:was|were|is|are|found|match\w*))\b"
    r"(?!(?<=nothing) (?:(?:more|else|left|further) )?(?:to (?:do|pay|worry|change)|(?:you|I|we) (?:need|have|can))\b)",
    re.IGNORECASE,
)
_FEW_WORDS = 6  # of a name that is looked for
_LEFT_OPEN = re.compile(r"[.,;:!]")
_TOTAL_KEYS = frozenset(
    {"total", "totalcount", "totalresults", "totalitems", "totalhits", "matches", "numfound", "hits"}
)
LIMITS = frozenset({"limit", "count", "size", "top", "max", "results", "n"})  # in names of arguments
_WANTS_ALL = re.compile(r"\b(?:all|every|each|how many|complete|whole|entire|list)\b", re.IGNORECASE)


def unfinished(answer: str, known: Known) -> Iterator[str]:
    """Yield once when the last result with a state says that something is under way and the answer that it is done."""
    results = [one for one in reversed(known.evidence.results) if one.seen.succeeded and one.seen.body]
    last = next((one for one in results if any(leaf.path[-1:] and _STATE_KEYS & {*name_words(leaf.path[-1])}
                                               for leaf in one.seen.leaves)), None)
    if last is None:
        return
    for leaf in last.seen.leaves:
        key = set(name_words(leaf.path[-1])) if leaf.path else set()
        state = set(words(str(leaf.value).replace("_", " "))) if isinstance(leaf.value, str) else set()
        if key & _STATE_KEYS and state and state <= _UNFINISHED | {"in", "under"} and not state & set(words(answer)):
            for sentence in sentences_of(answer):
                match = _FINISHED.search(sentence)
                is_other = match and match[match.lastgroup or 0].lower() not in _shown_as(leaf.path[-1], last)
                if match and is_other and not _NOT_YET.search(_AND_MORE.split(sentence[match.end() :])[0]) \
                        and not _NOT_YET.search(sentence[: match.end()]):
                    yield f"{leaf.path[-1]} is {leaf.value!r}, not {match[match.lastgroup or 0]}"
                    return


def _shown_as(key: str, shown: Shown) -> set[str]:
    """Return the words of the states that a result has under a key: some may be finished and others not."""
    return {word for leaf in shown.seen.leaves if leaf.path[-1:] == (key,) for word in words(str(leaf.value))}


def turned_states(answer: str, known: Known) -> Iterator[str]:
    """Yield the states of things that an answer tells as their contrary and not by their own word, of the thing that a
    sentence names or of the only state that is shown: delayed, and it is on time."""
    values = [(id(thing), key, value) for thing in known.things for key, value in thing.values
              if isinstance(value, str)]
    keys = {key for _, key, value in values if _state_in(value) in _CONTRARIES} if not is_changed(known) else ()
    states = [(thing, value) for thing, key, value in values if key in keys]
    for sentence in (one for one in sentences_of(answer) if states and not (one.endswith("?") or AT_TIMES.search(one))):
        named = {id(thing) for thing in known.mentions.named_in(sentence)}
        own = {value for thing, value in states if thing in named} or {value for _, value in states}
        state = _state_in(own.pop())
        match = _CONTRARIES[state].search(sentence) if not own and state in _CONTRARIES else None
        said, parts = words(sentence if named else answer), words(state)
        is_told = holds(said, parts) or len(parts) == 1 and not same_words(parts[0]).isdisjoint(said)
        if match and not is_told and not (_NOT_YET.search(sentence[: match.end()]) or _IS_DENIED.search(sentence)):
            yield f"it is {state!r}, not {match[0]!r}"


def _state_in(value: str) -> str:
    return value.lower().replace("_", " ")


def is_changed(known: Known) -> bool:
    """Return whether a call changed something, so that what was shown before may be so no longer."""
    return any(one.call.function in known.evidence.deeds for one in known.evidence.results)


# What is not said of a thing in a state, by the state.
_CONTRARIES = {
    state: re.compile(rf"\b(?:{contrary})\b", re.IGNORECASE)
    for states, contrary in (
        ("delayed, late", r"on time|punctual(?:ly)?|on schedule|as scheduled"),
        ("cancelled, canceled, called off", r"goes ahead|going ahead|takes? place|as planned|on time|on schedule"),
        ("on time", "delayed|late|cancell?ed|called off"),
        ("closed, shut", r"(?:is|are|be|stays?) open|straight in|go in|come in"),
        ("sold out, fully booked, full", r"available|(?:tickets?|seats?|places?|rooms?) (?:are )?(?:left|free)"),
        ("inactive, paused, suspended, disabled, blocked, expired", r"active|running|enabled|valid|in force"),
        ("on loan, in transit, unavailable, out of stock", r"available|on the shelf|in stock|can be (?:picked|taken)"),
    )
    for state in states.split(", ")
}
_IS_DENIED = denial()
AT_TIMES = re.compile(  # not as it is now
    r"\b(?:from|again|until|till|by|after|since|only|still|except|in \w+ (?:hour|day|week|month)s?)\b", re.IGNORECASE)


def denied(answer: str, known: Known) -> Iterator[str]:
    """Yield once when an answer says that there is nothing and the last list has items of which it names none."""
    results = [one for one in known.evidence.results if one.seen.succeeded and one.seen.body is not None]
    match = _DENIES.search(answer)
    if match and _LEFT_OPEN.match(answer, match.end()) and match[0].lower().endswith(("is", "are", "was", "were")):
        return  # is anything late? Nothing is.
    if not match or not results or not _items(results[-1].seen.body) or _is_bare(results[-1].seen.body):
        return
    told, said = known.evidence.told_all, set(words(answer))
    numbers = {value for figure in figures_in(answer) for value in figure.values}
    minutes = minutes_in(answer)
    for leaf in results[-1].seen.leaves:
        parts = words(leaf.value) if isinstance(leaf.value, str) else []
        if (
            {word for word in parts if len(word) > 2 and word not in told} & said
            or 1 < len(parts) <= _FEW_WORDS and holds(words(answer), parts)
            and not holds(words(known.evidence.told_text), parts)
            or number(leaf.value) in numbers
            or any(mention.minutes & minutes for mention in times_in(str(leaf.value)[:40]))
        ):
            return
    yield f"{match[0]!r} where {len(_items(results[-1].seen.body))} were found"


def _items(body: Any) -> list[Any]:
    """Return the items of a list, or of the first list in an object."""
    if isinstance(body, list):
        return body
    return (
        next((value for value in body.values() if isinstance(value, list) and value), [])
        if isinstance(body, dict)
        else []
    )


def _is_bare(body: Any) -> bool:
    return body in ([], {}) or isinstance(body, dict) and [] in list(body.values())


def truncated(answer: str, known: Known) -> Iterator[str]:
    """Yield the total that a result gives when fewer items were shown and the answer passes them off as all."""
    if not _WANTS_ALL.search(known.evidence.told_text):
        return
    totals: dict[str, tuple[int, int]] = {}
    for one in known.evidence.results:
        total = _total(one)
        if total is not None and not _is_below_limit(one):
            shown = len(_items(one.seen.body)) + totals.get(one.call.function, (0, 0))[1]
            totals[one.call.function] = (total, shown)
    numbers = {value for figure in figures_in(answer) for value in figure.values}
    for total, shown in totals.values():
        if 0 < shown < total and float(total) not in numbers and float(shown) in numbers | {_bullets(answer)}:
            yield f"{shown} of {total}"


def _is_below_limit(one: Shown) -> bool:
    """Return whether fewer items came than were asked for at most, so that none were cut off."""
    limits = [value for name, value in one.call.given.items() if LIMITS & set(name_words(name))]
    return any(isinstance(limit, int) and len(_items(one.seen.body)) < limit for limit in limits)


def _total(one: Shown) -> int | None:
    body = one.seen.body
    if not one.seen.succeeded or not isinstance(body, dict) or not _items(body):
        return None
    return next(
        (
            value
            for key, value in body.items()
            if "".join(name_words(key)) in _TOTAL_KEYS and isinstance(value, int) and not isinstance(value, bool)
        ),
        None,
    )


def _bullets(answer: str) -> float:
    rows = len(re.findall(r"^\s*(?:\d+[.)]|[-*•])\s+", answer, re.MULTILINE))
    return float(rows or max(len(re.findall(r"^\s*\|", answer, re.MULTILINE)) - 2, 0))


def shown_flags(known: Known) -> Iterator[tuple[str, set[bool], set[str]]]:
    """Yield the name of each boolean field that the results show, its values and the words an answer names it by."""
    flags: dict[str, set[bool]] = {}
    for leaf in known.evidence.leaves:
        if isinstance(leaf.value, bool) and leaf.path:
            flags.setdefault(leaf.path[-1], set()).add(leaf.value)
    for key, values in flags.items():
        parts = {word for word in name_terms(key) if len(word) > 2}
        if parts:
            yield key, values, parts


STATE_RULES = (unfinished, turned_states, denied, truncated)
