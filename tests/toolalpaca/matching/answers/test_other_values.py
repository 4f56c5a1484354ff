"""Days and times of another field of the same thing than the words before them say, and choices of an enum other than
the one that the results show."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.other_values import (
    documented_choices,
    other_choices,
    other_currency,
    other_field,
    other_moment,
)

TICKET = {"ticketId": "T-7", "validFrom": "2025-03-03", "validUntil": "2025-09-18", "purchasedOn": "2025-02-26"}
FERRY = {"ferryId": "F-2", "departure": "2025-06-11T08:20:00", "arrival": "2025-06-11T13:05:00"}
STOP = {"stopId": "S-4", "arrives": "2025-10-14T15:30:00", "leaves": "2025-10-14T16:15:00"}
SUN = {"sunrise": "05:48", "sunset": "20:31", "moonrise": "22:10"}


@pytest.mark.parametrize(("told", "body", "answer", "is_wrong"), [
    ("How about T-7?", TICKET, "It is valid until 3 March 2025.", True),
    ("How about T-7?", TICKET, "It is valid until 18 September 2025.", False),
    ("How about T-7?", TICKET, "It is valid from 3 March 2025 to 18 September 2025.", False),
    ("How about T-7?", TICKET, "It expires on 3 March 2025.", True),
    ("How about T-7?", TICKET, "It was purchased on 18 September 2025.", True),
    ("How about T-7?", TICKET, "It was purchased on 26 February, and begins on 3 March.", False),
    ("Does T-7 end on 3 March 2025?", TICKET, "No, it does not end on 3 March 2025.", False),
    ("When does F-2 get in?", FERRY, "It arrives at 8:20.", True),
    ("When does F-2 get in?", FERRY, "It departs at 8:20 and arrives at 1:05 pm.", False),
    ("When does F-2 get in?", FERRY, "It leaves at 13:05.", True),
    ("When is the van here?", STOP, "It is here from 15:30 to 16:15.", False),
    ("When is B-2 free?", {"boatId": "B-2", "from": "2025-07-01", "nextFree": "2025-07-12"}, "From 12 July.", False),
    ("When is the van here?", STOP, "It is here until 16:15.", False),
    ("When is the van here?", STOP, "It leaves at 15:30.", True),
    ("Evening light?", SUN, "The sun sets at 5:48.", True), ("Evening light?", SUN, "The sun sets at 20:31.", False),
])
def test_the_field_that_a_day_or_time_is_tied_to(told: str, body: object, answer: str, is_wrong: bool) -> None:
    assert bool(list(other_moment(answer, known_of(told, answer, ("getIt", {}, body))))) is is_wrong


CHOICES = {"roomType": frozenset({"single", "double", "both", "family_room"}), "state": frozenset({"open", "paid"})}


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("Book room 4", "Your single room is booked.", True), ("Book room 4", "Your double room is booked.", False),
    ("Book room 4", "It's booked as a family room.", True), ("Book room 4", "It is a double, not a single.", False),
    ("Book room 4, a single", "Your single room is booked.", False), ("Book room 4", "It is booked.", False),
    ("Book room 4", "Booked. If you come alone, a single costs less.", False),
    ("Book room 4", "Booked. Would you like a single?", False), ("Book room 4", "Both beds are made.", False)])
def test_another_choice_than_was_shown(told: str, answer: str, is_wrong: bool) -> None:
    known = known_of(told, answer, ("book", {"room": 4}, {"roomType": "double", "room": 4}))
    assert bool(list(other_choices(answer, known, CHOICES))) is is_wrong


def test_choices_of_a_document() -> None:
    parameter = {"name": "sort", "schema": {"type": "string", "enum": ["asc", "desc"]}}
    answer = {"schema": {"properties": {"state": {"enum": ["open", "paid"]}, "rank": {"enum": [1, 2]}}}}
    document = {"paths": {"/x": {"get": {"parameters": [parameter], "responses": {"200": answer}}}}}
    assert documented_choices(document) == {"sort": {"asc", "desc"}, "state": {"open", "paid"}, "rank": frozenset()}


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("Is coach 9 running on time?", "Yes, coach 9 is on time.", True),
    ("Is coach 9 running on time?", "No, it is delayed.", False),
    ("I was on time for coach 9. Where is it?", "You were on time.", False)])
def test_a_state_that_was_only_asked_about(told: str, answer: str, is_wrong: bool) -> None:
    states = {"state": frozenset({"on_time", "delayed", "withdrawn"})}
    known = known_of(told, answer, ("getCoach", {"coach": 9}, {"coach": 9, "state": "delayed"}))
    assert bool(list(other_choices(answer, known, states))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Your letters are being sent to all 40 of them.", False), ("Your letters have been sent to all 40.", True)])
def test_what_is_still_being_done(answer: str, is_wrong: bool) -> None:
    states = {"state": frozenset({"drafted", "sending", "sent"})}
    known = known_of("Get my letters out.", answer, ("postLetters", {}, {"state": "sending", "people": 40}))
    assert bool(list(other_choices(answer, known, states))) is is_wrong


def test_a_bound_is_not_the_value_of_what_is_bounded() -> None:
    shop = {"smallestOrder": 50, "freeFrom": 200}
    for answer, is_wrong in (("Post is free: your order is above €200.", False), ("The smallest order is €200.", True)):
        assert bool(list(other_field(answer, known_of("Is post free?", answer, ("getShop", {}, shop))))) is is_wrong


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("What is the rug?", "The rug is £40.", False), ("What is the rug?", "The rug is €40.", True),
    ("What is the rug in euros?", "The rug is £40, about €46.", False),
    ("I have €40, is it enough?", "€40 it is.", False)])
def test_a_currency_that_nobody_spoke_of(told: str, answer: str, is_wrong: bool) -> None:
    known = known_of(told, answer, ("getRug", {}, {"rug": "Kelim", "price": 40, "currency": "GBP"}))
    assert bool(list(other_currency(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("It was sent to 310 people and 24 of them replied.", False), ("It was sent to 310 people and 151 of them replied.",
                                                                  True),
])
def test_some_of_those_that_were_counted(answer: str, is_wrong: bool) -> None:
    known = known_of("How did poll P-4 go?", answer, ("getPoll", {}, {"sent": 310, "opened": 151, "replied": 24}))
    assert bool(list(other_field(answer, known))) is is_wrong


OIL = {"oil": "Rapeseed", "price4oz": 6.4, "price1lb": 11.2, "grossC": 1120, "netC": 941, "prsd_yr": 2029,
       "soldYear": 2030}
ROOM = {"room": "Loft", "price": 88.0, "mbr_price": 61.0, "room_cents": 3300, "breakfast": 27.5}


@pytest.mark.parametrize(("body", "answer", "is_wrong"), [
    (OIL, "A pound of it is €11.20.", False), (OIL, "A pound of it is €6.40.", True),
    (OIL, "Including VAT that is €11.20.", False), (OIL, "Including VAT that is €9.41.", True),
    (OIL, "Without VAT that is €9.41.", False), (OIL, "It was pressed in 2029.", False),
    (OIL, "It was pressed in 2030.", True),
    (ROOM, "That is €61 at your member rate.", False), (ROOM, "That is €88 at your member rate.", True),
    (ROOM, "That is €88, or €61 for a member.", False)])
def test_words_that_stand_for_a_part_of_a_name(body: object, answer: str, is_wrong: bool) -> None:
    known = known_of("What is it?", answer, ("look", {}, body))
    assert bool(list(other_field(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The canoe makes up 35 of the total.", False), ("The canoe makes up 90 of the total.", True)])
def test_an_argument_that_names_a_field(answer: str, is_wrong: bool) -> None:
    known = known_of("We are three with a canoe.", answer,
                     ("getFare", {"boat": "canoe"}, {"passengers": 90.0, "boat": 35.0, "total": 125.0}))
    assert bool(list(other_field(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The check was due on 4 May 2031.", False), ("The check was due on 4 May 2030.", True),
    ("The check took place on 4 May 2030.", False)])
def test_a_day_that_is_tied_to_a_field_by_its_own_word(answer: str, is_wrong: bool) -> None:
    known = known_of("When was it?", answer, ("getCheck", {}, {"doneOn": "2030-05-04", "dueOn": "2031-05-04"}))
    assert bool(list(other_moment(answer, known))) is is_wrong
