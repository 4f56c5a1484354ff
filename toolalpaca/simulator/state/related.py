"""Related things in answers, known from elsewhere in the conversation: the owner of what is read, the items of a list
within it, lists that a call adds to."""

import operator
from functools import lru_cache
from typing import Any

from toolalpaca.core.jsons import json_type
from toolalpaca.core.words import id_noun, name_key, name_words, singular
from toolalpaca.simulator.catalog import ServedOperation
from toolalpaca.simulator.request_dates import days_after, is_date
from toolalpaca.simulator.requests import CheckedRequest
from toolalpaca.simulator.responses import WRAPPERS
from toolalpaca.simulator.semantics import ACTION, COMMON_FIELDS, CREATE, READ, TITLE_FIELDS, UPDATE, OperationSemantics
from toolalpaca.simulator.state.resources import Resource, SessionResources, call_values, overlaid, own_id, view_of

_COMMON = COMMON_FIELDS | {"state"}  # those of an owner say nothing of what belongs to it
_STATES = frozenset({"state", "status"})
_MOVING = ("due", "until", "expir", "deadline", "next", "updated", "modified", "changed", "last")  # in a field's name
_RENEWALS = frozenset({"extend", "postpone", "prolong", "renew"})
_RENEWED_FOR = 14  # days
_DEEPEST = 6


def with_related(operation: ServedOperation, state: SessionResources, call: CheckedRequest, body: Any) -> Any:
    """Return the answer's body with what is known of other things laid over it."""
    related = _Related(operation, state, call)
    body = related.over(body, operation.semantics.noun, 0)
    if operation.semantics.kind == READ and isinstance(body, dict):
        for reference in operation.semantics.references:
            body = related.with_items(body, reference.noun, str(reference.key(call_values(call))))
    body = _with_owner(operation, state, call, body)
    body = _with_later_dates(operation, state, call, body)
    return _with_added(operation, state, call, body)


def with_named_title(semantics: OperationSemantics, state: SessionResources, call: CheckedRequest,
                     made: dict[str, Any]) -> dict[str, Any]:
    """Return what was made, such as a loan, with the title of the only known thing that the call names, such as the
    lent book: nothing that a call could say would be its own title."""
    things = state.things(semantics, call)
    titles = {name: value for name in made if (key := name_key(name)) in TITLE_FIELDS and key not in semantics.accepts
              and len(things) == 1 and isinstance(value := things[0].fields.get(key), str)}
    return {**made, **titles}


class _Related:
    """Lays what is known over the objects of one answer that carry the id of a known thing."""

    def __init__(self, operation: ServedOperation, state: SessionResources, call: CheckedRequest) -> None:
        self._operation, self._state, self._call = operation, state, call
        self._asked = set(map(name_key, call.given))

    def over(self, value: Any, noun: str, depth: int) -> Any:
        """Return a value with all objects in it brought into line; `noun` is what it describes."""
        if depth > _DEEPEST:
            return value
        if isinstance(value, list):
            items = [self.over(item, noun, depth + 1) if isinstance(item, (dict, list)) else item for item in value]
            return value if all(map(operator.is_, items, value)) else items
        if not isinstance(value, dict):
            return value
        changed = {name: new for name, part in value.items() if isinstance(part, (dict, list))
                   and (new := self.over(part, _noun_named(name) or noun, depth + 1)) is not part}
        return self._known_object(self._with_names_of_others({**value, **changed} if changed else value, noun), noun)

    def _with_names_of_others(self, value: dict[str, Any], noun: str) -> dict[str, Any]:
        """Return an object with what is known of the other things whose ids it gives, in fields named after them: the
        `tool_name` of a reservation is that of the tool with its `tool_id`."""
        known: dict[str, Any] = {}
        own = own_id(value, noun)
        for name, key in value.items():
            other = id_noun(name) if isinstance(key, (str, int)) and name != own else None
            thing = self._state.find(other, key) if other else None
            if thing is not None:
                known |= {f"{other}{field}": part for field, part in thing.fields.items() if isinstance(part, str)}
        return overlaid(value, {name: part for name, part in known.items() if name not in self._asked}) if known \
            else value

    def _known_object(self, value: dict[str, Any], noun: str) -> dict[str, Any]:
        name = own_id(value, noun)
        if name is None:
            return value
        own = id_noun(name) or noun
        if own == self._operation.semantics.noun and self._operation.semantics.own is not None:
            return self.with_items(value, own, str(value[name]))  # the thing itself, which was looked up by its key
        known = self._state.find(own, value[name]) or self._state.alike(value[name], set(map(name_key, value)))
        if known is None:
            return self.with_items(value, own, str(value[name]))
        fields = {field: part for field, part in known.fields.items() if self._still_holds(known, field, part)}
        fields = _titles_by_noun(known) | fields
        return self.with_items(overlaid(value, fields, keep=name), own, str(value[name]))

    def _still_holds(self, known: Resource, field: str, value: Any) -> bool:
        """Return whether a field is as it was known: not if this call sets it or may have moved it on, nor if it is a
        number, which may depend on how it is asked for."""
        semantics = self._operation.semantics
        if field in self._asked:
            return False
        if semantics.kind in (ACTION, UPDATE, CREATE) and not is_unmoved(field, value):
            return False
        return isinstance(value, (str, list)) or known.created or known.changed or not view_of(semantics, self._call)

    def with_items(self, value: dict[str, Any], noun: str, key: str) -> dict[str, Any]:
        """Return an owner, or what it is wrapped in, with what was put into it here in its list of such things."""
        moved = self._state.moved_to(noun, key)
        return {name: self._with_moved(part, moved) if isinstance(part, list) else part
                for name, part in value.items()} if moved else value

    def _with_moved(self, items: list[Any], moved: list[Resource]) -> list[Any]:
        if not items or not isinstance(items[0], dict):
            return items
        name = own_id(items[0], "") or own_id(items[0], next((one.noun for one in moved), ""))
        present = {str(item.get(name)) for item in items if isinstance(item, dict)}
        fields = set(map(name_key, items[0]))
        new = [one for one in moved if name is not None and not one.keys & present
               and len(fields.intersection(one.fields)) > len(items[0]) / 2]
        return [*({**overlaid(items[0], one.fields), name: _as(items[0][name], min(one.keys))} for one in new
                  if name is not None), *items]


