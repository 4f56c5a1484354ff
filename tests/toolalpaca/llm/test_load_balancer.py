"""Several servers of one model, over real HTTP: who gets the next call, who is down, and who comes back."""

import itertools
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from chat_server import Reply, serve_chat
from servers import counting, offline_model
from stage_command import ROOT, assert_usage_error, run_stage

from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.llm.chat import ChatModel, user_message
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.load_balancer import Servers
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import CallStore
from toolalpaca.llm.usage import Budget, Meter

NOBODY = "http://127.0.0.1:9/v1"
HELLO = user_message("hello")
NUMBERS = itertools.count()


@pytest.fixture
def model_for(tmp_path, monkeypatch):
    monkeypatch.setattr("toolalpaca.llm.endpoint.PROBE_TRIES", 1)

    def make(*urls, workers=8, **settings):
        values = RoleSettings("writer", "test", ",".join(urls), **{"timeout": 5.0, **settings})
        return ChatModel(values, "stage", Endpoint(values, workers), CallStore(tmp_path), Meter(), Budget(values, None))

    return make


def ask_many(model, number, workers=8):
    """The answers to so many new calls."""
    with ThreadPoolExecutor(workers) as threads:
        return list(threads.map(lambda _: model.complete(HELLO, record=f"r{next(NUMBERS)}"), range(number)))


def taking(seconds, answer="well"):
    def reply(request):
        time.sleep(seconds)
        return answer

    return reply


def test_calls_go_where_the_fewest_are_in_flight(model_for):
    with serve_chat(taking(0.02)) as one, serve_chat(taking(0.02)) as other:
        ask_many(model_for(one.url, other.url), 80)
        assert 30 <= len(one.requests) <= 50 and len(one.requests) + len(other.requests) == 80
    with serve_chat(taking(0.01)) as quick, serve_chat(taking(0.5)) as slow:
        ask_many(model_for(quick.url, slow.url), 80)
        assert len(quick.requests) > 2 * len(slow.requests) > 0


def test_a_single_call_at_a_time_takes_turns(model_for):
    with serve_chat(taking(0)) as one, serve_chat(taking(0)) as other:
        ask_many(model_for(one.url, other.url), 6, workers=1)
        assert len(one.requests) == len(other.requests) == 3


def test_where_the_servers_are_decides_no_answer(model_for):
    with serve_chat(taking(0, "kept")) as server:
        model_for(server.url).complete(HELLO, record="r")
    assert model_for("http://elsewhere/v1", "http://nowhere/v1").complete(HELLO, record="r") == "kept"


def test_a_server_that_dies_costs_no_call_and_is_used_again_when_it_is_back(model_for):
    with ExitStack() as stack:
        one, other = [stack.enter_context(serve_chat(taking(0.02))) for _ in range(2)]
        model = model_for(one.url, other.url)
        ask_many(model, 40)
        killer = threading.Timer(0.1, other.die)
        killer.start()
        assert ask_many(model, 200) == ["well"] * 200
        killer.join()
        assert set(model.meter.retries) == {"connection"} and model.meter.retries.total() <= 8 + 2
        again = stack.enter_context(serve_chat(taking(0.02), urlsplit(other.url).port))
        end = time.monotonic() + 10
        while not again.requests and time.monotonic() < end:
            ask_many(model, 40)
        before = len(again.requests)
        ask_many(model, 80)
        assert 30 <= len(again.requests) - before <= 50


def test_the_next_try_is_at_another_server_and_waits_for_nothing(model_for, monkeypatch):
    monkeypatch.setattr("toolalpaca.llm.chat.back_off", lambda failures: 60.0)
    for fault, reason in ((Reply(status=500), "http_5xx"), (Reply(drop=True), "connection"),
                          (Reply(body=b"<html>"), "unreadable_body")):
        with serve_chat(lambda request, fault=fault: fault) as ill, serve_chat(taking(0)) as sound:
            model = model_for(ill.url, sound.url)
            assert ask_many(model, 10, workers=2) == ["well"] * 10
            assert 1 <= model.meter.retries[reason] <= 5 and model.meter.retries.total() == len(ill.requests)


def test_a_failure_now_and_then_takes_no_server_down():
    now = [0.0]
    servers = Servers(["a", "b"], clock=lambda: now[0])
    first, second = servers.all
    for number in range(20):
        with servers.call(avoid=second) as call:
            assert call.server is first
            if number % 3:
                assert servers.failed(call, certainly=False)
    assert first.pause == 0.0


