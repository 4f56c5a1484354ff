"""A chat endpoint for tests: a real HTTP server on a free port whose answers the test decides.

`reply` is called with the request's JSON and returns the text of the answer, a `Reply`, or raises; every request is
kept in `requests`.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """An answer in full: status, headers and body; `drop` closes the connection without one."""

    content: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    finish_reason: str = "stop"
    tool_calls: list[dict[str, Any]] | None = None
    drop: bool = False


@dataclass
class ChatServer:
    """`die` ends it at once, with the connections that are open."""

    url: str
    requests: list[dict[str, Any]]
    die: Callable[[], None]


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A test that drops connections makes these on purpose."""


@contextmanager
def serve_chat(reply: Callable[[dict[str, Any]], "str | Reply"], port: int = 0) -> Iterator[ChatServer]:
    requests: list[dict[str, Any]] = []
    connections: list[socket.socket] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def setup(self) -> None:
            super().setup()
            connections.append(self.connection)

        def do_GET(self) -> None:
            self._send(200, {}, json.dumps({"object": "list", "data": []}).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not self.path.endswith("/chat/completions"):
                self._send(404, {}, _body(Reply("nothing here", status=404)))
                return
            request = json.loads(body)
            requests.append(request)
            answer = reply(request)
            answer = Reply(answer) if isinstance(answer, str) else answer
            if answer.drop:
                self.close_connection = True
                self.connection.close()
                return
            self._send(answer.status, answer.headers, answer.body if answer.body is not None else _body(answer))

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def die() -> None:
        server.shutdown()
        server.server_close()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield ChatServer(f"http://127.0.0.1:{server.server_port}/v1", requests, die)
    finally:
        server.shutdown()
        server.server_close()


def _body(reply: Reply) -> bytes:
    if reply.status != 200:
        return json.dumps({"error": {"message": reply.content or "no", "type": "test", "code": None}}).encode()
    message: dict[str, Any] = {"role": "assistant", "content": reply.content}
    if reply.tool_calls:
        message["tool_calls"] = reply.tool_calls
    return json.dumps({
        "id": "1", "object": "chat.completion", "created": 0, "model": "test",
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }).encode()
