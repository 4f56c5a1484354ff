"""The HTTP server: uvicorn, with bounds on connections and on the time that a request may take to arrive and an answer
to be read.

Modes that never wait for anything are answered in the server's own loop, one request after the other: handing a request
to a thread and back costs more than answering it from the schema does.
"""

import asyncio
import io
import logging
import signal
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from resource import RLIMIT_NOFILE, getrlimit
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from toolalpaca.simulator.request_checks import MAX_BODY

SLOW_SECONDS = 60  # a request that takes longer to arrive is dropped
GRACE_SECONDS = 150.0  # longer than a call to a language model may take
MOST_CONNECTIONS = 2000
LARGEST_HEAD = 64 * 1024  # bytes of a request before its body
_OTHER_FILES = 300  # descriptors left for connections to the model, the store and the program itself

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
AsgiApp = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class Connections:
    """The open connections of one server, and which of them wait for a request, the longest first."""

    def __init__(self, most: int, slow_seconds: float) -> None:
        self.slow_seconds = slow_seconds
        self._most = most
        self._open: set[BoundedProtocol] = set()
        self._waiting: OrderedDict[BoundedProtocol, None] = OrderedDict()

    def add(self, connection: "BoundedProtocol") -> bool:
        """Take a connection in, in place of the one that has waited longest if there are too many.

        Return whether there was room: if every other one is being answered, there is none.
        """
        if len(self._open) >= self._most:
            if not self._waiting:
                return False
            longest = next(iter(self._waiting))
            self.remove(longest)
            longest.transport.abort()
        self._open.add(connection)
        self.waits(connection)
        return True

    def waits(self, connection: "BoundedProtocol") -> None:
        """Note that nothing is being answered on it."""
        if connection in self._open:
            self._waiting[connection] = None

    def works(self, connection: "BoundedProtocol") -> None:
        """Note that a whole request has arrived on it."""
        self._waiting.pop(connection, None)

    def remove(self, connection: "BoundedProtocol") -> None:
        """Forget a connection."""
        self._open.discard(connection)
        self._waiting.pop(connection, None)


class BoundedProtocol(HttpToolsProtocol):
    """One connection: uvicorn's, closed if a request arrives or an answer is read too slowly, or if a head is too
    large."""

    def __init__(self, *args: Any, shared: Connections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shared = shared
        self._timers: dict[str, asyncio.TimerHandle] = {}  # of a request's arrival and of an answer's departure
        self._head: int | None = 0  # bytes of the head so far; None within a body
        self._read = 0  # bytes that were read last

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._shared.add(self):
            self._arriving()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._done("arrival")
        self._done("departure")
        self._shared.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._arriving()
        self._read = len(data)
        super().data_received(data)
        if self._head is not None:
            self._head += self._read
            if self._head > LARGEST_HEAD:
                self.transport.abort()

    def on_headers_complete(self) -> None:
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._head = -self._read  # what was read was a head and a body; what follows them in one reading is not counted
        self._done("arrival")
        self._shared.works(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._shared.waits(self)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Wait for the client, which has not read what was sent: for a while, and while there is room for it."""
        super().pause_writing()
        self._shared.waits(self)
        self._timers["departure"] = self.loop.call_later(self._shared.slow_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._done("departure")
        if self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete:
            self._shared.works(self)
        super().resume_writing()

    def _arriving(self) -> None:
        if "arrival" not in self._timers and not self.transport.is_closing():
            self._timers["arrival"] = self.loop.call_later(self._shared.slow_seconds, self.transport.abort)

    def _done(self, timer: str) -> None:
        if timer in self._timers:
            self._timers.pop(timer).cancel()


def as_asgi(app: Any, threads: int) -> AsgiApp:
    """Return a WSGI application as an ASGI one that answers in `threads`, or in the loop itself if there are none."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="answer") if threads else None

    async def answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        environ["wsgi.input"] = io.BytesIO(await _body(environ, receive))
        work = partial(_answered, app, environ)
        status, headers, body = await asyncio.get_running_loop().run_in_executor(pool, work) if pool else work()
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def environ_of(scope: dict[str, Any]) -> dict[str, Any]:
    raw, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
    environ = {"REQUEST_METHOD": scope["method"], "SCRIPT_NAME": "", "QUERY_STRING": query,
               "PATH_INFO": scope["path"].encode().decode("latin-1"), "REQUEST_URI": f"{raw}?{query}" if query else raw,
               "SERVER_NAME": "simulator", "SERVER_PORT": "80", "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
               "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input_terminated": True}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}" if key in environ else text
    return environ


async def _body(environ: dict[str, Any], receive: Receive) -> bytes:
    """Return the body, or one byte more of it than is allowed; of a body that says it is too large, nothing is read."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length and "HTTP_TRANSFER_ENCODING" not in environ or length.isdigit() and int(length) > MAX_BODY:
        return b""
    body, more = bytearray(), True
    while more and len(body) <= MAX_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _answered(app: Any, environ: dict[str, Any]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    started: list[Any] = []
    body = b"".join(app(environ, lambda status, headers, *_: started.extend((status, headers))))
    status, headers = started
    return int(status[:3]), [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers], body


class Server:
    """Serves an ASGI application on a socket until told to stop."""

    def __init__(self, app: AsgiApp, listener: socket.socket, *, slow_seconds: float = SLOW_SECONDS) -> None:
        most = max(64, min(MOST_CONNECTIONS, getrlimit(RLIMIT_NOFILE)[0] - _OTHER_FILES))
        protocol: Any = partial(BoundedProtocol, shared=Connections(most, slow_seconds))
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # connections that break off are not our faults
        self._server = uvicorn.Server(uvicorn.Config(
            app, http=protocol, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
            proxy_headers=False, timeout_keep_alive=SLOW_SECONDS, timeout_graceful_shutdown=int(GRACE_SECONDS)))
        self._listener = listener
        self._loop: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return self._listener.getsockname()[1]

    @property
    def connections(self) -> int:
        """Return how many are open."""
        return len(self._server.server_state.connections)

    def serve(self, stop: threading.Event) -> None:
        """Serve until `stop` is set, which SIGTERM and SIGINT do, then answer what is in flight and return."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        loop = self._loop or self.start()
        while loop.is_alive() and not stop.wait(0.5):
            pass
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # a second one ends the process at once
        self.drain()

    def start(self) -> threading.Thread:
        """Serve in another thread, which is returned once it accepts connections."""
        self._loop = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)
        self._loop.start()
        while not self._server.started and self._loop.is_alive():
            time.sleep(0.01)
        return self._loop

    def drain(self) -> None:
        """Take no new connection, wait until every request is answered and sent, and end the thread."""
        self._server.should_exit = True
        if self._loop is not None:
            self._loop.join(GRACE_SECONDS + 10)
