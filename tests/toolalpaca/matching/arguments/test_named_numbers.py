"""Numbers that follow from a city, a weekday or a pack that people or the document name, each with one like it that is
wrong; and what nothing bears out."""

from typing import Any

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.arguments.grounding import Documented, ungrounded

CLOCK = ("getCurrentDateTime", {}, "2026-03-10 08:00:00, Tuesday")


def ungiven(told: str, name: str, value: Any, about: str, *calls: Call) -> list[Any]:
    function = Documented(descriptions={name: about})
    return [one for _, one in ungrounded({name: value}, function, transcript_of(told, *calls).whole())]


@pytest.mark.parametrize(("told", "name", "about", "right", "wrong"), [
    ("sunrise in Nairobi", "lat", "", -1.29, 36.82),
    ("sunrise in nairobi", "longitude", "", 36.82, -1.29),
    ("every Thursday", "weekday", "1 is Monday.", 4, 3),
    ("every Thursday", "dow", "0 for Sunday, 6 for Saturday", 4, 5),
    ("every Thursday", "weekday", "Monday is 0.", 3, 4),
    ("sterling against the yen", "pair", "", "GBP/JPY", "GBP/USD"),
    ("pay Jo 8.40", "pence", "", 840, 480),
    ("halve the 36 ml", "ml", "", 18, 12),
    ("Benches for 45 guests", "benches", "Benches of 4 seats each.", 12, 14),
])
def test_numbers_by_what_was_named(told: str, name: str, about: str, right: Any, wrong: Any) -> None:
    assert ungiven(told, name, right, about) == []
    assert ungiven(told, name, wrong, about) == [wrong]


@pytest.mark.parametrize(("told", "name", "about", "value"), [
    ("Recordings of thrushes, please", "genus", "", "Turdus"), ("a flight to Milan", "to", "IATA code.", "MXP")])
def test_what_nothing_bears_out_is_not_known(told: str, name: str, about: str, value: str) -> None:
    assert ungiven(told, name, value, about) == [value]


def test_a_place_that_nobody_named_or_that_a_result_shows() -> None:
    assert ungiven("Will it rain here?", "lat", 47.4, "") == [47.4]
    assert ungiven("Will it rain at Hoengg?", "lat", 47.4, "") == [47.4]
    shown = ("findPlace", {}, {"lat": 47.37, "lon": 8.54})
    assert ungiven("Will it rain at Hoengg?", "lat", 47.41, "", shown) == [47.41]


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("the second Friday of April", "2026-04-10", "2026-04-17"),
    ("the last Monday of next month", "2026-04-27", "2026-04-20"),
    ("the Saturday after next", "2026-03-21", "2026-04-04"),
])
def test_weekdays_by_their_place_in_a_month(told: str, right: str, wrong: str) -> None:
    assert ungiven(told, "day", right, "", CLOCK) == []
    assert ungiven(told, "day", wrong, "", CLOCK) == [wrong]
