"""The first value inside a bound that does not count itself, each with one that is not it."""

from typing import Any

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.grounding import Documented, ungrounded


@pytest.mark.parametrize(("told", "name", "right", "wrong"), [
    ("Huts for more than six", "minBeds", 7, 8),
    ("Huts for fewer than six", "max_beds", 5, 4),
    ("Huts under £40", "maxPence", 3999, 4001),
    ("Any loft over 12 m?", "minHeightCm", 1201, 1101),
    ("Tortoises older than 80", "minAge", 81, 79),
    ("Letters written before 1890", "to_year", 1889, 1891),
    ("Letters written after 1890", "writtenFrom", "1891-01-01", "1892-01-01"),
    ("Letters written before 1890", "writtenTo", "1889-12-31", "1890-01-02"),
    ("Parcels from before 9 May 2025", "until", "2025-05-08", "2025-05-07"),
    ("Parcels from after 9 May 2025", "since", "2025-05-10", "2025-05-11"),
    ("Parcels up to 9 May 2025", "until", "2025-05-09", "2025-05-10"),
])
def test_the_first_value_inside_a_bound(told: str, name: str, right: Any, wrong: Any) -> None:
    evidence = transcript_of(told).whole()
    assert [*ungrounded({name: right}, Documented(), evidence)] == []
    assert [*ungrounded({name: wrong}, Documented(), evidence)] == [(name, wrong)]
