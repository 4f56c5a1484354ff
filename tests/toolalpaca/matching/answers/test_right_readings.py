"""Answers in the clock, the currency and the words of people where results have codes, epochs and texts, each next to
one that is wrong."""

from typing import Any

import pytest
from short_conversations import Call, known_of, transcript_of

from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.asks import unanswered
from toolalpaca.matching.answers.contradictions import contradictions
from toolalpaca.matching.arguments.documented import meanings_of_codes
from toolalpaca.matching.facts.known import Known

BILLS = [{"id": name, "client": client, "sum": {"value": value, "Currency": code}, "open": {"value": "5.00"}}
         for name, client, value, code in (("I1", "Lowe", "120.50", "USD"), ("I2", "Marsh", "80.00", "EUR"),
                                           ("I3", "Pike", "75.25", "USD"), ("I4", "Rowe", "210.00", "USD"))]
PARTS = [{"part": part, "state": state, "price": price} for part, state, price in (
    ("Gasket", "ordered", "12.40"), ("Belt", "in stock", "30.10"), ("Hose", "ordered", "7.25"),
    ("Filter", "ordered", "9.00"))]
BOATS = [{"ship": "Auk", "sailsAt": 1781164800, "lastUp": 1781172900},
         {"ship": "Tern", "sailsAt": 1781179200, "lastUp": 1781188500}]
CUP = {"name": "Cup", "price": 20.0, "currency": "GBP"}
TANK = {"station": "Elm", "price_per_litre": 1.7, "currency": "EUR"}
STATS = [{"name": "Ana", "gp": 20, "t": 9, "k": 12, "cards": 3}, {"name": "Bea", "gp": 16, "t": 7, "k": 11, "cards": 4}]
FLIGHT = {"no": "BA1", "dep": "2026-06-01T14:10:00+01:00", "arr": "2026-06-01T17:35:00-07:00"}
SITE = {"site": "Fen", "offsetMinutes": 60, "graceMinutes": 15, "fee": 30}
PIN = {"title": "Pin", "from": 401, "to": 500}


@pytest.mark.parametrize(("told", "body", "right", "wrong"), [
    ("How much do they owe me in dollars?", BILLS, "$405.75 in all.", "$485.75 in all."),
    ("What do the ordered parts cost?", PARTS, "They come to 28.65.", "They come to 29.65."),
    ("When do the ferries leave? I'm in Athens.", BOATS, "Auk at 11:00, Tern at 3 pm.", "Auk at 11:00, Tern at 4 pm."),
    ("When do the ferries leave and go up?", BOATS, "Auk at 10:00, last up 12:15, Tern at 14:00 and 16:35.",
     "Auk at 10:00, last up 12:15, Tern at 13:00 and 16:35."),
    ("When does it start in New York?", {"name": "Gala", "start": "2026-06-11T00:30:00Z"}, "On 10 June at 8:30 pm.",
     "On 10 June at 9:30 pm."),
    ("Is 2 metres forty enough for it?", {"item": "Wardrobe", "height_mm": 2120}, "Yes, it leaves 28 cm.",
     "Yes, it leaves 38 cm."),
    ("One pound is 1.15 euros. What's that in euros?", CUP, "€23.", "€25."),
    ("£1 = $1.25 today. How much in dollars?", CUP, "$25.00.", "$27.00."),
    ("A crate holds 24. How many do I need?", {"bottles": 120}, "5, for 120 bottles.", "36, for 120 bottles."),
    ("My tank of 60 litres is a quarter full.", TANK, "You need 45 litres, 76.50 euros at €1.70 a litre.",
     "You need 45 litres, 86.50 euros at €1.70 a litre."),
    ("Who has most in tries and kicks, and per match?", STATS, "Ana: 21, that is 1.05 per match.",
     "Ana: 26, that is 1.3 per match."),
    ("How long is the flight?", FLIGHT, "11 hours 25 minutes.", "4 hours 25 minutes."),
    ("What's the fee?", {"feeOere": 1250, "currency": "DKK"}, "12.50 kroner.", "13.50 kroner."),
    ("How windy is it in km/h?", {"unit": "metric", "speed": 6.2}, "It blows at 22 km/h.", "It blows at 32 km/h."),
    ("I come back 25 minutes late.", SITE, "The first 15 minutes are free.", "The first 52 minutes are free."),
    ("What is it for 40,000 views?", {"brand": "Cole", "cpm": 21.5}, "$860.00 at $21.50 per thousand.",
     "$890.00 at $21.50 per thousand."),
    ("What is it worth?", {"litres": 5890, "hlPrice": 84.0}, "€4,947.60 for 5,890 litres at €84 a hectolitre.",
     "€4,847.60 for 5,890 litres at €84 a hectolitre."),
    ("How old is it? It's 20 May 2026.", {"cask": "C2", "filled": "2018-10-03"}, "7 years and 7 months.",
     "7 years and 2 months."),
    ("How long will it last?", {"feed": "hay", "kg": 310, "perDayKg": 12.5}, "24.8 days.", "26.8 days."),
    ("When did it get there?", {"began": "2026-02-20T11:02:48Z", "afterS": 14.2}, "At 11:03:02.", "At 11:09:02."),
    ("When's it from?", PIN, "It was made in the 5th century.", "It was made somewhere."),
])
def test_readings(told: str, body: Any, right: str, wrong: str) -> None:
    assert _faults(told, right, ("lookUp", {}, body)) == []
    assert _faults(told, wrong, ("lookUp", {}, body)) != []


