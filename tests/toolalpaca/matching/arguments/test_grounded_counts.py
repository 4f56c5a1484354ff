"""Numbers of things and people that follow from what results show, each with one that does not."""

from typing import Any

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.grounding import Documented, ungrounded

TILES = {"sku": "TL-4", "boxSize": 8, "price": 21.5}
SHELF = {"item": "TN-9", "onHand": 31, "reserved": 4, "available": 27}
TABLE = {"table": "T-6", "guests": 4, "time": "19:30"}


@pytest.mark.parametrize(("told", "body", "name", "right", "wrong"), [
    ("I need 30 tiles, they come in full boxes only", TILES, "quantity", 32, 40),
    ("I need 30 tiles, how many boxes is that? Order them", TILES, "qty", 4, 5),
    ("Take all the tents that are left", SHELF, "quantity", 27, 26),
    ("Reserve 40 tents, or as many as they have", SHELF, "quantity", 27, 30),
    ("My cousin is coming along too", TABLE, "guests", 5, 6),
    ("My parents will join us", TABLE, "guests", 6, 7),
    ("My brother can't make it any more", TABLE, "guests", 3, 2),
])
def test_how_many_there_are_to_be(told: str, body: Any, name: str, right: int, wrong: int) -> None:
    evidence = transcript_of(told, ("look", {}, body)).whole()
    assert [*ungrounded({name: right}, Documented(), evidence)] == []
    assert [*ungrounded({name: wrong}, Documented(), evidence)] == [(name, wrong)]


@pytest.mark.parametrize(("told", "name", "right", "wrong"), [
    ("Who teaches 9C?", "year", 9, 3),
    ("We meet on 14C", "floor", 14, 16),
    ("A flat for 240 grand at most", "price", 240_000, 240),
    ("They put 3 lakh into it", "amount", 300_000, 3_000),
])
def test_numbers_with_a_letter_or_a_word_for_thousands(told: str, name: str, right: int, wrong: int) -> None:
    evidence = transcript_of(told).whole()
    assert [*ungrounded({name: right}, Documented(), evidence)] == []
    assert [*ungrounded({name: wrong}, Documented(), evidence)] == [(name, wrong)]


@pytest.mark.parametrize(("text", "is_given"), [
    ("Green umbrella with a wooden handle, lost at 18:40 on 3 May 2027", True),
    ("Green umbrella with a wooden handle, lost at 19:40 on 3 May 2027", False),
    ("Green umbrella with a wooden handle, lost at 18:40 on 4 May 2027", False),
])
def test_a_text_writes_times_and_days_in_its_own_way(text: str, is_given: bool) -> None:
    told = "I left a green umbrella (wooden handle) on the tram on the 3rd of May 2027, twenty to seven pm. Report it."
    found = [*ungrounded({"description": text}, Documented(), transcript_of(told).whole())]
    assert (found == []) is is_given


def test_a_call_for_each_of_several_choices() -> None:
    told = "Any vacancies in radiology? And what about somewhere for my eyes?"
    schemas = {"unit": {"type": "string", "enum": ["radiology", "ophthalmology", "surgery"]}}
    first = transcript_of(told, ("find", {}, [])).whole()
    second = transcript_of(told, ("find", {"unit": "radiology"}, [{"slot": 3}])).whole()
    assert [*ungrounded({"unit": "ophthalmology"}, Documented(schemas), first)] == [("unit", "ophthalmology")]
    assert [*ungrounded({"unit": "ophthalmology"}, Documented(schemas), second)] == []
