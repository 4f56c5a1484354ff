"""State that holds together within a conversation and never reaches another, whoever answers."""

import json
import threading
from typing import Any

import pytest

from toolalpaca.simulator.requests import CheckedRequest
from toolalpaca.simulator.state.sessions import HISTORY_TOKENS, ApiSession, PastExchange, Sessions, tokens

ONE, TWO = {"X-Simulator-Session": "one"}, {"X-Simulator-Session": "two"}
TEACHER = 'Status Code: 201\nResponse: {"id": 5, "name": "Tom", "kind": "cat", "city": "Rome", "price": 1}'
LIST = 'Status Code: 200\nResponse: [{"id": 1, "name": "Rex", "kind": "dog"}, {"id": 2, "name": "Mia", "kind": "cat"}]'
READ = 'Status Code: 200\nResponse: {"id": 5, "name": "Someone", "kind": "dog"}'


class Chooser:
    """A teacher without a memory: it answers by the request alone, and so contradicts itself."""

    def answer(self, messages: list[Any], record: str) -> str:
        request = messages[0]["content"].split("## Request")[1]
        if "-X POST" in request:
            return TEACHER
        if "-X DELETE" in request:
            return "Status Code: 204\nResponse:"
        return LIST if "/pets/" not in request else READ


@pytest.fixture(params=["schema", "llm"])
def client(request, make_client):
    """A simulator in either mode; the state is the same in both."""
    return make_client([request.param], Chooser() if request.param == "llm" else None)


def test_what_was_created_can_be_read_listed_changed_and_deleted(client):
    made = client.post("/Pets/pets", json={"name": "Tom", "kind": "cat", "city": "Oslo"}, headers=ONE)
    assert made.status_code == 201 and made.get_json()["name"] == "Tom"
    pet = made.get_json()
    read = client.get(f"/Pets/pets/{pet['id']}", headers=ONE).get_json()
    assert (read["id"], read["name"], read["kind"]) == (pet["id"], "Tom", "cat")
    listed = client.get("/Pets/pets", headers=ONE).get_json()
    assert [one["name"] for one in listed if one["id"] == pet["id"]] == ["Tom"]
    changed = client.put(f"/Pets/pets/{pet['id']}", json={"name": "Tim"}, headers=ONE).get_json()
    assert (changed["id"], changed["name"]) == (pet["id"], "Tim")
    assert client.get(f"/Pets/pets/{pet['id']}", headers=ONE).get_json()["name"] == "Tim"
    assert "Tim" in [one["name"] for one in client.get("/Pets/pets", headers=ONE).get_json()]
    assert client.delete(f"/Pets/pets/{pet['id']}", headers=ONE).status_code == 204
    gone = client.get(f"/Pets/pets/{pet['id']}", headers=ONE)
    assert gone.status_code == 404 and gone.get_json()["code"] == 404, "in the form the document declares"
    assert pet["id"] not in [one["id"] for one in client.get("/Pets/pets", headers=ONE).get_json()]
    assert client.delete(f"/Pets/pets/{pet['id']}", headers=ONE).status_code == 404


def test_two_things_created_alike_have_two_ids(client):
    ids = [client.post("/Pets/pets", json={"name": "Tom"}, headers=ONE).get_json()["id"] for _ in range(5)]
    assert len(set(ids)) == 5
    listed = [one["id"] for one in client.get("/Pets/pets", headers=ONE).get_json()]
    assert set(ids) <= set(listed)


def test_an_id_nobody_gave_out_exists(client):
    first = client.get("/Pets/pets/8123", headers=ONE)
    assert first.status_code == 200
    client.put("/Pets/pets/8123", json={"name": "Zoe"}, headers=ONE)
    assert client.get("/Pets/pets/8123", headers=ONE).get_json()["name"] == "Zoe"


def test_ids_given_out_by_a_list_stay_valid(client):
    item = client.get("/Pets/pets", headers=ONE).get_json()[1]
    read = client.get(f"/Pets/pets/{item['id']}", headers=ONE).get_json()
    assert {name: read[name] for name in ("name", "kind")} == {name: item[name] for name in ("name", "kind")}


