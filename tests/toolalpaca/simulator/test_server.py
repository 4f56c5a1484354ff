"""The server on a real socket: hostile requests get a 4xx or a closed connection, and it goes on."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from toolalpaca.core.cli import listening_socket
from toolalpaca.core.errors import UsageError
from toolalpaca.simulator.admission import check_binding
from toolalpaca.simulator.server import Server, as_asgi


@pytest.fixture(params=[0, 8], ids=["in the loop", "in threads"])
def server(make_client, request) -> Iterator[Server]:
    server = Server(as_asgi(make_client().application, request.param), listening_socket("127.0.0.1", 0), slow_seconds=1)
    server.start()
    yield server
    server.drain()


def _answer(server: Server, data: bytes, *, pause: float = 0.0) -> bytes:
    """What comes back for raw bytes, up to the end of the connection or a second of silence."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        try:
            for part in (data[:200], data[200:]):
                connection.sendall(part)
                time.sleep(pause)
            connection.settimeout(3)
            return connection.recv(65536)
        except (ConnectionError, TimeoutError):
            return b""


def _alive(server: Server) -> bool:
    return requests.get(f"http://127.0.0.1:{server.port}/Pets/weather?city=Rome", timeout=5).status_code == 200


@pytest.mark.parametrize("request_bytes", [
    b"GET /Pets/weather?city=\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /Pets/pets/\x00\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /Pets/../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /Pets/" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /" + b"a" * 400_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /Pets/pets/x%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /Pets/weather HTTP/1.1\r\nHost: localhost\r\nX-Simulator-Session: a\rb\r\n\r\n",
    b"GET /Pets/weather HTTP/1.1\r\nHost: localhost\r\nBroken header\r\n\r\n",
    b"GET /Pets/weather HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /Pets/pets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{{{",
    b"POST /Pets/pets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n" + b"x" * 300_000,
    b"POST /Pets/pets HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    b"POST /Pets/pets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
])
def test_hostile_requests(server, request_bytes):
    answer = _answer(server, request_bytes)
    assert answer == b"" or answer.split(b" ")[1].startswith(b"4"), answer[:200]
    assert b"Set-Cookie" not in answer.split(b"\r\n\r\n")[0] and b"root:" not in answer
    assert _alive(server)


def test_a_body_of_a_hundred_megabytes(server):
    def megabytes() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 1_000_000

    try:
        status = requests.post(f"http://127.0.0.1:{server.port}/Pets/pets", data=megabytes(), timeout=20).status_code
    except requests.ConnectionError:
        status = 0
    assert status in (0, 413, 415) and _alive(server)


def test_a_body_over_the_limit_says_so(server):
    answer = requests.post(f"http://127.0.0.1:{server.port}/Pets/pets", data=b" " * 2_000_000, timeout=20,
                           headers={"Content-Type": "application/json"})
    assert answer.status_code == 413 and "1048576" in answer.json()["error"]


def test_slow_clients_hold_up_nobody_and_are_dropped(server):
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
    for connection in slow:
        connection.sendall(b"GET /Pets/weather HTTP/1.1\r\nHost: ")
    assert _alive(server)
    end, open_connections = time.monotonic() + 15, list(slow)
    while open_connections and time.monotonic() < end:
        open_connections = [connection for connection in open_connections if _still_open(connection)]
        time.sleep(0.2)
    for connection in slow:
        connection.close()
    assert open_connections == [] and _alive(server)


def _still_open(connection: socket.socket) -> bool:
    """Send one more byte, as a client does that wants to hold a connection for ever."""
    try:
        connection.sendall(b"x")
        connection.setblocking(False)
        return connection.recv(1000) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.setblocking(True)


def test_a_port_is_not_taken_twice(server):
    with pytest.raises(UsageError, match=f"127.0.0.1:{server.port}"):
        listening_socket("127.0.0.1", server.port)
    with pytest.raises(UsageError):
        listening_socket("no.such.host.invalid", 0)
    with pytest.raises(UsageError, match="0-65535"):
        listening_socket("127.0.0.1", 99999)  # the system would take 34463 for it


def is_refused(host, token):
    try:
        check_binding(host, token)
    except UsageError as error:
        return "--token" in str(error)
    return False


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.9"])
def test_this_machine_alone_needs_no_token(host):
    assert not is_refused(host, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_other_machines_need_a_token(host):
    assert is_refused(host, None)
    assert not is_refused(host, "secret")


def test_draining_answers_what_is_in_flight(make_client, make_teacher):
    began, answers = threading.Event(), []

    class Slow(make_teacher):
        def answer(self, messages: list[Any], record: str) -> str:
            began.set()
            time.sleep(0.6)
            return super().answer(messages, record)

    teacher = Slow('Status Code: 200\nResponse: {"city": "Rome", "temperature": 1}')
    server = Server(as_asgi(make_client(["llm"], teacher).application, 4), listening_socket("127.0.0.1", 0))
    server.start()
    url = f"http://127.0.0.1:{server.port}/Pets/weather?city=Rome"
    asking = threading.Thread(target=lambda: answers.append(requests.get(url, timeout=10)))
    asking.start()
    began.wait(5)
    server.drain()
    asking.join()
    assert answers[0].json()["city"] == "Rome"
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=2)


def test_many_connections_at_once_are_all_taken(server):
    connections = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(200)]
    for connection in connections:
        connection.sendall(b"GET /Pets/weather?city=Rome HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answers = [connection.recv(65536) for connection in connections]
    for connection in connections:
        connection.close()
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
