"""What people select by and on which condition they want something done, held against answers and deeds."""

import pytest
from short_conversations import Call, known_of, transcript_of

from toolalpaca.matching.answers.conditions import against_condition
from toolalpaca.matching.answers.selections import mistimed, unselected
from toolalpaca.matching.arguments.deeds import deeds_in
from toolalpaca.matching.arguments.substitutes import untold_substitutes
from toolalpaca.matching.facts.bounds import bounds_in
from toolalpaca.matching.language.actions import Deed, Doing

HUTS = [{"hut": "Ravnstua", "beds": 12, "staffed": False, "pricePerNight": 310, "opened": 1987},
        {"hut": "Kvelvhytta", "beds": 24, "staffed": True, "pricePerNight": 540, "opened": 2004},
        {"hut": "Lomsbu", "beds": 8, "staffed": False, "pricePerNight": 260, "opened": 2015}]


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("Which staffed huts are there?", "Kvelvhytta.", False), ("Which staffed huts are there?", "Lomsbu.", True),
    ("Which unstaffed huts are there?", "Ravnstua and Lomsbu.", False),
    ("Which unstaffed huts are there?", "Ravnstua and Kvelvhytta.", True),
    ("Which huts are staffed?", "Kvelvhytta is; Lomsbu isn't.", False),
    ("A hut with at least 20 beds, please.", "Take Kvelvhytta.", False),
    ("A hut with at least 20 beds, please.", "Take Ravnstua.", True),
    ("A hut with 10 beds or fewer, please.", "Take Ravnstua.", True),
    ("A hut with 10 beds or fewer, please.", "Take Lomsbu.", False),
    ("Which huts have at least 20 beds, and what does Lomsbu cost?", "Kvelvhytta. Lomsbu costs 260.", False),
    ("Which huts have at least 20 beds, and what do they cost?", "Kvelvhytta 540. Lomsbu costs 260.", True),
])
def test_things_that_people_did_not_select(told: str, answer: str, is_wrong: bool) -> None:
    assert bool(list(unselected(answer, known_of(told, answer, ("listHuts", {}, HUTS))))) is is_wrong


@pytest.mark.parametrize(("text", "value", "allowed"), [
    ("under 50 euros", 50, False), ("up to 50 euros", 50, True), ("two or more", 3, True), ("two or more", 1, False),
    ("no more than 4 beds", 5, False), ("over 9 kg", 10, True), ("from 2010 on", 2009, False),
])
def test_bounds(text: str, value: float, allowed: bool) -> None:
    assert [bound.allows(value) for bound in bounds_in(text)] == [allowed]


RESERVE = {"reserveBed": Deed("reserveBed", frozenset({Doing.CREATE}), frozenset({"reserve"}))}
RESERVED: Call = ("reserveBed", {"hut": "Lomsbu"}, {"reservation": 4})


@pytest.mark.parametrize(("told", "is_wrong"), [
    ("If Lomsbu has at least 10 beds, reserve one.", True), ("If Lomsbu has 8 beds or more, reserve one.", False),
    ("Reserve a bed in Lomsbu, but only if it is under 200 a night.", True),
    ("Reserve a bed in Lomsbu, but only if it is under 300 a night.", False),
    ("Reserve a bed in Lomsbu unless it has fewer than 10 beds.", True),
    ("If Lomsbu has at least 10 beds, reserve one, otherwise reserve one for Friday.", False),
])
def test_a_deed_whose_condition_is_not_met(told: str, is_wrong: bool) -> None:
    transcript = transcript_of(told, ("listHuts", {}, HUTS), RESERVED)
    known = known_of(told, "", ("listHuts", {}, HUTS), RESERVED)
    assert bool(list(against_condition(deeds_in(transcript, RESERVE), known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_untold"), [
    ("Yes: Lomsbu for 260.", False), ("Yes: Kvelvhytta.", True), ("Yes: Kvelvhytta for 540.", False),
    ("Nothing that cheap, but Kvelvhytta is free.", False),
])
def test_a_bound_that_a_second_search_went_without(answer: str, is_untold: bool) -> None:
    calls: list[Call] = [("findHuts", {"maxPricePerNight": 300}, []), ("findHuts", {}, HUTS)]
    assert bool(list(untold_substitutes(answer, known_of("A hut for 300?", answer, *calls)))) is is_untold


@pytest.mark.parametrize(("answer", "is_untold"), [("You are down for 9 May.", True), ("You start at 8:30.", False)])
def test_a_refused_time_that_was_replaced(answer: str, is_untold: bool) -> None:
    refused = 'Status Code: 422. Response: {"message": "Guides start at 8:30."}'
    calls: list[Call] = [("bookGuide", {"time": "08:10"}, refused), ("bookGuide", {"time": "08:30"}, {"guide": 3})]
    assert bool(list(untold_substitutes(answer, known_of("A guide for 8:10, please.", answer, *calls)))) is is_untold


@pytest.mark.parametrize(("told", "looked", "is_wrong"), [
    ("Is there a bed in Lomsbu on Friday? If so, reserve it.", False, True),
    ("Is there a bed in Lomsbu on Friday? If so, reserve it.", True, False),
    ("Reserve a bed in Lomsbu, but only if there are two free.", False, True),
    ("They say you can reserve beds? If so, one in Lomsbu.", False, False),
    ("Reserve a bed in Lomsbu.", False, False)])
def test_what_was_to_be_looked_at_before(told: str, looked: bool, is_wrong: bool) -> None:
    calls: list[Call] = [("getBeds", {"hut": "Lomsbu"}, {"free": 3})] if looked else []
    done = deeds_in(transcript_of(told, *calls, RESERVED), RESERVE)
    assert bool(list(against_condition(done, known_of(told, "Done.", *calls, RESERVED)))) is is_wrong


SHOWINGS = [{"showing": "W-1", "opens": "2026-04-11T10:15:00", "closes": "2026-04-11T12:00:00"},
            {"showing": "W-2", "opens": "2026-04-11T14:45:00", "closes": "2026-04-11T16:30:00"}]


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("A showing after noon?", "Go at 10:15.", True), ("A showing after noon?", "Go at 14:45.", False),
    ("A showing before half past one?", "Go at 14:45.", True), ("One before half past one?", "Go at 10:15.", False),
    ("A showing after noon?", "One is at 10:15, the other at 14:45.", False),
    ("A showing after noon?", "The only one is at 10:15, too early for you.", False),
    ("After 8 pm I sleep. Which showings are there?", "One at 10:15 and one at 14:45.", False),
    ("A showing after 8 am or after noon?", "Go at 10:15.", False),
    ("I can't come after noon. Which showing, please?", "Go at 10:15.", False),
    ("I'm at work from noon. Which showing, please?", "Go at 10:15.", False),
    ("When does W-1 begin? I'm free from noon.", "At 10:15.", False),
])
def test_a_time_on_the_other_side_of_what_was_said(told: str, answer: str, is_wrong: bool) -> None:
    assert bool([*mistimed(answer, known_of(told, answer, ("listShowings", {}, SHOWINGS)))]) is is_wrong