def test_the_same_question_has_the_same_answer_until_something_changes(client):
    first = client.get("/Pets/pets", headers=ONE)
    again = client.get("/Pets/pets", headers=ONE)
    assert first.get_json() == again.get_json() and again.headers["X-Simulator-Source"] == "cache"
    client.post("/Pets/pets", json={"name": "New"}, headers=ONE)
    assert client.get("/Pets/pets", headers=ONE).get_json() != first.get_json()


def test_lists_show_created_things_that_match_their_filters(client):
    client.post("/Pets/pets", json={"name": "Tom", "kind": "cat"}, headers=ONE)
    names = {kind: [one["name"] for one in client.get(f"/Pets/pets?kind={kind}", headers=ONE).get_json()]
             for kind in ("cat", "dog")}
    assert "Tom" in names["cat"] and "Tom" not in names["dog"]
    assert len(client.get("/Pets/pets?limit=1", headers=ONE).get_json()) == 1


def test_what_was_changed_leaves_the_lists_that_ask_for_something_else(make_client):
    client = make_client(["schema"])
    dog = client.get("/Pets/pets?kind=dog", headers=ONE).get_json()[0]
    client.put(f"/Pets/pets/{dog['id']}", json={"name": "Purr", "kind": "cat"}, headers=ONE)
    left = client.get("/Pets/pets?kind=dog", headers=ONE).get_json()
    assert left and {one["kind"] for one in left} == {"dog"} and dog["id"] not in {one["id"] for one in left}


RATES = {"openapi": "3.0.3", "info": {"title": "Rates", "version": "1"}, "paths": {"/historical/{date}": {"get": {
    "operationId": "getHistoricalRates", "parameters": [
        {"name": "date", "in": "path", "required": True, "schema": {"type": "string", "format": "date"}},
        {"name": "baseCurrency", "in": "query", "schema": {"type": "string"}}],
    "responses": {"200": {"description": "Rates", "content": {"application/json": {"schema": {
        "type": "object", "required": ["date", "base", "rate"], "properties": {
            "date": {"type": "string"}, "base": {"type": "string"}, "rate": {"type": "number"}}}}}}}}}}}


def test_a_thing_shown_in_another_way_is_not_told_as_before(make_client):
    client = make_client(documents={"Rates": RATES})
    euro, dollar, again = (client.get(f"/Rates/historical/2024-03-01?baseCurrency={base}", headers=ONE).get_json()
                           for base in ("EUR", "CAD", "EUR"))
    assert euro["rate"] != dollar["rate"] and euro == again
    assert dollar == client.get("/Rates/historical/2024-03-01?baseCurrency=CAD").get_json()


def test_conversations_do_not_see_each_other(client):
    pet = client.post("/Pets/pets", json={"name": "Tom"}, headers=ONE).get_json()
    client.delete(f"/Pets/pets/{pet['id']}", headers=ONE)
    assert client.get(f"/Pets/pets/{pet['id']}", headers=TWO).status_code == 200
    assert client.get(f"/Pets/pets/{pet['id']}").status_code == 200
    assert "Tom" not in [one["name"] for one in client.get("/Pets/pets", headers=TWO).get_json()]


def test_without_a_session_nothing_is_remembered(client):
    before = client.get("/Pets/pets").get_json()
    client.post("/Pets/pets", json={"name": "Tom"})
    client.delete("/Pets/pets/5")
    assert client.get("/Pets/pets").get_json() == before and client.get("/Pets/pets/5").status_code == 200


