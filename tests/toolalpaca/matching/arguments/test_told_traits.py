"""Things told by a number under a field's name, by what they have to have, or by the id that the answer gives."""

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.arguments.picks import wrong_picks
from toolalpaca.matching.arguments.targets import wrong_things
from toolalpaca.matching.arguments.told_ids import unread_names

CABINS: Call = ("findCabins", {}, [
    {"cabinId": "C-1", "name": "Heron House", "deck": 2, "extras": ["balcony", "kettle"]},
    {"cabinId": "C-2", "name": "Stork House", "deck": 3, "extras": ["balcony", "bath tub"]}])


@pytest.mark.parametrize(("told", "answer", "right", "wrong"), [
    ("A cabin on deck 3, please.", "It is booked.", "C-2", "C-1"),
    ("A third-deck cabin, please.", "It is booked.", "C-2", "C-1"),
    ("A cabin on the 2nd deck, please.", "It is booked.", "C-1", "C-2"),
    ("A cabin for two, it must have a bath tub. Whatever fits.", "It is booked.", "C-2", "C-1"),
    ("I'd like one with a balcony and a kettle.", "It is booked.", "C-1", "C-2"),
    ("Book a cabin.", "C-2 is booked.", "C-2", "C-1"),
    ("Book a cabin.", "Stork House is booked.", "C-2", "C-1"),
])
def test_a_thing_and_its_neighbour(told: str, answer: str, right: str, wrong: str) -> None:
    for cabin, is_wrong in ((right, False), (wrong, True)):
        transcript = transcript_of(told, CABINS, ("bookCabin", {"cabinId": cabin}, {"ok": True}))
        assert bool(list(wrong_picks(transcript.shown, transcript, answer, ["bookCabin"]))) is is_wrong


@pytest.mark.parametrize(("told", "answer"), [
    ("A cabin on deck 2 or higher.", "It is booked."), ("A cabin on deck 2 or deck 3.", "It is booked."),
    ("A cabin, ideally with a kettle.", "It is booked."), ("A cabin without a kettle.", "It is booked."),
    ("A cabin with a kettle or a balcony.", "It is booked."), ("Book Stork House, is there a kettle?", "No kettle."),
    ("A cabin.", "Stork House (C-2) is booked. Heron House (C-1) was free too."),
])
def test_what_tells_no_thing(told: str, answer: str) -> None:
    transcript = transcript_of(told, CABINS, ("bookCabin", {"cabinId": "C-2"}, {"ok": True}))
    assert not list(wrong_picks(transcript.shown, transcript, answer, ["bookCabin"]))


@pytest.mark.parametrize(("told", "asked", "left"), [
    ("What do masons earn in Bergen as well as in Tartu?", "Tartu", ["Bergen"]),
    ("Noise in Bergen + Tartu", "Tartu", ["Bergen"]),
    ("Hold up ACME against INIT, and also OVAL against INIT.", "INIT", ["ACME", "OVAL"]),
    ("Trim number 12 and number 15.", 15, ["12"]),
    ("Shades of #2E8B57 and #FFD700?", "#FFD700", ["#2E8B57"]),
    ("A table for 12 and 15 chairs.", 15, []),
    ("Noise in Bergen, please, and thanks.", "Bergen", []),
])
def test_what_was_named_in_one_breath_and_never_looked_at(told: str, asked: str | int, left: list[str]) -> None:
    whole = transcript_of(told, ("look", {"what": asked}, {"value": 3.5})).whole()
    assert sorted({*unread_names("Both come to 3.5.", whole)}) == left


BEDS: Call = ("findBeds", {}, [{"bedId": "B-1", "name": "Bed on the Quay", "usd_per_night": 14},
                               {"bedId": "B-2", "name": "Red Inn", "usd_per_night": 9}])


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("Who runs the cheapest bed?", "B-2", "B-1"),  # a word of a name, and a price by its currency
    ("Rooms, please, and what the first has cost over 30 days.", "B-1", "B-2"),
])
def test_the_cheapest_and_the_first(told: str, right: str, wrong: str) -> None:
    for bed, is_wrong in ((right, False), (wrong, True)):
        transcript = transcript_of(told, BEDS, ("getBed", {"bedId": bed, "days": 30}, {"runs": "Ola"}))
        assert bool(list(wrong_things(transcript.shown, transcript, "Ola."))) is is_wrong


BILLS: Call = ("listBills", {}, [{"billId": "L-1", "to": "Tarn", "paid": True, "active": False},
                                 {"billId": "L-2", "to": "Moss", "paid": False, "active": True}])


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("Scrap all my unpaid bills.", "L-2", "L-1"), ("Scrap every bill that's outstanding.", "L-2", "L-1"),
    ("Scrap whatever is paid. The open ones stay.", "L-1", "L-2"), ("Scrap the paused ones.", "L-1", "L-2"),
    ("Scrap those that are still running.", "L-2", "L-1"),
])
def test_a_state_that_a_flag_tells(told: str, right: str, wrong: str) -> None:
    for bill, is_wrong in ((right, False), (wrong, True)):
        transcript = transcript_of(told, BILLS, ("cancelBill", {"billId": bill}, {"ok": True}))
        assert bool(list(wrong_picks(transcript.shown, transcript, "Done.", ["cancelBill"]))) is is_wrong


@pytest.mark.parametrize("told", ["Scrap the paid and the unpaid bills.", "Scrap all bills, so that none is unpaid.",
                                  "Scrap the bills, I paid for nothing.", "Scrap the bills."])
def test_states_that_tell_nothing(told: str) -> None:
    for bill in ("L-1", "L-2"):
        transcript = transcript_of(told, BILLS, ("cancelBill", {"billId": bill}, {"ok": True}))
        assert not list(wrong_picks(transcript.shown, transcript, "Done.", ["cancelBill"]))
