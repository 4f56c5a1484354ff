"""What counts as given: numbers, units, dates, codes and wording in the ways people use them."""

from typing import Any

import pytest

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.arguments.grounding import Documented, is_given, ungrounded
from toolalpaca.matching.facts.evidence import ConversationEvidence

CLOCK = ("getCurrentDateTime", "2025-03-14 09:30:00, Friday")


def found(instruction: str, arguments: dict[str, Any], *earlier: tuple[str, str], schemas: dict | None = None) -> list:
    calls = [PredictedCall(place, function, {}, seen) for place, (function, seen) in enumerate(earlier)]
    evidence = ConversationEvidence(instruction, calls).before(len(calls))
    return [name for name, _ in ungrounded(arguments, Documented(schemas or {}), evidence)]


@pytest.mark.parametrize(
    ("instruction", "arguments"),
    [
        ("Show me three photos of dogs.", {"limit": 3, "query": "dogs"}),
        ("Flights under $1,200.", {"max_price": 1200}),
        ("A couple of songs", {"count": 2}),
        ("Within 2 hours", {"minutes": 120}),
        ("a walk of 5 miles", {"meters": 8047}),
        ("On May 5th, 2024", {"date": "2024-05-05"}),
        ("on 5 May", {"date": "2024-05-05"}),
        ("at 3pm", {"time": "15:00"}),
        ("a drill was running last night from 2:25 on", {"fromTime": "02:25"}),
        ("tonight at 7:30 PM", {"time": "19:30"}),
        ("Holidays in France", {"country": "FR"}),
        ("in euros, please: EUR", {"currency": "EUR"}),
        ("Books by JANE AUSTEN", {"author": "Jane Austen"}),
        ("I like jazz and also rock", {"genres": ["rock", "jazz"]}),
        ("for New York", {"city": "new-york"}),
        ("Write to ann@example.org", {"to": "Ann@example.org"}),
        ("at 48.85, 2.35", {"location": "48.85,2.35"}),
        ("It is at -94.2 degrees", {"longitude": -94.2}),
        ("25% off", {"discount": 0.25}),
        (
            "Remind me to water the plants on Monday evening please",
            {"text": "Reminder: water the plants on Monday evening"},
        ),
        ("anything", {"safe": True, "note": None, "tag": ""}),
    ],
)
def test_what_the_user_said(instruction: str, arguments: dict) -> None:
    assert found(instruction, arguments) == []


@pytest.mark.parametrize(
    ("instruction", "arguments"),
    [
        ("Park here for three quarters of an hour", {"minutes": 45}),
        ("an hour and a half", {"durationMinutes": 90}),
        ("Send Bob forty-two pounds fifty", {"amount": 42.5, "currency": "GBP"}),
        ("twelve hundred euros", {"sum": 1200}),
        ("a quarter of a million dollars", {"amount": 250000}),
        ("80 euros plus 19 % VAT", {"gross": 95.2}),
        ("take 10% off the 250", {"price": 225}),
        ("split 90 euros among three", {"share": 30}),
        ("two adults and three children", {"guests": 5}),
        ("double the 40 seats", {"seats": 80}),
        ("£3k", {"c": "GBP"}),
        ("1.250,50 EUR", {"amount": 1250.5}),
        ("a litre and a half of milk", {"ml": 1500}),
        ("1.5 million", {"n": 1500000}),
        ("between 1990 and 2000", {"from": 1990, "to": 2000}),
        ("in the nineties", {"from": 1990, "to": 1999}),
        ("12 000 HUF and 85 PLN", {"amount": 12000}),
        ("data plans under a tenner", {"maxPrice": 10}),
        ("a walk of four good miles", {"meters": 6437}),
        ("songs of nineteen sixty-eight and twenty nineteen", {"from": 1968, "to": 2019}),
        ("five point oh two grams", {"grams": 5.02}),
        ("four oh nine point five", {"target": 409.5}),
        ("three sixteen-page booklets", {"copies": 3, "pages": 16}),
        ("seven fifteen-minute rounds", {"rounds": 7, "seconds": 900}),
        ("three half-litre jugs", {"jugs": 3, "ml": 500}),
        ("a two-and-a-half-hour tour", {"minutes": 150}),
        ("a six-month plan", {"months": 6}),
        ("Leviticus 11:9, please", {"chapter": 11, "verse": 9}),
        ("roll 3d8+2", {"dice": 3, "modifier": 2}),
        ("the harvest of '87", {"year": 1987}),
        ("cafes within 5k of the lake", {"radiusKm": 5}),
        ("cycling on my own", {"travellers": 1}),
        ("check it twice a minute", {"intervalSeconds": 30}),
        ("three litres of milk", {"quantity": 3, "unit": "l"}),
    ],
)
def test_numbers_in_words_and_by_one_step(instruction: str, arguments: dict) -> None:
    assert found(instruction, arguments) == []


