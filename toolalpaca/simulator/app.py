"""The simulator as a web application: its own routes, with those about one conversation and its counters, and every
other path handed to the APIs."""

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from werkzeug.exceptions import HTTPException

from toolalpaca.simulator.admission import Admission
from toolalpaca.simulator.catalog import ServedApi, address
from toolalpaca.simulator.engine import Exchange, Simulator
from toolalpaca.simulator.pages import Pages
from toolalpaca.simulator.protocol import ERROR_HEADER, RUN_HEADER, SESSION_HEADER, SOURCE_HEADER
from toolalpaca.simulator.request_checks import Trouble
from toolalpaca.simulator.requests import Incoming
from toolalpaca.simulator.responses import CACHE
from toolalpaca.simulator.state.sessions import ALL, Sessions, end_state
from toolalpaca.simulator.wsgi import (
    Environ,
    HttpReply,
    StartResponse,
    answer_reply,
    headers_of,
    incoming,
    json_reply,
    raw_path,
    session_of,
    target,
)

TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """One server's counters, apart from those of any other in the process. The source of an answer is `check` for the
    refusal of a request that does not fit the document."""

    def __init__(self, conversations: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter("simulator_answers", "Requests to an API by the status and the source of the answer.",
                               ("status", "source"), registry=self.registry)
        self.troubles = Counter("simulator_errors", "Requests that no API answered, by what stood in the way.",
                                ("error",), registry=self.registry)
        self.seconds = Histogram("simulator_request_seconds", "Time from a request to its answer.",
                                 registry=self.registry, buckets=_BUCKETS)
        self.in_flight = Gauge("simulator_requests_in_flight", "Requests being answered.", registry=self.registry)
        Gauge("simulator_conversations", "Conversations that are remembered.",
              registry=self.registry).set_function(conversations)


LARGEST = 100_000  # bytes of a body
ACTIONS = ("/session", "/state")


def about_session(sessions: Sessions, method: str, name: str, action: str, session: str | None,
                  body: bytes) -> dict[str, Any]:
    """Answer `/__simulator__/NAME/session` and `/__simulator__/NAME/state`. Raises Trouble for a missing session or a
    malformed body."""
    if session is None:
        raise Trouble("session", f"the header {SESSION_HEADER} must name the conversation", 400)
    if action == "/state" and method == "GET":
        state = sessions.conversation(session, name)
        with state.lock:
            return dict(end_state(state.resources))
    if action == "/session" and method == "PUT":
        fields = _fields(body)
        sessions.begin(session, name, _text(fields, "instruction"), _moment(_text(fields, "now")),
                       shows_history=fields.get("history") is True)
    elif action == "/session" and method == "POST":
        sessions.hear(session, name, _text(_fields(body), "said"))
    else:
        raise Trouble("session", f"{method[:20]} does not fit; PUT or POST .../session, GET .../state", 405)
    return {"api": name, "session": session}


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise Trouble("session", "'now' must be a date and time such as 2025-03-14T09:30:00", 400) from None


def _fields(body: bytes) -> dict[str, Any]:
    if len(body) > LARGEST:
        raise Trouble("session", f"the body has more than {LARGEST:,} bytes", 413)
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Trouble("session", "the body must be a JSON object", 400)
    return value


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise Trouble("session", f"{name!r} must be a text", 400)
    return value


ACCESS_LOG = logging.getLogger("simulator.access")
_CACHE_ACTIONS = ("open", "close", "clear")


def manifest(api: ServedApi) -> dict[str, Any]:
    """Return the name, description and functions of an API, and the path of its document."""
    return {"name": api.name, "description": api.description, "category": api.record.get("Category", ""),
            "link": api.record.get("Link", ""), "openapi": f"{address(api.name)}/openapi.json",
            "functions": [{"name": operation.name, "method": operation.method, "path": operation.path,
                           "summary": operation.source.summary or operation.source.description}
                          for operation in api.operations]}


class SimulatorApp(Flask):
    """A Flask application for the simulator's own routes, which hands every other path to the APIs."""

    def __init__(self, simulator: Simulator, *, token: str | None = None) -> None:
        super().__init__("toolalpaca.simulator", static_folder=None, template_folder=None)
        self.url_map.merge_slashes = False
        self._simulator, self.catalog, self.admission = simulator, simulator.catalog, Admission(token)
        self._run = secrets.token_hex(8)  # tells a client whether what it did before is still known
        self._metrics = Metrics(lambda: len(simulator.sessions))
        self._pages = Pages(simulator)
        self.add_url_rule("/", view_func=self._index)
        self.add_url_rule("/health", view_func=self._health)
        self.add_url_rule("/metrics", view_func=self._counters)
        self.add_url_rule("/__simulator__/<path:name>", view_func=self._about_api, methods=["GET", "POST", "PUT"])
        self.add_url_rule("/__simulator_cache__/<action>/<path:name>", view_func=self._cache,
                          methods=["GET", "POST", "PUT", "DELETE"])
        self.register_error_handler(Exception, self._own_error)

    def wsgi_app(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:  # type: ignore[override]
        """Answer one request, count it, and write its line of the access log."""
        began = time.perf_counter()
        told: list[Any] = []

        def note(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            told[:] = [status, headers]
            return start_response(status, [*headers, (RUN_HEADER, self._run)], *rest)

        try:
            with self._metrics.in_flight.track_inprogress():
                return self._answered(environ, note)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.seconds.observe(seconds)
            if told and ACCESS_LOG.isEnabledFor(logging.INFO):
                ACCESS_LOG.info("%s %s %s %s %.1f ms", environ["REQUEST_METHOD"], target(environ), told[0][:3],
                                dict(told[1]).get(SOURCE_HEADER, "-"), seconds * 1000)

    def _answered(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        headers, path = headers_of(environ), raw_path(environ)
        refused = self.admission.refusal(headers)
        if refused is not None:
            return refused.send(environ, start_response)
        if path in ("/", "/health", "/metrics") or path.startswith(("/__simulator__/", "/__simulator_cache__/")):
            return super().wsgi_app(environ, start_response)
        try:
            reply = self._api(environ, path, headers)
        except Exception as error:
            reply = self._trouble(error)
        return reply.send(environ, start_response)

    def _api(self, environ: Environ, path: str, headers: dict[str, str]) -> HttpReply:
        session = session_of(headers)
        name, rest = self.catalog.split(path)
        if environ["REQUEST_METHOD"] in ("GET", "HEAD") and rest in ("", "/openapi.json"):
            api = self.catalog.api(name)  # clients made from its document come here
            return json_reply({**api.document, "servers": [{"url": address(name)}]} if rest else manifest(api))
        return self.ask(name, incoming(environ, headers, rest or "/"), session)

    def ask(self, name: str, request: Incoming, session: str | None) -> HttpReply:
        """Return an API's answer to a request; raise Trouble if none can be given."""
        return self._noted(self._simulator.answer(name, request, session), session)

    def _noted(self, exchange: Exchange, session: str | None) -> HttpReply:
        """Return the reply to an answered request, which is counted and kept for the API's page."""
        reply = answer_reply(exchange.answer)
        if session is not None and exchange.call is not None and exchange.answer.source != CACHE:
            self._simulator.sessions.grew(session, exchange.api, len(exchange.call.key) + len(reply.body))
        source = "check" if exchange.call is None else exchange.answer.source
        self._metrics.answers.labels(str(reply.status), source).inc()
        self._pages.note(exchange, len(reply.body))
        return reply

    def _trouble(self, error: Exception) -> HttpReply:
        """Return what went wrong before an API could answer; a fault of ours too is told as such, and survived."""
        if not isinstance(error, Trouble):
            ACCESS_LOG.error("a request could not be answered", exc_info=error)
            error = Trouble("internal", "the simulator failed on this request")
        self._metrics.troubles.labels(error.code).inc()
        return json_reply({"error": str(error)}, error.status, {ERROR_HEADER: error.code})

    def _own_error(self, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            return Response(json_reply({"error": error.description}).body, error.code, error.get_headers(),
                            content_type="application/json")
        reply = self._trouble(error)
        return Response(reply.body, reply.status, reply.headers, content_type=reply.media_type)

    def _index(self) -> Response:
        return _html(self._pages.index())

    def _about_api(self, name: str) -> Response | dict[str, Any]:
        """Return an API's page, or what one conversation with it was opened with or has come to."""
        known, action = self.catalog.split(raw_path(request.environ).removeprefix("/__simulator__"))
        if action in ACTIONS:
            session, known = session_of(headers_of(request.environ)), self.catalog.api(known).name
            return about_session(self._simulator.sessions, request.method, known, action, session, request.get_data())
        api = self.catalog.api(name)
        if request.method == "POST":
            return _html(self._pages.tried(api, dict(request.form), self._noted))
        return _html(self._pages.api(api))

    def _health(self) -> dict[str, Any]:
        return {"status": "ok", "apis": len(self.catalog.names), "modes": list(self._simulator.modes)}

    def _counters(self) -> Response:
        return Response(generate_latest(self._metrics.registry), content_type=TEXT_TYPE)

    def _cache(self, action: str, name: str) -> dict[str, Any]:
        if action not in _CACHE_ACTIONS or name not in self.catalog and name != ALL:
            raise Trouble("unknown-api", f"expected /__simulator_cache__/open, close or clear with the name of an API "
                          f"that is served, or {ALL}", 404)
        session = session_of(headers_of(request.environ))
        if session is not None:
            getattr(self._simulator.sessions, action)(session, name)
        return {"action": action, "api": name, "session": session}


def _html(page: str) -> Response:
    return Response(page, content_type="text/html; charset=utf-8", headers={
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"})
