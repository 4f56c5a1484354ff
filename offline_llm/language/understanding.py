"""Planning: from an instruction and the functions to the calls it asks for, with arguments and in order.

The instruction writer keeps only sentences from which this module recovers the original plan, and the assistant plans
with it; both know only the functions' descriptions and the text.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from offline_llm.knowledge.english import EMPTY_WORDS, content_stems, split_identifier, verb_groups
from offline_llm.language.comparisons import without_comparison
from offline_llm.language.described_functions import EXTERNAL, DescribedFunction, DescribedParameter
from offline_llm.language.filling import enumeration, fill, fit, is_id_like
from offline_llm.language.value_mentions import Mention, find_mentions, form_of, tokens_outside
from toolalpaca.core.words import stem

LEAST_SCORE = 1.6  # a clause with a lower score is background, not a request
MOST_CALLS = 6
LONGEST_INSTRUCTION = 4000  # characters of an instruction that are read


@dataclass(frozen=True)
class ResultReference:
    """A value that only an earlier call of the plan returns."""

    call: int
    field: str


@dataclass
class PlannedCall:
    """One call of a plan. `missing` are required parameters for which there is no value."""

    function: DescribedFunction
    arguments: dict[str, Any] = field(default_factory=dict)
    references: dict[str, ResultReference] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def outline(self) -> tuple[object, ...]:
        """Return what two equal calls have in common."""
        return (self.function.name, tuple(sorted((name, repr(value)) for name, value in self.arguments.items())),
                tuple(sorted((name, reference.call) for name, reference in self.references.items())),
                tuple(sorted(self.missing)))


@dataclass
class _Clause:
    """A part of the instruction that asks for one call, with the background that belongs to it."""

    function: DescribedFunction
    text: str
    used: set[tuple[int, int]] = field(default_factory=set)


_BREAK = re.compile(
    r"(?<=[.!?;])[\"'”’)]?\s+(?=[\"“'A-Z])"
    r"|,?\s+(?:and\s+)?(?:then|also|after that|afterwards|finally|next)\s*,?\s+"
    r"|,?\s+and\s+(?=(?:please|can|could|would|show|get|find|tell|set|provide|give|list|create|add|check|look|search|"
    r"send|book|delete|remove|update|convert|report|fetch|save|let me know|what|how|which|where)\b)"
    r"|;\s+|\s+[–—]\s+", re.IGNORECASE)
_DETAIL = re.compile(r"^(?:the|my|its|their|our|your|use|with|for|here|only|limit|at most|it is|it's|that is|i mean|"
                     r"i'm in|i am in|i live|they|he|she|this|these)\b", re.IGNORECASE)


# A request repeated for other values: "and the same for Porto and Ghent".
_SAME_FOR = re.compile(r"[,.?!]?\s*\b(?:and\s+)?(?:(?:please\s+)?do\s+)?the same (?:for|with|from|in|on)\s+",
                       re.IGNORECASE)


def plan(functions: Sequence[DescribedFunction], instruction: str) -> list[PlannedCall]:
    """Return the calls that an instruction asks for; [] if no function matches it."""
    return [_copy(call) for call in _plan(tuple(functions), instruction)]


def _copy(call: PlannedCall) -> PlannedCall:
    return PlannedCall(call.function, dict(call.arguments), dict(call.references), list(call.missing))


@lru_cache(maxsize=1024)
def _plan(functions: tuple[DescribedFunction, ...], instruction: str) -> tuple[PlannedCall, ...]:
    own = tuple(function for function in functions if function.name not in EXTERNAL)
    instruction, _ = without_comparison(_unquoted(instruction[:LONGEST_INSTRUCTION]))
    if not own:
        return ()
    calls: list[PlannedCall] = []
    clauses = _clauses(own, instruction)
    for clause in clauses:
        clause.text, others = _without_repeats(clause.text)
        found = fill(clause.function, clause.text)
        clause.used = {span for _, spans in found.values() for span in spans}
        call = PlannedCall(clause.function, {name: value for name, (value, _) in found.items()})
        _complete(call, clause, calls, own)
        for one in (call, *_repeats(call, others)):
            if not any(one.outline() == other.outline() for other in calls):
                calls.append(one)
    return tuple(calls[:MOST_CALLS])


def _without_repeats(text: str) -> tuple[str, list[Mention]]:
    """Return a clause without its "and the same for ...", and the values in that phrase."""
    match = _SAME_FOR.search(text)
    if match is None:
        return text, []
    mentions = find_mentions(text)
    first = next((one for one in mentions if 0 <= one.start - match.end() <= 1), None)
    if first is None:
        return text, []
    group = enumeration(first, mentions, text)
    return text[:match.start()] + text[group[-1].end:], group


def _repeats(call: PlannedCall, values: Sequence[Mention]) -> list[PlannedCall]:
    """Return the same call for each of the values, which replaces the argument most similar to it."""
    calls = []
    for value in values:
        parameter = max((one for one in call.function.parameters if one.name in call.arguments and fit(one, value)),
                        key=lambda one: _likeness(one, call.arguments[one.name], value), default=None)
        if parameter is not None:
            argument = value.typed(parameter.type, date=form_of(str(call.arguments[parameter.name])) == "date")
            calls.append(PlannedCall(call.function, {**call.arguments, parameter.name: argument}, dict(call.references),
                                     list(call.missing)))
    return calls


def _likeness(parameter: DescribedParameter, given: Any, value: Mention) -> float:
    """Return how likely a value is to replace a parameter's current one: similar in form, and required."""
    return fit(parameter, value) + (form_of(str(given)) == value.form) + 0.5 * parameter.required


