"""An answer brought into line with the conversation's state, and the state with the answer."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from toolalpaca.core.words import name_key
from toolalpaca.simulator.catalog import ServedApi, ServedOperation
from toolalpaca.simulator.effects import told_states
from toolalpaca.simulator.faker.source import request_limit, request_values
from toolalpaca.simulator.requests import CheckedRequest
from toolalpaca.simulator.responses import (
    SCHEMA,
    ApiAnswer,
    ResponseCheck,
    another_like,
    list_in_answer,
    replaced_list,
    replaced_resource,
    resource_in,
)
from toolalpaca.simulator.schema_responder import SchemaResponder, error_answer
from toolalpaca.simulator.semantics import ACTION, CREATE, LIST, READ, UPDATE, OperationSemantics
from toolalpaca.simulator.state.related import with_named_title, with_related
from toolalpaca.simulator.state.resources import Resource, SessionResources, call_values, not_shown, overlaid, view_of

_FRESH_IDS = 50


class StateOverlay:
    """Brings answers and state together. One of these serves all threads."""

    def __init__(self, made: SchemaResponder) -> None:
        self._made = made

    def gone(self, operation: ServedOperation, state: SessionResources, call: CheckedRequest) -> ApiAnswer | None:
        """Return the 404 for a call that names something deleted or missing in this conversation, None for others."""
        name = state.gone(operation.semantics, call)
        if name is None:
            return None
        ending = ": it was deleted." if state.is_deleted(*name) else "."
        message = f"There is no {name[0] or 'item'} {name[1]!r}{ending}"
        return error_answer(self._made, operation, call, 404, {"error": message})

    def settled(self, api: ServedApi, operation: ServedOperation, state: SessionResources, call: CheckedRequest,
                answer: ApiAnswer) -> ApiAnswer:
        """Return the answer with what the conversation knows laid over it, as far as it still fits; the state learns
        from it."""
        if not answer.succeeded:
            return answer
        response, body = operation.responses.of(answer.status), answer.body
        body = _fitting(response, body, self._aligned(operation, state, call, answer, response))
        body = _fitting(response, body, with_related(operation, state, call, body))
        state.learn(operation.name, operation.semantics, call, body, api.keys_of(operation.semantics.noun))
        return answer if body is answer.body else replace(answer, body=body)

    def _aligned(self, operation: ServedOperation, state: SessionResources, call: CheckedRequest, answer: ApiAnswer,
                 response: ResponseCheck | None) -> Any:
        semantics, body = operation.semantics, answer.body
        if semantics.kind == CREATE:
            resource = resource_in(body, semantics.noun)
            if resource is not None and answer.source == SCHEMA:
                body = replaced_resource(body, semantics.noun, with_named_title(semantics, state, call, resource))
            return self._with_fresh_id(operation, state, call, body)
        if semantics.kind == LIST:
            return self._with_list(operation, state, call, body, response)
        if isinstance(body, dict) and semantics.kind in (READ, UPDATE, ACTION):
            resource = resource_in(body, semantics.noun) or {}
            names = set(map(name_key, resource))
            thing = _acted_on(state, semantics, call, names) if semantics.kind == ACTION else \
                _meant(state, semantics, call, names)
            fields = _known_fields(thing, operation, call, answer) if thing else {}
            if semantics.kind == UPDATE:
                given = request_values(call)
                fields = {name: value for name, value in fields.items() if name not in given}
                fields |= not_shown(given, resource)
            return replaced_resource(body, semantics.noun, overlaid(resource, fields))
        return body

    def _with_fresh_id(self, operation: ServedOperation, state: SessionResources, call: CheckedRequest,
                       body: Any) -> Any:
        """Return the body of what was created with an id that names nothing else in this conversation."""
        semantics = operation.semantics
        resource = resource_in(body, semantics.noun)
        name = semantics.id_property
        if resource is None or name not in resource or not state.is_taken(semantics.noun, resource[name]):
            return body
        if call.value_of(name) is not None:
            return body  # the caller chose it
        for attempt in range(_FRESH_IDS):
            chance = self._made.generator(operation, call, 100 + state.created + attempt)
            candidate = another_like(resource[name], chance)
            if not state.is_taken(semantics.noun, candidate):
                return replaced_resource(body, semantics.noun, {**resource, name: candidate})
        return body

    def _with_list(self, operation: ServedOperation, state: SessionResources, call: CheckedRequest, body: Any,
                   response: ResponseCheck | None) -> Any:
        semantics = operation.semantics
        found = list_in_answer(body)
        if found is None:
            return body
        items = list(_kept(semantics, state, call, found))
        present = {str(item.get(semantics.id_property)) for item in items if isinstance(item, dict)}
        new = [thing for thing in state.created_resources(semantics.noun)
               if not (thing.keys & present) and _matches(thing, semantics, call)]
        made = [] if response is None else [
            self._created_item(operation, call, response, thing, number) for number, thing in enumerate(new)]
        items = [*(item for item in made if item is not None), *items]
        limit = request_limit(call)
        whole = replaced_list(body, found, items if limit is None else items[:limit])
        fits = response is None or response.fits(whole)
        return whole if fits else replaced_list(body, found, items[:len(found)])

    def _created_item(self, operation: ServedOperation, call: CheckedRequest, response: ResponseCheck,
                      thing: Resource, number: int) -> Any:
        fields = thing.fields
        semantics = operation.semantics
        if semantics.id_property and name_key(semantics.id_property) not in fields:
            fields = {**fields, name_key(semantics.id_property): fields.get("id", next(iter(sorted(thing.keys))))}
        return self._made.item(operation, response, call, fields, number)


def _known_fields(thing: Resource, operation: ServedOperation, call: CheckedRequest,
                  answer: ApiAnswer) -> dict[str, Any]:
    """Return what is known of a thing and still true in the answer that reads or changes it.

    What a change does beyond the values it is given, such as a new date after a renewal, only a model knows, and it was
    shown what was known; an answer made from the schema knows at most the state that the thing is in now. An action's
    answer is that of a known thing by its id alone: the rest of it is brought into line as for related things.
    """
    semantics = operation.semantics
    if semantics.kind == READ:
        return dict(thing.fields) if thing.holds_in(view_of(semantics, call)) else {}
    if answer.source != SCHEMA:
        return {}
    if semantics.kind == ACTION:
        key = name_key(semantics.id_property or "")
        return {key: thing.fields[key]} if key in thing.fields else {}
    return thing.fields | {name_key(name): state for name, state in told_states(operation, call).items()}


def _fitting(response: ResponseCheck | None, body: Any, changed: Any) -> Any:
    """Return the changed body if it fits the declared response, else the body."""
    return changed if changed is body or response is None or response.fits(changed) else body


def _kept(semantics: OperationSemantics, state: SessionResources, call: CheckedRequest,
          items: list[Any]) -> Iterator[Any]:
    """Yield a list's items as they are known now, but for those that were deleted, or changed so that the list's
    filters no longer let them in."""
    for item in items:
        key = item.get(semantics.id_property) if isinstance(item, dict) and semantics.id_property else None
        thing = state.find(semantics.noun, key) if key is not None else None
        if thing is not None and not (thing.changed and not _matches(thing, semantics, call)):
            yield overlaid(item, thing.fields, keep=semantics.id_property)
        elif thing is None and not (key is not None and state.is_deleted(semantics.noun, key)):
            yield item


def _matches(thing: Resource, semantics: OperationSemantics, call: CheckedRequest) -> bool:
    """Return whether a created thing belongs into a list that was asked for with filters."""
    for one in semantics.references:
        value = call.value_of(one.argument)
        if value is not None and thing.owners.get(one.noun, str(value)) != str(value):
            return False
    naming = {one.argument for one in semantics.references}
    return all(_same(value, thing.fields[name_key(name)]) for name, value in call.arguments.items()
               if name_key(name) in thing.fields and name not in naming)


def _meant(state: SessionResources, semantics: OperationSemantics, call: CheckedRequest,
           names: set[str]) -> Resource | None:
    """Return the known thing that a call reads or changes: by its key, also if it was seen as a thing of another kind
    with the same fields (`names`), or found by what was asked, such as its e-mail; None if it is not known."""
    if semantics.own is not None:
        key = semantics.own.key(call_values(call))
        return None if key is None else state.find(semantics.noun, key) or state.alike(key, names)
    if semantics.references:
        return None
    return next((thing for thing in state.created_resources(semantics.noun) if _matches(thing, semantics, call)
                 and any(name_key(name) in thing.fields for name in call.arguments)), None)


def _acted_on(state: SessionResources, semantics: OperationSemantics, call: CheckedRequest,
              names: set[str]) -> Resource | None:
    """Return the known thing that a call does something with, if the answer shows it: one with at least two of its
    fields; None for other answers."""
    keys = [key for one in semantics.references if one.noun == semantics.noun
            and (key := one.key(call_values(call))) is not None]
    thing = state.find(semantics.noun, keys[0]) if keys else None
    return thing if thing is not None and len(names & thing.fields.keys()) > 1 else None


def _same(asked: Any, known: Any) -> bool:
    wanted = asked if isinstance(asked, list) else [asked]
    held = known if isinstance(known, list) else [known]
    return bool({str(one).lower() for one in wanted} & {str(one).lower() for one in held})
