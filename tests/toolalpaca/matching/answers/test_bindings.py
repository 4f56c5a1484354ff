"""Whose a value is: right and wrong attributions of the same numbers, days and texts."""

from typing import Any

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.bindings import misattributed
from toolalpaca.matching.answers.other_values import other_field
from toolalpaca.matching.answers.rows import mixed_rows

FERRIES = [{"name": "Sea Lark", "price": 48.5, "departs": "08:15", "port": "Aberdeen"},
           {"name": "Northern Star", "price": 63.0, "departs": "11:40", "port": "Lerwick"}]
LOAN = {"principal": 12000, "interest": 840.25, "fee": 150}


def wrong(rule: Any, answer: str, body: Any) -> list[str]:
    known = known_of("Compare them for me, please.", answer, ("listAll", {}, body))
    return list(rule(answer, known))


@pytest.mark.parametrize("answer", [
    "The Sea Lark costs 48.50 and the Northern Star costs 63.00.",
    "Sea Lark leaves at 08:15; Northern Star leaves at 11:40.",
    "The Northern Star sails from Lerwick.",
    "- **Sea Lark**: 48.5\n- **Northern Star**: 63",
    "| Ship | Price |\n|---|---|\n| Sea Lark | 48.5 |\n| Northern Star | 63 |",
    "The Northern Star costs 14.50 more than the Sea Lark.",
])
def test_values_with_their_own_thing(answer: str) -> None:
    assert wrong(misattributed, answer, FERRIES) == []


@pytest.mark.parametrize("answer", [
    "The Sea Lark costs 63.00.",
    "Sea Lark leaves at 11:40; Northern Star leaves at 08:15.",
    "- **Sea Lark**: 63\n- **Northern Star**: 48.5",
    "| Ship | Price |\n|---|---|\n| Sea Lark | 63 |\n| Northern Star | 48.5 |",
])
def test_values_of_another_thing(answer: str) -> None:
    assert wrong(misattributed, answer, FERRIES)


@pytest.mark.parametrize("answer", [
    "The longer ones are harbour tour Sunset (90) and Sunset (60).",
    "harbour tour (45), Sunset (60), harbour tour Sunset (90)",
])
def test_a_name_that_is_a_part_of_another_is_not_told_by_its_words(answer: str) -> None:
    tours = [{"title": "harbour tour", "minutes": 45}, {"title": "harbour tour Sunset", "minutes": 90},
             {"title": "Sunset", "minutes": 60}, {"title": "old mill", "minutes": 30}]
    assert wrong(misattributed, answer, tours) == []
    assert wrong(misattributed, "The old mill takes 90 minutes.", tours)


KIOSKS = [{"kiosk": "K-1", "label": "East Gate", "metres": 140, "fee": 2.5, "currency": "EUR"},
          {"kiosk": "K-2", "label": "Old Mill", "metres": 620, "fee": 4.75, "currency": "EUR"}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("East Gate (K-1) is 140 metres off and Old Mill (K-2) 620 metres.", False),
    ("East Gate (K-1) is 620 metres off and Old Mill (K-2) 140 metres.", True),
    ("Two: East Gate, 140 metres away, and Old Mill, 620 metres away.", False),
    ("Two: East Gate, 620 metres away, and Old Mill, 140 metres away.", True),
    ("You pay 7.25 EUR: 2.50 at East Gate and 4.75 at Old Mill.", False),
    ("You pay 7.25 EUR: 4.75 at East Gate and 2.50 at Old Mill.", True),
    ("Old Mill is 480 metres further than East Gate (620 against 140).", False),
    ("East Gate is the nearer one, 140 metres to its 620.", False),
])
def test_a_value_after_a_parenthesis_or_between_commas_is_of_the_name_before_it(answer: str, is_wrong: bool) -> None:
    assert bool(wrong(misattributed, answer, KIOSKS)) is is_wrong


def test_a_country_by_its_name_and_a_thing_that_two_calls_show() -> None:
    spent = [{"country": "NO", "cost": 7.25}, {"country": "PT", "cost": 3.5}]
    assert wrong(misattributed, "- Norway: 7.25\n- Portugal: 3.50", spent) == []
    assert wrong(misattributed, "- Norway: 3.50\n- Portugal: 7.25", spent)
    calls = [("near", {"limit": limit}, KIOSKS[:limit]) for limit in (1, 2)]
    for answer, is_wrong in (("East Gate (K-1) at 140 m and Old Mill (K-2) at 620 m.", False),
                             ("East Gate (K-1) at 620 m and Old Mill (K-2) at 140 m.", True)):
        assert bool(list(misattributed(answer, known_of("Which are near?", answer, *calls)))) is is_wrong


