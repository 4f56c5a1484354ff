"""What people mean: the day, the span, the way, the thing of a list, all of several things, the case that a condition
leaves."""

from typing import Any

import pytest
from short_conversations import Call, known_of, transcript_of

from toolalpaca.matching.answers.conditions import against_condition
from toolalpaca.matching.arguments.borne_out import is_borne_out
from toolalpaca.matching.arguments.deeds import deeds_in, unasked
from toolalpaca.matching.arguments.directions import swapped
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.arguments.picks import wrong_picks
from toolalpaca.matching.arguments.targets import wrong_things
from toolalpaca.matching.arguments.told_ids import undeleted, unlooked, untold_ids


@pytest.mark.parametrize(("told", "first", "last", "is_wrong"), [
    ("It's Thursday, 6 May 2032. What runs next week that is still cheap?", "2032-05-10", "2032-05-16", False),
    ("It's Thursday, 6 May 2032. What runs next week that is still cheap?", "2032-05-06", "2032-05-12", True),
    ("It's Thursday, 6 May 2032. One day next week would do.", "2032-05-03", "2032-05-09", True),
    ("It's 6 May 2032. What did we use last month, going by the meter?", "2032-04-01", "2032-04-30", False),
    ("It's 6 May 2032. What did we use last month, going by the meter?", "2032-04-06", "2032-05-06", True),
    ("It's 6 May 2032. What did we use last month in all?", "2032-04-06", "2032-05-06", True),
    ("It's 6 May 2032. What did we use since last month?", "2032-04-01", "2032-05-06", False),
    ("It's 6 May 2032. What is on until next week?", "2032-05-06", "2032-05-16", False),
    ("It's 6 May 2032. What is on now and next week?", "2032-05-06", "2032-05-16", False),
])
def test_a_span_named_by_the_calendar(told: str, first: str, last: str, is_wrong: bool) -> None:
    found = [*ungrounded({"from": first, "until": last}, Documented(), transcript_of(told).whole())]
    assert bool(found) is is_wrong


@pytest.mark.parametrize(("told", "is_known"), [
    ("When is high tide at Inver Sands on 3 August 2032?", False), ("When is high tide at Inver Sands?", True)])
def test_no_other_day_is_borne_out_than_the_one_that_was_said(told: str, is_known: bool) -> None:
    call: Call = ("getTides", {"date": "2032-08-04"}, {"place": "Inver Sands", "date": "2032-08-04", "high": "07:10"})
    transcript = transcript_of(told, call)
    assert is_borne_out("2032-08-04", "date", transcript.shown[0], transcript.before(0)) is is_known


QUAYS: Call = ("listQuays", {"bay": "Westbay"}, [{"code": "TOR", "name": "Torness"}, {"code": "ELL", "name": "Ellick"}])
CREW: Call = ("listCrew", {}, [{"crewId": "W-4", "name": "Ida Falk"}, {"crewId": "W-9", "name": "Ben Osei"}])


@pytest.mark.parametrize(("told", "seen", "right"), [
    ("A crossing from Torness to Ellick (Westbay), please.", QUAYS, {"from_quay": "TOR", "to_quay": "ELL"}),
    ("Ida can't do the late watch, Ben is taking it over.", CREW, {"from_crew": "W-4", "to_crew": "W-9"}),
    ("Ben Osei will step in for Ida on the late watch.", CREW, {"from_crew": "W-4", "to_crew": "W-9"}),
    ("Move 40 to my savings from the day-to-day money.", (
        "listPots", {}, [{"potId": "W-4", "name": "Day to day"}, {"potId": "W-9", "name": "Savings"}]),
     {"debitPot": "W-4", "creditPot": "W-9"}),
    ("A parcel from Oslo to Vienna, please.", QUAYS, {"fromCountry": "NO", "toCountry": "AT"}),
    ("Falk cant make it. Osei covers for her.", CREW, {"from_crew": "W-4", "to_crew": "W-9"}),
])
def test_who_takes_over_and_which_way(told: str, seen: Call, right: dict[str, Any]) -> None:
    evidence = transcript_of(told, seen).whole()
    assert not [*swapped(right, evidence)]
    assert [*swapped(dict(zip(right, reversed(right.values()), strict=True)), evidence)]


