"""Parts of texts: whether a text has a word or a run of words, wherever it is."""

from collections.abc import Iterable, Sequence

from toolalpaca.core.words import words

# Words that say nothing by themselves, in the form in which words are compared.
FUNCTION_WORDS = frozenset(words(
    "a an the of to in on at by for and or nor not no yes do does with from is are be am was were will would shall "
    "can could cannot won't has have had s t i me my mine you your we us our he his him she her it its they them their "
    "this that these those all any none other some please about as into so here there than then what who "
    "when where why how"
))


def listed(text: str) -> list[str]:
    """Return the words of a table that is written as one text."""
    return text.split()


def contains_any(text: str, parts: Iterable[str]) -> bool:
    """Return whether any of the parts occurs in a text: a quick test before a pattern that needs one of them."""
    return any(map(text.__contains__, parts))


def stands_in(part: str, text: str, *, joined_by: str = "") -> bool:
    """Return whether a part occurs in a text with no letter, digit or underscore next to it.

    No sign in `joined_by` may be before it either.
    """
    place = text.find(part)
    while place >= 0:
        before, after = text[place - 1 : place], text[place + len(part) : place + len(part) + 1]
        if not (_in_word(before) or (before and before in joined_by)) and not _in_word(after):
            return True
        place = text.find(part, place + 1)
    return False


def _in_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def holds(text: Sequence[str], part: Sequence[str]) -> bool:
    """Return whether the words of `part` follow one another in `text`."""
    size = len(part)
    if not 0 < size <= len(text) or part[0] not in text:
        return False
    first, wanted = part[0], list(part)
    return any(
        text[place] == first and list(text[place:place + size]) == wanted for place in range(len(text) - size + 1))
