"""Requests that fail on purpose: as many as asked for, the same ones again, and never because of the simulator."""

from collections import Counter

import pytest

from toolalpaca.simulator.engine import InjectedFailures


def _statuses(client, headers):
    return [client.get(f"/Pets/pets/{number}", headers=headers).status_code for number in range(300)]


def test_as_many_fail_as_asked_for_and_the_same_ones_again(make_client):
    client = make_client(failures=InjectedFailures(0.2, seed=3))
    first = _statuses(client, {"X-Simulator-Session": "one"})
    assert first == _statuses(client, {"X-Simulator-Session": "two"})
    failed = Counter(status for status in first if status != 200)
    assert 35 <= failed.total() <= 85 and set(failed) == {404, 429, 500, 504}
    assert 0.3 < failed[404] / failed.total() < 0.7
    other = _statuses(make_client(failures=InjectedFailures(0.2, seed=4)), {"X-Simulator-Session": "one"})
    assert other != first


def test_only_conversations_fail(make_client):
    client = make_client(failures=InjectedFailures(1.0))
    assert client.get("/Pets/pets/1").status_code == 200


def test_what_is_missing_stays_missing_and_what_passed_may_succeed_again(make_client):
    client, headers = make_client(failures=InjectedFailures(0.4)), {"X-Simulator-Session": "one"}
    seen = {number: [client.get(f"/Pets/pets/{number}", headers=headers).status_code for _ in range(8)]
            for number in range(30)}
    missing = [number for number, statuses in seen.items() if 404 in statuses]
    assert missing and all(set(seen[number][seen[number].index(404):]) == {404} for number in missing)
    assert client.get(f"/Pets/pets/{missing[0]}", headers=headers).get_json()["code"] == 404
    passing = [statuses for statuses in seen.values() if statuses[0] in (429, 500, 504)]
    assert passing and any(200 in statuses for statuses in passing)


def test_what_a_conversation_has_seen_is_never_missing(make_client):
    client, headers = make_client(failures=InjectedFailures(0.5)), {"X-Simulator-Session": "one"}
    listed = next(answer.get_json() for _ in range(30) if (answer := client.get("/Pets/pets", headers=headers)
                                                           ).status_code == 200)
    statuses = {client.get(f"/Pets/pets/{one['id']}", headers=headers).status_code for one in listed for _ in range(10)}
    assert 404 not in statuses


@pytest.mark.parametrize(("kind", "unknown", "statuses"), [
    ("create", False, {409, 429, 500, 504}), ("read", True, {404, 429, 500, 504}), ("list", False, {429, 500, 504})])
def test_how_a_request_can_fail_depends_on_what_it_does(kind, unknown, statuses):
    failures = InjectedFailures(1.0, seed=1)
    assert {failures.status(kind, str(number), "", unknown=unknown) for number in range(200)} == statuses
