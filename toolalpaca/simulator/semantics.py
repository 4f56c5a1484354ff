"""Semantics of operations: which of them create, read, list, change or delete things that an API keeps, and of which
kind.

Documents do not say so; it is read off the method, the path and the names, the way a person would.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any

from toolalpaca.core.words import id_noun, name_key, name_words, singular
from toolalpaca.openapi.operations import READING_METHODS, Operation, response_schema
from toolalpaca.openapi.schema_parts import Schema, followed, items_of, properties_of, types_of
from toolalpaca.simulator.responses import WRAPPERS

CREATE, READ, LIST, UPDATE, DELETE, ACTION = "create", "read", "list", "update", "delete", "action"
VERBS = {CREATE: {"create", "add", "register", "new", "insert", "post", "submit", "book", "place", "order", "upload",
                   "report", "schedule", "publish", "open", "save", "store", "make"},
          READ: {"get", "retrieve", "fetch", "read", "show", "find", "lookup", "view", "describe"},
          LIST: {"list", "search", "browse", "query"},
          UPDATE: {"update", "edit", "modify", "change", "patch", "replace", "rename"},
          DELETE: {"delete", "remove", "cancel", "destroy", "revoke", "unregister"}}
TITLE_FIELDS = ("title", "name", "fullname", "displayname", "headline", "label", "subject")  # of a thing, by `name_key`
# Fields that many things have, by `name_key`.
COMMON_FIELDS = frozenset({"id", "uuid", "name", "title", "type", "kind", "status", "description", "code", "value",
                           "key", "label", "url", "date", "text", "count", "size", "message", "comment"})
_METHODS = {"get": READ, "put": UPDATE, "patch": UPDATE, "delete": DELETE}


@dataclass(frozen=True)
class Reference:
    """An argument that names a thing. A name that is not an id, as in `/towns/{town}/streets/{street}`, says which one
    only together with the path variables before it, its `owners`."""

    argument: str
    noun: str
    owners: tuple[str, ...] = ()

    def key(self, values: Mapping[str, Any]) -> str | None:
        """Return the thing's key within its noun, from values by plain name; None if they do not name one."""
        parts = [values.get(name_key(name)) for name in (*self.owners, self.argument)]
        return None if any(isinstance(part, (NoneType, list, dict)) for part in parts) else "/".join(map(str, parts))


@dataclass(frozen=True)
class OperationSemantics:
    """`noun` is the kind of thing, such as "role"; `own` names the one that the operation is about, `references` are
    all arguments that name things; `id_property` is the answer's field for the id; `states` are the answer's fields
    for the state of the thing, each with the texts it may have; `accepts` are the plain names of all that a call can
    say; `others` are the plain names of the answer's fields that hold what an argument of another name says."""

    kind: str
    noun: str
    own: Reference | None
    id_property: str | None
    references: tuple[Reference, ...]
    states: tuple[tuple[str, tuple[str, ...]], ...] = ()
    accepts: frozenset[str] = frozenset()
    others: tuple[tuple[str, str], ...] = ()

    @property
    def changes(self) -> bool:
        """Return whether a call changes what later calls see; an action does if it names what it is done with."""
        return self.kind in (CREATE, UPDATE, DELETE) or self.kind == ACTION and bool(self.references)


def semantics_of(document: dict[str, Any], operation: Operation) -> OperationSemantics:
    """Return what an operation does to which things."""
    references = _references(document, operation)
    successes = sorted(status for status in operation.responses if status.startswith("2"))
    schemas = (response_schema(operation.responses[status]) for status in successes)
    answer = _AnswerSchema(document, next(filter(None, schemas), {}))
    verb, named = _verb_and_noun(operation)
    path_noun, ends_in_variable = _path_noun(operation.path)
    kind = _kind(operation, verb, references, answer, ends_in_variable)
    own = _own_reference(kind, operation, references, named or path_noun, ends_in_variable)
    noun = own.noun if own else ""
    found = answer.id_property(noun or named or path_noun, kind)
    noun = noun or (id_noun(found) if found else "") or named or path_noun
    if kind == CREATE and noun in {reference.noun for reference in references}:
        # What is named already is not created: signing a petition makes a signature, if anything.
        kind, noun = (CREATE, path_noun) if path_noun not in {one.noun for one in references} else (ACTION, noun)
        found = answer.id_property(noun, READ)
    accepts = (*(one.name for one in operation.parameters), *_body_properties(document, operation))
    return OperationSemantics(kind, noun, own, found, references, tuple(answer.states(noun, kind)),
                              frozenset(map(name_key, accepts)), tuple(_others(operation, answer, noun, kind)))


