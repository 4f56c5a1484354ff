"""A made-up answer brought into line with its request: what is looked for is found, dates lie in the range asked about,
numbers keep to the bounds asked for, lists have the order asked for, such as `sort=newest`, `sortBy=name` or
`order=desc`, a write shows what was written."""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from toolalpaca.core.words import name_key, name_words, singular
from toolalpaca.data.day import USUAL_NOW
from toolalpaca.openapi.operations import READING_METHODS
from toolalpaca.simulator.catalog import ServedOperation
from toolalpaca.simulator.effects import with_effect, with_what_was_written
from toolalpaca.simulator.faker.kinds import PROSE, field_kind
from toolalpaca.simulator.faker.source import is_page_count, request_limit, row_holds, seed_of
from toolalpaca.simulator.field_rules import FieldRules, asked_country, bounds_of, with_totals
from toolalpaca.simulator.request_dates import DateMover, asked_days, asked_span, day_field, is_date, one_a_day
from toolalpaca.simulator.requests import CheckedRequest, Scene
from toolalpaca.simulator.responses import (
    another_like,
    list_in_answer,
    objects_in_answer,
    replaced_list,
    replaced_resource,
    resource_in,
)
from toolalpaca.simulator.semantics import LIST, READ, TITLE_FIELDS

_PLACES = frozenset({"city", "street", "address", "company"})
_STREETS = frozenset({"street", "address"})
_WHERE = frozenset({"country", "country_code", "state", "zip", "continent", "language", "person", "username", "email"})
_QUERIES = frozenset({"near", "place", "location", "where", "q", "query", "search", "text", "term", "keyword", "name"})
_READ_FOR = frozenset({("phrase",), ("text",), ("query",), ("q",), ("word",), ("keyword",), ("term",), ("tag",),
                       ("hashtag",), ("search",)})
_LONGEST_NAME = 120
_CODE = re.compile(r"[A-Z]{2,4}|[a-z]{2}|[\d.:-]+")
_NAME = re.compile(r"[A-Z0-9ÄÖÜÅÉØ.]")
_QUOTED = re.compile(r"[\"“«]([^\"”»]{2,80})[\"”»]")
_CAPITALS = re.compile(r"(?m)(?<![.!?]\s)(?<!^)\b[A-ZÄÖÜÅÉØ][\w'’-]{2,}"
                       r"(?: (?:(?:of|and|the|de|du|von) ){0,2}[A-ZÄÖÜÅÉØ][\w'’-]*)*")
_PROPER = r"[A-ZÄÖÜÅÉØ][\w'’-]+(?: [A-ZÄÖÜÅÉØ][\w'’-]*)*"
_LEAST = 4  # letters of a word for a choice
_BEFORE, _AFTER = 3, 1  # words around a name that may say what it is the name of
_PLACED = frozenset({"in", "at", "from", "near", "to", "of", "on", "by", "for", "with", "into"})  # a place, a person
Items = list[dict[str, Any]]
Step = Callable[[Any], Any]
_ORDERS = frozenset({"sort", "sortby", "order", "orderby", "ordering", "sortorder", "sortfield"})
_DOWN = frozenset({"desc", "descending", "newest", "latest", "recent", "highest", "largest", "most", "popular", "best",
                   "top", "dearest", "longest"})
_UP = frozenset({"asc", "ascending", "oldest", "earliest", "lowest", "smallest", "least", "cheapest", "nearest",
                 "shortest"})
_BY_TIME = frozenset({"newest", "latest", "recent", "oldest", "earliest"})
_FIELDS = {  # what a word of an order is about
    "popular": "likes views votes stars downloads followers popularity plays score rating", "best": "rating score",
    "liked": "likes", "top": "score rating votes", "cheapest": "price fee cost rate", "dearest": "price fee cost rate",
    "nearest": "distance", "longest": "length duration distance", "shortest": "length duration distance"}


