"""Answers that begin with yes or no and go on to say the opposite."""

import pytest
from short_conversations import Call, known_of

from toolalpaca.matching.answers.yes_no import contradicted_yes

PAID: Call = ("getInvoice", {"id": 7}, {"id": 7, "paid": False})
ROOMS: Call = ("listRooms", {}, [{"name": "Attic"}, {"name": "Cellar"}])
BOOKED: Call = ("bookRoom", {"room": "Attic"}, {"booking": 12})


@pytest.mark.parametrize(("told", "answer", "call"), [
    ("Has the invoice been paid?", "Yes, the invoice hasn't been paid yet.", PAID),
    ("Has the invoice been paid?", "Yes, it hasn't.", PAID),
    ("Is the invoice paid?", "No, it is.", PAID),
    ("Are there any rooms left?", "No, two: Attic and Cellar.", ROOMS),
    ("Any rooms left?", "No, there are two.", ROOMS),
    ("Could you book me the attic?", "No, the attic is booked as number 12.", BOOKED),
    ("Is the attic free? If so book it.", "No, it is booked under 12.", BOOKED),
    ("Are there rooms?", "Yes, two rooms.", ("listRooms", {}, []))])
def test_the_opposite_of_yes_or_no(told: str, answer: str, call: Call) -> None:
    assert len(list(contradicted_yes(answer, known_of(told, answer, call)))) == 1


@pytest.mark.parametrize(("told", "answer", "call"), [
    ("Has the invoice been paid?", "No, the invoice hasn't been paid yet.", PAID),
    ("Hasn't it been paid?", "No, it hasn't.", PAID),
    ("Isn't the invoice paid?", "Yes, it is not paid.", PAID),
    ("Is the invoice still open?", "Yes, it is not paid.", PAID),
    ("Are there any rooms left?", "No, only the cellar.", ROOMS),
    ("Is the house full?", "No, there are two rooms left.", ROOMS),
    ("Could you book me the attic?", "No problem, the attic is booked as number 12.", BOOKED),
    ("Is the attic taken? If not, book it.", "No, so you have it under number 12.", BOOKED),
    ("Are there rooms?", "Yes, but none of them is free.", ("listRooms", {}, [])),
    ("Which is number 7?", "No. 7 is the attic.", ROOMS)])
def test_yes_and_no_that_fit(told: str, answer: str, call: Call) -> None:
    assert not list(contradicted_yes(answer, known_of(told, answer, call)))
