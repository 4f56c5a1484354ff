"""Answers that careful people take for right, next to wrong ones of the same make: what follows by more than one step,
what is said of a thing after another, what was asked for in a unit."""

import pytest
from short_conversations import Call, known_of

from toolalpaca.matching.answers.answer_support import unsupported
from toolalpaca.matching.answers.bindings import misattributed
from toolalpaca.matching.answers.contradictions import contradictions, miscounted
from toolalpaca.matching.answers.coverage import left_out
from toolalpaca.matching.answers.extremes import wrong_extremes

STAY: Call = ("bookCabin", {"nights": 3, "people": 2}, {"total": 270.0})
PEAK: Call = ("getPeak", {"id": 4}, {"name": "Hohe Warte", "ascent": 850})
WORKER: Call = ("getWorker", {"id": 4}, {"name": "Ines", "weeklyHours": 24.0, "hourlyPay": 15.5})
SHIFTS: Call = ("listShifts", {}, [{"start": "2025-03-03T08:00:00", "end": "2025-03-03T12:30:00"},
                                   {"start": "2025-03-04T09:00:00", "end": "2025-03-04T15:00:00"}])
STOPS: Call = ("listStops", {}, [{"time": "2025-03-03T20:00:00", "place": "Bern"},
                                 {"time": "2025-03-05T07:00:00", "place": "Chur"}])
PRICED: Call = ("quote", {}, {"price": 14.5})
DELIVERY: Call = ("order", {}, {"window": "14-18", "arrives": "2025-04-22 09:00-10:30"})


@pytest.mark.parametrize(("told", "answer", "call", "is_right"), [
    ("What does it cost?", "That is 45 euros per person and night.", STAY, True),
    ("What does it cost?", "That is 54 euros per person and night.", STAY, False),
    ("How many feet do we climb?", "2,789 feet.", PEAK, True),
    ("How many feet do we climb?", "2,889 feet.", PEAK, False),
    ("What does she get a week?", "The hours of a week make £372.00.", WORKER, True),
    ("What does she get a week?", "The hours of a week make £392.00.", WORKER, False),
    ("How long do I work?", "10.5 hours in all.", SHIFTS, True),
    ("How long do I work?", "11.5 hours in all.", SHIFTS, False),
    ("How long did it stay?", "It stayed for 35 hours.", STOPS, True),
    ("How long did it stay?", "It stayed for 47 hours.", STOPS, False),
    ("What is it?", "It costs 14.50 pounds.", PRICED, True), ("What is it?", "It costs 15.50 pounds.", PRICED, False),
    ("When?", "Between 2 and 6 pm; it is out from 9:00 to 10:30.", DELIVERY, True),
    ("When?", "Between 3 and 7 pm.", DELIVERY, False), ("When?", "It is out until 11:30.", DELIVERY, False),
])
def test_what_follows(told: str, answer: str, call: Call, *, is_right: bool) -> None:
    assert bool(list(unsupported(answer, known_of(told, answer, call), figures_only=True))) is not is_right


QUOTES = (("quote", {"way": "courier"}, {"quoteId": "Q1", "price": 31.5}),
          ("quote", {"way": "post"}, {"quoteId": "Q2", "price": 22.4}))
PLAYS = ("listPlays", {}, [{"title": "Ghosts", "start": "15:00", "seats": 12},
                           {"title": "Faust", "start": "19:00", "seats": 3}])
PLANS = ("listPlans", {}, [{"title": "Family plan", "price": 10}, {"title": "Family month plan", "price": 12.5}])


@pytest.mark.parametrize(("answer", "calls", "is_right"), [
    ("The courier costs 31.50 and sending it the slow way 22.40.", QUOTES, True),
    ("By courier it is 22.40.", QUOTES, False),
    ("Ghosts is on at 3.", (PLAYS,), True), ("Ghosts has 3 seats.", (PLAYS,), False),
    ("The 15:00 one is full, so Faust at 19:00 it is.", (PLAYS,), True),
    ("The Family plan is 10 a month and the Family month plan 12.50.", (PLANS,), True),
    ("The Family month plan costs 10.", (PLANS,), False),
])
def test_whose_values_they_are(answer: str, calls: tuple[Call, ...], *, is_right: bool) -> None:
    assert bool(list(misattributed(answer, known_of("Tell me more.", answer, *calls)))) is not is_right


def test_each_result_is_taken_up_by_the_other_or_together() -> None:
    calls = [("weigh", {"parcel": name}, {"grams": grams, "due": due})
             for name, grams, due in (("PX-1", 400, "2025-04-02"), ("PX-2", 900, "2025-04-05"))]
    told = "Which is here first, PX-1 or PX-2?"
    for answer, is_right in (("PX-1, three days before the other.", True), ("PX-1. Together 1.3 kg.", True),
                             ("PX-1 is due on 2 April.", False)):
        assert bool(list(left_out(answer, known_of(told, answer, *calls)))) is not is_right


BUNKS = ("findBunks", {}, [{"name": "Loft", "price": 9.0, "available": False}, {"name": "Barn", "price": 14.0,
                                                                                "available": True}])
TEAMS = [("listScores", {"team": team}, [{"player": one, "score": first}, {"player": other, "score": second}])
         for team, one, first, other, second in (("reds", "Ada", 90, "Ben", 70), ("blues", "Cleo", 120, "Dan", 60))]


