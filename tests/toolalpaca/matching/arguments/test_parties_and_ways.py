"""People and distances as they are told: those who come on top, both ways of a trip, one price for each kind of people,
a unit of time that is only a rate."""

from typing import Any

import pytest
from short_conversations import transcript_of

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.facts.evidence import ConversationEvidence
from toolalpaca.matching.language import choices


@pytest.mark.parametrize(("told", "name", "right", "wrong"), [
    ("A table for me and six others, please", "guests", 7, 6),
    ("Soup for the three of us plus Aunt Mary", "portions", 4, 3),
    ("There are five of us and two friends", "persons", 7, 5),
    ("the two of us plus my neighbour want to row", "seats", 3, 2),
    ("We drive to the lake and back, 45 km each way", "distanceKm", 90, 45),
    ("It's 12 miles there, so a round trip", "miles", 24, 36),
])
def test_all_people_and_both_ways(told: str, name: str, right: int, wrong: int) -> None:
    evidence = transcript_of(told).whole()
    assert [*ungrounded({name: right}, Documented(), evidence)] == []
    assert [*ungrounded({name: wrong}, Documented(), evidence)] == [(name, wrong)]


def test_the_kinds_of_people_are_asked_for_one_after_the_other() -> None:
    schemas = {"rider": {"type": "string", "enum": ["adult", "child", "pensioner"]}}
    told = "What do two adults and my old aunt pay?"
    earlier = [PredictedCall(0, "fare", {"rider": "adult"}, 'Status Code: 200. Response: {"price": 4}')]
    for calls, found in ((earlier, []), ([], [("rider", "pensioner")])):
        evidence = ConversationEvidence(told, calls).before(len(calls))
        assert [*ungrounded({"rider": "pensioner"}, Documented(schemas), evidence)] == found


@pytest.mark.parametrize(("told", "found"), [
    ("How much water do we use per day on average in May?", []),
    ("Give me the water we used each day in May", [("interval", "month")]),
])
def test_a_mean_rate_chooses_no_step(told: str, found: list[Any]) -> None:
    schemas = {"interval": {"type": "string", "enum": ["day", "week", "month"]}}
    assert [*ungrounded({"interval": "month"}, Documented(schemas), transcript_of(told).whole())] == found


@pytest.mark.parametrize(("told", "value", "options", "verdict"), [
    ("the 2.5 kind", "pm10", ["pm10", "pm25"], choices.OTHER),
    ("A dent in the back, on the left", "rear_right", ["front_left", "rear_left", "rear_right"], choices.OTHER),
    ("A dent in the back, on the left", "rear_left", ["front_left", "rear_left", "rear_right"], choices.GIVEN),
    ("Call me back, I left it", "front", ["front", "rear"], choices.UNSAID),
])
def test_choices_that_differ_in_a_part(told: str, value: str, options: list[str], verdict: str) -> None:
    assert choices.verdict(value, options, [told]) == verdict
