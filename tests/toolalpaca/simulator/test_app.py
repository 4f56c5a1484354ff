"""A conversation is opened with what its client is after, and its end can be looked into."""

import json
import logging
from urllib.parse import quote

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


NAMES = ["A Bíblia Digital", "What's on the menu?", "Songlink / Odesli", "C# 100%", "a+b&c=d;e", "../etc", "名前",
         "%2F"]


@pytest.fixture
def client(make_client, document):
    return make_client(documents=dict.fromkeys(NAMES, document))


@pytest.mark.parametrize("name", NAMES)
def test_names_work_in_every_route(client, name):
    path = "/" + quote(name, safe="")
    assert client.get(path).get_json()["name"] == name
    served = client.get(f"{path}/openapi.json").get_json()
    assert served["servers"] == [{"url": path}]
    assert client.get(f"{path}/weather?city=Rome").get_json()["city"] == "Rome"
    assert client.get(f"{path}/pets/7").get_json()["id"] == 7
    assert client.get(f"/__simulator_cache__/open{path}", headers={"X-Simulator-Session": "s"}).status_code == 200
    page = client.get(f"/__simulator__{path}")
    assert page.status_code == 200 and "getWeather" in page.text


def test_a_slash_sent_as_it_is_finds_the_longest_name(client):
    assert client.get("/Songlink%20/%20Odesli/weather?city=Rome").get_json()["city"] == "Rome"


def test_an_encoded_slash_stays_inside_its_segment(make_client, document):
    document["paths"]["/pets/{petId}"]["parameters"][0]["schema"] = {"type": "string"}
    client = make_client(documents={"Pets": document})
    assert client.get("/Pets/pets/a%2Fb").status_code == 200
    assert client.get("/Pets/pets/a/b").status_code == 404


def test_manifest_lists_the_functions(make_client):
    manifest = make_client().get("/Pets").get_json()
    assert manifest["openapi"] == "/Pets/openapi.json"
    assert {"name": "getWeather", "method": "GET", "path": "/weather", "summary": ""} in manifest["functions"]


def test_health_and_counters(make_client):
    client = make_client()
    client.get("/Pets/weather?city=Rome")
    client.get("/Pets/weather")
    assert client.get("/health").get_json() == {"status": "ok", "apis": 1, "modes": ["schema"]}
    text = client.get("/metrics").text
    assert 'simulator_answers_total{source="schema",status="200"} 1.0' in text
    assert 'simulator_answers_total{source="check",status="400"} 1.0' in text


def test_a_null_document_disables_that_api_only(make_client, document, capsys):
    client = make_client(documents={"Null": None, "Pets": document})
    for _ in range(2):
        response = client.get("/Null/weather?city=Rome")
        assert response.status_code == 404 and response.headers["X-Simulator-Error"] == "no-document"
    assert client.get("/Pets/weather?city=Rome").status_code == 200
    warnings = capsys.readouterr().err.splitlines()
    assert len(warnings) == 1 and "'Null'" in warnings[0]


def test_a_dangling_reference_costs_the_operations_that_need_it_only(make_client, document):
    dangling = json.loads(json.dumps(document).replace('"type": "number"', '"$ref": "#/components/schemas/None"'))
    client = make_client(documents={"Dangling": dangling})
    assert client.get("/Dangling/pets").status_code == 404
    assert client.delete("/Dangling/pets/1").status_code == 204


@pytest.mark.parametrize("headers", [
    {"Authorization": "Bearer söcret"}, {"Authorization": "Basic dXNlcjpzZWNyZXQ="}, {"X-Simulator-Token": "secret"}])
@pytest.mark.parametrize("path", ["/", "/health", "/metrics", "/Pets", "/Pets/weather?city=Rome", "/__simulator__/Pets",
                                  "/__simulator_cache__/open/Pets", "/nothing"])
def test_the_token_is_asked_for_on_every_route(make_client, headers, path):
    client = make_client(token="secret")
    assert client.get(path).status_code == 401 and client.get(path).headers["X-Simulator-Error"] == "token"
    assert client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    good = "Bearer" not in headers.get("Authorization", "")
    assert (client.get(path, headers=headers).status_code == 401) is not good


def test_pages_escape_what_requests_and_documents_hold(make_client, document):
    attack = "<script>alert(1)</script>"
    document["paths"]["/weather"]["get"]["description"] = attack
    client = make_client(documents={attack: document})
    client.get(f"/{quote(attack, safe='')}/weather", query_string={"city": attack})
    for path in ("/", f"/__simulator__/{quote(attack, safe='')}"):
        page = client.get(path)
        assert "<script>" not in page.text and "&lt;script&gt;" in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_an_answer_in_html_runs_no_script(make_client, document):
    content = document["paths"]["/weather"]["get"]["responses"]["200"]["content"]
    content["text/html"] = content.pop("application/json")
    answer = make_client(documents={"Pets": document}).get("/Pets/weather", query_string={"city": "<script>"})
    assert "<script>" in answer.text and answer.headers["Content-Type"] == "text/html"
    assert answer.headers["Content-Security-Policy"] == "sandbox"


def test_the_page_of_an_api_sends_a_whole_query(make_client, document):
    schema = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string", "maxLength": 9}}}
    document["paths"]["/weather"]["get"]["parameters"] = [
        {"name": "where", "in": "querystring", "required": True, "content": {"application/json": {"schema": schema}}}]
    client = make_client(documents={"Pets": document})
    data = {"operation": "getWeather", "querystring:where": '{"city": "Oslo & Bergen"}'}
    assert "at most 9 characters" in client.post("/__simulator__/Pets", data=data).text


def test_try_it_sends_the_request_that_the_form_describes(make_client):
    client = make_client()
    page = client.post("/__simulator__/Pets", data={"operation": "getWeather", "query:city": "Oslo"})
    assert page.status_code == 200 and "<strong>200</strong>" in page.text and "Oslo" in page.text
    created = client.post("/__simulator__/Pets", data={"operation": "createPet", "body": '{"name": "Tom"}',
                                                       "session": "s"})
    assert "<strong>201</strong>" in created.text
    listed = client.get("/Pets/pets", headers={"X-Simulator-Session": "s"}).get_json()
    assert listed[0]["name"] == "Tom"
    refused = client.post("/__simulator__/Pets", data={"operation": "getPet", "path:petId": "x"})
    assert "<strong>400</strong>" in refused.text


@pytest.mark.parametrize("session", ["", "x" * 201, "tab\there", " lead"])
def test_a_session_that_is_no_name_is_refused(make_client, session):
    response = make_client().get("/Pets/weather?city=Rome", headers={"X-Simulator-Session": session})
    assert response.status_code == 400 and "X-Simulator-Session" in response.get_json()["error"]
    assert response.headers["X-Simulator-Error"] == "session" and "X-Simulator-Source" not in response.headers


@pytest.mark.parametrize("path", ["/Pets/" + "a" * 10_000, "/Pets/pets?city=" + "a" * 10_000, "/" + "a/" * 3000,
                                  "/../../etc/passwd", "/Pets/%2e%2e/%2e%2e/etc/passwd", "//Pets//pets",
                                  "/Pets/pets/%0d%0aX:1", "/__simulator_cache__/open/None", "/__simulator__/None",
                                  "/__simulator_cache__/drop/Pets"])
def test_odd_paths_are_answered_with_what_they_deserve(make_client, path):
    response = make_client().get(path)
    assert response.status_code < 500
    assert "root:" not in response.text and "X" not in response.headers


def test_made_up_methods_are_refused(make_client):
    assert make_client().open("/Pets/weather", method="BREW").status_code == 405
