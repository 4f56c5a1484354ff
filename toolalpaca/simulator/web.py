"""The simulator over HTTP: a Flask application with one view for the APIs and a few routes of its own."""

import json
import logging
import re
import time
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_cookie
from werkzeug.routing import Rule
from werkzeug.wsgi import get_path_info

from toolalpaca.simulator.access import Guard
from toolalpaca.simulator.answer import NOTHING, Answer
from toolalpaca.simulator.bodies import MAX_BODY
from toolalpaca.simulator.checks import Incoming
from toolalpaca.simulator.engine import Exchange, Simulator
from toolalpaca.simulator.manifest import manifest, served_document
from toolalpaca.simulator.metrics import TEXT_TYPE, Metrics
from toolalpaca.simulator.pages import Pages
from toolalpaca.simulator.problems import Refusal, Trouble
from toolalpaca.simulator.responses import is_json_type
from toolalpaca.simulator.sessions import ALL

SESSION_HEADER, SOURCE_HEADER, ERROR_HEADER = "X-Simulator-Session", "X-Simulator-Source", "X-Simulator-Error"
_CACHE_ROUTE = re.compile(r"/__simulator_cache__/(open|close|clear)/(.+)", re.DOTALL)
_SESSION = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?")
_LOG = logging.getLogger("simulator.access")


def create_app(simulator: Simulator, *, token: str | None = None) -> Flask:
    """The WSGI application."""
    app = Flask("toolalpaca.simulator", static_folder=None, template_folder=None)
    app.url_map.merge_slashes = False
    view = _View(simulator, Guard(token))
    for rule in ("/", "/<path:anything>"):  # without methods, so that every method arrives
        app.url_map.add(Rule(rule, endpoint="all", defaults=None))
    app.view_functions["all"] = lambda **_: view.respond()
    app.register_error_handler(Exception, _unexpected)
    return app


def _unexpected(error: Exception) -> Response:
    """What nothing else caught: the framework's own errors, or a fault of ours, told as such and survived."""
    if isinstance(error, HTTPException):
        return _json({"error": error.description}, error.code or 500)
    _LOG.exception("a request could not be answered")
    return _json({"error": "the simulator failed on this request"}, 503, {ERROR_HEADER: "internal"})


