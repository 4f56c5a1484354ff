"""Calls that change something: things named by number, parameters left out, flags and choices, times that were set."""

from typing import Any

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.arguments.argument_slips import turned_flags
from toolalpaca.matching.arguments.deeds import deeds_in
from toolalpaca.matching.arguments.given_values import GivenParameter
from toolalpaca.matching.arguments.left_arguments import left_arguments
from toolalpaca.matching.arguments.targets import wrong_things
from toolalpaca.matching.arguments.told_ids import second_targets, unread_names, untold_ids
from toolalpaca.matching.language.actions import deed_of

DEEDS = {name: deed for name, method in (("closeTicket", "POST"), ("bookTable", "POST"), ("addReminder", "POST"))
         if (deed := deed_of(name, method)) is not None}
REFUSED = 'Status Code: 409. Response: {"message": "locked"}'
TABLE = {"bookTable": [GivenParameter(name, schema) for name, schema in {
    "guests": {"type": "integer"}, "highChairs": {"type": "integer"}, "country": {"type": "string"},
    "tipPercent": {"type": "number"}, "area": {"type": "string", "enum": ["terrace", "indoors"]}}.items()]}
SLOTS = ("listSlots", {}, [{"slotId": "S-1", "startsAt": "2025-04-02T10:00:00"},
                           {"slotId": "S-2", "startsAt": "2025-04-02T15:30:00"}])


def untold(told: str, answer: str, *calls: Call) -> list[str]:
    transcript = transcript_of(told, *calls)
    return list(untold_ids(answer, deeds_in(transcript, DEEDS), transcript.whole()))


def test_every_number_that_was_given_is_treated_or_told() -> None:
    first, second = (("closeTicket", {"ticket": name}, {"ok": True}) for name in ("TT-31", "TT-32"))
    refused = ("closeTicket", {"ticket": "TT-32"}, REFUSED)
    told = "Close TT-31 and TT-32."
    assert untold(told, "Both are closed.", first, second) == []
    assert untold(told, "TT-31 and TT-32 are closed.", first) == ["TT-32"]
    assert untold(told, "TT-31 is closed.", first, refused) == ["TT-32"]
    assert untold(told, "TT-31 is closed; TT-32 could not be closed.", first, refused) == []
    assert untold("Close TT-31, or TT-32 if it is locked.", "TT-31 is closed.", first) == []


@pytest.mark.parametrize(("told", "answer", "seen", "expected"), [
    ("How long is the bridge at Tarnow or the one at Olvik?", "Olvik's is longer.", {"length": 4}, []),
    ("How long are the bridges at Tarnow and Olvik?", "Olvik's is longer.", {"length": 4}, ["Olvik"]),
    ("How long are the bridges at Tarnow and Olvik?", "Olvik's is longer.", {"Olvik": 4}, []),
    ("How long are the bridges at Tarnow and Olvik?", "I found none at Olvik.", {"length": 4}, []),
    ("How long is the bridge at Tarnow and I'd like to know its age", "It is long.", {"length": 4}, []),
    ("How long is the bridge at Tarnow and since Monday, is it open?", "It is long.", {"length": 4}, []),
    ("Compare Olvik with Tarnow", "It is longer.", {"length": 4}, []),
    ("Compare the ones at Olvik and Tarnow", "The first is longer.", {"length": 4}, ["Olvik"]),
    ("Compare BR-7 and Tarnow", "The first is longer.", {"length": 4}, []),  # unlike each other
])
def test_a_second_name_that_nobody_looked_up(told: str, answer: str, seen: Any, expected: list[str]) -> None:
    evidence = transcript_of(told, ("getBridge", {"town": "Tarnow"}, seen)).whole()
    assert list(unread_names(answer, evidence)) == expected


TICKETS = ("listTickets", {}, [{"ticketId": "K-1", "subject": "Broken lamp"},
                               {"ticketId": "K-2", "subject": "Wet carpet"}])


