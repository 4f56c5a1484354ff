"""Answers of a model server in no known form, cut off or refused: each costs its call only."""

import json

import pytest
from chat_server import Reply, serve_chat
from model_server import ANSWER, HEAD, HELLO, answering, model_server
from raw_server import raw_server

from toolalpaca.core.errors import RecordError
from toolalpaca.llm.batch_api import BatchEndpoint
from toolalpaca.llm.completion import failure_kind_of
from toolalpaca.llm.rate_limit import RETRY_READERS, exhausted_for, retry_after
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import CallStore


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
    assert failure_kind_of(reason) is None


def test_a_new_header_for_waiting_is_one_more_reader(monkeypatch):
    monkeypatch.setattr("toolalpaca.llm.rate_limit.RETRY_READERS",
                        [*RETRY_READERS, lambda headers: 7.0 if "x-please-wait" in headers else None])
    assert retry_after({"x-please-wait": "a week"}) == 7.0
    assert retry_after({"retry-after": "3", "x-please-wait": "a week"}) == 3.0
    assert exhausted_for({"ratelimit-remaining": "0", "ratelimit-reset": "4"}) == 4.0
