"""The largest, the cheapest, the first: right and wrong choices among what was shown."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.extremes import turned_comparisons, wrong_extremes

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


CROSSINGS = (("Lomvin", "06:30", "09:10"), ("Tjaldur", "11:00", "12:50"), ("Ternan", "16:45", "19:05"))
BOATS = [{"ship": name, "departs": f"2025-06-11T{start}", "arrives": f"2025-06-11T{end}"}
         for name, start, end in CROSSINGS]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The quickest one is the Tjaldur.", False), ("The quickest one is the Ternan.", True),
    ("The slowest one is the Lomvin.", False), ("The slowest one is the Tjaldur.", True),
])
def test_what_takes_longest_from_its_beginning_to_its_end(answer: str, is_wrong: bool) -> None:
    assert bool(wrong(answer, BOATS)) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Monday was the best of them.", False), ("Tuesday was the best of them.", True),
    ("Wednesday was the worst of them.", False),
])
def test_the_best_by_the_only_number_there_is(answer: str, is_wrong: bool) -> None:
    days = [{"day": day, "yield": value} for day, value in (("Monday", 27.3), ("Tuesday", 21.4), ("Wednesday", 9.8))]
    assert bool(wrong(answer, days)) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Gauge A carries more: 103.1 litres against 84.6 litres at gauge B.", False),
    ("Gauge A carries less: 103.1 litres against 84.6 litres at gauge B.", True),
    ("The Lark is faster, 12 minutes against 20.", False), ("The Lark is slower, 12 minutes compared with 20.", True),
    ("It takes children (12 against 20), which is more than enough.", False),
    ("It is cheaper: €12.50 versus €9.00.", True), ("It is wider but lower: 12 cm against 9 cm.", False)])
def test_comparisons_with_their_own_numbers(answer: str, is_wrong: bool) -> None:
    assert bool(list(turned_comparisons(answer, known_of("Which?", answer)))) is is_wrong
