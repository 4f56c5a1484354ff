"""Changes as people ask for them, and what may be left unsaid or undone: each with a case like it that may not."""

from dataclasses import replace

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.answers import claimed_deeds
from toolalpaca.matching.arguments import deeds
from toolalpaca.matching.arguments.argument_slips import turned_flags
from toolalpaca.matching.facts.orders import only_thanks
from toolalpaca.matching.language.actions import deed_of

SET, DROP = deed_of("setTurn", "PUT"), deed_of("withdrawBlock", "DELETE")
assert SET is not None and DROP is not None
LAMPS = ("listLamps", {}, [{"lampId": 5, "name": "Fern"}, {"lampId": 6, "name": "Moss"}, {"lampId": 7, "name": "Reed"}])


def unasked(told: str, *calls: Call, required: frozenset[str] = frozenset()) -> list[str]:
    transcript = transcript_of(told, *calls)
    known = {"setTurn": replace(SET, required=required), "withdrawBlock": DROP}
    return [one.call.function for one in deeds.unasked(deeds.deeds_in(transcript, known), transcript.whole())]


def test_a_field_that_has_to_be_set_is_no_change_beyond_the_order() -> None:
    call = ("setTurn", {"turnId": 31, "who": "Ida", "answer": "yes"}, {"turnId": 31, "answer": "yes"})
    told = "Put Ida down for turn 31, please."
    assert unasked(told, call) == ["setTurn"]
    assert unasked(told, call, required=frozenset({"answer"})) == []


def test_ways_to_ask_for_removal() -> None:
    call = ("withdrawBlock", {"blockId": 44}, {"blockId": 44, "state": "withdrawn"})
    listed = ("listBlocks", {}, [{"blockId": 44, "state": "queued"}])
    assert unasked("We give up what is queued still. How much is that?", listed, call) == []
    assert unasked("What is queued still? How much is that?", listed, call) == ["withdrawBlock"]


@pytest.mark.parametrize(("told", "missing"), [
    ("Please dim both, Fern and Moss.", []), ("Please dim all of them.", ["7"]),
    ("Please dim Fern and Moss every 6 hours.", []), ("Dim Fern and Moss, I left with everything lit.", []),
])
def test_what_all_means(told: str, missing: list[str]) -> None:
    dimmed = [("setTurn", {"lampId": lamp}, {"lampId": lamp}) for lamp in (5, 6)]
    transcript = transcript_of(told, LAMPS, *dimmed)
    assert [*deeds.incomplete(deeds.deeds_in(transcript, {"setTurn": SET}), transcript, "Dimmed.")] == missing


def test_only_thanks() -> None:
    assert only_thanks("Thanks for the quick help with the boiler, it runs again!")
    assert not only_thanks("Thanks! Which boiler did you fix?")
    assert not only_thanks("Thanks, and please book the boiler check.")
    assert not only_thanks("Which boiler was fixed.")


@pytest.mark.parametrize(("answer", "asks"), [
    ('The survey has its question: "Where should we go?"', False),
    ("There is no survey q7, but there are q8 and q9. Which one do you mean?", False),
    ("I can look. Which survey do you mean?", True),
    ("I couldn't find survey q7; the list has q8 and q9. Did you mean one of those?", False),
    ("I cannot add it without its text. What shall it ask?", True),
    ("You haven't said which survey. Which one do you mean?", True),
    ("Survey q7 runs until Friday. Which question shall I add?", True),
])
def test_a_question_in_an_answer(answer: str, asks: bool) -> None:
    assert claimed_deeds.only_asks(answer) is asks


@pytest.mark.parametrize(("told", "wrong"), [
    ("Whatever is paused should run again.", []), ("They should be paused.", ["paused = False"]),
    ("Once without and once with sauce.", []),
])
def test_what_is_so_now_and_what_is_to_become(told: str, wrong: list[str]) -> None:
    name = "sauce" if "sauce" in told else "paused"
    assert [*turned_flags({name: False}, transcript_of(told).before(0))] == wrong


@pytest.mark.parametrize(("told", "changes"), [
    ("Which turns are free in May? Just tell me, I'll put Ida down myself.", ["setTurn"]),
    ("I only want to know whether turn 31 is Ida's.", ["setTurn"]),
    ("Is turn 31 Ida's? Please don't change anything.", ["setTurn"]),
    ("Put Ida down for turn 31, and just let me know if that works.", []),
    ("Set turn 31 to Ida and back again, I only want to see how it's done.", []),
    ("Put Ida down for turn 31, don't change anything else.", []),
])
def test_who_only_wants_to_know(told: str, changes: list[str]) -> None:
    assert unasked(told, ("setTurn", {"turnId": 31, "who": "Ida"}, {"turnId": 31, "who": "Ida"})) == changes


def test_the_only_field_that_is_set_is_what_was_asked_for() -> None:
    told = "The gutter is fixed, strike that off for turn 31."
    required = frozenset({"turnId", "who"})
    before = ("getTurn", {"turnId": 31}, {"turnId": 31, "who": "Ida", "finished": False, "loud": False})
    call = ("setTurn", {"turnId": 31, "who": "Ida", "finished": True}, {"turnId": 31, "finished": True})
    more = ("setTurn", {"turnId": 31, "who": "Ida", "finished": True, "loud": True}, {"turnId": 31, "loud": True})
    assert unasked(told, before, call, required=required) == []
    assert unasked(told, before, more, required=required) == ["setTurn"]
