"""Requests checked against the API's document, shown as a curl command or Python code, and the scene that each belongs
to."""

import json
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from toolalpaca.openapi.media_types import kind_of
from toolalpaca.simulator.catalog import ServedApi, ServedOperation
from toolalpaca.simulator.request_checks import MAX_BODY, NO_BODY, NOT_GIVEN, RawRequest, Refusal, header_key
from toolalpaca.simulator.router import PathItem, Route


@dataclass(frozen=True)
class Scene:
    """`instruction` is what the user has said so far, `now` the time the conversation takes place at, `history` the
    earlier exchanges as a model is shown them; all empty for a request outside of a conversation."""

    instruction: str = ""
    now: datetime | None = None
    history: tuple[str, ...] = ()


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False).encode

_MOST_QUERY_FIELDS = 1000
_LONGEST_PATH = 4000  # characters


@dataclass(frozen=True)
class CheckedRequest:
    """`path` and `query` are as sent, decoded; `arguments` holds the declared parameters' typed values by name;
    `headers` and `cookies` only those that the document names."""

    api: str
    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)
    body: Any = NO_BODY
    media_type: str = ""
    shown_body: Any = NO_BODY  # without what no answer shows, such as passwords, in objects within it

    @property
    def has_body(self) -> bool:
        """Return whether a body was sent."""
        return self.body is not NO_BODY

    @property
    def given(self) -> dict[str, Any]:
        """Return the fields of the body and the arguments, by the names that the client used; an argument wins."""
        return {**self.body_fields, **self.arguments}

    def value_of(self, name: str) -> Any:
        """Return the value of an argument or of a field of the body, None if neither has that name."""
        return self.arguments.get(name, self.body_fields.get(name))

    @cached_property
    def key(self) -> str:
        """Return the request as canonical JSON: equal requests have equal keys, whatever the order of their parts."""
        parts: dict[str, Any] = {"method": self.method, "path": self.path, "query": sorted(self.query)}
        if self.headers or self.cookies:
            parts["headers"], parts["cookies"] = self.headers, self.cookies
        if self.has_body:
            parts["body"], parts["type"] = self.body, self.media_type
        return _canonical(parts)

    @property
    def body_fields(self) -> dict[str, Any]:
        """Return the body's top-level fields, as answers show them, if it is an object, else {}."""
        body = self.body if self.shown_body is NO_BODY else self.shown_body
        return body if isinstance(body, dict) else {}


def shown_request(call: CheckedRequest, base_url: str, form: str) -> str:
    """Return the request in `form`, the same text for the same request: sorted, and without transport headers."""
    url = base_url.rstrip("/") + quote(call.path, safe="/:@!$&'()*+,;=~-._")
    headers = dict(sorted(call.headers.items()))
    if call.cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in sorted(call.cookies.items()))
    if call.has_body:
        headers = {"Content-Type": call.media_type or "application/json", **headers}
    return _as_python(call, url, headers) if form == "python" else _as_curl(call, url, headers)


def _as_curl(call: CheckedRequest, url: str, headers: dict[str, str]) -> str:
    if call.query:
        url += "?" + urlencode(sorted(call.query))
    parts = [f"curl -X {call.method} {shlex.quote(url)}"]
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    if call.has_body:
        parts.append(f"-d {shlex.quote(_body_text(call))}")
    return " ".join(parts)


def _as_python(call: CheckedRequest, url: str, headers: dict[str, str]) -> str:
    arguments = [repr(call.method), repr(url)]
    if call.query:
        arguments.append(f"params={sorted(call.query)!r}")
    if headers:
        arguments.append(f"headers={headers!r}")
    if call.has_body:
        arguments.append(f"data={_body_text(call)!r}")
    return f"requests.request({', '.join(arguments)})"


def _body_text(call: CheckedRequest) -> str:
    return call.body if isinstance(call.body, str) else json.dumps(call.body, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class Incoming:
    """An HTTP request as the server got it: `path` within the API and `query` percent-encoded, `headers` lower-case.

    `read_body` gives the body's bytes and is called once, when the rest of the request is known to be right.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    cookies: Callable[[], dict[str, str]]
    content_length: int | None
    read_body: Callable[[], bytes]

    @cached_property
    def body(self) -> bytes:
        """Return the body's bytes."""
        return self.read_body()

    @cached_property
    def query_pairs(self) -> list[tuple[str, str]]:
        """Return the query's fields, decoded; raise Refusal 400."""
        query = self.query
        if not query:
            return []
        if "%" not in query and "+" not in query and query.count("&") < _MOST_QUERY_FIELDS:  # four times as fast
            return [(name, value) for part in query.split("&") if part for name, _, value in (part.partition("="),)]
        try:
            return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_QUERY_FIELDS)
        except UnicodeDecodeError:
            raise Refusal(400, "the query is not UTF-8 text", location="query") from None
        except ValueError:
            raise Refusal(400, f"the query has more than {_MOST_QUERY_FIELDS} fields", location="query") from None


def matching_call(api: ServedApi, incoming: Incoming) -> "tuple[ServedOperation, CheckedRequest | Refusal]":
    """Return the operation a request means and the request as a call of it, or why the operation refuses it.

    Of operations on paths that differ in the names of their variables only, the first that takes the request is meant.
    Raises Refusal 400, 404, 405 or 414 if there is none.
    """
    refused: list[tuple[ServedOperation, Refusal]] = []
    for operation, path_values in _find_operations(api, incoming):
        try:
            return operation, checked_call(api, operation, path_values, incoming)
        except Refusal as refusal:
            refused.append((operation, refusal))
    return refused[0]