@pytest.mark.parametrize(("told", "answer", "expected"), [
    ("Close the one on the lamp.", "Done.", ["K-2"]),
    ("Close the one on the lamp.", "The lamp's ticket is closed, and so is the one on the carpet.", ["K-2"]),
    ("Close the latest.", "K-1 is closed.", ["K-2"]),
    ("Close the latest.", "Broken lamp (K-1) and Wet carpet (K-2) are closed.", []),
    ("Close the lamp and the carpet.", "Done.", []),
    ("Close all of them.", "Both are closed, K-1 first.", []),
    ("Close whatever is open.", "Done.", []),
])
def test_a_change_to_another_thing_too(told: str, answer: str, expected: list[str]) -> None:
    changes = (("closeTicket", {"ticketId": name}, {"ok": True}) for name in ("K-1", "K-2"))
    transcript = transcript_of(told, TICKETS, *changes)
    assert list(second_targets(answer, deeds_in(transcript, DEEDS), transcript.whole())) == expected


@pytest.mark.parametrize(("told", "arguments", "expected"), [
    ("A table for three guests on the terrace", {"guests": 3, "area": "terrace"}, []),
    ("A table for three guests on the terrace", {"guests": 3}, ["area: terrace"]),
    ("Three guests and two high chairs", {"guests": 3, "highChairs": 2}, []),
    ("Five guests please", {"area": "indoors"}, ["guests: Five"]),
    ("A table in Portugal", {"guests": 2}, ["country: Portugal"]),
    ("A table in Portugal", {"guests": 2, "country": "PT"}, []),
])
def test_what_was_given_and_left_out(told: str, arguments: dict[str, Any], expected: list[str]) -> None:
    transcript = transcript_of(told, ("bookTable", arguments, {"ok": True}))
    assert list(left_arguments(deeds_in(transcript, DEEDS), transcript.whole(), TABLE)) == expected


@pytest.mark.parametrize(("told", "arguments", "is_wrong"), [
    ("We sit outside", {"indoors": True}, True), ("We sit inside", {"indoors": False}, True),
    ("We sit inside", {"indoors": True}, False), ("Parking, please", {"parking": False}, True),
    ("No parking", {"parking": True}, True), ("With private turned off", {"private": False}, False),
    ("A room", {"parking": False}, False),
    ("Price it once without and once with insurance", {"insurance": False}, False),
    ("Whatever is insured is to be made cheaper", {"insurance": False}, False),
])
def test_flags(told: str, arguments: dict[str, Any], is_wrong: bool) -> None:
    assert bool(list(turned_flags(arguments, transcript_of(told).whole()))) is is_wrong


@pytest.mark.parametrize(("told", "slot", "is_wrong"), [
    ("Book me in after two pm", "S-1", True), ("Book me in after two pm", "S-2", False),
    ("Tuesday morning, please", "S-2", True), ("The afternoon one", "S-1", True),
    ("A morning or an afternoon", "S-2", False), ("Good morning, any slot", "S-2", False),
    ("Some time in the morning", "S-2", True), ("The slot at 10:00", "S-2", True), ("The last slot", "S-1", True),
    ("Any slot", "S-1", False),
])
def test_the_thing_that_was_meant(told: str, slot: str, is_wrong: bool) -> None:
    transcript = transcript_of(told, SLOTS, ("bookTable", {"slotId": slot}, {"ok": True}))
    assert bool(list(wrong_things(transcript.shown[1:], transcript, "Done.", DEEDS))) is is_wrong


def test_a_choice_of_which_the_answer_says_that_it_cannot_be_made() -> None:
    transcript = transcript_of("Book a table. Make that the terrace.", ("bookTable", {"guests": 2}, {"ok": True}))
    done = deeds_in(transcript, DEEDS)
    refused = "The table is booked, but I cannot change it to the terrace."
    assert list(left_arguments(done, transcript.whole(), TABLE, refused)) == []
    assert list(left_arguments(done, transcript.whole(), TABLE, "The table is booked.")) == ["area: terrace"]
    assert list(left_arguments(done, transcript.whole(), TABLE, "The terrace is yours.")) == ["area: terrace"]


INNS = ("findInns", {}, [{"innId": 11, "name": "Greizer Inn", "altitude": 900, "walkMinutes": 50},
                         {"innId": 12, "name": "Berliner Inn", "altitude": 700, "walkMinutes": 30},
                         {"innId": 13, "name": "Upper Berliner Inn", "altitude": 400, "walkMinutes": 20}])