def test_a_server_that_fails_is_tried_by_one_call_after_pauses_that_grow():
    now, pauses = [0.0], []
    servers = Servers(["a", "b"], clock=lambda: now[0])
    ill = servers.all[0]
    for _ in range(8):
        with servers.call() as one, servers.call() as another:
            assert {one.server, another.server} == set(servers.all) or ill.pause
            tried = one if one.server is ill else another
            if tried.server is not ill:
                pytest.fail("the server that is down must not be tried")
            now[0] += 0.01
            servers.failed(tried, certainly=True)
            pauses.append(ill.pause)
            with servers.call() as third:
                assert third.server is not ill
        now[0] = ill.again_at + 0.001
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    with servers.call() as trial, servers.call(avoid=trial.server):
        assert trial.server is ill
        with servers.call() as meanwhile:
            assert meanwhile.server is not ill
    with servers.call(), servers.call() as back:
        assert ill.in_flight == 1 and ill.pause == 0.0
    assert not back.failed


def test_calls_that_fail_together_count_once():
    now = [0.0]
    servers = Servers(["a", "b"], clock=lambda: now[0])
    ill = servers.all[0]
    with ExitStack() as stack:
        calls = [stack.enter_context(servers.call()) for _ in range(12)]
        now[0] = 5.0
        for call in calls:
            if call.server is ill:
                servers.failed(call, certainly=True)
    assert ill.pause == 1.0


def test_when_all_are_down_the_record_fails_as_with_one(model_for, monkeypatch):
    monkeypatch.setattr("toolalpaca.llm.chat.back_off", lambda failures: 0.01)
    with serve_chat(taking(0)) as one, serve_chat(taking(0)) as other:
        model = model_for(one.url, other.url, max_retries=3)
        model.complete(HELLO, record="first")
        one.die()
        other.die()
        with pytest.raises(RecordError, match="connection: .* \\(4 tries\\)"):
            model.complete(HELLO, record="second")


def test_at_start_one_that_answers_is_enough_and_the_others_are_named(model_for, capsys):
    with serve_chat(taking(0)) as server:
        model = model_for(NOBODY, server.url)
        assert ask_many(model, 4) == ["well"] * 4 and not model.meter.retries
    said = capsys.readouterr().err.strip()
    assert said.startswith(f"warning: 1 of 2 model servers left out until they answer: {NOBODY} (") and "\n" not in said
    with pytest.raises(UsageError, match="none of the 2 model servers answers"):
        model_for(NOBODY, "http://127.0.0.1:10/v1").complete(HELLO, record="other")


@pytest.mark.parametrize(("status", "words"), [(401, "key was refused"), (404, "'test' was not found")])
def test_a_wrong_key_or_model_at_one_of_several_is_the_users_to_mend(model_for, status, words):
    with serve_chat(taking(0)) as sound, serve_chat(lambda request: Reply(status=status)) as other:
        with pytest.raises(UsageError, match=words) as caught:
            ask_many(model_for(sound.url, other.url), 4)
        assert other.url in str(caught.value)


def get_elements(folder, *urls):
    folder.mkdir()
    records = json.loads((ROOT / "data" / "public_apis_sample.json").read_text())[:6]
    (folder / "apis.json").write_text(json.dumps(records))
    return run_stage("tool_maker/get_elements.py", "-api", folder / "apis.json", "-out", folder, url=",".join(urls))


def die_at(server, requests):
    """End a server once it has been asked so often."""
    while len(server.requests) < requests:
        time.sleep(0.005)
    server.die()


def test_a_stage_whose_model_server_dies_writes_the_same_file(tmp_path):
    with offline_model(tmp_path) as url, counting(url, delay=0.1) as first, counting(url, delay=0.1) as second:
        assert get_elements(tmp_path / "one", url).returncode == 0
        threading.Thread(target=die_at, args=(second, 4), daemon=True).start()
        done = get_elements(tmp_path / "two", first.url, second.url)
    assert done.returncode == 0 and "6 made, 0 failed" in done.stderr, done.stderr
    assert (tmp_path / "one" / "api_data.json").read_bytes() == (tmp_path / "two" / "api_data.json").read_bytes()
    assert json.loads((tmp_path / "two" / "run_log.jsonl").read_text())["retries"].keys() == {"connection"}
    assert 4 <= len(second.requests) < len(first.requests)


@pytest.mark.parametrize(("urls", "words"), [
    (("http://127.0.0.1:9/v1", "localhost:8000/v1"), ("OPENAI_BASE_URL", "'localhost:8000/v1' is not a URL")),
    (("http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1/"), ("OPENAI_BASE_URL", "named twice")),
    (("http://127.0.0.1:9/v1", "http://127.0.0.1:10/v1"), ("none of the 2 model servers answers",))])
def test_a_bad_list_is_one_line(tmp_path, urls, words):
    assert_usage_error(get_elements(tmp_path / "x", *urls), *words)