BILLS = [{"bill": "B-7", "amount": 86.5, "paid_on": "2025-05-14"},
         {"bill": "B-5", "amount": 42, "paid_on": "2025-02-03"}]
ROOMS = [{"hour": 1, "subject": "Botany", "room": "112"}, {"hour": 2, "subject": "Rowing", "room": "Hall 1"}]


@pytest.mark.parametrize(("answer", "body", "is_wrong"), [
    ("You paid 128.50: 42 on 3 February and 86.50 on 14 May 2025.", BILLS, False),
    ("You paid 128.50: 86.50 on 3 February and 42 on 14 May 2025.", BILLS, True),
    ("You have Botany first (room 112) and then Rowing (Hall 1).", ROOMS, False),
])
def test_a_clause_with_one_number_and_a_day(answer: str, body: Any, is_wrong: bool) -> None:
    assert bool(wrong(mixed_rows, answer, body)) is is_wrong


TRIPS = [{"tripId": "t4", "leaves": "12:15", "lands": "19:00", "state": "left"},
         {"tripId": "t7", "leaves": "07:00", "lands": "11:30", "state": "open"},
         {"tripId": "t9", "leaves": "20:00", "lands": "07:00", "state": "full"}]
MEMBERS = [{"name": "Nora Lind", "mail": "jan@club.example", "member": 12},
           {"name": "Jan Vos", "mail": "nora@club.example", "member": 31}]


@pytest.mark.parametrize(("answer", "body", "is_wrong"), [
    ("- trip t7, leaves 07:00, lands 11:30\n- trip t9, leaves 20:00, lands 07:00", TRIPS, False),
    ("- trip t7, leaves 20:00, lands 11:30\n- trip t9, leaves 07:00, lands 07:00", TRIPS, True),
    ("Nora Lind (mail jan@club.example, member 12); Jan Vos (mail nora@club.example, member 31).", MEMBERS, False),
    ("Nora Lind (mail nora@club.example, member 12); Jan Vos (mail jan@club.example, member 31).", MEMBERS, True),
])
def test_a_moment_of_two_fields_and_a_name_in_an_address(answer: str, body: Any, is_wrong: bool) -> None:
    assert bool([*wrong(mixed_rows, answer, body), *wrong(misattributed, answer, body)]) is is_wrong


def test_a_name_in_small_letters_begins_a_sentence_after_a_number() -> None:
    coins = [{"coin": "litecoin", "price": 265.19}, {"coin": "dogecoin", "price": 500.92}]
    answer = "The price of dogecoin is 500.92. litecoin is cheaper: 265.19 against 500.92."
    assert wrong(misattributed, answer, coins) == []
    assert wrong(misattributed, "The price of litecoin is 500.92. dogecoin is cheaper: 265.19.", coins)


TALKS = [{"title": "Moss in May", "speaker": "Ada Pike", "on": "2025-05-04"},
         {"title": "Ferns at Night", "speaker": "Ben Cole", "on": "2025-05-11"},
         {"title": "Lichen Walk", "speaker": "Ada Pike", "on": "2025-05-18"}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Moss in May by Ada Pike, and Ferns at Night by Ben Cole.", False),
    ("Moss in May by Ben Cole, and Ferns at Night by Ada Pike.", True),
    ("- Moss in May, 4 May: Ben Cole\n- Ferns at Night, 11 May: Ada Pike", True),
    ("Ben Cole speaks a week after Moss in May.", False),
])
def test_names_next_to_the_name_of_another_thing(answer: str, is_wrong: bool) -> None:
    assert bool(wrong(misattributed, answer, TALKS)) is is_wrong


def test_a_single_thing_has_no_other_to_be_confused_with() -> None:
    assert wrong(misattributed, "The Sea Lark costs 63.00.", FERRIES[:1]) == []


def test_a_field_whose_name_is_a_part_of_another_one() -> None:
    calls = [("listLots", {}, [{"lot": 11, "head": 26, "reserve": 1485}, {"lot": 3, "head": 18, "reserve": 1720}]),
             ("leaveBid", {"lot": 11}, {"lot": 11, "perHead": 1485})]
    answer = "It is 1485 a head for lot 11 (26 head), so that is what I left."
    assert list(other_field(answer, known_of("Bid on the one with the lowest reserve.", answer, *calls))) == []


