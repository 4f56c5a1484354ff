"""The things of an API as a conversation left them: what was created can be read and listed, what was changed stays
changed, what was deleted is gone.

It works on answers from any source, since it only needs the semantics of an operation and the body that came back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from toolalpaca.core.jsons import json_type
from toolalpaca.core.words import id_noun, name_key, name_words, singular
from toolalpaca.openapi.operations import READING_METHODS
from toolalpaca.simulator.requests import CheckedRequest
from toolalpaca.simulator.responses import WRAPPERS, list_in_answer, resource_in
from toolalpaca.simulator.semantics import ACTION, CREATE, DELETE, LIST, READ, UPDATE, OperationSemantics, Reference

LARGEST_KEPT = 50_000  # characters of a request; what a longer one says is not kept
_MOST_RESOURCES = 1000
_DEEPEST = 6  # objects within each other that are looked into


@dataclass(eq=False)
class Resource:
    """One thing: its field values by plain name, the texts that may name it, and whether it was made or changed here.

    `given` is what the client said of it when it made or changed it, `actions` what was done with it otherwise, by the
    operation's name; `found_by` are the arguments of the list that first showed it. `view` is how it was asked for when
    nothing else is known of it: rates in euros are not rates in dollars. `before` are the values that fields had before
    they were changed here.
    """

    noun: str
    fields: dict[str, Any] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    created: bool = False
    changed: bool = False
    owners: dict[str, str] = field(default_factory=dict)
    view: dict[str, Any] | None = None
    given: dict[str, Any] = field(default_factory=dict)
    actions: dict[str, dict[str, Any]] = field(default_factory=dict)
    found_by: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)

    def change(self, fields: dict[str, Any]) -> None:
        """Take in the values that fields have after a change."""
        self.before = {name: self.fields[name] for name in fields if name in self.fields} | self.before
        self.fields |= fields
        self.changed = True

    def holds_in(self, view: dict[str, Any]) -> bool:
        """Return whether what is known of it is true also when it is asked for with these arguments."""
        return self.created or self.changed or self.view is None or self.view == view


class _Things(dict[tuple[str, str], Resource]):
    """The known things by noun and id, in the order in which they became known."""

    def __init__(self) -> None:
        super().__init__()
        self._nouns: dict[str, dict[str, None]] = {}  # by id

    def __setitem__(self, name: tuple[str, str], resource: Resource) -> None:
        super().__setitem__(name, resource)
        self._nouns.setdefault(name[1], {})[name[0]] = None
        self._forget_lists()

    def drop(self, name: tuple[str, str]) -> None:
        """Let a noun and an id name nothing."""
        if self.pop(name, None) is not None:
            del self._nouns[name[1]][name[0]]
            if not self._nouns[name[1]]:
                del self._nouns[name[1]]
            self._forget_lists()

    def with_id(self, key: str) -> list[Resource]:
        """Return the things of any noun with that id, the first known first."""
        return [self[noun, key] for noun in self._nouns.get(key, ())]

    def oldest(self) -> tuple[str, str]:
        """Return the name of the first thing that was not created here, else of the first."""
        return next((name for name, one in self.items() if not one.created), next(iter(self)))

    @cached_property
    def all(self) -> list[Resource]:
        """Return all things, each once."""
        return list(dict.fromkeys(self.values()))

    @cached_property
    def moved(self) -> list[Resource]:
        """Return the things that were created or changed here."""
        return [one for one in self.all if one.created or one.changed]

    def _forget_lists(self) -> None:
        self.__dict__.pop("all", None)
        self.__dict__.pop("moved", None)


class SessionResources:
    """The things that one conversation knows of one API."""

    def __init__(self) -> None:
        self._known = _Things()
        self._deleted: dict[tuple[str, str], Resource] = {}
        self.missing: set[tuple[str, str]] = set()  # the nouns and ids of what is not there in this conversation
        self.created = 0

    def gone(self, semantics: OperationSemantics, call: CheckedRequest) -> tuple[str, str] | None:
        """Return the noun and id of a deleted or missing thing that a call names, None if it names none."""
        if self._deleted or self.missing:
            for name in _named(semantics, call):
                if name in self._deleted or name in self.missing:
                    return name
        return None

    def unknown(self, semantics: OperationSemantics, call: CheckedRequest) -> tuple[str, str] | None:
        """Return the noun and id of a thing that a call names and nothing has shown before, None if it names none."""
        return next((name for name in _named(semantics, call) if name[0] and name not in self._known), None)

    def things(self, semantics: OperationSemantics, call: CheckedRequest) -> list[Resource]:
        """Return the known things that a call names."""
        return [self._known[name] for name in _named(semantics, call) if name in self._known]

    def find(self, noun: str, key: Any) -> Resource | None:
        """Return the thing of that kind and id, if it is known."""
        return self._known.get((noun, str(key)))

    def alike(self, key: Any, names: set[str]) -> Resource | None:
        """Return the latest known thing of any kind with that id that has at least two of these fields."""
        same = self._known.with_id(str(key))
        return next((one for one in reversed(same) if len(names & one.fields.keys()) > 1), None)

    def named(self, key: Any) -> Resource | None:
        """Return the latest known thing of any kind with that id."""
        return next(reversed(self._known.with_id(str(key))), None)

    def created_resources(self, noun: str) -> list[Resource]:
        """Return what was created in this conversation, newest first."""
        return [one for one in reversed(self._known.moved) if one.noun == noun and one.created]

    def moved_to(self, noun: str, key: str) -> list[Resource]:
        """Return what was created or changed in this conversation and belongs to the thing of that noun and id."""
        return [one for one in self._known.moved if one.owners.get(noun) == key]

    def all(self) -> list[Resource]:
        """Return all known things, each once, oldest first."""
        return self._known.all

    def deleted(self) -> list[Resource]:
        """Return the things that were there before this conversation and that it deleted."""
        return [one for one in dict.fromkeys(self._deleted.values()) if not one.created]

    def is_taken(self, noun: str, key: Any) -> bool:
        """Return whether an id names something that is or was there."""
        return (noun, str(key)) in self._known or (noun, str(key)) in self._deleted

    def is_deleted(self, noun: str, key: Any) -> bool:
        """Return whether an id names something that was deleted."""
        return (noun, str(key)) in self._deleted

    def learn(self, operation: str, semantics: OperationSemantics, call: CheckedRequest, body: Any,
              keys: Sequence[Reference]) -> None:
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
            for item in list_in_answer(body) or ():
                self.learn_item(semantics, item, call, keys)
        elif semantics.kind == ACTION and call.method not in READING_METHODS:
            self._act(operation, semantics, call, body)
        if semantics.kind != DELETE:
            self._learn_objects(semantics, body, call)

    def learn_item(self, semantics: OperationSemantics, item: Any, call: CheckedRequest,
                   keys: Sequence[Reference]) -> None:
        """Take in one item of a list, if it gives its id or another of the `keys` that name it."""
        if not isinstance(item, dict):
            return
        names = [semantics.id_property] if semantics.id_property else [one.argument for one in keys if not one.owners]
        key = next((item[name] for name in names if isinstance(item.get(name), (str, int))), None)
        if key is not None and not self.is_taken(semantics.noun, key):
            self._keep(Resource(semantics.noun, _plain_fields(item), {str(key)}, found_by=dict(call.arguments)))

    def _create(self, semantics: OperationSemantics, call: CheckedRequest, body: Any,
                references: Sequence[Reference]) -> None:
        self.created += 1
        fields = {**_argument_fields(call), **_answer_fields(semantics, body)}
        ways = [*references, *([Reference(semantics.id_property, semantics.noun)] if semantics.id_property else [])]
        keys = {key for way in ways if (key := way.key(fields)) is not None}
        self._keep(Resource(semantics.noun, fields, keys or {f"{semantics.noun}_{self.created}"}, created=True,
                            owners=_owners(semantics, call), given=call.given))

    def _refresh(self, semantics: OperationSemantics, own: Reference, call: CheckedRequest, body: Any) -> None:
        key = own.key(call_values(call))
        if key is None:
            return
        view = view_of(semantics, call) if semantics.kind == READ else None
        known = _answer_fields(semantics, body)
        found = self.find(semantics.noun, key) or self.alike(key, set(known)) \
            or Resource(semantics.noun, {}, {key}, view=view)
        if view is not None and not found.holds_in(view):
            return
        if semantics.kind == UPDATE:
            found.change(known | not_shown(_argument_fields(call), known))
            found.given |= {name: value for name, value in call.given.items() if name != own.argument}
            found.owners |= {noun: value for noun, value in _owners(semantics, call).items() if value != key}
        else:
            found.fields |= known
        self._keep(found, (semantics.noun, key))

    def _act(self, operation: str, semantics: OperationSemantics, call: CheckedRequest, body: Any) -> None:
        """Note what was done with the thing that a call names first in its path, or else at all, and how the answer
        shows it now."""
        named = _named(semantics, call)
        if named and named[0][0]:
            target = self._known.get(named[0]) or Resource(named[0][0], {}, {named[0][1]})
            own = {one.argument for one in semantics.references if (one.noun, one.key(call_values(call))) == named[0]}
            target.actions[operation] = {name: value for name, value in call.given.items() if name not in own}
            for noun, key, value in things_in(body, named[0][0]):
                if (noun, str(key)) == named[0]:
                    target.change(_plain_fields(value))
            self._keep(target, named[0])

    def _delete(self, semantics: OperationSemantics, call: CheckedRequest) -> None:
        key = semantics.own.key(call_values(call)) if semantics.own else None
        if key is None:
            return
        found = self.find(semantics.noun, key) or Resource(semantics.noun, {}, {key})
        for name in {(found.noun, one) for one in found.keys} | {(semantics.noun, key)}:
            self._known.drop(name)
            self._deleted[name] = found

    def _learn_objects(self, semantics: OperationSemantics, body: Any, call: CheckedRequest) -> None:
        """Take in what an answer says of things of which nothing is known yet: their texts, which are true however they
        were asked for, and after a change their numbers too."""
        reads = call.method in READING_METHODS
        kinds: tuple[type, ...] = (str,) if reads else (str, int, float)
        for noun, key, value in things_in(body, semantics.noun):
            if not self.is_taken(noun, key) and not (semantics.own and noun == semantics.noun):
                fields = {name_key(name): part for name, part in value.items() if isinstance(part, kinds)
                          or isinstance(part, list) and part and all(isinstance(item, str) for item in part)}
                self._keep(Resource(noun, fields, {str(key)}, found_by=dict(call.arguments) if reads else {}))

    def _keep(self, resource: Resource, name: tuple[str, str] | None = None) -> None:
        for one in {(resource.noun, key) for key in resource.keys} | ({name} if name else set()):
            self._known[one] = resource
            self._deleted.pop(one, None)
        while len(self._known) > _MOST_RESOURCES:
            self._known.drop(self._known.oldest())


def things_in(value: Any, noun: str, depth: int = 0) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield the noun, the id and the object of each thing that an answer describes; `noun` is what the answer is of."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from things_in(item, noun, depth + 1)
    elif isinstance(value, dict):
        name = own_id(value, noun)
        if name is not None and isinstance(value[name], (str, int)) and not isinstance(value[name], bool):
            yield id_noun(name) or noun, value[name], value
        for key, part in value.items():
            if isinstance(part, (dict, list)):
                words = name_words(key)
                inner = noun if name_key(key) in WRAPPERS or not words else singular(words[-1])
                yield from things_in(part, inner, depth + 1)


def own_id(value: dict[str, Any], noun: str) -> str | None:
    """Return the name of the field that holds an object's own id: a bare one, one of its noun, or its first field."""
    ids = [name for name in value if id_noun(name) is not None]
    own = [name for name in ids if id_noun(name) in ("", noun)]
    return own[0] if own else ids[0] if ids and ids[0] == next(iter(value)) else None


