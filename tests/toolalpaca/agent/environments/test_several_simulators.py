"""Several simulators: who gets a conversation, who is left out, and a conversation that starts again elsewhere."""

import itertools
import json
import threading
from collections import Counter
from contextlib import ExitStack

import pytest
from agent_fakes import RECORD, action, answer
from api_server import Answer, serve_api
from chat_server import serve_chat
from servers import running_process
from stage_command import assert_usage_error, run_stage

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.interface import ConversationLost
from toolalpaca.agent.environments.simulated import SimulatedEnvironment, SimulatorClient, SimulatorClients, ranking
from toolalpaca.core.errors import RecordError, UsageError

NOBODY = "http://127.0.0.1:9"
SESSIONS = [f"session-{number}" for number in range(3000)]


def chosen(*names):
    simulators = [SimulatorClient(f"http://{name}:5678") for name in names]
    return {session: ranking(session, simulators)[0].server_url for session in SESSIONS}


def test_conversations_are_spread_evenly_and_only_those_of_a_lost_simulator_move():
    before, after = chosen("a", "b", "c"), chosen("c", "a")
    assert all(900 < count < 1100 for count in Counter(before.values()).values())
    moved = [session for session in SESSIONS if before[session] != after[session]]
    assert moved == [session for session in SESSIONS if before[session] == "http://b:5678"]
    assert 400 < sum(after[session] == "http://a:5678" for session in moved) < 600


def test_the_choice_knows_no_token():
    with_token = SimulatorClients("http://any:secret@a:1,http://b:1")
    plain = SimulatorClients(["http://b:1", "http://a:1"])
    assert all(with_token.of(one).server_url == plain.of(one).server_url for one in SESSIONS[:50])


@pytest.mark.parametrize(("given", "words"), [
    ("localhost:5678", "'localhost:5678' is not a URL"), ("http://a:1,ftp://b", "'ftp://b' is not a URL"),
    ("http://a:99999", "is not a URL"), (["http://a:1", "http://any:tok@A:1/"], "named twice"), (" , ", "holds no URL"),
    ("http://me:tok@:1", "'http://:1' is not a URL")])
def test_invalid_lists_of_simulators(given, words):
    with pytest.raises(UsageError, match="--server_url") as caught:
        SimulatorClients(given)
    assert words in str(caught.value) and "tok" not in str(caught.value)


def test_at_start_one_that_answers_is_enough_and_the_others_are_named(capsys):
    with serve_api(lambda request: {}) as server:
        SimulatorClients([server.url, NOBODY]).check(patience=0)
    assert "1 of 2 simulators left out" in (said := capsys.readouterr().err) and NOBODY in said
    with pytest.raises(UsageError, match="none of the 2 simulators answers"):
        SimulatorClients(f"{NOBODY},http://127.0.0.1:10").check(patience=0)


def test_simulators_that_are_not_alike_are_the_users_to_mend():
    def another(request):
        return Answer({"apis": 3})

    another.all_routes = True
    with serve_api(lambda request: {}) as one, serve_api(another) as other, \
            pytest.raises(UsageError, match="not alike"):
        SimulatorClients([one.url, other.url]).check()


def test_one_left_out_is_tried_again_after_a_while_and_by_one_conversation_only():
    now = [0.0]
    with serve_api(lambda request: {}) as one, serve_api(lambda request: {}) as other:
        simulators = SimulatorClients([one.url, other.url], pause=30, clock=lambda: now[0])
        first = simulators.of("s")
        assert simulators.leave_out(first)
        second = simulators.of("s")
        assert second is not first and not simulators.leave_out(second)
        assert simulators.of("s") is first, "when none is left, the usual one is tried"
        simulators.take_back(second)
        now[0] = 31.0
        assert simulators.of("s") is first
        asked = [len([each for each in server.requests if each.path == "/health"]) for server in (one, other)]
        assert sorted(asked) == [0, 1]


def test_a_conversation_whose_simulator_is_gone_may_start_again_if_there_is_another():
    with serve_api(lambda request: {}) as server:
        environment = SimulatedEnvironment(SimulatorClients([server.url, NOBODY]))
        for simulator in environment.simulators._all:
            simulator._pause = 0.001
        lost = 0
        for number in range(20):
            try:
                with environment.conversation(Api(RECORD), f"A [{number}]", {}):
                    pass
            except ConversationLost:
                lost += 1
        assert lost == 1, "the dead one was left out after its first conversation"
    with pytest.raises(RecordError) as caught:
        alone = SimulatedEnvironment(SimulatorClients(NOBODY))
        alone.simulators._all[0]._pause = 0.001
        with alone.conversation(Api(RECORD), "A [0]", {}):
            pass
    assert not isinstance(caught.value, ConversationLost) and caught.value.kind == "simulator_unavailable"


