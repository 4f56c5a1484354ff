"""Answers that follow by one step of arithmetic, as people word them, each next to one whose step is wrong."""

from typing import Any

import pytest
from short_conversations import Call, known_of

from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.contradictions import contradictions

CLOCK: Call = ("getCurrentDateTime", {}, "2026-04-09 10:00:00, Thursday")
TENT = {"sku": "TN-4", "price": 229.0, "currency": "USD"}
JOB = {"jobId": "J-3", "words": 5200, "wordsDone": 3900}
VOTE = {"voteId": 3, "members": 240, "voted": 168, "yes": 105, "no": 63}
OATS = {"food": "oats", "kcalPer100g": 372}
RATES = {"total": 480.0, "currency": "EUR", "rates": {"GBP": 0.86, "USD": 1.09}}
STAFF = [{"name": "Ada Brock", "since": 2009}, {"name": "Tom Reed", "since": 2014}]
LEAVE = {"employee": "E-7", "entitled": 28, "taken": 11}
FAIR = {"friday": 1200, "saturday": 2700, "sunday": 2100}
STAY = {"arrival": "2026-08-28", "departure": "2026-09-02", "guests": 2, "total": 465.0}
ORDER = {"order": "91", "each": 4.5, "before": 9.0, "total": 22.5}
FILM = {"title": "Low Tide", "starts": "20:15", "minutes": 112}
METER = {"meter": "E5", "kwh": 2835}
STEPS = [{"day": "2026-03-02", "steps": 8200}, {"day": "2026-03-04", "steps": 6100}]


@pytest.mark.parametrize(("told", "body", "right", "wrong"), [
    ("Is the tent under 200 dollars?", TENT, "No, 29 dollars more than that.", "No, 39 dollars more than that."),
    ("Is the tent under 200 dollars?", TENT, "It is $229, so you'd be 29 short.", "It is $229, so you'd be 36 short."),
    ("How far along is it?", JOB, "At 75 %, with 1,300 words to go.", "At 65 %, with 1,300 words to go."),
    ("How far along is it?", JOB, "It has 1,300 words to go.", "It has 1,400 words to go."),
    ("Did many vote?", VOTE, "70 %, that is 168 of 240.", "80 %, that is 168 of 240."),
    ("By how many did yes win over no?", VOTE, "42 more.", "37 more."),
    ("How many kcal have 60 g?", OATS, "Around 223 kcal.", "Around 323 kcal."),
    ("And in pounds?", RATES, "About £413: it is €480.", "About £493: it is €480."),
    ("Who is left, and how many days of leave?", LEAVE, "17 days.", "19 days."),
    ("Which share came on Saturday?", FAIR, "45 %.", "55 %."),
    ("What is it per person and night?", STAY, "46.50.", "56.50."),
    ("What did three more cost?", ORDER, "The total has risen by 13.50.", "The total has risen by 14.50."),
    ("Which is first?", [{"train": "Elm", "leaves": "08:14"}, {"train": "Ash", "leaves": "07:51"}],
     "Ash at 07:51, 23 minutes before 08:14.", "Ash at 07:51, 33 minutes before 08:14."),
    ("When does it end?", FILM, "At seven minutes past ten.", "At seven minutes past nine."),
    ("What is that at 30 cents a kWh?", METER, "€850.50.", "€950.50."),
    ("What is that at 30 cents a kWh?", METER, "€850.50, so about 71 a month.", "€850.50, so about 91 a month."),
    ("My goal is 9,000 steps. Where was I short?", STEPS, "By 800 and by 2,900.", "By 900 and by 2,900."),
    ("What do I get back?", {"paid": 50.0, "price": 37.35, "currency": "EUR"}, "€12.65.", "€13.65."),
    ("I'm number 31, how many before me?", {"serving": 24}, "Seven are before you.", "Nine are before you."),
    ("2 adults, 3 kids", {"adult": 12.5, "child": 7.0}, "46 in total.", "48 in total."),
    ("What is it without the 20 % off?", {"price": 48.0}, "£60.", "£62."),
    ("How old was she?", {"born": 1903, "died": 1977}, "Seventy-four.", "Seventy-six."),
    ("How long is it?", {"minutes": 70}, "An hour and ten.", "An hour and twenty."),
    ("What do I pay without Tuesday?", [{"day": "Monday", "price": 3.2}, {"day": "Tuesday", "price": 4.1},
                                        {"day": "Friday", "price": 3.9}], "£7.10.", "£7.40."),
])
def test_one_step(told: str, body: Any, right: str, wrong: str) -> None:
    assert _faults(told, right, body) == []
    assert _faults(told, wrong, body) != []


@pytest.mark.parametrize(("told", "body", "right", "wrong"), [
    ("how many days have i got left", {"due": "2026-04-21"}, "Twelve, until the 21st.", "Fifteen, until the 21st."),
    ("Who is longest here, and for how many years?", STAFF, "Ada Brock, for 17 years.", "Ada Brock, for 19 years."),
    ("Is it done by the end of next week?", {"due": "2026-04-21"}, "Next week ends on the 19th; it is due on the 21st.",
     "Next week ends on the 29th; it is due on the 21st."),
])
def test_one_step_from_today(told: str, body: Any, right: str, wrong: str) -> None:
    assert _faults(told, right, body, CLOCK) == []
    assert _faults(told, wrong, body, CLOCK) != []


FLAGS = {"invoice": "5512", "paid": False, "dueOn": "2026-06-30"}
SHOES = [{"name": "Ridge", "price": 89, "weight": 310}, {"name": "Scree", "price": 149, "weight": 262}]
USED = [{"meter": "E5", "year": 2024, "kwh": 3150}, {"meter": "E5", "year": 2025, "kwh": 2835}]
MARKS = [{"test": "Dictation", "points": 18, "outOf": 20}, {"test": "Unit 1", "points": 34, "outOf": 40}]


@pytest.mark.parametrize(("told", "body", "right", "wrong"), [
    ("Is it settled?", FLAGS, "No, it should have been paid by 30 June 2026.", "It was paid on 30 June 2026."),
    ("Which is lightest?", SHOES, "The Scree. It is also the dearer one at 149, sixty more than the Ridge.",
     "The Scree costs 89 and the Ridge 149."),
    ("Which was better, and how good?", MARKS, "The Dictation with 18 out of 20.", "The Dictation with 34 out of 40."),
    ("What is the biggest gap in price?", SHOES, "60, between the Ridge and the Scree.",
     "60; the cheapest is the Scree at 149."),
    ("Send the dearest, no, sorry, the cheapest.", SHOES, "That is the Ridge.", "That is the Scree."),
])
def test_what_is_contradicted(told: str, body: Any, right: str, wrong: str) -> None:
    assert _faults(told, right, body) == []
    assert _faults(told, wrong, body) != []


def _faults(told: str, answer: str, body: Any, *others: Call) -> list[str]:
    known = known_of(told, answer, ("lookUp", {}, body), *others)
    return [*unsupported(answer, known), *contradictions(answer, known)]