@pytest.mark.parametrize(
    ("instruction", "arguments"),
    [
        ("on 05.09.2025, for three nights", {"from": "2025-09-05", "to": "2025-09-08"}),
        ("a fortnight from 1 August 2025", {"end": "2025-08-15"}),
        ("by the second of June 2025", {"due": "2025-06-02"}),
        ("Monday to Friday in the week of 3 March 2025", {"start": "2025-03-03", "end": "2025-03-07"}),
        ("on 7 June 2025, twenty to nine in the evening", {"at": "2025-06-07T20:40:00"}),
        ("at half eight", {"t": "08:30"}),
        ("4 November 2025, 9 to 11 am", {"start": "2025-11-04T09:00:00", "end": "2025-11-04T11:00:00"}),
        ("all of March 2025", {"from": "2025-03-01", "to": "2025-03-31"}),
        ("in Q2 2025", {"to": "2025-06-30"}),
        ("in January 2025, from the 3rd to the 31st", {"from": "2025-01-03", "to": "2025-01-31"}),
        ("arriving on the first and leaving on the third of November 2025", {"checkIn": "2025-11-01"}),
        ("around 7.30 in the evening", {"time": "19:30"}),
        ("ten past midnight", {"time": "00:10"}),
        ("since 9 may 2024", {"since": "2024-05-09"}),
        ("from Monday 16 to Wednesday 18 February 2026", {"from": "2026-02-16", "to": "2026-02-18"}),
    ],
)
def test_days_and_times(instruction: str, arguments: dict) -> None:
    assert found(instruction, arguments) == []


@pytest.mark.parametrize(
    ("instruction", "arguments"),
    [
        ("How many kronor is a pound?", {"from": "GBP", "to": "SEK"}),
        ("in rand, for South Africa", {"c": "ZAR"}),
        ("change it into Swedish money", {"to": "SEK"}),
        ("a French cookbook", {"language": "fr"}),
        ("in Mandarin", {"language": "zh"}),
        ("the Dutch version", {"l": "nl_NL"}),
        ("York, UK", {"country": "GB"}),
        ("I live in California", {"state": "CA"}),
        ("New South Wales", {"region": "NSW"}),
        ("what is bitcoin worth", {"symbol": "BTC"}),
        ("ISBN 978-3-16-148410-0", {"isbn": "9783161484100"}),
        ("every weekday", {"days": ["monday", "friday"]}),
        ("Hotels in Muenchen", {"city": "München"}),
    ],
)
def test_codes_by_what_they_stand_for(instruction: str, arguments: dict) -> None:
    assert found(instruction, arguments) == []


