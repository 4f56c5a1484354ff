"""Comparisons in answers against the two values that are compared."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.comparisons import (
    turned_changes,
    turned_differences,
    turned_signs,
)

PARTS = [{"tariff": "Basic", "monthly": 31.0}, {"tariff": "Plus", "monthly": 36.5}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("It is 36.50 a month now, 5.50 more than before.", False),
    ("It is 36.50 a month now, 5.50 less than before.", True),
    ("It is 31.00 a month, 5.50 less than Plus.", False), ("It is 31.00 a month, 5.50 more than Plus.", True),
    ("It is 31.00 a month, 5.50 less than the 36.50 of Plus.", False), ("That makes 5.50 more.", False)])
def test_differences_from_a_value_of_the_same_field(answer: str, is_wrong: bool) -> None:
    known = known_of("What does the change cost me?", answer, ("listTariffs", {}, PARTS))
    assert bool(list(turned_differences(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("March: 420 visitors. April: 357. That is a drop of 15 %.", False),
    ("March: 420 visitors. April: 357. That is a rise of 15 %.", True),
    ("It held 2.4 kg in May and 3.1 kg in June, a gain of 700 grams.", False),
    ("It held 2.4 kg in May and 3.1 kg in June, a loss of 700 grams.", True),
    ("It held 357 in April after 420 in March, a drop of 63.", False),
    ("It went from 420 to 357, so there was no rise of 63.", False)])
def test_changes_between_two_values(answer: str, is_wrong: bool) -> None:
    assert bool(list(turned_changes(answer, known_of("How did it change?", answer)))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("I looked it up: the share changed by -3.48.", False), ("It is up by 3.48.", True), ("It fell by 3.48.", False)])
def test_a_change_that_is_written_with_its_sign(answer: str, is_wrong: bool) -> None:
    known = known_of("How is the share?", answer, ("getShare", {}, {"share": "KLO", "change": -3.48}))
    assert bool(list(turned_signs(answer, known))) is is_wrong
