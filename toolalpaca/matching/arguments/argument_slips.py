"""Arguments that contradict what people said or each other: flags set the other way, choices that differ between calls
that are alike; and choices of an enum that a call cannot do without and that were made up: people had said nothing
but what the function itself and its other arguments account for, so that they would have had to be asked."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from toolalpaca.core.words import akin, name_terms, name_words, words
from toolalpaca.matching.arguments.documented import is_explained
from toolalpaca.matching.arguments.grounding import Documented, SingleValue, is_free_choice, single_values
from toolalpaca.matching.facts.bounds import bounds_in
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language import choices
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.dates import without_days
from toolalpaca.matching.language.text import ASKING_WORDS, FUNCTION_WORDS, NEGATIONS, ORDER_WORDS, denial, listed
from toolalpaca.matching.language.values import number

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
# What leaves it open in a sentence whether something is wanted, or wants it not.
_OPEN = denial("except", "only", "just", "skip", "leave", "rather", "instead", "less", "but", "off", "stop", "cancel",
               "remove", "other than", "out", "whether", "whatever", "whichever", "if", "or")
_DENIED = denial("except", "skip", "stop", "off", "hides?", "hiding", "instead", "needn", "leav\\w+ out", "exclud\\w+",
                 "ignor\\w+", "other than")
_SAYS_BOTH = re.compile(r"^false\b|\b(?:on or off|off or on|yes or no)\b", re.IGNORECASE)
_IF_TRUE = re.compile(r"^true\b(?: (?:if|to|for|when))?|^whether\b", re.IGNORECASE)
_PURPOSE_ENDS = re.compile(r"[,;.:(]| (?:if|unless) ")
_OF_FLAGS = frozenset(words("true false default set told thing item shall should must also when flag turn"))
_NOTHING = Documented()
_MOVES = frozenset(words("up down increase increases decrease decreases"))
_LEAST = (choices.sides_of("above")[0] | choices.sides_of("minimum")[0] | {"gt", "gte", "ge"}) - _MOVES
_MOST = (choices.sides_of("below")[0] | choices.sides_of("maximum")[0] | {"lt", "lte", "le"}) - _MOVES
# What is to be so, where people want to know when it is not: tell me unless it stays above five.
_KEPT_INSIDE = denial("stay\\w*", "keep\\w*", "remain\\w*", "should", "unless", "otherwise", "until", "back")
_LONGEST_NAME = 3  # words of a value that may be a name; longer ones are texts, which may be the ground of a choice
_TELLING = frozenset(words("another other else same different more less most best well late early good once both"))
_POLITE = frozenset(listed(
    "please thank hello hi hey dear sir madam morning evening afternoon assistant kindly wish let show ask asking do "
    "set up me add put create start open submit send fetch bring book order request number day date name named "
    "called new great grateful glad happy today m d ll ve re im id"
))


def turned_flags(arguments: Mapping[str, Any], evidence: Evidence, function: Documented = _NOTHING) -> Iterator[str]:
    """Yield the arguments that are true where people said the opposite, or false where they said that very word, or
    what the description says the flag is for; none if they asked for both, or said it and its opposite."""
    for name, value in arguments.items() if not _BOTH_WAYS.search(evidence.told_text) else ():
        parts = [part for part in name_words(name) if part not in FLAG_WORDS and len(part) > 2]
        is_plain = len(parts) > 1 or function.name not in evidence.deeds  # of a change: it may say what was so before
        if value is False and (is_plain and _is_wanted(parts, evidence)
                               or _is_described(function.descriptions.get(name, ""), evidence)):
            yield f"{name} = {value}"
            continue
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


def turned_bounds(arguments: Mapping[str, Any], function: Documented, evidence: Evidence) -> Iterator[str]:
    """Yield the choices that set a bound on the other side of a number than people did: atMost for `two metres or
    more`."""
    given = {amount for value in arguments.values() if (amount := number(value)) is not None}
    said = [bound for text in evidence.told for one in sentences_of(text) if given and not _KEPT_INSIDE.search(one)
            for bound in bounds_in(one)]
    for name, value in arguments.items() if said else ():
        options, side = function.schemas.get(name, {}).get("enum"), _side_of(value)
        if side is None or not isinstance(options, list) or ORDER_WORDS & {*name_words(name)}:
            continue
        own = {bound.least for bound in said if given.intersection(bound.figure.values)}
        if own == {not side} and any(_side_of(one) is (not side) for one in options):
            yield f"{name} = {value}"


def _side_of(choice: object) -> bool | None:
    """Return whether a choice says that a number is the least, and not the most; None if it says neither or both."""
    parts = {*name_terms(choice)} if isinstance(choice, str) else frozenset()
    is_least, is_most = bool(parts & _LEAST), bool(parts & _MOST)
    return None if is_least is is_most else is_least


def _is_wanted(parts: Sequence[str], evidence: Evidence) -> bool:
    """Return whether sentences have all words of a flag's name, in any form, and none of them denies anything or leaves
    it open; a name of one word has to be that word, as a plane is not planned."""
    found = [one for text in evidence.told if parts for one in sentences_of(text) for said in [{*words(one)}]
             if all(choices.is_meant(part, said) for part in parts)
             and (len(parts) > 1 or any(word.startswith(parts[0][:-2]) for word in said))]
    return bool(found) and not any(map(_OPEN.search, found))


def _is_described(text: str, evidence: Evidence) -> bool:
    """Return whether a sentence has two words, and half of those, by which a description says what a flag is for, and
    denies it exactly if the description does: nothing from the cache, for `Build without the cache`."""
    purpose = "" if _SAYS_BOTH.search(text.strip()) else _PURPOSE_ENDS.split(_IF_TRUE.sub("", text.strip()))[0]
    own = {word for word in words(purpose) if len(word) > 2} - FUNCTION_WORDS - FLAG_WORDS - _OF_FLAGS
    for one in (one for text in evidence.told for one in sentences_of(text)) if len(own) > 1 else ():
        said = {*words(one)}
        found = sum(choices.is_meant(word, said) for word in own)
        if found > 1 and 2 * found >= len(own) and bool(_DENIED.search(one)) == bool(_DENIED.search(purpose)):
            return True
    return False


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
