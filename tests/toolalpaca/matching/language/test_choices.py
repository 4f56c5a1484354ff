"""Choices against what people said."""

import pytest

from toolalpaca.matching.language.choices import GIVEN, OTHER, UNSAID, verdict

STATES = ["active", "cancelled", "returned"]


@pytest.mark.parametrize(("told", "value", "expected"), [
    ("What have I reserved? Then cancel the earliest.", "active", UNSAID),
    ("Show me what was cancelled.", "active", OTHER),
    ("Show me what was cancelled.", "cancelled", GIVEN),
    ("Return the drill.", "active", UNSAID),
])
def test_what_is_to_be_done_is_not_what_has_been_done(told: str, value: str, expected: str) -> None:
    assert verdict(value, STATES, [told]) == expected
