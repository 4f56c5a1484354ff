"""An answer brought into line with the conversation's state, and the state with the answer."""

import random
from dataclasses import replace
from typing import Any

from toolalpaca.core.text import plain
from toolalpaca.simulator.catalog import Api, ServedOperation
from toolalpaca.simulator.faker.source import request_limit, request_values
from toolalpaca.simulator.requests import Call
from toolalpaca.simulator.responses import SCHEMA, Answer, ResponseCheck
from toolalpaca.simulator.schema_responder import MadeAnswers
from toolalpaca.simulator.semantics import CREATE, LIST, READ, UPDATE, Role, list_in, resource_in
from toolalpaca.simulator.state.resources import State, Thing, call_values, laid_over, view_of

_FRESH_IDS = 50


class Settlement:
    """Brings answers and state together. One of these serves all threads."""

    def __init__(self, made: MadeAnswers) -> None:
        self._made = made

    def gone(self, operation: ServedOperation, state: State, call: Call) -> Answer | None:
        """The 404 for a call that names something deleted in this conversation."""
        missing = state.missing(operation.role, call)
        if missing is None:
            return None
        noun, key = missing
        return error_answer(self._made, operation, call, 404, {"error": f"There is no {noun or 'item'} {key!r}: "
                                                              "it was deleted."})

    def settled(self, api: Api, operation: ServedOperation, state: State, call: Call, answer: Answer) -> Answer:
        """The answer with what the conversation knows laid over it, as far as it still fits; the state learns it."""
        if not answer.succeeded:
            return answer
        body = self._aligned(operation, state, call, answer)
        response = operation.responses.of(answer.status)
        if response is not None and not response.fits(body):
            body = answer.body
        state.learn(operation.role, call, body, api.keys_of(operation.role.noun))
        return replace(answer, body=body)

    def _aligned(self, operation: ServedOperation, state: State, call: Call, answer: Answer) -> Any:
        role, body = operation.role, answer.body
        if role.kind == CREATE:
            return self._with_fresh_id(operation, state, call, body)
        if role.kind == LIST:
            return self._with_list(operation, state, call, answer)
        if role.kind in (READ, UPDATE) and isinstance(body, dict):
            thing = _meant(state, role, call)
            known = thing is not None and (role.kind == UPDATE or thing.holds_in(view_of(role, call)))
            fields = dict(thing.fields) if thing and known else {}
            if role.kind == UPDATE:
                fields |= request_values(call)
            return _replaced_resource(body, role, laid_over(resource_in(body, role.noun) or {}, fields))
        return body

    def _with_fresh_id(self, operation: ServedOperation, state: State, call: Call, body: Any) -> Any:
        """A created thing gets an id that names nothing else in this conversation."""
        role = operation.role
        resource = resource_in(body, role.noun)
        name = role.id_property
        if resource is None or name not in resource or not state.is_taken(role.noun, resource[name]):
            return body
        if call.value_of(name) is not None:
            return body  # the caller chose it
        for attempt in range(_FRESH_IDS):
            candidate = _like(resource[name], self._made.fresh_number(operation, call, state.created + attempt))
            if not state.is_taken(role.noun, candidate):
                return _replaced_resource(body, role, {**resource, name: candidate})
        return body

    def _with_list(self, operation: ServedOperation, state: State, call: Call, answer: Answer) -> Any:
        role, body = operation.role, answer.body
        found = list_in(body)
        if found is None:
            return body
        items = [self._known_item(role, state, item) for item in found
                 if not _is_gone(role, state, item) and not _has_left(role, state, call, item)]
        present = {str(item.get(role.id_property)) for item in items if isinstance(item, dict)}
        new = [thing for thing in state.created_things(role.noun)
               if not (thing.keys & present) and _matches(thing, role, call)]
        response = operation.responses.of(answer.status)
        made = [] if response is None else [
            self._created_item(operation, call, response, thing, number) for number, thing in enumerate(new)]
        items = [*(item for item in made if item is not None), *items]
        limit = request_limit(call)
        whole = _replaced_list(body, found, items if limit is None else items[:limit])
        fits = response is None or response.fits(whole)
        return whole if fits else _replaced_list(body, found, items[:len(found)])

    def _known_item(self, role: Role, state: State, item: Any) -> Any:
        thing = _thing_of(role, state, item)
        return laid_over(item, thing.fields, keep=role.id_property) if thing else item

    def _created_item(self, operation: ServedOperation, call: Call, response: ResponseCheck,
                      thing: Thing, number: int) -> Any:
        fields = thing.fields
        role = operation.role
        if role.id_property and plain(role.id_property) not in fields:
            fields = {**fields, plain(role.id_property): fields.get("id", next(iter(sorted(thing.keys))))}
        return self._made.item(operation, response, call, fields, number)


