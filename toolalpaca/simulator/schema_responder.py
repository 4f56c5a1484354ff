"""Answers derived from the document alone: deterministic for a seed and a request, valid and realistic; errors have the
form that the document declares for their status."""

import random
from typing import Any

from toolalpaca.core.log import log_line
from toolalpaca.core.words import MESSAGE_FIELDS, name_key
from toolalpaca.openapi.operations import READING_METHODS
from toolalpaca.simulator.catalog import ServedOperation
from toolalpaca.simulator.coherence import Coherence
from toolalpaca.simulator.faker.fitting import fitted
from toolalpaca.simulator.faker.generator import Maker
from toolalpaca.simulator.faker.source import Draw, request_limit, request_values, seed_of
from toolalpaca.simulator.protocol import UNFIT_HEADER
from toolalpaca.simulator.requests import CheckedRequest, Scene
from toolalpaca.simulator.responses import NOTHING, SCHEMA, ApiAnswer, ResponseCheck
from toolalpaca.simulator.semantics import CREATE, DELETE, UPDATE, list_schema

UNFIT = {UNFIT_HEADER: "yes"}  # on an answer that does not fit its own schema
_TRIES = 6
_DONE = {CREATE: "created", UPDATE: "updated", DELETE: "deleted"}


class SchemaResponder:
    """Makes answers for any operation. One of these serves all threads."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._makers: dict[ResponseCheck, Maker] = {}
        self._item_makers: dict[ResponseCheck, Maker | None] = {}
        self._warned: set[ServedOperation] = set()

    def answer(self, operation: ServedOperation, call: CheckedRequest, scene: Scene) -> ApiAnswer:
        """Return the answer to a call that went well."""
        status = operation.responses.success(201 if operation.semantics.kind == CREATE else 200)
        response = operation.responses.of(status)
        if response is None:
            return ApiAnswer(status, {"message": _done(operation) or "Done."}, SCHEMA)
        body, fits = self.body(operation, call, response)
        if not fits:
            self._warn(operation, call, status)
        elif body is not NOTHING:
            candidates = Coherence(operation, call, scene, self._seed).candidates(body)
            body = next((one for one in candidates if one is body or response.fits(one)), body)
        return ApiAnswer(status, body, SCHEMA, response.media_type, {} if fits else UNFIT)

    def body(self, operation: ServedOperation, call: CheckedRequest, response: ResponseCheck) -> tuple[Any, bool]:
        """Return a body for a declared response, NOTHING if it declares none, and whether it fits: some schemas
        contradict themselves, others ask for more than a Maker knows."""
        if not response.has_content:
            return NOTHING, True
        if response.schema is None:
            return response.examples[0] if response.examples else {"message": _done(operation) or "Done."}, True
        example, body = response.example, None
        for attempt in range(_TRIES):
            draw = self._draw(operation, call, attempt)
            if attempt >= _TRIES // 2:
                draw.echo = {}  # what was asked for may be what does not fit
            body = self._maker(operation, response)(draw) if example is None else _with_echo(example, draw)
            if response.fits(body):
                return body, True
            example = None if attempt else example
        body = fitted(self._maker(operation, response), body, self._draw(operation, call, _TRIES))
        return body, response.fits(body)

    def _warn(self, operation: ServedOperation, call: CheckedRequest, status: int) -> None:
        """Say once per operation that its answers do not fit."""
        if operation not in self._warned:
            self._warned.add(operation)
            log_line(f"warning: API {call.api!r}: {operation.name}: no value was found that fits the schema of status "
                     f"{status}; its answers carry the header {UNFIT_HEADER}")

    def item(self, operation: ServedOperation, response: ResponseCheck, call: CheckedRequest, fields: dict[str, Any],
             number: int) -> Any:
        """Return one item for the list in a response, with the given values (by plain name); None for other responses.
        `number` tells apart several items for the same call."""
        if response not in self._item_makers:
            schema = list_schema(response.schema) if response.schema is not None else None
            self._item_makers[response] = Maker(schema, operation.semantics.noun) if schema is not None else None
        maker = self._item_makers[response]
        return maker(Draw(self.generator(operation, call, 1000 + number), dict(fields))) if maker else None

    def _draw(self, operation: ServedOperation, call: CheckedRequest, attempt: int) -> Draw:
        semantics, generator = operation.semantics, self.generator(operation, call, attempt)
        draw = Draw(generator, request_values(call), request_limit(call), _done(operation),
                    varies=call.method in READING_METHODS and bool(call.arguments))
        key = call.value_of(semantics.own.argument) if semantics.own else None
        if key is not None:  # asked for as /users/7, answered as "id": 7
            draw.echo = {"id": key, f"{semantics.noun}id": key, **draw.echo}
        for name, other in semantics.others:
            if name in draw.echo and draw.echo[name] is not False:
                draw.echo.setdefault(other, draw.echo[name])
        return draw

    def generator(self, operation: ServedOperation, call: CheckedRequest, attempt: int) -> random.Random:
        """Return a generator that is the same for the same call and attempt."""
        text = f"{self._seed}\n{attempt}\n{call.api}\n{operation.name}\n{call.key}"
        return random.Random(seed_of(text))

    def _maker(self, operation: ServedOperation, response: ResponseCheck) -> Maker:
        maker = self._makers.get(response)
        if maker is None:
            maker = self._makers[response] = Maker(response.schema or {}, operation.semantics.noun)
        return maker


def _done(operation: ServedOperation) -> str:
    """Return what a confirmation says after an operation that changes something."""
    verb = _DONE.get(operation.semantics.kind)
    if verb:
        return f"The {operation.semantics.noun or 'item'} was {verb}."
    return "" if operation.method in READING_METHODS else "The request was carried out."


def _with_echo(example: Any, draw: Draw) -> Any:
    """Return the document's own example, with the request's values if names agree."""
    if not isinstance(example, dict):
        return example
    echo = draw.echo
    return {key: echo[name] if (name := name_key(key)) in echo and type(echo[name]) is type(value) else value
            for key, value in example.items()}


# Fields of a declared error that hold its message or its status, by `name_key`.
_MESSAGE_FIELDS = MESSAGE_FIELDS | {"title"}
_STATUS_FIELDS = frozenset({"code", "status", "statuscode", "errorcode"})


def error_answer(made: SchemaResponder, operation: ServedOperation, call: CheckedRequest, status: int,
                 body: dict[str, Any]) -> ApiAnswer:
    """Return an error in the form that the document declares for its status, if it declares one."""
    response = operation.responses.of(status)
    if response is None or response.schema is None or not response.is_json:
        return ApiAnswer(status, body, SCHEMA)
    return ApiAnswer(status, fitted_error(made.body(operation, call, response)[0], body, status, response), SCHEMA,
                     response.media_type)


def fitted_error(made: Any, body: dict[str, Any], status: int, response: ResponseCheck) -> Any:
    """Return `body` itself if it fits the declared error, else the made-up error with our message in its texts."""
    if not isinstance(made, dict):
        return body if response.fits(body) else made
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
        elif isinstance(value, str) and name_key(name) in _MESSAGE_FIELDS:
            result[name] = body["error"]
        elif type(value) is int and name_key(name) in _STATUS_FIELDS:
            result[name] = status
        else:
            result[name] = value
    return result