TEXTS = {"slot": "Time of day: M = 7 to 10, N = 10 to 13, L = 14 to 18.", "sort": "Points (wins plus draws)."}


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("It's booked from 2 to 6 pm.", False), ("It's booked from 10 to 1 pm.", True),
])
def test_documented_codes(answer: str, is_wrong: bool) -> None:
    call: Call = ("book", {"slot": "L", "rows": [{"n": 1}]}, {"id": "B-7", "slot": "L"})
    assert bool(_faults("Late, please.", answer, call)) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [("Rye has 24 points.", False), ("Rye has 37 points.", True)])
def test_documented_sums(answer: str, is_wrong: bool) -> None:
    body = [{"name": "Rye", "w": 15, "d": 9, "lost": 2}, {"name": "Deal", "w": 11, "d": 14, "lost": 4}]
    assert bool(_faults("Points, please.", answer, ("table", {"sort": "p"}, body))) is is_wrong


def test_times_after_at_are_no_prices() -> None:
    assert _faults("What is it?", "It's at 0.58 CHF a minute.", ("lookUp", {}, {"fee": 58, "ccy": "CHF"})) != []
    assert _faults("What is it?", "It's at 0.58 CHF a minute.", ("lookUp", {}, {"fee": 0.58, "ccy": "CHF"})) == []


def _faults(told: str, answer: str, *calls: Call) -> list[str]:
    evidence = transcript_of(told, *calls).whole()
    known = Known(evidence, answer, meanings=meanings_of_codes(TEXTS, {"slot": frozenset("MNL")}, evidence))
    return [*unsupported(answer, known), *contradictions(answer, known), *unanswered(answer, known)]


TOOLS = [{"name": "Drill Bosch", "day_fee": 9.0}, {"name": "Drill Makita", "day_fee": 7.0},
         {"name": "Sander", "day_fee": 4.0}]
STAYS = [{"name": "Elm Inn", "distanceKm": 0.4, "maxLuggageGrams": 15000},
         {"name": "Oak Lodge", "distanceKm": 1.1, "maxLuggageGrams": 25000},
         {"name": "Ash House", "distanceKm": 2.0, "maxLuggageGrams": 30000}]
ADDRESSES = [{"label": "Office", "name": "Ann Price", "town": "Hull"},
             {"label": "Mum", "name": "Jo Price", "town": "Rye"}]


