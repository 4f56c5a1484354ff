"""The simulator role: a response that matches operation and request, as the simulator derives one from a document."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from offline_llm.knowledge.english import split_identifier
from offline_llm.language.prompt_reading import (
    ShownRequest,
    labelled,
    path_values,
    read_history,
    read_request,
    sections,
)
from offline_llm.seeding import digest
from toolalpaca.simulator.catalog import Catalog, ServedApi
from toolalpaca.simulator.request_checks import Refusal, Trouble
from toolalpaca.simulator.requests import CheckedRequest, Incoming, Scene, checked_call
from toolalpaca.simulator.responses import NOTHING
from toolalpaca.simulator.schema_responder import SchemaResponder
from toolalpaca.simulator.state.related import is_unmoved

_WHEN = "%A, %d %B %Y, %H:%M"  # the date format of the prompt


def simulate(prompt: str, *variant: object) -> str:
    """Return the status code and the response for the request in the prompt."""
    parts = sections(prompt)
    request = read_request(parts.get("Request", ""))
    history = read_history(parts.get("Earlier requests and answers", ""))
    if gone := _deleted(request, history):
        return _answer(404, {"error": f"There is nothing with the key {gone} any more."})
    api = _api(labelled(parts.get("API", "")).get("Name", "") or "API", parts.get("Operation", ""))
    if api is None:
        return _answer(200, {})
    operation = api.operations[0]
    try:
        call = _call(api, request)
    except Refusal as refusal:
        return _answer(refusal.status, refusal.body)
    scene = Scene(parts.get("What the client is after", "").strip(), _now(parts.get("Now", "")))
    answer = SchemaResponder(digest(variant) if variant else 0).answer(operation, call, scene)
    body = None if answer.body is NOTHING else answer.body
    given = {**call.arguments, **call.body_fields}
    known = {name: value for name, value in _remembered(given, history).items()
             if name not in given and (request.method == "GET" or is_unmoved(name, value))}
    if isinstance(body, dict):
        body = {name: known[name] if type(known.get(name)) is type(value) else value for name, value in body.items()}
    return _answer(answer.status, body)


def _answer(status: int, body: Any) -> str:
    return f"Status Code: {status}\nResponse: {json.dumps(body, ensure_ascii=False)}"


@lru_cache(maxsize=512)
def _api(name: str, document: str) -> ServedApi | None:
    """Return the API of which a prompt shows one operation; None if the text is not such a document."""
    try:
        value, _ = json.JSONDecoder().raw_decode(document[document.index("{"):])
        return Catalog([{"Name": name, "Documentation": json.dumps(value)}]).api(name)
    except (ValueError, RecursionError, Trouble):
        return None


def _call(api: ServedApi, request: ShownRequest) -> CheckedRequest:
    """Return the request as a checked call; raise Refusal if it does not match the operation."""
    operation = api.operations[0]
    values = {name: quote(value, safe="") for name, value in path_values(operation.path, request.path).items()}
    path = operation.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    content = b"" if request.body is None else json.dumps(request.body).encode()
    incoming = Incoming(request.method, path, urlencode(request.query), {"content-type": "application/json"}, dict,
                        len(content), lambda: content)
    call = checked_call(api, operation, values, incoming)
    undeclared = {name: int(value) if value.isdecimal() and len(value) < 5 else value
                  for name, value in (request.query | path_values(operation.path, request.path)).items()}
    return replace(call, arguments=undeclared | call.arguments, body=call.body if call.has_body or request.body is None
                   else request.body)


def _now(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), _WHEN)
    except ValueError:
        return None


def _deleted(request: ShownRequest, history: list[tuple[ShownRequest, int, Any]]) -> str | None:
    """Return the key in the request's path that an earlier DELETE removed; None if it still exists."""
    for earlier, status, _ in reversed(history):
        target = earlier.path.rstrip("/")
        if earlier.method == "DELETE" and 200 <= status < 300 and request.path.rstrip("/").startswith(target) \
                and request.method != "POST":
            return target.split("/")[-1]
    return None


def _remembered(given: dict[str, Any], history: list[tuple[ShownRequest, int, Any]]) -> dict[str, Any]:
    """Return what earlier responses and requests said about the thing that the request identifies; the latest wins."""
    keys = {str(value) for name, value in given.items()
            if split_identifier(name)[-1:] in (("id",), ("key",), ("slug",))}
    known: dict[str, Any] = {}
    for request, status, body in history:
        for thing in _objects(body) if 200 <= status < 300 else ():
            if keys & {str(value) for value in thing.values() if isinstance(value, str | int)}:
                known.update(thing)
                if isinstance(request.body, dict):
                    known.update({name: value for name, value in request.body.items() if value is not None})
    return known


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(part)
