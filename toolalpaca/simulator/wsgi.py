"""Requests and replies as WSGI has them: the raw path, the headers, the session; status line, headers and bytes."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from werkzeug.http import parse_cookie
from werkzeug.wsgi import get_path_info

from toolalpaca.openapi.media_types import JSON, is_json, is_sequence, sequence_body
from toolalpaca.simulator.protocol import SESSION_HEADER, SOURCE_HEADER
from toolalpaca.simulator.request_checks import MAX_BODY, Trouble
from toolalpaca.simulator.requests import Incoming
from toolalpaca.simulator.responses import NOTHING, ApiAnswer

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

_SESSION = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?")
# What is not valid JSON may be HTML, with a request's value in it: no script in it runs.
_HARMLESS = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
_STATUS_LINES = {one.value: f"{one.value} {one.phrase}" for one in HTTPStatus}
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


@dataclass(frozen=True)
class HttpReply:
    """What goes out: `headers` in addition to Content-Type and Content-Length."""

    status: int
    body: bytes
    media_type: str | None = JSON
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Send it, the WSGI way; a reply to HEAD goes without its body."""
        headers = list(self.headers.items())
        if self.media_type is not None:
            headers.append(("Content-Type", self.media_type))
        headers.append(("Content-Length", str(len(self.body))))
        start_response(_STATUS_LINES.get(self.status, f"{self.status} Unknown"), headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]


def json_reply(value: Any, status: int = 200, headers: dict[str, str] | None = None,
               media_type: str = JSON) -> HttpReply:
    """Return a reply of JSON."""
    return HttpReply(status, _encode(value).encode("utf-8", "replace"), media_type, headers or {})


def answer_reply(answer: ApiAnswer) -> HttpReply:
    """Return an API's answer as a reply."""
    headers = {**answer.headers, SOURCE_HEADER: answer.source}
    if answer.body is NOTHING:
        return HttpReply(answer.status, b"", None, headers)
    if is_json(answer.media_type):
        return json_reply(answer.body, answer.status, headers, answer.media_type)
    media_type = answer.media_type
    if is_sequence(media_type) and isinstance(answer.body, list):
        text, media_type = sequence_body(answer.body, media_type)
    else:
        text = answer.body if isinstance(answer.body, str) else _encode(answer.body)
    return HttpReply(answer.status, text.encode("utf-8", "replace"), media_type, {**headers, **_HARMLESS})


def raw_path(environ: Environ) -> str:
    """Return the path as it was sent, still percent-encoded, which `PATH_INFO` no longer is."""
    path = (environ.get("REQUEST_URI") or quote(get_path_info(environ))).partition("?")[0]
    if not path.startswith("/"):  # the absolute form that proxies get
        path = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*", "", path)
    return path if path.startswith("/") else f"/{path}"


def target(environ: Environ) -> str:
    """Return path and query as they were sent."""
    query = environ.get("QUERY_STRING", "")
    return raw_path(environ) + (f"?{query}" if query else "")


def headers_of(environ: Environ) -> dict[str, str]:
    """Return the request's headers by lower-case name."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key[:5] == "HTTP_"}
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.replace("_", "-").lower()] = environ[key]
    return headers


def session_of(headers: dict[str, str]) -> str | None:
    """Return the conversation a request names; raise Trouble for a malformed name, before any API is asked."""
    session = headers.get(SESSION_HEADER.lower())
    if session is not None and not _SESSION.fullmatch(session):
        raise Trouble("session", f"the header {SESSION_HEADER} must be 1 to 200 printable ASCII characters", 400)
    return session


def incoming(environ: Environ, headers: dict[str, str], path: str) -> Incoming:
    """Return a request to an API; `path` is the part of the path after the API's name."""
    length = headers.get("content-length", "")
    return Incoming(
        method=environ["REQUEST_METHOD"], path=path, query=environ.get("QUERY_STRING", ""), headers=headers,
        cookies=lambda: dict(parse_cookie(environ)), read_body=lambda: environ["wsgi.input"].read(MAX_BODY + 1),
        content_length=int(length) if length.isdigit() and len(length) < 19 else None)