@pytest.mark.parametrize(("told", "body", "right", "wrong"), [
    ("I need a drill, the cheapest.", TOOLS, "The Makita is the cheapest.", "The Bosch is the cheapest."),
    ("Which is the nearest for 20 kg?", STAYS, "Oak Lodge is the nearest.", "Ash House is the nearest."),
    ("Any alerts for Rye?", TOOLS, "There's nothing left to do.", "There's nothing."),
])
def test_among_what_was_asked_for(told: str, body: Any, right: str, wrong: str) -> None:
    for answer, is_wrong in ((right, False), (wrong, True)):
        assert bool([*contradictions(answer, known_of(told, answer, ("lookUp", {}, body)))]) is is_wrong


def test_two_ends_of_a_way() -> None:
    told, answer = "Send it from the office to mum.", "It goes from your office to Jo Price in Rye."
    assert [*contradictions(answer, known_of(told, answer, ("addresses", {}, ADDRESSES)))] == []


PLOTS = [{"plot": "N1", "areaM2": 640, "pricePerM2": 185}, {"plot": "N2", "areaM2": 820, "pricePerM2": 170}]
QUARTERS = [{"quarter": "Q1", "rev": 412000, "cost": 388000}, {"quarter": "Q2", "rev": 455000, "cost": 401000}]
SONGS = [{"song": "Ice", "by": "Nim", "secs": 214}, {"song": "Ash", "by": "Ora", "secs": 187},
         {"song": "Oak", "by": "Nim", "secs": 251}]


@pytest.mark.parametrize(("told", "body", "right", "wrong"), [
    ("Which is cheaper?", PLOTS, "N1, at €118,400 against €139,400.", "N1, at €128,400 against €139,400."),
    ("How did the profit change?", QUARTERS, "From 24,000 to 54,000.", "From 26,000 to 54,000."),
    ("How many cases of twelve is that?", [{"wine": "Brut", "btl": 36}, {"wine": "Sec", "btl": 72}],
     "Nine: 108 bottles.", "Seven: 108 bottles."),
    ("What will it cost with VAT?", {"parts": 84.5, "labour": 120.0, "vat_pct": 25},
     "84.50 and 120, so 204.50, or 255.63 with VAT.", "84.50 and 120, so 204.50, or 265.63 with VAT."),
    ("Which cabin made more?", [{"b": "Ash", "nights": 14, "made": 1890.0}, {"b": "Elm", "nights": 9, "made": 1485.0}],
     "Ash: 1,890 to Elm's 1,485.", "Ash: 1,485 to Elm's 1,890."),
    ("What is that over the contract?", [{"plan": "M", "priceEur": 29.99, "months": 24}], "€719.76 over 24 months.",
     "€729.76 over 24 months."),
    ("What's the fare for two of us?", [{"to": "Bergen", "fare": 39}, {"to": "Flåm", "fare": 58}], "€194: 97 each.",
     "€204: 97 each."),
    ("When will it come?", {"placed": "2026-05-01", "days": {"min": 3, "max": 5}}, "From 4 to 6 May 2026.",
     "From 4 to 8 May 2026."),
    ("How long is it?", SONGS, "10:52, of which 7:45 are Nim's.", "11:02, of which 8:45 are Nim's."),
])
def test_over_a_list(told: str, body: Any, right: str, wrong: str) -> None:
    assert _faults(told, right, ("lookUp", {}, body)) == []
    assert _faults(told, wrong, ("lookUp", {}, body)) != []


def test_march_is_a_month() -> None:
    body = {"rent": 780, "charges": 145, "paid": [
        {"month": "2026-03", "amount": 925}, {"month": "2026-04", "amount": 780}]}
    right = "March is settled with 925, but in April only 780 of 925 came in."
    assert _faults("Is all paid?", right, ("lookUp", {}, body)) == []
    assert _faults("Is all paid?", "March is settled with 780, April with 925.", ("lookUp", {}, body)) != []
