"""What several actors share at the coordinator, with clients in one process and no Ray."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from toolalpaca.core.errors import StageStopped
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.usage import Price
from toolalpaca.runner.ray_coordinator import Coordinator, CoordinatorClient, CoordinatorStore

URL = "http://127.0.0.1:9/v1"
USAGE = {"in": 10, "out": 5, "cached": 0}


def coordinator(folder: Path, **limits: Any) -> Coordinator:
    return Coordinator(folder, "stage", {"writer": (RoleSettings(role="writer", model="m", base_url=URL, **limits),
                                                    Price(1.0, 1.0, 1.0))})


def client(at: Coordinator, number: int) -> CoordinatorClient:
    lock = threading.Lock()  # the coordinator's own process has one thread

    def ask(method: str, *arguments: Any) -> Any:
        with lock:
            return getattr(at, method)(*arguments)

    return CoordinatorClient(number, ask)


def settings(**limits: Any) -> RoleSettings:
    return RoleSettings(role="writer", model="m", base_url=URL, **limits)


def test_what_one_actor_stored_another_finds(tmp_path: Path) -> None:
    shared = coordinator(tmp_path)
    first, second = CoordinatorStore(client(shared, 1)), CoordinatorStore(client(shared, 2))
    assert first.once("key", stage="stage", record="r", make=lambda: {"a": 1}) == {"a": 1}
    assert second.once("key", stage="stage", record="r", make=lambda: pytest.fail("made twice")) == {"a": 1}


def test_a_refusal_met_by_one_actor_slows_all_down(tmp_path: Path) -> None:
    shared = coordinator(tmp_path)
    clients = [client(shared, number) for number in (1, 2)]
    limiters = [one.endpoint(settings(), 16).limiter for one in clients]
    with limiters[0].slot() as started, limiters[0].slot(), limiters[1].slot(), limiters[1].slot():
        limiters[0].limited(started, 0.3)
        CoordinatorStore(clients[1]).get("anything")
        assert [limiter.limit for limiter in limiters] == [1.0, 1.0]
    began = time.monotonic()
    with limiters[1].slot():
        assert time.monotonic() - began > 0.2


def test_refusals_of_calls_that_were_under_way_together_count_once(tmp_path: Path) -> None:
    shared = coordinator(tmp_path)
    first, second = client(shared, 1), client(shared, 2)
    limiters = [first.endpoint(settings(), 64).limiter, second.endpoint(settings(), 64).limiter]
    for limiter in limiters:
        limiter.in_flight = 32
    started = time.monotonic()
    time.sleep(0.01)
    limiters[0].limited(started, None)
    CoordinatorStore(second).get("anything")
    limiters[1].limited(started, None)  # left before the first refusal was known
    CoordinatorStore(first).get("anything")
    assert [limiter.limit for limiter in limiters] == [16.0, 16.0]
    for _ in range(200):
        limiters[0].succeeded()
    assert limiters[0].limit == 64.0


def test_a_ceiling_holds_for_all_actors_together(tmp_path: Path) -> None:
    shared = coordinator(tmp_path, requests_per_minute=3)
    clients = [client(shared, number) for number in (1, 2)]
    limiters = [one.endpoint(settings(requests_per_minute=3), 16).limiter for one in clients]
    for limiter in (limiters[0], limiters[1], limiters[0]):
        with limiter.slot():
            pass
    assert all(one.ask("admit", URL, 1) > 50 for one in clients)


def test_a_budget_holds_for_all_actors_together_and_outlives_one(tmp_path: Path) -> None:
    shared = coordinator(tmp_path, max_calls=3)
    terms = {"writer": (settings(max_calls=3), Price(1.0, 1.0, 1.0))}
    first, second = (client(shared, number).budgets(terms)["writer"] for number in (1, 2))
    first.add_earlier(USAGE)
    first.reserve()
    second.reserve()
    with pytest.raises(StageStopped, match="max_calls = 3 of the writer"):
        second.reserve()
    shared.bury(1)  # its call is lost with it, and may be made again
    second.settle(USAGE)
    second.reserve()
    second.settle(USAGE)
    with pytest.raises(StageStopped):
        second.reserve()


def test_a_role_without_limits_asks_nobody(tmp_path: Path) -> None:
    budget = client(coordinator(tmp_path), 1).budgets({"writer": (settings(), None)})["writer"]
    assert budget.unlimited and type(budget).__name__ == "Budget"
