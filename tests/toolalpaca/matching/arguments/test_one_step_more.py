"""Values that follow from what was said by one step more than reading it, each with one like it that does not."""

from typing import Any

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.grounding import Documented, ungrounded

KINDS = {"kind": {"type": "string", "enum": ["phone", "tripod", "sensor_unit", "other"]}}
CHANNELS = {"kind": {"type": "string", "enum": ["phone", "email", "post"]}}


@pytest.mark.parametrize(("told", "name", "right", "wrong"), [
    ("Seven firkins of 40.9 litres each", "litres", 286, 290),
    ("Share the 250 g among the three of us", "grams", 83.33, 84),
    ("A tour of 50 minutes from 16:25", "end", "17:15", "17:25"),
    ("Keep it open from ten to midnight", "closes", "00:00", "01:00"),
    ("The plank is 240 long and has to be 215", "cutByMm", 25, 30),
    ("Today is 9 June 2025. What came in over the past five full days?", "until", "2025-06-08", "2025-06-12"),
])
def test_one_step_more(told: str, name: str, right: Any, wrong: Any) -> None:
    evidence = transcript_of(told).whole()
    assert [*ungrounded({name: right}, Documented(), evidence)] == []
    assert [*ungrounded({name: wrong}, Documented(), evidence)] == [(name, wrong)]


@pytest.mark.parametrize(("told", "schemas", "value", "is_given"), [
    ("My barometer is gone, phone 0180 555 71", KINDS, "sensor_unit", True),
    ("My phone is gone, mail ann@example.org", KINDS, "sensor_unit", False),
    ("Tell me about it, phone 0180 555 71", CHANNELS, "post", False),
    ("Tell me about it, phone 0180 555 71", CHANNELS, "phone", True),
])
def test_how_people_may_be_reached_chooses_a_channel_only(told: str, schemas: Any, value: str, is_given: bool) -> None:
    found = [*ungrounded({"kind": value}, Documented(schemas), transcript_of(told).whole())]
    assert (found == []) is is_given


@pytest.mark.parametrize(("about", "is_given"), [
    ("Paper, matt unless given.", True), ("matt (standard) or gloss", True), ("matt or gloss", False),
])
def test_defaults_in_words(about: str, is_given: bool) -> None:
    function = Documented(descriptions={"paper": about})
    found = [*ungrounded({"paper": "matt"}, function, transcript_of("Two prints of it, please.").whole())]
    assert (found == []) is is_given


@pytest.mark.parametrize(("told", "arguments", "wrong"), [
    ("It's 12 km each way.", {"distance": 24}, []), ("At one: 12 km each way.", {"distance": 12}, ["distance"]),
    ("Book me in along with our three nieces.", {"guests": 4}, []),
    ("Book me in along with our three nieces.", {"guests": 3}, ["guests"]),
    ("Book the boat with our three nieces.", {"guests": 3}, []),
    ("For nine weeks from the 1st of May 2026.", {"nights": 63}, []),
    ("For nine weeks from the 1st of May 2026.", {"nights": 9}, ["nights"]),
])
def test_numbers_with_a_one_or_with_oneself(told: str, arguments: dict[str, Any], wrong: list[str]) -> None:
    assert [name for name, _ in ungrounded(arguments, Documented(), transcript_of(told).whole())] == wrong


@pytest.mark.parametrize(("field", "is_given"), [("id", True), ("stock", False)])
def test_a_number_that_results_show_as_an_id(field: str, is_given: bool) -> None:
    evidence = transcript_of("What does the ash plank cost?", ("planks", {}, [{field: 417, "wood": "ash"}])).whole()
    function = Documented(descriptions={"plank": "Id of the plank."})
    assert ([*ungrounded({"plank": 417}, function, evidence)] == []) is is_given


@pytest.mark.parametrize(("told", "value", "is_given"), [
    ("Put a mark at 3:20, called Bridge.", 200, True), ("Put a mark at 1:02:05, called Bridge.", 3725, True),
    ("Put a mark right at the start, called Bridge.", 0, True), ("Put a mark at 3:20, called Bridge.", 320, False),
])
def test_positions_in_seconds(told: str, value: int, is_given: bool) -> None:
    function = Documented(descriptions={"at": "Where the mark is, in seconds from the start."})
    assert ([*ungrounded({"at": value}, function, transcript_of(told).whole())] == []) is is_given
