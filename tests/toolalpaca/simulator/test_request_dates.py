"""Lists of days, and dates on the right side of now."""

import random
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest

from toolalpaca.simulator.request_dates import DateMover, DateSpan, _sense_of, asked_days, day_field, one_a_day

NOW = datetime(2025, 3, 14, 9, 30)
NIGHTS: list[dict[str, Any]] = [{"date": f"2024-01-0{day}", "free_beds": day, "price": day * 10.5} for day in (1, 2, 3)]


@pytest.mark.parametrize(("arguments", "asked"), [
    ({"from_date": "2025-07-05"}, (date(2025, 7, 5), None)),
    ({"from_date": "2025-07-05", "nights": 2}, (date(2025, 7, 5), 2)),
    ({"date": "2025-07-05"}, (date(2025, 7, 5), 1)), ({"days": 4}, (date(2025, 3, 14), 4)), ({"city": "Rome"}, None),
    ({"from": "2025-07-05", "to": "2025-07-07"}, (date(2025, 7, 5), 3)), ({"-": 3}, None)])
def test_the_days_that_a_request_asks_about(arguments: dict[str, Any], asked: Any) -> None:
    assert asked_days(arguments, NOW) == asked


@pytest.mark.parametrize(("item", "field"), [
    (NIGHTS[0], "date"), ({"id": 3, **NIGHTS[0]}, None), ({"name": "Fair", **NIGHTS[0]}, None),
    ({"start": "09:00", **NIGHTS[0]}, None), ({"date": "2024-01-01", "paid": 3, "to": "Inn", "for": "Tea"}, None),
    ({"createdOn": "2024-01-01", "price": 3}, None),
    ({"day": "2024-01-01", "price": 3}, "day"),
    ({"released": "2024-01-01", "price": 3}, None), ({"price": 3}, None), ({"date": "2024-01-01T10:00:00Z"}, None)])
def test_lists_of_days_are_told_from_lists_of_things(item: dict[str, Any], field: str | None) -> None:
    assert day_field([item]) == field


@pytest.mark.parametrize(("number", "days"), [(1, ["05"]), (3, ["05", "06", "07"]), (5, ["05", "06", "07", "08", "09"]),
                                              (None, ["05", "06", "07"])])
def test_each_day_comes_once_and_in_order(number: int | None, days: list[str]) -> None:
    made = one_a_day(NIGHTS, "date", date(2025, 7, 5), number)
    assert [one["date"] for one in made] == [f"2025-07-{day}" for day in days]
    assert len({tuple(one.values()) for one in made}) == len(made)
    assert all(one["free_beds"] in (1, 2, 3) and set(one) == set(NIGHTS[0]) for one in made)


def test_very_many_days_are_not_all_given() -> None:
    assert one_a_day(NIGHTS, "date", date(2025, 7, 5), 300) == NIGHTS


@pytest.mark.parametrize(("name", "is_past"), [("reported_at", True), ("uploadedAt", True), ("expected_at", False),
                                               ("scheduledFor", False), ("feedDate", False), ("last_seen", True)])
def test_what_has_been_done_lies_in_the_past(name: str, is_past: bool) -> None:
    assert _sense_of(name).is_past is is_past


@pytest.mark.parametrize("by", ["signUpBy", "registrationDeadline", "entriesClose", "rsvp_by", "bookUntil",
                                "applyBefore"])
@pytest.mark.parametrize("dates", [{"date": "2025-03-20", "{by}": "2025-05-02"},
                                   {"{by}": "2025-04-30", "date": "2025-03-16"},
                                   {"date": "2024-11-02", "{by}": "2024-12-01"},
                                   {"startsAt": "2025-03-20T10:00:00Z", "endsAt": "2025-03-20T12:00:00Z",
                                    "{by}": "2025-03-20T11:00:00Z"}])
@pytest.mark.parametrize("span", [None, DateSpan(datetime(2025, 6, 1), datetime(2025, 6, 3)),
                                  DateSpan(datetime(2025, 3, 14), datetime(2025, 3, 16))])
def test_one_can_sign_up_until_before_an_event(by: str, dates: dict[str, str], span: DateSpan | None) -> None:
    given = {name.format(by=by): value for name, value in dates.items()}
    for seed in range(20):
        moved = {**given, **DateMover(span, NOW, partial(random.Random, seed)).moved(given, 0.0, 1.0)}
        event = moved.get("date") or moved["startsAt"]
        assert moved[by] < event, moved
        assert moved[by] >= NOW.date().isoformat() or event[:10] <= "2025-03-16"


def test_what_holds_until_a_day_is_no_deadline_for_an_event() -> None:
    dates = {"startsOn": "2025-03-20", "validUntil": "2025-03-21"}
    moved = [DateMover(DateSpan(datetime(2025, 6, 1), datetime(2025, 6, 9)), NOW, partial(random.Random, seed))
             .moved(dates, 0.0, 1.0) for seed in range(9)]
    assert all(one["startsOn"] <= one["validUntil"] for one in moved)
