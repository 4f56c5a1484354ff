"""What people gave for a parameter and the calls left out, of functions that change something and of those that look
something up."""

import re
from collections.abc import Iterator, Mapping, Sequence

from toolalpaca.core.words import akin, name_terms, name_words, words
from toolalpaca.matching.arguments.deeds import Done
from toolalpaca.matching.arguments.documented import is_for_wording
from toolalpaca.matching.arguments.given_values import GivenParameter, Used, given_for
from toolalpaca.matching.arguments.grounded_people import PARTY, PERSON
from toolalpaca.matching.arguments.grounded_texts import OPEN_TEXT
from toolalpaca.matching.facts.evidence import Evidence, Shown
from toolalpaca.matching.language import choices
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.numbers import Figure, figures_in
from toolalpaca.matching.language.text import FUNCTION_WORDS, holds
from toolalpaca.matching.language.values import number

_CANNOT = re.compile(
    r"\b(?:cannot|could not|unable|only|no (?:way|field|option|place|room|longer)|unfortunately|sorry|afraid|without"
    r"|instead|not (?:\w+ )?(?:possible|able|support\w*|accept\w*|allow\w*|offer\w*|includ\w*|be|set|stor\w*|sav\w*"
    r"|record\w*|tak\w*|let|have|know)|failed|refused|rejected|ignored)\b|(?:ca|could|does|do|did|wo|would)n['’]t\b",
    re.IGNORECASE,
)
_AGES = frozenset(words("child kid adult infant baby senior teen student"))
_SHARES = frozenset(words("percent percentage tax vat discount commission interest tip share"))
_RATINGS = frozenset(words("rating stars star score rate mark grade"))
_RATED = re.compile(
    r"\b(?P<digits>\d+|one|two|three|four|five|six|seven|eight|nine|ten)(?:\s+out of\s+|/)(?:\d+|five"
    r"|ten)\b"
    r"|\b(?P<stars>\d+|one|two|three|four|five)[- ]stars?\b",
    re.IGNORECASE,
)
_OF_US = re.compile(r"\b(?P<many>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten) of us\b", re.IGNORECASE)
_TIMED = frozenset({"minute", "hour", "day", "night", "week"})
_ONLY_IF = re.compile(
    r"\b(?:only|but|just|then) if\b|\b(?:as long as|provided|unless|if it(?:['’]s| is| comes))\b", re.IGNORECASE)


def left_arguments(
    done: Sequence[Done], evidence: Evidence, parameters: Mapping[str, Sequence[GivenParameter]], answer: str = ""
) -> Iterator[str]:
    """Yield the parameters of functions that changed something for which people gave a value and no call has one; not
    those of which the answer says that they cannot be given."""
    refused = [words(one) for one in sentences_of(answer) if _CANNOT.search(one)]
    used = Used.of(evidence)
    for function, calls in _by_function([one.shown for one in done if one.succeeded]).items():
        for parameter in _left_in(calls, parameters.get(function, ())):
            found = given_for(parameter, used) or _asked_for_text(parameter, evidence)
            found = found or _lost(parameter, calls, evidence)
            if not found and parameter.schema.get("type") in ("integer", "number"):
                found = _number_given(parameter, evidence)
            if found and not any(holds(one, words(found)) for one in refused):
                yield f"{parameter.name}: {found}"


def _asked_for_text(parameter: GivenParameter, evidence: Evidence) -> str:
    """Return the words by which people wanted a text to be put into a parameter that is for one: as the reason, write
    what it is for, tell the yard."""
    if parameter.schema.get("type") != "string":
        return ""
    names = "|".join(map(re.escape, parameter.parts & OPEN_TEXT)) or "(?!)"
    opening = words(parameter.text)[:1]
    wording = re.escape(opening[0]) if opening and is_for_wording(parameter.text) else "(?!)"
    told = "|".join(map(re.escape, {*parameter.parts, *words(parameter.text)} - FUNCTION_WORDS)) or "(?!)"
    hearer = rf"tell (?:the |our |your )?(?:{told})s?" if parameter.parts & OPEN_TEXT else "(?!)"
    match = re.search(rf"\b(?:as|in) (?:the|a|my|your) (?:{names})\b|\b{hearer}\b"
                      rf"|\b(?:make|leave|add|write) (?:a|the) (?:{names}) (?:that|saying|to say)\b"
                      rf"|\b(?:write|note|add|jot|put|mention)(?: down| in)? {wording}\b",
                      evidence.told_text, re.IGNORECASE)
    return match[0] if match else ""


def _lost(parameter: GivenParameter, calls: Sequence[Shown], evidence: Evidence) -> str:
    """Return the choice that people named and a call that looked something up had for a parameter of this name, when
    the result of the change shows another one."""
    looked = {one.call.given.get(parameter.name) for one in evidence.results if one not in calls}
    shown = {leaf.value for one in calls for leaf in one.seen.leaves if leaf.path[-1:] == (parameter.name,)}
    said = [one for one in parameter.options
            if one in looked and choices.verdict(one, parameter.options, evidence.told) == choices.GIVEN]
    return said[0] if len(said) == 1 and shown and said[0] not in shown else ""


