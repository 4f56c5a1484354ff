"""Numbers, days and names that follow from what people said, each with one like it that does not."""

from typing import Any

import pytest

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.facts.evidence import ConversationEvidence

CLOCK = PredictedCall(0, "getCurrentDateTime", {}, "2031-05-15 20:51:08, Thursday")


def found(told: str, arguments: dict[str, Any], *calls: PredictedCall) -> list[str]:
    evidence = ConversationEvidence(told, calls).before(len(calls))
    return [name for name, _ in ungrounded(arguments, Documented(), evidence)]


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("from 9:30 to 11", {"minutes": 90}, {"minutes": 80}),
    ("for one more day", {"hours": 24}, {"hours": 48}),
    ("within the coming week", {"days": 7}, {"days": 9}),
    ("a third of them", {"percent": 33}, {"percent": 60}),
    ("paintings of the 17th century", {"fromYear": 1600, "toYear": 1699}, {"fromYear": 1500}),
    ("photos from the 1920s", {"until": "1929-12-31"}, {"until": "1931-12-31"}),
    ("the years 1911-1914", {"until": "1914-12-31"}, {"until": "1915-12-31"}),
    ("three weeks from 6 May 2030", {"to": "2030-05-26"}, {"to": "2030-05-29"}),
    ("all of 6 May 2030", {"until": "2030-05-07T00:00"}, {"until": "2030-05-09T00:00"}),
    ("start it in two minutes", {"delay_s": 120}, {"delay_s": 2}),
    ("take it off at 6 pm or later", {"afterHour": 18}, {"afterHour": 17}),
    ("plate X-YZ 204", {"plate": "XYZ204"}, {"plate": "XYZ240"}),
    ("every Tuesday", {"weekday": "tue"}, {"weekday": "wed"}),
    ("on weekdays", {"days": ["mon", "fri"]}, {"days": ["sat"]}),
    ("a south-west facing wall", {"facing": "SW"}, {"facing": "SE"}),
    ("look at lanterns.example/bins", {"url": "https://lanterns.example/bins"}, {"url": "https://lantern.example/bins"}),
    ("two seats for grown-ups", {"children": 0}, {"children": 1}),
    ("a sack of flour", {"qty": 1}, {"qty": 2}),
    ("number 4017645309814", {"code": 4017645309814}, {"code": 4017645309841}),
    ("any wolves or geese", {"animal": "wolf"}, {"animal": "bear"}),
])
def test_what_follows_and_what_does_not(told: str, right: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert found(told, right) == []
    assert found(told, wrong) == [*wrong]


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("next Tuesday at 11, please", {"start": "2031-05-20T11:00"}, {"start": "2031-05-20T12:00"}),
    ("since this morning", {"since": "2031-05-15T06:00"}, {"since": "2031-05-15T06:20"}),
])
def test_days_and_times_by_the_clock(told: str, right: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert found(told, right, CLOCK) == []
    assert found(told, wrong, CLOCK) == [*wrong]


@pytest.mark.parametrize(("told", "shown", "right", "wrong"), [
    ("half an hour more for it", '{"from": "16:00", "to": "17:00"}', {"minutes": 90}, {"minutes": 100}),
    ("a walk for every night", '{"arrives": "2030-05-16", "leaves": "2030-05-21"}', {"times": 5}, {"times": 7}),
    ("book what is open still", '{"total": 900.0, "paid": 350.0}', {"amount": 550}, {"amount": 560}),
    ("offer 10 euros less than asked", '{"price": 64.0}', {"amount": 54}, {"amount": 55}),
    ("I need 500, order what is missing", '{"qty": 420, "reserved": 50}', {"qty": 130}, {"qty": 120}),
])
def test_one_step_from_what_was_shown(told: str, shown: str, right: dict[str, Any], wrong: dict[str, Any]) -> None:
    earlier = PredictedCall(0, "look", {}, f"Status Code: 200. Response: {shown}")
    assert found(told, right, earlier) == []
    assert found(told, wrong, earlier) == [*wrong]
