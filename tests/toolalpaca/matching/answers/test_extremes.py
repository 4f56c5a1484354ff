"""The largest, the cheapest, the first: right and wrong choices among what was shown."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.extremes import wrong_extremes

TENTS = [{"name": "Alder", "price": 129.0, "weight": 2.4, "released": "2021-03-01"},
         {"name": "Birch", "price": 89.0, "weight": 3.1, "released": "2023-06-15"},
         {"name": "Cedar", "price": 240.0, "weight": 1.2, "released": "2019-09-30"}]


def wrong(answer: str, body: object = TENTS) -> list[str]:
    return list(wrong_extremes(answer, known_of("Which one should I take?", answer, ("listTents", {}, body))))


@pytest.mark.parametrize("answer", [
    "The cheapest tent is Birch.", "Cedar is the lightest of them.", "The most expensive one is Cedar.",
    "Birch is the heaviest.", "Birch is the newest model.", "Alder is the second cheapest.",
    "Alder is one of the cheapest tents.", "Alder, Birch and Cedar are sold in the cheapest shop.",
])
def test_right_extremes(answer: str) -> None:
    assert wrong(answer) == []


@pytest.mark.parametrize(("answer", "best"), [
    ("The cheapest tent is Alder.", "Birch"), ("Birch is the lightest of them.", "Cedar"),
    ("The most expensive one is Alder.", "Cedar"), ("Cedar is the heaviest.", "Birch"),
    ("Alder is the newest model.", "Birch"), ("The OLDEST release is fine, and the priciest is Birch.", "Cedar"),
])
def test_wrong_extremes(answer: str, best: str) -> None:
    found = wrong(answer)
    assert found and best in found[0]


def test_nothing_is_said_of_a_measure_that_was_not_shown() -> None:
    assert wrong("Alder is the tallest.") == []
    assert wrong("The cheapest tent is Alder.", TENTS[:1]) == []


def test_a_superlative_of_a_single_thing_is_none_of_the_list() -> None:
    assert wrong("The steepest part of the way to Birch's shop has 34 degrees.") == []