def test_clear_forgets_one_conversation_and_no_other(client):
    for headers in (ONE, TWO):
        client.delete("/Pets/pets/5", headers=headers)
    client.get("/__simulator_cache__/clear/Pets", headers=ONE)
    assert client.get("/Pets/pets/5", headers=ONE).status_code == 200
    assert client.get("/Pets/pets/5", headers=TWO).status_code == 404
    client.get("/__simulator_cache__/clear/__ALL__")  # names no conversation
    assert client.get("/Pets/pets/5", headers=TWO).status_code == 404
    client.get("/__simulator_cache__/close/__ALL__", headers=TWO)
    assert client.get("/Pets/pets/5", headers=TWO).status_code == 200


def test_the_answers_do_not_depend_on_what_the_session_is_called(make_client):
    client = make_client()
    told = []
    for name in ("a", "b"):
        headers = {"X-Simulator-Session": name}
        told.append([client.post("/Pets/pets", json={"name": "Tom"}, headers=headers).get_json(),
                     client.get("/Pets/pets", headers=headers).get_json()])
    assert told[0] == told[1]


def test_functions_named_by_verbs_share_their_things(make_client, reference):
    records = json.loads((reference / "eval_simulated.json").read_text(encoding="utf-8"))
    client = make_client(documents={one["Name"]: json.loads(one["Documentation"]) for one in records})
    role = client.post("/Auth0/createRole?accessToken=t", json={"roleName": "Moderator"}, headers=ONE).get_json()
    roles = client.get("/Auth0/listRoles?accessToken=t", headers=ONE).get_json()["roles"]
    assert {"roleId": role["roleId"], "roleName": "Moderator"} in roles
    gone = f"accessToken=t&roleId={role['roleId']}"
    assert client.delete(f"/Auth0/deleteRole?{gone}", headers=ONE).status_code == 200
    assert client.put(f"/Auth0/assignUserRole?userId=u&{gone}", headers=ONE).status_code == 404
    roles = client.get("/Auth0/listRoles?accessToken=t", headers=ONE).get_json()["roles"]
    assert role["roleId"] not in [one["roleId"] for one in roles]
    superset = "/Apache%20Superset"
    board = client.post(f"{superset}/createDashboard", json={"dashboardName": "Sales"}, headers=ONE).get_json()
    changed = client.put(f"{superset}/updateDashboard", headers=ONE,
                         json={"dashboardId": board["dashboardId"], "description": "All of it"}).get_json()
    assert (changed["dashboardName"], changed["description"]) == ("Sales", "All of it")


