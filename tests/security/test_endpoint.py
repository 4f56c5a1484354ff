"""A model server that drips, floods, cuts, refuses and echoes keys: a call costs its time limit and nothing else."""

import gzip
import json
import resource
import socket
import time
from contextlib import contextmanager

import pytest
from chat_server import Reply, serve_chat
from raw_server import SOON, raw_server

from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.core.urls import secrets_in, without_credentials
from toolalpaca.llm.batch_api import BatchEndpoint
from toolalpaca.llm.chat import ChatModel, user_message
from toolalpaca.llm.completion import failure_of
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.rate_limit import RETRY_READERS, exhausted_for, retry_after
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import CallStore
from toolalpaca.llm.usage import Budget, Meter

HELLO = user_message("hello")
KEY = "sk-proj-Ab3dEf6hIj9kLmN0"
ANSWER = json.dumps({"choices": [{"message": {"content": "well"}, "finish_reason": "stop"}]}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def model_for(tmp_path, monkeypatch):
    monkeypatch.setattr("toolalpaca.llm.chat.back_off", lambda failures: 0.01)

    def make(url, **settings):
        values = RoleSettings("writer", settings.pop("model", "test"), url,
                              **{"timeout": 5.0, "max_retries": 0, **settings})
        return ChatModel(values, "stage", Endpoint(values, 4), CallStore(tmp_path), Meter(), Budget(values, None))

    return make


@contextmanager
def model_server(talk):
    """A server that answers the probe and then lets `talk(connection)` do as it likes with each call."""
    def serve(connection):
        while data := connection.recv(65536):
            if data.startswith(b"GET"):
                connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
            elif data.startswith(b"POST"):
                talk(connection)
                return

    with raw_server(serve) as url:
        yield f"{url}/v1"


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


def answering(head, body=b""):
    def talk(connection):
        connection.sendall(head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    return talk


PACKED = gzip.compress(gzip.compress(b" " * 60_000_000))


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "deflate", "GZIP", "br", "identity, gzip"])
@pytest.mark.parametrize("status", ["200 OK", "400 No", "307 See\r\nLocation: /v1/x"])
def test_what_is_packed_twice_or_in_other_ways_is_unpacked_within_the_limit(model_for, encoding, status):
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Encoding: {encoding}\r\n".encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with model_server(answering(head, PACKED)) as url, pytest.raises(RecordError):
        model_for(url).complete(HELLO, record="r")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 80_000  # KiB


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


@pytest.mark.parametrize("message", [
    b'{"content": "x", "tool_calls": [' + b"[" * 900 + b"]" * 900 + b"]}", b'{"content": "x", "tool_calls": ["y", 5]}',
    b'{"content": ' + b"[" * 900 + b"]" * 900 + b"}", b'{"content": {"a": 1}}', b"[]", b"null"])
def test_an_answer_in_no_known_form_costs_its_call(model_for, message):
    body = b'{"choices": [{"message": ' + message + b', "finish_reason": "stop"}]}'
    with model_server(answering(HEAD, body)) as url, pytest.raises(RecordError, match="unreadable_body"):
        model_for(url).complete(HELLO, record="r")


@pytest.mark.parametrize("start, end", [(b"[", b"]"), (b'{"error":', b"}"), (b'{"message":', b"}")])
def test_an_error_of_any_depth_is_the_calls_error(model_for, start, end):
    body = start * 800 + b'"no"' + end * 800
    with model_server(answering(b"HTTP/1.1 400 No\r\nContent-Type: application/json\r\n", body)) as url, \
            pytest.raises(RecordError, match="http_4xx"):
        model_for(url).complete(HELLO, record="r")


BATCH_LINES = [b"oops", b"[1]", b"null", b"5", b'{"a": 1}', b"\xff\0", b'{"custom_id": {"a": 1}}', b"[" * 90_000,
               b'{"custom_id": "x", "response": [1]}', b'{"custom_id": "x", "response": {"status_code": "200"}}',
               b'{"custom_id": "x", "response": {"status_code": ' + b"9" * 5000 + b"}}",
               b'{"custom_id": "x", "response": {"status_code": NaN}}']


@pytest.mark.parametrize("line", BATCH_LINES)
def test_a_line_of_a_batch_that_is_not_a_result_costs_itself_only(tmp_path, monkeypatch, line):
    monkeypatch.setattr("toolalpaca.llm.batch_api.GATHER_SECONDS", 0.01)
    good = json.dumps({"custom_id": "k", "response": {"status_code": 200, "body": json.loads(ANSWER)}}).encode()
    batch = {"id": "b", "status": "completed", "output_file_id": "o"}

    def serve(connection):
        with connection.makefile("rb") as stream:
            while request := stream.readline():
                headers = list(iter(stream.readline, b"\r\n"))
                stream.read(next((int(one.split()[1]) for one in headers if one.lower().startswith(b"content-l")), 0))
                body = line + b"\n" + good if b"content" in request else json.dumps(batch).encode()
                connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    with raw_server(serve) as url:
        endpoint = BatchEndpoint(RoleSettings("writer", "test", f"{url}/v1"), 2, CallStore(tmp_path))
        assert endpoint.complete({"model": "test", "messages": HELLO}, 5.0, "k").message["content"] == "well"


