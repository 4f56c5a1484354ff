"""Days of a series, one by one or the last of it, and how many people are meant, each with one that is not."""

from typing import Any

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.grounding import Documented, ungrounded


def is_known(told: str, name: str, value: Any, *earlier: tuple[str, dict, str]) -> bool:
    return not [*ungrounded({name: value}, Documented(name="getTides"), transcript_of(told, *earlier).whole())]


@pytest.mark.parametrize(("told", "name", "right", "wrong"), [
    ("Tides on each day from 4 to 8 June 2026?", "day", "2026-06-06", "2026-06-09"),
    ("It's 12 June 2026. On which day since the 7th was it warmest?", "day", "2026-06-09", "2026-06-06"),
    ("Today is 12 June 2026. Sales for each of the last five days", "day", "2026-06-10", "2026-06-01"),
    ("It's Friday 12 June 2026. Rain on every day since Monday", "day", "2026-06-10", "2026-06-01"),
    ("a stand on every Sunday in June 2026", "day", "2026-06-14", "2026-06-15"),
    ("a boat from 4 to 8 June 2026", "start", "2026-06-04", "2026-06-05"),
    ("60 euros every two months, five times, first on 10 May 2026", "lastOn", "2027-01-10", "2027-03-10"),
    ("Quarterly, three payments, the first on 10 May 2026", "lastOn", "2026-11-10", "2026-08-10"),
    ("a dose every other day, 4 doses from 10 May 2026", "end", "2026-05-16", "2026-05-18"),
    ("each Tuesday from 5 May 2026, six lessons", "until", "2026-06-09", "2026-06-16"),
])
def test_days_of_a_series(told: str, name: str, right: str, wrong: str) -> None:
    assert is_known(told, name, right)
    assert not is_known(told, name, wrong)


@pytest.mark.parametrize(("told", "name", "right", "wrong"), [
    ("Put me down along with my three nieces", "helpers", 4, 5),
    ("Enrol Tess, Bo and me", "participants", 3, 4),
    ("myself and 2 mates", "players", 3, 4),
    ("a table for my grandparents and us two", "covers", 4, 5),
])
def test_people_of_a_story(told: str, name: str, right: int, wrong: int) -> None:
    assert is_known(told, name, right)
    assert not is_known(told, name, wrong)
