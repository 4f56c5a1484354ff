"""Requests answered in the server's own loop, one after the other, for modes that never wait for anything.

Handing a request to a thread and back costs more than answering it from the schema does. Measured with 64 connections:
0.2 ms of CPU a request in all, against 0.38 ms with 64 threads.
"""

import logging
import signal
import socket
import sys
import threading
import time
from collections import deque
from resource import RLIMIT_NOFILE, getrlimit
from typing import Any

from waitress.channel import HTTPChannel

from toolalpaca.core.errors import UsageError

MAX_REQUEST = 8 * 1024 * 1024  # bytes; the application itself refuses bodies far smaller, in its own words
SLOW_SECONDS = 60  # a request that takes longer to arrive is dropped
GRACE_SECONDS = 150.0  # longer than a call to a language model may take
MOST_CONNECTIONS = 2000
LAST_PORT = 65535
_OTHER_FILES = 300  # descriptors left for connections to the model, the store and the program itself


class InlineDispatcher:
    """Stands in for waitress's pool of threads: keeps the tasks until the loop comes to them."""

    def __init__(self) -> None:
        self._pending: deque[Any] = deque()

    def add_task(self, task: Any) -> None:
        """Called with the connection's lock held, so the task cannot run yet."""
        self._pending.append(task)

    def run(self) -> None:
        """Answer what has come in; a connection with more requests puts itself in again."""
        while self._pending:
            self._pending.popleft().service()

    def set_thread_count(self, count: int) -> None:
        """There are no threads."""

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Nothing is left over between two turns of the loop."""
        return True


class InlineChannel(HTTPChannel):
    """A connection whose requests are answered as soon as they are read."""

    def handle_read(self) -> None:
        super().handle_read()
        self.server.task_dispatcher.run()


def listening_sockets(host: str, port: int, number: int) -> list[socket.socket]:
    """Bound sockets on a port and those after it, or on any free ones for port 0; raises UsageError."""
    if port and port + number - 1 > LAST_PORT:
        raise UsageError(f"--port {port} --processes {number}: there is no port above {LAST_PORT}")
    return [listening_socket(host, port + place if port else 0) for place in range(number)]


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket; raises UsageError where the port is taken or the address is not this machine's."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        raise UsageError(f"--host {host}: no such address ({error.strerror or error})") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(f"{host}:{port} cannot be used ({getattr(error, 'strerror', None) or error}); choose another "
                         "--port, 0 for any free one, or stop the program that has it") from None
    return listener


class Server:
    """Serves an application on a socket until told to stop."""

    def __init__(self, app: Any, listener: socket.socket, threads: int, *, slow_seconds: int = SLOW_SECONDS) -> None:
        """Answer in so many threads; with none, in the loop itself, which suits an application that never waits."""
        from waitress.server import create_server

        for name in ("waitress", "waitress.queue"):  # queues and connections that break off are no fault of ours
            logging.getLogger(name).setLevel(logging.ERROR)
        self._most_connections = max(64, min(MOST_CONNECTIONS, getrlimit(RLIMIT_NOFILE)[0] - _OTHER_FILES))
        self._server: Any = create_server(
            app, sockets=[listener], threads=threads or 1, _dispatcher=None if threads else InlineDispatcher(),
            connection_limit=self._most_connections, backlog=1024, ident=None, asyncore_use_poll=True,
            channel_timeout=slow_seconds, cleanup_interval=min(5, slow_seconds), log_socket_errors=False,
            max_request_body_size=MAX_REQUEST, expose_tracebacks=False,
            outbuf_high_watermark=sys.maxsize)  # past it a sender waits for the loop, which may be the one that sends
        if not threads:
            self._server.channel_class = InlineChannel
        self._server.handle_accept = self._accept_all
        self._slow_seconds = slow_seconds
        self._server.maintenance = self._maintain
        self._usual_maintenance = type(self._server).maintenance
        self._begun: dict[Any, float] = {}

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.effective_port)

    def serve(self, stop: threading.Event) -> None:
        """Serve until `stop` is set, which SIGTERM and SIGINT do, then answer what is in flight and return."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        loop = self.start()
        while loop.is_alive() and not stop.wait(0.5):
            pass
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # a second one ends the process at once
        self.drain()

    def start(self) -> threading.Thread:
        """Serve in a thread of its own."""
        loop = threading.Thread(target=self._server.run, daemon=True)
        loop.start()
        return loop

    def drain(self) -> None:
        """Take no new connection, wait until every request is answered and sent, and end the threads."""
        self._server.accepting = False
        self._server.pull_trigger()
        end = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < end and any(map(_is_busy, list(self._server.active_channels.values()))):
            time.sleep(0.02)
        self._server.socket.close()
        self._server.task_dispatcher.shutdown(timeout=1)

    def _accept_all(self) -> None:
        """Take every waiting connection at once. One per turn of the loop, as waitress has it, lets the last of many
        wait for as many turns, each as long as it takes to answer all the others."""
        server = self._server
        before = -1
        while before < len(server._map) < self._most_connections:
            before = len(server._map)
            type(server).handle_accept(server)

    def _maintain(self, now: float) -> None:
        """Besides idle connections, close those whose request keeps arriving byte by byte."""
        self._usual_maintenance(self._server, now)
        partial = {channel for channel in self._server.active_channels.values() if channel.request is not None}
        self._begun = {channel: self._begun.get(channel, now) for channel in partial}
        for channel, begun in self._begun.items():
            if now - begun > self._slow_seconds:
                channel.will_close = True


def _is_busy(channel: Any) -> bool:
    return bool(channel.requests) or channel.total_outbufs_len > 0
