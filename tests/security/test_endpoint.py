"""A model server that drips, floods and redirects: a call costs its time limit and nothing else."""

import gzip
import resource
import socket
import time

import pytest
from chat_server import serve_chat
from effort import at_most
from model_server import ANSWER, HEAD, HELLO, answering, model_server
from raw_server import SOON, raw_server

from toolalpaca.core.errors import RecordError, UsageError

KEY = "sk-proj-Ab3dEf6hIj9kLmN0"


def dripping(start, piece, every=0.05):
    def talk(connection):
        connection.sendall(start)
        for number in range(1000):
            connection.sendall(piece % number if b"%d" in piece else piece)
            time.sleep(every)

    return talk


DRIPS = {
    "status line": dripping(b"HTTP/1.1 200 ", b"O"),
    "headers": dripping(HEAD, b"X-%d: a\r\n"),
    "one header": dripping(HEAD + b"X: ", b"a"),
    "interim responses": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "early hints": dripping(b"", b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"),
    "body": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "chunks": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "trailers": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X-%d: a\r\n"),
    "body until the end": dripping(HEAD + b"Connection: close\r\n\r\n", b" "),
    "error body": dripping(b"HTTP/1.1 500 Oops\r\nContent-Length: 100000\r\n\r\n", b" "),
    "redirect body": dripping(b"HTTP/1.1 307 See\r\nLocation: /v1/x\r\nContent-Length: 100000\r\n\r\n", b" "),
    "silence": dripping(b"", b"", 0.1),
}


@pytest.mark.parametrize("drip", DRIPS)
def test_a_deadline_holds_against_every_drip(model_for, drip):
    with model_server(DRIPS[drip]) as url:
        model = model_for(url, timeout=0.4)
        model.endpoint.connect()
        began = time.monotonic()
        with pytest.raises(RecordError, match="timeout|connection"):
            model.complete(HELLO, record="r")
        assert time.monotonic() - began < SOON


def test_a_slow_look_up_of_a_name_ends_at_the_deadline(model_for, monkeypatch):
    look_up = socket.getaddrinfo

    def slow(host, *arguments, **more):
        if "slow" in str(host):
            time.sleep(8)
        return look_up(host, *arguments, **more)

    monkeypatch.setattr("toolalpaca.llm.endpoint.PROBE_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    model = model_for("http://slow.example:9/v1", timeout=0.4)
    began = time.monotonic()
    with pytest.raises(UsageError, match="no answer"):
        model.complete(HELLO, record="r")
    model.endpoint._connected = True
    with pytest.raises(RecordError, match="timeout"):
        model.complete(HELLO, record="r")
    assert time.monotonic() - began < SOON


def flood(start, piece):
    def talk(connection):
        connection.sendall(start)
        for _ in range(2000):
            connection.sendall(piece)

    return talk


FLOODS = {
    "body": flood(HEAD + b"Connection: close\r\n\r\n", b" " * 65536),
    "announced body": flood(HEAD + b"Content-Length: 1400000000\r\n\r\n", b" " * 65536),
    "chunks": flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "error body": flood(b"HTTP/1.1 400 No\r\nConnection: close\r\n\r\n", b" " * 65536),
    "compressed": lambda connection: connection.sendall(
        HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b" " * 60_000_000)),
    "compressed error": lambda connection: connection.sendall(
        b"HTTP/1.1 400 No\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b" " * 60_000_000)),
    "headers": flood(HEAD, b"X: " + b"a" * 4000 + b"\r\n"),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_no_answer_is_taken_that_is_larger_than_answers_are(model_for, kind):
    with model_server(FLOODS[kind]) as url, pytest.raises(RecordError, match="too_large|connection|http_4xx") as caught:
        model_for(url, timeout=30.0).complete(HELLO, record="r")
    assert len(str(caught.value)) < 1000


LISTS = {
    "drip": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b" "), "flood": FLOODS["body"],
    "compressed": FLOODS["compressed"], "silence": DRIPS["silence"], "headers": DRIPS["headers"],
    **{f"body {number}": answering(HEAD, body) for number, body in enumerate((
        b"", b"{", b"[]", b"null", b'{"data": null}', b'{"data": [null]}', b'{"data": [{}]}', b'{"data": 5}',
        b'{"data": [{"id": ["a"]}]}', b"[" * 100_000, b"\xff\xfe", b'{"data": "x"}', b'"x"', b'{"data": {"id": 1}}'))},
    "refused": answering(b"HTTP/1.1 401 No\r\n", b"{}"), "elsewhere": answering(
        b"HTTP/1.1 307 See\r\nLocation: http://192.0.2.1/v1/models\r\n", b"")}


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_models_costs_its_time_limit_and_names_none_that_is_none(model_for, monkeypatch, kind):
    def serve(connection):
        connection.recv(65536)
        LISTS[kind](connection)

    monkeypatch.setattr("toolalpaca.llm.endpoint.PROBE_SECONDS", 0.5)
    with raw_server(serve) as url:
        began = time.monotonic()
        assert model_for(f"{url}/v1").endpoint.listed() == set()
        assert time.monotonic() - began < SOON


def test_the_names_of_a_list_of_models_are_read(model_for):
    with raw_server(lambda connection: (connection.recv(65536), answering(
            HEAD, b'{"object": "list", "data": [{"id": "a/b"}, {"id": "c"}]}')(connection))) as url:
        assert model_for(f"{url}/v1").endpoint.listed() == {"a/b", "c"}


@pytest.mark.parametrize("value", ["1" * 20_000, "1.1" * 10_000, "1s" * 10_000 + "!", "9" * 400, "1 " * 20_000, "nan",
                                   "1e999", "-5", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 99 + "d"])
@pytest.mark.parametrize("name", ["Retry-After", "Retry-After-Ms", "X-RateLimit-Reset-Requests", "RateLimit-Reset"])
def test_no_time_that_a_server_asks_for_holds_a_call_beyond_the_longest_wait(model_for, monkeypatch, value, name):
    monkeypatch.setattr("toolalpaca.llm.chat.LONGEST_WAIT", 0.5)
    monkeypatch.setattr("toolalpaca.llm.chat.back_off", lambda failures: 0.6)
    head = (f"HTTP/1.1 429 Wait\r\nx-ratelimit-remaining-requests: 0\r\nratelimit-remaining: 0\r\n"
            f"{name}: {value}\r\n").encode()
    with model_server(answering(head, b"{}")) as url, at_most(5), pytest.raises(RecordError, match="rate_limit"):
        model_for(url).complete(HELLO, record="r")


@pytest.mark.parametrize("value", ["0", "0.0001", "-1", "0ms"])
def test_a_server_that_asks_for_no_pause_is_not_asked_without_one(model_for, monkeypatch, value):
    pauses = []
    monkeypatch.setattr("toolalpaca.llm.chat.back_off", lambda failures: pauses.append(failures) or 0.02)
    monkeypatch.setattr("toolalpaca.llm.chat.LONGEST_WAIT", 0.2)
    with model_server(answering(f"HTTP/1.1 429 Wait\r\nRetry-After: {value}\r\n".encode(), b"{}")) as url, \
            pytest.raises(RecordError, match="rate_limit"):
        model_for(url).complete(HELLO, record="r")
    assert pauses


PACKED = gzip.compress(gzip.compress(b" " * 60_000_000))


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "deflate", "GZIP", "br", "identity, gzip"])
@pytest.mark.parametrize("status", ["200 OK", "400 No", "307 See\r\nLocation: /v1/x"])
def test_what_is_packed_twice_or_in_other_ways_is_unpacked_within_the_limit(model_for, encoding, status):
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Encoding: {encoding}\r\n".encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with model_server(answering(head, PACKED)) as url, pytest.raises(RecordError):
        model_for(url).complete(HELLO, record="r")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 80_000  # KiB


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
@pytest.mark.parametrize("rest", [gzip.compress(b" " * 1000) * 400, b"\0" * 200_000, b"more"])
def test_what_follows_a_packed_answer_is_left_out(model_for, encoding, rest):
    head = HEAD + f"Content-Encoding: {encoding}\r\n".encode()
    with model_server(answering(head, gzip.compress(ANSWER) + rest)) as url:
        assert model_for(url).complete(HELLO, record="r") == "well"


