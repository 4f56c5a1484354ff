"""The routes: names of every kind, manifest and document, health, counters, pages, the token, odd requests."""

import json
from urllib.parse import quote

import pytest

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


def test_a_dangling_reference_disables_the_operations_that_need_it_only(make_client, document):
    dangling = json.loads(json.dumps(document).replace('"type": "number"', '"$ref": "#/components/schemas/None"'))
    client = make_client(documents={"Dangling": dangling})
    response = client.get("/Dangling/pets")
    assert response.status_code == 404 and response.headers["X-Simulator-Error"] == "no-document"
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