def test_values_of_another_field() -> None:
    assert wrong(other_field, "You borrow a principal of 12,000 and pay interest of 840.25.", LOAN) == []
    assert wrong(other_field, "You pay interest of 12,000.", LOAN) == ["12,000 is the principal, not the interest"]
    assert wrong(other_field, "The fee is 840.25.", LOAN) == ["840.25 is the interest, not the fee"]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The next sprint has 14 stories open.", False), ("The next sprint has 52 stories open.", True),
    ("The average gust was 61 km/h.", False), ("The peak was 61 km/h.", True),
    ("It was 30 % full without a queue.", False),
])
def test_fields_that_have_a_word_or_a_unit_in_common(answer: str, is_wrong: bool) -> None:
    body = {"openStories": 14, "closedStories": 52, "peakKmh": 88, "averageKmh": 61, "percent": 30, "queueMinutes": 12}
    assert bool(wrong(other_field, answer, body)) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Saturday brings 22 mm, against 8 on Sunday.", False), ("Sunday brings 22 mm, against 8 on Saturday.", True),
    ("Sunday is calmer: 15 km/h instead of 55.", False),
])
def test_days_that_are_named_by_their_weekday(answer: str, is_wrong: bool) -> None:
    calls = [("getRain", {"date": day}, {"date": day, "rainMm": rain, "windKmh": wind})
             for day, rain, wind in (("2025-01-25", 22, 55), ("2025-01-26", 8, 15))]
    assert bool(list(misattributed(answer, known_of("Which day is better?", answer, *calls)))) is is_wrong


EPISODES = [{"number": 1, "title": "The Brass Feather", "released": "2025-03-05"},
            {"number": 3, "title": "What the Heron Saw", "released": "2025-01-21"}]


@pytest.mark.parametrize("answer", [
    "The Brass Feather came out on 2025-03-05.",
    "title: The Brass Feather; released: 2025-03-05",
    "Here is what I found: the first one came out on 2025-03-05.",
])
def test_neither_the_month_of_a_date_nor_a_question_word_names_a_thing(answer: str) -> None:
    assert wrong(misattributed, answer, EPISODES) == []
    assert wrong(misattributed, "What the Heron Saw came out on 2025-03-05.", EPISODES)
    assert wrong(misattributed, "Number 3 came out on 2025-03-05.", EPISODES)


PLOTS = [{"plot": "P-1", "site": "Canal Side", "rent": 148.5}, {"plot": "P-2", "site": "Canal Side", "rent": 202.5},
         {"plot": "P-3", "site": "Birch Hollow", "rent": 168.75}, {"plot": "P-4", "site": "Birch Hollow", "rent": 13.5}]


def test_a_difference_of_sums_may_be_another_things_value() -> None:
    right = "All of Canal Side brings in 351 and all of Birch Hollow 182.25, so 168.75 more with P-2."
    assert wrong(misattributed, right, PLOTS) == []
    assert wrong(misattributed, "The rent of P-2 is 168.75.", PLOTS)


NIGHTS = {"hut": {"name": "Amberger", "beds": 139, "altitude": 2136},
          "night": {"date": "2025-07-05", "free_beds": 40, "price": 31.5}}


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("Are there free beds?", "Yes, 40 beds.", False),
    ("What can I get?", "There are free places: 40 beds.", False),
    ("Are there free beds?", "Yes, the price is 40.", True),
])
def test_the_end_of_a_fields_name_is_it_if_the_beginning_was_said(told: str, answer: str, is_wrong: bool) -> None:
    known = known_of(told, answer, ("findHut", {}, NIGHTS["hut"]), ("listNights", {}, NIGHTS["night"]))
    assert bool(list(other_field(answer, known))) is is_wrong


TENTS = [{"tent": "T-7", "name": "Red Kite", "price": 5, "opens": "09:00"},
         {"tent": "T-8", "name": "Grey Gull", "price": 7, "opens": "10:30"}]


PUPILS = [{"pupil": "AB-7-01", "name": "Orla", "level": "AB", "fee": 45}, {
    "pupil": "AB-7-02", "name": "Finn", "level": "AB", "fee": 60}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Orla (AB-7-01, a beginner) pays 45.", False), ("Orla (AB-7-01, a beginner) pays 60.", True)])
def test_what_comes_after_a_parenthesis_is_of_the_same_thing(answer: str, is_wrong: bool) -> None:
    assert bool(wrong(misattributed, answer, PUPILS)) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("G-2 gave 3.5 and then 4.8; G-3 gave 2.9.", False), ("G-3 gave 3.5 and then 4.8; G-2 gave 2.9.", True),
    ("G-2. It gave 4.8 on 9 May.", False), ("G-3. It gave 2.9 on 9 May.", False)])