@pytest.mark.parametrize(
    ("instruction", "arguments", "names"),
    [
        ("Show me photos of dogs.", {"rating": 10}, ["rating"]),
        ("Weather in Paris", {"city": "Lyon"}, ["city"]),
        ("Holidays this year", {"year": 2024}, ["year"]),
        ("Holidays in France", {"country": "DE"}, ["country"]),
        ("Remind me tomorrow", {"date": "2024-05-05"}, ["date"]),
        ("Book a table", {"guest": {"name": "Ann"}}, ["guest.name"]),
        ("at 3pm", {"time": "16:00"}, ["time"]),
        ("Photos of cats and dogs", {"tags": ["cats", "birds"]}, ["tags"]),
        ("Forecast for March 2024", {"date": "2024-03-15"}, ["date"]),
        ("station CUX-01", {"height": 1.0}, ["height"]),
        ("a loan of 9400, and tell me at once", {"amount": 9399}, ["amount"]),
        ("1.250,50 EUR", {"amount": 1250}, ["amount"]),
        ("half past seven in the evening", {"time": "07:30"}, ["time"]),
        ("Swedish books", {"language": "no"}, ["language"]),
        ("card 4410-8823", {"card": "4410-8832"}, ["card"]),
        ('Put "Order new badge printer" there', {"title": "Order new label printer"}, ["title"]),
        (
            "Tell them that the plumber won't make it before Thursday",
            {"text": "The plumber cannot come before Tuesday."},
            ["text"],
        ),
    ],
)
def test_what_nobody_said(instruction: str, arguments: dict, names: list[str]) -> None:
    assert found(instruction, arguments) == names


def test_replies_and_earlier_results_count() -> None:
    assert found("Weather?", {"city": "Oslo"}, ("getDetails", "I live in Oslo.")) == []
    seen = 'Status Code: 200. Response: {"pets": [{"petId": 7, "name": "Rex"}], "total": 12}'
    assert found("Tell me of that pet", {"petId": 7, "name": "rex"}, ("listPets", seen)) == []
    assert found("Tell me of that pet", {"seats": 12}, ("listPets", seen)) == ["seats"]  # by chance the same number
    assert found("Tell me", {"size": "large"}, ("f", 'expected one of ["small", "large"], but got "big"')) == []


def test_relative_days_need_a_look_at_the_clock() -> None:
    assert found("Remind me tomorrow", {"date": "2025-03-15"}) == ["date"]
    for words, day in (
        ("tomorrow", "2025-03-15"),
        ("in three days", "2025-03-17"),
        ("this weekend", "2025-03-16"),
        ("next Tuesday", "2025-03-18"),
        ("on the 20th", "2025-03-20"),
        ("two weeks ago", "2025-02-28"),
    ):
        assert found(f"Remind me {words}", {"date": day}, CLOCK) == []
    assert found("Remind me tomorrow", {"date": "2025-03-16"}, CLOCK) == ["date"]
    assert found("Remind me tomorrow", {"date": "2031-03-15"}, CLOCK) == ["date"]
    assert found("Remind me tomorrow", {"date": "2025-03-14"}, CLOCK) == ["date"]
    assert found("Remind me today or tomorrow", {"date": "2025-03-14"}, CLOCK) == []


@pytest.mark.parametrize(("told", "time", "names"), [
    ("I was on the 10.15.", "10:15", []), ("The eight or nine one", "21:00", []), ("I was on it.", "10:15", ["after"]),
])
def test_an_hour_that_was_said_as_a_number(told: str, time: str, names: list[str]) -> None:
    assert found(told, {"after": time}) == names


ORDER = {"sort": {"enum": ["price_asc", "price_desc", "rating_desc"]}}
SIDE = {"direction": {"enum": ["above", "below"]}}


@pytest.mark.parametrize(
    ("instruction", "arguments", "schemas", "names"),
    [
        ("Show me", {"sort": "price_asc"}, ORDER, []),
        ("the cheapest one", {"sort": "price_asc"}, ORDER, []),
        ("the cheapest one", {"sort": "price_desc"}, ORDER, ["sort"]),
        ("when it drops", {"direction": "below"}, SIDE, []),
        ("high priority", {"p": "urgent"}, {"p": {"enum": ["low", "high", "urgent"]}}, ["p"]),
        ("an audiobook", {"m": "book"}, {"m": {"enum": ["book", "audiobook"]}}, ["m"]),
        ("with the bicycle and without", {"v": "none"}, {"v": {"enum": ["none", "bicycle", "car"]}}, []),
        ("what's in the large box", {"s": "L"}, {"s": {"enum": ["S", "M", "L"]}}, []),
        ("the box in size S", {"s": "L"}, {"s": {"enum": ["S", "M", "L"]}}, ["s"]),
        ("not on the day, after lunch", {"t": "evening"}, {"t": {"enum": ["lunch", "evening"]}}, []),
        ("tick it off", {"s": "done"}, {"s": {"enum": ["open", "done"]}}, []),
    ],
)
def test_another_choice_than_the_one_that_was_asked_for(instruction, arguments, schemas, names) -> None:
    assert found(instruction, arguments, schemas=schemas) == names


