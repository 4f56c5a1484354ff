"""What a conversation has done to an API's things, laid over every answer: what was created can be read and listed,
what was changed stays changed, what was deleted is gone.

It works on answers from any source, since it only needs the role of an operation and the body that came back.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from toolalpaca.core.jsons import json_type
from toolalpaca.core.text import plain
from toolalpaca.simulator.requests import Call
from toolalpaca.simulator.semantics import (
    CREATE,
    DELETE,
    LIST,
    READ,
    UPDATE,
    OperationSemantics,
    Reference,
    list_in,
    resource_in,
)

LARGEST_KEPT = 50_000  # characters of a request; what a longer one says is not kept
_MOST_THINGS = 1000


@dataclass(eq=False)
class Resource:
    """One resource: its field values by plain name, the texts it can be named by, and whether it was made or changed
    here. `view` is how it was asked for when nothing else is known of it: rates in euros are no rates in dollars."""

    noun: str
    fields: dict[str, Any] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    created: bool = False
    changed: bool = False
    owners: dict[str, str] = field(default_factory=dict)
    view: dict[str, Any] | None = None

    def holds_in(self, view: dict[str, Any]) -> bool:
        """Whether what is known of it is true also when it is asked for with these arguments."""
        return self.created or self.changed or self.view is None or self.view == view


class SessionResources:
    """The things one conversation knows of one API."""

    def __init__(self) -> None:
        self._things: OrderedDict[tuple[str, str], Resource] = OrderedDict()
        self._deleted: set[tuple[str, str]] = set()
        self.created = 0

    def missing(self, semantics: OperationSemantics, call: Call) -> tuple[str, str] | None:
        """The noun and id of a deleted thing that a call names; None where it names none."""
        if not self._deleted:
            return None
        values = call_values(call)
        for reference in semantics.references:
            key = reference.key(values)
            if key is not None and (reference.noun, key) in self._deleted:
                return reference.noun, key
        return None

    def thing(self, noun: str, key: Any) -> Resource | None:
        """The thing of that kind and id, if it is known."""
        return self._things.get((noun, str(key)))

    def created_things(self, noun: str) -> list[Resource]:
        """What was created in this conversation, newest first."""
        found = [thing for (kind, key), thing in self._things.items() if kind == noun and thing.created]
        return list(dict.fromkeys(reversed(found)))

    def is_taken(self, noun: str, key: Any) -> bool:
        """Whether an id names something that is or was there."""
        return (noun, str(key)) in self._things or (noun, str(key)) in self._deleted

    def is_deleted(self, noun: str, key: Any) -> bool:
        """Whether an id names something that was deleted."""
        return (noun, str(key)) in self._deleted

    def learn(self, semantics: OperationSemantics, call: Call, body: Any, keys: Sequence[Reference]) -> None:
        """Take in what an answered call says about the things of the API; `keys` are the ways to name such a thing."""
        if len(call.key) > LARGEST_KEPT:
            return
        if semantics.kind == DELETE:
            self._delete(semantics, call)
        elif semantics.kind == CREATE:
            self._create(semantics, call, body, keys)
        elif semantics.kind in (READ, UPDATE) and semantics.own:
            self._refresh(semantics, semantics.own, call, body)
        elif semantics.kind == LIST:
            for item in list_in(body) or ():
                self.learn_item(semantics, item)

    def learn_item(self, semantics: OperationSemantics, item: Any) -> None:
        """Take in one item of a list, if it gives its id."""
        key = item.get(semantics.id_property) if isinstance(item, dict) and semantics.id_property else None
        if key is not None and not self.is_taken(semantics.noun, key):
            self._keep(Resource(semantics.noun, _plain_fields(item), {str(key)}))

    def _create(self, semantics: OperationSemantics, call: Call, body: Any, references: Sequence[Reference]) -> None:
        self.created += 1
        fields = {**_argument_fields(call), **_answer_fields(semantics, body)}
        ways = [*references, *([Reference(semantics.id_property, semantics.noun)] if semantics.id_property else [])]
        keys = {key for way in ways if (key := way.key(fields)) is not None}
        owners = {one.noun: str(value) for one in semantics.references
                  if one.noun != semantics.noun and (value := call.value_of(one.argument)) is not None}
        self._keep(Resource(semantics.noun, fields, keys or {f"{semantics.noun}_{self.created}"}, created=True,
                            owners=owners))

    def _refresh(self, semantics: OperationSemantics, own: Reference, call: Call, body: Any) -> None:
        key = own.key(call_values(call))
        if key is None:
            return
        view = view_of(semantics, call) if semantics.kind == READ else None
        thing = self.thing(semantics.noun, key) or Resource(semantics.noun, {}, {key}, view=view)
        if view is not None and not thing.holds_in(view):
            return
        known = _answer_fields(semantics, body)
        if semantics.kind == UPDATE:
            known |= _argument_fields(call)
            thing.changed = True
        thing.fields |= known
        self._keep(thing)

    def _delete(self, semantics: OperationSemantics, call: Call) -> None:
        key = semantics.own.key(call_values(call)) if semantics.own else None
        if key is None:
            return
        thing = self.thing(semantics.noun, key)
        for name in (thing.keys if thing else set()) | {key}:
            self._things.pop((semantics.noun, name), None)
            self._deleted.add((semantics.noun, name))

    def _keep(self, thing: Resource) -> None:
        for key in thing.keys:
            self._things[thing.noun, key] = thing
            self._deleted.discard((thing.noun, key))
        while len(self._things) > _MOST_THINGS:
            oldest = next((key for key, one in self._things.items() if not one.created), next(iter(self._things)))
            del self._things[oldest]


def call_values(call: Call) -> dict[str, Any]:
    """A call's body fields and arguments by plain name; an argument wins."""
    return _plain_fields(call.body_fields) | _plain_fields(call.arguments)


def view_of(semantics: OperationSemantics, call: Call) -> dict[str, Any]:
    """The arguments of a call that do not say which thing it is about, but how it is to be shown."""
    naming = {name for one in semantics.references for name in (one.argument, *one.owners)}
    return {plain(name): value for name, value in call.arguments.items() if name not in naming}


def _argument_fields(call: Call) -> dict[str, Any]:
    """What a call says about its thing: the body's fields, those one level down, and the parameters."""
    fields = {plain(name): value for name, value in call.arguments.items()}
    for value in call.body_fields.values():
        if isinstance(value, dict):
            fields |= _plain_fields(value)
    return fields | _plain_fields(call.body_fields)


def _answer_fields(semantics: OperationSemantics, body: Any) -> dict[str, Any]:
    return _plain_fields(resource_in(body, semantics.noun) or {})


def _plain_fields(values: dict[str, Any]) -> dict[str, Any]:
    return {plain(name): value for name, value in values.items()}


def overlaid(target: dict[str, Any], fields: dict[str, Any], *, keep: str | None = None) -> dict[str, Any]:
    """`target` with the known values where names and types agree, also in objects within it; `keep` stays as it is."""
    result = {}
    for name, value in target.items():
        known = fields.get(plain(name))
        if name != keep and _agrees(value, known):
            result[name] = known
        else:
            result[name] = overlaid(value, fields, keep=keep) if isinstance(value, dict) else value
    return result


def _agrees(value: Any, known: Any) -> bool:
    kinds = {json_type(value), json_type(known)}
    return known is not None and (len(kinds) == 1 or kinds == {"integer", "number"} or json_type(value) == "null")
