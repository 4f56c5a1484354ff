"""Things picked from a list: told by a word or by a full name, or named in the answer."""

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.arguments.picks import wrong_picks
from toolalpaca.matching.arguments.targets import wrong_things
from toolalpaca.matching.language.actions import deed_of

DEEDS = {name: deed for name in ("cancelVisit", "bookTour") if (deed := deed_of(name, "POST")) is not None}
VISITS: Call = ("listVisits", {}, [{"visitId": "V-1", "start": "2025-06-12T10:20", "reason": "Claws"},
                                   {"visitId": "V-2", "start": "2025-06-26T16:00", "reason": "Vaccination"}])
PIERS: Call = ("findPiers", {}, [{"code": "SVG", "name": "Sandvig"}, {"code": "SVN", "name": "Sandvig North Pier"}])


def picked(told: str, answer: str, *calls: Call) -> bool:
    transcript = transcript_of(told, *calls)
    return bool(list(wrong_picks(transcript.shown, transcript, answer, DEEDS)))


@pytest.mark.parametrize(("told", "visit", "is_wrong"), [
    ("Cancel the vaccination, the other visit stays.", "V-1", True),
    ("Cancel the vaccination, the other visit stays.", "V-2", False),
    ("Cancel all but the vaccination.", "V-1", False), ("Cancel V-1.", "V-1", False), ("Cancel a visit.", "V-1", False),
])
def test_a_thing_told_by_a_word_of_its_values(told: str, visit: str, is_wrong: bool) -> None:
    assert picked(told, "It is cancelled.", VISITS, ("cancelVisit", {"visitId": visit}, {"ok": True})) is is_wrong


@pytest.mark.parametrize(("told", "pier", "is_wrong"), [
    ("Boats to Sandvig", "SVN", True), ("Boats to Sandvig", "SVG", False),
    ("Boats to Sandvig North Pier", "SVN", False),
])
def test_a_longer_name_than_was_said(told: str, pier: str, is_wrong: bool) -> None:
    assert picked(told, "There are two.", PIERS, ("listBoats", {"to": pier}, [1, 2])) is is_wrong


HOSTELS: Call = ("findHostels", {}, [{"hostelId": 31, "name": "Ola Rosa", "price": 17, "opened": "2020-02-01"},
                                     {"hostelId": 42, "name": "Palmera Azul", "price": 21, "opened": "2024-02-01"}])


@pytest.mark.parametrize(("told", "hostel", "answer", "is_wrong"), [
    ("Book a dorm", 42, "Ola Rosa is booked.", True),
    ("Book a dorm", 42, "Palmera Azul is booked, since Ola Rosa is dearer.", False),
    ("Book a dorm", 42, "It is booked.", False),
])
def test_what_the_answer_names(told: str, hostel: int, answer: str, is_wrong: bool) -> None:
    assert picked(told, answer, HOSTELS, ("bookTour", {"hostelId": hostel}, {"ok": True})) is is_wrong


def test_a_thing_that_its_id_does_not_tell_from_the_next() -> None:
    slots = [{"tutorId": "T3", "tutorName": "Ms Oduya", "start": f"2025-10-16T{hour}:00"} for hour in ("09", "11")]
    booking = {"tutorId": "T3", "start": "2025-10-16T09:00"}
    transcript = transcript_of("Book the first free slot with a tutor on 16 October 2025.",
                               ("listSlots", {"date": "2025-10-16"}, slots), ("bookSlot", booking, booking))
    assert not list(wrong_things(transcript.shown[1:], transcript, "Booked for 9 am with Ms Oduya."))


FILMS: Call = ("findFilms", {}, [{"filmId": "F-1", "name": "Kestrel"}, {"filmId": "F-2", "name": "Kestrel (teaser)"}])
SLOTS: Call = ("listSlots", {}, [{"slotId": "S-1", "start": "2025-06-12T08:20", "beds_free": 1},
                                 {"slotId": "S-2", "start": "2025-06-12T17:00", "beds_free": 6}])


