"""What was known before a call."""

import pytest

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.facts.evidence import ConversationEvidence
from toolalpaca.matching.facts.known import Known
from toolalpaca.matching.facts.recovery import Outcome, outcome_of


def known_before(place: int, *turns: int) -> list[int]:
    calls = [PredictedCall(number, "look", {}, "Status Code: 200. Response: {}", turn)
             for number, turn in enumerate(turns)]
    return [one.call.place for one in ConversationEvidence("Look.", calls).before(place).results]


def test_the_results_of_earlier_turns_are_known_and_those_of_the_same_are_not() -> None:
    assert known_before(3, 1, 2, 2, 2, 3) == [0]
    assert known_before(4, 1, 2, 2, 2, 3) == [0, 1, 2, 3]


def test_calls_whose_turns_are_not_known_came_one_after_the_other() -> None:
    assert known_before(2, 0, 0, 0) == [0, 1]


@pytest.mark.parametrize(("status", "body", "found_nothing", "outcome"), [
    (404, '{"error": "no"}', True, Outcome.NOTHING), (410, '{"error": "gone"}', True, Outcome.NOTHING),
    (200, "[]", True, Outcome.RESULT), (200, '["a"]', False, Outcome.RESULT),
    (403, '{"error": "no"}', False, Outcome.REFUSED), (500, "{}", False, Outcome.INFRASTRUCTURE)])
def test_what_found_nothing(status: int, body: str, found_nothing: bool, outcome: Outcome) -> None:
    call = PredictedCall(0, "look", {}, f"Status Code: {status}. Response: {body}", 1)
    [shown] = ConversationEvidence("Look.", [call]).shown
    assert (shown.found_nothing, outcome_of(call)) == (found_nothing, outcome)


@pytest.mark.parametrize("value", ["1" + 400 * "0", "1e308", "Infinity", "NaN", '"1e999"',
                                   '"9999-12-31T23:59:00-05:00"', '"0001-01-01T00:00:00Z"'])
def test_a_value_that_is_too_large_for_a_number_or_a_calendar_is_none(value: str) -> None:
    call = PredictedCall(0, "look", {}, f'Status Code: 200. Response: [{{"at": {value}, "delay": {value}}}]', 1)
    evidence = ConversationEvidence("Until 31 December 9999, in UTC or Paris.", [call]).before(1)
    known = Known(evidence)
    assert known.durations is not None and known.local_moments == [] and known.told_counts == []