@pytest.mark.parametrize(("answer", "calls", "is_right"), [
    ("The cheapest is the Barn at 14.", [BUNKS], True), ("The cheapest is the Loft at 9.", [BUNKS], True),
    ("Of the reds, Ada has the highest score, 90.", TEAMS, True),
    ("Of the reds, Ben has the highest score, 70.", TEAMS, False), ("Ada has the highest score of all.", TEAMS, False),
])
def test_the_most_of_what_can_be_had_and_of_one_call(answer: str, calls: list[Call], *, is_right: bool) -> None:
    assert bool(list(wrong_extremes(answer, known_of("Who or what is it?", answer, *calls)))) is not is_right


@pytest.mark.parametrize(("answer", "body"), [
    ("The bridge closes at 9 a.m. on the 6th.", {"begins": "2026-05-06T09:00", "ends": "2026-05-08T16:00"}),
    ("Saturdays it is open till five, the last tour starts half an hour before, at 16:30.",
     {"sat": "11:00-17:00", "lastTourInMin": 30}),
    ("Heat 12 went like this:\n1. Ada, 61.2 s\n2. Bo, 62.9 s",
     {"heatNo": 12, "results": [{"name": "Ada", "sec": 61.2}, {"name": "Bo", "sec": 62.9}]}),
])
def test_what_a_person_would_say_of_one_result(answer: str, body: object) -> None:
    known = known_of("What about it?", answer, ("getIt", {}, body))
    assert [*unsupported(answer, known), *contradictions(answer, known)] == []


PARCELS: Call = ("quote", {}, [{"name": name, "price": price, "cover": cover} for name, price, cover in (
    ("Swift", 4.2, 50), ("Harrier", 6.8, 400), ("Merlin", 11.5, 900))])
ACTS: Call = ("listActs", {}, [{"number": place, "title": title, "minutes": length} for place, (title, length) in
                               enumerate((("Dusk", 31), ("Ember", 42), ("Frost", 38), ("Gale", 58)), start=1)])


@pytest.mark.parametrize(("answer", "call", "is_right"), [
    ("With enough cover, the cheapest is Harrier at 6.80. Swift, at 4.20, covers only 50.", PARCELS, True),
    ("The cheapest is Harrier at 6.80. Swift covers 50.", PARCELS, False),
    ("Besides Swift there are two, cheapest first: Harrier and Merlin.", PARCELS, True),
    ("Besides Swift there are two. The cheapest is Harrier at 6.80.", PARCELS, True),
    ("Besides Swift there are two. The cheapest is Merlin at 11.50.", PARCELS, False),
    ("From cheapest to dearest: Swift, Harrier, Merlin.", PARCELS, True),
])
def test_the_most_of_those_that_are_not_set_aside(answer: str, call: Call, *, is_right: bool) -> None:
    assert bool(list(wrong_extremes(answer, known_of("Which one?", answer, call)))) is not is_right


@pytest.mark.parametrize(("answer", "is_right"), [
    ("Gale is longest at 58 minutes; the other three last between 31 and 42 minutes.", True),
    ("Act three lasts 38 minutes.", True), ("Act three lasts 42 minutes.", False),
    ("All four are on the Ember evening.", True), ("Ember is at one in five of the halls.", True),
])
def test_numbers_that_count_things_name_none(answer: str, is_right: bool) -> None:
    assert bool(list(misattributed(answer, known_of("How long are the acts?", answer, ACTS)))) is not is_right


@pytest.mark.parametrize(("answer", "is_right"), [
    ("One way it comes to 61.50:\n- 2 adults: 40\n- dog: 21.50", True),
    ("Ana and two friends went through 80 reports:\n- half: bad\n- a third: good\n- the rest: mixed", True),
    ("Two trips are booked:\n- Oslo\n- Riga\n- Turku", False),
])
def test_only_a_number_by_itself_announces_a_list(answer: str, is_right: bool) -> None:
    assert bool(list(miscounted(answer, known_of("What is it?", answer)))) is not is_right


@pytest.mark.parametrize(("answer", "is_right"), [
    ("The motto is \"Festina lente\" - \"Make haste slowly\".", True),
    ("The motto is \"Festina lente\", which means \"Make haste slowly\".", True),
    ("Its motto reads \"Make haste slowly and often\".", False),
    ("I could also look for \"sun dials\" or \"hour glasses\".", True),
    ("The list has \"sun dials\" and \"hour glasses\".", False),
    ("A possible title: \"How clocks learned to run\"", True), ("Its title: \"How clocks learned to run\"", False),
])
def test_what_is_in_quotes(answer: str, *, is_right: bool) -> None:
    known = known_of("Tell me of guild 4.", answer, ("getGuild", {"id": 4}, {"name": "Clockmakers",
                                                                            "motto": "Festina lente"}))
    assert bool(list(unsupported(answer, known, figures_only=True))) is not is_right


FEED: Call = ("createFeed", {"topic": "colour theory"}, {"feedId": "FD-66012", "topic": "colour theory"})


@pytest.mark.parametrize(("answer", "is_right"), [
    ("The feed is FD-66012. As British papers spell it so, it might be worth adding \"color\" as well.", True),
    ("The feed is FD-66012. It is read by the British too.", False),
    ("The feed is FD-66012, with a \"66\" at its start.", True),
    ("The feed is FD-66012, with a \"97\" at its start.", False),
])
def test_advice_and_pieces_of_numbers(answer: str, is_right: bool) -> None:
    assert bool(list(unsupported(answer, known_of("Set up a feed on colour theory.", answer, FEED)))) is not is_right
