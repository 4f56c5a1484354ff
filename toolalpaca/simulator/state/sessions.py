"""Conversations told apart by their `X-Simulator-Session` header: what each remembers of one API and has come to.

Nothing is shared between two conversations. Idle ones expire, and both their number and the bytes that were said in
them are bounded.
"""

import hashlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypedDict

from toolalpaca.core.jsons import leaves
from toolalpaca.llm.usage import CHARACTERS_PER_TOKEN
from toolalpaca.simulator.requests import CheckedRequest
from toolalpaca.simulator.responses import ApiAnswer
from toolalpaca.simulator.state.resources import LARGEST_KEPT, Resource, SessionResources


class StateEntry(TypedDict, total=False):
    """One thing. `given` is what the client said of it, `actions` what it did with it by the operation's name, `known`
    what answers said of it, `owners` the things it belongs to, by noun, `found_by` what was asked for when a list first
    showed it."""

    noun: str
    keys: list[str]
    given: dict[str, Any]
    actions: dict[str, dict[str, Any]]
    owners: dict[str, str]
    known: dict[str, Any]
    found_by: dict[str, Any]


class EndState(TypedDict):
    """All that a conversation did to an API's things."""

    created: list[StateEntry]
    changed: list[StateEntry]
    deleted: list[StateEntry]


def end_state(resources: SessionResources) -> EndState:
    """Return what has been done. What was created and deleted again has left no trace."""
    known = resources.all()
    return {"created": [_entry(one) for one in known if one.created],
            "changed": [_entry(one) for one in known if not one.created and (one.changed or one.actions)],
            "deleted": [_entry(one) for one in resources.deleted()]}


def _entry(resource: Resource) -> StateEntry:
    return {"noun": resource.noun, "keys": sorted(resource.keys), "given": dict(resource.given),
            "actions": {name: dict(given) for name, given in resource.actions.items()},
            "owners": dict(resource.owners), "known": {**resource.found_by, **resource.fields},
            "found_by": dict(resource.found_by)}


ALL = "__ALL__"
IDLE_SECONDS = 3600.0
MOST_CONVERSATIONS = 10_000
MOST_BYTES = 128 * 1024 * 1024  # of requests and answers; as Python objects they take several times as much
HISTORY_TOKENS = 3000
_EXCHANGE_CHARACTERS = 4000
_REMEMBERED = 200  # answers


@dataclass(frozen=True)
class PastExchange:
    """An answered request: as a model is shown it, and in its parts; `changes` tells whether it changed something."""

    text: str
    call: CheckedRequest
    body: Any
    changes: bool

    def concerns(self, call: CheckedRequest) -> bool:
        """Return whether the answer to another request may depend on this exchange: it changed something, or the other
        names a value that was asked for or answered here, such as an id."""
        if self.changes:
            return True
        values = _values(call.arguments, call.body_fields)
        return not values.isdisjoint(_values(self.call.arguments, self.call.body_fields, self.body))


def _values(*parts: Any) -> set[str]:
    return {str(value) for part in parts for value in leaves(part)
            if isinstance(value, (str, int, float)) and not isinstance(value, bool)}


