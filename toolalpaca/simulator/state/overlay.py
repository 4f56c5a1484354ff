"""An answer brought into line with the conversation's state, and the state with the answer."""

import random
from dataclasses import replace
from typing import Any

from toolalpaca.core.text import plain
from toolalpaca.simulator.catalog import Api, ServedOperation
from toolalpaca.simulator.faker.source import request_limit, request_values
from toolalpaca.simulator.requests import Call
from toolalpaca.simulator.responses import SCHEMA, Answer, ResponseCheck
from toolalpaca.simulator.schema_responder import SchemaResponder
from toolalpaca.simulator.semantics import CREATE, LIST, READ, UPDATE, OperationSemantics, list_in, resource_in
from toolalpaca.simulator.state.resources import Resource, SessionResources, call_values, overlaid, view_of

_FRESH_IDS = 50


class StateOverlay:
    """Brings answers and state together. One of these serves all threads."""

    def __init__(self, made: SchemaResponder) -> None:
        self._made = made

    def gone(self, operation: ServedOperation, state: SessionResources, call: Call) -> Answer | None:
        """The 404 for a call that names something deleted in this conversation."""
        missing = state.missing(operation.semantics, call)
        if missing is None:
            return None
        noun, key = missing
        return error_answer(self._made, operation, call, 404, {"error": f"There is no {noun or 'item'} {key!r}: "
                                                              "it was deleted."})

    def settled(self, api: Api, operation: ServedOperation, state: SessionResources, call: Call,
                answer: Answer) -> Answer:
        """The answer with what the conversation knows laid over it, as far as it still fits; the state learns it."""
        if not answer.succeeded:
            return answer
        body = self._aligned(operation, state, call, answer)
        response = operation.responses.of(answer.status)
        if response is not None and not response.fits(body):
            body = answer.body
        state.learn(operation.semantics, call, body, api.keys_of(operation.semantics.noun))
        return replace(answer, body=body)

    def _aligned(self, operation: ServedOperation, state: SessionResources, call: Call, answer: Answer) -> Any:
        semantics, body = operation.semantics, answer.body
        if semantics.kind == CREATE:
            return self._with_fresh_id(operation, state, call, body)
        if semantics.kind == LIST:
            return self._with_list(operation, state, call, answer)
        if semantics.kind in (READ, UPDATE) and isinstance(body, dict):
            thing = _meant(state, semantics, call)
            known = thing is not None and (semantics.kind == UPDATE or thing.holds_in(view_of(semantics, call)))
            fields = dict(thing.fields) if thing and known else {}
            if semantics.kind == UPDATE:
                fields |= request_values(call)
            return _replaced_resource(body, semantics, overlaid(resource_in(body, semantics.noun) or {}, fields))
        return body

    def _with_fresh_id(self, operation: ServedOperation, state: SessionResources, call: Call, body: Any) -> Any:
        """A created thing gets an id that names nothing else in this conversation."""
        semantics = operation.semantics
        resource = resource_in(body, semantics.noun)
        name = semantics.id_property
        if resource is None or name not in resource or not state.is_taken(semantics.noun, resource[name]):
            return body
        if call.value_of(name) is not None:
            return body  # the caller chose it
        for attempt in range(_FRESH_IDS):
            candidate = _like(resource[name], self._made.fresh_number(operation, call, state.created + attempt))
            if not state.is_taken(semantics.noun, candidate):
                return _replaced_resource(body, semantics, {**resource, name: candidate})
        return body

    def _with_list(self, operation: ServedOperation, state: SessionResources, call: Call, answer: Answer) -> Any:
        semantics, body = operation.semantics, answer.body
        found = list_in(body)
        if found is None:
            return body
        items = [self._known_item(semantics, state, item) for item in found
                 if not _is_gone(semantics, state, item) and not _has_left(semantics, state, call, item)]
        present = {str(item.get(semantics.id_property)) for item in items if isinstance(item, dict)}
        new = [thing for thing in state.created_things(semantics.noun)
               if not (thing.keys & present) and _matches(thing, semantics, call)]
        response = operation.responses.of(answer.status)
        made = [] if response is None else [
            self._created_item(operation, call, response, thing, number) for number, thing in enumerate(new)]
        items = [*(item for item in made if item is not None), *items]
        limit = request_limit(call)
        whole = _replaced_list(body, found, items if limit is None else items[:limit])
        fits = response is None or response.fits(whole)
        return whole if fits else _replaced_list(body, found, items[:len(found)])

    def _known_item(self, semantics: OperationSemantics, state: SessionResources, item: Any) -> Any:
        thing = _thing_of(semantics, state, item)
        return overlaid(item, thing.fields, keep=semantics.id_property) if thing else item

    def _created_item(self, operation: ServedOperation, call: Call, response: ResponseCheck,
                      thing: Resource, number: int) -> Any:
        fields = thing.fields
        semantics = operation.semantics
        if semantics.id_property and plain(semantics.id_property) not in fields:
            fields = {**fields, plain(semantics.id_property): fields.get("id", next(iter(sorted(thing.keys))))}
        return self._made.item(operation, response, call, fields, number)


def error_answer(made: SchemaResponder, operation: ServedOperation, call: Call, status: int,
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


def _is_gone(semantics: OperationSemantics, state: SessionResources, item: Any) -> bool:
    key = item.get(semantics.id_property) if isinstance(item, dict) and semantics.id_property else None
    return key is not None and state.is_deleted(semantics.noun, key)


def _thing_of(semantics: OperationSemantics, state: SessionResources, item: Any) -> Resource | None:
    key = item.get(semantics.id_property) if isinstance(item, dict) and semantics.id_property else None
    return state.thing(semantics.noun, key) if key is not None else None


def _has_left(semantics: OperationSemantics, state: SessionResources, call: Call, item: Any) -> bool:
    """Whether a thing was changed so that a list's filters no longer let it in."""
    thing = _thing_of(semantics, state, item)
    return thing is not None and thing.changed and not _matches(thing, semantics, call)


def _matches(thing: Resource, semantics: OperationSemantics, call: Call) -> bool:
    """Whether a created thing belongs into a list that was asked for with filters."""
    for one in semantics.references:
        value = call.value_of(one.argument)
        if value is not None and thing.owners.get(one.noun, str(value)) != str(value):
            return False
    naming = {one.argument for one in semantics.references}
    return all(_same(value, thing.fields[plain(name)]) for name, value in call.arguments.items()
               if plain(name) in thing.fields and name not in naming)


def _meant(state: SessionResources, semantics: OperationSemantics, call: Call) -> Resource | None:
    """The known thing that a call reads or changes: by its key, or found by what was asked, such as its e-mail."""
    if semantics.own is not None:
        key = semantics.own.key(call_values(call))
        return state.thing(semantics.noun, key) if key is not None else None
    if semantics.references:
        return None
    return next((thing for thing in state.created_things(semantics.noun) if _matches(thing, semantics, call)
                 and any(plain(name) in thing.fields for name in call.arguments)), None)


def _same(asked: Any, known: Any) -> bool:
    wanted = asked if isinstance(asked, list) else [asked]
    held = known if isinstance(known, list) else [known]
    return bool({str(one).lower() for one in wanted} & {str(one).lower() for one in held})


def _replaced_resource(body: Any, semantics: OperationSemantics, resource: dict[str, Any]) -> Any:
    old = resource_in(body, semantics.noun)
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
