"""The currency that people spoke of, against that of a call or of its result."""

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.currencies import other_currencies
from toolalpaca.matching.arguments.given_values import GivenParameter

PARAMETERS = {"priceLamp": [GivenParameter("lampId", {}), GivenParameter("ccy", {"type": "string"})]}


def found(told: str, given: dict[str, object], shown: str, answer: str = "Here it is.") -> list[str]:
    transcript = transcript_of(told, ("priceLamp", {"lampId": 4, **given}, {"price": 30, "ccy": shown}))
    return list(other_currencies(transcript.shown, transcript.whole(), PARAMETERS, answer))


@pytest.mark.parametrize(("told", "asked"), [
    ("What is lamp 4 in kroner?", "DKK"), ("What is lamp 4 in Swiss francs?", "CHF"), ("Under 40 dollars?", "CAD"),
    ("I pay in rupees, or in yen.", "JPY"), ("What is lamp 4?", "SEK"), ("£20 at most!", "GBP"),
    ("It was 20 euros; what is that in zloty?", "PLN"),
    ("I have 2.5 bitcoin, how many yen is that?", "JPY"), ("Lamp 4, 2 pounds heavy, to Oslo.", "NOK"),
])
def test_a_currency_that_was_spoken_of(told: str, asked: str) -> None:
    assert not found(told, {"ccy": asked}, asked)


@pytest.mark.parametrize(("told", "asked"), [
    ("What is lamp 4 in kroner?", "EUR"), ("What is lamp 4 in Swiss francs?", "SEK"), ("Under 40 dollars?", "GBP"),
    ("£20 at most!", "EUR"), ("It was 20 euros; what is that in zloty?", "HUF"),
])
def test_another_one(told: str, asked: str) -> None:
    assert found(told, {"ccy": asked}, asked)


@pytest.mark.parametrize(("told", "shown", "answer", "is_wrong"), [
    ("What is lamp 4 in zloty?", "EUR", "It's €30.", True), ("What is lamp 4 in zloty?", "PLN", "It's 30.", False),
    ("What is lamp 4 in zloty?", "EUR", "About 130 zloty.", False), ("What is lamp 4?", "EUR", "It's €30.", False),
])
def test_one_that_was_left_open(told: str, shown: str, answer: str, is_wrong: bool) -> None:
    assert bool(found(told, {}, shown, answer)) is is_wrong
