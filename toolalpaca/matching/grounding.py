"""What a conversation gives an assistant to work with: the instruction, the user's answers, and earlier results."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from toolalpaca.conversation.observation import Leaf, Observation
from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.core.jsons import leaves
from toolalpaca.core.text import words
from toolalpaca.data.schema import DATE_TIME, GET_DETAILS
from toolalpaca.matching.quantities import clock_times, is_relative_day, names_number
from toolalpaca.matching.text import date_words, dates_in, holds
from toolalpaca.matching.values import comma_list, names_of, number
from toolalpaca.openapi.references import resolve

_CODE = re.compile(r"[A-Z]{2,3}|[a-z]{2}(?:[-_][A-Z]{2})?")
_IN_A_DATE = re.compile(r"\b\d+(?:st|nd|rd|th)\b|\b\d{4}-\d\d-\d\d\S*", re.IGNORECASE)  # numbers that count nothing
# Words that stand in any instruction and say nothing about a value that happens to consist of them.
_EMPTY_WORDS = set(words("i me my mine we us our you your it its he him his she her they them their a an the of to in "
                         "on at by for and or not no yes is are be do all any none other some"))

SMALL = 1000  # a number below it may stand in an answer by chance, so the names have to agree too
FREE_TEXT = 6  # words from which on a text is somebody's wording, of which most and not all has to be given
SHARE_GIVEN = 0.6
_FILLERS = frozenset(words("a an the of to in on at by for and or with from is are be my your i me you we it this that "
                           "please about as into"))
_ID_WORDS = frozenset({"id", "key", "code", "uuid", "slug", "ref", "reference", "number", "handle", "token"})


class Said:
    """The instruction of a case and what its solution learned on the way."""

    def __init__(self, instruction: str, calls: Sequence[PredictedCall]) -> None:
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


@dataclass
class Given:
    """What the assistant had been given before one of its calls."""

    told: list[str]  # the instruction and the user's answers
    seen: list[Observation] = field(default_factory=list)
    today: date | None = None  # where it has looked at the clock

    def __post_init__(self) -> None:
        self.told_words = [words(text.replace("%", " percent ")) for text in self.told]
        self.told_all = {word for text in self.told_words for word in text}
        self.leaves = [leaf for seen in self.seen for leaf in seen.leaves]
        self.texts = [seen.words for seen in self.seen]


def given_before(instruction: str, calls: Sequence[PredictedCall], place: int) -> Given:
    """What had been given before the call at `place`; errors count too, since they name what is allowed."""
    told, seen, today = [instruction], [], None
    for call in calls[:place]:
        if call.function == GET_DETAILS:
            told.append(call.observation)
        else:
            seen.append(Observation(call.observation))
        if call.function == DATE_TIME:
            today = _day(call.observation)
    return Given(told, seen, today)


def ungrounded(arguments: dict[str, Any], schemas: dict[str, dict[str, Any]], document: dict[str, Any],
               given: Given) -> Iterator[tuple[str, Any]]:
    """The arguments, down to their single values, that nobody gave: each with the name it stands under."""
    for name, value in arguments.items():
        yield from _ungrounded(name, value, schemas.get(name, {}), document, given, frozenset(_name_words(name)))


def _ungrounded(where: str, value: Any, schema: Any, document: dict[str, Any], given: Given,
                names: frozenset[str]) -> Iterator[tuple[str, Any]]:
    part = _opened(schema, document)
    if value is None or isinstance(value, bool) or value == "" or _in_document(value, part):
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            inner_schema = (part.get("properties") or {}).get(name, {})
            yield from _ungrounded(f"{where}.{name}", inner, inner_schema, document, given, names | _name_words(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _ungrounded(where, inner, part.get("items") or {}, document, given, names)
    elif not is_given(value, given, names):
        yield where, value


def is_given(value: Any, given: Given, names: frozenset[str]) -> bool:
    """Whether a single value was given; `names` are the words of the argument's name."""
    as_number = number(value)
    if as_number is not None and _number_given(as_number, given, names):
        return True
    if as_number is not None and not isinstance(value, str):
        return False
    text = str(value)
    return _text_given(text, given) or _day_given(text, given) or _all_given(comma_list(text), given, names)


def _all_given(parts: list[str] | None, given: Given, names: frozenset[str]) -> bool:
    return bool(parts) and all(is_given(part, given, names) for part in parts or ())


def _number_given(value: float, given: Given, names: frozenset[str]) -> bool:
    # The sign is not among the words of a text.
    if any(names_number(text, abs(value)) for text in given.told_words):
        return True
    same = [leaf for leaf in given.leaves if number(leaf.value) == value]
    return any(abs(value) >= SMALL or value != int(value) or _about_the_same(leaf, names) for leaf in same)


def _about_the_same(leaf: Leaf, names: frozenset[str]) -> bool:
    return bool(leaf.names & names) or bool(leaf.names & _ID_WORDS and names & _ID_WORDS)


def _text_given(text: str, given: Given) -> bool:
    """Word for word in one text, or in other order among what the user told; of a long text most of it."""
    wanted = words(text.replace("_", " "))
    if not wanted:
        return True
    joined = "".join(wanted)
    for source in [*given.told_words, *given.texts]:
        if holds(source, wanted) or (len(joined) > 4 and joined in "".join(source)):
            return True
    if any(holds(source, words(name)) for name in names_of(text) for source in given.told_words):
        return True
    content = [word for word in wanted if word not in _FILLERS] or wanted
    known = given.told_all | ({word for source in given.texts for word in source} if len(content) >= FREE_TEXT
                              else set())
    share = sum(_stem(word) in {_stem(one) for one in known} for word in content) / len(content)
    return share >= (SHARE_GIVEN if len(content) >= FREE_TEXT else 1.0)


def _stem(word: str) -> str:
    """Enough of a word to tell `booking` and `booked` as one."""
    for ending in ("ing", "ed", "er", "ly", "ion", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[:-len(ending)]
    return word


def _day_given(text: str, given: Given) -> bool:
    """A day or time of day, in any way of writing it; `tomorrow` where the assistant has looked at the clock."""
    head = text[:10] if text[10:11] in ("T", " ") else text
    times = clock_times(text)
    time_is_given = not times or times == {"00:00"} or any(times & clock_times(told) for told in given.told)
    days = [day.date() if isinstance(day, datetime) else day for day in dates_in(head)]
    if not days:
        return bool(times) and time_is_given
    for day in days:
        forms = [*date_words(day), words(f"{day:%B %Y}")]
        if any(holds(source, form) for source in [*given.told_words, *given.texts] for form in forms):
            return time_is_given
        if given.today and any(is_relative_day(told, day, given.today) for told in given.told):
            return True
    return False


def _in_document(value: Any, part: dict[str, Any]) -> bool:
    """A default, the one value or one of the choices that the document gives."""
    choices = part.get("enum")
    return (isinstance(choices, list) and value in choices) or ("default" in part and part["default"] == value) \
        or ("const" in part and part["const"] == value)


def _opened(schema: Any, document: dict[str, Any]) -> dict[str, Any]:
    try:
        part = resolve(document, schema)
    except ValueError:
        return {}
    merged = dict(part)
    for inner in part.get("allOf") or []:
        opened = _opened(inner, document) if isinstance(inner, dict) else {}
        merged = {**opened, **merged, "properties": {**(opened.get("properties") or {}),
                                                     **(merged.get("properties") or {})}}
    return merged


def _name_words(name: str) -> frozenset[str]:
    return frozenset(words(name.replace("_", " ")))


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text[:10]).date()
    except ValueError:
        return None