class Coherence:
    """Brings the answer of one call into line with it."""

    def __init__(self, operation: ServedOperation, call: CheckedRequest, scene: Scene, seed: int) -> None:
        self._operation, self._call, self._scene, self._seed = operation, call, scene, seed
        self._gives_ids = True
        self._reads = operation.semantics.kind in (LIST, READ) or call.method in READING_METHODS

    def candidates(self, body: Any) -> Iterator[Any]:
        """Yield the body with all rules applied, then with fewer of them, for schemas that do not allow them all."""
        call = self._call
        totalled: Step = partial(with_totals, arguments=call.arguments)
        dated: Step = partial(self._with_rules, dates_only=True)
        steps: list[Step] = [partial(with_what_was_written, call), partial(with_effect, self._operation, call),
                             self._with_rules]
        if self._reads:
            steps = [self._found, *(partial(_in_list, step) for step in (self._with_ends, self._with_choices)),
                     self._with_rules, partial(_in_list, self._by_day),
                     partial(_in_list, partial(in_order, arguments=call.arguments)), self._counted]
        for allowed, gives_ids in (([*steps, totalled], True), (steps, True), (steps, False), (steps[1:], False),
                                   ([dated], False)):
            value, self._gives_ids = body, gives_ids
            for step in allowed:
                value = step(value)
            yield value

    def _random(self, about: str, key: str | None = None) -> random.Random:
        """Return a generator for one purpose, fixed by the request or by another `key`."""
        text = f"{self._seed}\n{self._call.api}\n{about}\n{self._call.key if key is None else key}"
        return random.Random(seed_of(text))

    def _with_rules(self, body: Any, *, dates_only: bool = False) -> Any:
        """Return the body with the rules for all fields applied; dates that a write gives stay as they are."""
        call, now = self._call, self._scene.now or USUAL_NOW
        values = call.given if call.body_fields else call.arguments
        span = asked_span(values, now) if self._reads else None
        kept = frozenset(value for value in values.values() if isinstance(value, str))
        mover = DateMover(span, now, partial(self._random, "dates"), kept)
        bounds = bounds_of(call.arguments) if self._reads and not dates_only else {}
        return FieldRules(mover, bounds, not dates_only, partial(self._random, "bounds"),
                          asked_country(values)).applied(body)

    def _with_ends(self, items: Items) -> Items:
        """Return a list with what the user names as where something leads, or comes from, in the field for that, such
        as `to_station`."""
        for field in _texts_of(items[0]):
            word = name_words(field)[0] if len(name_words(field)) > 1 else ""
            if word in ("to", "from"):
                named = re.findall(rf"\b{word} (?:the )?({_PROPER})", self._scene.instruction)
                given = {str(value).casefold() for value in self._call.arguments.values()}
                names = [name for name in dict.fromkeys(named) if name.casefold() not in given]
                items = _with_names(items, field, names[:1])
        return items

    def _with_choices(self, items: Items) -> Items:
        """Return a list whose items are of the choice that was asked for, and whose texts speak of an item's own choice
        and not of another: a `Honda tiller` that is a shredder is a `Honda shredder`."""
        for one in self._operation.source.parameters:
            options = one.schema.get("enum")
            if isinstance(options, list) and one.name in items[0]:
                words = {option: option.replace("_", " ") for option in options if isinstance(option, str)}
                asked = self._call.arguments.get(one.name)
                chosen = {one.name: asked} if isinstance(asked, str) and asked in words else {}
                items = [_with_own_choice({**item, **chosen}, words, one.name) for item in items]
        return items

    def _by_day(self, items: Items) -> Items:
        """Return a list of days with each day that is asked about, by a date and a length or their defaults, once."""
        field = day_field(items)
        if field is None:
            return items
        parameters = self._operation.source.parameters
        usual = {one.name: one.schema["default"] for one in parameters if "default" in one.schema}
        asked = asked_days({**usual, **self._call.arguments}, self._scene.now or USUAL_NOW)
        return items if asked is None else one_a_day(items, field, *asked)

    def _found(self, body: Any) -> Any:
        return _in_list(self._sought_first, body) if objects_in_answer(body) else self._looked_up(body)

    def _sought_first(self, items: Items) -> Items:
        """Return a list whose first item is what the request, or else the user, looks for by name."""
        texts = _texts_of(items[0])
        title = _title_of(texts)
        own = self._asked_by(title) if title else ""
        if title and own and ("@" in own or field_kind(title, "", "") not in _PLACES):
            return [self._with_own_id(_having(items, title, own), title)]
        argument, sought = self._sought(items[0])
        if not sought:
            return self._as_said(items, title) if self._scene.instruction else items
        if sides := _sides(argument, texts):
            return [_with_side(item, sides, sought, place) for place, item in enumerate(items)]
        name = _field_for(argument, field_kind(argument, "", self._operation.description_of(argument)), texts)
        if name is None:
            return items
        if name != title:
            return [_mentioning(item, name, argument, sought) for item in items]
        if _NAME.search(sought) or " " in sought:
            return [self._with_own_id(_having(items, name, sought), name)]
        return [{**item, name: _holding(str(item[name]), sought, place)} if name in item else item
                for place, item in enumerate(items)]

    def _asked_by(self, title: str) -> str:
        """Return the text that an argument of a title's own name gives, "" if there is none."""
        value = next((value for name, value in self._call.arguments.items() if name_key(name) == name_key(title)), "")
        return value.strip()[:_LONGEST_NAME] if isinstance(value, str) else ""

    def _looked_up(self, body: Any) -> Any:
        """Return a thing with the name by which it was looked up, if its field for that has another name."""
        thing = resource_in(body, self._operation.semantics.noun)
        if thing is None or self._operation.semantics.kind != READ:
            return body
        keys = set(map(name_key, thing))
        sought = next((value for name, value in self._call.arguments.items() if isinstance(value, str)
                       and name_key(name) not in keys and name_words(name)[-1:] in (("name",), ("title",))), None)
        title = _title_of(_texts_of(thing)) if sought else None
        if title is None or name_words(title)[-1] not in ("name", "title"):
            return body
        return replaced_resource(body, self._operation.semantics.noun, {**thing, title: sought})

    def _as_said(self, items: list[Any], title: str | None) -> list[Any]:
        """Return the items with what the user names among them, and the first in the state that the user says."""
        semantics, instruction = self._operation.semantics, self._scene.instruction
        given = {str(value).casefold() for value in self._call.arguments.values()}
        if title is not None:
            items = _with_names(items, title, [one for one in _names_of(semantics.noun, instruction)
                                               if one.casefold() not in given])
        said = {field: state for field, states in semantics.states if field in items[0] and
                (state := next((one for one in states if f"{one} {semantics.noun}" in instruction.lower()), None))}
        return [{**items[0], **said}, *items[1:]]

    def _sought(self, item: dict[str, Any]) -> tuple[str, str]:
        """Return the argument that says what is looked for, and its text; two empty texts if there is none."""
        for parameter in self._operation.search_parameters:
            value = self._call.arguments.get(parameter)
            text = ", ".join(map(str, value)) if isinstance(value, list) else value
            if isinstance(text, str) and text.strip() and not _CODE.fullmatch(text) \
                    and (name_key(parameter) in TITLE_FIELDS or name_key(parameter) not in map(name_key, item)):
                return parameter, text.strip()[:_LONGEST_NAME]
        return "", ""

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


