"""`--real` against servers that mean harm: redirects, echoes of credentials, answers that drip, variables of others."""

import base64
import gzip
import html
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from agent_fakes import DOCUMENT, RECORD
from api_server import Answer, serve_api
from raw_server import SOON, raw_server

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials
from toolalpaca.agent.environments.http_client import (
    HttpClient,
    RequestFailed,
    RequestTimeout,
    parse_target,
    redirected,
)
from toolalpaca.agent.environments.live import LiveEnvironment, LiveNetwork, check_credentials
from toolalpaca.agent.environments.simulated import SimulatorClient
from toolalpaca.agent.tools import Tools
from toolalpaca.conversation.observation import KeptFiles, Reply, observation_of
from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.llm.store import CallStore
from toolalpaca.openapi.http_request import HttpRequest

KEY = "Zq8/ü+k3y&7vX==19"
TOKEN = "tok3n-4567890123"


def record_at(url: str, **authentication: str) -> dict:
    document = json.loads(json.dumps(DOCUMENT))
    document["servers"] = [{"url": url}]
    document["components"] = {"securitySchemes": {
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"}}}
    return {**RECORD, "Documentation": json.dumps(document),
            "Authentication": authentication or {"X-Key": TOKEN, "Authorization": f"Bearer {TOKEN}", "sid": TOKEN}}


def call(folder: Path, record: dict, **settings: Any) -> str:
    network = LiveNetwork(**{"allow_private": True, "per_second": 10_000.0, "timeout": 5.0, **settings})
    with LiveEnvironment(network, CallStore(folder), "generation").conversation(Api(record), "A [0]", {}) as (
            transport, credentials):
        return Tools(Api(record), transport, str, credentials=credentials).call("getWeather", {"city": "Paris"})[0]


# {good} and {evil} are host:port of two servers of this machine; the first one redirects.
LOCATIONS = [
    r"http://{evil}\@{good}/x", r"//{evil}\@{good}/x", r"http://{evil}\.{good}/x", r"\\{evil}/x", r"/\{evil}/x",
    r"/\/{evil}/x", "http://{good}@{evil}/x", "//{good}@{evil}/x", "http://{good}%40{evil}/x", "http://{evil}%5c@{good}/x",
    "http://{evil}#@{good}/x", "http://{evil}?@{good}/x", "http://{evil}/@{good}/x", "///{evil}/x", "http:///{evil}/x",
    "http:{evil}/x", "http:/{evil}/x", "HTTP://{evil}/x", "ht\ttp://{evil}/x", "\thttp://{evil}/x", "/\t/{evil}/x",
    "http://{evil}\x0b@{good}/x", "http://{evil}\x7f/x", "http://{evil}\xa0/x", "http://\u2024{evil}/x",
    "http://{evil}.:80/x",     "http://[::ffff:127.0.0.1]:{evil_port}/x", "http://[::1]@{evil}/x", "http://{evil};@{good}/x",
    "//{evil}", "//{evil}:@{good}/",    "http://localhost:{evil_port}/x", "http://127.1:{evil_port}/x", "http://2130706433:{evil_port}/x",
    "http://0x7f.1:{evil_port}/x", "//127.0.0.1.:{evil_port}/", "http://{good}:x@{evil}", "ftp://{evil}/x",
    "file:///etc/passwd", "javascript:alert(1)", "http://{evil}%00{good}/",
    "http://{good}\\.{evil}/", "//{evil}\\{good}",
    "?{good}@{evil}", "..//{evil}/x", "/..//{evil}/x", "./\\{evil}",
]


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_carries_no_credential_to_another_server(tmp_path: Path, location: str) -> None:
    with serve_api(lambda request: {"there": 1}) as evil:
        place = evil.url.removeprefix("http://")

        def away(request: Any) -> Answer:
            where = location.format(good=good, evil=place, evil_port=place.partition(":")[2])
            if where.encode("latin-1", "replace") in request.path.encode():
                return Answer({})
            return Answer(status=307, headers={"Location": where.encode("utf-8").decode("latin-1")})

        with serve_api(away) as server:
            good = server.url.removeprefix("http://")
            try:
                call(tmp_path, record_at(server.url))
            except RecordError as error:
                assert TOKEN not in str(error)
    for request in evil.requests:
        assert TOKEN not in json.dumps([request.path, request.headers, request.body.decode()]), location


@pytest.mark.parametrize("path", [
    "weather/{{city}}", "//{evil}/x", "/\\{evil}/x", ".{evil}/x", "@{evil}/x", ":x@{evil}/x", "http://{evil}/x",
    "\t//{evil}/x", "?a=@{evil}/x"])
def test_a_path_of_a_document_leads_to_no_other_server(tmp_path: Path, path: str) -> None:
    with serve_api(lambda request: {"temp": 21}) as evil, serve_api(lambda request: {"temp": 21}) as good:
        record = record_at(good.url)
        document = json.loads(record["Documentation"])
        [item] = [item for item in document["paths"].values() if item.get("get", {}).get("operationId") == "getWeather"]
        document["paths"] = {path.format(evil=evil.url.removeprefix("http://")): item}
        seen = call(tmp_path, {**record, "Documentation": json.dumps(document)})
        assert not evil.requests
        assert len(good.requests) == 1 and good.requests[0].path.startswith("/"), seen


@pytest.mark.parametrize("location", [
    r"http://e\@g/", "http://g@e/", "http://é/", "http://e:0/", "http://e:99999/", "http://e /", "http://e\n/",
    "http:///e", "http://[::1/", "http://[1.2.3.4]x/", "http://%67/", "http://", "//", "http://e|f/", "http://<e>/",
    "https:e", "data:,x"])
def test_addresses_that_parsers_read_differently_are_refused(location: str) -> None:
    with pytest.raises(ValueError):
        redirected(parse_target("http://good.example/a?b"), location)


@pytest.mark.parametrize(("location", "target"), [
    ("/b", "http://g.example/b"), ("c", "http://g.example/a/c"), ("?d=1", "http://g.example/a/b?d=1"),
    ("../e", "http://g.example/e"), ("//H.example:8080/x#y", "http://h.example:8080/x"),
    ("https://g.example:443", "https://g.example/"), ("HTTP://[2001:DB8::1]/x", "http://[2001:db8::1]/x")])
def test_ordinary_redirects_lead_where_they_say(location: str, target: str) -> None:
    assert str(redirected(parse_target("http://g.example/a/b"), location)) == target


def dripping(before: bytes, drop: bytes, pause: float = 0.05) -> Callable[[socket.socket], None]:
    """Reads a request, sends `before`, then `drop` over and over."""
    def serve(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(before)
        for _ in range(400):
            time.sleep(pause)
            connection.sendall(drop)

    return serve


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
DRIPS = {
    "a status line": (b"HTTP/1.1 200 O", b"K"),
    "a header": (OK + b"X-Long: ", b"x"),
    "headers": (OK, b"X-More: y\r\n"),
    "a body of known length": (OK + b"Content-Length: 100000\r\n\r\n", b"x"),
    "a body up to the end": (OK + b"Connection: close\r\n\r\n", b"x"),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a chunk's length": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "a chunk's extension": (OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "trailers": (OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"X-T: y\r\n"),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103 Early Hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
    "a packed body": (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x")[:11], b"\0"),
    "nothing": (b"", b""),
}


@pytest.mark.parametrize("drip", DRIPS)
def test_an_answer_that_drips_ends_at_the_deadline(drip: str) -> None:
    with raw_server(dripping(*DRIPS[drip])) as url:
        began = time.monotonic()
        with pytest.raises((RequestTimeout, RequestFailed)):
            HttpClient().send(HttpRequest("GET", "/"), parse_target(url), seconds=0.4)
        assert time.monotonic() - began < SOON


def test_a_request_that_is_not_read_ends_at_the_deadline() -> None:
    def never(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(400):
            connection.recv(64)
            time.sleep(0.05)

    with raw_server(never) as url:
        began = time.monotonic()
        with pytest.raises(RequestTimeout):
            HttpClient().send(HttpRequest("POST", "/", content=b"x" * 20_000_000), parse_target(url), seconds=0.4)
        assert time.monotonic() - began < SOON


def test_a_handshake_that_drips_ends_at_the_deadline() -> None:
    with raw_server(dripping(b"", b"\x16")) as url:
        began = time.monotonic()
        with pytest.raises(RequestFailed):
            HttpClient().send(HttpRequest("GET", "/"), parse_target(url.replace("http:", "https:")), seconds=0.4)
        assert time.monotonic() - began < SOON


def test_a_slow_look_up_of_a_name_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(8) or [])
    began = time.monotonic()
    with pytest.raises(RequestTimeout):
        HttpClient().send(HttpRequest("GET", "/"), parse_target("http://slow.example/"), seconds=0.4)
    assert time.monotonic() - began < SOON


def test_the_simulators_client_has_the_same_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toolalpaca.agent.environments.simulated.ANSWER_SECONDS", 0.2)
    with raw_server(dripping(*DRIPS["headers"])) as url:
        began = time.monotonic()
        with pytest.raises(RecordError, match="simulator_unavailable"):
            SimulatorClient(url, pause=0.001).conversation("A", "s").begin(use_cache=False)
        assert time.monotonic() - began < SOON


@pytest.mark.parametrize("body", [b"x" * 20_000_000, gzip.compress(b"x" * 200_000_000, 1)], ids=["plain", "packed"])
def test_an_endless_answer_is_cut(body: bytes) -> None:
    packed = {"Content-Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}
    with serve_api(lambda request: Answer(body, headers=packed)) as server:
        reply, _ = HttpClient().send(HttpRequest("GET", "/"), parse_target(server.url), seconds=20)
    assert len(reply.body) == 5_000_000 and reply.cut


ECHOES = {
    "as it is": lambda: (f"your key {KEY}", "text/plain; charset=utf-8"),
    "percent-encoded": lambda: (quote(KEY, safe=""), "text/plain"),
    "escaped in JSON": lambda: (json.dumps({"key": KEY}), "application/json"),
    "escaped in pretty JSON": lambda: (json.dumps({"a": {"key": [KEY]}}, indent=2), "application/json"),
    "escaped slash": lambda: (json.dumps({"key": KEY}, ensure_ascii=False).replace("/", "\\/"), "application/json"),
    "every letter escaped": lambda: ('{"key": "' + "".join(f"\\u{ord(c):04x}" for c in KEY) + '"}', "application/json"),
    "as a name": lambda: (json.dumps({KEY: 1}), "application/json"),
    "UTF-16": lambda: (f"key {KEY}".encode("utf-16"), "text/plain; charset=utf-16"),
    "Latin-1": lambda: (f"key {KEY}".encode("latin-1"), "text/plain; charset=latin-1"),
    "UTF-7": lambda: (f"key {KEY}".encode("utf-7"), "text/plain; charset=utf-7"),
    "in base64": lambda: (base64.b64encode(f"key={KEY};".encode()).decode(), "text/plain"),
    "in URL-safe base64": lambda: (base64.urlsafe_b64encode(f"k {KEY}".encode()).decode().rstrip("="), "text/plain"),
    "in hexadecimal": lambda: (KEY.encode().hex(), "text/plain"),
    "upper case": lambda: (f"KEY {KEY.upper()}", "text/plain"),
    "percent-encoded in lower case": lambda: (quote(KEY, safe="").lower(), "text/plain"),
    "percent-encoded twice": lambda: (quote(quote(KEY, safe=""), safe=""), "text/plain"),
    "escaped in HTML": lambda: (html.escape(KEY), "text/html"),
    "as HTML character references": lambda: ("".join(f"&#{ord(c)};" for c in KEY), "text/html"),
    "JSON in JSON": lambda: (json.dumps({"text": json.dumps({"key": KEY})}), "application/json"),
    "NUL inside": lambda: ("\0".join(KEY), "text/plain; charset=utf-8"),
    "in the type": lambda: ("x", f"image/{KEY[:3]}; note={TOKEN}"),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_an_echoed_credential_is_redacted_after_decoding(echo: str) -> None:
    body, content_type = ECHOES[echo]()
    credentials = Credentials({"a": KEY, "b": TOKEN})
    reply = Reply(200, content_type, body if isinstance(body, bytes) else body.encode())
    clean = credentials.scrub_reply(reply)
    files = KeptFiles()
    shown = observation_of(clean, files)
    for text in (shown, clean.body.decode("utf-8", "replace")):
        for written in (KEY, TOKEN, quote(KEY, safe=""), html.escape(KEY), KEY.encode().hex(), json.dumps(KEY)[1:-1]):
            assert written.lower() not in text.lower()
    assert "***" in shown + clean.content_type


def test_the_beginning_of_a_credential_at_the_cut_of_a_long_answer_is_redacted() -> None:
    reply = Reply(200, "text/plain", b"x" * 50 + TOKEN[:9].encode(), cut=True)
    assert Credentials({"a": TOKEN}).scrub_reply(reply).body.decode() == "x" * 50 + "***"


@pytest.mark.parametrize("ending", ["\n", "\r\n", " \t\n"])
def test_a_credential_that_ends_in_a_line_break_is_sent_without_it(tmp_path: Path, ending: str) -> None:
    with serve_api(lambda request: {"key": request.headers.get("X-Key", "")}) as server:
        record = record_at(server.url, **{"X-Key": TOKEN + ending})
        assert call(tmp_path, record) == 'Status Code: 200. Response: {"key": "***"}'
        assert server.requests[0].headers["X-Key"] == TOKEN


@pytest.mark.parametrize("value", [f"{TOKEN}\nX: y", f"{TOKEN}\0", f"a\r\n{TOKEN}", f"{TOKEN}\x1b[0m{TOKEN}",
                                   f"{TOKEN}\u2028x"])
@pytest.mark.parametrize("name", ["X-Key", "sid", "Authorization"])
def test_a_credential_with_a_control_character_is_refused_without_being_shown(tmp_path: Path, value: str, name: str
                                                                              ) -> None:
    with pytest.raises(UsageError) as error:
        call(tmp_path, record_at("http://127.0.0.1:9", **{name: value}))
    assert TOKEN not in str(error.value) and name in str(error.value)


def test_a_librarys_message_about_a_header_is_not_passed_on() -> None:
    with serve_api(lambda request: {}) as server, pytest.raises(RequestFailed) as error:
        HttpClient().send(HttpRequest("GET", "/", headers={"X-Key": f"{TOKEN}\nX: y"}), parse_target(server.url),
                          seconds=5)
    assert TOKEN not in str(error.value)


def names_of(**variables: str) -> list[dict]:
    return [record_at("http://api.example", **{name: f"env:{variable}" for name, variable in variables.items()})]


def test_a_variable_goes_to_a_server_only_if_the_command_line_names_it(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws-secret-1234")
    with pytest.raises(UsageError, match="AWS_SECRET_ACCESS_KEY -> api.example.*--credential AWS_SECRET_ACCESS_KEY"):
        check_credentials(names_of(sid="AWS_SECRET_ACCESS_KEY"), [], [])
    check_credentials(names_of(sid="AWS_SECRET_ACCESS_KEY"), ["AWS_SECRET_ACCESS_KEY"], [])
    assert "credential AWS_SECRET_ACCESS_KEY -> api.example" in (said := capsys.readouterr().err)
    assert "aws-secret" not in said


@pytest.mark.parametrize("variable", [
    "foo.bar", "a-b", "A B", "VICTIM ", " VICTIM", "npm_config_//r.example/:_authToken", "BASH_FUNC_x%%", "env:VICTIM",
    "VICTIM[0]", "$VICTIM", "NEW\nLINE", "\u2024x"])
def test_a_variable_with_an_odd_name_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
                                                ) -> None:
    """Neither without --credential nor with it, and its value is not shown."""
    monkeypatch.setenv(variable, "victims-secret-1234")
    with serve_api(lambda request: {}) as server:
        record = record_at(server.url, sid=f"env:{variable}")
        for attempt in (lambda: check_credentials([record], [variable], []), lambda: call(tmp_path, record)):
            with pytest.raises(UsageError, match="does not go on as the name of an environment variable") as error:
                attempt()
            assert "victims-secret" not in str(error.value)
    assert not server.requests


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "JUDGE_KEY", "COPY_OF_THE_KEY"])
def test_the_model_endpoints_key_goes_to_no_api(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    for name in ("OPENAI_API_KEY", "JUDGE_KEY", "COPY_OF_THE_KEY"):
        monkeypatch.setenv(name, "sk-1234567890" if name != "JUDGE_KEY" else "sk-judge")
    with pytest.raises(UsageError, match=f"{variable} -> api.example: this is the key of the model endpoint"):
        check_credentials(names_of(sid=variable), [variable], ["OPENAI_API_KEY", "JUDGE_KEY"])


@pytest.mark.parametrize(("servers", "host"), [
    ([{"url": "http://EVIL.example:8080/x"}], "evil.example:8080"), ([{"url": "https://a.example"}], "a.example"),
    ([{"url": "{s}://b.example", "variables": {"s": {"default": "https"}}}], "b.example")])
def test_the_host_that_is_named_is_the_one_that_is_connected_to(monkeypatch, servers, host) -> None:
    monkeypatch.setenv("MY_KEY", "secret-1234")
    record = names_of(sid="MY_KEY")[0]
    document = {**json.loads(record["Documentation"]), "servers": servers}
    with pytest.raises(UsageError, match=f"MY_KEY -> {host};|MY_KEY -> {host}:"):
        check_credentials([{**record, "Documentation": json.dumps(document)}], [], [])


def test_basic_credentials_are_redacted_in_their_parts() -> None:
    basic = "Basic " + base64.b64encode(b"anna:c0rrecthorse").decode()
    shown = Credentials({"Authorization": basic}).scrub(f"you sent {basic}")
    assert "c0rrecthorse" not in shown and basic.split()[1] not in shown