@dataclass
class ApiSession:
    """The exchanges of one session with one API; `lock` is held while one of its requests is answered, so that they
    queue.

    `asked` is a digest of what the client is after and of all accepted requests so far, `history` the latest exchanges,
    all of which a model is shown if `shows_history`. `instruction` is what the user has said so far and `now` the time
    that the conversation takes place at, if the client has told them.
    """

    shows_history: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)
    asked: str = ""
    instruction: str = ""
    now: datetime | None = None
    resources: SessionResources = field(default_factory=SessionResources)
    history: deque[PastExchange] = field(default_factory=deque)
    last_used: float = 0.0
    size: int = 0  # bytes that were said in it and may be remembered
    remembered: OrderedDict[str, ApiAnswer] = field(default_factory=OrderedDict)  # by question, since the last change

    def remember(self, key: str, answer: ApiAnswer, *, changes: bool) -> None:
        """Note an answered request; one that changes something makes earlier answers out of date."""
        self.note(key)
        if changes:
            self.remembered.clear()
        elif len(key) <= LARGEST_KEPT:
            self.remembered[key] = answer
            if len(self.remembered) > _REMEMBERED:
                self.remembered.popitem(last=False)

    def note(self, text: str) -> None:
        """Let later answers depend on what was asked or said."""
        self.asked = hashlib.sha256(f"{self.asked}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()

    def hear(self, said: str) -> None:
        """Take in what the user says."""
        if said:
            self.instruction = f"{self.instruction}\n{said}".strip()
            self.note(said)

    def add_to_history(self, exchange: PastExchange) -> None:
        """Keep an exchange for the model, and let go of the oldest past the budget."""
        if len(exchange.text) > _EXCHANGE_CHARACTERS:
            exchange = replace(exchange, text=exchange.text[:_EXCHANGE_CHARACTERS] + " ...")
        self.history.append(exchange)
        while len(self.history) > 1 and sum(tokens(one.text) for one in self.history) > HISTORY_TOKENS:
            self.history.popleft()

    def shown_history(self, call: CheckedRequest) -> tuple[str, ...]:
        """Return the exchanges that a model is shown for a request: those it may depend on, or all if they are open."""
        return tuple(one.text for one in self.history if self.shows_history or one.concerns(call))

    def forget(self) -> None:
        """Start over, as if nothing had been asked."""
        self.asked, self.instruction, self.now = "", "", None
        self.resources = SessionResources()
        self.history.clear()
        self.remembered.clear()


class Sessions:
    """All conversations. Safe for use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, idle_seconds: float = IDLE_SECONDS,
                 most: int = MOST_CONVERSATIONS, most_bytes: int = MOST_BYTES) -> None:
        self._clock, self._idle, self._most, self._most_bytes = clock, idle_seconds, most, most_bytes
        self._bytes = 0
        self._conversations: OrderedDict[tuple[str, str], ApiSession] = OrderedDict()
        self._open: OrderedDict[str, set[str]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._conversations)

    def conversation(self, session: str, api: str) -> ApiSession:
        """Return the conversation of a session about an API; a new one if there is none."""
        now, key = self._clock(), (session, api)
        with self._lock:
            found = self._conversations.get(key)
            if found is not None and now - found.last_used > self._idle:
                self._bytes -= found.size
                found = None
            if found is None:
                names = self._open.get(session, set())
                found = self._conversations[key] = ApiSession(shows_history=api in names or ALL in names)
            found.last_used = now
            self._conversations.move_to_end(key)
            self._expire(now)
            return found

    def begin(self, session: str, name: str, instruction: str, now: datetime | None, *, shows_history: bool) -> None:
        """Restart a session's conversation about one API, with what its client is after and what time it is."""
        begun = self.conversation(session, name)
        with begun.lock:
            begun.forget()
            begun.now = now
            begun.hear(instruction)
        if shows_history:
            self.open(session, name)

    def hear(self, session: str, name: str, said: str) -> None:
        """Take in what the user of a session says."""
        heard = self.conversation(session, name)
        with heard.lock:
            heard.hear(said)

    def grew(self, session: str, api: str, size: int) -> None:
        """Note the bytes of an exchange; the conversations that have been idle longest make room for them."""
        with self._lock:
            conversation = self._conversations.get((session, api))
            if conversation is not None:
                conversation.size += size
                self._bytes += size
                self._expire(self._clock())

    def open(self, session: str, name: str) -> None:
        """Show the model this session's history from now on, for one API or ALL."""
        with self._lock:
            self._open.setdefault(session, set()).add(name)
            self._open.move_to_end(session)
            while len(self._open) > self._most:
                self._open.popitem(last=False)
        for found in self._matching(session, name):
            with found.lock:
                found.shows_history = True

    def close(self, session: str, name: str) -> None:
        """Stop showing history and forget the conversation."""
        with self._lock:
            names = self._open.get(session, set())
            names.discard(name)
            if name == ALL or not names:
                self._open.pop(session, None)
            for key in [key for key in self._conversations if _matches(key, session, name)]:
                self._bytes -= self._conversations.pop(key).size

    def clear(self, session: str, name: str) -> None:
        """Forget what was said and done; history continues being shown if it was."""
        for found in self._matching(session, name):
            with found.lock:
                found.forget()
            with self._lock:
                self._bytes -= found.size
                found.size = 0

    def _matching(self, session: str, name: str) -> list[ApiSession]:
        with self._lock:
            return [found for key, found in self._conversations.items() if _matches(key, session, name)]

    def _expire(self, now: float) -> None:
        while self._conversations:
            key, oldest = next(iter(self._conversations.items()))
            crowded = len(self._conversations) > self._most or self._bytes > self._most_bytes
            if now - oldest.last_used <= self._idle and not crowded:
                return
            self._bytes -= self._conversations.pop(key).size


def _matches(key: tuple[str, str], session: str, name: str) -> bool:
    return key[0] == session and name in (ALL, key[1])


def tokens(text: str) -> int:
    """Return the approximate number of tokens in a text, counted by bytes: letters beyond ASCII take more of them."""
    return len(text.encode("utf-8", "surrogatepass")) // CHARACTERS_PER_TOKEN + 1
