"""Fetching: tries again where that can help, and says in one line why it did not work."""

import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from toolalpaca.core.errors import UsageError
from toolalpaca.toolset.public_apis import fetch_text


@pytest.fixture
def server():
    """A server that answers each path as its name says, and counts the requests."""
    asked: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 (the name http.server looks for)
            asked[self.path] += 1
            status = {"/gone": 404, "/down": 503}.get(self.path, 503 if self.path == "/shaky" and asked["/shaky"] < 3
                                                      else 200)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"\xff\xfe" if self.path == "/latin" else "\ufeffgrüße".encode())

        def log_message(self, *_):
            """Keep the test's output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.asked = asked
    yield server
    server.shutdown()
    server.server_close()


def url(server, path):
    return f"http://127.0.0.1:{server.server_port}{path}"


def test_text_without_its_byte_order_mark(server):
    assert fetch_text(url(server, "/fine")) == "grüße"


def test_a_failing_server_is_asked_again(server):
    assert fetch_text(url(server, "/shaky"), backoff=0) == "grüße"
    assert server.asked["/shaky"] == 3


@pytest.mark.parametrize(("path", "reason", "times"), [
    ("/gone", "404", 1), ("/down", "503", 4), ("/latin", "not UTF-8", 1)])
def test_what_cannot_be_had_is_one_line_with_a_way_round(server, path, reason, times):
    with pytest.raises(UsageError, match=f"{path}: cannot be fetched .*{reason}.*--source FILE"):
        fetch_text(url(server, path), backoff=0)
    assert server.asked[path] == times


def test_no_server_at_the_address():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(UsageError, match="no connection"):
        fetch_text(f"http://127.0.0.1:{port}/", backoff=0)


def test_an_address_that_is_none():
    with pytest.raises(UsageError, match="cannot be fetched"):
        fetch_text("http://")