@pytest.mark.parametrize("count", [10**4000, -5, True, 1e308, "7", None, [1], 10**9 + 1])
def test_a_count_of_tokens_that_no_call_can_have_is_not_counted(model_for, count):
    usage = {"prompt_tokens": count, "completion_tokens": count, "prompt_tokens_details": {"cached_tokens": count}}
    body = json.dumps({**json.loads(ANSWER), "usage": usage}).encode()
    with model_server(answering(HEAD, body)) as url:
        model = model_for(url)
        assert model.complete(HELLO, record="r") == "well"
    assert (model.meter.report()["tokens_in"], model.meter.report()["tokens_out"]) == (0, 0)


ECHOES = [KEY, KEY.upper(), " ".join(KEY), "".join(f"\\u{ord(char):04x}" for char in KEY), KEY.replace("-", "%2D"),
          "\0".join(KEY), KEY[:12] + "\n" + KEY[12:], KEY.encode().hex()]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("reply", [
    lambda echo: Reply(f"bad key {echo}", status=401), lambda echo: Reply(f"bad key {echo}", status=400),
    lambda echo: Reply(body=f"<html>{echo}".encode()), lambda echo: Reply(body=b" " * 60 + f"[{echo}]".encode()),
    lambda echo: Reply(body=json.dumps({"error": echo}).encode()), lambda echo: Reply("x", finish_reason=echo)])
def test_no_message_holds_the_key(model_for, monkeypatch, echo, reply):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serve_chat(lambda request: reply(echo)) as server:
        try:
            text = model_for(server.url).complete(HELLO, record="r")
        except (RecordError, UsageError) as error:
            text = str(error)
    assert echo not in text and KEY not in text and KEY[8:16].lower() not in text.lower()
    assert text.isprintable()


@pytest.mark.parametrize("echo", ECHOES)
def test_no_answer_holds_the_key(model_for, monkeypatch, echo):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    calls = [{"id": "1", "function": {"name": "f", "arguments": json.dumps({"a": echo})}}]
    with serve_chat(lambda request: Reply(f"The key is {echo}.", tool_calls=calls)) as server:
        message = model_for(server.url).chat(HELLO, record="r").message
    assert message["content"] == "The key is ***."
    assert echo not in json.dumps(message) and KEY not in json.dumps(message)


@pytest.mark.parametrize("key", ["EMPTY", "none", "token", "ollama", "test", "sk-no-key-required", "in",
                                 "prompt_tokens", "lm-studio", "dummy-key"])
