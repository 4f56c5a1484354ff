"""What a conversation gives an assistant to work with: the instruction, the user's answers, and earlier results."""

import re
from collections.abc import Sequence
from typing import Any

from toolalpaca.evaluation.codes import names_of
from toolalpaca.evaluation.golden import leaves
from toolalpaca.evaluation.made import MadeCall
from toolalpaca.evaluation.same_value import number
from toolalpaca.evaluation.wording import date_words, dates_in, holds, words

_CODE = re.compile(r"[A-Z]{2,3}|[a-z]{2}(?:[-_][A-Z]{2})?")
_IN_A_DATE = re.compile(r"\b\d+(?:st|nd|rd|th)\b|\b\d{4}-\d\d-\d\d\S*", re.IGNORECASE)  # numbers that count nothing
# Words that stand in any instruction and say nothing about a value that happens to consist of them.
_EMPTY_WORDS = set(words("i me my mine we us our you your it its he him his she her they them their a an the of to in "
                         "on at by for and or not no yes is are be do all any none other some"))


class Said:
    """The instruction of a case and what its solution learned on the way."""

    def __init__(self, instruction: str, calls: Sequence[MadeCall]) -> None:
        self.text = instruction
        self.words = words(instruction)
        self._counts = words(_IN_A_DATE.sub(" ", instruction))
        self._calls = calls

    def fixes(self, value: Any, schema: dict[str, Any]) -> bool:
        """Whether the instruction gives this value, so that an assistant has no choice.

        An identifier such as `edit_content` that is put together from the instruction's words is somebody's idea,
        unless it is one of the schema's choices.
        """
        if not isinstance(value, str):
            return says(self._counts, value)
        if _CODE.fullmatch(value):
            is_word = value in _EMPTY_WORDS
            return (not is_word and bool(re.search(rf"\b{value}\b", self.text))) or any(
                holds(self.words, words(name)) for name in names_of(value))
        if _is_identifier(value) and value not in (schema.get("enum") or ()):
            return value.casefold() in self.text.casefold()
        return not set(words(value)) <= _EMPTY_WORDS and says(self.words, value)

    def grounds(self, value: Any, before: int) -> bool:
        """Whether every part of the value is in the instruction or in what came back before the call at `before`."""
        texts = [self.words, *(call.observed for call in self._calls if call.place < before)]
        return all(any(says(text, leaf) for text in texts) or _put_together(self.words, leaf) for leaf in leaves(value)
                   if leaf is not None and not isinstance(leaf, bool) and leaf != "")


def _is_identifier(value: str) -> bool:
    return bool(re.fullmatch(r"\w+", value) and re.search(r"[a-z\d]_[a-z\d]|[a-z][A-Z]", value))


def _put_together(text: Sequence[str], value: Any) -> bool:
    """Whether a value is made of words of the text in their order: USD/JPY of "from USD to JPY"."""
    parts = words(value) if isinstance(value, str) else []
    rest = iter(text)
    return len(parts) > 1 and all(part.isalpha() and part in rest for part in parts)


def says(text: Sequence[str], value: Any) -> bool:
    """Whether a text, given as words, holds a value that is no object or array."""
    if isinstance(value, bool) or value is None:
        return False
    as_number = number(value)
    if as_number is not None and f"{as_number:.15g}" in text:
        return True
    days = (form for day in dates_in(str(value)) for form in date_words(day))
    return any(holds(text, form) for form in days) or holds(text, words(str(value))) or _runs_into(text, str(value))


def _runs_into(text: Sequence[str], value: str) -> bool:
    """Whether neighbouring words of the text, written together, are the value: USDJPY of "USD/JPY"."""
    whole = "".join(words(value))
    if len(whole) < 4 or not whole.isalpha():
        return False
    for place, word in enumerate(text):
        joined, end = word, place + 1
        while len(joined) < len(whole) and whole.startswith(joined) and end < len(text):
            joined, end = joined + text[end], end + 1
        if joined == whole:
            return True
    return False
