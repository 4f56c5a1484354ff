"""Arguments that contradict what people said or each other: flags set the other way, choices that differ between calls
that are alike; and choices of an enum that a call cannot do without and that were made up: people had said nothing
but what the function itself and its other arguments account for, so that they would have had to be asked."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from toolalpaca.core.words import akin, name_terms, name_words, words
from toolalpaca.matching.arguments.documented import is_explained
from toolalpaca.matching.arguments.grounding import Documented, SingleValue, is_free_choice, single_values
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language import choices
from toolalpaca.matching.language.dates import without_days
from toolalpaca.matching.language.text import ASKING_WORDS, FUNCTION_WORDS, NEGATIONS, listed

# Words in the names of flags that say nothing of what they turn on.
FLAG_WORDS = frozenset(words(
    "is has have with without include included includes enable enabled allow allowed only show want wanted wants need "
    "needed needs require required requires accept accepted send use keep"
))
# What turns something on or off, whatever it is called.
_ON = re.compile(
    r"\b(?:turn|switch|put)\w*\b(?: [\w'’-]+){0,4}? on\b|\b(?:re)?(?:enabl|activat|resum|unpaus)\w*", re.IGNORECASE)
_OFF = re.compile(
    r"\b(?:turn|switch|shut|take)\w*\b(?: [\w'’-]+){0,4}? off\b|\b(?:disabl|deactivat|paus|suspend)\w*", re.IGNORECASE)
_WORKS = frozenset(words("active enabled enable on running live"))
_NEGATED_AFTER = r"(?:\s+(?:\w+\s+){0,2}(?:off|false|no|not|disabled|none)\b)"
_NEGATED_BEFORE = (
    rf"(?:(?:\b(?:{NEGATIONS}|skip|except|excluding|leav\w+ out|(?:other|rather) than|instead of)"
    r"|n['’]t)\s+(?:[\w'’]+\s+){0,3})"
)

# Both ways of a flag are asked for, one after the other.
_BOTH_WAYS = re.compile(
    r"\bwith(?:out)? (?:it |one )?(?:and|or|versus|vs\.?) (?:once |then )?with(?:out)?\b", re.IGNORECASE
)
# What is so now, of which people say what is to become: whatever is paused, the ones that are locked.
_IS_NOW = re.compile(
    r"\b(?:what|whatever|which|whichever|that|who|those|these|everything|anything) (?:\w+ )?(?:is|are|was|were) "
    r"(?:still |now )?$",
    re.IGNORECASE,
)
_LONGEST_NAME = 3  # words of a value that may be a name; longer ones are texts, which may be the ground of a choice
_TELLING = frozenset(words("another other else same different more less most best well late early good once both"))
_POLITE = frozenset(listed(
    "please thank hello hi hey dear sir madam morning evening afternoon assistant kindly wish let show ask asking do "
    "set up me add put create start open submit send fetch bring book order request number day date name named "
    "called new great grateful glad happy today m d ll ve re im id"
))


def turned_flags(arguments: Mapping[str, Any], evidence: Evidence) -> Iterator[str]:
    """Yield the arguments that are true where people said the opposite, or false where they said that very word; none
    if they asked for both, or said it and its opposite."""
    for name, value in arguments.items() if not _BOTH_WAYS.search(evidence.told_text) else ():
        parts = [part for part in name_words(name) if part not in FLAG_WORDS and len(part) > 2]
        if isinstance(value, bool) and {*name_words(name)} & _WORKS and not parts[1:]:
            is_on, is_off = bool(_ON.search(evidence.told_text)), bool(_OFF.search(evidence.told_text))
            if is_on is not is_off and value is is_off:
                yield f"{name} = {value}"
            continue
        if not isinstance(value, bool) or len(parts) != 1:
            continue
        own, other = choices.sides_of(parts[0])
        is_said, is_negated = _heard(own, evidence)
        if value and _heard(other, evidence)[0] or is_said is not is_negated and value is is_negated:
            yield f"{name} = {value}"


def _heard(side: frozenset[str], evidence: Evidence) -> tuple[bool, bool]:
    """Return whether one of the words was said as it is, and whether with a `not` or an `off`."""
    said = negated = False
    for text in evidence.told:
        for word in (word for word in side if word in text.lower()):
            for match in re.finditer(
                rf"(?P<before>{_NEGATED_BEFORE})?\b{re.escape(word)}s?\b(?P<after>{_NEGATED_AFTER})?",
                text,
                re.IGNORECASE,
            ):
                negated, said = (
                    negated or bool(match["before"] or match["after"]),
                    said or not (match["before"] or match["after"] or _IS_NOW.search(text[: match.start()])),
                )
    return said, negated


def baseless_choices(
    arguments: Mapping[str, Any], function: Documented, required: Collection[str], about: str, evidence: Evidence
) -> Iterator[tuple[str, Any]]:
    """Yield the choices of required arguments for which people had given no ground, each with the argument's name.

    `about` is what the API calls itself. Where a single word was said that nothing else accounts for, the choice may
    follow from it.
    """
    made = [one for name in required if name in arguments for one in single_values(name, arguments[name], function)
            if _is_unsaid(one, evidence)]
    if made and not _has_more(arguments, function, about, evidence):
        yield from ((one.where, one.value) for one in made)


def _is_unsaid(one: SingleValue, evidence: Evidence) -> bool:
    options = one.schema.get("enum")
    return (
        isinstance(options, list) and len(options) > 1 and isinstance(one.value, str) and one.value in options
        and not is_free_choice(one, evidence)
        and choices.verdict(one.value, options, evidence.told) == choices.UNSAID
        and not is_explained(one.value, one.text, options, evidence)
    )


def _has_more(arguments: Mapping[str, Any], function: Documented, about: str, evidence: Evidence) -> bool:
    """Return whether people said a word that is not a day or a number, nor says what is to be done or with what."""
    names = (function.name, *function.schemas)
    known = {*words(about), *(term for name in names for term in name_terms(name))}
    values = [words(str(value)) for value in arguments.values()]
    known |= {word for value in values if len(value) <= _LONGEST_NAME for word in value}
    known |= (FUNCTION_WORDS | ASKING_WORDS | _POLITE) - _TELLING
    said = {word for text in evidence.told for word in words(without_days(text)) if not word[0].isdigit()}
    return any(not any(akin(word, other) for other in known) for word in said - known)
