"""Errors in the form that an API's document declares for their status."""

from typing import Any

from toolalpaca.core.text import name_key
from toolalpaca.simulator.catalog import ServedOperation
from toolalpaca.simulator.requests import CheckedRequest
from toolalpaca.simulator.responses import SCHEMA, ApiAnswer, ResponseCheck
from toolalpaca.simulator.schema_responder import SchemaResponder

_MESSAGES = frozenset({"message", "error", "detail", "details", "description", "title", "reason", "errormessage",
                       "msg"})
_CODES = frozenset({"code", "status", "statuscode", "errorcode"})


def error_answer(made: SchemaResponder, operation: ServedOperation, call: CheckedRequest, status: int,
                 body: dict[str, Any]) -> ApiAnswer:
    """Return an error in the form that the document declares for its status, if it declares one."""
    response = operation.responses.of(status)
    if response is None or response.schema is None or not response.is_json:
        return ApiAnswer(status, body, SCHEMA)
    return ApiAnswer(status, fitted_error(made.body(operation, call, response), body, status, response), SCHEMA,
                  response.media_type)


def fitted_error(made: Any, body: dict[str, Any], status: int, response: ResponseCheck) -> Any:
    """Return `body` itself if it fits the declared error, else the made-up error with our message in its texts."""
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
        elif isinstance(value, str) and name_key(name) in _MESSAGES:
            result[name] = body["error"]
        elif type(value) is int and name_key(name) in _CODES:
            result[name] = status
        else:
            result[name] = value
    return result