def _find_operations(api: ServedApi, incoming: Incoming) -> Iterator[tuple[ServedOperation, dict[str, str]]]:
    """Yield the operations that a request may mean, with its raw path values; raise Refusal if there is none."""
    url = f"{incoming.path}?{incoming.query}"
    if "%00" in url or "\x00" in url:
        raise Refusal(400, "the URL holds a null byte")
    if len(incoming.path) > _LONGEST_PATH:
        raise Refusal(414, f"the path has {len(incoming.path)} characters, more than the {_LONGEST_PATH} allowed")
    first: PathItem[ServedOperation] | None = None
    for item, values in api.router.matches(incoming.path, incoming.method):
        if incoming.method not in item.methods:
            allowed = ", ".join(item.methods)
            raise Refusal(405, f"the path {item.template} does not take {incoming.method[:20]}, only {allowed}",
                          expected=allowed, headers={"Allow": allowed})
        if first is not None and first.fixed_text != item.fixed_text:
            continue
        first, route = first or item, _route(item, incoming)
        if route.variables:
            given = dict(incoming.query_pairs)
            values |= {variable: quote(given[name], safe="") for name, variable in route.variables if name in given}
        meant = route.target.source.variables
        yield route.target.ready(), {meant.get(variable, variable): value for variable, value in values.items()}
    if first is None:
        known = ", ".join(dict.fromkeys(operation.path for operation in api.operations))[:500]
        raise Refusal(404, f"the API has no path {_short(incoming.path)}; its paths are {known}")


def _route(item: PathItem[ServedOperation], incoming: Incoming) -> Route[ServedOperation]:
    """Return the route that a request means: of several, one whose constants, media type and required parameters it
    has, and of those the one that requires most."""
    routes, query = item.routes(incoming.method, incoming.query_pairs), dict(incoming.query_pairs)
    if len(routes) == 1:
        return routes[0]
    named = [one for one in routes if all(_given(name, location, incoming, query) == value for (location, name), value
                                          in one.target.constants.items())]  # what tells operations on a path apart
    most = max((len(one.target.constants) for one in named), default=0)
    likely = [one for one in named if len(one.target.constants) == most] or routes
    return max(likely, key=lambda one: _likeness(one, incoming, query)) if len(likely) > 1 else likely[0]


def _likeness(route: Route[ServedOperation], incoming: Incoming, query: dict[str, str]) -> tuple[bool, bool, int]:
    """Return how well a request suits an operation: its media type, whether it has what is required, and how much."""
    operation = route.target.source
    body, media = operation.request_body, kind_of(incoming.headers.get("content-type", ""))
    required = [(one.name, one.location) for one in operation.parameters
                if one.required and one.location in ("query", "header")]
    required += [(name, "query") for name, _ in route.variables]
    given = [place for place in required if _given(*place, incoming, query) is not None]
    takes_media = not media or body is None or media in map(kind_of, body.content)
    return takes_media, len(given) == len(required), len(given)


def _given(name: str, location: str, incoming: Incoming, query: dict[str, str]) -> str | None:
    return incoming.headers.get(header_key(name)) if location == "header" else query.get(name)


def checked_call(api: ServedApi, operation: ServedOperation, path_values: dict[str, str],
                 incoming: Incoming) -> CheckedRequest:
    """Return the request as a call with typed values; raise Refusal 400, 413, 415 or 422 naming what is wrong."""
    pairs = incoming.query_pairs
    headers, cookies = operation.names["header"], operation.names["cookie"]
    raw = RawRequest(path_values, _grouped(pairs), incoming.headers, incoming.cookies() if cookies else {},
                     incoming.query)
    arguments: dict[str, Any] = {}
    for check in operation.parameters:
        value = check.read(raw)
        if value is not NOT_GIVEN:
            arguments[check.name] = value
    body, media_type = _body(operation, incoming)
    return CheckedRequest(
        api=api.name, operation=operation.name, method=incoming.method, path=unquote(incoming.path) or "/",
        query=tuple(pairs), arguments=arguments, body=body, media_type=media_type,
        shown_body=operation.body.shown(media_type, body) if operation.body else NO_BODY,
        headers={name: incoming.headers[header_key(name)] for name in headers if header_key(name) in incoming.headers},
        cookies={name: raw.cookies[name] for name in cookies if name in raw.cookies})


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _body(operation: ServedOperation, incoming: Incoming) -> tuple[Any, str]:
    if incoming.content_length is not None and incoming.content_length > MAX_BODY:
        raise Refusal(413, f"the request body has {incoming.content_length} bytes, more than the {MAX_BODY} allowed",
                      location="body", expected=f"at most {MAX_BODY} bytes")
    if operation.body is None:
        return NO_BODY, ""
    content_type = incoming.headers.get("content-type", "")
    body = operation.body.read(content_type, incoming.body)
    return body, kind_of(content_type) if body is not NO_BODY else ""


def _short(text: str) -> str:
    text = unquote(text)
    return repr(text if len(text) <= 100 else f"{text[:100]}...")