def test_an_answer_that_is_packed_unasked_is_read(model_for):
    with model_server(answering(HEAD + b"Content-Encoding: gzip\r\n", gzip.compress(ANSWER))) as url:
        assert model_for(url).complete(HELLO, record="r") == "well"


@pytest.mark.parametrize("location", [
    "http://{evil}/v1/x", "//{evil}/x", "HTTP://{evil}/x", "\thttp://{evil}/x", "http://user:pw@{evil}/x",
    "http://{good}@{evil}/x", "http://{evil}#@{good}", "http://{evil}?@{good}", "http:/{evil}/x", "http:///{evil}",
    "http://localhost:{port}/x", "http://127.1:{port}/", "http://0x7f000001:{port}/", "http://2130706433:{port}/",
    "http://127\u30020\u30020\u30021:{port}/x", "http://[::ffff:127.0.0.1]:{port}/x", "http://127.0.0.1:0{port}/x",
    "https://{evil}/x", r"http://{evil}\@{good}/x", "http://{evil}%5c@{good}/x", "http://[fe80::1%25lo]:{port}/x",
    "http://\u246027.0.0.1:{port}/", "http://localhost%00.{good}:{port}/", "ftp://{evil}/x", "file:///etc/passwd"])
@pytest.mark.parametrize("status", [307, 302])
def test_neither_prompt_nor_key_follows_a_redirect_to_another_server(model_for, monkeypatch, location, status):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    seen = []
    with serve_chat(lambda request: seen.append(request)) as evil:
        place = evil.url.removeprefix("http://").removesuffix("/v1")

        def away(connection):
            connection.sendall(f"HTTP/1.1 {status} See\r\nLocation: {where}\r\nContent-Length: 0\r\n"
                               "Connection: close\r\n\r\n".encode())

        with model_server(away) as url:
            good = url.removeprefix("http://").removesuffix("/v1")
            where = location.format(evil=place, good=good, port=place.partition(":")[2])
            with pytest.raises(RecordError, match="connection|unreadable_body"):  # or it leads back to the same server
                model_for(url).complete(HELLO, record="r")
    assert not seen
