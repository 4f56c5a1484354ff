"""Numbers that are worked out of one thing, or lie in lists inside of it, and are said of another."""

from typing import Any

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.worked_out import misplaced


def _practice(name: str, *minutes: int) -> tuple[str, dict[str, Any], Any]:
    """Return a call of what somebody practised, with its result."""
    return "listPractice", {"pupil": name}, {"name": name, "sessions": [
        {"date": f"2031-03-0{day}", "minutes": length} for day, length in enumerate(minutes, start=1)]}


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Olga practised more: 95 minutes in March, against 70 for Pavel.", False),
    ("Pavel practised more: 95 minutes in March, against 70 for Olga.", True),
    ("Olga's longest session took 45 minutes.", False), ("Pavel's longest session took 45 minutes.", True)])
def test_what_lies_in_lists_inside(answer: str, is_wrong: bool) -> None:
    known = known_of("Who practised more?", answer, _practice("Olga", 20, 30, 45), _practice("Pavel", 35, 35))
    assert bool(list(misplaced(answer, known))) is is_wrong


BOATS = [{"boat": "Egret", "adult": 7.4}, {"boat": "Curlew", "adult": 9.1}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The Egret is cheaper: £22.20 for the three of you, against £27.30 on the Curlew.", False),
    ("The Egret is dearer: £27.30 for the three of you.", True)])
def test_what_several_cost(answer: str, is_wrong: bool) -> None:
    known = known_of("Three adults: which boat is cheaper?", answer, ("listBoats", {}, BOATS))
    assert bool(list(misplaced(answer, known))) is is_wrong


VOTES = {"cast": 800, "results": [{"name": "Tea Room", "votes": 480}, {"name": "Reading Room", "votes": 200}]}


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The Tea Room got 60 per cent.", False), ("The Reading Room got 60 per cent.", True)])
def test_a_share_of_all(answer: str, is_wrong: bool) -> None:
    assert bool(list(misplaced(answer, known_of("Who won?", answer, ("getVote", {}, VOTES))))) is is_wrong


def test_letters_with_digits_are_one_word_of_a_name() -> None:
    shops = [{"name": "Bakery SW7 4GH", "seats": 31}, {"name": "Bakery NE2 6KL", "seats": 58}]
    answer = "There are only 4G routers and 58 seats."
    assert known_of("What is there?", answer, ("listShops", {}, shops)).mentions.named_in(answer) == []