def test_a_simulator_started_anew_has_forgotten_the_conversation():
    run = ["one"]

    def reply(request):
        return Answer({}, headers={"X-Simulator-Run": run[0]})

    reply.all_routes = True
    with serve_api(reply) as server:
        simulated = SimulatorClient(server.url).conversation("A", "s")
        simulated.begin(use_cache=True)
        simulated.begin(use_cache=True)
        run[0] = "two"
        with pytest.raises(ConversationLost, match="restarted"):
            simulated.begin(use_cache=True)
        simulated.end(use_cache=True)


def _json(schema):
    return {"content": {"application/json": {"schema": schema}}}


NOTE = {"type": "object", "required": ["id", "text"], "properties": {"id": {"type": "integer"},
                                                                     "text": {"type": "string"}}}
NOTES = {"openapi": "3.0.3", "info": {"title": "Notes", "version": "1"}, "paths": {"/notes": {
    "post": {"operationId": "createNote", "requestBody": {"required": True, **_json({
        "type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}})},
        "responses": {"201": {"description": "Made.", **_json(NOTE)}}},
    "get": {"operationId": "listNotes",
            "responses": {"200": {"description": "All.", **_json({"type": "array", "items": NOTE})}}}}}}
TURNS = 4


def notes_taker(request):
    """Creates some notes, lists them and answers with what was listed, so that what it saw is in the instance."""
    question = request["messages"][0]["content"].rsplit("\nQuestion: ", 1)[1]
    seen, who = question.count("\nObservation: "), question.split("Take notes for ")[1].split(".")[0]
    if seen < TURNS - 1:
        return action("createNote", {"text": f"{who} {seen}"})
    return action("listNotes", {}) if seen < TURNS else answer(question.rsplit("\nObservation: ", 1)[1][:2000])


def generate(folder, out, servers, reply):
    with serve_chat(reply) as chat:
        done = run_stage("instance_generation/generation.py", "-api", folder / "apis.json", "-out", out,
                         "--without_getDetails", "--num_workers", "6", "--server_url", *servers, url=chat.url)
    return done, [json.dumps(request, sort_keys=True) for request in chat.requests]


def killing_at(number, kill):
    """`notes_taker`, with `kill` called once so many turns have been asked for."""
    lock, asked = threading.Lock(), itertools.count(1)

    def reply(request):
        with lock:
            if next(asked) == number:
                kill()
        return notes_taker(request)

    return reply


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """A folder with APIs, and what their conversations are with one simulator: its file, and the calls to the model."""
    folder = tmp_path_factory.mktemp("notes")
    instructions = [f"Take notes for person{number}." for number in range(24)]
    (folder / "apis.json").write_text(json.dumps([
        {"Name": name, "Documentation": json.dumps(NOTES), "Function_Description": {
            "createNote": "Make a note.", "listNotes": "All notes.", "components": ""}, "Function_Projection": {
            "createNote": ["/notes", "post"], "listNotes": ["/notes", "get"]}, "Instructions": instructions}
        for name in ("A", "B")]))
    with playing(folder, "one") as (url, _):
        done, asked = generate(folder, folder / "out", [url], notes_taker)
    assert done.returncode == 0, done.stderr
    made = (folder / "out" / "api_data_0_2.json").read_bytes()
    assert b"person23 2" in made
    return folder, made, asked


def playing(folder, name, *flags):
    return running_process(folder / name, "instance_generation/simulator.py", "-api", folder / "apis.json", "-out",
                           folder / name, "--mode", "schema", *flags)


def test_a_simulator_killed_on_the_way_changes_nothing_in_the_result(notes, tmp_path):
    folder, made, asked = notes
    with ExitStack() as stack:
        urls, processes = zip(*(stack.enter_context(playing(folder, f"of-three-{number}")) for number in range(3)),
                              strict=True)
        done, asked_now = generate(folder, tmp_path, [",".join(urls)], killing_at(70, processes[1].kill))
    assert done.returncode == 0 and "48 made, 0 failed" in done.stderr, done.stderr
    assert (tmp_path / "api_data_0_2.json").read_bytes() == made
    assert sorted(asked_now) == sorted(asked), "what had been said was not asked for again"


def test_bad_lists_are_one_line_from_the_command_line(tmp_path):
    (tmp_path / "apis.json").write_text(json.dumps([RECORD]))
    for servers, words in ((["http://a:1", "b:2"], "'b:2' is not a URL"), (["http://a:1,http://a:1/"], "named twice")):
        done, _ = generate(tmp_path, tmp_path / "out", servers, notes_taker)
        assert_usage_error(done, "--server_url", words)