def test_things_of_one_call_by_what_it_was_asked_with(answer: str, is_wrong: bool) -> None:
    days = [{"day": "2025-05-02", "litres": 3.5}, {"day": "2025-05-09", "litres": 4.8}]
    calls = [("listYields", {"goat": "G-2"}, days), ("listYields", {"goat": "G-3"}, [{**days[1], "litres": 2.9}])]
    assert bool(list(misattributed(answer, known_of("G-2 or G-3?", answer, *calls)))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("You pay a fee of 150 and 840.25 in interest.", False), ("It costs 840.25, and 150.00 is the interest.", True),
    ("The p90 is 41 ms, the median 12.", False), ("The median is 41 ms.", True)])
def test_fields_that_are_exchanged(answer: str, is_wrong: bool) -> None:
    body = {**LOAN, "medianMs": 12, "p90Ms": 41}
    assert bool(wrong(other_field, answer, body)) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("In 2024 there were 440 sales and 505 loans.", False), ("In 2024 there were 505 sales and 440 loans.", True)])
def test_two_series_of_one_shop(answer: str, is_wrong: bool) -> None:
    calls = [("getSeries", {"shopId": "C-101", "kind": kind},
              {"shopId": "C-101", "figure": kind, "values": {"2024": number}})
             for kind, number in (("sales", 440), ("loans", 505))]
    assert bool(list(misattributed(answer, known_of("Sales and loans in 2024?", answer, *calls)))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Of the 1904 coin 3,100 were struck, of the 1911 one 5,200.", False),
    ("Of the 1904 coin 5,200 were struck, of the 1911 one 3,100.", True)])
def test_a_year_in_a_title_tells_things_apart(answer: str, is_wrong: bool) -> None:
    coins = [{"title": "3 Pesos 1904, jubilee", "struck": 3100}, {"title": "3 Pesos 1911, wreath", "struck": 5200}]
    known = known_of("How many were struck?", answer, ("listCoins", {}, coins))
    assert bool(list(misattributed(answer, known))) is is_wrong


SELLERS = [{"name": "Ines Falk", "sales": 9, "returned": 2}, {"name": "Rolf Amrein", "sales": 8, "returned": 3},
           {"name": "Mia Zeller", "sales": 7, "returned": 5}]
SHEDS = [{"shed": "Elm", "bales": 30, "reorderAt": 41}, {"shed": "Oak", "bales": 11, "reorderAt": 25}]
PIERS = [{"name": "Tram Pier", "modes": ["ferry"]}, {"name": "Long Quay", "modes": ["ferry", "tram"]}]
WRITERS = [{"name": "Long Quay", "walk": 12}, {"name": "Ferry House", "walk": 31}]


@pytest.mark.parametrize(("told", "answer", "body", "is_wrong"), [
    ("Who sold most, not counting returns?", "- Ines Falk: 7\n- Rolf Amrein: 5", SELLERS, False),
    ("Who sold most?", "- Ines Falk: 7\n- Rolf Amrein: 5", SELLERS, True),
    ("What is in the sheds?", "Elm has 30, and with the 11 of Oak it would have 41.", SHEDS, False),
    ("What is in the sheds?", "Oak is filled again at 41.", SHEDS, True),
    ("What about the ferry?", "The ferry takes 12 minutes from Long Quay.",
     {"walks": WRITERS, "piers": PIERS}, False),
])
def test_numbers_that_follow_from_a_things_own(told: str, answer: str, body: Any, is_wrong: bool) -> None:
    assert bool(list(misattributed(answer, known_of(told, answer, ("look", {}, body))))) is is_wrong


def test_a_number_that_another_kind_of_thing_in_the_clause_has() -> None:
    answer = "| | Club | Points |\n|---|---|---|\n| 1 | Otters | 20 |\n| 2 | Herons | 18 |"
    calls = [("topPlayers", {}, [{"name": "Ada Lund", "team": "Otters", "cards": 2}, {"name": "Bo Ek", "team": "Herons",
                                                                                    "cards": 1}]),
             ("getTable", {}, [{"rank": 1, "team": "Otters", "points": 20}, {"rank": 2, "team": "Herons",
                                                                             "points": 18}])]
    assert list(misattributed(answer, known_of("Table and players, please.", answer, *calls))) == []


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("K-11 is still on loan and K-12 is back.", False), ("K-12 is on loan.", True), ("K-11 is returned.", True)])
def test_the_state_of_another_thing_next_to_an_id(answer: str, is_wrong: bool) -> None:
    calls = [("getKit", {"kitId": kit}, {"kitId": kit, "state": state}) for kit, state in (
        ("K-11", "on_loan"), ("K-12", "returned"))]
    assert bool(list(misattributed(answer, known_of("How are K-11 and K-12?", answer, *calls)))) is is_wrong
