"""The simulator apart from HTTP: a request goes in, an answer of the API comes out: recorded, written or made up, or a
failure on purpose. In schema mode it needs no server: checks, scorers and environments carry out their calls here."""

import json
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from toolalpaca.data.record_types import ApiRecord
from toolalpaca.llm.store import CallStore, call_key
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.simulator.catalog import Catalog, ServedApi, ServedOperation
from toolalpaca.simulator.faker.source import seed_of
from toolalpaca.simulator.llm_responder import LlmResponder
from toolalpaca.simulator.request_checks import Refusal, Trouble, header_key
from toolalpaca.simulator.requests import CheckedRequest, Incoming, Scene, matching_call, shown_request
from toolalpaca.simulator.responses import CACHE, LLM, NOTHING, SCHEMA, ApiAnswer
from toolalpaca.simulator.schema_responder import SchemaResponder, error_answer
from toolalpaca.simulator.semantics import CREATE
from toolalpaca.simulator.state.overlay import StateOverlay
from toolalpaca.simulator.state.sessions import ApiSession, EndState, PastExchange, Sessions, end_state

NOT_FOUND, CONFLICT, TIMEOUT = 404, 409, 504
MESSAGES = {NOT_FOUND: "There is no such {noun}.", CONFLICT: "There is a {noun} like this already.",
            429: "Too many requests. Try again in a moment.", 500: "Something went wrong on our side. Try again.",
            TIMEOUT: "The request took too long and was given up. Try again."}
_PASSING = (429, 500, TIMEOUT)


@dataclass(frozen=True)
class InjectedFailures:
    """Which requests fail: `fraction` of them, the same ones for the same `seed` and the same conversation."""

    fraction: float = 0.0
    seed: int = 0

    def status(self, kind: str, request: str, earlier: str, *, unknown: bool) -> int | None:
        """Return the status that a request fails with, None if it does not fail.

        `kind` is what the operation does, `earlier` a digest of what the conversation asked before, and `unknown` tells
        whether the request names a thing that the conversation has not seen yet: only such a thing can be missing.
        """
        if not self.fraction:
            return None
        number = seed_of(f"{self.seed}\n{earlier}\n{request}") / 2**64
        if number >= self.fraction:
            return None
        lasting = [status for status, may_be in ((NOT_FOUND, unknown), (CONFLICT, kind == CREATE)) if may_be]
        weight = len(_PASSING)  # a lasting failure is as frequent as all passing ones together
        choices = (*lasting * weight, *_PASSING)
        return choices[int(number / self.fraction * len(choices))]


def is_passing(status: int) -> bool:
    """Return whether the same request may succeed when it is sent again."""
    return status in _PASSING


ANSWERS = "simulator_answers"  # the stage under which they are in the store
_MOST_RECENT = 20_000  # keys

Source = Callable[[ServedApi, ServedOperation, CheckedRequest, "ApiSession | None"], "ApiAnswer | None"]
_NO_SCENE = Scene()
_NO_FAILURES = InjectedFailures()


class Recording:
    """The recorded answers of one output folder. Safe for use from many threads.

    Recorded is what a model answered and what was answered within a conversation. A schema-derived answer outside of
    one is not: the same seed gives it again.
    """

    def __init__(self, store: CallStore) -> None:
        self._store = store
        self._recent_keys: OrderedDict[str, None] = OrderedDict()

    def get(self, call: CheckedRequest, earlier: str) -> ApiAnswer | None:
        """Return the answer recorded for a request after what was asked `earlier`, None if there is none."""
        value = self._store.get(_key(call, earlier))
        if value is None:
            return None
        return ApiAnswer(value["status"], value["body"] if value["has_body"] else NOTHING, CACHE, value["media_type"],
                         value.get("headers", {}))

    def put(self, call: CheckedRequest, earlier: str, answer: ApiAnswer) -> None:
        """Record an answer, once."""
        key = _key(call, earlier)
        if key in self._recent_keys:
            return
        has_body = answer.body is not NOTHING
        value: dict[str, Any] = {"status": answer.status, "body": answer.body if has_body else None,
                                 "has_body": has_body, "media_type": answer.media_type, "headers": answer.headers}
        self._store.put(key, stage=ANSWERS, record=call.api, value=value)
        self._recent_keys[key] = None
        if len(self._recent_keys) > _MOST_RECENT:
            self._recent_keys.popitem(last=False)


