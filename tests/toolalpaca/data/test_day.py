"""The day of an API's conversations."""

from datetime import datetime

import pytest

from toolalpaca.data.day import clock_of, day_in_words, moment_of


def test_the_day_of_a_record() -> None:
    assert moment_of({"Instruction_Day": "2026-02-09"}) == datetime(2026, 2, 9, 9, 30)


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-02-30"])
def test_a_record_that_tells_no_day(day: str) -> None:
    assert moment_of({"Instruction_Day": day}) is None
    assert moment_of({}) is None


def test_a_fixed_seed_fixes_the_clock() -> None:
    assert clock_of(0)() == clock_of(7)() == datetime(2025, 3, 14, 9, 30)
    before = datetime.now()
    assert before <= clock_of(None)() <= datetime.now()


def test_the_day_in_words() -> None:
    assert day_in_words(datetime(2025, 3, 4, 8)) == "Tuesday, 4 March 2025"
