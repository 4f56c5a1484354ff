"""Answers derived from the document: where no value fits its schema, the answer says so."""

import pytest

PAST = {"X-Simulator-Session": "s"}


@pytest.mark.parametrize(("schema", "fits"), [
    ({"type": "string", "minLength": 3, "maxLength": 2}, False),
    ({"type": "object", "required": ["a"], "properties": {"a": {"not": {}}}}, False),
    ({"type": "string", "minLength": 2, "maxLength": 2}, True)])
@pytest.mark.parametrize("headers", [{}, PAST], ids=["alone", "in a conversation"])
def test_an_answer_that_does_not_fit_its_schema_is_marked(make_client, document, capsys, schema, fits, headers):
    document["paths"]["/weather"]["get"]["responses"] = {
        "200": {"description": "Now", "content": {"application/json": {"schema": schema}}}}
    client = make_client(documents={"Pets": document})
    for source in ("schema", "cache" if headers else "schema"):
        answer = client.get("/Pets/weather?city=Rome", headers=headers)
        assert answer.status_code == 200 and answer.headers["X-Simulator-Source"] == source
        assert answer.headers.get("X-Simulator-Unfit") == (None if fits else "yes")
    said = capsys.readouterr().err.splitlines()
    assert len(said) == (0 if fits else 1) and all("'Pets'" in line and "X-Simulator-Unfit" in line for line in said)


def test_an_example_may_be_written_as_a_text_of_json(make_client, document):
    document["paths"]["/weather"]["get"]["responses"] = {"200": {"description": "Now", "content": {"application/json": {
        "schema": {"type": "object", "properties": {"degrees": {"type": "integer"}}}, "example": '{"degrees": 21}'}}}}
    assert make_client(documents={"Pets": document}).get("/Pets/weather?city=Rome").get_json() == {"degrees": 21}


LOGIN = {"type": "object", "required": ["name", "password", "level"], "properties": {
    "name": {"type": "string"}, "password": {"type": "string", "writeOnly": True},
    "level": {"type": "integer", "readOnly": True, "minimum": 1, "maximum": 5}}}
KEY = {"type": "object", "required": ["id"], "properties": {
    "id": {"type": "integer", "readOnly": True}, "secret": {"type": "string", "writeOnly": True},
    "title": {"type": "string"}}}


def test_what_is_written_is_shown_with_what_is_read_only_and_without_what_is_write_only(make_client, document):
    user = {"type": "object", "required": ["id", "name", "login"], "properties": {
        "id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}, "login": LOGIN,
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "keys": {"type": "array", "items": KEY}}}
    content = {"content": {"application/json": {"schema": user}}}
    answer = {"responses": {"200": {"description": "The user", **content}}}
    document["paths"] = {
        "/users": {"post": {"requestBody": {"required": True, **content}, **answer}},
        "/users/{id}": {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                        "get": answer, "put": {"requestBody": {"required": True, **content}, **answer}}}
    client = make_client(documents={"Pets": document})
    made = client.post("/Pets/users", headers=PAST, json={
        "name": "Ann", "login": {"name": "ann", "password": "p"}, "labels": {"a": "b"},
        "keys": [{"title": "k", "secret": "s"}]}).get_json()
    assert made == {"id": made["id"], "name": "Ann", "login": {"name": "ann", "level": made["login"]["level"]},
                    "labels": {"a": "b"}, "keys": [{"id": made["keys"][0]["id"], "title": "k"}]}
    place = f"/Pets/users/{made['id']}"
    assert client.get(place, headers=PAST).get_json() == made
    changed = client.put(place, headers=PAST, json={
        "name": "Ben", "login": {"name": "ben", "password": "q"}, "labels": {"c": "d"}}).get_json()
    assert changed == {**made, "name": "Ben", "login": {**made["login"], "name": "ben"}, "labels": {"c": "d"}}
    assert client.get(place, headers=PAST).get_json() == changed