LESSONS: Call = ("listLessons", {}, [
    {"lessonId": "L-1", "title": "Fencing", "startsAt": "2032-06-04T18:00:00"},
    {"lessonId": "L-2", "title": "Archery", "startsAt": "2032-06-05T10:00:00"},
    {"lessonId": "L-3", "title": "Fencing", "startsAt": "2032-06-11T18:00:00"}])


@pytest.mark.parametrize(("told", "lesson", "is_wrong"), [
    ("Take me off fencing on 4 June.", "L-3", True), ("Take me off fencing on 4 June.", "L-1", False),
    ("If there's one in the morning, take me off.", "L-1", True),
    ("If there's one in the morning, take me off.", "L-2", False),
    ("Take me off what begins at one in the morning.", "L-1", False),
    ("I'm away from 4 June on, take me off fencing after that.", "L-3", False),
])
def test_the_day_of_a_thing_said_without_its_year(told: str, lesson: str, is_wrong: bool) -> None:
    transcript = transcript_of(told, LESSONS, ("dropLesson", {"lessonId": lesson}, {"ok": True}))
    assert bool(list(wrong_things(transcript.shown, transcript, "Done.", ["dropLesson"]))) is is_wrong


@pytest.mark.parametrize(("answer", "lesson", "is_wrong"), [
    ("You are off the one on 4 June. The one on 11 June is untouched.", "L-3", True),
    ("You are off the one on 4 June. The one on 11 June is untouched.", "L-1", False),
    ("You are off one of the two.", "L-3", False),
])
def test_the_day_that_the_answer_tells_of(answer: str, lesson: str, is_wrong: bool) -> None:
    transcript = transcript_of("Take me off fencing.", LESSONS, ("dropLesson", {"lessonId": lesson}, {"ok": True}))
    assert bool(list(wrong_picks(transcript.shown, transcript, answer, ["dropLesson"]))) is is_wrong


STAMPS: Call = ("findStamps", {}, [{"stampId": "S-1", "title": "Heron, wide", "text": "fi"},
                                   {"stampId": "S-2", "title": "Heron, narrow", "text": "sv"}])


@pytest.mark.parametrize(("told", "stamp", "is_wrong"), [
    ("Put the Finnish heron on my list.", "S-2", True), ("Put the Finnish heron on my list.", "S-1", False),
    ("Strike the Swedish one. The Finnish one goes on.", "S-1", True),
])
def test_a_thing_told_by_its_language(told: str, stamp: str, is_wrong: bool) -> None:
    transcript = transcript_of(told, STAMPS, ("addStamp", {"stampId": stamp}, {"ok": True}))
    assert bool(list(wrong_picks(transcript.shown, transcript, "It is done.", ["addStamp"]))) is is_wrong


NESTS: Call = ("listNests", {}, [{"nestId": "N-1", "name": "Elm"}, {"nestId": "N-2", "name": "Oak"},
                                 {"nestId": "N-3", "name": "Ash"}])


@pytest.mark.parametrize(("told", "looked", "answer", "left"), [
    ("Which nest is the worst off?", ["N-1", "N-2"], "Oak, with 2 eggs. It won't do.", ["N-3"]),
    ("Which nest has the fewest eggs?", ["N-1", "N-2", "N-3"], "Oak, with 2 eggs.", []),
    ("Which nest has the fewest eggs?", ["N-1", "N-2"], "Oak, with 2 eggs. Ash I did not look at.", []),
    ("How many eggs have Elm and Oak?", ["N-1", "N-2"], "Oak has 2 eggs, Elm 3.", []),
])
def test_a_candidate_that_nobody_looked_at(told: str, looked: list[str], answer: str, left: list[str]) -> None:
    calls: list[Call] = [("getNest", {"nestId": nest}, {"eggs": 3}) for nest in looked]
    assert [*unlooked(answer, transcript_of(told, NESTS, *calls).whole())] == left


@pytest.mark.parametrize(("told", "answer", "left"), [
    ("Hand back TK-501 and TK-502, please.", "Both are back, TK-501 and TK-502. The fee is already off.", ["TK-502"]),
    ("Hand back TK-501 and TK-502, please.", "TK-501 is back. TK-502 could not be found.", []),
    ("Hand back TK-501 and TK-502, please.", "It is back, and nothing is to be paid.", ["TK-502"]),
    ("Hand back TK-501, I bought it like TK-502.", "It is back, and nothing is to be paid.", []),
])
def test_the_second_of_two_numbers_given_in_one_breath(told: str, answer: str, left: list[str]) -> None:
    transcript = transcript_of(told, ("returnTicket", {"ticket": "TK-501"}, {"ok": True}))
    assert [*untold_ids(answer, deeds_in(transcript, transcript.deeds), transcript.whole())] == left