def test_a_placeholder_key_changes_no_answer(model_for, monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    text = "EMPTY none token ollama test sk-no-key-required in prompt_tokens lm-studio dummy-key"
    with serve_chat(lambda request: text) as server:
        model = model_for(server.url)
        assert model.complete(HELLO, record="r") == text
        assert model.meter.report()["tokens_in"] == 10


@pytest.mark.parametrize("key", ["sk-ab\ncd-0123456789", "sk-ab\rcd", "schlüssel-0123456789", "sk-\x00-1"])
def test_a_key_that_no_request_can_carry_is_not_shown(model_for, monkeypatch, key):
    monkeypatch.setattr("os.environ", {"OPENAI_API_KEY": key})
    with pytest.raises(UsageError, match="OPENAI_API_KEY") as caught:
        model_for("http://127.0.0.1:9/v1").complete(HELLO, record="r")
    assert key[:5] not in str(caught.value)


def test_a_line_break_at_the_end_of_a_key_does_not_count(model_for, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY + "\n")
    with serve_chat(lambda request: f"is {KEY}") as server:
        assert model_for(server.url).complete(HELLO, record="r") == "is ***"


@pytest.mark.parametrize("url", [
    "http://user:passw0rd@host/v1", "http://user:pass/w0rd@host/v1", "http://user:pass?w0rd@host/v1",
    "http://passw0rd@host/v1", "http://us@er:passw0rd@host/v1", "http://host/v1?api_key=passw0rd",
    "http://host/v1?u=http://x&key=passw0rd", "http://host/v1#passw0rd", "user:passw0rd@host/v1",
    "//a:passw0rd@host/v1",     "http://user:pass#w0rd@host:80/v1", "https://:passw0rd@host/v1?x=1#y"])
def test_no_secret_of_a_base_url_is_shown(url):
    assert "w0rd" not in without_credentials(url) and "host" in without_credentials(url)
    if "/w0" not in url and "?w0" not in url and "#" not in url:
        assert any("w0rd" in secret for secret in secrets_in(url))


REFUSALS = {
    "openai": ("Unsupported parameter: 'stop' is not supported with this model.", {"param": "stop"}),
    "openai, a value": ("Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) "
                        "value is supported.", {"param": "temperature"}),
    "grok": ("Model grok-4 does not support parameter stop.", {}),
    "groq": ("property 'seed' is unsupported", {}),
    "kimi": ("invalid temperature: only 1 is allowed for this model", {}),
    "bedrock": ("Malformed input request: extraneous key [stop_sequences] is not permitted", {}),
    "gemini": ('Invalid JSON payload received. Unknown name "seed": Cannot find field.', {}),
    "anthropic": ("`temperature` and `top_p` cannot both be specified for this model. Please use only one.", {}),
}


@pytest.mark.parametrize("server_kind", REFUSALS)
def test_a_refused_parameter_is_left_out_from_then_on_and_said_once(model_for, server_kind, capsys):
    message, more = REFUSALS[server_kind]
    word = {"bedrock": "stop", "anthropic": "top_p"}.get(server_kind)
    name = word or next(name for name in ("stop", "temperature", "seed") if name in message)

    def reply(request):
        if name not in request:
            return "well OBS made up"
        return Reply(status=400, body=json.dumps({"error": {"message": message, **more}}).encode())

    with serve_chat(reply) as server:
        model = model_for(server.url, temperature=0.2, seed=1, top_p=0.5)
        for record in ("a", "b", "c"):
            assert model.complete(HELLO, record=record, stop=["OBS"]) == "well "
        assert [name in request for request in server.requests] == [True, False, False, False]
        assert all("messages" in request and "model" in request for request in server.requests)
    said = capsys.readouterr().err
    assert said.count("refuses the parameter") == 1 and f"{name!r}" in said


@pytest.mark.parametrize("message", [
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "max_tokens is not permitted", "Unknown field maxTokens"])
def test_a_parameter_with_another_name_is_renamed_and_one_without_is_left_out(model_for, message):
    def reply(request):
        if "max_tokens" in request:
            return Reply(message, status=400)
        return "well"

    with serve_chat(reply) as server:
        assert model_for(server.url, max_completion_tokens=7).complete(HELLO, record="r") == "well"
        assert server.requests[-1]["max_completion_tokens"] == 7


def test_a_parameter_that_is_refused_under_both_names_is_left_out(model_for):
    def reply(request):
        name = next((name for name in ("max_tokens", "max_completion_tokens") if name in request), None)
        return Reply(f"Unrecognized request argument supplied: {name}", status=400) if name else "well"

    with serve_chat(reply) as server:
        assert model_for(server.url, max_completion_tokens=7).complete(HELLO, record="r") == "well"
        assert len(server.requests) == 3


def test_validation_errors_name_a_parameter_by_its_place(model_for):
    detail = [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
    with serve_chat(lambda request: Reply(status=422, body=json.dumps({"detail": detail}).encode())
                    if "seed" in request else "well") as server:
        assert model_for(server.url, seed=3).complete(HELLO, record="r") == "well"


@pytest.mark.parametrize("message", [
    "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
    "max_tokens is too large: 9000", "temperature must be between 0 and 1", "the prompt is too long", "no"])
def test_a_wrong_value_is_the_users_to_change(model_for, message):
    with serve_chat(lambda request: Reply(message, status=400)) as server:
        with pytest.raises(RecordError, match="http_4xx"):
            model_for(server.url, temperature=3.0, max_completion_tokens=9000).complete(HELLO, record="r")
        assert len(server.requests) == 1


@pytest.mark.parametrize("stated", [["stop", "seed"], {"stop": None, "seed": None}])
def test_the_roles_file_can_say_beforehand_what_a_model_refuses(model_for, stated):
    with serve_chat(lambda request: "well\nObservation: made up") as server:
        model = model_for(server.url, seed=5, refused_parameters=stated)
        assert model.complete(HELLO, record="r", stop=["\nObservation:"]) == "well"
        assert not {"stop", "seed"} & server.requests[0].keys()


@pytest.mark.parametrize("reason", [
    "length", "max_tokens", "MAX_TOKENS", "model_length", "max_output_tokens", "error", "ERROR", "abort", "aborted",
    "cancelled", "content_filter", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "BLOCKLIST", "guardrail_intervened",
    "refusal", "sensitive", "network_error", "timeout", "MALFORMED_FUNCTION_CALL", "OTHER", "incomplete", "pause_turn"])
def test_an_answer_that_is_not_whole_is_not_kept(model_for, reason):
    with serve_chat(lambda request: Reply("half a sen", finish_reason=reason)) as server, pytest.raises(RecordError):
        model_for(server.url).complete(HELLO, record="r")


@pytest.mark.parametrize("reason", [
    "stop", "STOP", "eos", "eos_token", "end_turn", "stop_sequence", "tool_calls", "tool_use", "function_call",
    "COMPLETE", "completed", "TOOL_CALL", "stop_token", "", "null", "None", "done", "FINISHED"])
def test_an_answer_that_is_whole_is_kept(reason):
    assert failure_of(reason) is None


def test_a_new_header_for_waiting_is_one_more_reader(monkeypatch):
    monkeypatch.setattr("toolalpaca.llm.rate_limit.RETRY_READERS",
                        [*RETRY_READERS, lambda headers: 7.0 if "x-please-wait" in headers else None])
    assert retry_after({"x-please-wait": "a week"}) == 7.0
    assert retry_after({"retry-after": "3", "x-please-wait": "a week"}) == 3.0
    assert exhausted_for({"ratelimit-remaining": "0", "ratelimit-reset": "4"}) == 4.0