def test_defaults_of_the_document_count_and_examples_do_not() -> None:
    schemas = {"page": {"default": 1}, "city": {"example": "London"}}
    assert found("Show me", {"page": 1, "city": "London"}, schemas=schemas) == ["city"]


def test_literally_only_what_stands_there_counts() -> None:
    evidence = ConversationEvidence("Two eggs of 58 g each, edit the content", []).whole()
    assert is_given(116, evidence, frozenset()) and not is_given(116, evidence, frozenset(), literal=True)
    assert not is_given("edit_content", evidence, frozenset(), literal=True)


@pytest.mark.parametrize(("instruction", "right", "wrong"), [
    ("Move it from 3 May 2025 to the following day", "2025-05-04", "2025-05-06"),
    ("What is on from 1 June 2025, for a month longer?", "2025-07-01", "2025-08-12"),
    ("all bills up to the end of the month", "2025-03-31", "2025-03-29"),
    ("rain in the summer", "2025-08-31", "2025-05-31"),
    ("sales in the second half of 2024", "2024-12-31", "2024-06-30"),
    ("sales in the last quarter of 2024", "2024-10-01", "2024-06-30"),
    ("On 3 May 2025, else the following week, Monday to Sunday", "2025-05-11", "2025-05-20"),
    ("On 4 October... no, the Tuesday right after. The year is 2026.", "2026-10-06", "2026-10-09"),
])
def test_days_that_follow_from_what_was_said(instruction: str, right: str, wrong: str) -> None:
    assert found(instruction, {"until": right}, CLOCK) == []
    assert found(instruction, {"until": wrong}, CLOCK) == ["until"]


def test_the_ends_of_the_calendar_are_days_too() -> None:
    for day in ("9999-12-31T00:00:00", "0001-01-01T00:00:00", "9999-12-31"):
        assert found("in the third quarter of 2025", {"until": day}) == ["until"]


def test_a_time_that_was_shown_is_moved_by_what_was_said() -> None:
    shown = ("getRide", 'Status Code: 200. Response: {"at": "2025-03-17 11:00"}')
    for at, wrong in (("2025-03-17 13:00", []), ("2025-03-17 09:00", []), ("2025-03-17 12:30", ["at"])):
        assert found("Move my ride of 17 March by two hours", {"at": at}, CLOCK, shown) == wrong


@pytest.mark.parametrize(("told", "day", "refused"), [
    ("The cabin from tomorrow, for two nights.", "2025-03-17", []), ("Keep it until tomorrow week.", "2025-03-22", []),
    ("The cabin from tomorrow, for two nights.", "2025-03-19", ["until"]),
])
def test_days_counted_from_tomorrow(told: str, day: str, refused: list[str]) -> None:
    assert found(told, {"until": day}, CLOCK) == refused


@pytest.mark.parametrize(("told", "arguments", "refused"), [
    ("Tell me when it is at 8.58.", {"threshold": 8.58}, []), ("The seventeenth chapter, please.", {"chapter": 17}, []),
    ("A permit in district 4, 10 to 20 May 2025.", {"district_id": 4}, []),
    ("Roll a single die.", {"dice": 1}, []), ("Tell me when it is at 8.58.", {"threshold": 8.85}, ["threshold"]),
])
def test_numbers_in_unusual_places(told: str, arguments: dict[str, Any], refused: list[str]) -> None:
    assert found(told, arguments) == refused


