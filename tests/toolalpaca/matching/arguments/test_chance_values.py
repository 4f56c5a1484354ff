"""Values that only chance arithmetic or a vague word would bear out where people gave another one, each beside the
right one."""

from typing import Any

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.grounding import Documented, ungrounded


@pytest.mark.parametrize(("told", "name", "right", "wrong"), [
    ("Four adults, 2 kids and a dog, please", "children", 2, 4),
    ("Six pupils and 2 teachers come along", "teachers", 2, 6),
    ("A hut for 3 nights, five bunks, block 7", "nights", 3, 2),
    ("Ring 7 bells 12 times", "bells", 7, 5),
    ("Warn me when oil is at 81.25, and one ounce of gold in pesos?", "threshold", 81.25, 80.25),
    ("A print 240 pixels high", "height", 240, 239),
    ("Expose it for 90 s", "seconds", 90, 91),
    ("One ticket for my aunt and one for our toddler", "children", 1, 3),
    ("The ferry at a quarter past six in the evening", "time", "18:15", "18:00"),
    ("Wake me at eight in the morning", "time", "08:00", "09:00"),
    ("The shop shuts at 21:00", "closes", "21:00", "00:00"),
    ("Book the sauna for 14:00, three hours", "from", "14:00", "17:00"),
    ("Book the sauna for 14:00, three hours", "until", "17:00", "18:00"),
    ("Move the 14:00 slot two hours back", "start", "16:00", "17:00"),
])
def test_a_value_that_was_given_is_not_made_another(told: str, name: str, right: Any, wrong: Any) -> None:
    evidence = transcript_of(told).whole()
    assert [*ungrounded({name: right}, Documented(), evidence)] == []
    assert [*ungrounded({name: wrong}, Documented(), evidence)] == [(name, wrong)]


@pytest.mark.parametrize(("told", "limit", "is_given"), [
    ("Name me the top five", 5, True), ("Name me the top five", 4, False), ("Name me the top five", 25, True),
    ("Six results at most", 7, False), ("Six results at most", 6, True), ("Three will do", 2, False),
    ("Name me some", 4, True),
])
def test_how_many_are_to_be_shown(told: str, limit: int, is_given: bool) -> None:
    found = [*ungrounded({"limit": limit}, Documented(), transcript_of(told).whole())]
    assert (found == []) is is_given


def test_the_size_of_what_is_made_is_no_window() -> None:
    transcript = transcript_of("A badge of 96 pixels", ("createBadge", {"size": 95}, {"id": "b1"}))
    for size, found in ((96, []), (95, [("size", 95)])):
        assert [*ungrounded({"size": size}, Documented(name="createBadge"), transcript.before(0))] == found


@pytest.mark.parametrize(("told", "is_given"), [
    ("Seats for my wife and me", False), ("Seats for my baby and me", True),
])
def test_a_child_is_spoken_of(told: str, is_given: bool) -> None:
    assert ([*ungrounded({"children": 1}, Documented(), transcript_of(told).whole())] == []) is is_given