def call_values(call: CheckedRequest) -> dict[str, Any]:
    """Return a call's body fields and arguments by plain name; an argument wins."""
    return _plain_fields(call.given)


def view_of(semantics: OperationSemantics, call: CheckedRequest) -> dict[str, Any]:
    """Return the arguments of a call that do not say which thing it is about, but how it is to be shown."""
    naming = {name for one in semantics.references for name in (one.argument, *one.owners)}
    return {name_key(name): value for name, value in call.arguments.items() if name not in naming}


def _named(semantics: OperationSemantics, call: CheckedRequest) -> list[tuple[str, str]]:
    """Return the noun and key of every thing that a call names."""
    values = call_values(call)
    keys = [(reference.noun, reference.key(values)) for reference in semantics.references]
    return [(noun, key) for noun, key in keys if key is not None]


def _owners(semantics: OperationSemantics, call: CheckedRequest) -> dict[str, str]:
    return {one.noun: str(value) for one in semantics.references
            if one.noun != semantics.noun and (value := call.value_of(one.argument)) is not None}


def _argument_fields(call: CheckedRequest) -> dict[str, Any]:
    """Return what a call says about its thing: the body's fields, those one level down, and the parameters."""
    fields = {name_key(name): value for name, value in call.arguments.items()}
    for value in call.body_fields.values():
        if isinstance(value, dict):
            fields |= _plain_fields(value)
    return fields | _plain_fields(call.body_fields)