@pytest.mark.parametrize(("told", "inn", "is_wrong"), [
    ("What do the Greizer Inn, the Berliner Inn and the Post charge?", 11, False),
    ("What do the Greizer Inn, the Berliner Inn and the Post charge?", 12, False),
    ("What does the Upper Berliner Inn charge?", 12, True),
    ("What does the highest one charge?", 11, False), ("What does the highest one charge?", 12, True),
    ("What does the highest one charge? And its shortest one?", 11, False),
    ("What does the shortest one charge?", 11, True),
    ("What does the first one charge?", 12, True), ("What does the first one with a sauna charge?", 12, False),
    ("What does the first one that is open charge?", 12, False),
    ("What does the first one in the list charge?", 12, True),
])
def test_the_thing_among_others_that_people_named(told: str, inn: int, is_wrong: bool) -> None:
    transcript = transcript_of(told, INNS, ("getPrices", {"innId": inn}, {"innId": inn, "price": 35}))
    assert bool(list(wrong_things(transcript.shown[1:], transcript, "It is 35.", DEEDS))) is is_wrong


@pytest.mark.parametrize(("told", "answer", "expected"), [
    ("Which is longer, BR-7 or BR-9?", "BR-7, by a lot.", ["BR-9"]),
    ("Compare BR-9 and BR-7", "BR-7 is longer.", ["BR-9"]),
    ("Which is longer, BR-7 or BR-9?", "I cannot see BR-9.", [])])
def test_a_second_number_that_nobody_looked_up(told: str, answer: str, expected: list[str]) -> None:
    evidence = transcript_of(told, ("getBridge", {"bridge": "BR-7"}, {"bridge": "BR-7", "length": 4})).whole()
    assert list(unread_names(answer, evidence)) == expected


@pytest.mark.parametrize(("arguments", "expected"), [({}, ["guests: four of us"]), ({"guests": 4}, [])])
def test_how_many_of_us_there_are(arguments: dict[str, Any], expected: list[str]) -> None:
    transcript = transcript_of("A table at noon, there will be four of us", ("bookTable", arguments, {"ok": True}))
    assert list(left_arguments(deeds_in(transcript, DEEDS), transcript.whole(), TABLE)) == expected


POSTER = {"bookTable": [GivenParameter("caption", {"type": "string"}, "Line under the picture.")]}


@pytest.mark.parametrize(("told", "arguments", "expected"), [
    ("The line is to be 'Soup for all', please.", {"size": "A3"}, ["caption: Soup for all"]),
    ("The line is to be 'Soup for all', please.", {"size": "A3", "caption": "Soup for all"}, []),
    ("My dog's 'Soup for all' bowl is to be seen on it.", {"size": "A3"}, []),
])
def test_a_text_in_quotes_that_was_left_out(told: str, arguments: dict[str, Any], expected: list[str]) -> None:
    transcript = transcript_of(told, ("bookTable", arguments, {"ok": True}))
    assert list(left_arguments(deeds_in(transcript, DEEDS), transcript.whole(), POSTER)) == expected


REMARKS = {"bookTable": [GivenParameter("remark", {"type": "string"}, "Anything the kitchen has to know.")]}


@pytest.mark.parametrize(("told", "is_left"), [
    ("A table for four. Tell the kitchen that Jo eats no nuts.", True), ("A table for four, tell me the price.", False),
    ("A table for four, with a remark on top of it.", False), ("Add a remark that Jo eats no nuts.", True),
    ("A table for four, and the remarks: 'Jo eats no nuts'.", True),
])
def test_what_others_are_to_be_told(told: str, is_left: bool) -> None:
    for arguments, expected in (({"guests": 4}, is_left), ({"guests": 4, "remark": "Jo eats no nuts"}, False)):
        transcript = transcript_of(told, ("bookTable", arguments, {"ok": True}))
        assert bool([*left_arguments(deeds_in(transcript, DEEDS), transcript.whole(), REMARKS)]) is expected