def error_answer(made: MadeAnswers, operation: ServedOperation, call: Call, status: int,
                 body: dict[str, Any]) -> Answer:
    """An error in the form that the document declares for its status, if it declares one."""
    response = operation.responses.of(status)
    if response is None or response.schema is None or not response.is_json:
        return Answer(status, body, SCHEMA)
    return Answer(status, fitted_error(made.body(operation, call, response), body, status, response), SCHEMA,
                  response.media_type)


_MESSAGES = frozenset({"message", "error", "detail", "details", "description", "title", "reason", "errormessage",
                       "msg"})
_CODES = frozenset({"code", "status", "statuscode", "errorcode"})


def fitted_error(made: Any, body: dict[str, Any], status: int, response: ResponseCheck) -> Any:
    """`body` itself where it fits the declared error, else the made-up error with our message in its text fields."""
    if response.fits(body) and not isinstance(made, dict):
        return body
    if not isinstance(made, dict):
        return made
    told = _told(made, body, status)
    for candidate in ({**told, **body}, {**body, **told}, told):
        if response.fits(candidate):
            return candidate
    return made


def _told(made: dict[str, Any], body: dict[str, Any], status: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in made.items():
        if isinstance(value, dict):
            result[name] = _told(value, body, status)
        elif isinstance(value, str) and plain(name) in _MESSAGES:
            result[name] = body["error"]
        elif type(value) is int and plain(name) in _CODES:
            result[name] = status
        else:
            result[name] = value
    return result


def _is_gone(role: Role, state: State, item: Any) -> bool:
    return isinstance(item, dict) and bool(role.id_property) and state.is_deleted(role.noun, item.get(role.id_property))


def _thing_of(role: Role, state: State, item: Any) -> Thing | None:
    key = item.get(role.id_property) if isinstance(item, dict) and role.id_property else None
    return state.thing(role.noun, key) if key is not None else None


def _has_left(role: Role, state: State, call: Call, item: Any) -> bool:
    """Whether a thing was changed so that a list's filters no longer let it in."""
    thing = _thing_of(role, state, item)
    return thing is not None and thing.changed and not _matches(thing, role, call)


def _matches(thing: Thing, role: Role, call: Call) -> bool:
    """Whether a created thing belongs into a list that was asked for with filters."""
    for one in role.references:
        value = call.value_of(one.argument)
        if value is not None and thing.owners.get(one.noun, str(value)) != str(value):
            return False
    naming = {one.argument for one in role.references}
    return all(_same(value, thing.fields[plain(name)]) for name, value in call.arguments.items()
               if plain(name) in thing.fields and name not in naming)


def _meant(state: State, role: Role, call: Call) -> Thing | None:
    """The known thing that a call reads or changes: by its key, or found by what was asked, such as its e-mail."""
    if role.own is not None:
        key = role.own.key(call_values(call))
        return state.thing(role.noun, key) if key is not None else None
    if role.references:
        return None
    return next((thing for thing in state.created_things(role.noun) if _matches(thing, role, call)
                 and any(plain(name) in thing.fields for name in call.arguments)), None)


def _same(asked: Any, known: Any) -> bool:
    wanted = asked if isinstance(asked, list) else [asked]
    held = known if isinstance(known, list) else [known]
    return bool({str(one).lower() for one in wanted} & {str(one).lower() for one in held})


def _replaced_resource(body: Any, role: Role, resource: dict[str, Any]) -> Any:
    old = resource_in(body, role.noun)
    if old is body:
        return resource
    return {name: resource if value is old else value for name, value in body.items()}


def _replaced_list(body: Any, old: list[Any], items: list[Any]) -> Any:
    if body is old:
        return items
    return {name: items if value is old else _replaced_list(value, old, items) if isinstance(value, dict) else value
            for name, value in body.items()}


def _like(value: Any, random_: random.Random) -> Any:
    """Another id of the same look."""
    if isinstance(value, int):
        return random_.randint(1000, 99999)
    if isinstance(value, float):
        return float(random_.randint(1000, 99999))
    text = str(value)
    letters = "0123456789abcdef"
    tail = "".join(letters[int(random_.random() * 16)] if char.isalnum() else char for char in text[-8:])
    return text[:-8] + tail