def _unquoted(text: str) -> str:
    """Return the text without quotes around all of it."""
    stripped = text.strip()
    match = re.fullmatch(r"[\"“](.*?)[\"”]?|(.*?)[\"”]", stripped, re.DOTALL)
    inner = (match[1] if match[1] is not None else match[2]) if match else stripped
    return inner if not re.search(r"[\"“”]", inner) else stripped


def split_clauses(text: str) -> list[str]:
    """Return sentences, and parts of a sentence separated by a connector such as "and then"; quotes are kept whole."""
    quoted = [(mention.start, mention.end) for mention in find_mentions(text) if mention.kind == "quoted"]
    pieces, start = [], 0
    for match in _BREAK.finditer(text):
        if any(low < match.start() < high - 1 for low, high in quoted):
            continue
        pieces.append(text[start:match.start()].strip())
        start = match.end()
    return [piece for piece in [*pieces, text[start:].strip()] if piece]


def _clauses(functions: tuple[DescribedFunction, ...], instruction: str) -> list[_Clause]:
    """Return the clauses that ask for something, each with its background."""
    clauses: list[_Clause] = []
    waiting: list[str] = []
    for piece in split_clauses(instruction):
        function, points = best_function(functions, piece)
        if clauses and _SAME_FOR.match(piece):
            clauses[-1].text += f", {piece}"
        elif clauses and _is_detail(clauses[-1], piece, function, points):
            clauses[-1].text += f". {piece}"
        elif function is None or points < LEAST_SCORE:
            waiting.append(piece)
        else:
            clauses.append(_Clause(function, ". ".join([*waiting, piece])))
            waiting = []
    if waiting and clauses:
        clauses[-1].text += ". " + ". ".join(waiting)
    elif waiting:
        function, points = best_function(functions, instruction)
        if function is not None and points > 0.8:
            clauses.append(_Clause(function, instruction))
    return clauses


def _is_detail(previous: _Clause, piece: str, function: DescribedFunction | None, points: float) -> bool:
    """Return whether a piece only adds values to the preceding request."""
    if not _DETAIL.match(piece):
        return False
    if function is None or points < LEAST_SCORE or function is previous.function:
        return True
    given = fill(previous.function, previous.text)
    still_open = [one.name for one in previous.function.parameters if one.name not in given]
    return bool(fill(previous.function, piece, only=still_open)) and not _verb(piece, function)


def _verb(piece: str, function: DescribedFunction) -> bool:
    """Return whether the piece contains a verb of the function's own group."""
    groups = main_verbs(function)
    return any(verb_groups(token.word) & groups for token in tokens_outside(piece))


@lru_cache(maxsize=2048)
def main_verbs(function: DescribedFunction) -> frozenset[str]:
    """Return the groups of the first verb in a function's name or, failing that, its summary."""
    first = (split_identifier(function.name) or ("",))[0]
    opening = re.match(r"\W*(\w+)", function.summary)
    return verb_groups(first) or (verb_groups(opening[1].lower()) if opening else frozenset())


