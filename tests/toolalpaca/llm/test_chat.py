"""The chat model over real HTTP: what is tried again, what is stored, what stops a stage."""

import json
import time
from dataclasses import replace
from email.utils import formatdate

import pytest
from chat_server import Reply, serve_chat

from toolalpaca.core.errors import FailureKind, RecordError, UsageError
from toolalpaca.llm.chat import ChatModel, user_message
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.prompts import INSTRUCTIONS
from toolalpaca.llm.rate_limit import LONGEST_WAIT, retry_after, seconds_of
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import CallStore
from toolalpaca.llm.usage import Budget, Meter, Price

HELLO = user_message("hello")


@pytest.fixture
def model_for(tmp_path, monkeypatch):
    monkeypatch.setattr("toolalpaca.llm.chat.back_off", lambda failures: 0.01)

    def make(url, *, model="test", **settings):
        values = RoleSettings("writer", model, url, max_retries=3, **{"timeout": 5.0, **settings})
        return ChatModel(values, "stage", Endpoint(values, 4), CallStore(tmp_path), Meter(),
                         Budget(values, Price(1.0, 2.0, 0.5)))

    return make


def answers(*replies):
    queue = list(replies)
    return lambda request: queue.pop(0)


def test_an_answer_is_stored_and_not_asked_for_again(model_for):
    with serve_chat(answers("first")) as server:
        model = model_for(server.url)
        assert model.complete(HELLO, record="r") == "first"
        assert model_for(server.url).complete(HELLO, record="r") == "first"
        assert len(server.requests) == 1
        assert model.meter.report()["calls"] == 1
        assert model.meter.report()["cost"] == pytest.approx((10 * 1.0 + 5 * 2.0) / 1e6)


def test_a_stored_answer_needs_no_endpoint(model_for):
    with serve_chat(answers("kept")) as server:
        url = server.url
        model_for(url).complete(HELLO, record="r")
    assert model_for(url).complete(HELLO, record="r") == "kept"


def test_a_parameter_has_the_servers_name_whatever_the_sdk_calls_it(model_for):
    with serve_chat(answers("well")) as server:
        renamed = (("max_tokens", "max_output_tokens"),)
        model = model_for(server.url, max_completion_tokens=7, refused_parameters=renamed)
        assert model.complete(HELLO, record="r") == "well"
        assert server.requests[0] == {"model": "test", "messages": HELLO, "max_output_tokens": 7}


@pytest.mark.parametrize("change", [
    {"record": "other"}, {"stop": ["x"]},
])
def test_what_decides_the_answer_is_in_the_key(model_for, change):
    with serve_chat(answers("one", "two")) as server:
        model = model_for(server.url)
        model.complete(HELLO, record="r")
        assert model.complete(HELLO, **{"record": "r", **change}) == "two"


def test_another_sample_is_another_call(model_for):
    with serve_chat(answers("one", "two")) as server:
        model = model_for(server.url)
        samples = [replace(model, sample=number).complete(HELLO, record="r") for number in (0, 1, 0)]
        assert samples == ["one", "two", "one"]


def test_another_temperature_is_another_call(model_for):
    with serve_chat(answers("cold", "hot")) as server:
        assert model_for(server.url, temperature=0.0).complete(HELLO, record="r") == "cold"
        assert model_for(server.url, temperature=1.0).complete(HELLO, record="r") == "hot"


def test_a_new_attempt_is_another_call_with_another_seed(model_for):
    with serve_chat(answers("bad", "good")) as server:
        model = model_for(server.url, seed=5)
        model.complete(HELLO, record="r")
        model.store.begin_next_attempt("stage", ["r"])
        assert model.complete(HELLO, record="r") == "good"
        assert server.requests[0]["seed"] != server.requests[1]["seed"]


@pytest.mark.parametrize(("fault", "reason"), [
    (Reply(status=500), "http_5xx"), (Reply(status=408), "http_4xx"), (Reply(status=409), "http_4xx"),
    (Reply(drop=True), "connection"), (Reply(content=""), "empty"), (Reply(content="cut", finish_reason="length"),
    "truncated"), (Reply(body=b"<html>"), "unreadable_body"), (Reply(body=b'{"choices": []}'), "unreadable_body"),
    (Reply(body=b"null"), "unreadable_body"), (Reply(body=b"[" * 100_000), "unreadable_body"),
    (Reply(content=42), "unreadable_body"), (Reply(content={"a": 1}), "unreadable_body"),
    (Reply(content="x", tool_calls="none"), "unreadable_body"),
])
def test_passing_faults_are_tried_again_and_never_stored(model_for, fault, reason):
    with serve_chat(answers(fault, fault, "well")) as server:
        model = model_for(server.url)
        assert model.complete(HELLO, record="r") == "well"
        assert model.meter.retries == {reason: 2}
    with serve_chat(lambda request: fault) as server:
        model = model_for(server.url)
        with pytest.raises(RecordError, match=reason):
            model.complete(HELLO, record="another")
        assert len(server.requests) == 4


