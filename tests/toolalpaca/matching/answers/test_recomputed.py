"""What an answer picks out or adds up, worked out again over the list that was shown."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.extremes import asked_extremes_missed
from toolalpaca.matching.answers.sums import unfounded_aggregates, wrong_sums

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


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Altogether they cost 1,030: 310, 455 and 265.", False), ("Altogether they cost 1,020: 310, 455 and 265.", True),
    ("Tern and Fulmar cost 575 together.", False), ("Tern and Fulmar cost 585 together.", True),
    ("The average hire is 343.33.", False), ("The average hire is 350.", True),
    ("They are 9.9 m long on average.", False), ("They are 11.3 m long on average.", True),
    ("The mean of the two in Oban is 382.50.", False), ("The mean of the two in Oban is 392.50.", True),
    ("Twice Tern and once Fulmar is 885 in total.", False), ("Two weeks with Gannet are 910 in total.", False),
    ("You said 2,000 in total, which is enough.", False), ("There are three boats in total.", False),
])
def test_what_is_called_a_total_or_a_mean_is_one(answer: str, is_wrong: bool) -> None:
    told = "I have 2,000 in total for 2 weeks. What do the boats cost?"
    assert bool(list(unfounded_aggregates(answer, known_of(told, answer, ("listBoats", {}, BOATS))))) is is_wrong


@pytest.mark.parametrize(("minutes", "answer", "is_wrong"), [
    (120, "It lasts an hour and a half.", True), (90, "It lasts an hour and a half.", False),
    (90, "It lasts two hours and a half.", True), (150, "It lasts two and a half hours.", False),
    (120, "It lasts two hours.", False),
])
def test_a_duration_in_words_is_not_made_of_a_half_that_nobody_showed(minutes, answer, is_wrong) -> None:
    ferry = {"ferry": "Iona", "crossingMinutes": minutes}
    known = known_of("How long is the crossing?", answer, ("getFerry", {}, ferry))
    assert bool(list(unsupported(answer, known, figures_only=True))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("It lasts about six minutes and forty seconds.", False), ("It lasts about 6 minutes 40 seconds.", False),
    ("It lasts six minutes and forty-one seconds.", False), ("It lasts about seven minutes and ten seconds.", True),
    ("It lasts six minutes and forty-eight seconds.", True), ("It's roughly an hour and ten minutes by bus.", False),
    ("It's roughly an hour and thirty minutes by bus.", True),
])
def test_an_approximate_amount_of_two_units_is_as_exact_as_its_last_place(answer: str, is_wrong: bool) -> None:
    known = known_of("How long is it?", answer, ("getTrack", {}, {"title": "Tern", "seconds": 401}),
                     ("getRide", {}, {"line": "7", "minutes": 68}))
    assert bool(list(unsupported(answer, known))) is is_wrong


SHOPS = [{"shop": "Quay", "owner": "Bell", "takings": 40, "km": 12.0}, {"shop": "Hill", "owner": "Kerr", "takings": 55},
         {"shop": "Gate", "owner": "Bell", "takings": 70}]


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("What did they take?", "Quay 40, Hill 55 and Gate 70. Together they took 165.", False),
    ("What did they take?", "Quay 40, Hill 55 and Gate 70. Together they took 110.", True),
    ("What did those of Bell take?", "Together they took 110.", False)])
def test_totals_of_a_kind_that_nobody_spoke_of(told: str, answer: str, is_wrong: bool) -> None:
    assert bool(list(wrong_sums(answer, known_of(told, answer, ("listShops", {}, SHOPS))))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("It has gone 31,800 km of 45,000 km, so 13,200 km are left.", False),
    ("It has gone 31,800 km of 45,000 km, so 13,200 miles are left.", True)])
def test_differences_in_another_unit(answer: str, is_wrong: bool) -> None:
    body = {"drivenKm": 31800, "serviceAtKm": 45000}
    assert bool(list(unsupported(answer, known_of("How far is it?", answer, ("getVan", {}, body))))) is is_wrong


CHAIRS = [{"what": "chair", "quantity": 4, "unitPrice": 12.5}, {"what": "bench", "quantity": 2, "unitPrice": 40.0},
          {"what": "lamp", "quantity": 1, "unitPrice": 21.0}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("They cost 151.00 in total.", False), ("They cost 73.50 in total.", True),
    ("The three entries come to 151.00 in total.", False)])
def test_a_total_of_several_pieces(answer: str, is_wrong: bool) -> None:
    known = known_of("What did the furniture cost in all?", answer, ("listLines", {}, CHAIRS))
    assert bool(list(wrong_sums(answer, known))) is is_wrong


WALKS = [{"day": "2031-06-02", "minutes": 35, "stars": 2}, {"day": "2031-06-09", "minutes": 80, "stars": 5},
         {"day": "2031-06-14", "minutes": 55, "stars": 5}]


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("You took three walks, 170 minutes in all, so 2 hours and 50 minutes.", False),
    ("You took three walks, 150 minutes in all, so 2 hours and 30 minutes.", True)])
def test_what_all_of_a_list_come_to(answer: str, is_wrong: bool) -> None:
    known = known_of("How much did I walk?", answer, ("listWalks", {}, WALKS))
    assert bool(list(wrong_sums(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("You walked 170 minutes.", False), ("You spent 310 on boats.", False), ("You paid 720 for both.", True)])
def test_a_sum_that_was_asked_for(answer: str, is_wrong: bool) -> None:
    known = known_of("How much did I pay for my boats?", answer, ("listBoats", {}, BOATS))
    assert bool(list(wrong_sums(answer, known))) is is_wrong
