"""Choices of an enum in answers, held against the one that the results show."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.other_choices import documented_choices, other_choices

CHOICES = {"roomType": frozenset({"single", "double", "family_room"}), "state": frozenset({"open", "paid"})}


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("Book room 4", "Your single room is booked.", True), ("Book room 4", "Your double room is booked.", False),
    ("Book room 4", "It's booked as a family room.", True), ("Book room 4", "It is a double, not a single.", False),
    ("Book room 4, a single", "Your single room is booked.", False), ("Book room 4", "It is booked.", False)])
def test_another_choice_than_was_shown(told: str, answer: str, is_wrong: bool) -> None:
    known = known_of(told, answer, ("book", {"room": 4}, {"roomType": "double", "room": 4}))
    assert bool(list(other_choices(answer, known, CHOICES))) is is_wrong


def test_choices_of_a_document() -> None:
    parameter = {"name": "sort", "schema": {"type": "string", "enum": ["asc", "desc"]}}
    answer = {"schema": {"properties": {"state": {"enum": ["open", "paid"]}, "rank": {"enum": [1, 2]}}}}
    document = {"paths": {"/x": {"get": {"parameters": [parameter], "responses": {"200": answer}}}}}
    assert documented_choices(document) == {"sort": {"asc", "desc"}, "state": {"open", "paid"}, "rank": frozenset()}


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("Is coach 9 running on time?", "Yes, coach 9 is on time.", True),
    ("Is coach 9 running on time?", "No, it is delayed.", False),
    ("I was on time for coach 9. Where is it?", "You were on time.", False)])
def test_a_state_that_was_only_asked_about(told: str, answer: str, is_wrong: bool) -> None:
    states = {"state": frozenset({"on_time", "delayed", "withdrawn"})}
    known = known_of(told, answer, ("getCoach", {"coach": 9}, {"coach": 9, "state": "delayed"}))
    assert bool(list(other_choices(answer, known, states))) is is_wrong
