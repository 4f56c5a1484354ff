"""What counts as given: numbers, units, dates, codes and wording in the ways people use them."""

from typing import Any

import pytest

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.grounding import given_before, ungrounded


def found(instruction: str, arguments: dict[str, Any], *earlier: tuple[str, str], schemas: dict | None = None) -> list:
    calls = [PredictedCall(place, function, {}, seen) for place, (function, seen) in enumerate(earlier)]
    given = given_before(instruction, calls, len(calls))
    return [name for name, _ in ungrounded(arguments, schemas or {}, {}, given)]


@pytest.mark.parametrize(("instruction", "arguments"), [
    ("Show me three photos of dogs.", {"limit": 3, "query": "dogs"}), ("Flights under $1,200.", {"max_price": 1200}),
    ("A couple of songs", {"count": 2}), ("Within 2 hours", {"minutes": 120}), ("a walk of 5 miles", {"meters": 8047}),
    ("On May 5th, 2024", {"date": "2024-05-05"}), ("on 5 May", {"date": "2024-05-05"}), ("at 3pm", {"time": "15:00"}),
    ("tonight at 7:30 PM", {"time": "19:30"}), ("Holidays in France", {"country": "FR"}),
    ("in euros, please: EUR", {"currency": "EUR"}), ("Books by JANE AUSTEN", {"author": "Jane Austen"}),
    ("I like jazz and also rock", {"genres": ["rock", "jazz"]}), ("for New York", {"city": "new-york"}),
    ("Write to ann@example.org", {"to": "Ann@example.org"}), ("at 48.85, 2.35", {"location": "48.85,2.35"}),
    ("It is at -94.2 degrees", {"longitude": -94.2}), ("25% off", {"discount": 0.25}),
    ("Remind me to water the plants on Monday evening please",
     {"text": "Reminder: water the plants on Monday evening"}),
    ("anything", {"safe": True, "note": None, "tag": ""}),
])
def test_what_the_user_said(instruction: str, arguments: dict) -> None:
    assert found(instruction, arguments) == []


@pytest.mark.parametrize(("instruction", "arguments", "names"), [
    ("Show me photos of dogs.", {"limit": 10}, ["limit"]), ("Weather in Paris", {"city": "Lyon"}, ["city"]),
    ("Holidays this year", {"year": 2024}, ["year"]), ("Holidays in France", {"country": "DE"}, ["country"]),
    ("Remind me tomorrow", {"date": "2024-05-05"}, ["date"]),
    ("Book a table", {"guest": {"name": "Ann"}}, ["guest.name"]),
    ("at 3pm", {"time": "16:00"}, ["time"]), ("Photos of cats and dogs", {"tags": ["cats", "birds"]}, ["tags"]),
])
def test_what_nobody_said(instruction: str, arguments: dict, names: list[str]) -> None:
    assert found(instruction, arguments) == names


def test_replies_and_earlier_results_count() -> None:
    assert found("Weather?", {"city": "Oslo"}, ("getDetails", "I live in Oslo.")) == []
    seen = 'Status Code: 200. Response: {"pets": [{"petId": 7, "name": "Rex"}], "total": 12}'
    assert found("Tell me of that pet", {"petId": 7, "name": "rex"}, ("listPets", seen)) == []
    assert found("Tell me of that pet", {"limit": 12}, ("listPets", seen)) == ["limit"]  # by chance the same number
    assert found("Tell me", {"size": "large"}, ("f", 'expected one of ["small", "large"], but got "big"')) == []


def test_relative_days_need_a_look_at_the_clock() -> None:
    clock = ("getCurrentDateTime", "2025-03-14 09:30:00, Friday")
    assert found("Remind me tomorrow", {"date": "2025-03-15"}, clock) == []
    assert found("Remind me tomorrow", {"date": "2031-03-15"}, clock) == ["date"]


def test_choices_and_defaults_of_the_document_count_and_examples_do_not() -> None:
    schemas = {"sort": {"enum": ["asc", "desc"]}, "page": {"default": 1}, "city": {"example": "London"}}
    assert found("Show me", {"sort": "asc", "page": 1, "city": "London"}, schemas=schemas) == ["city"]
