"""Values as people shorten and describe them, by what the document says of their argument: each with a value like it
that nothing gives."""

from typing import Any

import pytest

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.facts.evidence import ConversationEvidence


def ungiven(told: str, arguments: dict[str, Any], about: str, *results: str) -> list[str]:
    calls = [PredictedCall(place, "look", {}, f"Status Code: 200. Response: {body}")
             for place, body in enumerate(results)]
    function = Documented(descriptions=dict.fromkeys(arguments, about))
    return [name for name, _ in ungrounded(arguments, function, ConversationEvidence(told, calls).before(len(calls)))]


@pytest.mark.parametrize(("told", "name", "about", "right", "wrong"), [
    ("Cancel 5093, please.", "ticketNo", "Ticket, TK- and four digits.", "TK-5093", "TK-5039"),
    ("Cancel 5093, please.", "ticketNo", "Ticket, TK- and four digits.", "TK-5093", "RX-5093"),
    ("Is the Severn in flood?", "stretch", "Name of the river or lake.", "River Severn", "River Avon"),
    ("nought point six litres of the red one", "litres", "", 0.6, 6),
    ("Give Jo a fifth of it.", "part", "Share of the pot, 1000 being all of it.", 200, 20),
    ("Sixteen guests, two rolls each.", "bags", "Bags of 10 rolls.", 4, 5),
    ("I was on the night shift for two and a half hours.", "hours", "Hours worked.", 2.5, 2),
    ("Twenty stamps for Jo", "stamps", "How many.", 20, 12),
])
def test_values_by_their_description(told: str, name: str, about: str, right: Any, wrong: Any) -> None:
    assert ungiven(told, {name: right}, about) == []
    assert ungiven(told, {name: wrong}, about) == [name]


def test_the_number_of_a_thing_of_the_kind_that_is_asked_for() -> None:
    shown = '[{"guest_no": 73, "floor": 41, "name": "Jo"}]'
    assert ungiven("Put it on Jo's bill.", {"payer": 73}, "Guest who pays.", shown) == []
    assert ungiven("Put it on Jo's bill.", {"payer": 41}, "Guest who pays.", shown) == ["payer"]


def test_a_number_that_was_said_for_an_argument_is_no_other_one() -> None:
    shown = '[{"name": "Jo", "workHours": 7.5}]'
    assert ungiven("Log three hours for Jo.", {"hours": 4.5}, "Hours worked.", shown) == ["hours"]
    assert ungiven("Log three hours less for Jo.", {"hours": 4.5}, "Hours worked.", shown) == []


def test_a_wording_that_goes_on_otherwise_changes_no_word() -> None:
    told = "Jo was tired out, pale and hardly spoke when we arrived"
    assert ungiven(told, {"remark": "Tired out, pale and hardly spoke when greeted."}, "Anything else.") == []
    assert ungiven(told, {"remark": "Tired out, pale and hardly ate"}, "Anything else.") == ["remark"]
