"""Filters that people named and no call that looks something up has."""

from typing import Any

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.given_values import GivenParameter
from toolalpaca.matching.arguments.left_arguments import left_filters

SCHEMAS: dict[str, tuple[dict[str, Any], str]] = {
    "fuel": ({"type": "string", "enum": ["petrol", "diesel", "electric"]}, "What it runs on, petrol by default."),
    "turn": ({"type": "string", "enum": ["early", "daily", "weekly"]}, ""),
    "order": ({"type": "string", "enum": ["price", "range"]}, "Order of the list."),
    "maxRent": ({"type": "number"}, "Highest price a day in euros."),
    "minSeats": ({"type": "integer"}, ""),
    "gate": ({"type": "integer"}, ""),
    "year": ({"type": "integer"}, ""),
    "country": ({"type": "string"}, ""),
    "pickupTime": ({"type": "string"}, ""),
    "deck": ({"type": "integer"}, ""),
    "memberNo": ({"type": "string"}, ""),
    "note": ({"type": "string"}, ""),
}
CARS = {"findCars": [GivenParameter(name, schema, text, "findCars") for name, (schema, text) in SCHEMAS.items()]}
SEEN = [{"carId": "C-1", "name": "Lumo"}, {"carId": "C-2", "name": "Tarn"}]


def left(told: str, arguments: dict[str, Any], seen: Any = SEEN) -> list[str]:
    transcript = transcript_of(told, ("findCars", arguments, seen))
    return list(left_filters(transcript.shown, transcript.whole(), CARS))


@pytest.mark.parametrize(("told", "expected"), [
    ("Which diesel cars do you have?", ["fuel: diesel"]),
    ("Which petrol cars do you have?", []),  # the default
    ("A diesel or an electric car?", []),  # no choice
    ("Is a car free, and is it diesel?", []),  # no wish
    ("A car for the week", []),  # not `weekly`
    ("Cars by range please", []),  # whoever asks may order them by himself
    ("Under 60 euros a day", ["maxRent: 60"]),
    ("Over 60 euros a day", []),
    ("At least 7 seats", ["minSeats: 7"]),
    ("It stands at gate 12", ["gate: gate 12"]),
    ("Cars of 2019", ["year: 2019"]),
    ("I'll be there at half past six in the evening", ["pickupTime: 18:30"]),
    ("It stands on deck four", ["deck: deck four"]),
    ("I'm a member (QX-4471)", ["memberNo: QX-4471"]),
    ('Please add the note "ring twice"', ["note: ring twice"]),
    ("Cars in Portugal", ["country: Portugal"]),
])
def test_a_filter_that_was_named(told: str, expected: list[str]) -> None:
    assert left(told, {}) == expected


@pytest.mark.parametrize(("told", "arguments"), [
    ("Which diesel cars do you have?", {"fuel": "diesel"}),
    ("Under 60 euros a day", {"maxRent": 60}),
    ("Under 60 pounds a day", {"note": "60"}),
    ("It has to manage 400 km", {"metres": 400000}),
    ("I need one on 14 March 2025", {"to": "2025-03-14"}),
    ("What is there near Oldham?", {"query": "Oldham"}),
])
def test_what_a_call_took_up(told: str, arguments: dict[str, Any]) -> None:
    assert left(told, arguments) == []


@pytest.mark.parametrize(("seen", "expected"), [
    ([{"fuel": "diesel"}, {"fuel": "diesel"}], ["fuel: diesel"]),
    ([{"fuel": "diesel"}, {"fuel": "petrol"}], []),  # the assistant can pick from them
    ([{"fuel": "diesel"}], []),
    ([{"dieselPrice": 3}], []),  # it is a field
])
def test_results_that_need_no_filter(seen: Any, expected: list[str]) -> None:
    assert left("Which diesel cars do you have?", {}, seen) == expected


@pytest.mark.parametrize(("seen", "expected"), [
    ([{"depot": "Castle Hill"}, {"depot": "Castle Hill"}], ["depot: Castle Hill"]),
    ([{"depot": "Castle Hill"}, {"depot": "Moor Lane"}], []),
])
def test_a_name_that_all_results_show(seen: Any, expected: list[str]) -> None:
    transcript = transcript_of("Cars from Castle Hill?", ("findCars", {}, seen))
    known = {"findCars": [GivenParameter("depot", {"type": "string"})]}
    assert list(left_filters(transcript.shown, transcript.whole(), known)) == expected


@pytest.mark.parametrize(("span", "expected"), [("2016-2021", []), ("2020-", ["year: 2019"]), ("2018–", [])])
def test_a_year_by_which_one_can_pick_from_the_results(span: str, expected: list[str]) -> None:
    cars = [{"carId": "C-1", "built": span}, {"carId": "C-2", "built": "2022-2024"}]
    assert left("The Lumo of 2019", {}, cars) == expected


@pytest.mark.parametrize(("told", "expected"), [
    ("She fell on the stairs, what do I do?", []), ("Switch it on for me", ["mode: active"]),
])
def test_a_small_word_chooses_no_state_but_after_its_verb(told: str, expected: list[str]) -> None:
    modes = GivenParameter("mode", {"type": "string", "enum": ["active", "resting"]}, "", "look")
    transcript = transcript_of(told, ("look", {}, SEEN))
    assert list(left_filters(transcript.shown, transcript.whole(), {"look": [modes]})) == expected
