"""The Batch API: upload, create, poll, collect; and what goes wrong when it is told to."""

import io
import json
import time

import pytest

from offline_llm.server.web_app import ServerSettings, make_app

BODY = {"model": "offline", "messages": [{"role": "user", "content": "Hello"}]}


def _line(key, body):
    return json.dumps({"custom_id": key, "method": "POST", "url": "/v1/chat/completions", "body": body})


def _run(client, text):
    upload = client.post("/v1/files", data={"purpose": "batch", "file": (io.BytesIO(text.encode()), "calls.jsonl")})
    assert upload.get_json()["bytes"] == len(text)
    batch = client.post(
        "/v1/batches",
        json={
            "input_file_id": upload.get_json()["id"],
            "completion_window": "24h",
            "endpoint": "/v1/chat/completions",
            "metadata": {"who": "me"},
        },
    ).get_json()
    for _ in range(500):
        batch = client.get(f"/v1/batches/{batch['id']}").get_json()
        if batch["status"] in ("completed", "failed", "expired", "cancelled"):
            return batch
        time.sleep(0.01)
    raise AssertionError(batch)


def _results(client, batch):
    files = [batch[key] for key in ("output_file_id", "error_file_id") if batch[key]]
    lines = [json.loads(line) for name in files for line in client.get(f"/v1/files/{name}/content").text.splitlines()]
    return {line["custom_id"]: line for line in lines}


@pytest.fixture
def client():
    return make_app(ServerSettings()).test_client()


def test_every_line_is_answered_under_its_own_id(client):
    batch = _run(client, "\n".join([_line("a", BODY), _line("b", {**BODY, "model": "other"}), _line("c", BODY)]))
    assert batch["status"] == "completed" and batch["metadata"] == {"who": "me"}
    assert batch["request_counts"] == {"total": 3, "completed": 2, "failed": 1}
    results = _results(client, batch)
    direct = client.post("/v1/chat/completions", json=BODY).get_json()
    assert results["a"]["response"]["body"] == direct
    assert results["b"]["response"]["status_code"] == 404


def test_a_file_of_another_form_fails_as_a_whole(client):
    batch = _run(client, "not json")
    assert batch["status"] == "failed" and batch["errors"]["data"][0]["message"]


def test_faults_reach_the_lines():
    client = make_app(ServerSettings(faults={"500": 0.3, "hang": 0.2}, seed=3)).test_client()
    bodies = {str(number): {**BODY, "seed": number} for number in range(30)}
    batch = _run(client, "\n".join(_line(key, body) for key, body in bodies.items()))
    assert batch["status"] == "expired"
    results = _results(client, batch)
    assert set(results) == set(bodies)
    codes = [(one["response"] or {}).get("status_code", (one["error"] or {}).get("code")) for one in results.values()]
    assert set(codes) == {200, 500, "batch_expired"}


def test_batches_are_listed_newest_first_and_can_be_cancelled():
    client = make_app(ServerSettings(latency=30)).test_client()
    upload = client.post("/v1/files", data={"file": (io.BytesIO(_line("a", BODY).encode()), "x")}).get_json()
    names = [
        client.post("/v1/batches", json={"input_file_id": upload["id"], "endpoint": "/v1/chat/completions"}).get_json()[
            "id"
        ]
        for _ in range(2)
    ]
    listed = client.get("/v1/batches?limit=1").get_json()
    assert [one["id"] for one in listed["data"]] == [names[1]] and listed["has_more"]
    assert [one["id"] for one in client.get(f"/v1/batches?after={names[1]}").get_json()["data"]] == [names[0]]
    assert client.post(f"/v1/batches/{names[0]}/cancel").get_json()["status"] == "cancelled"


@pytest.mark.parametrize(("path", "body"), [("/v1/batches", {}), ("/v1/batches", {"endpoint": "/v1/chat/completions"})])
def test_wrong_requests_are_refused(client, path, body):
    assert client.post(path, json=body).status_code in (400, 404)
    assert client.post("/v1/files", data={}).status_code == 400
    assert client.get("/v1/files/none/content").status_code == 404
    assert client.get("/v1/batches/none").status_code == 404