@lru_cache(maxsize=256)
def _weights(functions: tuple[DescribedFunction, ...]) -> tuple[dict[str, float], ...]:
    """Return for each function how strongly each stem indicates it; stems that all functions share count little."""
    raw = [_raw_weights(function) for function in functions]
    spread = Counter(word for weights in raw for word in weights)
    return tuple({word: weight * math.log(1 + len(functions) / spread[word]) for word, weight in weights.items()}
                 for weights in raw)


def _raw_weights(function: DescribedFunction) -> dict[str, float]:
    weights: dict[str, float] = {}
    for text, weight in ((function.output, 0.3), (" ".join(function.fields), 0.3),
                         (" ".join(one.description for one in function.parameters), 0.2)):
        for word in content_stems(" ".join(" ".join(split_identifier(part)) for part in text.split())):
            weights[word] = max(weight, weights.get(word, 0))
    for parameter in function.parameters:
        for word in parameter.label:
            weights[stem(word)] = max(0.6, weights.get(stem(word), 0))
    for word in content_stems(function.summary):
        weights[word] = max(1.0, weights.get(word, 0))
    for word in split_identifier(function.name):
        if content_stems(word):
            weights[stem(word)] = weights.get(stem(word), 0) + 1.0
    return weights


def best_function(functions: tuple[DescribedFunction, ...], text: str) -> tuple[DescribedFunction | None, float]:
    """Return the function that a text most likely asks for, and its score."""
    stems = {token.stem for token in tokens_outside(text) if token.word not in EMPTY_WORDS and len(token.word) > 1}
    verbs = [verb_groups(token.word) for token in tokens_outside(text) if verb_groups(token.word)]
    best, most = None, 0.0
    for function, weights in zip(functions, _weights(functions), strict=True):
        points = sum(weights.get(word, 0.0) for word in stems)
        if points <= 0:
            continue
        points += _verb_points(function, verbs) + _value_points(function, text)
        if points > most:
            best, most = function, points
    return best, most


def _verb_points(function: DescribedFunction, verbs: list[frozenset[str]]) -> float:
    groups = main_verbs(function)
    if not groups:
        return 0.0
    agrees = any(groups & verb for verb in verbs)
    strong = {"create", "change", "delete", "send"}
    if agrees:
        return 0.8
    mismatch = groups & strong or any(verb <= strong for verb in verbs if verb)
    return -1.0 if mismatch and groups != {"create"} else -0.4 if mismatch else 0.0


def _value_points(function: DescribedFunction, text: str) -> float:
    required = function.required
    if not required or not find_mentions(text):
        return 0.0
    given = fill(function, text)
    return 0.9 * sum(one.name in given for one in required) / len(required)


def _complete(call: PlannedCall, clause: _Clause, calls: list[PlannedCall],
              functions: tuple[DescribedFunction, ...]) -> None:
    """Give every required parameter a value or a reference to an earlier result, or add it to the missing ones."""
    for parameter in call.function.required:
        if parameter.name in call.arguments:
            continue
        reference = _earlier_result(parameter, calls)
        if reference is None and is_id_like(parameter):
            reference = _found_by_another(parameter, call, clause, calls, functions)
        if reference is not None:
            call.references[parameter.name] = reference
            continue
        value = _shared(parameter, calls) if not is_id_like(parameter) or "same" in clause.text else None
        if value is not None:
            call.arguments[parameter.name] = value
        else:
            call.missing.append(parameter.name)


def _earlier_result(parameter: DescribedParameter, calls: list[PlannedCall]) -> ResultReference | None:
    """Return a reference to the latest earlier call that returns the identifier."""
    if not is_id_like(parameter):
        return None
    for index in range(len(calls) - 1, -1, -1):
        if field_name := matching_field(parameter, calls[index].function):
            return ResultReference(index, field_name)
    return None


