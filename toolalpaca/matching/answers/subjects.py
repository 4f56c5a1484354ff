"""Which things each clause of an answer is about: those it names, those that a pronoun or a sentence takes up."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from toolalpaca.core.words import words
from toolalpaca.matching.facts.entities import Thing
from toolalpaca.matching.facts.mentions import Mentions
from toolalpaca.matching.language.clauses import Clause, clauses_of
from toolalpaca.matching.language.text import holds

_PRONOUN = re.compile(r"\W*(?:it|its|they|their|he|she|his|her|this|these|that one)\b", re.IGNORECASE)
_SECOND_PERSON = re.compile(r"\W*(?:(?:and|but|so|while|whereas)\s+)?(?:you(?:['’]\w+)?|yours)\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:others?|rest|remaining|both|all|each|average|mean|total|together|altogether|next|second|another|difference|"
    r"from \S+ to|between|respectively|overall|combined)\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"\W*(?:which|who|whose|where)\b", re.IGNORECASE)
_NEAR = 25  # characters before a relative clause in which its subject is named


@lru_cache(maxsize=4)  # which several rules read
def told_of(answer: str, mentions: Mentions) -> Sequence[tuple[Clause, list[Thing], list[str]]]:
    """Return each clause of an answer that is about things, with these and what its sentence says of them elsewhere."""
    topic, found = list[Thing](), []
    for sentence, parts in _by_sentence(clauses_of(answer)):
        subjects = _subjects(sentence, parts, mentions, topic)
        for part, own in zip(parts, subjects, strict=True):
            if own:
                rest = [other.text for other, theirs in zip(parts, subjects, strict=True)
                        if other is not part and theirs == own]
                found.append((part, own, rest))
        named = mentions.named_in(sentence)
        several = mentions.asked_about_in(sentence)
        topic = (
            named if len(named) == 1 else several if several and not named
            else topic if not named and _PRONOUN.match(sentence) else []
        )
    return found


def _subjects(sentence: str, parts: Sequence[Clause], mentions: Mentions, topic: list[Thing]) -> list[list[Thing]]:
    """Return for each clause the things it is about: those it names, else the one that the sentence has named before
    it, that a pronoun takes up from the sentence before, or that the sentence names alone."""
    found: list[list[Thing]] = []
    opened, is_against = list[Thing](), False
    before = topic if _PRONOUN.match(sentence) else []
    in_sentence = mentions.named_in(sentence)
    is_alone = (
        len(mentions.apart(in_sentence)) == 1
        and not before
        and not any(one.is_compared and mentions.named_in(one.text) for one in parts)
        and not any(
            other.group == in_sentence[0].group and len(mentions.apart([other, in_sentence[0]])) > 1
            for other in (*mentions.may_be_meant_in(sentence), *mentions.meant_in(sentence, in_sentence[0]))
        )
    )
    for part in parts:
        here = mentions.named_in(part.text) or mentions.asked_about_in(part.text)
        if part.in_table and not here and len(row := mentions.named_in(part.sentence)) == 1:
            here = row
        if part.joint == "(":
            opened = found[-1] if found and not is_against else []
        is_against = part.is_compared
        if part.joint[:1] in (";", ")") or not here and _turns_elsewhere(part, before, mentions):
            before = []
        if not here and part.joint in ("(", ")") and mentions.are_one(opened):
            before = opened
        elif not here and _SECOND_PERSON.match(part.text):
            found.append([])
            continue
        before = before if not here else here if not before else [*before, *(one for one in here if one not in before)]
        if here or _OTHERS.search(part.text) or is_against:
            found.append(here)
        else:
            is_about = is_alone and not _turns_elsewhere(part, in_sentence, mentions)
            found.append(before if mentions.are_one(before) else in_sentence if is_about else [])
    return found


def _turns_elsewhere(part: Clause, before: Sequence[Thing], mentions: Mentions) -> bool:
    """Return whether a clause that names nothing is not about the things before it: it has a text of another thing of
    their group, or takes up a word that stood last before it."""
    if mentions.may_be_meant_in(part.text):
        return True
    if _RELATIVE.match(part.text):
        start = max(part.sentence.find(part.text), 0)
        return not set(map(id, before)) & set(map(id, mentions.named_in(part.sentence[max(start - _NEAR, 0) : start])))
    said = words(part.text)
    own = {value for thing in before for _, value in thing.values}
    return any(
        isinstance(value, str) and value not in own and value[:1].isupper() and holds(said, words(value))
        for thing in before
        for other in mentions.siblings(thing)
        for _, value in other.values
    )


def _by_sentence(parts: Sequence[Clause]) -> Iterator[tuple[str, list[Clause]]]:
    place = 0
    while place < len(parts):
        end = place + 1
        while end < len(parts) and parts[end].sentence == parts[place].sentence and not parts[place].in_table:
            end += 1
        own = list(parts[place:end])
        yield own[0].text if own[0].in_table else own[0].sentence, own
        place = end
