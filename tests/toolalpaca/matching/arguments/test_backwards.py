"""Spans that end before they begin."""

import pytest

from toolalpaca.matching.arguments.backwards import backwards


@pytest.mark.parametrize(("arguments", "is_backwards"), [
    ({"fromDay": "2025-03-31", "toDay": "2025-01-01"}, True), ({"fromDay": "2025-01-01", "toDay": "2025-03-31"}, False),
    ({"fromDay": "2025-01-01", "toDay": "2025-01-01"}, False), ({"toDay": "2025-01-01"}, False),
    ({"start": "2025-05-02T16:00", "end": "2025-05-02T14:00"}, True),
    ({"start": "2025-05-02T22:00", "end": "2025-05-03T06:00"}, False), ({"start": "22:00", "end": "06:00"}, False),
    ({"minPrice": 80, "maxPrice": 20}, True), ({"minPrice": 20, "maxPrice": 80}, False),
    ({"from": 80, "to": 20}, False), ({"check_in": "2025-06-09", "check_out": "2025-06-07"}, True),
    ({"minAge": 30, "maxPrice": 20}, False),
])
def test_a_span_that_ends_before_it_begins(arguments: dict[str, object], is_backwards: bool) -> None:
    assert bool(list(backwards(arguments))) is is_backwards
