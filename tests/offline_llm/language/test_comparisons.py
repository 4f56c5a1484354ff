"""Answers to comparing questions."""

from offline_llm.language.comparisons import Comparison, answered


def lowest(*prices: float, kind: str = "lowest") -> str:
    cards = {"cards": [{"cardName": "Dark Magician", "price": price} for price in prices]}
    return answered(Comparison(kind, "price"), [("", cards)])


def test_the_only_entry_is_the_lowest() -> None:
    assert lowest(33.5) == "There is only one, Dark Magician; its price is 33.5."
    assert lowest().startswith("The results do not give the price")
    assert lowest(33.5, kind="difference").startswith("The results do not give the price")