@lru_cache(maxsize=20000)
def _noun_named(name: str) -> str:
    """Return the noun that a field is named after; "" for one that only wraps what the object describes."""
    words = name_words(name)
    return "" if name_key(name) in WRAPPERS or not words else singular(words[-1])


def is_unmoved(field: str, value: Any) -> bool:
    """Return whether a write leaves a known field that it does not name as it was: not a state, a flag, or a date that
    may move."""
    return type(value) is not bool and name_key(field) not in _STATES and not _moves_on(name_key(field), value)


def _moves_on(field: str, value: Any) -> bool:
    """Return whether a field is a date that a change may move: one that is due, or that of the last change."""
    return isinstance(value, str) and is_date(value) and any(word in field for word in _MOVING)


def _with_later_dates(operation: ServedOperation, state: SessionResources, call: CheckedRequest, body: Any) -> Any:
    """Return the answer of a renewal with dates that are due later than those of the known thing that is renewed."""
    if (name_words(operation.name) or ("",))[0] not in _RENEWALS or call.method == "GET" or not isinstance(body, dict):
        return body
    values = call_values(call)
    known = {name: value for thing in state.things(operation.semantics, call)
             for name, value in (thing.fields | thing.before).items() if _moves_on(name, value)}
    earlier = {name: before for name, value in body.items() if isinstance(value, str) and is_date(value)
               for field, before in known.items() if name_key(name).endswith(field) and value[:10] <= before[:10]}
    later = {name: days_after(before, body[name], _RENEWED_FOR) for name, before in earlier.items()}
    return body | {name: value for name, value in later.items() if name_key(name) not in values}


def _as(like: Any, text: str) -> Any:
    return int(text) if type(like) is int and text.isdigit() else text


def _with_owner(operation: ServedOperation, state: SessionResources, call: CheckedRequest, body: Any) -> Any:
    """Return what is read within a known thing, such as a riddle's answer, with that thing's own fields."""
    semantics = operation.semantics
    if semantics.kind != READ or not isinstance(body, dict):
        return body
    values = call_values(call)
    for reference in semantics.references:
        key = reference.key(values)
        owner = state.find(reference.noun, key) if key is not None and reference.noun != semantics.noun else None
        if owner is not None:
            fields = {name: value for name, value in owner.fields.items()
                      if name not in _COMMON and isinstance(value, (str, list))} | _titles_by_noun(owner)
            body = {name: fields[name_key(name)] if json_type(fields.get(name_key(name))) == json_type(value) else value
                    for name, value in body.items()}
    return body


def _titles_by_noun(thing: Resource) -> dict[str, str]:
    """Return what a thing is called, under the names that fields of other things have for it: `regionName`."""
    return {f"{thing.noun}{title}": value for title in TITLE_FIELDS
            if isinstance(value := thing.fields.get(title), str)}


def _with_added(operation: ServedOperation, state: SessionResources, call: CheckedRequest, body: Any) -> Any:
    """Return the answer of a call that adds to a list, such as words to a word list, with what it adds in it."""
    semantics = operation.semantics
    if call.method not in ("POST", "PUT", "PATCH") or semantics.kind not in (ACTION, CREATE, UPDATE):
        return body
    values = call_values(call)
    if isinstance(body, list):
        words = [name_words(part) for part in operation.path.split("/") if part and "{" not in part]
        return _added(body, [], values, singular(words[-1][-1]) if words and words[-1] else "")
    if not isinstance(body, dict):
        return body
    known = next((thing.fields for thing in state.things(semantics, call)), {})
    return {name: _added(part, known.get(name_key(name)), values, _item_name(name), keeps=call.method == "POST")
            if isinstance(part, list) and name_key(name) not in call.arguments else part for name, part in body.items()}


def _item_name(name: str) -> str:
    words = name_words(name)
    return "".join((*words[:-1], singular(words[-1]))) if words else name


def _added(items: list[Any], known: Any, values: dict[str, Any], name: str, *, keeps: bool = True) -> list[Any]:
    """Return the known items, or the made ones, followed by what the call gives under the list's name or its item's."""
    given = values.get(name)
    whole = next((value for key, value in values.items() if isinstance(value, list) and _item_name(key) == name), None)
    new = whole if whole is not None else [given] if isinstance(given, (str, int)) else None
    if new is None or items and isinstance(items[0], dict):
        return items
    before = known if isinstance(known, list) else [] if whole is not None else items if known is None else []
    return [*(item for item in before if item not in new), *new] if keeps else new