class _View:
    def __init__(self, simulator: Simulator, guard: Guard) -> None:
        self._simulator, self._guard = simulator, guard
        self._metrics = Metrics(lambda: len(simulator.sessions))
        self._pages = Pages(simulator)

    def respond(self) -> Response:
        """The response to the current request."""
        began = time.perf_counter()
        self._metrics.began()
        try:
            response = self._response(request.environ)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.ended(seconds)
        if _LOG.isEnabledFor(logging.INFO):
            _LOG.info("%s %s %d %s %.1f ms", request.environ["REQUEST_METHOD"], _target(request.environ),
                      response.status_code, response.headers.get(SOURCE_HEADER, "-"), seconds * 1000)
        return response

    def _response(self, environ: dict[str, Any]) -> Response:
        headers = _headers(environ)
        if not self._guard.admits(headers):
            return _json({"error": "this simulator asks for its token, such as Authorization: Bearer TOKEN"}, 401,
                         {"WWW-Authenticate": 'Basic realm="simulator"'})
        path, query = _raw_path(environ), environ.get("QUERY_STRING", "")
        try:
            session = _session(headers)
            own = self._own_route(environ["REQUEST_METHOD"], path, session)
            return own if own is not None else self._api(environ, path, query, headers, session)
        except Refusal as refusal:
            self._metrics.answered(refusal.status, "check")
            return _json(refusal.body, refusal.status, refusal.headers)
        except Trouble as trouble:
            self._metrics.failed(trouble.code)
            return _json({"error": str(trouble)}, trouble.status, {ERROR_HEADER: trouble.code})

    def _own_route(self, method: str, path: str, session: str | None) -> Response | None:
        if path == "/health":
            return _json({"status": "ok", "apis": len(self._simulator.catalog.names),
                          "modes": list(self._simulator.modes)})
        if path == "/metrics":
            return Response(self._metrics.text(), content_type=TEXT_TYPE)
        if path.startswith("/__simulator_cache__/"):
            return self._cache(path, session)
        if path == "/" or path.startswith("/__simulator__/"):
            return self._page(method, path)
        return None

    def _cache(self, path: str, session: str | None) -> Response:
        found = _CACHE_ROUTE.fullmatch(path)
        name = self._simulator.catalog.split("/" + found[2])[0] if found else ""
        if found is None or name not in self._simulator.catalog and name != ALL:
            raise Trouble("unknown-api", f"expected /__simulator_cache__/open, close or clear with the name of an API "
                          f"that is served, or {ALL}", 404)
        if session is not None:
            getattr(self._simulator.sessions, found[1])(session, name)
        return _json({"action": found[1], "api": name, "session": session})

    def _page(self, method: str, path: str) -> Response:
        if path == "/":
            return _html(self._pages.index())
        rest = path.removeprefix("/__simulator__")
        name, _ = self._simulator.catalog.split(rest)
        if method == "POST":
            return _html(self._pages.tried(self._simulator.catalog.api(name), dict(request.form), self._note))
        return _html(self._pages.api(self._simulator.catalog.api(name)))

    def _api(self, environ: dict[str, Any], path: str, query: str, headers: dict[str, str],
             session: str | None) -> Response:
        name, rest = self._simulator.catalog.split(path)
        method = environ["REQUEST_METHOD"]
        if not rest and method in ("GET", "HEAD"):
            return _json(manifest(self._simulator.catalog.api(name)))
        if rest == "/openapi.json" and method in ("GET", "HEAD"):
            return _json(served_document(self._simulator.catalog.api(name)))
        incoming = Incoming(method, rest or "/", query, headers, lambda: dict(parse_cookie(environ)),
                            _content_length(headers), lambda: environ["wsgi.input"].read(MAX_BODY + 1))
        exchange = self._simulator.answer(name, incoming, session)
        self._note(exchange)
        return _of_answer(exchange.answer)

    def _note(self, exchange: Exchange) -> None:
        self._metrics.answered(exchange.answer.status, "check" if exchange.call is None else exchange.answer.source)
        self._pages.note(exchange)


def _raw_path(environ: dict[str, Any]) -> str:
    """The path as it was sent, still percent-encoded, which `PATH_INFO` no longer is."""
    path = (environ.get("REQUEST_URI") or quote(get_path_info(environ))).partition("?")[0]
    if not path.startswith("/"):  # the absolute form that proxies get
        path = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*", "", path)
    return path if path.startswith("/") else f"/{path}"


def _target(environ: dict[str, Any]) -> str:
    """Path and query for the access log."""
    query = environ.get("QUERY_STRING", "")
    return _raw_path(environ) + (f"?{query}" if query else "")


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.replace("_", "-").lower()] = environ[key]
    return headers


def _session(headers: dict[str, str]) -> str | None:
    session = headers.get(SESSION_HEADER.lower())
    if session is not None and not _SESSION.fullmatch(session):
        raise Refusal(400, f"the header {SESSION_HEADER} must be 1 to 200 printable ASCII characters",
                      parameter=SESSION_HEADER, location="header")
    return session


def _content_length(headers: dict[str, str]) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isdigit() and len(text) < 19 else None


def _of_answer(answer: Answer) -> Response:
    headers = {**answer.headers, SOURCE_HEADER: answer.source}
    if answer.body is NOTHING:
        return Response(b"", answer.status, headers)
    if is_json_type(answer.media_type.split(";")[0].strip().lower()):
        return _json(answer.body, answer.status, headers, answer.media_type)
    data = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
    return Response(data.encode("utf-8", "replace"), answer.status, headers, content_type=answer.media_type)


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None,
          media_type: str = "application/json") -> Response:
    data = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return Response(data, status, headers, content_type=media_type)


def _html(page: str) -> Response:
    return Response(page, content_type="text/html; charset=utf-8", headers={
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"})
