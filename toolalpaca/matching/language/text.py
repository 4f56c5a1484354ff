"""Parts of texts: whether a text has a word or a run of words, wherever it is, and whether it denies something."""

import re
from collections.abc import Iterable, Iterator, Sequence

from toolalpaca.core.words import words

# Words in the names of parameters that put a list in an order.
ORDER_WORDS = frozenset({"sort", "sorted", "sorting", "order", "ordering", "rank"})
# Words in the names of parameters that say where a list begins, and how much of it is shown.
POSITION_WORDS = frozenset({"page", "offset", "skip"})
WINDOW_WORDS = POSITION_WORDS | {
    "limit", "size", "per", "count", "result", "results", "top", "row", "rows", "cursor"
}
# Before a number that is a bound, and not the value of what is bounded.
BOUNDED = re.compile(r"\b(?:below|above|under|over|beyond|(?:less|more|fewer) than|up to)\s+[€$£]?$", re.IGNORECASE)
# Words that say nothing by themselves, in the form in which words are compared.
FUNCTION_WORDS = frozenset(words(
    "a an the of to in on at by for and or nor not no yes do does with from is are be am was were will would shall "
    "can could cannot won't has have had s t i me my mine you your we us our he his him she her it its they them their "
    "this that these those all any none other some please about as into so here there than then what who "
    "when where why how"
))

# Words of questions that say nothing of what is asked for.
ASKING_WORDS = frozenset(
    words(
        "what which whose whom when where that this these those there their they them have having does doing "
        "been being would could should will much many long late early soon often with from into onto over "
        "about after before your mine ours some anyone anything someone something each every both either "
        "other another else also more most than then just only still even ever much very really please tell "
        "know like want need going come comes came goes take takes took make makes made give gives gave gets "
        "getting find found look looks thing things one ones time times kind sort much exactly currently "
        "right well good best cost costs price the and for are was has had can its his her him she you our "
        "any all who how why did not but out get got let two too yes own may way off now "
    )
)


# A web or mail address; signs that end a sentence may be its last ones.
ADDRESS = re.compile(r"https?://[^\s\"'<>)\]]+|[\w.+-]{1,64}@[\w-]+\.[\w.-]+")
IN_DOUBLE_QUOTES = re.compile(r"[\"“](?P<double>[^\"”\n]{1,200})[\"”]")
# In quotes of either kind; an apostrophe within a word ends none.
QUOTED = re.compile(
    IN_DOUBLE_QUOTES.pattern + r"|(?<!\w)['‘](?P<single>(?:[^'’\n]|(?<=\w)['’](?=\w)){1,200})['’](?!\w)")
# Words that deny what is said with them, and words that set it against something else, as alternatives of a pattern.
NEGATIONS = "not|no|none|never|neither|nor|nothing|nobody|nowhere|cannot|without"
CONTRASTS = "but|though|although|however|rather|instead|unlike"


def denial(*more: str) -> re.Pattern[str]:
    """Return a pattern for texts that deny something: any negation, or one of `more`, alternatives of a pattern."""
    return re.compile(rf"\b(?:{'|'.join((NEGATIONS, *more))})\b|n['’]t\b", re.IGNORECASE)


def listed(text: str) -> list[str]:
    """Return the words of a table that is written as one text."""
    return text.split()


def contains_any(text: str, parts: Iterable[str]) -> bool:
    """Return whether any of the parts occurs in a text: a quick test before a pattern that needs one of them."""
    return any(map(text.__contains__, parts))


def stands_in(part: str, text: str, *, joined_by: str = "") -> bool:
    """Return whether a part occurs in a text with no letter, digit, underscore or sign in `joined_by` next to it."""
    return any(True for _ in places_of(part, text, joined_by=joined_by))


def places_of(part: str, text: str, *, joined_by: str = "") -> Iterator[int]:
    """Yield where a part starts in a text with no letter, digit, underscore or sign in `joined_by` next to it."""
    place = text.find(part) if part else -1
    while place >= 0:
        before, after = text[place - 1 : place], text[place + len(part) : place + len(part) + 1]
        if not (_goes_on(before, joined_by) or _goes_on(after, joined_by)):
            yield place
        place = text.find(part, place + 1)


def _goes_on(sign: str, joined_by: str) -> bool:
    return bool(sign) and (sign.isalnum() or sign == "_" or sign in joined_by)


def stands_whole(address: str, text: str) -> bool:
    """Return whether a web or mail address is in a text in lower case, and is neither a part of another name or number
    nor of a domain: a page may go on with a path or a query."""
    part = address.casefold().rstrip("/")
    return bool(part) and part in text and re.search(
        rf"(?<![\w.+-]){re.escape(part)}(?![\w%-]|\.\w)", text) is not None


def holds(text: Sequence[str], part: Sequence[str]) -> bool:
    """Return whether the words of `part` follow one another in `text`."""
    size = len(part)
    if not 0 < size <= len(text) or part[0] not in text:
        return False
    first, wanted = part[0], list(part)
    return any(
        text[place] == first and list(text[place:place + size]) == wanted for place in range(len(text) - size + 1))
