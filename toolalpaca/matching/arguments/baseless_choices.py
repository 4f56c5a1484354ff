"""Choices of an enum that a call cannot do without and that were made up: people had said nothing but what the function
itself and its other arguments account for, so that they would have had to be asked."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from toolalpaca.core.words import akin, name_terms, words
from toolalpaca.matching.arguments.documented import is_explained
from toolalpaca.matching.arguments.grounding import Documented, SingleValue, is_free_choice, single_values
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language import choices
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.text import ASKING_WORDS, FUNCTION_WORDS, listed

_LONGEST_NAME = 3  # words of a value that may be a name; longer ones are texts, which may be the ground of a choice
_TELLING = frozenset(words("another other else same different more less most best well late early good once both"))
_POLITE = frozenset(listed(
    "please thank hello hi hey dear sir madam morning evening afternoon assistant kindly wish let show ask asking do "
    "set up me add put create start open submit send fetch bring book order request number day date name named "
    "called new great grateful glad happy today m d ll ve re im id"
))


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
    said = {word for text in evidence.told for word in words(_without_days(text)) if not word[0].isdigit()}
    return any(not any(akin(word, other) for other in known) for word in said - known)


def _without_days(text: str) -> str:
    for day in reversed(days_in(text)):
        text = text[: day.start] + " " + text[day.end :]
    return text