def test_the_last_of_several_numbers_that_a_list_lacks() -> None:
    told = "Make a walk of KX.40.118, then KX.41.045, then KX.42.002."
    for stops, left in ((["KX.40.118", "KX.41.045"], ["KX.42.002"]), (["KX.40.118", "KX.41.045", "KX.42.002"], [])):
        transcript = transcript_of(told, ("createWalk", {"stops": stops}, {"ok": True}))
        assert [*untold_ids("Your walk is made.", deeds_in(transcript, transcript.deeds), transcript.whole())] == left


@pytest.mark.parametrize(("told", "deleted", "left"), [
    ("Scrap DR-30. The same hall gets new chairs.", "", ["DR-30"]), ("Scrap DR-30.", "DR-30", []),
    ("Cancel order DR-30, please.", "DR-31", ["DR-30"]), ("Cancel the chairs of hall DR-30.", "CH-4", []),
    ("Order DR-30 is late.", "", []), ("Take chairs from hall 5. Call 04471 if it is locked.", "CH-4", []),
])
def test_a_number_that_was_to_be_taken_away(told: str, deleted: str, left: list[str]) -> None:
    transcript = transcript_of(told, ("cancelOrder", {"order": deleted or "DR-1"}, {"ok": True}))
    transcript.shown = transcript.shown if deleted else []
    done = deeds_in(transcript, transcript.deeds) if deleted else []
    assert [*undeleted("It is gone.", done, transcript.whole())] == left


@pytest.mark.parametrize(("told", "changes", "found"), [
    ("Call it Night Shift.", [{"title": "Night Shift"}, {"visibility": "hidden"}], [1]),
    ("Call it Night Shift and hide it.", [{"title": "Night Shift"}, {"visibility": "hidden"}], []),
    ("Hide it.", [{"visibility": "hidden"}], []),
])
def test_a_second_change_that_nobody_asked_for(told: str, changes: list[dict[str, str]], found: list[int]) -> None:
    calls: list[Call] = [("updateClip", {"clipId": "C-8", **change}, {"clipId": "C-8", **change}) for change in changes]
    transcript = transcript_of(told, *calls)
    for deed in transcript.deeds.values():
        object.__setattr__(deed, "required", frozenset({"clipId"}))
    done = deeds_in(transcript, transcript.deeds)
    assert [one.call.place for one in unasked(done, transcript.whole())] == found


GUIDES: Call = ("findGuides", {}, [{"guideId": "G-1", "name": "Aino Salo", "minutes_per_tour": 95, "price_p": 7200},
                                   {"guideId": "G-2", "name": "Otto Lind", "minutes_per_tour": 60, "price_p": 4100}])


@pytest.mark.parametrize(("told", "guide", "is_wrong"), [
    ("If Aino Salo charges less than 70 quid book her, otherwise get Otto Lind.", "G-1", True),
    ("If Aino Salo charges less than 70 quid book her, otherwise get Otto Lind.", "G-2", False),
    ("If Aino Salo charges less than 80 quid book her, otherwise get Otto Lind.", "G-2", True),
    ("If Aino Salo takes longer than two hours get Otto Lind, otherwise book her.", "G-1", False),
    ("If Aino Salo charges less than 70 quid book her for Friday, otherwise for Monday.", "G-1", False),
    ("If Aino's tour goes past 90 minutes, book her. Otherwise leave it.", "G-1", False),
    ("If Aino's price is past 80 pounds, book her.", "G-1", True),
])
def test_the_case_that_a_condition_leaves(told: str, guide: str, is_wrong: bool) -> None:
    calls: list[Call] = [GUIDES, ("bookGuide", {"guideId": guide}, {"ok": True})]
    transcript, known = transcript_of(told, *calls), known_of(told, "It is done.", *calls)
    assert bool(list(against_condition(deeds_in(transcript, transcript.deeds), known))) is is_wrong
