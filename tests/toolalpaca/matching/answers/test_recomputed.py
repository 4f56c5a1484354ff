"""What an answer picks out or adds up, worked out again over the list that was shown."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.extremes import asked_extremes_missed
from toolalpaca.matching.answers.partial_sums import wrong_sums

BOATS = [{"boat": "Tern", "harbour": "Oban", "lengthM": 9.4, "berths": 4, "hire": 310, "dogs": True},
         {"boat": "Gannet", "harbour": "Oban", "lengthM": 12.1, "berths": 6, "hire": 455, "dogs": False},
         {"boat": "Fulmar", "harbour": "Mallaig", "lengthM": 8.2, "berths": 4, "hire": 265, "dogs": True}]


@pytest.mark.parametrize(("told", "answer", "is_missed"), [
    ("Which boat is the longest?", "That would be Gannet.", False),
    ("Which boat is the longest?", "That would be Tern.", True),
    ("Which boat is the longest?", "Gannet, which is a good deal longer than Tern.", False),
    ("Which boat sleeps the most and what berths has it got?", "Tern, it has four.", True),
    ("Which is the longest boat where dogs are allowed?", "That would be Tern.", False),
    ("Which is the longest boat in Oban?", "Gannet.", False),
    ("What is the dearest boat?", "It costs 455, more than Tern.", False),
    ("Book me at the latest tomorrow. Which boat is free?", "Fulmar.", False),
])
def test_the_most_that_was_asked_for(told: str, answer: str, is_missed: bool) -> None:
    known = known_of(told, answer, ("listBoats", {}, BOATS))
    assert bool(list(asked_extremes_missed(answer, known))) is is_missed


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("All three come to 1,030 in total.", False), ("All three come to 765 in total.", True),
    ("The two in Oban come to 765 altogether.", False), ("The two in Oban come to 1,030 altogether.", True),
    ("Gannet is 145 dearer than Tern.", False), ("Gannet is 190 dearer than Tern.", True),
    ("Gannet costs 455. It is 190 dearer than Fulmar.", False),
])
def test_sums_and_differences_of_what_is_named(answer: str, is_wrong: bool) -> None:
    known = known_of("What do they cost?", answer, ("listBoats", {}, BOATS))
    assert bool(list(wrong_sums(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [("That is 25.83 a guest.", False), ("That is 103.33 a guest.", True)])
def test_a_share_for_each_of_a_number_that_was_said(answer: str, is_wrong: bool) -> None:
    known = known_of("What is Tern for 12 guests, per guest?", answer, ("getBoat", {"boat": "Tern"}, BOATS[0]))
    assert bool(list(wrong_sums(answer, known))) is is_wrong