def matching_field(parameter: DescribedParameter, source: DescribedFunction) -> str | None:
    """Return the field in the result of `source` that matches an identifier of that name; None if there is none."""
    wanted = [stem(word) for word in parameter.label]
    for name in source.fields:
        words = [stem(word) for word in split_identifier(name)]
        if words == wanted:
            return name
    if len(wanted) < 2:
        return None
    about = {stem(word) for word in (*split_identifier(source.name), *source.summary.lower().split())}
    if not source.fields and not source.output:  # its result is not described
        return parameter.name if set(wanted[:-1]) & about else None
    if wanted[-1] != "id":
        return None
    if set(wanted[:-1]) & about:
        return next((name for name in source.fields if name.lower() in ("id", "_id", "uuid", "key")), None)
    return None


def _found_by_another(parameter: DescribedParameter, call: PlannedCall, clause: _Clause, calls: list[PlannedCall],
                      functions: tuple[DescribedFunction, ...]) -> ResultReference | None:
    """Insert the call that finds an identifier from what the clause mentions instead of it."""
    for source in sorted(functions, key=lambda one: len(one.required)):
        name = matching_field(parameter, source)
        if source is call.function or name is None or not source.required:
            continue
        if main_verbs(source) & {"create", "change", "delete", "send"} and not main_verbs(source) & {"read", "find"}:
            continue
        found = fill(source, clause.text, taken=frozenset(clause.used))
        if all(one.name in found for one in source.required) and any(spans for _, spans in found.values()):
            finder = PlannedCall(source,
                                 {one.name: found[one.name][0] for one in source.parameters if one.name in found})
            calls.append(finder)
            return ResultReference(len(calls) - 1, name)
    return None


def _shared(parameter: DescribedParameter, calls: list[PlannedCall]) -> Any:
    """Return an earlier call's value for a parameter of the same name and type."""
    for other in reversed(calls):
        same = other.function.parameter(parameter.name)
        if same is not None and same.type == parameter.type and parameter.name in other.arguments:
            return other.arguments[parameter.name]
    return None


# How a reply that gives one value may begin.
_FRAME = re.compile(r"^(?:(?:oh|ok(?:ay)?|sure|sorry|yes|well|ah|right|hm+),?\s+)*"
                    r"(?:(?:it|that|this)(?:['’]s| is| was| (?:should|would|will) be)"
                    r"|(?:the|my|our|its|their)\b[^\"“,]*? (?:is|are|was|(?:should|would|will) be)"
                    r"|i(?:['’]d| would)? (?:mean|meant|say|said|want|need|like|take|choose|think of)"
                    r"|make it|let['’]s (?:say|take|use)|use|take|say|for|in|with)[:,]?\s+", re.IGNORECASE)
_COURTESY = re.compile(r",?\s+(?:please|thanks|thank you|i (?:think|guess|believe))$", re.IGNORECASE)


def missing_from(function: DescribedFunction, names: Sequence[str], reply: str) -> dict[str, Any]:
    """Return the values in a user's reply for the parameters asked for; if only one was asked for, the value is what
    the reply consists of apart from its frame, such as "It's ..."."""
    given = {name: _whole(function, name, value, spans, reply)
             for name, (value, spans) in fill(function, reply, only=names).items()}
    parameter = function.parameter(names[0]) if len(names) == 1 and not given else None
    if parameter is None or parameter.enum:
        return given
    mentions = find_mentions(reply)
    if parameter.type in ("integer", "number"):
        numbers = [mention for mention in mentions if mention.form == "number"]
        return {parameter.name: numbers[0].typed(parameter.type)} if numbers else given
    if parameter.type in ("string", ""):
        bare = _COURTESY.sub("", _FRAME.sub("", reply.strip().strip('."!'))).strip('." ')
        return {parameter.name: mentions[0].text if len(mentions) == 1 else bare}
    return given


def _whole(function: DescribedFunction, name: str, value: Any, spans: Sequence[tuple[int, int]], reply: str) -> Any:
    """Return a value with the mentions that directly follow it, which belong to it: the street 7 Mill Lane."""
    parameter = function.parameter(name)
    if parameter is None or parameter.enum or parameter.type not in ("string", "") or len(spans) != 1:
        return value
    (start, end), joined = spans[0], False
    for mention in find_mentions(reply):
        if mention.start == end + 1 and mention.kind == "name" and reply[end] == " ":
            end, joined = mention.end, True
    return reply[start:end] if joined else value