def _in_list(step: Callable[[Items], Items], body: Any) -> Any:
    """Return an answer with its list of objects changed by a step."""
    items = objects_in_answer(body)
    return replaced_list(body, items, step(items)) if items else body


def _texts_of(item: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, value in item.items() if isinstance(value, str))


@lru_cache(maxsize=2000)
def _title_of(texts: tuple[str, ...]) -> str | None:
    """Return which of an item's fields of text names it: one for titles, or else a place."""
    by_title = next((name for title in TITLE_FIELDS for name in texts if name_key(name) == title), None)
    ending = next((name for name in texts if (name_words(name) or ("",))[-1] in ("title", "name")), None)
    return by_title or ending or next((name for name in texts if field_kind(name, "", "") in _PLACES), None)


@lru_cache(maxsize=2000)
def _field_for(argument: str, kind: str, texts: tuple[str, ...]) -> str | None:
    """Return which of an item's fields of text shows what an argument looks for: for a place one that holds such a
    place, for other texts the title or what there is to read."""
    title = _title_of(texts)
    if name_key(argument) not in _QUERIES and (kind in _PLACES or kind in _WHERE):
        kinds = _STREETS if kind in _STREETS else {kind}
        return next((name for name in texts if field_kind(name, "", "") in kinds), title if kind in _STREETS else None)
    if title is None or field_kind(title, "", "") in _PLACES and name_key(argument) not in _QUERIES:
        title = next((name for name in texts if name_words(argument)[-1:] in _READ_FOR
                      and field_kind(name, "", "") in PROSE), None)
    return title


