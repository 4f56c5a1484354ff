"""The simulator in schema mode without a server: for checks, scorers and environments that carry out calls."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from toolalpaca.data.record_types import ApiRecord
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.engine import InjectedFailures, Responders, Simulator
from toolalpaca.simulator.request_checks import header_key
from toolalpaca.simulator.requests import Incoming
from toolalpaca.simulator.responses import NOTHING, ApiAnswer
from toolalpaca.simulator.schema_responder import SchemaResponder
from toolalpaca.simulator.state.sessions import EndState, Sessions, end_state


class InProcessSimulator:
    """Plays the APIs of records. Safe for use from many threads."""

    def __init__(self, records: Sequence[ApiRecord], *, seed: int = 0, failures: float = 0.0) -> None:
        self.catalog = Catalog(list(records))
        self.sessions = Sessions()
        self._simulator = Simulator(self.catalog, Responders(("schema",), SchemaResponder(seed)), self.sessions,
                                    failures=InjectedFailures(failures, seed))

    def begin(self, api: str, session: str, instruction: str = "", now: datetime | None = None) -> "InProcessSession":
        """Restart a conversation with an API."""
        self.sessions.begin(session, api, instruction, now, shows_history=False)
        return InProcessSession(self, api, session)

    def answer(self, api: str, request: HttpRequest, session: str | None) -> ApiAnswer:
        """Return the API's answer to a request. Raises Trouble if none can be given."""
        return self._simulator.answer(api, incoming_of(request), session).answer


class InProcessSession:
    """One conversation with one API."""

    def __init__(self, simulator: InProcessSimulator, api: str, session: str) -> None:
        self._simulator, self._api, self._session = simulator, api, session

    def send(self, request: HttpRequest) -> ApiAnswer:
        """Return the API's answer to a request. Raises Trouble if none can be given."""
        return self._simulator.answer(self._api, request, self._session)

    def hear(self, said: str) -> None:
        """Take in what the user says later on."""
        self._simulator.sessions.hear(self._session, self._api, said)

    def state(self) -> EndState:
        """Return what the conversation has created, changed and deleted so far."""
        return end_state(self._simulator.sessions.conversation(self._session, self._api).resources)


def answer_body(answer: ApiAnswer) -> Any:
    """Return an answer's body, None if it has none."""
    return None if answer.body is NOTHING else answer.body


def incoming_of(request: HttpRequest) -> Incoming:
    """Return a request as the simulator gets it."""
    content = request.content or b""
    return Incoming(method=request.method.upper(), path=request.path or "/", query=request.query,
                    headers={header_key(name): value for name, value in request.headers.items()},
                    cookies=lambda: dict(request.cookies), content_length=len(content), read_body=lambda: content)
