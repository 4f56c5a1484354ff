"""An API for tests: a real HTTP server on a free port whose answers the test decides and whose requests it can see."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    """What arrived; `path` is as it was sent, percent-encoding included."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What goes back; `drop` closes the connection without an answer."""

    body: bytes | str | dict[str, Any] | list[Any] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


@dataclass
class ApiServer:
    url: str
    requests: list[Request]

    def calls(self) -> list[Request]:
        """The requests to APIs, without the simulator's own routes."""
        return [one for one in self.requests if not one.path.startswith(("/__simulator", "/health"))]


@contextmanager
def serve_api(reply: Callable[[Request], "Answer | dict[str, Any]"]) -> Iterator[ApiServer]:
    """Serve until the block ends; a dict is answered as JSON with status 200. The simulator's own routes answer 200."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, dict(self.headers), body)
            requests.append(request)
            own = self.path.startswith("/__simulator") or self.path == "/health"
            answer = reply(request) if not own or getattr(reply, "all_routes", False) else {}
            self._send(answer if isinstance(answer, Answer) else Answer(answer))

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_QUERY = do_COPY = _answer

        def _send(self, answer: Answer) -> None:
            if answer.drop:
                self.close_connection = True
                self.connection.close()
                return
            data, kind = answer.body, "text/plain"
            if isinstance(data, (dict, list)):
                data, kind = json.dumps(data), "application/json"
            data = data.encode() if isinstance(data, str) else data
            self.send_response(answer.status)
            for name, value in {"Content-Type": kind, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    class Server(ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A test that drops connections makes these on purpose."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield ApiServer(f"http://127.0.0.1:{server.server_port}", requests)
    finally:
        server.shutdown()
        server.server_close()
