"""The simulator's role: bodies that fit the schema and echo the request, and things that stay what they are."""

import json
import re

import jsonschema
import pytest
from offline_roles import Executor, made_record, prompt, sample_apis

from offline_llm.language.described_functions import parse_functions
from offline_llm.language.prompt_reading import path_values, read_history, read_request
from offline_llm.language.understanding import plan
from offline_llm.roles.simulator_role import simulate

NOTES = {
    "openapi": "3.0.0",
    "info": {"title": "Notes", "version": "1"},
    "components": {
        "schemas": {
            "Note": {
                "type": "object",
                "required": ["noteId", "text", "mood"],
                "properties": {
                    "noteId": {"type": "string"},
                    "text": {"type": "string"},
                    "mood": {"type": "string", "enum": ["calm", "wild"]},
                    "stars": {"type": "integer", "minimum": 1, "maximum": 5},
                    "on": {"type": "string", "format": "date"},
                },
            }
        }
    },
}
NOTE = {"$ref": "#/components/schemas/Note"}


def _operation(path, method, schema, status="200"):
    return {
        **NOTES,
        "paths": {
            path: {
                method: {
                    "operationId": "noteThing",
                    "responses": {status: {"description": "x", "content": {"application/json": {"schema": schema}}}},
                }
            }
        },
    }


def _answer(operation, request, history="None."):
    text = simulate(
        prompt("Simulator").substitute(
            name="Notes", description="Keeps notes", history=history, operation=json.dumps(operation), request=request,
            instruction="Not known.", now="Not known.",
        )
    )
    assert re.fullmatch(r"Status Code: \d{3}\nResponse: .*", text)
    return int(text[13:16]), json.loads(re.search(r"^Response: (.*)$", text, re.MULTILINE)[1])


CREATE = _operation("/notes", "post", NOTE, "201")
READ = _operation("/notes/{noteId}", "get", NOTE)


def test_the_body_fits_the_schema_and_echoes_the_request():
    status, body = _answer(
        CREATE,
        """curl -X POST http://a/Notes/notes -H 'Content-Type: application/json' """
        """-d '{"text": "Buy tea", "mood": "wild"}'""",
    )
    assert status == 201 and body["text"] == "Buy tea" and body["mood"] == "wild"
    assert 1 <= body["stars"] <= 5 and re.fullmatch(r"\d{4}-\d\d-\d\d", body["on"])


def test_both_ways_of_showing_a_request_mean_the_same():
    curl = _answer(CREATE, """curl -X POST http://a/Notes/notes -d '{"text": "Buy tea", "mood": "calm"}'""")
    python = _answer(
        CREATE, """requests.request('POST', 'http://a/Notes/notes', data='{"text": "Buy tea", "mood": "calm"}')"""
    )
    assert curl == python


def test_path_values_are_echoed_and_the_same_request_gets_the_same_answer():
    _, one = _answer(READ, "curl -X GET http://a/Notes/notes/n7k2")
    _, same = _answer(READ, "curl -X GET 'http://a/Notes/notes/n7k2'")
    _, other = _answer(READ, "curl -X GET http://a/Notes/notes/zz99")
    assert one["noteId"] == "n7k2" and one == same
    assert other != one


def test_what_was_created_can_be_read_and_what_was_deleted_is_gone():
    request = """curl -X POST http://a/Notes/notes -d '{"text": "Buy tea", "mood": "wild"}'"""
    _, made = _answer(CREATE, request)
    history = f"Request: {request}\nStatus Code: 201\nResponse: {json.dumps(made)}"
    read = f"curl -X GET http://a/Notes/notes/{made['noteId']}"
    assert _answer(READ, read, history) == (200, made)
    history += f"\n\nRequest: curl -X DELETE http://a/Notes/notes/{made['noteId']}\nStatus Code: 200\nResponse: {{}}"
    assert _answer(READ, read, history)[0] == 404


def test_a_change_shows_what_it_sets_and_keeps_the_rest():
    request = """curl -X POST http://a/Notes/notes -d '{"text": "Buy tea", "mood": "wild"}'"""
    _, made = _answer(CREATE, request)
    history = f"Request: {request}\nStatus Code: 201\nResponse: {json.dumps(made)}"
    change = f"""curl -X PUT http://a/Notes/notes/{made['noteId']}/mood -d '{{"mood": "calm"}}'"""
    _, changed = _answer(_operation("/notes/{noteId}/mood", "put", NOTE), change, history)
    assert (changed["noteId"], changed["text"], changed["mood"]) == (made["noteId"], "Buy tea", "calm")


def test_lists_respect_the_limit():
    operation = _operation(
        "/notes", "get", {"type": "object", "properties": {"notes": {"type": "array", "items": NOTE}}}
    )
    _, body = _answer(operation, "curl -X GET 'http://a/Notes/notes?limit=1'")
    assert len(body["notes"]) == 1
    _, body = _answer(operation, "curl -X GET 'http://a/Notes/notes?mood=calm'")
    assert 2 <= len(body["notes"]) <= 4 and {note["mood"] for note in body["notes"]} == {"calm"}


def test_schemas_without_types_and_in_circles_are_answered():
    loop = {
        **NOTES,
        "components": {
            "schemas": {
                "Node": {
                    "type": "object",
                    "properties": {"next": {"$ref": "#/components/schemas/Node"}, "tags": {"type": "array"}},
                }
            }
        },
    }
    operation = {
        **loop,
        "paths": {
            "/x": {
                "get": {
                    "responses": {
                        "default": {
                            "description": "",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}},
                        }
                    }
                }
            }
        },
    }
    assert _answer(operation, "curl http://a/x")[0] == 200
    assert _answer({}, "nonsense") == (200, {})


@pytest.mark.parametrize("index", range(0, 48, 6))
def test_every_answer_fits_the_documents_of_the_sample(index):
    record = made_record(sample_apis()[index])
    executor = Executor(record)
    for instruction in record["Instructions"]:
        for call in plan(parse_functions(record["NLDocumentation"]), instruction):
            if call.missing or call.references:
                continue
            seen = executor.call(call.function.name, call.arguments)
            body = json.loads(seen.partition("Response: ")[2])
            schema = executor.operations[call.function.name].responses["200"]["content"]["application/json"]["schema"]
            components = executor.document.get("components", {})
            assert jsonschema.Draft7Validator({**schema, "components": components}).is_valid(body), seen


def test_requests_and_histories_are_read():
    request = read_request("curl -X PUT 'http://a:1/N/b%C3%BCro/7?x=1&y=a%20b' -H 'A: b' -d '{\"z\": [1]}'")
    assert (request.method, request.path, request.query, request.body) == (
        "PUT",
        "/N/büro/7",
        {"x": "1", "y": "a b"},
        {"z": [1]},
    )
    request = read_request("requests.request('GET', 'http://a/b', params=[('q', 'tea'), ('n', '2')])")
    assert (request.method, request.query) == ("GET", {"q": "tea", "n": "2"})
    assert path_values("/a/{b}/c/{d}", "/Name/a/1/c/x y") == {"b": "1", "d": "x y"}
    assert read_history("None.") == []
