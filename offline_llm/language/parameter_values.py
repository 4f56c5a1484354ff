"""The values that a parameter takes, inferred from its enum, the knowledge base, its description, name and type; and
arguments drawn from them.
"""

import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from offline_llm.knowledge.english import split_identifier, words_of
from offline_llm.knowledge.facts import Value, draw, kind_of_name, known_operation, lexicon, parse_value
from offline_llm.language.described_functions import DescribedFunction, DescribedParameter
from offline_llm.language.filling import ENDS, STARTS
from toolalpaca.data.day import USUAL_NOW

_MOST_TRIES = 6
_DAY = re.compile(r"\d{4}-(?!02-29)\d\d-\d\d")
_OF_THE_PAST = frozenset({"history", "historical", "past", "since", "observations", "seen", "publication", "published",
                          "grant", "granted", "archive", "workout", "log", "record", "recorded", "earlier", "previous",
                          "happened", "taken", "released", "entry"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d")


def drawn_argument(function: DescribedFunction, parameter: DescribedParameter, given: Mapping[str, Any],
                   roll: random.Random, taken: Sequence[Any] = ()) -> Any:
    """Return a value for one parameter: if possible one that is neither in `taken` nor among the other arguments,
    `given`, and that makes no range end before it starts."""
    known = parameter_values(function, parameter)
    for _ in range(_MOST_TRIES):
        value = _in_its_time(typed(draw(known, roll), parameter), function, parameter)
        wrong = _reversed({**given, parameter.name: value})
        if value not in taken and value not in given.values() and not wrong:
            break
    return given[wrong[0] if wrong[1] == parameter.name else wrong[1]] if wrong else value


def _in_its_time(value: Any, function: DescribedFunction, parameter: DescribedParameter) -> Any:
    """Return a value; a day of the past, such as the first one of a history, before the usual day of conversations,
    after which the days of the knowledge base lie."""
    said = {*words_of(f"{function.summary} {parameter.description}"), *split_identifier(parameter.name)}
    if not isinstance(value, str) or not _DAY.match(value) or not said & _OF_THE_PAST:
        return value
    return f"{min(int(value[:4]), USUAL_NOW.year - 1)}{value[4:]}"


def in_order(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments of which no range ends before it starts: those that did are exchanged."""
    if wrong := _reversed(arguments):
        start, end = wrong
        return {**arguments, start: arguments[end], end: arguments[start]}
    return arguments


def _reversed(arguments: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the names of the start and the end of a range of dates or times that is the wrong way round."""
    for start, end in _ranges_in(tuple(arguments)):
        first, last = arguments[start], arguments[end]
        if all(isinstance(one, str) and _MOMENT.match(one) for one in (first, last)) and first > last:
            return start, end
    return None


@lru_cache(maxsize=8192)
def _ranges_in(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of names that differ only in a word for the start and one for the end."""
    words = {name: frozenset(split_identifier(name)) for name in names}
    return tuple((start, end) for start in names for end in names
                 if words[start] & STARTS and words[end] & ENDS and words[start] - STARTS == words[end] - ENDS)


def typed(value: Any, parameter: DescribedParameter) -> Any:
    """Return a drawn value in the parameter's type."""
    if parameter.type == "string" and not isinstance(value, str):
        return str(value)
    if parameter.type == "array":
        items = value if isinstance(value, list) else [value]
        return [int(one) for one in items] if parameter.items == "integer" else items
    if parameter.type in ("integer", "number") and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value


def parameter_values(function: DescribedFunction, parameter: DescribedParameter) -> Value:
    """Return what is known about the values of a function's parameter."""
    known = known_operation(function.name, {one.name for one in function.parameters})
    if known and not parameter.enum and parameter.name in known[0].parameters:
        value = known[0].parameters[parameter.name][1]
        if value.type == (parameter.type or "string") or not parameter.type or parameter.type == "string":
            return value
    return values_of(parameter)


@lru_cache(maxsize=8192)
def values_of(parameter: DescribedParameter) -> Value:
    """Return what a parameter's own enum, description, name and type say about its values."""
    kind = parameter.type or "string"
    if parameter.enum:
        return Value(kind, "enum", values=parameter.enum, enum=True)
    if kind in ("integer", "number"):
        return _number_values(parameter, kind)
    if kind == "array":
        return _array_values(parameter)
    return _string_values(parameter) if kind == "string" else Value(kind)


def _number_values(parameter: DescribedParameter, kind: str) -> Value:
    bounds = re.search(r"(?:from|between)\s+(-?\d+(?:\.\d+)?)\s+(?:to|and)\s+(-?\d+(?:\.\d+)?)"
                       r"|(?<![\d-])(\d+)\s*(?:-|–|to)\s*(\d+)(?![\d-])", parameter.description)
    if bounds:
        low, high = (float(part) for part in bounds.groups() if part is not None)
        if low < high:
            return Value(kind, "", low=low, high=high)
    facts = lexicon().get(kind_of_name(parameter.name), {})
    if "range" in facts:
        return Value(kind, kind_of_name(parameter.name), low=facts["range"][0], high=facts["range"][1])
    if parameter.label[-1:] in (("id",), ("identifier",), ("number",)):
        return Value(kind, "id")
    return Value(kind, low=2, high=20)


def _array_values(parameter: DescribedParameter) -> Value:
    if parameter.items in ("integer", "number"):
        return Value("array", parameter.items, values=("3", "7", "12", "18", "25"))
    examples = examples_in(parameter.description)
    kind = kind_of_name(parameter.name)
    pool = examples or tuple(map(str, lexicon().get(kind, {}).get("values", ())))
    return Value("array", "string", values=pool or tuple(lexicon()["tags"]["values"]))


def _string_values(parameter: DescribedParameter) -> Value:
    if re.search(r"YYYY-MM-DD", parameter.description):
        return parse_value("date", described=False)
    kind = kind_of_name(parameter.name)
    examples = examples_in(parameter.description)
    facts = lexicon().get(kind, {})
    if facts.get("type", "string") == "string" and facts.get("format"):
        return parse_value(kind, described=False)
    if len(examples) > 1:
        return Value("string", kind, values=examples)
    if kind in ("key", "id"):
        return Value("string", "key")
    if "values" in facts and facts.get("type", "string") == "string":
        return Value("string", kind, values=(*examples, *map(str, facts["values"])), format=facts.get("format", ""))
    if "range" in facts:
        return Value("string", kind, values=tuple(
            str(facts["range"][0] + step) for step in range(0, int(facts["range"][1] - facts["range"][0]) or 1, 3)))
    return Value("string", "", values=(*examples, *map(str, lexicon()["name"]["values"])))


@lru_cache(maxsize=4096)
def examples_in(description: str) -> tuple[str, ...]:
    """Return the example values in a description: `(e.g., 'wild', 'albino')`, `such as Lisbon or Osaka`."""
    match = re.search(r"(?:e\.g\.|such as|for example|for instance|like)[,:]?\s*(.+)", description)
    if not match:
        return ()
    text = re.split(r"\)|\.\s|;|\.$", match[1])[0]
    quoted = re.findall(r"[\"'“‘]([^\"'”’]+)[\"'”’]", text)
    parts = quoted or re.split(r",\s*(?:or |and )?|\s+or\s+|\s+and\s+", text)
    kept = [part.strip(" .") for part in parts]
    return tuple(part for part in kept if part and part.lower() not in ("etc", "others", "more") and len(part) < 60)
