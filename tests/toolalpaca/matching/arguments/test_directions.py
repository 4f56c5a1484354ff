"""From and to: arguments as people named them, and the other way round."""

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.directions import swapped


def found(told: str, **arguments: object) -> list[str]:
    return list(swapped(arguments, transcript_of(told).whole()))


@pytest.mark.parametrize(("told", "start", "goal"), [
    ("How do I get from Lyon to Marseille?", "Lyon", "Marseille"),
    ("Take me to Marseille, leaving from Lyon.", "Lyon", "Marseille"),
    ("I am going to Bergen from Oslo.", "Oslo", "Bergen"),
    ("Lyon and Marseille, please.", "Marseille", "Lyon"),
])
def test_the_way_people_said(told: str, start: str, goal: str) -> None:
    assert found(told, origin=start, destination=goal) == []


@pytest.mark.parametrize(("told", "start", "goal"), [
    ("How do I get from Lyon to Marseille?", "Marseille", "Lyon"),
    ("Take me to Marseille, leaving from Lyon.", "Marseille", "Lyon"),
    ("I am going to Bergen from Oslo.", "Bergen", "Oslo"),
])
def test_the_other_way_round(told: str, start: str, goal: str) -> None:
    assert found(told, origin=start, destination=goal) == [f"origin {start!r}, destination {goal!r}"]


def test_currencies_by_code_and_by_amount() -> None:
    assert found("Turn 40 GBP into CHF.", base="GBP", quote="CHF") == []
    assert found("Turn 40 GBP into CHF.", base="CHF", quote="GBP")


def test_arguments_without_a_direction_are_no_pair() -> None:
    assert found("Send it from Ann to Bob.", sender="Ann") == []
    assert found("Send it from Ann to Bob.", title="Bob", text="Ann") == []


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The parcel has moved from Lyon to Marseille.", False), ("The parcel has moved from Marseille to Lyon.", True),
    ("The parcel is on its way.", False),
])
def test_an_answer_that_tells_the_other_way_round(answer: str, is_wrong: bool) -> None:
    evidence = transcript_of("Send it on.").whole()
    assert bool(list(swapped({"from": "Lyon", "to": "Marseille"}, evidence, [answer]))) is is_wrong
