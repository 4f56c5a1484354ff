"""The simulator among other programs: pages of other sites, names that lead here, half-sent requests, memory."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPResponse
from typing import Any

import pytest
import requests

from toolalpaca.agent.environments.simulated import SimulatorClient
from toolalpaca.core.cli import listening_socket, read_secret
from toolalpaca.core.errors import UsageError
from toolalpaca.simulator.server import Server, as_asgi
from toolalpaca.simulator.state.sessions import Sessions

PATH = "/Pets/weather?city=Rome"


@pytest.fixture
def make_client(tmp_path: Any) -> Any:
    from importlib import import_module

    conftest = import_module("tests.toolalpaca.simulator.conftest")
    return conftest.make_client.__wrapped__(tmp_path, conftest.DOCUMENT)


@pytest.mark.parametrize("host", [
    "evil.example", "evil.example:5678", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.1@evil.example",
    "169.254.169.254", "192.168.0.7:5678", "0.0.0.0:5678", "[::ffff:192.168.0.1]", "127.0.0.1 evil", "localhost.", "",
    "2130706433", "0x7f.1", "127.1", "[fe80::1]", "LOCALHOST.example", "127.0.0.1.", "0177.0.0.1", "0x7f000001",
    "127.0.1", "[::]", "[::1%25lo]", "[::1]evil", "::1", "localhost:", "localhost:80:80", "localhost:99999999",
    "localhost,evil.example", "evil.example,localhost", "localhost@evil", "localhost/evil", "localhost\\evil",
    "loc%61lhost", "*", "localhost#evil", "localhost?evil", "localhost.localdomain", "127.0.0.1.nip.io"])
@pytest.mark.parametrize("path", [PATH, "/", "/__simulator_cache__/clear/Pets"])
def test_without_a_token_only_names_of_this_machine_are_answered_to(make_client, host, path) -> None:
    answer = make_client().get(path, headers={"Host": host})
    assert (answer.status_code, answer.headers["X-Simulator-Error"]) == (403, "host")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:5678", "localhost:5678", "LOCALHOST", "[::1]:5678",
                                  "127.3.2.1"])
def test_names_of_this_machine_are(make_client, host) -> None:
    assert make_client().get(PATH, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host", "X_Host",
                                    "HTTP_HOST"])
def test_no_other_header_stands_for_the_host(make_client, header) -> None:
    answer = make_client().get(PATH, headers={"Host": "evil.example", header: "localhost"})
    assert answer.headers["X-Simulator-Error"] == "host"


def raw(server: Server, *lines: str) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return connection.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize("lines", [
    ["Host: evil.example", "Host: localhost"], ["Host: localhost", "host: evil.example"],
    ["Host: localhost", " .evil.example"], ["Host : localhost"], ["Host: localhost", "Origin: http://localhost",
                                                                  "Origin: http://evil.example"],
    ["Host: localhost", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x",
     "Sec-WebSocket-Version: 13", "Origin: http://evil.example"],
    ["Host: localhost", "Sec_Fetch_Site: none", "Sec-Fetch-Site: cross-site"]])
def test_headers_that_are_given_twice_or_folded_open_no_door(server, lines) -> None:
    assert raw(server, f"GET {PATH} HTTP/1.1", *lines).split()[1] in (b"400", b"403")


def test_the_target_does_not_stand_for_the_host(server) -> None:
    assert b"403" in raw(server, f"GET http://localhost{PATH} HTTP/1.1", "Host: evil.example")
    assert b"403" in raw(server, "OPTIONS /Pets/pets HTTP/1.1", "Host: localhost", "Origin: http://evil.example",
                         "Access-Control-Request-Method: POST", "Access-Control-Request-Private-Network: true")


def test_with_a_token_any_name_will_do(make_client) -> None:
    headers = {"Host": "simulator.example", "X-Simulator-Token": "s3cret"}
    assert make_client(token="s3cret").get(PATH, headers=headers).status_code == 200


CROSS_SITE = [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "Cross-Site"},
    {"Sec-Fetch-Site": "nonsense"}, {"Origin": "chrome-extension://abc"}, {"Origin": "about:blank"},
    {"Origin": "data:text/html,x"}, {"Origin": "http://localhost, http://evil.example"}, {"Origin": "http://LOCALHOST."},
    {"Origin": "http://127.0.0.1"}, {"Referer": "http://localhost.evil.example/"},
    {"Sec-Fetch-Site": "same-origin,cross-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": ""},
    {"Origin": "http://localhost:3000"}, {"Origin": "http://localhost.evil.example"}, {"Origin": "http://[::1"},
    {"Origin": "http://localhost@evil.example"}, {"Origin": "file://"}, {"Referer": "http://evil.example/page"},
    {"Referer": "https://evil.example/localhost"}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}]


@pytest.mark.parametrize("headers", CROSS_SITE)
@pytest.mark.parametrize("token", [None, "s3cret"])
def test_a_page_of_another_site_is_not_answered(make_client, headers, token) -> None:
    known = {"Authorization": "Basic YW55OnMzY3JldA=="} if token else {}  # a browser that has logged in sends it along
    client = make_client(token=token)
    for method, path in (("GET", PATH), ("POST", "/Pets/pets"), ("POST", "/__simulator__/Pets")):
        answer = client.open(path, method=method, headers={**headers, **known, "Host": "localhost"})
        assert (answer.status_code, answer.headers["X-Simulator-Error"]) == (403, "origin")
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("headers", [
    {}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost", "Referer":
                                     "http://localhost/__simulator__/Pets"}])
def test_its_own_pages_and_programs_are(make_client, headers) -> None:
    assert make_client().get(PATH, headers={**headers, "Host": "localhost"}).status_code == 200


@pytest.fixture
def server(make_client) -> Iterator[Server]:
    server = Server(as_asgi(make_client().application, 0), listening_socket("127.0.0.1", 0))
    server.start()
    yield server
    server.drain()


def test_2100_half_sent_requests_keep_nobody_out(server) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    try:
        half = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(2100)]
        for connection in half:
            with suppress(OSError):  # it may have made room for a later one
                connection.sendall(b"POST /Pets/pets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        began = time.monotonic()
        for _ in range(3):
            assert requests.get(f"http://127.0.0.1:{server.port}{PATH}", timeout=5).status_code == 200
        assert time.monotonic() - began < 5
        for connection in half:
            connection.close()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_answers_that_are_not_read_keep_nobody_out(make_client, monkeypatch) -> None:
    monkeypatch.setattr("toolalpaca.simulator.server.MOST_CONNECTIONS", 64)
    document = {"openapi": "3.0.0", "info": {"title": "Long", "version": "1", "description": "x" * 900_000},
                "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "An answer"}}}}}}
    app = make_client(documents={"Long": document}).application
    server = Server(as_asgi(app, 0), listening_socket("127.0.0.1", 0), slow_seconds=1)
    server.start()
    unread = []
    for _ in range(80):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        with suppress(OSError):  # it may have made room for a later one
            connection.sendall(b"GET /Long/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
        unread.append(connection)
    assert requests.get(f"http://127.0.0.1:{server.port}/Long/a", timeout=5).status_code == 200
    end = time.monotonic() + 60
    while server.connections > 1 and time.monotonic() < end:
        time.sleep(0.1)
    assert server.connections <= 1, "the server gives up on who does not read"
    for connection in unread:
        connection.close()
    server.drain()


@pytest.mark.parametrize("size", [70_000, 200_000, 900_000])
def test_a_body_that_arrives_at_once_is_not_counted_as_a_head(server, size) -> None:
    body = b'{"name": "%s"}' % (b"x" * size)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        for _ in range(3):
            connection.sendall(b"POST /Pets/pets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(body) + body)
            answer = HTTPResponse(connection)
            answer.begin()
            assert (answer.status, len(answer.read()) > size) == (201, True)


@pytest.mark.parametrize(("line", "answer"), [
    (f"GET {PATH}", b"HTTP/1.1 200"), ("POST /Pets/pets", b"HTTP/1.1 100")])
def test_a_request_that_expects_100_continue_is_answered(server, line, answer) -> None:
    length = "Content-Type: application/json\r\nContent-Length: 15\r\n" if line.startswith("POST") else ""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(f"{line} HTTP/1.1\r\nHost: localhost\r\n{length}Expect: 100-continue\r\n\r\n".encode())
        assert connection.recv(4096).startswith(answer)
        if length:
            connection.sendall(b'{"name": "Tom"}')
            assert b"201" in connection.recv(4096)


@pytest.mark.parametrize("head", [b"X-A: " + b"a" * 500_000, b"".join(b"X-%d: a\r\n" % n for n in range(40_000))],
                         ids=["one", "many"])
def test_a_head_without_end_takes_no_memory(server, head) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection, pytest.raises(OSError):
        for _ in range(50):
            connection.sendall(b"GET / HTTP/1.1\r\n" + head)
            time.sleep(0.01)
    assert requests.get(f"http://127.0.0.1:{server.port}{PATH}", timeout=5).status_code == 200


def test_conversations_are_bounded_in_bytes(make_client) -> None:
    sessions = Sessions(most_bytes=100_000)
    client = make_client(sessions=sessions)
    for number in range(30):
        body = {"name": "x" * 10_000}
        assert client.post("/Pets/pets", json=body, headers={"X-Simulator-Session": f"s{number}"}).status_code == 201
    assert 0 < len(sessions) <= 10
    listed = client.get("/Pets/pets", headers={"X-Simulator-Session": "s29"}).get_json()
    assert listed[0]["name"] == "x" * 10_000, "the latest is still remembered"


def test_pages_keep_a_bounded_number_of_bytes(make_client) -> None:
    client = make_client(documents={f"API {number}": client_document() for number in range(12)})
    pages = client.application._pages
    for number in range(12):
        for place in range(20):
            client.get(f"/API%20{number}/weather?city={'x' * 3000}{place}")
    assert pages.kept_bytes <= 16 * 1024 * 1024


def client_document() -> dict:
    from importlib import import_module

    return import_module("tests.toolalpaca.simulator.conftest").DOCUMENT


def test_a_secret_is_read_from_where_it_is_named(tmp_path, monkeypatch) -> None:
    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("SIM_TOKEN", "from-env\n")
    assert [read_secret(text, "--token") for text in ("plain", "env:SIM_TOKEN", f"file:{tmp_path}/token", "a:b")] == [
        "plain", "from-env", "from-file", "a:b"]
    monkeypatch.delenv("SIM_TOKEN")
    for text in ("env:SIM_TOKEN", "env:", "file:/nonexistent"):
        with pytest.raises(UsageError, match="--token"):
            read_secret(text, "--token")


def test_a_password_of_server_url_comes_from_the_environment(monkeypatch) -> None:
    monkeypatch.setenv("SIM_TOKEN", "from-env")
    simulator = SimulatorClient("http://any:env:SIM_TOKEN@127.0.0.1:5678")
    assert (simulator.server_url, simulator._token) == ("http://127.0.0.1:5678", "from-env")
