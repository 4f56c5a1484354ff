"""Recorded answers: given again for the same request after the same conversation, and for no other."""

import pytest

ONE, TWO = {"X-Simulator-Session": "one"}, {"X-Simulator-Session": "two"}


def _weather(temperature: int) -> str:
    return f'Status Code: 200\nResponse: {{"city": "Rome", "temperature": {temperature}}}'


def test_a_run_is_repeated_exactly(make_client, make_teacher):
    def run(client, headers):
        pets = [client.post("/Pets/pets", json={"name": "Tom"}, headers=headers) for _ in range(2)]
        listed = client.get("/Pets/pets", headers=headers)
        path = f"/Pets/pets/{pets[0].get_json()['id']}"
        later = [client.delete(path, headers=headers), client.get(path, headers=headers),
                 client.get("/Pets/pets", headers=headers)]
        return [answer.get_data() for answer in (*pets, listed, *later)]

    first = run(make_client(["schema"], seed=1), ONE)
    assert run(make_client(["replay"], seed=2), TWO) == first
    assert run(make_client(["schema"], seed=2), TWO) != first


def test_what_was_asked_before_counts(make_client, make_teacher):
    client = make_client(["llm"], make_teacher(_weather(1), _weather(2), _weather(3)))
    client.get("/Pets/weather?city=Rome", headers=ONE)
    client.get("/Pets/weather?city=Oslo", headers=TWO)
    client.get("/Pets/weather?city=Rome", headers=TWO)
    again = make_client(["replay"])
    assert again.get("/Pets/weather?city=Rome", headers=ONE).get_json()["temperature"] == 1
    assert again.get("/Pets/weather?city=Oslo", headers=TWO).get_json()["temperature"] == 2
    assert again.get("/Pets/weather?city=Rome", headers=TWO).get_json()["temperature"] == 3
    assert again.get("/Pets/weather?city=Rome").get_json()["temperature"] == 1, "nothing was asked before"


def test_replay_without_a_model_says_what_is_missing(make_client):
    answer = make_client(["replay"]).get("/Pets/weather?city=Rome")
    assert (answer.status_code, answer.headers["X-Simulator-Error"]) == (404, "replay-miss")
    assert "X-Simulator-Source" not in answer.headers
    assert make_client(["replay"]).get("/Pets/weather").status_code == 400, "checks come first"


@pytest.mark.parametrize("headers", [{}, ONE])
def test_a_miss_falls_through_and_is_recorded(make_client, make_teacher, headers):
    teacher = make_teacher(_weather(4))
    client = make_client(["replay", "llm"], teacher)
    assert client.get("/Pets/weather?city=Rome", headers=headers).headers["X-Simulator-Source"] == "llm"
    other = make_client(["replay", "llm"], teacher).get("/Pets/weather?city=Rome", headers=headers)
    assert other.headers["X-Simulator-Source"] == "cache" and len(teacher.asked) == 1


def test_failures_are_not_recorded(make_client, make_teacher):
    from toolalpaca.core.errors import FailureKind, RecordError

    failing = make_client(["llm"], make_teacher(RecordError(FailureKind.TIMEOUT, "no answer")))
    assert failing.get("/Pets/weather?city=Rome", headers=ONE).status_code == 503
    assert make_client(["replay"]).get("/Pets/weather?city=Rome", headers=ONE).status_code == 404
