"""Figures in other units, of several units and of several lines: each right answer next to a wrong one."""

from typing import Any

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.contradictions import contradictions

ROOM = {"room": "Attic", "lengthM": 4.2, "widthM": 3.5, "rent": 640}
TANK = {"tank": "T4", "widthCm": 80, "depthCm": 40, "heightCm": 50}
PUMP = {"pump": "P1", "powerKw": 1.2, "pricePerKwh": 0.3}
GAS = {"meter": "G-3", "unit": "m3", "period": "2027-04", "total": 96.0}
CASE = {"case": "red", "weightKg": 7.5}
PAY = {"job": "baker", "payMin": 25400, "payMax": 27900}
TIMES = {"job": "bake", "durationMin": 35, "durationMax": 50}
LINES = {"adult": 14.5, "child": 7.25, "car": 39.0, "currency": "EUR"}
STOCK = {"items": [{"item": "mug", "pieces": 4, "price": 6.5}, {"item": "jug", "pieces": 3, "price": 12.0},
                   {"item": "bowl", "pieces": 1, "price": 19.0}]}
AIR = {"station": "Kai", "unit": "counts per minute", "reading": 212.0, "level": 3}


@pytest.mark.parametrize(("told", "body", "right", "wrong"), [
    ("How big is the attic?", ROOM, "14.7 m².", "17.7 m²."),
    ("How big is the attic?", ROOM, "About 158 square feet.", "About 188 square feet."),
    ("How much goes into the tank?", TANK, "160 litres.", "190 litres."),
    ("What does it use in 3 hours?", PUMP, "3.6 kWh.", "4.6 kWh."),
    ("How long do I need for 90 km at 60 km/h?", ROOM, "An hour and a half, or 90 minutes.", "93 minutes."),
    ("How much gas was that a day in April 2027?", GAS, "3.2 m³ a day.", "3.9 m³ a day."),
    ("How many litres of gas a day in April 2027?", GAS, "3,200 litres.", "3,900 litres."),
    ("And the 5 lb bag on top? In pounds, please.", CASE, "About 21.5 lb together.", "About 12.5 lb together."),
    ("2 adults, a child and the car?", LINES, "- 2 adults: €29.00\n- 1 child: €7.25\n- car: €39.00\nTotal: €75.25",
     "- 2 adults: €29.00\n- 1 child: €7.25\n- car: €39.00\nTotal: €78.35"),
    ("2 adults, a child and the car?", LINES, "€75.25: 2 adults at €14.50, a child at €7.25, the car at €39.",
     "€78.35: 2 adults at €14.50, a child at €7.25, the car at €39."),
    ("What is the stock worth?", STOCK, "£81 in all.", "£87.40 in all."),
    ("What does it pay?", PAY, "€25,400–27,900.", "€25,900–27,900."),
    ("What does it pay?", PAY, "€25.4–27.9k.", "€28.4–29.9k."),
    ("How long does it take?", TIMES, "35 to 50 minutes.", "37 to 50 minutes."),
    ("What is the air like?", AIR, "It stands at 212 counts per minute.", "It stands at 217 counts per minute."),
    ("What time must I be there for 11 am?", {"visit": 3, "arriveMinutesBefore": 25}, "At 10:35.", "At 10:45."),
    ("How big is plot 4 in acres?", {"plot": 4, "areaHa": 2.0}, "4.94 acres.", "5.94 acres."),
    ("What is it in psi?", {"tyre": "front", "pressureKpa": 250}, "About 36.3 psi.", "About 39.3 psi."),
    ("How tall is the mast in feet?", {"mast": "fore", "heightM": 2.87}, "9 ft 5.", "9 ft 8."),
    ("What do the jugs cost in all?", STOCK, "€36 for the three jugs.", "€41 for the three jugs."),
    ("What do they weigh in all?", [{"crate": "A", "weightKg": 3.4}, {"crate": "B", "weightG": 650}],
     "4.05 kg together.", "4.25 kg together."),
    ("How fast on average?", {"legs": [{"km": 150, "minutes": 110}, {"km": 90, "minutes": 70}]},
     "240 km in 3 hours, 80 km/h on average.", "240 km in 3 hours, 84 km/h on average."),
    ("How much did sales rise?", {"may": 240, "june": 276}, "By 15 %.", "By 18 %."),
    ("How many live there?", {"town": "Orl", "populationMillions": 1.3}, "1.3 million.", "1.6 million."),
    ("What is due?", {"lateFee": 45.0, "repair": 25.0, "perDay": 15.0}, "€45 plus €25, €70 in all.",
     "€45 plus €25, €60 in all."),
    ("When is the bus?", {"bus": "08:15"}, "At 8:15: be there.", "At 8:25: be there."),
    ("What is the fee?", {"fee_c": 350, "currency": "EUR"}, "€3.50.", "€350."),
])
def test_measured(told: str, body: Any, right: str, wrong: str) -> None:
    assert _faults(told, right, body) == []
    assert _faults(told, wrong, body) != []


@pytest.mark.parametrize("answer", ["It is 9 m3.", "It is 9m3.", "It is 9 m^3.", "It is 9 cubic metres."])
def test_spellings_of_a_unit(answer: str) -> None:
    assert _faults("How much?", answer, {"volumeM3": 9.0}) == []
    assert _faults("How much?", answer, {"volumeL": 9.0}) != []


@pytest.mark.parametrize("answer", ["That is 60 minutes.", "That is 60 euros.", "That is 60 kg.", "That is 60."])
def test_a_unit_that_is_not_known_is_free(answer: str) -> None:
    assert _faults("How much?", answer, {"score": 60, "unit": "points a round"}) == []


def _faults(told: str, answer: str, body: Any) -> list[str]:
    known = known_of(told, answer, ("lookUp", {}, body))
    return [*unsupported(answer, known), *contradictions(answer, known)]


HALL = {"venue": "Hall 12", "address": "48 Weaver Row", "other": "Hall 17, 51 Weaver Row", "singers": 34, "pianos": 2}


@pytest.mark.parametrize(("right", "wrong"), [
    ("It is in Hall 12, 48 Weaver Row.", "It is in Hall 15, 48 Weaver Row."),
    ("It is in Hall 12, 48 Weaver Row.", "It is in Hall 12, 46 Weaver Row."),
    ("There are 34 singers.", "There are 3 singers."), ("There are 2 pianos.", "There are 3 pianos."),
])
def test_numbers_belong_to_the_word_beside_them(right: str, wrong: str) -> None:
    assert _faults("Where is the choir?", right, HALL) == []
    assert _faults("Where is the choir?", wrong, HALL) != []
