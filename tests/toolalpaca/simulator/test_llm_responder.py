"""Answers by a model: read in any form, checked, fixed, asked again, replaced; its failure is never the API's."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.core.errors import FailureKind, RecordError, UsageError
from toolalpaca.simulator.llm_responder import read_answer
from toolalpaca.simulator.protocol import SESSION_HEADER

GOOD = 'Status Code: 200\nResponse: {"city": "Rome", "temperature": 21.5}\nExplanation: It is warm.'
URL = "/Pets/weather?city=Rome"


@pytest.mark.parametrize("text", [
    GOOD,
    '**Status Code:** 200\n\n**Response:**\n```json\n{"city": "Rome", "temperature": 21.5}\n```\n**Explanation:** {x}',
    '<think>Status Code: 500\nResponse: {}</think>Status code = 200\nResponse: {"city": "Rome", "temperature": 21.5}',
    '{"status_code": 200, "response": {"city": "Rome", "temperature": 21.5}, "explanation": "x"}',
    '{"status_code": "200", "response": "{\\"city\\": \\"Rome\\", \\"temperature\\": 21.5}"}',
    'HTTP/1.1 200 OK\nContent-Type: application/json\n\n{"city": "Rome", "temperature": 21.5}',
    "Status Code: 200\nResponse: {'city': 'Rome', 'temperature': 21.5,}\nExplanation: none",
    'Sure! Here it is:\n- Status Code: 200\n- Response: {"city": "Rome",\n "temperature": 21.5}',
    'Status Code: 200\nResponse: {"city": "Rome", "temperature": 21.5',
    '```\nStatus Code: 200\nResponse: {"city": "Rome", "temperature": 21.5}\n```',
    '```json\nStatus Code: 200\nResponse: {"city": "Rome", "temperature": 21.5}\n```\nThis is what it says.',
    'Gladly:\n~~~\nStatus Code: 200\nResponse: {"city": "Rome", "temperature": 21.5}\n~~~',
    '```http\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{"city": "Rome", "temperature": 21.5}\n```',
    "```\nStatus Code: 200\nResponse: {'city': 'Rome', 'temperature': 21.5,}\n```",
    'Status Code: 200\nResponse: [of the service]\n```json\n{"city": "Rome", "temperature": 21.5}\n```',
])
def test_answers_are_read_in_any_form(text):
    assert read_answer(text) == (200, {"city": "Rome", "temperature": 21.5})


@pytest.mark.parametrize(("text", "expected"), [
    ("Status Code: 204\nResponse:\nExplanation: deleted", (204, None)),
    ("Status Code: 200\nResponse: 42\nExplanation: x", (200, 42)),
    ('Status Code: 200\nResponse: "done"\nExplanation: x', (200, "done")),
    ("Status Code: 200\nResponse: [1, 2]", (200, [1, 2])),
    ("```\nStatus Code: 200\nResponse: [1, 2]\n```", (200, [1, 2])),
    ("```\nStatus Code: 200\nResponse: 42\n```", (200, 42)),
    ("Status Code: 200\nResponse:\n```\n42\n```", (200, 42)),
    ("Status Code: 200\nResponse: [1, 2]\n\nOr, in Python:\n```\n[3]\n```", (200, [1, 2])),
    ("```\nStatus Code: 204\nResponse:\n```", (204, None)),
    ('Status Code: 200\nResponse: {"text": "```py\\nx = {}\\n```"}', (200, {"text": "```py\nx = {}\n```"})),
    ('```\nStatus Code: 200\nResponse: {"text": "a ``` b"}\n```', (200, {"text": "a ``` b"})),
    ('{"city": "Rome"}', (None, {"city": "Rome"})),
])
def test_other_bodies(text, expected):
    assert read_answer(text) == expected


@pytest.mark.parametrize("text", ["", "I cannot do that.", "Status Code: 200", "Response: see above"])
def test_what_holds_no_body_is_refused(text):
    with pytest.raises(ValueError, match="no JSON body"):
        read_answer(text)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    for part in (text, f"Status Code: {text}", f"Response: {text}", f"Status Code: 200\nResponse: {{{text}"):
        try:
            status, _ = read_answer(part)
        except ValueError:
            continue
        assert status is None or 0 <= status <= 999


def test_a_fitting_answer_is_passed_on(make_client, make_teacher):
    teacher = make_teacher(GOOD)
    response = make_client(["llm"], teacher).get(URL)
    assert response.headers["X-Simulator-Source"] == "llm" and len(teacher.asked) == 1
    assert response.get_json() == {"city": "Rome", "temperature": 21.5}


def test_small_slips_are_mended(make_client, make_teacher):
    teacher = make_teacher('Status Code: 200\nResponse: {"city": "Rome", "temperature": "21.5", "unit": "C"}')
    response = make_client(["llm"], teacher).get(URL)
    assert response.get_json() == {"city": "Rome", "temperature": 21.5} and len(teacher.asked) == 1


def test_an_answer_that_does_not_fit_is_asked_for_again(make_client, make_teacher):
    teacher = make_teacher('Status Code: 200\nResponse: {"city": "Rome"}', GOOD)
    response = make_client(["llm"], teacher).get(URL)
    assert response.headers["X-Simulator-Source"] == "llm"
    complaint = teacher.asked[1][-1]["content"]
    assert len(teacher.asked) == 2 and "temperature" in complaint


def test_a_missing_body_is_not_taken_for_an_empty_list(make_client, make_teacher):
    teacher = make_teacher("Status Code: 200\nResponse:", 'Status Code: 200\nResponse: [{"id": 7, "name": "Tom"}]')
    response = make_client(["llm"], teacher).get("/Pets/pets?city=Rome")
    assert response.get_json() == [{"id": 7, "name": "Tom"}] and len(teacher.asked) == 2


def test_then_the_schema_answers(make_client, make_teacher):
    teacher = make_teacher("Sorry, no.")
    response = make_client(["llm"], teacher).get(URL)
    assert response.headers["X-Simulator-Source"] == "schema" and len(teacher.asked) == 3
    assert response.status_code == 200 and response.get_json()["city"] == "Rome"


def test_errors_of_the_api_are_its_own(make_client, make_teacher):
    teacher = make_teacher('Status Code: 404\nResponse: {"message": "No such city"}\nExplanation: x')
    response = make_client(["llm"], teacher).get(URL)
    assert (response.status_code, response.headers["X-Simulator-Source"]) == (404, "llm")
    teacher = make_teacher("Status Code: 404\nResponse: {}", 'Status Code: 404\nResponse: {"code": 4, "message": "No"}')
    assert make_client(["llm"], teacher).get("/Pets/pets/7").get_json() == {"code": 4, "message": "No"}


def test_an_undeclared_success_becomes_the_declared_one(make_client, make_teacher):
    assert make_client(["llm"], make_teacher(GOOD.replace("200", "202"))).get(URL).status_code == 200


@pytest.mark.parametrize("failure", [RecordError(FailureKind.TIMEOUT, "no answer"), UsageError("the key was refused")])
def test_a_failing_endpoint_is_never_passed_off_as_the_api(make_client, make_teacher, failure):
    response = make_client(["llm"], make_teacher(failure)).get(URL)
    assert response.status_code == 503 and response.headers["X-Simulator-Error"] == "endpoint-failed"
    assert "X-Simulator-Source" not in response.headers


def test_the_same_request_gives_the_same_prompt(make_client, make_teacher):
    teacher = make_teacher('Status Code: 200\nResponse: []')
    client = make_client(["llm"], teacher)
    client.get("/Pets/pets?kind=cat&city=Rome", headers={"X-Simulator-Session": "one", "User-Agent": "a"})
    client.get("/Pets/pets?city=Rome&kind=cat", headers={"X-Simulator-Session": "two", "Accept": "text/html"})
    assert teacher.asked[0] == teacher.asked[1]
    assert "https://pets.example/pets?city=Rome&kind=cat" in teacher.asked[0][0]["content"]


@pytest.mark.parametrize("link", ["https://pets.example/v1#docs", "https://pets.example/v1?page=docs#!/x"])
def test_a_link_to_documentation_swallows_no_path(make_client, make_teacher, document, link):
    teacher = make_teacher('Status Code: 200\nResponse: []')
    document["servers"] = [{"url": link}]
    make_client(["llm"], teacher, {"Pets": document}).get("/Pets/pets?city=Rome")
    assert "'https://pets.example/v1/pets?city=Rome'" in teacher.asked[0][0]["content"]


def test_the_model_sees_named_headers_and_no_others(make_client, make_teacher):
    teacher = make_teacher('Status Code: 200\nResponse: {"id": 7, "name": "Tom"}')
    make_client(["llm"], teacher, request_type="python").get(
        "/Pets/pets/7", headers={"X-Tenant": "acme", "X-Simulator-Session": "hidden", "User-Agent": "hidden"})
    prompt = teacher.asked[0][0]["content"]
    assert "requests.request('GET', 'https://pets.example/pets/7', headers={'X-Tenant': 'acme'})" in prompt
    assert "hidden" not in prompt


def test_the_whole_history_is_shown_only_while_open(make_client, make_teacher):
    teacher = make_teacher(GOOD)
    client = make_client(["llm"], teacher)
    session = {"X-Simulator-Session": "s"}
    client.get(URL, headers=session)
    client.get("/__simulator_cache__/open/Pets", headers=session)
    client.get("/Pets/weather?city=Oslo", headers=session)
    client.get("/Pets/weather?city=Bonn", headers=session)
    client.get("/Pets/weather?city=Kyiv", headers={"X-Simulator-Session": "other"})
    client.get("/__simulator_cache__/clear/__ALL__", headers=session)
    client.get("/Pets/weather?city=Lima", headers=session)
    client.get("/__simulator_cache__/close/Pets", headers=session)
    client.get("/Pets/weather?city=Riga", headers=session)
    client.get("/Pets/weather?city=Nice", headers=session)
    shown = [asked[0]["content"].split("## Earlier requests and answers")[1].split("## Request")[0].strip()
             for asked in teacher.asked]
    assert [text == "None." for text in shown] == [True, False, False, True, True, True, True]
    assert "city=Oslo" in shown[2] and "city=Rome" in shown[1] and "Status Code: 200" in shown[2]


def test_a_change_keeps_what_the_model_adds_to_the_values_written(make_client, make_teacher, document):
    toys = {"type": "array", "items": {"type": "object", "properties": {
        "toyId": {"type": "integer"}, "toyName": {"type": "string"}}}}
    pet = document["paths"]["/pets/{petId}"]
    for schema in (pet["put"]["requestBody"], *(pet[method]["responses"]["200"] for method in ("get", "put"))):
        schema["content"]["application/json"]["schema"] = {
            "type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "toys": toys}}
    whole = [{"toyId": 4, "toyName": "Ball"}, {"toyId": 9, "toyName": "Rope"}]
    answers = [whole, whole[::-1], []]  # complete, in another order, forgotten
    teacher = make_teacher(*(f'Status Code: 200\nResponse: {{"id": 7, "name": "Rex", "toys": {json.dumps(toys)}}}'
                             for toys in answers))
    client = make_client(["llm"], teacher, {"Pets": document})
    written = [{"toyId": 4}, {"toyId": 9}]
    shown = [client.put("/Pets/pets/7", json={"name": name, "toys": written},
                        headers={SESSION_HEADER: "s"}).get_json()["toys"] for name in ("Rex", "Max", "Tim")]
    assert shown == [whole, written, written]
