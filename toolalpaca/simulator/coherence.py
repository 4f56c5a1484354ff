"""A made-up answer brought into line with its request: what is looked for is found, dates lie in the range asked about,
numbers keep to the bounds asked for, a write shows what was written.
"""

import random
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

from toolalpaca.core.words import name_key, name_words, singular
from toolalpaca.simulator.catalog import ServedOperation
from toolalpaca.simulator.faker.kinds import field_kind
from toolalpaca.simulator.faker.source import is_page_count, request_limit, row_holds, seed_of
from toolalpaca.simulator.field_rules import Bounds, FieldRules, bounds_of
from toolalpaca.simulator.request_dates import USUAL_NOW, DateMover, asked_span
from toolalpaca.simulator.requests import CheckedRequest, Scene
from toolalpaca.simulator.responses import another_like, list_in_answer, objects_in_answer, replaced_list
from toolalpaca.simulator.semantics import ACTION, CREATE, LIST, READ, UPDATE

TITLES = ("title", "name", "fullname", "displayname", "headline", "label", "subject")
_PLACES = frozenset({"city", "street", "address", "company"})
_CODE = re.compile(r"[A-Z]{2,4}|[a-z]{2}|[\d.:-]+")
_NAME = re.compile(r"[A-Z0-9ÄÖÜÅÉØ.]")
_QUOTED = re.compile(r"[\"“«]([^\"”»]{2,80})[\"”»]")
_CAPITALS = re.compile(r"(?m)(?<![.!?]\s)(?<!^)\b[A-ZÄÖÜÅÉØ][\w'’-]{2,}"
                       r"(?: (?:(?:of|and|the|de|du|von) ){0,2}[A-ZÄÖÜÅÉØ][\w'’-]*)*")
_BEFORE, _AFTER = 3, 1  # words around a name that may say what it is the name of
_PLACED = frozenset({"in", "at", "from", "near", "to", "of", "on", "by", "for", "with", "into"})  # a place, a person


