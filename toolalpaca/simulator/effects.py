"""The effect of a write as its answer states it: what was written, flags such as `canceled`, the state that the
operation's verb tells, and the address that something new was given."""

import re
from functools import lru_cache
from typing import Any

from toolalpaca.core.words import name_key, name_words, singular
from toolalpaca.simulator.catalog import ServedOperation
from toolalpaca.simulator.faker.kinds import BAD, IN_FORCE, SUCCESSES
from toolalpaca.simulator.requests import CheckedRequest
from toolalpaca.simulator.responses import objects_in_answer, replaced_list, replaced_resource, resource_in
from toolalpaca.simulator.semantics import ACTION, CREATE, DELETE, LIST, READ, UPDATE, VERBS

_ENDING = frozenset({*VERBS[DELETE], "archive", "block", "close", "deactivate", "disable", "end", "expire", "leave",
                     "pause", "retire", "stop", "suspend", "terminate", "unfollow", "unsubscribe"})
_ASKING = frozenset({*VERBS[READ], *VERBS[LIST], "analyse", "analyze", "calculate", "check", "compare", "compute",
                     "convert", "detect", "estimate", "predict", "score", "test", "translate", "validate", "verify"})
_EARLY = frozenset({"created", "draft", "new", "open", "pending", "processing", "queued", "received", "running",
                    "scheduled", "started", "submitted", "waiting"})
_LATER = (("at",), ("when",))  # in the name of the time for which something is asked
_IRREGULAR = {"build": "built", "give": "given", "hide": "hidden", "hold": "held", "make": "made", "pay": "paid",
              "send": "sent", "take": "taken", "withdraw": "withdrawn", "write": "written"}
_ADDRESS_PARTS = frozenset({"alias", "handle", "localpart", "mailboxname", "slug"})
_SHORT_LINK = re.compile(r"((?:https?://)?[\w-]+(?:\.[\w-]+)+/)[\w-]+")
_EMAIL = re.compile(r"()[\w.+-]+(?=@)")


def with_what_was_written(call: CheckedRequest, body: Any) -> Any:
    """Return a list of what was written: one item for a request that has all its fields, or one for each value."""
    items = objects_in_answer(body)
    if not items:
        return body
    names = {name_key(name): name for name in items[0]}
    scalars = {name_key(name): value for name, value in call.body_fields.items()
               if isinstance(value, (str, int, float))}
    if scalars and scalars.keys() <= names.keys():
        return replaced_list(body, items, [{**items[0], **{names[name]: value for name, value in scalars.items()}}])
    for name, values in call.body_fields.items():
        field = names.get(singular(name_key(name)))
        if field and isinstance(values, list) and values and all(isinstance(one, str) for one in values):
            return replaced_list(body, items, [{**items[place % len(items)], field: value}
                                               for place, value in enumerate(values)])
    return body


def with_effect(operation: ServedOperation, call: CheckedRequest, body: Any) -> Any:
    """Return the answer of a write that states its effect: flags and states as they are after the operation, which has
    succeeded, and the address that was asked for."""
    semantics = operation.semantics
    resource = resource_in(body, semantics.noun) if isinstance(body, dict) else None
    if resource is None or semantics.kind not in (CREATE, ACTION, UPDATE, DELETE):
        return body
    given = frozenset(map(name_key, call.given))
    verb = (name_words(operation.name) or ("",))[0]
    if verb in _ASKING:
        return body
    is_new = semantics.kind == CREATE or operation.responses.of(201) is not None or (
        semantics.kind == ACTION and operation.method == "POST" and semantics.id_property is not None
        and semantics.noun not in {one.noun for one in semantics.references})
    first = {name: next((one for one in choices if one.lower() in _EARLY), choices[0])
             for name, choices in semantics.states if choices and is_new and name_key(name) not in given}
    stated: dict[str, Any] = first | told_states(operation, call)
    for name, value in resource.items():
        if type(value) is bool and name_key(name) not in given:
            flag = _flag(verb, semantics.kind, name)
            stated[name] = value if flag is None else flag
    changed = _at_address(call, resource) | {name: value for name, value in stated.items() if name in resource}
    return replaced_resource(body, semantics.noun, {**resource, **changed}) if changed else body


def told_states(operation: ServedOperation, call: CheckedRequest) -> dict[str, str]:
    """Return the fields whose new state a call tells by a verb, with that state: cancelled for `cancelBuild` or, for a
    thing that is there, for the action "cancel". A state that the call gives by the field's own name is left out."""
    values = () if operation.semantics.kind == CREATE else call.body_fields.values()
    verbs = [(name_words(operation.name) or ("",))[0], *(value for value in values if isinstance(value, str))]
    given = set(map(name_key, call.body_fields))
    if any(name_words(name)[-1:] in _LATER for name in call.body_fields):
        verbs = ["schedule", *verbs]
    told = {name: next((one for verb in verbs for one in choices if _same_stem(verb, one)), None)
            for name, choices in operation.semantics.states if name_key(name) not in given}
    return {name: state for name, state in told.items() if state is not None}


@lru_cache(maxsize=5000)
def _flag(verb: str, kind: str, name: str) -> bool | None:
    """Return what a flag of that name is after an operation; None if the operation says nothing about it."""
    word = (name_words(name) or ("",))[-1]
    if _same_stem(verb, word):
        return True
    if word in IN_FORCE:
        return None if verb in VERBS[UPDATE] else verb not in _ENDING
    if word in BAD:
        return None
    return True if word in SUCCESSES or any(_same_stem(one, word) for one in VERBS.get(kind, ())) else None


def _same_stem(verb: str, state: str) -> bool:
    """Return whether a state is the participle of a verb."""
    if state.lower() == _IRREGULAR.get(verb.lower()):
        return True
    start = verb.lower().rstrip("e")
    return len(verb) > 2 and len(state) > len(verb) and state.lower().startswith(
        start[:-1] + "i" if start.endswith("y") else start)


def _at_address(call: CheckedRequest, resource: dict[str, Any]) -> dict[str, str]:
    """Return the addresses of what was made with the part that the request names: an alias, or what is before the @."""
    part = next((value for name, value in (*call.body_fields.items(), *call.arguments.items())
                 if isinstance(value, str) and name_key(name) in _ADDRESS_PARTS), None)
    if not part or not re.fullmatch(r"[\w.+-]+", part):
        return {}
    given = {value for value in (*call.body_fields.values(), *call.arguments.values()) if isinstance(value, str)}
    return {name: found[1] + part + value[found.end():] for name, value in resource.items()
            if isinstance(value, str) and value not in given
            and (found := _EMAIL.match(value) or _SHORT_LINK.fullmatch(value))}
