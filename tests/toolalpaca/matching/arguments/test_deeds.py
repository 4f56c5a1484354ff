"""What was changed, against what was asked for and what the answer says was done."""

from typing import Any

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.data.record_types import GET_DETAILS
from toolalpaca.matching.answers import claimed_deeds
from toolalpaca.matching.arguments import deeds
from toolalpaca.matching.arguments.targets import wrong_things
from toolalpaca.matching.language.actions import Deed, deed_of

CHANGES = {
    name: deed
    for name, method in (("deleteNote", "DELETE"), ("createNote", "POST"), ("sendEmail", "POST"))
    if (deed := deed_of(name, method)) is not None
}
NOTES = (
    "listNotes",
    {},
    [
        {"noteId": 11, "title": "Roof repairs"},
        {"noteId": 12, "title": "Wine list"},
        {"noteId": 13, "title": "Tax papers"},
    ],
)
REFUSED = "Status Code: 403. Response: {}"


def delete(note: int, seen: Any = None) -> Call:
    return "deleteNote", {"noteId": note}, seen or {"deleted": note}


def done_in(told: str, *calls: Call, changes: dict[str, Deed] = CHANGES) -> tuple[list[deeds.Done], Any]:
    transcript = transcript_of(told, *calls)
    return deeds.deeds_in(transcript, changes), transcript


@pytest.mark.parametrize(
    ("told", "seen", "count"),
    [
        ("Delete note 11.", None, 1),
        ("Delete it twice, it keeps coming back.", None, 0),
        ("Delete note 11.", REFUSED, 0),
    ],
)
def test_the_same_change_twice(told: str, seen: str | None, count: int) -> None:
    done, _ = done_in(told, delete(11, seen), delete(11))
    assert len(list(deeds.repeated(done, told))) == count


def test_two_changes_of_two_things_are_no_repetition() -> None:
    done, _ = done_in("Delete notes 11 and 12.", delete(11), delete(12))
    assert list(deeds.repeated(done, "Delete notes 11 and 12.")) == []


def test_a_change_made_before_the_user_was_asked_and_again_after() -> None:
    question = (GET_DETAILS, {"Question": "Which one?"}, "Number 12.")
    assert [one.call.place for one in deeds.hasty(*done_in("Drop a note.", delete(11), question, delete(12)))] == [0]
    assert list(deeds.hasty(*done_in("Drop a note.", question, delete(12)))) == []


@pytest.mark.parametrize(
    ("told", "call", "is_unasked"),
    [
        ("What is on my list?", delete(11), True),
        ("Get rid of note 11, please.", delete(11), False),
        ("Remove the first note.", delete(11), False),
        ("How warm is it in Turin?", ("createNote", {}, {}), True),
        ("I want a note about the roof.", ("createNote", {}, {}), False),
        ("The gutter leaks again. Ruth ought to know.", ("createNote", {"title": "gutter"}, {}), False),
        ("Show me what is on the roof.", ("createNote", {"title": "attic"}, {}), True),
        ("Write to Ruth, but don't send it yet.", ("sendEmail", {"to": "Ruth"}, {}), True),
        ("Don't send it to Ruth, send it to Amos.", ("sendEmail", {"to": "Amos"}, {}), False),
    ],
)
def test_changes_that_were_not_asked_for(told: str, call: Call, is_unasked: bool) -> None:
    done, transcript = done_in(told, call)
    assert bool(list(deeds.unasked(done, transcript.whole()))) is is_unasked


@pytest.mark.parametrize(
    ("told", "note", "is_wrong"),
    [
        ("Delete the note about roof repairs.", 11, False),
        ("Delete the note about roof repairs.", 13, True),
        ("Delete the wine list.", 12, False),
        ("Delete the wine list.", 11, True),
        ("Delete the first note.", 11, False),
        ("Delete the first note.", 12, True),
        ("Find my notes and delete the one at the top.", 13, True),
        ("Delete what I wrote on the first of May.", 12, False),
        ("Delete note 13.", 13, False),
    ],
)
def test_a_call_about_another_thing_than_was_named(told: str, note: int, is_wrong: bool) -> None:
    transcript = transcript_of(told, NOTES, delete(note))
    assert bool(list(wrong_things(transcript.shown[1:], transcript, "It is gone."))) is is_wrong


