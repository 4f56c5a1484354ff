"""Right answers in words that rules have to understand, each next to a wrong one: moments since 1970, clocks of
other zones, shares, rates for a hundred, feet and inches, time codes, what is not reached, and whose a number is."""

from typing import Any

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.asks import unanswered_parts
from toolalpaca.matching.answers.bindings import misattributed
from toolalpaca.matching.answers.contradictions import miscounted
from toolalpaca.matching.answers.coverage import left_out
from toolalpaca.matching.answers.other_values import other_field, other_moment
from toolalpaca.matching.answers.states import denied

PASS = {"satellite": "Orbi", "rise_ts": 1767301200, "utc_off_h": 2}  # 2026-01-01 21:00 UTC
FLIGHT = {"flight": "ZX 4", "lands": "2026-03-03T22:10:00Z", "timezone": "Asia/Tokyo"}
CLUBS = [{"club": "Elm", "invited": 320, "came": 208}, {"club": "Ash", "invited": 150, "came": 63}]
NAILS = {"sku": "N4", "pieces": 2400, "grams": 312}
POET = {"name": "Ida Holm", "born": 1891, "died": "1960-02-11"}
POLE = {"sku": "P9", "lengthCm": 182}
SCENE = {"scene": 12, "in": "00:14:05", "out": "00:14:52"}
RUN = {"km": 10.55, "seconds": 3165}
CAR = {"pct": 64, "kwh": 77, "range_km": 218}
FLAT = {"rent": 1150, "utilities": 185, "deposit_months": 3}
POLL = [{"option": "Blue", "votes": 48}, {"option": "Green", "votes": 31}, {"option": "Red", "votes": 21}]
COURSE = {"lessons": 24, "done": 18, "minutes_per_lesson": 35}
TALK = {"start_utc": "2026-05-12T15:00:00Z", "tz": "America/New_York", "minutes": 50}
BALLOT = {"yes": 212, "no": 108, "abstain": 12}
METER = [{"month": "2026-03", "m3": 11.2}, {"month": "2026-04", "m3": 9.8}]
SAILINGS = [{"dep": "09:55", "cars_left": 4}, {"dep": "13:00", "cars_left": 11}, {"dep": "15:30", "cars_left": 0}]
USE = [{"day": "2026-05-09", "kwh": 8.1}, {"day": "2026-05-10", "kwh": 11.9}, {"day": "2026-05-11", "kwh": 7.6}]
HEAT = [{"name": "Lea", "time": "1:12.4"}, {"name": "Mia", "time": "1:09.8"}]
TANK = {"tank": "T1", "litres": 180}
SURVEY = {"sent": 400, "answered": 130, "would_return": 91}
SHOP = {"shop": "Quay", "hours": {"weekday": ["08:00", "16:30"], "lastInMin": 20}}


@pytest.mark.parametrize(("told", "body", "right", "wrong"), [
    ("When does Orbi rise?", PASS, "At nine in the evening on 1 January.", "At eight in the evening on 1 January."),
    ("When does Orbi rise by our clock?", PASS, "At 11 pm (UTC+2).", "At 10 pm (UTC+2)."),
    ("When does it land, in Tokyo's time?", FLIGHT, "At 07:10 on 4 March.", "At 06:10 on 4 March."),
    ("What share of the invited came?", CLUBS, "65 % at Elm and 42 % at Ash.", "65 % at Elm and 48 % at Ash."),
    ("What's the hundred-piece weight of N4?", NAILS, "13 g.", "31 g."),
    ("How old was she?", POET, "About 68.", "About 78."),
    ("How long is it in feet and inches?", POLE, "5'11.7\", so nearly six feet.", "5'9.7\"."),
    ("How long is scene 12?", SCENE, "Forty-seven seconds, from 14:05 to 14:52.", "Thirty-seven seconds."),
    ("What was my pace?", RUN, "A steady 5:00 per kilometre.", "A steady 5:40 per kilometre."),
    ("How many kWh are left?", CAR, "About 49 of the 77.", "About 59 of the 77."),
    ("Can I get to Ghent and back, 95 km each way?", CAR, "Yes, that is 190 km.", "Yes, that is 180 km."),
    ("What is the flat, all in?", FLAT, "1,335 a month, and a deposit of €3,450.", "1,435 a month."),
    ("Who won?", POLL, "Blue; the others together got four votes more.", "Blue; the others got 14 votes more."),
    ("How long will it still take?", COURSE, "The six that remain take three and a half hours.",
     "The six that remain take five and a half hours."),
    ("When is it in New York?", TALK, "From 11 in the morning until ten to twelve.",
     "From 11 in the morning until ten past twelve."),
    ("Did it pass?", BALLOT, "Yes, with 66.25 % of the votes cast.", "Yes, with 68.25 % of the votes cast."),
    ("Did we use less in April?", METER, "Yes, 12.5 % less.", "Yes, 22.5 % less."),
    ("Which one has room?", SAILINGS, "The five to ten has room for four cars.", "The ten to nine has room for four."),
    ("How many places are left?", SAILINGS, "Fifteen, on two of three boats.", "Seventeen, on two of three boats."),
    ("What does it cost at 31 cents?", USE, "27.6 kWh are €8.56.", "27.6 kWh are €9.56."),
    ("Who won?", HEAT, "Mia, 2.6 seconds before Lea.", "Mia, 3.6 seconds before Lea."),
    ("How much is a quarter?", TANK, "A quarter of the tank is 45 litres.", "A quarter of the tank is 65 litres."),
    ("Did they like it?", SURVEY, "Yes, seven in ten would return.", "Yes, nine in ten would return."),
    ("What do I owe?", {"fines": 0.4}, "40 cents.", "60 cents."),
    ("How full are they?", [{"hall": "A", "casks": 412, "spaces": 500}], "82 %.", "88 %."),
    ("How late may we come?", SHOP, "Until 16:10, Monday to Friday.", "Until 15:50, Monday to Friday."),
])
def test_what_is_understood(told: str, body: Any, right: str, wrong: str) -> None:
    assert list(unsupported(right, known_of(told, right, ("getIt", {}, body)))) == []
    assert list(unsupported(wrong, known_of(told, wrong, ("getIt", {}, body))))


