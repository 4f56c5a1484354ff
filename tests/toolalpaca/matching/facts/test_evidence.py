"""What was known before a call."""

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.facts.evidence import ConversationEvidence


def known_before(place: int, *turns: int) -> list[int]:
    calls = [PredictedCall(number, "look", {}, "Status Code: 200. Response: {}", turn)
             for number, turn in enumerate(turns)]
    return [one.call.place for one in ConversationEvidence("Look.", calls).before(place).results]


def test_the_results_of_earlier_turns_are_known_and_those_of_the_same_are_not() -> None:
    assert known_before(3, 1, 2, 2, 2, 3) == [0]
    assert known_before(4, 1, 2, 2, 2, 3) == [0, 1, 2, 3]


def test_calls_whose_turns_are_not_known_came_one_after_the_other() -> None:
    assert known_before(2, 0, 0, 0) == [0, 1]
