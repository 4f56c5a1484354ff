"""The state a solution left is compared with the golden one: whatever the ids, the route and the order."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.golden_answers import gold_calls
from toolalpaca.evaluation.golden_run import GoldenRun
from toolalpaca.evaluation.scorers.state import state_verdict
from toolalpaca.simulator.engine import InProcessSimulator

ROOT = Path(__file__).resolve().parents[4]


@cache
def _records() -> dict[str, Any]:
    records = json.loads((ROOT / "data" / "eval_simulated.json").read_text(encoding="utf-8"))
    return {record["Name"]: record for record in records}


def _steps(name: str, place: int, *, seed: int = 0) -> list[list[Any]]:
    """What a solution's steps look like that follows the golden calls, in a simulator with another seed."""
    record = _records()[name]
    run = GoldenRun(record, place, InProcessSimulator([record], seed=seed))
    assert list(run.problems(gold_calls(record["Golden_Answers"][place]))) == []
    return [_step(step.function, step.arguments, step.body, step.status) for step in run.steps]


def _step(function: str, arguments: dict[str, Any], body: Any, status: int = 200) -> list[Any]:
    seen = f"Status Code: {status}. Response: {json.dumps(body)}"
    return [[function, json.dumps(arguments), f"Action: {function}"], seen]


def _verdict(name: str, place: int, steps: list[list[Any]]):
    record = _records()[name]
    case = Case(record, place, record["Instructions"][place],
                {"input": "", "output": "Done.", "intermediate_steps": steps}, record["Golden_Answers"][place])
    return state_verdict(case, InProcessSimulator([record]))


@pytest.mark.parametrize("name", ["Greenbuild", "Setlist Studio", "Keyring Gate", "Boxroom", "Satoshi Scales",
                                  "Who's Laughing?", "Fairground", "Minutes / Notes"])
def test_following_the_golden_calls_in_another_world_ends_in_the_same_state(name):
    for place in range(len(_records()[name]["Instructions"])):
        found = _verdict(name, place, _steps(name, place, seed=5))
        assert found.agrees, (name, place, found)


def test_a_write_left_out_one_too_many_and_one_on_the_wrong_thing():
    steps = _steps("Greenbuild", 4, seed=5)
    assert _verdict("Greenbuild", 4, steps).writes
    left_out = _verdict("Greenbuild", 4, steps[:-1])
    assert not left_out.agrees and "not created: build" in left_out.found[0] and "main" in left_out.found[0]
    again = _step("startBuild", {"project": "harvest-app", "branch": "main"}, {"buildId": 9}, 201)
    extra = _verdict("Greenbuild", 4, [*steps, again])
    assert [line.split(":")[0] for line in extra.found] == ["created in excess"]
    wrong = [steps[0], _step("cancelBuild", {"buildId": 4}, {"buildId": 4, "state": "cancelled"}), steps[2]]
    assert not _verdict("Greenbuild", 4, wrong).agrees


def test_order_and_route_do_not_matter():
    steps = _steps("Greenbuild", 4)
    assert _verdict("Greenbuild", 4, [steps[2], steps[0], steps[1]]).agrees
    other_route = [_step("listBuilds", {"project": "harvest-app"}, [
        {"buildId": 31, "project": "harvest-app", "state": "failed"},
        {"buildId": 32, "project": "harvest-app", "state": "running"}]),
        _step("cancelBuild", {"buildId": 32}, {"buildId": 32, "state": "cancelled"}), steps[2]]
    assert _verdict("Greenbuild", 4, other_route).agrees
    assert not _verdict("Greenbuild", 4, [other_route[0], _step("cancelBuild", {"buildId": 31}, {}), steps[2]]).agrees


def test_what_only_reads_must_leave_nothing_behind():
    record = _records()["Greenbuild"]
    place = next(place for place, golden in enumerate(record["Golden_Answers"])
                 if all(call["Action"].startswith(("list", "get")) for call in golden))
    assert _verdict("Greenbuild", place, _steps("Greenbuild", place)).agrees
    assert not _verdict("Greenbuild", place, _steps("Greenbuild", 4)).agrees
    refused = [_step("cancelBuild", {"buildId": 4}, {"error": "no"}, 404)]
    assert _verdict("Greenbuild", place, refused).agrees, "a refused call changes nothing"


def test_what_the_user_was_asked_for_may_be_anything():
    steps = [_step("startBuild", {"project": "any-of-them", "branch": "rc-2025-10"}, {"buildId": 5}, 201)]
    assert _verdict("Greenbuild", 1, steps).agrees
    steps = [_step("startBuild", {"project": "any-of-them", "branch": "main"}, {"buildId": 5}, 201)]
    assert not _verdict("Greenbuild", 1, steps).agrees


def test_without_a_golden_answer_there_is_no_verdict():
    record = _records()["Greenbuild"]
    assert state_verdict(Case(record, 0, "", {"input": "", "output": ""}, None), InProcessSimulator([record])) is None


def test_lists_whose_items_the_user_gave_and_lists_in_another_order():
    golden = _steps("Postroom", 4)
    sent = json.loads(golden[-1][0][1])
    steps = [_step("sendMail", {**sent, "to": ["bonnie@somewhere.example"]}, {"mailId": "mail_1"}, 202)]
    assert _verdict("Postroom", 4, steps).agrees, "the golden answer leaves the address to the user's words"
    two = [_step("sendMail", {**sent, "to": ["bonnie@somewhere.example", "b@c.example"]}, {"mailId": "mail_1"}, 202)]
    assert not _verdict("Postroom", 4, two).agrees