def test_a_list_of_which_only_a_part_was_treated() -> None:
    told = "Delete all my notes."
    some, every = (NOTES, delete(11), delete(12)), (NOTES, delete(11), delete(12), delete(13))
    assert list(deeds.incomplete(*done_in(told, *some), "They are deleted.")) == ["13"]
    assert list(deeds.incomplete(*done_in(told, *every), "They are deleted.")) == []
    assert list(deeds.incomplete(*done_in(told, *some), "Note 13 could not be deleted, sorry.")) == []
    assert list(deeds.incomplete(*done_in("Delete notes 11 and 12.", *some), "They are deleted.")) == []


@pytest.mark.parametrize(
    ("answer", "call", "is_made_up"),
    [
        ("I have deleted note 11.", delete(11), False),
        ("I have deleted note 11.", ("getNote", {"noteId": 11}, {}), True),
        ("I have deleted note 11.", delete(11, REFUSED), True),
        ("Note 11 could not be deleted.", delete(11, REFUSED), False),
        ("I have deleted note 11, and I emailed Ruth about it.", delete(11), True),
    ],
)
def test_what_an_answer_says_was_done(answer: str, call: Call, is_made_up: bool) -> None:
    done, transcript = done_in("Delete note 11.", call)
    assert bool(list(claimed_deeds.unmade(answer, done, transcript.whole(), CHANGES))) is is_made_up


@pytest.mark.parametrize(
    ("told", "answer", "is_left"),
    [
        ("Put the note on the fridge away for good, delete it.", "The fridge note is gone for good.", True),
        ("Delete note 11, but only if it is older than a year.", "I left note 11 as it was, a month old.", False),
        ("If note 11 is older than a year, delete it, otherwise leave it.", "I left it: it is a month old.", False),
        ("How many notes are filed under Ruth?", "Three notes are deleted every day.", False),
        ("Add up the lengths of my notes.", "They come to 300 words.", False),
        ("Take a look at my notes.", "Roof repairs, Wine list and Tax papers.", False),
        ("Who wrote these?", "They are published by Ruth and were submitted twice.", False),
        ("Which one is oldest?", "Roof repairs, with the 3 added to its number.", False),
    ],
)
def test_what_was_ordered_and_left_undone(told: str, answer: str, is_left: bool) -> None:
    done, transcript = done_in(told, NOTES)
    assert bool(list(claimed_deeds.unmade(answer, done, transcript.whole(), CHANGES))) is is_left


@pytest.mark.parametrize(("told", "is_left"), [
    ("Check my notes for typos and report the results.", False), ("Look at my notes and report back.", False),
    ("Check the notes and share what you find.", False), ("Share your findings on my notes with me.", False),
    ("Report note 11, it is rude.", True), ("Look up note 11 and share it with Ruth.", True),
])
def test_what_is_only_to_be_told_is_no_change_left_undone(told: str, is_left: bool) -> None:
    changes = {name: deed for name in ("reportNote", "shareNote") if (deed := deed_of(name, "POST"))}
    done, transcript = done_in(told, NOTES, changes=changes)
    answer = "Roof repairs has two, the others are fine."
    assert bool(list(claimed_deeds.unmade(answer, done, transcript.whole(), changes))) is is_left


@pytest.mark.parametrize(
    ("answer", "asks"),
    [
        ("Which of the two notes do you mean?", True),
        ("Could you give me the date? Then I can book it.", True),
        ("I have your note. How should I word it, short or long?", True),
        ("Fine. Would you rather have it in red or in blue?", True),
        ("Note 11 is gone. How does that sound?", False),
        ("Note 11 is gone. Shall I delete another one?", False),
        ("It is gone.", False),
        ("", False),
    ],
)
def test_an_answer_that_only_asks(answer: str, asks: bool) -> None:
    assert claimed_deeds.only_asks(answer) is asks


TICKETS = ("listTickets", {}, [{"id": f"T-{place}", "title": title, "open": is_open} for place, title, is_open in (
    (1, "Broken lamp", False), (2, "Leaking tap", True), (3, "Loud pump", False))])


@pytest.mark.parametrize(("told", "treated", "is_left"), [
    ("Archive everything that's been closed.", (1, 3), False), ("Archive everything that's been closed.", (1,), True),
    ("Archive all my tickets.", (1, 3), True), ("Move the leaking tap by a day at both ends.", (2,), False),
    ("Archive both the broken lamp and the leaking tap.", (1,), True),
])
def test_a_part_of_a_list_that_a_state_tells_from_the_rest(told: str, treated: tuple[int, ...], is_left: bool) -> None:
    calls = [("deleteNote", {"noteId": f"T-{place}"}, {"id": f"T-{place}"}) for place in treated]
    assert bool(list(deeds.incomplete(*done_in(told, TICKETS, *calls), "That is done."))) is is_left
