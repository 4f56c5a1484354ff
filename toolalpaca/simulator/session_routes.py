"""The routes about one conversation with one API: it is opened with what the client is after, and looked into."""

import json
from datetime import datetime
from typing import Any

from toolalpaca.simulator.engine import Simulator
from toolalpaca.simulator.protocol import SESSION_HEADER
from toolalpaca.simulator.request_errors import Trouble
from toolalpaca.simulator.state.end_state import end_state

LARGEST = 100_000  # bytes of a body
ACTIONS = ("/session", "/state")


class SessionRoutes:
    """Answers `/__simulator__/NAME/session` and `/__simulator__/NAME/state`."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def answer(self, method: str, name: str, action: str, session: str | None, body: bytes) -> dict[str, Any]:
        """Return what the client is told. Raises Trouble for an unknown API, a missing session or a malformed body."""
        api = self._simulator.catalog.api(name)
        if session is None:
            raise Trouble("session", f"the header {SESSION_HEADER} must name the conversation", 400)
        if action == "/state" and method == "GET":
            state = self._simulator.sessions.conversation(session, name)
            with state.lock:
                return dict(end_state(state.resources))
        if action == "/session" and method == "PUT":
            self._begin(session, api.name, _fields(body))
        elif action == "/session" and method == "POST":
            self._simulator.sessions.hear(session, api.name, _text(_fields(body), "said"))
        else:
            raise Trouble("session", f"{method[:20]} does not fit; PUT or POST .../session, GET .../state", 405)
        return {"api": api.name, "session": session}

    def _begin(self, session: str, name: str, fields: dict[str, Any]) -> None:
        now = _text(fields, "now")
        try:
            moment = datetime.fromisoformat(now) if now else None
        except ValueError:
            raise Trouble("session", "'now' must be a date and time such as 2025-03-14T09:30:00", 400) from None
        self._simulator.sessions.begin(session, name, _text(fields, "instruction"), moment,
                                       shows_history=fields.get("history") is True)


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