class Coherence:
    """Brings the answer of one call into line with it."""

    def __init__(self, operation: ServedOperation, call: CheckedRequest, scene: Scene, seed: int) -> None:
        self._operation, self._call, self._scene, self._seed = operation, call, scene, seed
        self._gives_ids = True
        self._reads = operation.semantics.kind in (LIST, READ) or call.method in ("GET", "HEAD")

    def candidates(self, body: Any) -> Iterator[Any]:
        """Yield the body with all rules applied, then with fewer of them, for schemas that do not allow them all."""
        steps: list[Callable[[Any], Any]] = [self._found, self._with_rules, self._counted] if self._reads else [
            self._shows_what_was_written, self._in_its_state, self._with_rules]
        for allowed, gives_ids in ((steps, True), (steps, False), (steps[1:], False), ([self._dated], False)):
            value, self._gives_ids = body, gives_ids
            for step in allowed:
                value = step(value)
            yield value

    def _random(self, about: str, key: str | None = None) -> random.Random:
        """Return a generator for one purpose, fixed by the request or by another `key`."""
        text = f"{self._seed}\n{self._call.api}\n{about}\n{self._call.key if key is None else key}"
        return random.Random(seed_of(text))

    def _with_rules(self, body: Any) -> Any:
        return self._rules(bounds_of(self._call.arguments) if self._reads else {}, by_email=True).applied(body)

    def _dated(self, body: Any) -> Any:
        return self._rules({}, by_email=False).applied(body)

    def _rules(self, bounds: Bounds, *, by_email: bool) -> FieldRules:
        """Return the rules for all fields; dates that a write gives stay as they are."""
        call, now = self._call, self._scene.now or USUAL_NOW
        values = {**call.body_fields, **call.arguments} if call.body_fields else call.arguments
        span = asked_span(values, now) if self._reads else None
        kept = frozenset() if self._reads else frozenset(value for value in values.values() if isinstance(value, str))
        mover = DateMover(span, now, partial(self._random, "dates"), kept)
        return FieldRules(mover, bounds, by_email, partial(self._random, "bounds"))

    def _found(self, body: Any) -> Any:
        """Return a list whose first item is what the request, or else the user, looks for by name."""
        instruction = self._scene.instruction
        if not instruction and not self._operation.search_parameters:
            return body
        items = objects_in_answer(body)
        if not items:
            return body
        argument, sought = self._sought(items[0])
        if not sought and not instruction:
            return body
        name = _title_of(_texts_of(items[0]), field_kind(argument, "", self._description(argument)) if argument else "")
        if name is None:
            return body
        if not sought:
            named = _names_of(self._operation.semantics.noun, instruction)
            return replaced_list(body, items, _with_names(items, name, named))
        if _NAME.search(sought) or " " in sought:
            found = next((item for item in items if sought.casefold() in str(item.get(name, "")).casefold()), None)
            return replaced_list(body, items, [self._with_own_id(found or {**items[0], name: sought}, name)])
        return replaced_list(body, items, [{**item, name: _holding(str(item[name]), sought, place)} if name in item
                                           else item for place, item in enumerate(items)])

    def _sought(self, item: dict[str, Any]) -> tuple[str, str]:
        """Return the argument that says what is looked for, and its text; two empty texts if there is none."""
        for parameter in self._operation.search_parameters:
            value = self._call.arguments.get(parameter)
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            if isinstance(text, str) and text.strip() and not _CODE.fullmatch(text) \
                    and (name_key(parameter) in TITLES or name_key(parameter) not in map(name_key, item)):
                return parameter, text.strip()[:120]
        return "", ""

    def _description(self, name: str) -> str:
        found = next((one for one in self._operation.source.parameters if one.name == name), None)
        return str(found.raw.get("description", "")) if found is not None else ""

    def _with_own_id(self, item: dict[str, Any], title: str) -> dict[str, Any]:
        """Return an item whose id depends on its name alone, so that every way to it leads to the same thing."""
        name = self._operation.semantics.id_property
        if not self._gives_ids or name is None or name not in item or isinstance(item[name], (dict, list, bool)):
            return item
        chance = self._random(f"id\n{self._operation.semantics.noun}", str(item[title]).casefold())
        return {**item, name: another_like(item[name], chance)}

    def _counted(self, body: Any) -> Any:
        """Return an object whose count is that of its only list, if the request sets no limit."""
        counts = [name for name, value in body.items() if type(value) is int and is_page_count(name)] \
            if isinstance(body, dict) else []
        items = list_in_answer(body) if counts and request_limit(self._call) is None else None
        return body if items is None else {**body, **dict.fromkeys(counts, len(items))}

    def _shows_what_was_written(self, body: Any) -> Any:
        """Return a list of what was written: one item for a request that has all its fields, or one for each value."""
        items = objects_in_answer(body)
        if not items:
            return body
        names = {name_key(name): name for name in items[0]}
        scalars = {name_key(name): value for name, value in self._call.body_fields.items()
                   if isinstance(value, (str, int, float))}
        if scalars and scalars.keys() <= names.keys():
            return replaced_list(body, items, [{**items[0], **{names[name]: value for name, value in scalars.items()}}])
        for name, values in self._call.body_fields.items():
            field = names.get(singular(name_key(name)))
            if field and isinstance(values, list) and values and all(isinstance(one, str) for one in values):
                return replaced_list(body, items, [{**items[place % len(items)], field: value}
                                                   for place, value in enumerate(values)])
        return body

    def _in_its_state(self, body: Any) -> Any:
        """Return a thing that was just made in its first state, and one that was acted on in the state that the verb
        says: cancelled after `cancelBuild`."""
        if not isinstance(body, dict) or self._operation.semantics.kind not in (CREATE, ACTION, UPDATE):
            return body
        is_new = self._operation.semantics.kind == CREATE or self._operation.responses.of(201) is not None
        first = {name: choices[0] for name, choices in self._operation.semantics.states if choices and is_new
                 and name_key(name) not in map(name_key, self._call.body_fields)}
        states = first | told_states(self._operation, self._call)
        return {name: states.get(name, value) for name, value in body.items()}


