"""Choices of an enum in answers: another one than the results show of a field, such as a single room for a double."""

from collections.abc import Iterator, Mapping
from typing import Any

from toolalpaca.core.words import words
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.language.choices import same_words
from toolalpaca.matching.language.clauses import sentences_of
from toolalpaca.matching.language.text import CONTRASTS, denial, holds

_SHORTEST = 4  # letters of the words of a choice that is looked for
_DOUBTS = denial(CONTRASTS)


def other_choices(answer: str, known: Known, choices: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yield the choices of an enum that an answer gives when the results show another one of the field, of which the
    answer says nothing, and neither people nor results speak of the one that it gives."""
    shown: dict[str, set[str]] = {}
    for leaf in known.evidence.leaves:
        if leaf.path and leaf.path[-1] in choices and isinstance(leaf.value, str):
            shown.setdefault(leaf.path[-1], set()).add(leaf.value)
    if not shown:
        return
    spoken = {word for leaf in known.evidence.asked for word in _words(str(leaf))}
    spoken |= known.evidence.observed_all
    spoken |= {word for text in known.evidence.told for one in sentences_of(text) if not one.endswith("?")
               for word in words(one)}
    told = known.evidence.told_all
    stated = [words(sentence) for sentence in sentences_of(answer) if not _DOUBTS.search(sentence)]
    said = frozenset(words(answer))
    for key, values in shown.items():
        if any(not same_words(word).isdisjoint(said) for value in values for word in _words(value)):
            continue
        for choice in sorted(choices[key] - values):
            own = _words(choice)
            heard = spoken if len(own) > 1 else spoken | told
            is_long = len(own) > 1 or min(map(len, own), default=0) >= _SHORTEST
            is_new = is_long and any(same_words(word).isdisjoint(heard) for word in own)
            if is_new and any(holds(sentence, own) for sentence in stated):
                yield f"{key} is {min(values)!r}, not {choice!r}"


def _words(value: str) -> list[str]:
    return words(value.replace("_", " "))


def documented_choices(document: Any) -> dict[str, frozenset[str]]:
    """Return the choices that an API's document gives for each property or parameter that is a text, by its name."""
    found: dict[str, set[str]] = {}
    for name, schema in _named_schemas(document):
        listed = schema.get("enum") if isinstance(schema, dict) else None
        if isinstance(listed, list):
            found.setdefault(name, set()).update(choice for choice in listed if isinstance(choice, str))
    return {name: frozenset(own) for name, own in found.items()}


def _named_schemas(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each property and parameter of a document with its schema."""
    if isinstance(value, list):
        for inner in value:
            yield from _named_schemas(inner)
    elif isinstance(value, dict):
        if isinstance(value.get("name"), str):
            yield value["name"], value.get("schema")
        if isinstance(value.get("properties"), dict):
            yield from value["properties"].items()
        for inner in value.values():
            yield from _named_schemas(inner)