def test_a_hung_call_ends_at_the_timeout(model_for):
    def reply(request):
        time.sleep(0.6 if len(server.requests) == 1 else 0)
        return "late"

    with serve_chat(reply) as server:
        model = model_for(server.url, timeout=0.2)
        assert model.complete(HELLO, record="r") == "late"
        assert model.meter.retries == {"timeout": 1}


def test_a_rate_limit_is_waited_for_and_not_counted(model_for):
    limits = [Reply(status=429, headers={"Retry-After": "0.01"})] * 9
    with serve_chat(answers(*limits, "at last")) as server:
        assert model_for(server.url).complete(HELLO, record="r") == "at last"


def test_a_rate_limit_for_longer_than_a_call_waits_costs_the_record_at_once(model_for):
    with serve_chat(answers(Reply(status=429, headers={"Retry-After": "1e9"}), "next")) as server:
        model = model_for(server.url)
        with pytest.raises(RecordError, match="rate_limit: .* 1,000,000,000 s"):
            model.complete(HELLO, record="r")
        assert model.complete(HELLO, record="another") == "next"


@pytest.mark.parametrize("reset", ["99999999h", "2h"])
def test_an_allowance_that_is_back_in_hours_holds_nobody_back(model_for, reset):
    spent = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset}
    with serve_chat(answers(Reply("one", headers=spent), "two")) as server:
        assert model_for(server.url).complete(HELLO, record="r") == "one"
        assert model_for(server.url).complete(HELLO, record="another") == "two"


@pytest.mark.parametrize(("content", "text"), [
    ([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "well, "}, {"type": "text", "text": "yes"}],
     "well, yes"),
    ("half \ud83d of a pair", "half \ufffd of a pair"), ("whole \U0001f600", "whole \U0001f600"),
])
def test_text_in_parts_is_put_together_and_half_a_character_replaced(model_for, content, text):
    with serve_chat(answers(Reply(content=content))) as server:
        assert model_for(server.url).complete(HELLO, record="r") == text


def test_half_a_character_in_a_question_is_replaced(model_for):
    with serve_chat(answers("well")) as server:
        assert model_for(server.url).complete(user_message("half \ud83d of a pair"), record="r") == "well"
        assert server.requests[0]["messages"] == user_message("half \ufffd of a pair")


@pytest.mark.parametrize("usage", [None, [1], {"prompt_tokens": "50", "completion_tokens": -3},
                                   {"prompt_tokens": float("inf"), "prompt_tokens_details": "none"}])
def test_tokens_that_are_no_counts_count_nothing(model_for, usage):
    choice = {"message": {"content": "well"}, "finish_reason": "stop"}
    body = json.dumps({"choices": [choice], "usage": usage}).encode()
    with serve_chat(answers(Reply(body=body))) as server:
        model = model_for(server.url)
        assert model.complete(HELLO, record="r") == "well"
        assert model.meter.report()["tokens_in"] == model.meter.report()["tokens_out"] == 0


@pytest.mark.parametrize("status", [400, 403, 422])
def test_a_refused_call_is_not_tried_again(model_for, status):
    with serve_chat(lambda request: Reply("not so", status=status)) as server:
        with pytest.raises(RecordError, match=f"http_4xx: HTTP {status}: not so"):
            model_for(server.url).complete(HELLO, record="r")
        assert len(server.requests) == 1


FILTERED = json.dumps({"error": {"message": "The prompt breaks our policy.", "code": "content_filter"}}).encode()


@pytest.mark.parametrize("reply", [
    Reply("half a sen", finish_reason="content_filter"), Reply(status=400, body=FILTERED)])
def test_what_a_filter_stops_is_sent_once_and_recorded_apart(model_for, reply):
    with serve_chat(lambda request: reply) as server:
        with pytest.raises(RecordError, match="content_filter: ") as failure:
            model_for(server.url).complete(HELLO, record="r")
        assert len(server.requests) == 1 and failure.value.kind is FailureKind.CONTENT_FILTER


