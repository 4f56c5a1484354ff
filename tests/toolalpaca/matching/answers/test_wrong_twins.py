"""Slips that leave the rest of a conversation right: fewer things than there are, a yes
where nothing was found. Each with the right conversation it was made from."""

from datetime import date
from typing import Any

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.contradictions import contradictions
from toolalpaca.matching.language.relative_days import relative_days

SLOTS = [{"slot": "S-1", "time": "08:40"}, {"slot": "S-2", "time": "10:20"}, {"slot": "S-3", "time": "11:40"}]


@pytest.mark.parametrize(("told", "body", "right", "wrong"), [
    ("What is free on 4 June 2030?", SLOTS, "There are three slots: 08:40, 10:20 and 11:40.",
     "There are two slots: 08:40 and 10:20."),
    ("Are there free plots at Elm?", [], "No, there are none.", "Yes, Elm has free plots."),
    ("Who has Saffron Road?", [{"loanId": "L-20", "title": "Saffron Road"}, {"loanId": "L-21", "title": "Owl Post"}],
     "Saffron Road (loan L-20) is out.", "Saffron Road (loan L-21) is out."),
])
def test_an_answer_and_its_twin(told: str, body: Any, right: str, wrong: str) -> None:
    assert [*contradictions(right, known_of(told, right, ("look", {}, body)))] == []
    assert [*contradictions(wrong, known_of(told, wrong, ("look", {}, body)))] != []


def test_the_day_after_tomorrow_is_not_tomorrow() -> None:
    assert relative_days("the day after tomorrow", date(2030, 7, 14)) == [(date(2030, 7, 16), date(2030, 7, 16))]
