"""A conversation is opened with what its client is after, and its end can be looked into."""

import json
import logging

import pytest

ONE = {"X-Simulator-Session": "one"}
SECRET = "Move the card Blue Heron to the board Website Relaunch."
BOARDS = {"openapi": "3.0.3", "info": {"title": "Boards", "version": "1"}, "paths": {"/boards": {"get": {
    "operationId": "listBoards", "responses": {"200": {"description": "", "content": {"application/json": {"schema": {
        "type": "array", "items": {"type": "object", "required": ["boardId", "name"], "properties": {
            "boardId": {"type": "string"}, "name": {"type": "string"}}}}}}}}}}}}
GOOD = 'Status Code: 200\nResponse: []'


def _begin(client, **fields):
    return client.put("/__simulator__/Pets/session", json=fields, headers=ONE)


def test_the_model_is_told_what_the_client_is_after_and_what_day_it_is(make_client, make_teacher):
    teacher = make_teacher(GOOD)
    client = make_client(["llm"], teacher)
    assert _begin(client, instruction=SECRET, now="2025-03-14T09:30:00").status_code == 200
    client.get("/Pets/pets", headers=ONE)
    client.post("/__simulator__/Pets/session", json={"said": "The one in Oslo."}, headers=ONE)
    client.get("/Pets/pets?city=Oslo", headers=ONE)
    client.get("/Pets/pets")
    first, second, alone = (asked[0]["content"] for asked in teacher.asked)
    assert SECRET in first and "Friday, 14 March 2025, 09:30" in first and "Oslo" not in first
    assert f"{SECRET}\nThe one in Oslo." in second
    assert SECRET not in alone and "Not known" in alone and "Explanation" not in alone


def test_a_conversation_opened_afresh_knows_nothing_of_before(make_client, make_teacher):
    teacher = make_teacher('Status Code: 204\nResponse:', GOOD)
    client = make_client(["llm"], teacher)
    client.delete("/Pets/pets/5", headers=ONE)
    _begin(client, instruction="Anything.", history=True)
    client.get("/Pets/pets", headers=ONE)
    client.get("/Pets/pets?city=Oslo", headers=ONE)
    assert "DELETE" not in teacher.asked[1][0]["content"]
    assert "Status Code: 200" in teacher.asked[2][0]["content"], "the history is shown, as asked"


def test_no_log_page_answer_or_route_shows_the_instruction(make_client, caplog):
    client = make_client(["schema"])
    with caplog.at_level(logging.INFO, logger="simulator.access"):
        told = [_begin(client, instruction=SECRET), client.get("/Pets/pets", headers=ONE)]
        told += [client.get(path, headers=ONE) for path in ("/__simulator__/Pets/state", "/__simulator__/Pets", "/",
                                                            "/Pets", "/metrics")]
    assert all(answer.status_code == 200 and "Heron" not in answer.get_data(as_text=True) for answer in told)
    assert "Heron" not in caplog.text and "/__simulator__/Pets/session" in caplog.text


def test_what_the_client_names_exists_also_without_a_model(make_client):
    client = make_client(documents={"Boards": BOARDS})
    client.put("/__simulator__/Boards/session", json={"instruction": SECRET}, headers=ONE)
    assert client.get("/Boards/boards", headers=ONE).get_json()[0]["name"] == "Website Relaunch"
    for instruction, word in (("Which boards are there in Oslo?", "Oslo"), ("Show me a board.\nAdd a card.", "Add")):
        client.put("/__simulator__/Boards/session", json={"instruction": instruction}, headers=ONE)
        assert word not in json.dumps(client.get("/Boards/boards", headers=ONE).get_json())


@pytest.mark.parametrize(("method", "body", "status"), [
    ("PUT", b"[1]", 400), ("PUT", b"{", 400), ("PUT", b'{"instruction": 5}', 400), ("PUT", b'{"now": "soon"}', 400),
    ("POST", b'{"said": null}', 400), ("GET", b"", 405), ("PUT", b"x" * 100_001, 413)])
def test_what_cannot_be_meant_is_refused(make_client, method, body, status):
    answer = make_client().open("/__simulator__/Pets/session", method=method, data=body, headers=ONE)
    assert answer.status_code == status and answer.headers["X-Simulator-Error"] == "session"


def test_both_routes_need_a_session_and_a_known_api(make_client):
    client = make_client()
    for path in ("/__simulator__/Pets/session", "/__simulator__/Pets/state"):
        assert client.put(path, json={}).status_code == 400
        assert client.get(path.replace("Pets", "Dogs"), headers=ONE).status_code == 404


def test_an_api_whose_name_ends_like_a_route_has_its_page_and_its_state(make_client, document):
    client = make_client(documents={"Lost/state": document})
    assert "text/html" in client.get("/__simulator__/Lost%2Fstate").content_type
    client.post("/Lost%2Fstate/pets", json={"name": "Tom"}, headers=ONE)
    state = client.get("/__simulator__/Lost%2Fstate/state", headers=ONE).get_json()
    assert [one["given"] for one in state["created"]] == [{"name": "Tom"}]
