"""Values right after the name of a field."""

import pytest
from short_conversations import Call, known_of

from toolalpaca.matching.answers.named_values import other_numbers, other_words

BOATS: Call = ("listBoats", {}, [{"name": "Elsa", "berths": 6, "seatCount": 4, "draughtMetres": 1.8, "price": 900},
                                 {"name": "Nora", "berths": 8, "seatCount": 5, "draughtMetres": 2.1, "price": 700}])


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Elsa (berths 6, seat count 4); Nora (berths 8, seat count 5).", False),
    ("Elsa (berths 6, seat count 7); Nora (berths 8, seat count 5).", True),
    ("The seat count is 5.", False), ("The seat count is 9.", True), ("She has berths 12 to 14 free.", False),
    ("The seat count is 9 in all of them together, 4 and 5.", True), ("The price is 800 on average.", False),
    ("Elsa, draught metres 1.8.", False), ("Elsa, draught metres 1.2.", True),
    ("Their berths: 14 together.", False), ("The seat count is 12, as you said.", False),
])
def test_a_number_that_no_result_shows_under_its_name(answer: str, is_wrong: bool) -> None:
    assert bool(list(other_numbers(answer, known_of("Which boat seats 12?", answer, BOATS)))) is is_wrong


FERRY: Call = ("getCrossing", {"id": 4}, {"sea": "calm", "queue": "short", "vessel": "Elsa"})


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The sea is calm and the queue short.", False), ("The sea is rough.", True), ("Sea rough, queue short.", True),
    ("The queue is long, I fear.", True), ("The sea is fine.", False), ("The vessel is ready.", False),
    ("The sea is calm, the queue is short and the vessel is lantern.", True),
    ("The sea is calm, the queue is short and the vessel is Elsa.", False), ("At sea and on land.", False),
    ("The sea is calm. crew: lantern; Elsa.", True), ("As you like: sail; row.", False),
    ("The sea is as you want it.", False),
])
def test_a_word_that_no_result_shows_under_its_name(answer: str, is_wrong: bool) -> None:
    assert bool(list(other_words(answer, known_of("How is the crossing?", answer, FERRY)))) is is_wrong