def _answer_fields(semantics: OperationSemantics, body: Any) -> dict[str, Any]:
    return _plain_fields(resource_in(body, semantics.noun) or {})


def _plain_fields(values: dict[str, Any]) -> dict[str, Any]:
    return {name_key(name): value for name, value in values.items()}


def overlaid(target: dict[str, Any], fields: dict[str, Any], *, keep: str | None = None) -> dict[str, Any]:
    """Return `target` with the known values if names and types agree, also in objects within it, except for `keep`."""
    result = {}
    for name, value in target.items():
        known = fields.get(name_key(name))
        if name != keep and _agrees(value, known):
            result[name] = known
        else:
            result[name] = overlaid(value, fields, keep=keep) if isinstance(value, dict) else value
    return result


def not_shown(given: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """Return the given fields but for those that an answer shows, if with more in their objects than was given."""
    fields = _plain_fields(shown)
    return {name: value for name, value in given.items() if not _shows(fields.get(name_key(name)), value)}


def _shows(value: Any, given: Any) -> bool:
    if isinstance(given, dict) and isinstance(value, dict):
        return all(name in value and _shows(value[name], part) for name, part in given.items())
    if isinstance(given, list) and isinstance(value, list):
        return len(value) == len(given) and all(map(_shows, value, given))
    return bool(value == given)


def _agrees(value: Any, known: Any) -> bool:
    kinds = {json_type(value), json_type(known)}
    return known is not None and (len(kinds) == 1 or kinds == {"integer", "number"} or json_type(value) == "null")