@pytest.mark.parametrize(("told", "day", "refused"), [
    ("I'll miss Sunday", "2025-03-16", []), ("I'll miss Sunday", "2025-03-23", ["date"]),
    ("I missed Sunday", "2025-03-09", []), ("next Sunday", "2025-03-23", []), ("every Friday", "2025-03-21", []),
    ("the day after tomorrow", "2025-03-16", []), ("the day after tomorrow", "2025-03-15", ["date"]),
    ("No mail from the shop tomorrow between 22:00 and midnight", "2025-03-14", ["date"]),
    ("from now until tomorrow", "2025-03-14", [])])
def test_the_nearest_of_the_days_that_words_may_mean(told: str, day: str, refused: list[str]) -> None:
    assert found(told, {"date": day}, CLOCK) == refused


@pytest.mark.parametrize(("told", "time", "refused"), [
    ("two walks, 7 to 8 in the morning and 9 to 10 at night", "21:00", []),
    ("two walks, 7 to 8 in the morning and 9 to 10 at night", "09:00", ["time"])])
def test_the_half_of_the_day_next_to_an_hour(told: str, time: str, refused: list[str]) -> None:
    assert found(told, {"time": time}) == refused


@pytest.mark.parametrize(("amount", "refused"), [(2500, []), (2.5, ["load"])])
def test_a_unit_in_the_description(amount: float, refused: list[str]) -> None:
    evidence = ConversationEvidence("It carries 2.5 tonnes.", []).before(0)
    function = Documented({}, descriptions={"load": "Load in kilograms at most."})
    assert [name for name, _ in ungrounded({"load": amount}, function, evidence)] == refused


@pytest.mark.parametrize(("told", "arguments", "refused"), [
    ("from the first of next month", {"from": "2025-04-01"}, []),
    ("from the first of next month", {"from": "2025-05-01"}, ["from"]),
    ("What did I use last month?", {"month": "2025-02"}, []),
    ("What did I use last month?", {"month": "2025-03"}, ["month"]),
    ("last month and this month", {"month": "2025-03"}, []),
    ("June, July and August 2024", {"month": "2024-07"}, []),
    ("June, July and August 2024", {"month": "2023-07"}, ["month"])])
def test_months_near_today_or_with_a_year(told: str, arguments: dict[str, str], refused: list[str]) -> None:
    assert found(told, arguments, CLOCK) == refused


@pytest.mark.parametrize(("told", "right", "wrong"), [
    ("Pick it up a week on Thursday.", "2025-03-27", "2025-03-20"),
    ("Pick it up Thursday week.", "2025-03-27", "2025-03-20"),
    ("From the first Tuesday of next month on", "2025-04-01", "2025-04-08"),
    ("From the last Tuesday of the month on", "2025-03-25", "2025-03-18"),
    ("A table on Wednesday of next week", "2025-03-19", "2025-03-26"),
])
def test_a_weekday_of_the_week_that_was_said(told: str, right: str, wrong: str) -> None:
    assert found(told, {"date": right}, CLOCK) == []
    assert found(told, {"date": wrong}, CLOCK) == ["date"]


@pytest.mark.parametrize(("before", "call", "is_wrong"), [
    ({"lake": "Orr", "craft": "canoe"}, {"lake": "Tay", "craft": "dinghy"}, True),
    ({"lake": "Orr", "craft": "canoe"}, {"lake": "Orr", "craft": "dinghy"}, False),
    ({"lake": "Orr", "craft": "dinghy"}, {"lake": "Tay", "craft": "canoe"}, False),
])
def test_a_choice_that_another_call_has_for_something_else(before: dict, call: dict, is_wrong: bool) -> None:
    told = "What does a canoe cost on the Orr, and what on the Tay? Show me what else there is."
    schemas = {"craft": {"type": "string", "enum": ["canoe", "dinghy", "raft"]}}
    calls = [PredictedCall(0, "prices", before, 'Status Code: 200. Response: [{"fee": 9}, {"fee": 7}]')]
    evidence = ConversationEvidence(told, calls).before(1)
    assert bool([*ungrounded(call, Documented(schemas), evidence)]) is is_wrong