def _verb_and_noun(operation: Operation) -> tuple[str, str]:
    """Return the kind of the verb that the operation's name begins with, and the last word of the rest: "role" for
    `listRoles`."""
    parts = name_words(operation.raw.get("operationId") or "")
    if not parts:
        return "", ""
    verb = next((kind for kind, verbs in VERBS.items() if parts[0] in verbs), "")
    rest = parts[1:] if verb or len(parts) > 1 else ()
    cut = next((place for place, word in enumerate(rest) if word in ("by", "for", "with", "from", "in", "of", "to")),
               len(rest))
    return verb, singular(rest[cut - 1]) if cut else ""


def _path_noun(path: str) -> tuple[str, bool]:
    """Return the last literal segment's noun, and whether a variable ends the path: `/users/{id}` is about one user."""
    segments = [segment for segment in path.split("?")[0].split("/") if segment]
    literals = [segment for segment in segments if "{" not in segment]
    ending = bool(segments) and segments[-1].startswith("{")
    return singular((name_words(literals[-1]) or ("",))[-1]) if literals else "", ending


def _references(document: dict[str, Any], operation: Operation) -> tuple[Reference, ...]:
    found: dict[str, Reference] = {}
    path_nouns = {variable: singular((name_words(before) or ("",))[-1])
                  for before, variable in re.findall(r"/([^/{}]+)/\{([^{}]+)\}", operation.path)}
    variables = re.findall(r"\{([^{}]+)\}", operation.path)
    for parameter in operation.parameters:
        name, noun = parameter.name, id_noun(parameter.name)
        if parameter.location == "path":
            owners = tuple(variables[:variables.index(name)]) if noun is None and name in variables else ()
            found[name] = Reference(name, noun or path_nouns.get(name) or "", owners)
        elif noun is not None and parameter.location == "query":
            found[name] = Reference(name, noun)
    for name in _body_properties(document, operation):
        noun = id_noun(name)
        if noun is not None:
            found.setdefault(name, Reference(name, noun))
    return tuple(found.values())


def _body_properties(document: dict[str, Any], operation: Operation) -> list[str]:
    if operation.request_body is None:
        return []
    schemas = list(operation.request_body.content.values())
    return list(properties_of(document, schemas[0])) if schemas else []


def _kind(operation: Operation, verb: str, references: tuple[Reference, ...], answer: "_AnswerSchema",
          ends_in_variable: bool) -> str:
    method = operation.method
    name = operation.raw.get("operationId")
    if verb == DELETE and method != "delete" and name_words(name or "x")[0] not in ("delete", "remove", "destroy"):
        verb = ""  # a build that is cancelled by POST is still there
    kind = verb or (_METHODS.get(method, ACTION) if method != "put" or ends_in_variable or not name else ACTION)
    if method == "post" and not verb:
        kind = CREATE if _is_collection(answer.document, operation, ends_in_variable) else ACTION
    if operation.http_method in READING_METHODS or kind in (READ, LIST):
        return LIST if (answer.is_list or not ends_in_variable) and answer.has_list else READ
    nested = "{" in operation.path and not ends_in_variable
    if kind in (UPDATE, DELETE) and (not references or nested and not verb):
        return ACTION  # such as DELETE /users/{id}/avatar, which leaves the user
    return kind


def _is_collection(document: dict[str, Any], operation: Operation, ends_in_variable: bool) -> bool:
    """Return whether new things are added at a path: one of them has a path below it, or the document says 201."""
    below = re.compile(re.escape(operation.path.rstrip("/")) + r"/\{[^{}]+\}/?")
    return not ends_in_variable and ("201" in operation.responses or any(map(below.fullmatch, document["paths"])))


def _is_object_list(root: Schema, schema: Any) -> bool:
    return "array" in types_of(root, schema) and "object" in types_of(root, items_of(root, schema))


