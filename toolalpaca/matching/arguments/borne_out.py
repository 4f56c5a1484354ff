"""Values that a call which only reads was asked with and that its own result bears out: what people named is there
beside them, so that whoever asked so knew, or guessed right."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from toolalpaca.core.jsons import leaves
from toolalpaca.core.words import name_words, words
from toolalpaca.matching.arguments.grounded_texts import SEARCH_WORDS, has_own_name, root_of
from toolalpaca.matching.facts.evidence import Evidence, Shown
from toolalpaca.matching.language.dates import day_of, days_in
from toolalpaca.matching.language.relative_days import relative_days
from toolalpaca.matching.language.text import FUNCTION_WORDS, denial, holds, stands_in
from toolalpaca.matching.language.values import number, same_scalar

_IDENTIFIER = re.compile(r"(?=[\w./#-]*\d)(?=[\w./#-]*[A-Za-z])[\w./#-]{3,}|\d{4,}")
_NAME = re.compile(r"(?<=[\w,;:(] )[A-Z][\w'’-]{2,}")  # a word with a capital that begins no sentence
_SHELVES = frozenset({"category", "section", "department", "aisle"})  # where a thing that was named is to be found
_LONGEST = 60  # characters of a value that may name a thing
_SHORTEST = 4  # letters of a word of a name
_SHORTEST_START = 5  # letters of a name that a longer word may begin with
_LONGEST_NUMBER = 1000  # a number below it may be anywhere by chance


def is_borne_out(value: Any, where: str, call: Shown, evidence: Evidence) -> bool:
    """Return whether one object of a call's result has a value of its arguments and something that people named: an
    identifier, or a name that no other argument has and not each of several objects."""
    if not call.seen.succeeded or isinstance(value, bool) or day_of(value) is not None and _named_a_day(evidence):
        return False
    objects = [*_objects(call.seen.body)]
    if _SHELVES.intersection(name_words(where)) and any(
        _finds_what_was_said(leaf, name, objects, evidence)
        for name, leaf in call.call.given.items() if isinstance(leaf, str) and name != where
    ):
        return True
    holding = [one for one in objects if _has(one, value, where)]
    asked = {word for leaf in leaves(call.call.given) if leaf != value for word in words(str(leaf))}
    if isinstance(value, str) and (holding and _extends_a_name(value, asked, evidence)
                                   or _finds_what_was_said(value, where, objects, evidence)):
        return True
    texts = [{leaf for leaf in _own_leaves(one) if isinstance(leaf, str) and len(leaf) <= _LONGEST} for one in holding]
    shared = set.intersection(*texts) if len(texts) > 1 else {str(value)}
    return any(_is_identified(text, asked, evidence) or text not in shared and _is_named(text, asked, evidence)
               for own in texts for text in own)


def _named_a_day(evidence: Evidence) -> bool:
    """Return whether people named a day, or a time from today on, so that no other one is known by what is there."""
    today = evidence.today
    return any(mention.readings[0][2] for mention in evidence.told_days) or bool(
        today and relative_days(evidence.told_but_of_clock, today))


def is_cut_short(value: Any, call: Shown, evidence: Evidence) -> bool:
    """Return whether a call was refused that gave an identifier without the letters or the sign before it: 5690 for the
    C-5690 of a result."""
    text = str(value)
    whole = re.compile(rf"[A-Za-z]{{0,6}}[-_#:/.]?{re.escape(text)}", re.IGNORECASE)
    return not call.seen.succeeded and any(map(str.isdigit, text)) and any(
        isinstance(leaf.value, str) and leaf.value != text and whole.fullmatch(leaf.value) for leaf in evidence.leaves)


def is_told_retry(value: Any, where: str, call: Shown, evidence: Evidence, answer: str) -> bool:
    """Return whether a search that found nothing was made again elsewhere or more widely, by one argument alone, and
    the answer says so: what was looked for first, or now, with a word that denies."""
    said = {*words(answer)} if denial().search(answer) else set()
    for one in evidence.results if said else ():
        asked = one.call.given
        is_same = one.call.function == call.call.function and one.found_nothing and where in asked
        if is_same and all(name == where or call.call.given.get(name, own) == own for name, own in asked.items()):
            terms = {*words(str(asked[where])), *words(str(value))} - FUNCTION_WORDS
            return not said.isdisjoint(terms)
    return False


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def _own_leaves(one: dict[str, Any]) -> Iterator[Any]:
    """Yield an object's values, those of a list of single values too."""
    for value in one.values():
        if not isinstance(value, dict):
            yield from (leaf for leaf in leaves(value))


def _has(one: dict[str, Any], value: Any, where: str) -> bool:
    """Return whether an object has a value; a small number only under a name like the argument's."""
    amount, names = number(value), set(name_words(where))
    return any(
        not isinstance(leaf, bool) and same_scalar(value, leaf)
        for key, own in one.items() if not isinstance(own, dict)
        and (amount is None or abs(amount) >= _LONGEST_NUMBER or names & {*name_words(key)})
        for leaf in leaves(own)
    )


def _finds_what_was_said(value: str, where: str, objects: Sequence[dict[str, Any]], evidence: Evidence) -> bool:
    """Return whether a search was worded as its result is, for what people mostly said so or called by an identifier
    that the result has too: Kennedy half dollar, for Kennedy halves."""
    own = [root_of(word) for word in words(value) if word not in FUNCTION_WORDS]
    if not own or SEARCH_WORDS.isdisjoint(name_words(where)):
        return False
    said = {root_of(word) for word in evidence.told_all}
    texts = [leaf for one in objects for leaf in _own_leaves(one) if isinstance(leaf, str)]
    found = [{*map(root_of, words(text))} for text in texts]
    known = sum(word in said for word in own)
    if 2 * known > len(own) or 2 * known == len(own) and own[-1] in said:
        unsaid = [word for word in words(value) if root_of(word) in {*own} - said]
        return {*own} <= set().union(*found) and not has_own_name(value, unsaid)
    return any({*own} <= roots for roots in found) and any(_is_identified(text, {*own}, evidence) for text in texts)


def _extends_a_name(value: str, asked: set[str], evidence: Evidence) -> bool:
    """Return whether a name of several words begins as people called it: Cardinal Theatre for the Cardinal."""
    parts = words(value)
    return value[:1].isupper() and len(parts) > 1 and _is_new(parts[0], asked) and parts[0] in evidence.told_all


def _is_identified(text: str, asked: set[str], evidence: Evidence) -> bool:
    """Return whether a text is an identifier that people gave and no argument has."""
    return bool(_IDENTIFIER.fullmatch(text)) and not days_in(text) and not asked.issuperset(words(text)) and stands_in(
        text.casefold(), evidence.told_text.casefold(), joined_by="-")


def _is_named(text: str, asked: set[str], evidence: Evidence) -> bool:
    """Return whether people named a thing by a text: by all of its several words, or by one that they wrote with a
    capital."""
    own = words(text)
    if len(own) > 1 and text[:1].isupper() and any(holds(said, own) for said in evidence.told_words):
        return any(_is_new(word, asked) for word in own)
    said = {word for name in _NAME.findall(evidence.told_text) for word in words(name) if _is_new(word, asked)}
    return any(word == name or len(name) >= _SHORTEST_START and word.startswith(name) for word in own for name in said)


def _is_new(word: str, asked: set[str]) -> bool:
    return len(word) >= _SHORTEST and word not in FUNCTION_WORDS and word not in asked