def _key(call: CheckedRequest, earlier: str) -> str:
    return call_key(stage=ANSWERS, api=call.api, operation=call.operation, request=call.key, asked=earlier)


@dataclass
class Exchange:
    """An answered request: what was asked, as far as one could tell, and the answer."""

    api: str
    operation: str
    call: CheckedRequest | None
    answer: ApiAnswer


@dataclass(frozen=True)
class Responders:
    """What can answer a request: `modes` are asked in order until one has an answer; `made` also words all failures."""

    modes: Sequence[str]
    made: SchemaResponder
    model: LlmResponder | None = None
    recording: Recording | None = None

    def source(self, mode: str) -> Source:
        """Return what answers in a mode. Raises ValueError for one that is not known or lacks what it needs."""
        model, recording = self.model, self.recording
        if mode == "schema":
            return lambda _, operation, call, state: self.made.answer(operation, call, _scene(state))
        if mode == "llm" and model is not None:
            return lambda api, operation, call, state: model.answer(api, operation, call, _scene(state, call))
        if mode == "replay" and recording is not None:
            return lambda _, _operation, call, state: recording.get(call, state.asked if state is not None else "")
        raise ValueError(f"the simulator cannot answer in the mode {mode!r} with what it has been given")


class Simulator:
    """Plays every API of a catalog."""

    def __init__(self, catalog: Catalog, responders: Responders, sessions: Sessions, *, request_type: str = "curl",
                 failures: InjectedFailures = _NO_FAILURES) -> None:
        """Serve a catalog. Raises ValueError for a mode of the responders that lacks what it needs."""
        self.catalog, self.sessions, self.modes = catalog, sessions, tuple(responders.modes)
        self._made, self._recording = responders.made, responders.recording
        self._overlay = StateOverlay(responders.made)
        self._request_type, self._injection = request_type, failures
        self._lock = threading.Lock()
        self.answered = 0
        self.troubles: Counter[str] = Counter()
        self.injected_by_status: Counter[str] = Counter()  # requests that failed on purpose
        self._sources = list(map(responders.source, responders.modes))

    def answer(self, name: str, incoming: Incoming, session: str | None) -> Exchange:
        """Return the answer of an API to a request; raise Trouble if none can be given."""
        try:
            exchange = self._answer(name, incoming, session)
        except Trouble as trouble:
            with self._lock:
                self.troubles[trouble.code] += 1
            raise
        with self._lock:
            self.answered += 1
        return exchange

    def _answer(self, name: str, incoming: Incoming, session: str | None) -> Exchange:
        api = self.catalog.api(name)
        try:
            operation, call = matching_call(api, incoming)
        except Refusal as refusal:
            return Exchange(name, "", None, ApiAnswer(refusal.status, refusal.body, SCHEMA, headers=refusal.headers))
        if isinstance(call, Refusal):
            asked = CheckedRequest(name, operation.name, incoming.method, incoming.path)
            refused = error_answer(self._made, operation, asked, call.status, call.body)  # in its declared form
            return Exchange(name, operation.name, None, replace(refused, headers=call.headers))
        if session is None:
            answer = self._first(api, operation, call, None)
            if answer.source == LLM:
                self._record(call, "", answer)
        else:
            answer = self._in_conversation(api, operation, call, self.sessions.conversation(session, name))
        return Exchange(name, operation.name, call, answer)

    def _in_conversation(self, api: ServedApi, operation: ServedOperation, call: CheckedRequest,
                         session_state: ApiSession) -> ApiAnswer:
        with session_state.lock:
            known = session_state.remembered.get(call.key)
            if known is not None:
                return replace(known, source=CACHE)
            answer = self._overlay.gone(operation, session_state.resources, call) \
                or self._failure(operation, call, session_state)
            if answer is None:
                answer = self._first(api, operation, call, session_state)
                answer = self._overlay.settled(api, operation, session_state.resources, call, answer)
            self._record(call, session_state.asked, answer)
            if is_passing(answer.status):
                session_state.note(call.key)
            else:
                session_state.remember(call.key, answer, changes=operation.semantics.changes)
            if "llm" in self.modes:
                session_state.add_to_history(self._past(api, operation, call, answer))
            return answer

    def _failure(self, operation: ServedOperation, call: CheckedRequest, session_state: ApiSession) -> ApiAnswer | None:
        """Return the answer to a request that is meant to fail, None for any other."""
        if not self._injection.fraction:
            return None
        resources, semantics = session_state.resources, operation.semantics
        missing = resources.unknown(semantics, call)
        status = self._injection.status(semantics.kind, call.key, session_state.asked, unknown=missing is not None)
        if status is None:
            return None
        with self._lock:
            self.injected_by_status[str(status)] += 1
        if status == NOT_FOUND and missing is not None:
            resources.missing.add(missing)
        noun = missing[0] if status == NOT_FOUND and missing else semantics.noun
        message = MESSAGES[status].format(noun=noun or "item")
        return error_answer(self._made, operation, call, status, {"error": message})

    def _first(self, api: ServedApi, operation: ServedOperation, call: CheckedRequest,
               session_state: ApiSession | None) -> ApiAnswer:
        for source in self._sources:
            answer = source(api, operation, call, session_state)
            if answer is not None:
                return answer
        raise Trouble("replay-miss", "no answer to this request is recorded; --mode replay,llm asks the model instead",
                      404)

    def _record(self, call: CheckedRequest, earlier: str, answer: ApiAnswer) -> None:
        if self._recording is not None and answer.source != CACHE:
            self._recording.put(call, earlier, answer)

    def _past(self, api: ServedApi, operation: ServedOperation, call: CheckedRequest,
              answer: ApiAnswer) -> PastExchange:
        body = answer_body(answer)
        text = (f"Request: {shown_request(call, api.base_url, self._request_type)}\nStatus Code: {answer.status}\n"
                f"Response: {'' if answer.body is NOTHING else json.dumps(body, ensure_ascii=False)}")
        return PastExchange(text, call, body, operation.semantics.changes and answer.succeeded)