@pytest.mark.parametrize(("told", "thing", "is_wrong"), [
    ("Book a tour of Kestrel, the whole one, not the teaser.", "F-2", True),
    ("Book a tour of Kestrel, the whole one, not the teaser.", "F-1", False),
    ("Book a tour of the Kestrel teaser, not the one I saw before.", "F-2", False),
    ("Book the one on 12 June, though not the morning one.", "S-1", True),
    ("Book the one on 12 June, though not the morning one.", "S-2", False),
    ("Book one of the two, not the early one.", "S-1", True), ("Book one of the two, not the late one.", "S-1", False),
])
def test_what_people_said_they_did_not_mean(told: str, thing: str, is_wrong: bool) -> None:
    calls = (FILMS, SLOTS, ("bookTour", {"for": thing}, {"ok": True}))
    transcript = transcript_of(told, *calls)
    wrong = [*wrong_picks(transcript.shown, transcript, "Done.", DEEDS),
             *wrong_things(transcript.shown, transcript, "Done.", DEEDS)]
    assert bool(wrong) is is_wrong


@pytest.mark.parametrize(("beds", "is_wrong"), [(1, True), (3, False)])
def test_the_first_that_has_room(beds: int, is_wrong: bool) -> None:
    transcript = transcript_of("Book the first slot.", SLOTS, ("bookTour", {"slot": "S-2", "beds": beds}, {"ok": True}))
    assert bool(list(wrong_things(transcript.shown, transcript, "Done.", DEEDS))) is is_wrong


EVENTS: Call = ("findCityEvents", {"city": "Ghent"}, [{"eventId": "e1", "name": "Craft Fair", "hall": "Grand Hall"},
                                                      {"eventId": "e2", "name": "City Marathon", "hall": "Old Hall"}])
GAMES: Call = ("listGames", {}, [{"gameId": 1, "home": "Castle City", "away": "Lake Town", "day": "2026-10-05"},
                                 {"gameId": 2, "home": "River Rovers", "away": "Castle City", "day": "2025-04-20"}])


@pytest.mark.parametrize(("told", "answer", "calls", "is_wrong"), [
    ("Find events in the city of Ghent and book one.", "Booked.", (EVENTS, ("bookTour", {"eventId": "e1"}, {})), False),
    ("Find the marathon in Ghent and book it.", "Booked.", (EVENTS, ("bookTour", {"eventId": "e1"}, {})), True),
    ("The shots of Castle City's game?", "7.", (GAMES, ("getShots", {"gameId": 1}, {"shots": 7})), False),
    ("The shots of the River Rovers game?", "7.", (GAMES, ("getShots", {"gameId": 1}, {"shots": 7})), True),
])
def test_a_word_of_the_apis_own_names_and_a_value_of_the_thing_itself(
    told: str, answer: str, calls: tuple[Call, ...], is_wrong: bool
) -> None:
    transcript = transcript_of(told, *calls)
    things = list(wrong_things(transcript.shown, transcript, answer))
    assert bool(things or picked(told, answer, *calls)) is is_wrong


SHELTERS: Call = ("findShelters", {"near": "Ronda", "sort": "beds"}, [
    {"shelterId": "H-1", "name": "Upper mountain hut", "city": "Ronda", "beds": 40},
    {"shelterId": "H-2", "name": "Mountain hut", "city": "Ronda", "beds": 12},
    {"shelterId": "H-3", "name": "Ronda Vieja", "city": "Ronda la Vieja", "beds": 8}])


@pytest.mark.parametrize(("told", "shelters", "is_wrong"), [
    ("Book the mountain hut.", ["H-1"], True), ("Book the mountain hut.", ["H-2"], False),
    ("Book the biggest mountain hut in Ronda.", ["H-1"], False),  # the first of a list in the order of beds
    ("Is the mountain hut full, or where else is a bed?", ["H-2", "H-1"], False),  # tried as well
    ("Anything free around Ronda?", ["H-3"], False),  # where all are, and no name of one
    ("Anything free that is not on the Ronda list yet?", ["H-3"], False),
])
def test_a_name_within_another_name(told: str, shelters: list[str], is_wrong: bool) -> None:
    calls = [("bookShelter", {"shelterId": shelter}, {"ok": True}) for shelter in shelters]
    assert picked(told, "That is all.", SHELTERS, *calls) is is_wrong
