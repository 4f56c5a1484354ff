"""What a conversation has come to is the same by every route to it."""


ONE = {"X-Simulator-Session": "one"}


def _state(client):
    return client.get("/__simulator__/Pets/state", headers=ONE).get_json()


def test_what_was_created_changed_and_deleted(make_client):
    client = make_client()
    tom = client.post("/Pets/pets", json={"name": "Tom", "kind": "cat"}, headers=ONE).get_json()
    client.put("/Pets/pets/8123", json={"name": "Zoe"}, headers=ONE)
    client.delete("/Pets/pets/77", headers=ONE)
    client.get("/Pets/pets", headers=ONE)
    state = _state(client)
    assert [(one["noun"], one["keys"], one["given"]) for one in state["created"]] == [
        ("pet", [str(tom["id"])], {"name": "Tom", "kind": "cat"})]
    assert [(one["keys"], one["given"]) for one in state["changed"]] == [(["8123"], {"name": "Zoe"})]
    assert [(one["noun"], one["keys"]) for one in state["deleted"]] == [("pet", ["77"])]


def test_what_was_created_and_deleted_again_leaves_no_trace(make_client):
    client = make_client()
    pet = client.post("/Pets/pets", json={"name": "Tom"}, headers=ONE).get_json()
    client.delete(f"/Pets/pets/{pet['id']}", headers=ONE)
    assert _state(client) == {"created": [], "changed": [], "deleted": []}


def test_changes_of_what_was_created_belong_to_it(make_client):
    client = make_client()
    pet = client.post("/Pets/pets", json={"name": "Tom", "kind": "cat"}, headers=ONE).get_json()
    client.put(f"/Pets/pets/{pet['id']}", json={"name": "Tim"}, headers=ONE)
    state = _state(client)
    assert [one["given"] for one in state["created"]] == [{"name": "Tim", "kind": "cat"}] and state["changed"] == []


def test_what_was_done_with_a_thing_is_told_by_the_operations_name(make_client, document):
    document["paths"]["/pets/{petId}/vaccinate"] = {"post": {
        "operationId": "vaccinatePet", "parameters": [
            {"name": "petId", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {
            "against": {"type": "string"}}}}}}, "responses": {"200": {"description": "Done."}}}}
    client = make_client(documents={"Pets": document})
    client.post("/Pets/pets/5/vaccinate", json={"against": "rabies"}, headers=ONE)
    assert [(one["keys"], one["actions"]) for one in _state(client)["changed"]] == [
        (["5"], {"vaccinatePet": {"against": "rabies"}})]


def test_a_refused_request_leaves_no_trace(make_client):
    client = make_client()
    client.post("/Pets/pets", json={"kind": "cat"}, headers=ONE)
    client.delete("/Pets/pets/x", headers=ONE)
    assert _state(client) == {"created": [], "changed": [], "deleted": []}
