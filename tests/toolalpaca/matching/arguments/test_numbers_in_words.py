"""Numbers as people put them: with halves and thousands, with a unit left out, in pounds for pence."""

from typing import Any

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.grounding import Documented, ungrounded


def is_known(told: str, name: str, value: Any) -> bool:
    return not [*ungrounded({name: value}, Documented(), transcript_of(told).whole())]


@pytest.mark.parametrize(("told", "name", "right", "wrong"), [
    ("a suitcase of 4 and a half kilos", "weightGrams", 4500, 500),
    ("5 and three quarter litres of paint", "volume_ml", 5750, 5000),
    ("six and a half thousand euros for the boat", "price", 6500, 650),
    ("one and a half million crowns", "budget", 1500000, 1000000),
    ("a quarter million dollars", "budget", 250000, 2500000),
    ("two and a half grand for the organ", "price", 2500, 2000),
    ("2 1/2 cups of oats", "cups", 2.5, 2.2),
    ("a 3/4 inch hose", "diameter_in", 0.75, 0.34),
    ("pay her 208 crowns 75 on Monday", "amount", "208.75", "208.57"),
    ("a lamp that was 37 pounds", "claimPence", 3700, 37),
    ("he owes me 37 pounds 20", "amountPence", 3720, 3702),
    ("forty-nine pence a slice", "price", 0.49, 4.9),
    ("nine stone 6", "weight_kg", 59.9, 57.2),
    ("one metre sixty tall", "height_cm", 160, 106),
    ("4 kilos 300 with the box", "grams", 4300, 4030),
    ("5 kg 200 sheets", "grams", 5000, 5200),
])
def test_numbers_in_words(told: str, name: str, right: Any, wrong: Any) -> None:
    assert is_known(told, name, right)
    assert not is_known(told, name, wrong)
