"""What an operation does to which things, read off methods, paths and names."""

from typing import Any

import pytest

from toolalpaca.openapi.operations import operations
from toolalpaca.simulator.semantics import semantics_of

ONE = {"X-Simulator-Session": "one"}


def _document(*lines: str) -> dict[str, Any]:
    """A document from lines such as `POST /roles createRole roleId,name -> roleId` (body fields, answer fields).

    An answer that starts with `[` is a list of such objects; path variables are declared as strings.
    """
    document: dict[str, Any] = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {}}
    for line in lines:
        call, _, answer = line.partition(" -> ")
        method, path, name, *fields = call.split()
        variables = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        schema = _object(answer.strip("[]"))
        operation = {"operationId": name, "parameters": [
            {"name": one, "in": "path", "required": True, "schema": {"type": "string"}} for one in variables],
            "responses": {"200": {"description": "", "content": {"application/json": {
                "schema": {"type": "array", "items": schema} if answer.startswith("[") else schema}}}}}
        if fields and method == "GET":
            operation["parameters"] += [{"name": one, "in": "query", "schema": {"type": "string"}}
                                        for one in fields[0].split(",")]
        elif fields:
            operation["requestBody"] = {"content": {"application/json": {"schema": _object(fields[0])}}}
        document["paths"].setdefault(path, {})[method.lower()] = operation
    return document


def _object(fields: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in fields.split(",")}}


@pytest.mark.parametrize(("line", "kind", "noun", "own"), [
    ("POST /createRole createRole roleName -> roleId", "create", "role", None),
    ("GET /listRoles listRoles -> [roleId,roleName", "list", "role", None),
    ("GET /getRole getRole roleId -> roleId", "read", "role", "roleId"),
    ("PUT /updateRole updateRole roleId,roleName -> roleId", "update", "role", "roleId"),
    ("DELETE /roles/{id} dropRole -> message", "delete", "role", "id"),
    ("POST /roles/remove removeRole roleId -> message", "delete", "role", "roleId"),
    ("GET /users/{username} getUser -> username,email", "read", "user", "username"),
    ("GET /users/{userId}/posts getPosts -> [postId,text", "list", "post", None),
    ("DELETE /users/{userId}/avatar clearAvatar -> message", "action", "avatar", None),
    ("PUT /users/{userId}/roles assignRoles roles -> message", "action", "role", None),
    ("POST /builds/{buildId}/cancel cancelBuild -> buildId", "action", "build", None),
    ("POST /login authenticateUser name -> userId,token", "action", "user", None),
    ("POST /search searchBooks text -> [bookId,title", "list", "book", None),
    ("POST /petitions/{petitionId}/signatures createSignature name -> petitionId", "create", "signature", None),
    ("POST /sets/{setId}/songs addSong songId -> message", "action", "song", None),
    ("GET /holidays/{country} getHolidays -> [name,date", "list", "holiday", None),
])
def test_roles(line, kind, noun, own):
    document = _document(line)
    semantics = semantics_of(document, operations(document)[0])
    assert (semantics.kind, semantics.noun, semantics.own.argument if semantics.own else None) == (kind, noun, own)


def test_a_post_without_a_telling_name_creates_where_things_of_its_kind_live():
    document = _document("POST /books x title -> id", "GET /books/{id} y -> id,title")
    for path in document["paths"].values():
        for operation in path.values():
            del operation["operationId"]
    assert [semantics_of(document, one).kind for one in operations(document)] == ["create", "read"]


@pytest.fixture
def client(make_client):
    """An API with users found by e-mail, streets named within towns, and builds that can be cancelled."""
    return make_client(documents={"A": _document(
        "POST /users createUser name,email -> userId,name", "GET /users findUser email -> userId,name,email",
        "GET /users/{userId} getUser -> userId,name,email",
        "PUT /towns/{town}/streets/{street} setStreet surface -> surface",
        "GET /towns/{town}/streets/{street} getStreet -> street,surface",
        "DELETE /towns/{town}/streets/{street} dropStreet -> ok",
        "POST /builds/{buildId}/cancel cancelBuild -> buildId", "GET /builds/{buildId} getBuild -> buildId,log")})


def test_what_was_created_is_found_by_what_is_known_of_it(client):
    user = client.post("/A/users", json={"name": "Ada", "email": "ada@x.org"}, headers=ONE).get_json()
    found = client.get("/A/users?email=ada@x.org", headers=ONE).get_json()
    assert (found["userId"], found["name"]) == (user["userId"], "Ada")
    assert client.get("/A/users?email=bob@x.org", headers=ONE).get_json()["userId"] != user["userId"]
    assert client.get(f"/A/users/{user['userId']}", headers=ONE).get_json()["email"] == "ada@x.org"


def test_a_name_says_which_thing_only_within_its_owner(client):
    client.put("/A/towns/Bonn/streets/Main", json={"surface": "gravel"}, headers=ONE)
    assert client.get("/A/towns/Bonn/streets/Main", headers=ONE).get_json()["surface"] == "gravel"
    assert client.get("/A/towns/Kiel/streets/Main", headers=ONE).get_json()["surface"] != "gravel"
    client.delete("/A/towns/Bonn/streets/Main", headers=ONE)
    assert client.get("/A/towns/Bonn/streets/Main", headers=ONE).status_code == 404
    assert client.get("/A/towns/Kiel/streets/Main", headers=ONE).status_code == 200


def test_what_was_cancelled_can_still_be_read(client):
    client.post("/A/builds/7/cancel", headers=ONE)
    assert client.get("/A/builds/7", headers=ONE).status_code == 200