def _scene(session_state: ApiSession | None, call: CheckedRequest | None = None) -> Scene:
    """Return the scene of a request; with `call`, also the earlier exchanges that its answer has to agree with."""
    if session_state is None:
        return _NO_SCENE
    history = session_state.shown_history(call) if call is not None else ()
    return Scene(session_state.instruction, session_state.now, history)


class InProcessSimulator(Simulator):
    """Plays the APIs of records. Safe for use from many threads."""

    def __init__(self, records: Sequence[ApiRecord], *, seed: int = 0, failures: float = 0.0) -> None:
        super().__init__(Catalog(list(records)), Responders(("schema",), SchemaResponder(seed)), Sessions(),
                         failures=InjectedFailures(failures, seed))

    def begin(self, api: str, session: str, instruction: str = "", now: datetime | None = None) -> "InProcessSession":
        """Restart a conversation with an API."""
        self.sessions.begin(session, api, instruction, now, shows_history=False)
        return InProcessSession(self, api, session)


class InProcessSession:
    """One conversation with one API."""

    def __init__(self, simulator: Simulator, api: str, session: str) -> None:
        self._simulator, self._api, self._session = simulator, api, session

    def send(self, request: HttpRequest) -> ApiAnswer:
        """Return the API's answer to a request. Raises Trouble if none can be given."""
        return self._simulator.answer(self._api, incoming_of(request), self._session).answer

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