def left_filters(
    reads: Sequence[Shown], evidence: Evidence, parameters: Mapping[str, Sequence[GivenParameter]]
) -> Iterator[str]:
    """Yield the parameters of functions that look something up for which people gave a value and no call has one.

    Results that show values of the same name, one thing or unlike ones, need no filter: the assistant may have picked
    from them what was asked for. Neither does a choice that names one of their fields.
    """
    used = Used.of(evidence)
    given = {name for one in evidence.results for name in one.call.given}
    for function, calls in _by_function(reads).items():
        for parameter in _left_in(calls, parameters.get(function, ())):
            if parameter.name in given:
                continue
            shown = _shown_under(parameter, calls)
            found = given_for(parameter, used)
            if found and not _is_condition(found, evidence) and not _is_shown(parameter, found, shown, calls) \
                    and not _lies_in_shown(found, calls):
                yield f"{parameter.name}: {found}"
            elif not found and parameter.schema.get("type") == "string" and len(shown) > 1 and len(set(shown)) == 1:
                yield from (f"{parameter.name}: {name}" for name in shown[:1] if used.lacks_name(name))


def _is_condition(found: str, evidence: Evidence) -> bool:
    """Return whether people gave a value only as what a change depends on: but only if it is under 100."""
    sentences = [sentence for text in evidence.told for sentence in sentences_of(text)]
    return bool(evidence.deeds) and any(
        match.end() <= sentence.find(found) for sentence in sentences for match in _ONLY_IF.finditer(sentence))


def _by_function(calls: Sequence[Shown]) -> dict[str, list[Shown]]:
    found: dict[str, list[Shown]] = {}
    for one in calls:
        found.setdefault(one.call.function, []).append(one)
    return found


def _left_in(calls: Sequence[Shown], parameters: Sequence[GivenParameter]) -> Iterator[GivenParameter]:
    """Yield the parameters that none of the calls has."""
    given = {name for one in calls for name in one.call.given}
    yield from (parameter for parameter in parameters if parameter.name not in given)


def _shown_under(parameter: GivenParameter, calls: Sequence[Shown]) -> list[str]:
    """Return what the results show under a parameter's name."""
    own = name_words(parameter.name)
    leaves = [leaf for one in calls for leaf in one.seen.leaves if leaf.path]
    return [str(leaf.value) for leaf in leaves if name_words(leaf.path[-1]) == own]


def _is_shown(parameter: GivenParameter, found: str, shown: Sequence[str], calls: Sequence[Shown]) -> bool:
    """Return whether results leave no need of a filter, by what they show under its name or of the same word."""
    if parameter.options or parameter.schema.get("type") == "boolean":
        fields = {word for one in calls for leaf in one.seen.leaves if leaf.path for word in name_terms(leaf.path[-1])}
        if fields.intersection(words(found.replace("_", " "))):
            return True
    is_other = len(set(shown)) > 1 or bool(parameter.options) and found not in shown
    return bool(shown) and (len(shown) < 2 or is_other)


def _lies_in_shown(found: str, calls: Sequence[Shown]) -> bool:
    """Return whether a year lies in a span of years that results show, from which the right thing can be picked."""
    texts = (leaf.value for one in calls for leaf in one.seen.leaves if isinstance(leaf.value, str))
    return found.isdigit() and any(
        int(span["first"]) <= int(found) <= int(span["last"] or found)
        for text in texts for span in _YEARS.finditer(text)
    )


def _number_given(parameter: GivenParameter, evidence: Evidence) -> str:
    parts = parameter.parts | {match[1].lower() for match in _NUMBER_OF.finditer(parameter.text)}
    used = {value for leaf in evidence.asked if (value := number(leaf)) is not None}
    for figure in evidence.told_figures:
        if _is_for(figure, parts) and not any(value in used or value / 100 in used for value in figure.values):
            return figure.text
    if PARTY.intersection(words(parameter.text)) and not parts & _AGES:
        for people in PERSON.finditer(evidence.told_text):
            size = figures_in(people["many"])[0].values[0] if people["many"] else 1
            if size > 1 and size not in used and size + 1 not in used:
                return people[0]
    if parts & PARTY and (us := _OF_US.search(evidence.told_text)):
        size = figures_in(us["many"])[0].values[0]
        return "" if size in used or size - 1 in used else us[0]
    if parts & _RATINGS:
        match = _RATED.search(evidence.told_text)
        said = number(words(match["digits"] or match["stars"])[0]) if match else None
        return match[0] if match and said not in used else ""
    for noun in _SINGLE.findall(evidence.told[0].lower()):
        if any(_is_noun_of(noun, part) for part in parts) and 1.0 not in used:
            return noun
    return ""


_YEARS = re.compile(r"(?<![\d-])(?P<first>\d{4})\s?[-–]\s?(?:(?P<last>\d{4})(?![\d-])|(?!\s?\w))")
_NUMBER_OF = re.compile(r"\b(?:number of|how many) (\w{4,})", re.IGNORECASE)
_SINGLE = re.compile(r"\b(?:and|plus|with|,) (?:an?|one) (?:\w+ )?(\w{4,})")


def _is_for(figure: Figure, parts: frozenset[str]) -> bool:
    """Return whether a number says what a parameter of this name counts or measures."""
    if figure.unit is not None and figure.unit.dimension == "duration" and figure.unit.name in parts | {"hour"}:
        return bool(parts & _TIMED)
    if figure.percent:
        return bool(parts & _SHARES)
    return bool(figure.noun) and figure.unit is None and any(_is_noun_of(figure.noun, part) for part in parts)


def _is_noun_of(noun: str, part: str) -> bool:
    return len(part) > 3 and len(noun) > 3 and akin(noun, part)