def _own_reference(kind: str, operation: Operation, references: tuple[Reference, ...], noun: str,
                   ends_in_variable: bool) -> Reference | None:
    """Return the argument that names the very thing the operation is about, not its owner."""
    if kind in (CREATE, LIST, ACTION) or not references:
        return None
    variables = re.findall(r"\{([^{}]+)\}", operation.path)
    if ends_in_variable:
        last = next((one for one in references if one.argument == variables[-1]), None)
        return replace(last, noun=last.noun or noun) if last else None
    if variables:
        return None
    matching = [one for one in references if one.noun == noun]
    bare = [replace(one, noun=noun) for one in references if not one.noun]
    return (matching or bare or list(references))[0]


def _others(operation: Operation, answer: "_AnswerSchema", noun: str, kind: str) -> Iterator[tuple[str, str]]:
    """Yield the plain names of a parameter and of the answer's field that says the same under another name: `author`
    for `authorName`, `inStock` for `inStockOnly`, or the only one with the same choices."""
    fields = {name_key(name): followed(answer.document, part) for name, part in answer.levels(noun, kind)[0].items()}
    for parameter in operation.parameters:
        key, choices = name_key(parameter.name), followed(answer.document, parameter.schema).get("enum")
        if key not in fields:
            alike = [name for name, part in fields.items() if choices and part.get("enum")
                     and set(map(str, choices)) == set(map(str, part["enum"]))]
            found = [name for name in (*_other_names(parameter.name), *(alike if len(alike) == 1 else ()))
                     if name in fields]
            if found:
                yield key, found[0]


def _other_names(name: str) -> Iterator[str]:
    words = name_words(name)
    if len(words) > 1 and words[-1] in ("name", "only"):
        yield "".join(words[:-1])
    if words and words[-1] not in ("name", "id"):
        yield "".join((*words, "name"))


@dataclass(frozen=True)
class _AnswerSchema:
    """The schema of an operation's answer, as written in the document."""

    document: dict[str, Any]
    schema: Schema

    @property
    def is_list(self) -> bool:
        return "array" in types_of(self.document, self.schema)

    @property
    def has_list(self) -> bool:
        """Return whether the answer is a list of objects, or an object that holds little but one."""
        if self.is_list:
            return _is_object_list(self.document, self.schema)
        return any(_is_object_list(self.document, part) for part in self._properties(self.schema).values())

    def id_property(self, noun: str, kind: str) -> str | None:
        """Return the field that gives the id, in the answer itself, in the object it wraps, or in its list's items."""
        for properties in self.levels(noun, kind):
            ids = [name for name in properties if id_noun(name) is not None]
            exact = [name for name in ids if id_noun(name) == noun]
            bare = [name for name in ids if id_noun(name) == ""]
            if ids and (exact or bare or len(ids) == 1 or kind == CREATE):
                return (exact or bare or ids)[0]
        return None

    def states(self, noun: str, kind: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the fields for the state of the thing, or of a list's items, each with the texts it may have."""
        for name, part in (self.levels(noun, kind)[0] if kind == LIST else self._properties(self.schema)).items():
            choices = followed(self.document, part).get("enum")
            if (name_words(name) or ("",))[-1] in ("state", "status") and isinstance(choices, list):
                yield name, tuple(one for one in choices if isinstance(one, str))

    def levels(self, noun: str, kind: str) -> list[dict[str, Any]]:
        """Return the properties of the objects in which the answer may describe the thing, the likeliest first."""
        if self.is_list:
            return [self._properties(items_of(self.document, self.schema))]
        properties = self._properties(self.schema)
        inner = [self._properties(part) for name, part in properties.items()
                 if name_key(name) in WRAPPERS or singular(name_key(name)) == noun]
        lists = [self._properties(items_of(self.document, part)) for part in properties.values()
                 if _is_object_list(self.document, part)]
        return [*lists, *inner, properties] if kind == LIST else [properties, *inner]

    def _properties(self, schema: Any) -> dict[str, Any]:
        return properties_of(self.document, schema)


def list_schema(root: Schema) -> Schema | None:
    """Return the schema of the items of the list that `list_in` finds in such answers; None if there is none."""
    own = properties_of(root, root)
    lists = [root, *own.values()]
    lists += [part for name, inner in own.items() if name_key(name) in WRAPPERS
              for part in properties_of(root, inner).values()]
    for part in lists:
        if _is_object_list(root, part):
            return {**followed(root, items_of(root, part)), "$defs": root.get("$defs", {})}
    return None
