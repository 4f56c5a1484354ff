"""Arguments that contradict what people said or each other: flags set the other way, choices that differ between calls
that are alike."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from toolalpaca.core.words import name_words, words
from toolalpaca.matching import choices
from toolalpaca.matching.deeds import Done
from toolalpaca.matching.evidence import Evidence

_EMPTY = frozenset(words("is has have with without include included includes enable enabled allow allowed only show"))
_NEGATED_AFTER = r"(?:\s+(?:\w+\s+){0,2}(?:off|false|no|not|disabled|none)\b)"
_NEGATED_BEFORE = (
    r"(?:(?:\b(?:no|not|nothing|without|never|skip|except|excluding|leav\w+ out|(?:other|rather) than|instead of)"
    r"|n['’]t)\s+(?:[\w'’]+\s+){0,3})"
)


def turned_flags(arguments: Mapping[str, Any], evidence: Evidence) -> Iterator[str]:
    """Yield the arguments that are true where people said the opposite, or false where they said that very word."""
    for name, value in arguments.items():
        parts = [part for part in name_words(name) if part not in _EMPTY and len(part) > 3]
        if not isinstance(value, bool) or len(parts) != 1:
            continue
        own, other = choices.sides_of(parts[0])
        is_said, is_negated = _heard(own, evidence)
        if is_said and not value or is_negated and not is_said and value or _heard(other, evidence)[0] and value:
            yield f"{name} = {value}"


def _heard(side: frozenset[str], evidence: Evidence) -> tuple[bool, bool]:
    """Return whether one of the words was said as it is, and whether with a `not` or an `off`."""
    said = negated = False
    for text in evidence.told:
        for word in side:
            for match in re.finditer(
                rf"(?P<before>{_NEGATED_BEFORE})?\b{re.escape(word)}s?\b(?P<after>{_NEGATED_AFTER})?",
                text,
                re.IGNORECASE,
            ):
                negated, said = (
                    negated or bool(match["before"] or match["after"]),
                    said or not (match["before"] or match["after"]),
                )
    return said, negated


def differing_choices(
    done: Sequence[Done], evidence: Evidence, schemas: Mapping[str, Mapping[str, dict[str, Any]]]
) -> Iterator[Done]:
    """Yield the calls of a function that changes something whose choice of an enum is another than in the call before
    it, when people asked for neither of the two."""
    before: dict[str, Done] = {}
    for one in done:
        earlier, before[one.call.function] = before.get(one.call.function), one
        for name, value in (one.call.arguments or {}).items() if earlier else ():
            options = schemas.get(one.call.function, {}).get(name, {}).get("enum")
            other = (earlier.call.arguments or {}).get(name) if earlier else None
            if (
                isinstance(options, list)
                and value != other
                and value in options
                and other in options
                and not any(
                    choices.verdict(str(choice), options, evidence.told) == choices.GIVEN for choice in (value, other)
                )
            ):
                yield one
                break