def told_states(operation: ServedOperation, call: CheckedRequest) -> dict[str, str]:
    """Return the fields whose new state a call tells by a verb, with that state: cancelled for `cancelBuild` or, for a
    thing that is there, for the action "cancel". A state that the call gives by the field's own name is left out."""
    values = () if operation.semantics.kind == CREATE else call.body_fields.values()
    verbs = [(name_words(operation.name) or ("",))[0], *(value for value in values if isinstance(value, str))]
    given = set(map(name_key, call.body_fields))
    told = {name: next((one for one in choices for verb in verbs if _same_stem(verb, one)), None)
            for name, choices in operation.semantics.states if name_key(name) not in given}
    return {name: state for name, state in told.items() if state is not None}


def _same_stem(verb: str, state: str) -> bool:
    return len(verb) > 2 and state.lower().startswith(verb.lower().rstrip("e")) and len(state) > len(verb)


def _texts_of(item: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, value in item.items() if isinstance(value, str))


@lru_cache(maxsize=2000)
def _title_of(texts: tuple[str, ...], kind: str) -> str | None:
    """Return which of an item's fields of text names it: one of the kind that is looked for, one for titles, or a
    place."""
    kinds = {name: field_kind(name, "", "") for name in texts}
    by_kind = next((name for name in texts if kind in _PLACES and kinds[name] == kind), None)
    by_title = next((name for title in TITLES for name in texts if name_key(name) == title), None)
    ending = next((name for name in texts if (name_words(name) or ("",))[-1] in ("title", "name")), None)
    return by_title or by_kind or ending or next((name for name in texts if kinds[name] in _PLACES), None)


def _with_names(items: list[Any], field: str, names: list[str]) -> list[Any]:
    """Return the items with those of these names first: the ones that have them, or others that take them.

    An item without a name, or with one that is not text, is one of the others.
    """
    having = {item[field]: item for item in items if _is_one_of(item.get(field), names)}
    others = [item for item in items if not _is_one_of(item.get(field), names)]
    given = [name for name in names if name not in having][:len(others)]
    renamed = [{**item, field: name} for item, name in zip(others, given, strict=False)]
    return [*(having[name] for name in names if name in having), *renamed, *others[len(given):]]


def _is_one_of(value: Any, names: list[str]) -> bool:
    return isinstance(value, str) and value in names


def _holding(title: str, word: str, place: int) -> str:
    """Return a title with the word that is looked for in it; the first is the word itself."""
    if row_holds(title, word):
        return title
    return word[0].upper() + word[1:] if place == 0 else f"{title} {word[0].upper() + word[1:]}"


def _is_code(name: str) -> bool:
    """Return whether what begins with a capital letter is a code such as M-1042, or several: a digit is in each."""
    return all(any(map(str.isdigit, word)) for word in name.split() if word[0].isupper())


def _names_of(noun: str, instruction: str) -> list[str]:
    """Return the names in an instruction that are next to a word for what they name, quoted ones first."""
    if not noun or not instruction:
        return []
    found = [match for pattern in (_QUOTED, _CAPITALS) for match in pattern.finditer(instruction)]
    names: list[str] = []
    for match in found:
        around = [*instruction[:match.start()].split()[-_BEFORE:], *instruction[match.end():].split()[:_AFTER]]
        words = [singular(word.strip(".,:;!?()\"'“”").lower()) for word in around]
        is_quoted = match.re is _QUOTED
        before = words[:len(words) - len(instruction[match.end():].split()[:_AFTER])]
        if noun in words and (is_quoted or not set(before[-1:]) & _PLACED and not _is_code(match[0])):
            names.append(match[1] if is_quoted else match[0])
    return list(dict.fromkeys(names))