ROOMS = [{"room": "Owl", "seats": 12, "taken": 5}, {"room": "Fox", "seats": 9, "taken": 8},
         {"room": "Elk", "seats": 7, "taken": 7}]
RUNNERS = [{"name": "Ines Roth", "sprint": 81, "jump": 70}, {"name": "Tom Hale", "sprint": 74, "jump": 79}]


@pytest.mark.parametrize(("answer", "body", "is_wrong"), [
    ("Owl has room for seven more.", ROOMS, False), ("Owl has room for nine more.", ROOMS, True),
    ("Ines is the faster one, 81 to his 74.", RUNNERS, False), ("Ines has 74 in the sprint.", RUNNERS, True)])
def test_whose_a_number_is(answer: str, body: Any, is_wrong: bool) -> None:
    assert bool(list(misattributed(answer, known_of("Who?", answer, ("listAll", {}, body))))) is is_wrong


@pytest.mark.parametrize(("before", "is_wrong"), [("Heat 5 went like this:", False), ("The 5 boats:", True)])
def test_a_number_after_its_name_counts_nothing(before: str, is_wrong: bool) -> None:
    body = {"heat": 5, "boats": [{"boat": "Lark"}, {"boat": "Wren"}, {"boat": "Kite"}]}
    answer = f"{before}\n1. Lark\n2. Wren"
    assert bool(list(miscounted(answer, known_of("Who won?", answer, ("getHeat", {}, body))))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The road closes at 6 a.m.", False), ("The road opens again at 5 p.m.", False), ("It ends at 6 a.m.", True)])
def test_what_closes_may_begin_or_end(answer: str, is_wrong: bool) -> None:
    body = {"road": "B4", "begins": "06:00", "ends": "17:00"}
    assert bool(list(other_moment(answer, known_of("Is it shut?", answer, ("getWork", {}, body))))) is is_wrong


def test_a_result_is_taken_up_by_a_first_name() -> None:
    calls = [("findCook", {"name": name}, [{"cook": name, "fee": fee}]) for name, fee in
             (("Nora Vance", 90), ("Omar Lind", 70))]
    told = "If Nora Vance takes under 80 book her, otherwise Omar Lind."
    for answer, left in (("Nora is too dear, so it is Omar Lind.", []), ("It's Omar Lind.", ["findCook: Nora Vance"])):
        assert list(left_out(answer, known_of(told, answer, *calls))) == left


@pytest.mark.parametrize(("answer", "is_left"), [
    ("They owe you 40, which has to be paid by 3 May.", False), ("They owe you.", True)])
def test_two_sides_of_a_question_are_one(answer: str, is_left: bool) -> None:
    known = known_of("Do we owe them or do they owe us, and by when must it be settled?", answer,
                     ("getTab", {}, {"balance": 40, "due": "2026-05-03"}))
    assert bool(list(unanswered_parts(answer, known))) is is_left


ORDERS = [{"order": "O1", "frames": 60, "done": 22, "state": "running"}, {"order": "O2", "frames": 40, "done": 40,
                                                                        "state": "finished"}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("O1 has 22 of 60 done.", False), ("O1 has 60 done.", True)])
def test_what_is_counted_of_a_number(answer: str, is_wrong: bool) -> None:
    assert bool(list(other_field(answer, known_of("How far?", answer, ("listOrders", {}, ORDERS))))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [("Nothing is.", False), ("Nothing is listed.", True)])
def test_nothing_is_what_was_asked_about(answer: str, is_wrong: bool) -> None:
    assert bool(list(denied(answer, known_of("Is anything stuck?", answer, ("listOrders", {}, ORDERS))))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [("Dal is at two out of four.", False), ("Dal is at four.", True)])
def test_a_scale_is_of_no_thing(answer: str, is_wrong: bool) -> None:
    body = [{"name": "Dal", "hot": 2}, {"name": "Vindaloo", "hot": 4}]
    assert bool(list(misattributed(answer, known_of("How hot is it?", answer, ("listDishes", {}, body))))) is is_wrong
