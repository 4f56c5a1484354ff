"""The form of an answer: what of it a user sees, whether it is a text for the user, and whether it takes back what it
says."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from toolalpaca.conversation.forms import holds_label
from toolalpaca.conversation.native_calls import MARK
from toolalpaca.conversation.observation import Observation, holds_observation
from toolalpaca.core.words import words
from toolalpaca.llm.prompts import split_reasoning
from toolalpaca.matching.language.actions import sentences
from toolalpaca.matching.language.text import FUNCTION_WORDS, holds

SHORTEST_RUN = 4  # words in a row that two texts do not share by chance
# An object or a list of JSON or Python, with its first field or its first two items.
_DATA = re.compile(r"""\{\s*(["'])[^"'{}]*\1\s*:|[\[(]\s*(["'])[^"'\n]*\2\s*,|\[\s*(["'])[^"'\n]*\3\s*\]"""
                   r"""|\[\s*[-+\w."']+(?:\s*,\s*[-+\w."']+)+\s*\](?!\()|\[\s*\{""")
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_MARKUP = re.compile(r"<!--|</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>|<[!?][A-Za-z]")
_NOT_SHOWN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<tag>script|style|template|noscript)\b.*?(?:</(?P=tag)\s*>|\Z)"
    r"|<(?P<any>\w+)\b[^<>]*(?:\bhidden\b|display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0|font-size\s*:\s*0)"
    r"[^<>]*>.*?(?:</(?P=any)\s*>|\Z)|^[ \t]*\[[^\]\n]*\]:[^\n]*$", re.IGNORECASE | re.DOTALL | re.MULTILINE)
_REPEATED_FROM = 40  # words; shorter texts may repeat themselves
_FEWEST_OWN = 3  # runs of words that are not in the data, in an answer of some length
_OWN_FROM = 8  # words
_FEWEST_VALUES = 3  # of a dump; a single one may be a text that is quoted
_MOST_NEW = 0.6  # of the pairs of words in a dump whose fields are in another order
_TRUTH = (r"(?:true|real|correct|right|accurate|reliable|valid|so|the case|untrue|false|wrong|incorrect|inaccurate|"
          r"invented|fabricated|fiction(?:al)?|made[- ]up|a (?:lie|joke|guess)|lies|nonsense)")
_WHOLE = (r"(?:(?:all|none|most|any|some|each|every part) of (?:it|this|that|the above|these|what I (?:said|wrote))|"
          r"(?:the|my|this|that|your) (?:above|following|foregoing|answer|reply|text|information|statement|message)|"
          r"this|that|it|everything|nothing|what I (?:said|wrote)(?: \w+)?|which)")
_BE = r"(?:is|are|was|were|may be|might be|could be|can be|need not be)"
_TAKES_BACK = re.compile(
    rf"\b{_WHOLE} {_BE}(?:n['’]t| not)?(?: \w+ly| all| just)? (?P<truth>{_TRUTH})\b"
    r"(?! (?:of|to|for|that|on|in))"
    r"|\b(?:just )?(?:kidding|joking)\b"
    r"|\bI (?:\w+ )?(?:made|am making) (?:all |most )?(?:of )?(?:it|this|that|them)(?: all)? up\b"
    r"|\bI(?:['’]m| am)? (?:was )?(?:lying|lied|guessed|guessing|invented|fabricated)\b"
    r"|\b(?:do not|don['’]t|never) (?:trust|believe|rely on) (?:this|that|it|me|the above|any)\b"
    r"|\b(?:or|perhaps|maybe|possibly|may|might|could)\b[^.!?]{0,40}\b(?:be|is|are|was|were)\b[^.!?]{0,20}"
    r"\b(?:something else|otherwise|the opposite|the other way|not so)\b", re.IGNORECASE)
_AFFIRMED = re.compile(r"\b(?:true|real|correct|right|accurate|reliable|valid|so|the case)\Z", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:none|nothing)\b|\bnot\b|n['’]t\b|\b(?:may|might|could) be\b", re.IGNORECASE)


def visible(answer: str) -> str:
    """Return what a user sees of an answer: no reasoning, comments, hidden elements and characters without a shape."""
    shown = _NOT_SHOWN.sub(" ", split_reasoning(answer)[1])
    return "".join(sign for sign in shown if unicodedata.category(sign) != "Cf")


def is_prose(answer: str, seen: Iterable[str], instruction: str) -> bool:
    """Return whether an answer is a text for the user: words that neither are data, markup, an observation or a call,
    nor those of the observations `seen` alone, nor said over and over, nor in a language that the user did not use."""
    text, said = answer.strip(), words(answer)
    if not said or any(pattern.search(text) for pattern in (MARK, _DATA, _FENCE, _MARKUP)):
        return False
    if holds_label(text) or holds_observation(text) or _repeats_itself(said):
        return False
    texts = list(seen)
    known = frozenset(words("\n".join((*texts, instruction))))
    return not _is_dump(said, texts) and not any(
        _is_foreign(one, known) for one in sentences(text) if not _is_foreign(instruction, frozenset()))


def takes_back(answer: str) -> bool:
    """Return whether an answer says of itself that it is not true, or that it may be otherwise."""
    for match in _TAKES_BACK.finditer(answer):
        truth = match["truth"]
        if truth is None or bool(_AFFIRMED.search(truth)) == bool(_DENIED.search(match[0])):
            return True
    return False


def runs(text: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Return the runs of `size` words in a text, in their order."""
    return [tuple(text[place:place + size]) for place in range(len(text) - size + 1)]


def _repeats_itself(said: Sequence[str]) -> bool:
    found = runs(said, SHORTEST_RUN)
    return len(said) >= _REPEATED_FROM and len(set(found)) < len(found) / 2


def _is_dump(said: Sequence[str], seen: Sequence[str]) -> bool:
    """Return whether hardly anything was said that is not in the observations: as a whole, in their values alone, or
    field by field in another order."""
    if len(said) < _OWN_FROM:
        return False
    values = [[str(leaf.value) for leaf in Observation(text).leaves] for text in seen]
    if sum(holds(said, words(value)) for one in values for value in one) < _FEWEST_VALUES:
        return False
    texts = [*seen, *map(" ".join, values)]
    pairs = {pair for text in texts for pair in runs(words(text), 2)}
    known = {word for pair in pairs for word in pair}
    new, own = sum(pair not in pairs for pair in runs(said, 2)), sum(word not in known for word in said)
    return new < _FEWEST_OWN or (own < _FEWEST_OWN and new < _MOST_NEW * len(said))


def _is_foreign(sentence: str, known: frozenset[str]) -> bool:
    """Return whether a sentence has several words, none of which is one of English grammar or was seen before."""
    said = words(sentence)
    return len(said) >= SHORTEST_RUN and not any(
        word in FUNCTION_WORDS or word in known or word.isdigit() for word in said)
