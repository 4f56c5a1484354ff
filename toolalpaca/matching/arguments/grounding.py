"""Grounding of an argument's value: by what people said, or by what earlier calls had shown.

The one rule of verification and scorer. With `literal` only what stands there counts, in any usual spelling: the scorer
asks so whether an instruction fixes a value. Without it a value may also follow from what is known by one step: a unit
converted, two numbers multiplied, a day moved by what was said. The verification asks so whether an assistant could
have known a value.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from toolalpaca.core.words import words
from toolalpaca.matching.arguments import documented
from toolalpaca.matching.arguments.grounded_days import moment_given, period_given, time_given
from toolalpaca.matching.arguments.grounded_numbers import number_given
from toolalpaca.matching.arguments.grounded_texts import is_respelt, text_given
from toolalpaca.matching.facts.evidence import Evidence
from toolalpaca.matching.language import choices
from toolalpaca.matching.language.dates import days_in
from toolalpaca.matching.language.times import times_in
from toolalpaca.matching.language.values import comma_list, number
from toolalpaca.openapi.schema_parts import items_of, parts_of, properties_of

_STATES = frozenset({"status", "state", "stage"})
_ORDERING = frozenset({"sort", "order", "sorting", "ordering", "rank"})
_WINDOW = frozenset(
    words("limit offset page size per skip count results result max maximum number top start cursor rows")
)


def ungrounded(
    arguments: dict[str, Any],
    schemas: dict[str, dict[str, Any]],
    document: dict[str, Any],
    evidence: Evidence,
    descriptions: Mapping[str, str] | None = None,
    function: str = "",
) -> Iterator[tuple[str, Any]]:
    """Yield the arguments, down to their single values, that were not given: each with the name it has.

    `descriptions` are what the document says of the arguments, which may explain a value; a search by the same function
    that found nothing allows another spelling of what it was asked with.
    """
    for name, value in arguments.items():
        text = (descriptions or {}).get(name, "")
        siblings = [leaf for leaf in value if isinstance(leaf, str)] if isinstance(value, list) else []
        for where, single, part, names in single_values(name, value, schemas.get(name, {}), document):
            if (
                not is_given(single, evidence, names, part, others=siblings, about=text)
                and not _is_default(single, part)
                and not _is_window(single, names)
                and not _follows_from_document(single, text, part, names, evidence)
                and not (isinstance(single, str) and is_respelt(single, name, function, evidence))
            ):
                yield where, single


def _follows_from_document(
    value: Any, text: str, part: dict[str, Any], names: frozenset[str], evidence: Evidence
) -> bool:
    """Return whether the document explains a value: what it stands for, that it holds by default, how large it may
    be."""
    options = part.get("enum")
    return (
        not isinstance(options, list)
        and documented.is_default(value, text)
        and not documented.is_counted(names, evidence)
        or documented.is_most_of_it(value, part, evidence.told_text)
        or documented.is_how_many_back(value, text, names, evidence)
        or documented.is_explained(value, text, options if isinstance(options, list) else (), evidence)
    )


def single_values(
    where: str, value: Any, schema: Any, document: dict[str, Any], names: frozenset[str] = frozenset()
) -> Iterator[tuple[str, Any, dict[str, Any], frozenset[str]]]:
    """Yield the single values of an argument, each with its name, its schema and the words of the names above it."""
    part, names = _opened(schema, document), names | _name_words(where.rpartition(".")[2])
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from single_values(
                f"{where}.{name}", inner, properties_of(document, schema).get(name, {}), document, names
            )
    elif isinstance(value, list):
        for inner in value:
            yield from single_values(where, inner, items_of(document, schema), document, names)
    elif value is not None and not isinstance(value, bool) and value != "":
        yield where, value, part, names


def is_given(
    value: Any,
    evidence: Evidence,
    names: frozenset[str],
    schema: dict[str, Any] | None = None,
    *,
    literal: bool = False,
    others: Collection[str] = (),
    about: str = "",
) -> bool:
    """Return whether a single value was given; `names` are the words of the argument's name, `others` the texts in the
    same list, and `about` what the document says of it."""
    part = schema or {}
    options = part.get("enum")
    if isinstance(options, list) and value in options and isinstance(value, str):
        taken = {*others, *(evidence.elsewhere if names & _STATES and not literal else ())}
        said = choices.verdict(value, options, evidence.told, is_order=bool(names & _ORDERING), taken=taken)
        if literal or said == choices.GIVEN:
            return said == choices.GIVEN
        return said == choices.UNSAID or _is_observed(value, evidence)
    as_number = number(value)
    if as_number is not None and number_given(as_number, evidence, names, literal=literal):
        return True
    if as_number is not None and not isinstance(value, str):
        return False
    text = str(value)
    days = days_in(text)
    if days and days[0].start == 0 and days[0].days():
        return moment_given(text, days[0].days(), evidence, literal=literal)
    times = times_in(text)
    if times and times[0].start == 0 and times[0].end == len(text.strip()):
        return time_given(times[0].minutes, evidence) or text_given(text, evidence, names, literal=literal)
    several = comma_list(text)
    return (
        text_given(text, evidence, names, literal=literal, about=about)
        or period_given(text, evidence, literal=literal)
        or (bool(several) and all(is_given(one, evidence, names, literal=literal) for one in several or ()))
    )


def _is_observed(value: str, evidence: Evidence) -> bool:
    """Return whether an earlier result has this very value; an enum's choice may be taken from one."""
    return any(leaf.value == value for leaf in evidence.leaves)


def _is_window(value: Any, names: frozenset[str]) -> bool:
    """Return whether a number only says how much of a list is to be shown, which assistants may choose."""
    return number(value) is not None and bool(names & _WINDOW) and not names - _WINDOW


def _is_default(value: Any, part: dict[str, Any]) -> bool:
    return ("default" in part and part["default"] == value) or ("const" in part and part["const"] == value)


def _opened(schema: Any, document: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords that always hold, the schema's own before those of its parts."""
    merged: dict[str, Any] = {}
    for part, always in parts_of(document, schema):
        merged = {**part, **merged} if always else merged
    return merged


def _name_words(name: str) -> frozenset[str]:
    return frozenset(words(name.replace("_", " ")))