@lru_cache(maxsize=2000)
def _sides(argument: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields of which each may hold what an argument looks for: `homeTeam` and `awayTeam` for `team`."""
    words = name_words(argument)
    found = tuple(name for name in texts if words and name_words(name)[1:] == words)
    return found if len(found) > 1 else ()


def _with_side(item: dict[str, Any], sides: tuple[str, ...], sought: str, place: int) -> dict[str, Any]:
    held = any(sought.casefold() == str(item.get(name)).casefold() for name in sides)
    return item if held else {**item, sides[place % len(sides)]: sought}


def _with_own_choice(item: dict[str, Any], words: dict[str, str], field: str) -> dict[str, Any]:
    """Return an item in whose texts the words for other choices than its own are replaced by those for its own."""
    own = item.get(field)
    others = "|".join(re.escape(text) for option, text in words.items() if option != own and len(text) >= _LEAST)
    if not isinstance(own, str) or own not in words or not others:
        return item
    return {name: re.sub(rf"\b(?:{others})\b", words[own], value) if isinstance(value, str) and " " in value else value
            for name, value in item.items()}


def _having(items: list[dict[str, Any]], field: str, text: str) -> dict[str, Any]:
    """Return the item whose field holds the text, or the first with it there."""
    found = next((item for item in items if text.casefold() in str(item.get(field, "")).casefold()), None)
    return found or {**items[0], field: text}


def _mentioning(item: dict[str, Any], field: str, argument: str, sought: str) -> dict[str, Any]:
    """Return an item with what is looked for in a field that is not its title: a phrase or a tag in its text, else
    the value itself."""
    text = item.get(field)
    if not isinstance(text, str) or row_holds(text, sought):
        return item
    if field_kind(field, "", "") not in PROSE:
        return {**item, field: sought}
    added = f" #{sought.lstrip('#')}" if name_words(argument)[-1] in ("tag", "hashtag") else f", {sought}"
    return {**item, field: text.rstrip(".") + added}


def _with_names(items: list[Any], field: str, names: list[str]) -> list[Any]:
    """Return the items with those of these names first: the ones that have them, or others that take them.

    An item without a name, or with one that is not text, is one of the others.
    """
    having = {item[field]: item for item in items if item.get(field) in names}
    others = [item for item in items if item.get(field) not in names]
    given = [name for name in names if name not in having][:len(others)]
    renamed = [{**item, field: name} for item, name in zip(others, given, strict=False)]
    return [*(having[name] for name in names if name in having), *renamed, *others[len(given):]]


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
        before = before[:-1] if before[-1:] in (["the"], ["a"]) else before
        if noun in words and not set(before[-1:]) & _PLACED and (is_quoted or not _is_code(match[0])):
            names.append(match[1] if is_quoted else match[0])
    return list(dict.fromkeys(names))


def in_order(items: Items, arguments: Mapping[str, Any]) -> Items:
    """Return the items in the order asked for, or as they are if none is or no field tells it."""
    told = [word for name, value in arguments.items() if name_key(name) in _ORDERS and isinstance(value, str)
            for word in (["desc"] if value.startswith("-") else []) + list(name_words(value))]
    field = _field(told, items[0]) if told else None
    if field is None:
        return items
    values = [item.get(field) for item in items]
    if not (all(type(value) in (int, float) for value in values) or all(isinstance(value, str) for value in values)):
        return items
    return sorted(items, key=itemgetter(field), reverse=bool(_DOWN & {*told}) and not _UP & {*told})


def _field(told: list[str], item: dict[str, Any]) -> str | None:
    """Return the field that an order is about: one whose name has its words, a time, or what a word stands for."""
    said = {*told} - _DOWN - _UP
    named = [name for name in item if said and said <= {*name_words(name)}]
    if named:
        return named[0]
    if _BY_TIME & {*told}:
        return next((name for name, value in item.items() if isinstance(value, str) and is_date(value)
                     or name_words(name)[-1:] == ("year",)), None)
    wanted = {field for word in told for field in _FIELDS.get(word, "").split()}
    return next((name for name in item if wanted & {*name_words(name)}), None)