@pytest.mark.parametrize(("status", "words"), [(401, "key was refused"), (404, "'test' was not found")])
def test_a_wrong_key_or_model_is_the_users_to_mend(model_for, status, words):
    with serve_chat(lambda request: Reply(status=status)) as server, pytest.raises(UsageError, match=words):
        model_for(server.url).complete(HELLO, record="r")


@pytest.mark.parametrize(("model", "path", "words"), [
    ("test", "/v1", r"set --model \(of generation.py: -llm\) or OPENAI_DEFAULT_MODEL to one it serves$"),
    ("runs/mine/model", "/v1", "nor is there a folder of this name"),
    ("test", "", "the URL may lack its last part, which is /v1")])
def test_what_was_not_found_is_the_model_a_folder_or_the_address(model_for, model, path, words):
    with serve_chat(lambda request: Reply(status=404)) as server, pytest.raises(UsageError, match=words):
        model_for(server.url.removesuffix("/v1") + path, model=model).complete(HELLO, record="r")


def test_nobody_listening_is_the_users_to_mend(model_for, monkeypatch):
    monkeypatch.setattr("toolalpaca.llm.endpoint.time.sleep", lambda seconds: None)
    with pytest.raises(UsageError, match="no answer"):
        model_for("http://127.0.0.1:9/v1").complete(HELLO, record="r")


def test_a_key_that_a_server_echoes_is_not_shown(model_for, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    with serve_chat(lambda request: Reply("bad key sk-very-secret", status=401)) as server:
        with pytest.raises(UsageError) as caught:
            model_for(server.url).complete(HELLO, record="r")
        assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("body", [b'{"error": {"message": "no access for sk-very-secret"}}',
                                  b"<html>sk-very-secret</html>", b"<html>" + b" " * 60 + b"sk-very-secret</html>"])
def test_a_key_in_a_body_that_is_no_answer_is_not_shown(model_for, monkeypatch, body):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    with serve_chat(lambda request: Reply(body=body)) as server:
        with pytest.raises(RecordError, match="unreadable_body") as caught:
            model_for(server.url).complete(HELLO, record="r")
        assert "sk-" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 404])
def test_a_password_in_the_base_url_is_not_shown(model_for, status):
    with serve_chat(lambda request: Reply(status=status)) as server, pytest.raises(UsageError) as caught:
        model_for(server.url.replace("//", "//user:passw0rd@")).complete(HELLO, record="r")
    assert str(caught.value).startswith(server.url)


def test_ask_shows_the_model_its_error(model_for):
    with serve_chat(answers("five", "5")) as server:
        model = model_for(server.url)
        assert model.ask(HELLO, int, record="r") == 5
        assert model.meter.report()["asked_again"] == len(server.requests) - 1 > 0
        repeated = server.requests[1]["messages"]
        assert repeated[1] == {"role": "assistant", "content": "five"}
        assert "invalid literal" in repeated[2]["content"]


def test_ask_gives_up_and_asks_anew_next_time(model_for):
    with serve_chat(lambda request: "never a number") as server:
        with pytest.raises(RecordError, match="too_few_instructions") as caught:
            model_for(server.url).ask(HELLO, int, record="r", form=INSTRUCTIONS)
        assert caught.value.kind.retry_fresh
        assert len(server.requests) == 3


def test_retry_after_in_both_forms():
    assert retry_after({"retry-after": "2.5"}) == 2.5
    assert retry_after({"retry-after-ms": "40"}) == 0.04
    assert 25 < retry_after({"retry-after": formatdate(time.time() + 30, usegmt=True)}) <= 30
    for odd in ({"retry-after": "soon"}, {"retry-after": "inf"}, {"retry-after": "nan"}, {"retry-after-ms": "\u00b2"},
                {"retry-after": "Wed, 21 Oct 99999 07:28:00 GMT"}):
        assert not retry_after(odd) or retry_after(odd) > LONGEST_WAIT
    assert retry_after({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"}) == 360


@pytest.mark.parametrize(("text", "seconds"), [
    ("20ms", 0.02), ("1s", 1), ("6m0s", 360), ("1h2m", 3720), ("7", 7), ("", None), ("abc", None), ("1x", None)])
def test_durations(text, seconds):
    assert seconds_of(text) == seconds
