"""Things that people named and no call took up, and things that were changed though neither people nor the answer spoke
of them."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import words
from toolalpaca.matching.arguments.deeds import Done
from toolalpaca.matching.facts.entities import Thing, things_in
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.facts.mentions import Mentions
from toolalpaca.matching.facts.recovery import Outcome, outcome_of
from toolalpaca.matching.language.actions import WITH_PARTICLE, Doing, admits, base_of, doings_of, sentences
from toolalpaca.matching.language.codes import meanings
from toolalpaca.matching.language.dates import days_in, weekdays_in
from toolalpaca.matching.language.superlatives import extremes_in
from toolalpaca.matching.language.text import FUNCTION_WORDS, places_of, stands_in

_IDENTIFIER = re.compile(
    r"(?<![\w@./-])(?:(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z]{1,6}[-_]?\d[\w-]*|[A-Z]{1,4}(?:\.\d{2,}){1,3})\b"
    r"|(?<![\w.,:/-])(?!(?:19|20)\d\d\b)\d{4,}(?![\w.,:/%-]*\w)"
)
_SEVERAL = (
    r"all|both|every\w*|each|others?|rest|them|these|two|three|four|five|six|seven|eight|nine|ten|either|also"
    r"|too(?! (?:many|much|long|late|early|few|little|big|small|expensive|often)\b)"
    r"|as well|instead|another"
)
_ANSWERS_SEVERAL = re.compile(rf"\b(?:{_SEVERAL}|first|then)\b", re.IGNORECASE)
_ASKS_SEVERAL = re.compile(
    rf"\b(?:{_SEVERAL}|any|whole|those|\d+ of|pair|couple|or|otherwise|if|again|back|more|what(?:ever)?"
    r"|which(?:ever)?)\b",
    re.IGNORECASE,
)
_REST_STAYS = re.compile(  # all but one, and nothing is to be done with them
    r"\b(?:rest|others?|other \w+)\s+(?:\w+\s+)?(?:stays?|remains?|kept|keeps?|goes? on|as (?:it|they) )"
    r"|\b(?:keep|leave)(?: all)? (?:the|my|our) (?:rest|others?|other \w+)\b", re.IGNORECASE,
)
_SHORTEST = 3  # letters of a name that may be joined to another one
_NAME = r"[\"“']?(?P<name>(?:#?[A-Z0-9][\w'’.-]*)(?: (?:[A-Z0-9][\w'’.-]*|of|the|de))*)"
_JOINED = (
    r"[\"”']?\s*(?:,? and(?: also| then)?|,? or|vs\.?|versus|against|than|&|\+|,? as well as|,? along with)"
    r"(?: (?:the|of|number|no\.|in|for|at|to|from))*\s+"
)
_AND_NAME, _NAME_AND = re.compile(_JOINED + _NAME), re.compile(rf"{_NAME}{_JOINED}[\"“']?$")
_CONTRACTED = re.compile(r"['’](?:d|ll|m|ve|s|re)\b")
_OR = re.compile(r"\b(?:or|if|else|otherwise|instead|unless|rather)\b", re.IGNORECASE)
_OF_OTHERS = re.compile(r"\b(?:others?|second|latter|rest)\b", re.IGNORECASE)
_AND = r"(?:,? (?:and|then|and then) |, | & )"
_TAKES_AWAY = re.compile(
    r"(?:^|[.!?;,:]\s+|\b(?:please|and|then|you) )(?P<verb>[a-z]+) (?:(?!(?:for|of|in|from|at|on|to)\b)[a-z]+ ){0,2}$",
    re.IGNORECASE)
_BUT = r"\b(?:not|except|without|skip|drop|forget)(?: the)?"  # before what was taken back


def untold_ids(answer: str, done: Sequence[Done], evidence: Evidence) -> Iterator[str]:
    """Yield the numbers of things that people gave and with which nothing was done as with their like, when the answer
    does not say so."""
    said = [match[0] for match in _IDENTIFIER.finditer(evidence.told_text)]
    told = [name for name in said if not re.search(rf"{_BUT} {re.escape(name)}(?![\w-])", evidence.told_text)]
    treated = {str(leaf) for one in done if one.succeeded for leaf in leaves(one.call.given)}
    for name in dict.fromkeys(told):
        like = [other for other in told if other != name and other in treated and _shape(other) == _shape(name)]
        if name not in treated and like and _is_passed_over(name, like, answer, evidence):
            yield name


def _is_passed_over(name: str, like: list[str], answer: str, evidence: Evidence) -> bool:
    tried = [one for one in evidence.results if name in map(str, leaves(one.call.given))]
    failed = any(outcome_of(one.call) in (Outcome.NOTHING, Outcome.REFUSED) for one in tried)
    is_named = _stands_in(name, answer)
    is_joined = not tried and not is_named and any(_are_joined(name, other, evidence.told_text) for other in like)
    if failed and _OR.search(evidence.told_text):
        return is_named and not any(_stands_in(other, answer) for other in like)
    if failed:
        return not admits(answer)
    about = [one for one in sentences(answer) if _stands_in(name, one) or _OF_OTHERS.search(one)]
    return is_joined or is_named and not tried and not any(map(admits, about))


def _are_joined(name: str, other: str, told: str) -> bool:
    """Return whether people gave two numbers in one breath."""
    both = f"{re.escape(name)}{_AND}{re.escape(other)}|{re.escape(other)}{_AND}{re.escape(name)}"
    return re.search(rf"(?<![\w-])(?:{both})(?![\w-])", told) is not None


def undeleted(answer: str, done: Sequence[Done], evidence: Evidence) -> Iterator[str]:
    """Yield the numbers of things that people wanted taken away and with which no call did anything."""
    treated = {str(leaf) for one in done if one.succeeded for leaf in leaves(one.call.given)}
    able = any(Doing.DELETE in deed.kinds for deed in evidence.deeds.values())
    for match in _IDENTIFIER.finditer(evidence.told_text) if able and not admits(answer) else ():
        order = _TAKES_AWAY.search(evidence.told_text[: match.start()])
        verb = order["verb"].lower() if order else ""
        if match[0] not in treated and doings_of(verb) == {Doing.DELETE} and verb == base_of(verb) not in WITH_PARTICLE:
            yield match[0]


def _shape(name: str) -> str:
    return re.sub(r"\d+", "0", name)


def _stands_in(name: str, text: str) -> bool:
    return stands_in(name.casefold(), text.casefold(), joined_by="-")


def unread_names(answer: str, evidence: Evidence) -> Iterator[str]:
    """Yield the names and numbers that people gave in one breath with one that a call was asked with, such as `gates 4
    and 5`, when no call was asked with them, no result shows them, and the answer does not say so."""
    asked = {str(one) for one in evidence.asked if isinstance(one, (str, int)) and not isinstance(one, bool)}
    known = evidence.observed_all.union(*map(words, asked))
    told, shown = "\n".join(evidence.told).casefold(), [one.seen.text for one in evidence.results]
    for value in () if admits(answer) else asked:
        is_name = bool(value) and (value[0] == "#" or value[0].isupper() or value[-1].isdigit()) and not days_in(value)
        if not is_name or value.casefold() not in told or not _is_long(value, told):
            continue
        for match in (match for text in evidence.told for match in _joined_to(value, text)):
            name = match["name"].rstrip(".,'’")
            is_opening = match.start() == 0 and name.isalpha()
            codes = _IDENTIFIER.findall(name)
            name = codes[0] if codes else name
            is_new = known.isdisjoint({*words(name)} - FUNCTION_WORDS) if not codes else not any(
                name.casefold() in text.casefold() for text in (*asked, *shown))
            if not is_opening and _is_like(name, value) and is_new:
                yield name


def _is_long(value: str, told: str) -> bool:
    """Return whether a value may be joined to a name: a short number only after `number`."""
    return len(value) >= _SHORTEST or re.search(rf"\b(?:number|no\.?|nr\.?) {re.escape(value)}\b", told) is not None


def _joined_to(value: str, text: str) -> Iterator[re.Match[str]]:
    """Yield the names that a text joins to a value, after it or before it."""
    for place in places_of(value, text, joined_by="-"):
        found = _AND_NAME.match(text, place + len(value)), _NAME_AND.search(text, 0, place)
        yield from filter(None, found)


def _is_like(name: str, value: str) -> bool:
    """Return whether two names may be of the same kind of thing, neither a day nor a contraction."""
    is_alike = (name[0].isdigit(), name[-1].isdigit()) == (value[0].isdigit(), value[-1].isdigit())
    is_kind = bool(meanings(name)) == bool(meanings(value)) and not _CONTRACTED.search(name)
    is_name = len(name) >= min(_SHORTEST, len(value)) and not set(words(name)) <= FUNCTION_WORDS
    return is_alike and is_kind and is_name and not (days_in(name) or days_in(f"1 {name} 2024") or weekdays_in(name))


def unlooked(answer: str, evidence: Evidence) -> Iterator[str]:
    """Yield the one thing of a list that no call looked at, as calls of one function did at the others, when people
    want to know which is the most and the answer says nothing of it."""
    if not any(claim.large is not None for text in evidence.told for claim in extremes_in(text)):
        return
    looked: dict[tuple[str, str], set[str]] = {}
    for one in evidence.results:
        for name, value in one.call.given.items() if one.call.function not in evidence.deeds else ():
            looked.setdefault((one.call.function, name), set()).add(str(value))
    mentions = Mentions([thing for thing in things_in(evidence) if thing.group.endswith("[]")])
    for values in looked.values():
        for group in mentions.groups.values() if len(values) > 1 else ():
            left = [thing for thing in group if thing.ids and values.isdisjoint(thing.ids)]
            if len(left) == 1 and len(group) - 1 == len(values) and left[0] not in mentions.named_in(answer):
                yield left[0].ids[0]


def second_targets(answer: str, done: Sequence[Done], evidence: Evidence) -> Iterator[str]:
    """Yield the ids of things of a list to which the same change was made as to another one, when only the other one is
    named: in the answer, or, if several were not asked for, by people."""
    listed: dict[str, Thing] = {}
    for thing in things_in(evidence):
        if thing.group.endswith("[]") and thing.ids:
            listed.setdefault(thing.ids[0], thing)
    told = _REST_STAYS.sub("", evidence.told_text)
    said = evidence.told_all if not _ASKS_SEVERAL.search(told) else frozenset[str]()
    answered = frozenset(words(answer)) if not _ANSWERS_SEVERAL.search(answer) else frozenset[str]()
    for one, other in combinations([one for one in done if one.succeeded], 2):
        pair = [listed.get(name) for name in _unlike_ids(one, other)]
        if len(pair) == 2 and pair[0] and pair[1] and pair[0].group == pair[1].group:
            for thing, second in ((pair[0], pair[1]), (pair[1], pair[0])):
                is_named = _stands_in(thing.ids[0], answer) or any(
                    words(label) and answered.issuperset(words(label)) for label in thing.labels
                )
                is_answered = answered and is_named and not _is_spoken_of(second, thing, answered, answer)
                is_said = said and not _is_spoken_of(second, thing, said, evidence.told_text)
                if is_answered or is_said and _own_words(thing, second) & said:
                    yield second.ids[0]


def _unlike_ids(one: Done, other: Done) -> list[str]:
    """Return the two values in which the calls of one function differ, if there is only one such argument."""
    first, second = one.call.given, other.call.given
    if one.call.function != other.call.function or set(first) != set(second):
        return []
    unlike = [name for name in first if first[name] != second[name]]
    return [str(first[unlike[0]]), str(second[unlike[0]])] if len(unlike) == 1 else []


def _is_spoken_of(thing: Thing, other: Thing, said: frozenset[str], text: str) -> bool:
    return _stands_in(thing.ids[0], text) or bool(_own_words(thing, other) & said)


def _own_words(thing: Thing, other: Thing) -> set[str]:
    """Return the words of a thing's names that are not in the other one's, for things without names those of their
    values."""
    own, others = ({word for text in one.labels or _texts_of(one) for word in words(text)} for one in (thing, other))
    return own - others - FUNCTION_WORDS


def _texts_of(thing: Thing) -> list[str]:
    """Return the words among a thing's values: the metric of an alert."""
    return [value for _, value in thing.values if isinstance(value, str) and value.isalpha() and len(value) > _SHORTEST]
