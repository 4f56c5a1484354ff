"""Questions that compare results of calls: worded for an instruction, parsed from it, and answered."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from offline_llm.knowledge.english import split_identifier, spoken

QUESTION_FORMS = {
    "difference": ("How much do the two differ in {}?", "What is the difference between the two in {}?",
                   "Which of the two has the higher {}, and by how much?"),
    "highest": ("Which of them has the highest {}?", "Which one has the highest {}?"),
    "count": ("For which of the two are there more entries?", "For which of the two are there more entries, and by how "
              "much?"),
    "lowest": ("Which of them has the lowest {}?", "Which one has the lowest {}?"),
}
_QUESTION = re.compile(
    r"(?:^|(?<=[.!?\"”])\s+)(?:How much do the two differ in|What is the difference between the two in|"
    r"Which of the two has the higher|Which (?:of them|one) has the (?P<end>highest|lowest)|"
    r"For which of the two are there more) (?P<field>[\w ]+?)"
    r"(?:, and by how much)?\?", re.IGNORECASE)
ENTRIES = "entries"
NAMES = frozenset({"name", "title", "headline", "label", "subject"})  # the last word of a field that names a thing


@dataclass(frozen=True)
class Comparison:
    """A comparing question: the `difference` of two results or the `highest` or `lowest` entry, and in which field."""

    kind: str
    field: str  # in words, such as "market cap"; ENTRIES means the length of a list


def field_words(name: str) -> str:
    """Return a field's name as used in a question: "market cap" for `marketCap`, "number of goals" for `goals`."""
    words = split_identifier(name)
    counts = words and words[-1].endswith("s") and not words[-1].endswith(("ss", "us", "is"))
    return f"{'number of ' if counts else ''}{spoken(words)}"


def without_comparison(text: str) -> tuple[str, Comparison | None]:
    """Return a text without its comparing question, and the question."""
    match = _QUESTION.search(text)
    if match is None:
        return text, None
    rest = f"{text[:match.start()]} {text[match.end():]}".strip()
    return rest, Comparison((match["end"] or "difference").lower(), match["field"].lower())


def answered(comparison: Comparison, responses: Sequence[tuple[str, Any]]) -> str:
    """Return the answer as a sentence; each response comes with its name."""
    if comparison.field == ENTRIES:
        values = [(label, float(len(_longest_list(response)))) for label, response in responses]
    elif comparison.kind == "difference":
        values = [(label, found[0][1]) for label, response in responses
                  if (found := list(_entries(response, comparison.field)))]
    else:
        values = [entry for _, response in responses for entry in _entries(response, comparison.field)]
    if len(values) == 1 and comparison.kind != "difference" and comparison.field != ENTRIES:
        return f"There is only one, {values[0][0]}; its {comparison.field} is {values[0][1]:g}."
    if len(values) < 2:
        return f"The results do not give the {comparison.field} that it takes to compare them."
    low, high = (choose(values, key=lambda entry: entry[1]) for choose in (min, max))
    if comparison.kind != "difference":
        name, value = high if comparison.kind == "highest" else low
        return f"The {comparison.kind} {comparison.field} is {value:g}, that of {name}."
    field = "number of entries" if comparison.field == ENTRIES else comparison.field
    if low[1] == high[1]:
        return f"Both have the same {field}, {low[1]:g}."
    return (f"{high[0]} has the higher {field}: {high[1]:g} against {low[1]:g}, a difference of "
            f"{round(high[1] - low[1], 6):g}.")


def _longest_list(value: Any) -> list[Any]:
    """Return the longest list in a response, the response itself or directly in it; [] if there is none."""
    parts = value.values() if isinstance(value, dict) else (value,)
    return max((part for part in parts if isinstance(part, list)), key=len, default=[])


def _entries(value: Any, field: str, name: str = "one entry") -> Iterator[tuple[str, float]]:
    """Yield the numbers under a field of that name, at any depth, each with the name of the object it belongs to."""
    if isinstance(value, list):
        for part in value:
            yield from _entries(part, field, name)
    elif isinstance(value, dict):
        own = next((part for key, part in value.items() if NAMES.intersection(split_identifier(key)[-1:])
                    and isinstance(part, str)), name)
        for key, part in value.items():
            if field_words(key).lower() == field and isinstance(part, int | float) and not isinstance(part, bool):
                yield own, part
            elif isinstance(part, dict | list):
                yield from _entries(part, field, own)
