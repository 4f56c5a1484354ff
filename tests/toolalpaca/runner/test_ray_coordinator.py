"""What several actors share at the desk, with seats in one process and no Ray."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from toolalpaca.core.errors import StageStopped
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.usage import Price
from toolalpaca.runner.ray_coordinator import Desk, DeskStore, Seat

URL = "http://127.0.0.1:9/v1"
USAGE = {"in": 10, "out": 5, "cached": 0}


def desk(folder: Path, **limits: Any) -> Desk:
    return Desk(folder, "stage", {"writer": (RoleSettings(role="writer", model="m", base_url=URL, **limits),
                                             Price(1.0, 1.0, 1.0))})


def seat(at: Desk, number: int) -> Seat:
    lock = threading.Lock()  # the desk's own process has one thread

    def ask(method: str, *arguments: Any) -> Any:
        with lock:
            return getattr(at, method)(*arguments)

    return Seat(number, ask)


def settings(**limits: Any) -> RoleSettings:
    return RoleSettings(role="writer", model="m", base_url=URL, **limits)


def test_what_one_actor_stored_another_finds(tmp_path: Path) -> None:
    shared = desk(tmp_path)
    first, second = DeskStore(seat(shared, 1)), DeskStore(seat(shared, 2))
    assert first.once("key", stage="stage", record="r", make=lambda: {"a": 1}) == {"a": 1}
    assert second.once("key", stage="stage", record="r", make=lambda: pytest.fail("made twice")) == {"a": 1}


def test_a_refusal_met_by_one_actor_slows_all_down(tmp_path: Path) -> None:
    shared = desk(tmp_path)
    seats = [seat(shared, number) for number in (1, 2)]
    paces = [one.endpoint(settings(), 16).pace for one in seats]
    with paces[0].slot() as started, paces[0].slot(), paces[1].slot(), paces[1].slot():
        paces[0].limited(started, 0.3)
        DeskStore(seats[1]).get("anything")
        assert [pace.limit for pace in paces] == [1.0, 1.0]
    began = time.monotonic()
    with paces[1].slot():
        assert 0.2 < time.monotonic() - began < 5


def test_refusals_of_calls_that_were_under_way_together_count_once(tmp_path: Path) -> None:
    shared = desk(tmp_path)
    first, second = seat(shared, 1), seat(shared, 2)
    paces = [first.endpoint(settings(), 64).pace, second.endpoint(settings(), 64).pace]
    for pace in paces:
        pace.in_flight = 32
    started = time.monotonic()
    time.sleep(0.01)
    paces[0].limited(started, None)
    DeskStore(second).get("anything")
    paces[1].limited(started, None)  # left before the first refusal was known
    DeskStore(first).get("anything")
    assert [pace.limit for pace in paces] == [16.0, 16.0]
    for _ in range(200):
        paces[0].succeeded()
    assert paces[0].limit == 64.0


def test_a_ceiling_holds_for_all_actors_together(tmp_path: Path) -> None:
    shared = desk(tmp_path, requests_per_minute=3)
    seats = [seat(shared, number) for number in (1, 2)]
    paces = [one.endpoint(settings(requests_per_minute=3), 16).pace for one in seats]
    for pace in (paces[0], paces[1], paces[0]):
        with pace.slot():
            pass
    assert all(one.ask("admit", URL, 1) > 50 for one in seats)


def test_a_budget_holds_for_all_actors_together_and_outlives_one(tmp_path: Path) -> None:
    shared = desk(tmp_path, max_calls=3)
    terms = {"writer": (settings(max_calls=3), Price(1.0, 1.0, 1.0))}
    first, second = (seat(shared, number).budgets(terms)["writer"] for number in (1, 2))
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
    budget = seat(desk(tmp_path), 1).budgets({"writer": (settings(), None)})["writer"]
    assert budget.unlimited and type(budget).__name__ == "Budget"
