"""Values that follow from another argument of the same call: the unit of an amount, the language of a text. Each with
one like it that does not."""

from typing import Any

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.grounding import Documented, ungrounded

UNITS = {"unit": {"type": "string", "enum": ["kg", "g", "lb", "l", "ml", "mmhg", "piece"]}}


@pytest.mark.parametrize(("told", "arguments", "right", "wrong"), [
    ("Half a pound of ham and a pint of cream, please", {"amount": 226.8}, "g", "kg"),
    ("A quarter of a litre of cream and two kilos of flour", {"amount": 250}, "ml", "l"),
    ("two dozen rolls and a kilo of cheese", {"amount": 24}, "piece", "kg"),
    ("My blood pressure was 128. And I weigh 70 kilos.", {"value": 128}, "mmhg", None),
    ("Put 148 lbs down for me", {"weight": 148}, "lb", "kg"),
])
def test_the_unit_of_an_amount(told: str, arguments: dict[str, Any], right: str, wrong: str | None) -> None:
    evidence = transcript_of(told).whole()
    assert [*ungrounded({**arguments, "unit": right}, Documented(UNITS), evidence)] == []
    if wrong:
        assert ("unit", wrong) in [*ungrounded({**arguments, "unit": wrong}, Documented(UNITS), evidence)]


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("I paid £18.20 for four of them", "GBP", "EUR"), ("it was 340 kronor for the four", "SEK", "USD"),
])
def test_the_currency_of_a_price(told: str, right: str, wrong: str) -> None:
    currencies = {"currency": {"type": "string", "enum": ["EUR", "USD", "GBP", "SEK"]}}
    paid = {"paid": 18.2 if right == "GBP" else 340, "pieces": 4}
    for code, found in ((right, []), (wrong, [("currency", wrong)])):
        evidence = transcript_of(told).whole()
        assert [*ungrounded({**paid, "currency": code}, Documented(currencies), evidence)] == found


@pytest.mark.parametrize(("told", "arguments", "open_one"), [
    ("What's another word for 'stubborn'? A short one would do.", {"term": "stubborn", "lang": "en"}, "lang"),
    ("How do I say 'thimble' in Finnish?", {"text": "thimble", "source": "en", "target": "fi"}, "source"),
    ("What does this sign say: \"Zutritt verboten\"?", {"text": "Zutritt verboten", "from": "de", "to": "en"}, "from"),
])
def test_the_language_of_the_user_or_of_a_text(told: str, arguments: dict[str, Any], open_one: str) -> None:
    assert [*ungrounded(arguments, Documented(), transcript_of(told).whole())] == []
    named = transcript_of(told + " It has to be Estonian.").whole()
    assert (open_one, arguments[open_one]) in [*ungrounded(arguments, Documented(), named)]
