"""What a person asked to be told, by the kind of value that answers it."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.asks import unanswered, unanswered_parts

PARCEL = {"parcelId": "PX-77", "weightGrams": 640, "arrivesOn": "2025-02-11", "fee": 4.5}


def left(question: str, answer: str) -> list[str]:
    return list(unanswered(answer, known_of(question, answer, ("getParcel", {"parcelId": "PX-77"}, PARCEL))))


@pytest.mark.parametrize(("question", "answer"), [
    ("When does PX-77 arrive, and how much is the fee?", "It arrives on 11 February 2025; the fee is 4.50."),
    ("When does PX-77 arrive?", "Tomorrow."), ("How much is the fee for PX-77?", "Nothing, it is free."),
    ("Tell me when PX-77 arrives.", "I will."), ("How warm is it?", "It is nice and warm."),
    ("How many parcels are there and how many came today?", "Two, and none of them today."),
    ("What share of them was late?", "About two thirds."), ("How long does it take?", "From Monday to Thursday."),
    ("When does PX-77 arrive?", "I could not find a parcel PX-77."),
])
def test_answered(question: str, answer: str) -> None:
    assert left(question, answer) == []


@pytest.mark.parametrize(("question", "answer"), [
    ("Where is PX-77, and when does it arrive?", "PX-77 is in the depot."),
    ("When will PX-77 be here and how much is the fee?", "PX-77 will be here on 11 February 2025."),
    ("What share of the parcels was late?", "Several parcels were late."),
    ("How long does PX-77 take?", "PX-77 is on its way."),
    ("How many parcels are there, and how many of those were late?", "There are 12 parcels."),
])
def test_left_unanswered(question: str, answer: str) -> None:
    assert left(question, answer) != []


@pytest.mark.parametrize(("told", "answer", "is_left"), [
    ("Who runs the mill, and do they grind rye?", "Ada Thorn runs it.", True),
    ("Who runs the mill, and do they grind rye?", "Ada Thorn runs it, and rye is ground on Fridays.", False),
    ("Who runs the mill, and do they grind rye?", "Ada Thorn runs it; only wheat goes in there.", False),
    ("Who runs the mill, and in which village is it?", "Ada Thorn runs it in Low Ferne.", False),
    ("Who runs the mill?", "Ada Thorn.", False),
])
def test_questions_of_which_an_answer_has_no_word(told: str, answer: str, is_left: bool) -> None:
    known = known_of(told, answer, ("getMill", {}, {"owner": "Ada Thorn", "village": "Low Ferne", "grains": ["wheat"]}))
    assert bool(list(unanswered_parts(answer, known))) is is_left


STREETS = [{"street": "Corn Lane", "lamp": "L4", "works": False}, {"street": "Mill Row", "lamp": "L9", "works": True}]


@pytest.mark.parametrize(("answer", "is_left"), [
    ("Two of them, one of which is dark.", True), ("One is in Corn Lane and one in Mill Row.", False),
    ("I can't see that.", False), ("The street is the same for both.", False)])
def test_fields_that_were_asked_for_by_name(answer: str, is_left: bool) -> None:
    known = known_of("Which lamps do you look after, and in which streets?", answer, ("listLamps", {}, STREETS))
    assert bool(list(unanswered_parts(answer, known))) is is_left


MILL = ("getMill", {"millId": 7}, {"millId": 7, "dayTicketCents": 650, "gateCode": 8812, "waitDays": 3, "cafe": False})


@pytest.mark.parametrize(("told", "answer", "is_left"), [
    ("Is there a café at mill 7, and what's the day ticket?", "There is no café.", True),
    ("Is there a café at mill 7, and what's the day ticket?", "No café; a ticket for the day is 6.50.", False),
    ("Book me in. What's the gate code?", "You're booked for mill 7.", True),
    ("Book me in. What's the gate code?", "You're booked; key in 8812.", False),
    ("Book mill 7, please. What do I have to pay?", "Booked!", True),
    ("Book mill 7, please. What do I have to pay?", "Booked! Entry is free.", False),
    ("Book mill 7, please. What do I have to pay?", "Booked, for €6.50.", False),
    ("Book mill 7, please. What do I have to do to pay?", "Booked: ring the bell.", False),
    ("Book mill 7, please. What can I pay with?", "Booked: coins only.", False),
    ("What's the day ticket for three?", "It comes to 19.50.", False),
    ("What's the wait days rule?", "Come early.", False),
])
def test_fields_and_money_that_were_asked_for(told: str, answer: str, is_left: bool) -> None:
    assert bool(list(unanswered_parts(answer, known_of(told, answer, MILL)))) is is_left


@pytest.mark.parametrize(("result", "is_left"), [({"waitDays": 3, "note": "x"}, True), ({"waitDays": None}, False)])
def test_a_negation_excuses_only_where_a_result_lacks_something(result: dict[str, object], is_left: bool) -> None:
    told, answer = "Do I have to sign, and how long does it take?", "You don't have to sign a thing."
    assert bool(list(unanswered(answer, known_of(told, answer, ("order", {}, result))))) is is_left


def test_questions_under_a_condition_may_stay_open() -> None:
    told, answer = "Is mill 7 open? If it is, how long is the wait?", "It is closed today."
    assert not list(unanswered(answer, known_of(told, answer, MILL)))
