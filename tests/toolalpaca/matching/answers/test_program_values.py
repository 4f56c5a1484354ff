"""Answers that say in words what a program writes for itself: units in names, months by number, codes and spans."""

from typing import Any

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.contradictions import contradictions
from toolalpaca.matching.language.units import unit_of_key


def faults(answer: str, body: Any, arguments: dict[str, Any] | None = None, told: str = "Tell me please.") -> list[str]:
    known = known_of(told, answer, ("lookUp", arguments or {}, body))
    return [*unsupported(answer, known), *contradictions(answer, known)]


@pytest.mark.parametrize(("key", "unit"), [
    ("cabinC", "celsius"), ("tempF", "fahrenheit"), ("gust_km_h", "kilometer-per-hour"), ("feed_kg_day", "kilogram"),
    ("flow_m3s", "cubic-meter"), ("area_m2", "square-meter"), ("hoursUsed", "hour"), ("every_s", "second"),
    ("wind_ms", "meter-per-second"), ("latency_ms", "millisecond"), ("kcalPer100g", None), ("price_per_night", None),
])
def test_the_unit_in_a_name(key: str, unit: str | None) -> None:
    found = unit_of_key(key)
    assert (found.name if found else None) == unit


@pytest.mark.parametrize(("body", "right", "wrong"), [
    ({"cabinC": 18.5}, "It has 18.5 °C.", "It has 18.5 °F."),
    ({"gustKmh": 71}, "Gusts reach 71 km/h.", "Gusts reach 17 km/h."),
    ({"feed_kg_day": 1275}, "It gets 1275 kg a day.", "It gets 1257 kg a day."),
    ({"flow_m3s": 612.8}, "It flows at 612.8 m³/s.", "It flows at 618.2 m³/s."),
    ({"granted": 18, "hoursUsed": 9.7, "hoursGranted": 18}, "8.3 hours are left.", "8.9 hours are left."),
    ({"before": 92, "after": 87}, "There are 87 now, 5 fewer than before.", "There are 87 now, 15 fewer than before."),
    ([{"month": 5, "seen": 31}, {"month": 6, "seen": 84}], "There were 31 in May and 84 in June.",
     "There were 31 in May and 84 in July."),
    ({"begins": "02-12"}, "It begins on 12 February.", "It begins on 13 February."),
    ({"hours": "Mon-Fri 12-13"}, "The hours are Monday to Friday from 12 to 13.",
     "The hours are Monday to Friday from 12 to 14."),
    ({"priceCents": 1250}, "It costs 12.50 euros.", "It costs 12.05 euros."),
    ({"duration": "PT1H30M"}, "It lasts an hour and a half.", "It lasts two hours and a half."),
    ({"length_ms": 215000}, "It is 3:35 long.", "It is 3:53 long."),
    ({"date": "20310607"}, "It is on 7 June 2031.", "It is on 8 June 2031."),
    ({"opens": "0730"}, "It opens at 7:30.", "It opens at 7:45."),
    ({"widthMm": 420, "heightMm": 600}, "It is 42 by 60 cm.", "It is 43 by 60 cm."),
    ({"ovenC": 180}, "Bake it at 180 degrees.", "Bake it at 190 degrees."),
    ({"discount": 0.15}, "There is a discount of 15 %.", "There is a discount of 25 %."),
    ({"price": 31.6, "currency": "SGD"}, "It costs $31.60.", "It costs $36.10."),
    ({"fee": "18.00 EUR"}, "The fee is 18 euros.", "The fee is 28 euros."),
    ([{"at": "2030-10-02", "time": "08:15"}, {"at": "2030-10-09", "time": "14:00"}],
     "On 2 October 2030 at 8:15 and 9 October 2030 at 14:00.",
     "On 2 October 2030 at 8:15 and 9 October 2030 at 15:00."),
    ({"pain": 4, "change": -2}, "The pain is 2 points lower than before.", "The pain is 3 points lower than before."),
])
def test_a_value_in_words(body: Any, right: str, wrong: str) -> None:
    assert faults(right, body) == []
    assert faults(wrong, body) != []


RUNS = [{"service": "edge-proxy", "ms": 40, "text": "take call"},
        {"service": "rule-engine", "ms": 4890, "text": "rules"}]
PLACES = [{"name": "Elm Roof", "distanceKm": 1.4, "elevationM": 190}, {"name": "Oak Hill", "distanceKm": 8.6,
          "elevationM": 405}, {"name": "Ash Lane", "distanceKm": 9.9, "elevationM": 118}]
TEAMS = [{"team": "Otters", "points": 61}, {"team": "Herons", "points": 58}]
ROOMS = [{"subject": "Maths", "room": "104"}, {"subject": "Sport", "room": "Gym 1"},
         {"subject": "Art", "room": "Loft 2"}]


@pytest.mark.parametrize(("body", "right", "wrong"), [
    (RUNS, "rule-engine took 4890 ms and edge-proxy 40 ms.", "edge-proxy took 4890 ms and rule-engine 40 ms."),
    (RUNS, "rule-engine was slowest with 4890 ms.", "edge-proxy was slowest with 40 ms."),
    (PLACES, "The highest is Oak Hill at 405 m.", "The highest is Elm Roof at 190 m."),
    (TEAMS, "The Herons have 58 points, 3 behind the Otters.", "The Herons have 61 points."),
    (ROOMS, "Sport is in Gym 1 and Art in Loft 2.", "Sport is in 104."),
    ({"free": False, "next": "2031-03-30"}, "It is not free. It is free again from 30 March 2031.", "It is free."),
    ({"flash": False}, "The flash is switched off.", "The flash is on."),
    ({"estimateId": 70533, "price": 540.0}, "The estimate is 540 euros.", "The price is 70533 euros."),
])
def test_what_is_said_of_one_thing(body: Any, right: str, wrong: str) -> None:
    assert faults(right, body) == []
    assert faults(wrong, body) != []