def test_many_conversations_at_once(make_client):
    client = make_client()
    application = client.application
    wrong: list[str] = []

    def talk(numbers: range) -> None:
        browser = application.test_client()
        for number in numbers:
            headers = {"X-Simulator-Session": f"talk-{number}"}
            pet = browser.post("/Pets/pets", json={"name": f"pet {number}"}, headers=headers).get_json()
            names = [one["name"] for one in browser.get("/Pets/pets", headers=headers).get_json()]
            if pet["name"] != f"pet {number}" or [one for one in names if one.startswith("pet ")] != [pet["name"]]:
                wrong.append(f"{number}: {names}")

    threads = [threading.Thread(target=talk, args=(range(start, 200, 16),)) for start in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_idle_conversations_expire_and_their_number_is_bounded():
    now = [0.0]
    sessions = Sessions(lambda: now[0], idle_seconds=10, most=3)
    first = sessions.conversation("a", "Pets")
    assert sessions.conversation("a", "Pets") is first
    now[0] = 11
    assert sessions.conversation("a", "Pets") is not first
    for name in "bcdef":
        sessions.conversation(name, "Pets")
    assert len(sessions) == 3
    now[0] = 22
    sessions.conversation("z", "Pets")
    assert len(sessions) == 1


def _exchange(text, call=None, body=None, *, changes=False):
    return PastExchange(text, call or CheckedRequest("Pets", "listPets", "GET", "/pets"), body, changes)


def test_history_is_cut_at_a_token_budget():
    talk = ApiSession(shows_history=True)
    for number in range(500):
        talk.add_to_history(_exchange(f"exchange {number} " + "é" * 400))
    assert sum(tokens(one.text) for one in talk.history) <= HISTORY_TOKENS
    assert "exchange 499" in talk.history[-1].text and len(talk.history) > 5
    talk.add_to_history(_exchange("x" * 1_000_000))
    assert sum(tokens(one.text) for one in talk.history) <= HISTORY_TOKENS


def test_the_history_of_a_request_is_what_it_builds_on():
    talk = ApiSession()
    talk.add_to_history(_exchange("a list", body=[{"id": 7, "name": "Rex"}]))
    talk.add_to_history(_exchange("a write", changes=True))
    for pet, shown in ((7, ("a list", "a write")), (8, ("a write",))):
        assert talk.shown_history(CheckedRequest("Pets", "getPet", "GET", f"/pets/{pet}",
                                                 arguments={"petId": pet})) == shown
    assert talk.shown_history(CheckedRequest("Pets", "getPet", "PUT", "/pets", body={"ids": ["7"]}))[0] == "a list"


LOAN = {"type": "object", "properties": {
    "id": {"type": "integer"}, "title": {"type": "string"}, "due": {"type": "string", "format": "date"},
    "status": {"type": "string", "enum": ["active", "returned", "cancelled"]}}}
OUT = {"id": 31, "title": "Azul", "due": "2026-03-02", "status": "active"}


def _loans():
    """Loans that are changed by an action, in the body of one operation or by the path of another."""
    def answer(schema):
        return {"200": {"description": "Loans", "content": {"application/json": {"schema": schema}}}}
    where = [{"name": "loanId", "in": "path", "required": True, "schema": {"type": "integer"}}]
    action = {"type": "object", "properties": {"action": {"type": "string", "enum": ["renew", "return"]}}}
    return {"openapi": "3.0.0", "info": {"title": "Loans", "version": "1"}, "paths": {
        "/loans": {"get": {"operationId": "listLoans", "responses": answer({"type": "array", "items": LOAN})}},
        "/loans/{loanId}": {
            "parameters": where, "get": {"operationId": "getLoan", "responses": answer(LOAN)},
            "patch": {"operationId": "updateLoan", "responses": answer(LOAN),
                      "requestBody": {"content": {"application/json": {"schema": action}}}}},
        "/loans/{loanId}/return": {"parameters": where, "post": {"operationId": "returnLoan",
                                                                 "responses": answer(LOAN)}}}}


@pytest.mark.parametrize("by_path", [False, True])
def test_what_an_action_changes_is_seen_afterwards(make_client, make_teacher, by_path):
    """A model knows what a change does beyond the values it is given, and nothing later takes it back."""
    renewed, back = {**OUT, "due": "2026-03-09"}, {**OUT, "due": "2026-03-09", "status": "returned"}
    teacher = make_teacher(*(f"Status Code: 200\nResponse: {json.dumps(body)}"
                             for body in ([OUT], renewed, back, OUT, [OUT])))
    client = make_client(["llm"], teacher, {"Loans": _loans()})
    client.get("/Loans/loans", headers=ONE)
    assert client.patch("/Loans/loans/31", json={"action": "renew"}, headers=ONE).get_json() == renewed
    returned = client.post("/Loans/loans/31/return", headers=ONE) if by_path else \
        client.patch("/Loans/loans/31", json={"action": "return"}, headers=ONE)
    assert returned.get_json() == back
    assert client.get("/Loans/loans/31", headers=ONE).get_json() == back
    assert client.get("/Loans/loans", headers=ONE).get_json() == [back]
    assert '"title": "Azul"' in teacher.asked[1][0]["content"].split("## Earlier")[1], "what is renewed was shown"


@pytest.mark.parametrize("by_path", [False, True])
def test_without_a_model_an_action_leads_to_the_state_it_names(make_client, by_path):
    client = make_client(documents={"Loans": _loans()})
    loan = client.get("/Loans/loans/31", headers=ONE).get_json()
    assert loan["status"] == "active", "or this seed shows nothing"
    if by_path:
        client.post("/Loans/loans/31/return", headers=ONE)
    else:
        client.patch("/Loans/loans/31", json={"action": "return"}, headers=ONE)
    after = client.get("/Loans/loans/31", headers=ONE).get_json()
    assert after == {**loan, "status": "returned", "due": after["due"]}, "a change may move the day something is due"


def test_without_a_model_what_is_made_has_the_title_of_what_it_is_made_for(make_client):
    document = _loans()
    game = {"type": "object", "properties": {"id": {"type": "integer"}, "title": {"type": "string"}}}
    where = [{"name": "title", "in": "query", "schema": {"type": "string"}},
             {"name": "shelfId", "in": "query", "schema": {"type": "string"}}]
    document["paths"]["/games"] = {"get": {"operationId": "searchGames", "parameters": where, "responses": {
        "200": {"description": "G", "content": {"application/json": {"schema": {"type": "array", "items": game}}}}}}}
    lent = {"type": "object", "properties": {"gameId": {"type": "integer"}}}
    document["paths"]["/loans"]["post"] = {
        "operationId": "lendGame", "requestBody": {"content": {"application/json": {"schema": lent}}},
        "responses": {"201": {"description": "A loan", "content": {"application/json": {"schema": LOAN}}}}}
    client = make_client(documents={"Loans": document})
    found = client.get("/Loans/games?title=Azul", headers=ONE).get_json()[0]
    assert found["title"] == "Azul"
    loan = client.post("/Loans/loans", json={"gameId": found["id"]}, headers=ONE).get_json()
    assert loan["title"] == "Azul" and loan["id"] != found["id"]
    by_shelf = client.get("/Loans/games?shelfId=LOW-3", headers=ONE).get_json()
    assert "LOW-3" not in {game["title"] for game in by_shelf}, "an id is not a title that is looked for"


def test_what_belongs_to_a_thing_calls_it_by_its_name(make_client, document):
    """A report about a pet says `petName`, and means the pet that a list has shown under that id."""
    report = {"type": "object", "required": ["petId", "petName", "grade"], "properties": {
        "petId": {"type": "integer"}, "petName": {"type": "string"}, "grade": {"type": "integer"}}}
    document["paths"]["/pets/{petId}/report"] = {"get": {
        "operationId": "getReport",
        "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "responses": {"200": {"description": "R", "content": {"application/json": {"schema": report}}}}}}
    client = make_client(documents={"Pets": document})
    pets = client.get("/Pets/pets?limit=3", headers=ONE).get_json()
    for pet in pets:
        told = client.get(f"/Pets/pets/{pet['id']}/report", headers=ONE).get_json()
        assert (told["petId"], told["petName"]) == (pet["id"], pet["name"])


def test_a_renewal_moves_the_due_date_and_reads_show_it(make_client):
    loan = {"type": "object", "required": ["loanId", "dueDate", "status"], "properties": {
        "loanId": {"type": "integer"}, "dueDate": {"type": "string", "format": "date", "example": "2025-03-20"},
        "status": {"type": "string", "enum": ["open", "renewed"]}}}
    answers = {"responses": {"200": {"description": "It", "content": {"application/json": {"schema": loan}}}}}
    named = [{"name": "loanId", "in": "path", "required": True, "schema": {"type": "integer"}}]
    document = {"openapi": "3.0.3", "info": {"title": "Loans", "version": "1"}, "paths": {
        "/loans/{loanId}": {"parameters": named, "get": {"operationId": "getLoan", **answers}},
        "/loans/{loanId}/renewal": {"parameters": named, "post": {"operationId": "renewLoan", **answers}}}}
    client = make_client(documents={"Loans": document})
    for path in (f"/Loans/loans/{number}" for number in range(1, 13)):
        before = client.get(path, headers=ONE).get_json()
        renewed = client.post(f"{path}/renewal", headers=ONE).get_json()
        assert renewed["dueDate"] > before["dueDate"] and renewed["status"] == "renewed"
        assert client.get(path, headers=ONE).get_json() == renewed
