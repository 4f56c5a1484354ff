"""What an answer says was done when nothing was, and a change made to one thing too many."""

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.answers import claimed_deeds
from toolalpaca.matching.arguments.deeds import deeds_in
from toolalpaca.matching.arguments.told_ids import second_targets
from toolalpaca.matching.language.actions import Deed, Doing, deed_of

DEEDS = {name: deed for name in ("bookBerth", "dropBell", "fileFault") if (deed := deed_of(name, "POST"))}
DEEDS["reportFault"] = deed_of("reportFault", "POST") or DEEDS["fileFault"]
BERTHS: Call = ("listBerths", {}, [{"berthId": "K-1", "pier": "north", "free": 2}, {"berthId": "K-2", "pier": "old"}])


def claimed(told: str, answer: str, *calls: Call) -> list[str]:
    transcript = transcript_of(told, *calls)
    return [*claimed_deeds.unmade(answer, deeds_in(transcript, DEEDS), transcript.whole(), DEEDS)]


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("A berth at the old pier, Friday. Skipper Ola Berg.", "Reserved: berth K-2 for Ola Berg on Friday.", True),
    ("Put me down for K-2 on Friday.", "You're down for K-2 on Friday, which isn't far from the kiosk.", True),
    ("Could you move the Tern over to K-2?", "The Tern now lies at K-2, it doesn't need a pilot.", True),
    ("Could you have me reminded when K-2 is empty?", "A text will reach you then. I hope it won't be long.", True),
    ("K-1 can go, the Tern has been sold.", "K-1 is out of your list. No fee was due.", True),
    ("Which berths lie at the old pier?", "K-2 does. I've left the harbour master a note about it.", True),
    ("Which berths lie at the old pier?", "K-2 does. K-1, which is empty, I left out.", False),
    ("Which berths lie at the old pier?", "The Tern now lies at K-2, no other boat does.", False),
    ("Show me the berths, please.", "K-2 is not free: the Tern now lies there.", False),
    ("Please refund me the ice cream.", "Refunds for ice creams are out of my reach, ask at the kiosk.", False),
])
def test_a_change_that_no_call_made(told: str, answer: str, is_wrong: bool) -> None:
    assert bool(claimed(told, answer, BERTHS)) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("I've reported the leak at K-1, and I've told your insurer as well.", True),
    ("I've reported the leak at K-1. As I've told you, K-2 is dry.", False),
])
def test_somebody_else_who_was_told(answer: str, is_wrong: bool) -> None:
    call = ("reportFault", {"berthId": "K-1", "what": "leak"}, {"faultId": "F-9"})
    assert bool(claimed("The pontoon of K-1 leaks, report that.", answer, BERTHS, call)) is is_wrong


@pytest.mark.parametrize(("told", "is_wrong"), [
    ("The pontoon of K-1 leaks, let them know.", False), ("The pontoon of K-1 leaks, report that.", True)])
def test_a_report_by_which_somebody_is_to_know(told: str, is_wrong: bool) -> None:
    call = ("reportFault", {"berthId": "K-1", "what": "leak"}, {"faultId": "F-9"})
    assert bool(claimed(told, "I have let them know: F-9, a leak at K-1.", BERTHS, call)) is is_wrong


@pytest.mark.parametrize(("told", "dropped", "wrong"), [
    ("The bells ring too often. Drop the brass one, the others stay.", ("B-1", "B-2"), ["B-2"]),
    ("The bells ring too often. Drop the brass one, the others stay.", ("B-1",), []),
    ("The bells ring too often. Drop the brass one and the others.", ("B-1", "B-2"), []),
])
def test_the_rest_is_to_stay(told: str, dropped: tuple[str, ...], wrong: list[str]) -> None:
    bells = ("listBells", {}, [{"bellId": "B-1", "metal": "brass"}, {"bellId": "B-2", "metal": "iron"}])
    transcript = transcript_of(told, bells, *(("dropBell", {"bellId": bell}, {"ok": True}) for bell in dropped))
    assert list(second_targets("They are gone.", deeds_in(transcript, DEEDS), transcript.whole())) == wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The brass bell is gone. The iron one I left out, as it hardly rings.", False),
    ("I've left the iron bell where it is.", False),
    ("I've switched the brass bell off.", False), ("I've turned off the brass bell for good.", False),
])
def test_what_is_left_and_what_is_off(answer: str, is_wrong: bool) -> None:
    call = ("dropBell", {"bellId": "B-1"}, {"ok": True})
    assert bool(claimed("Stop the brass bell.", answer, BERTHS, call)) is is_wrong


def test_a_request_with_a_decimal_number() -> None:
    told = "Could you put K-2 aside from a draught of 2.5 metres on?"
    assert claimed(told, "Done: a text will go to you from 2.5 metres on.", BERTHS)


@pytest.mark.parametrize(("told", "is_wrong"), [("The brass bell was sold. Enter that, please.", False),
                                                ("Take the brass bell off, it was sold.", True)])
def test_a_removal_in_the_words_of_the_order(told: str, is_wrong: bool) -> None:
    deeds = {"removeBell": Deed("removeBell", frozenset({Doing.DELETE}), frozenset({"remove"}))}
    transcript = transcript_of(told, ("removeBell", {"bellId": "B-1"}, {"ok": True}))
    done, answer = deeds_in(transcript, deeds), "The brass bell is entered as sold for you."
    assert bool([*claimed_deeds.unmade(answer, done, transcript.whole(), deeds)]) is is_wrong


@pytest.mark.parametrize(("answer", "dropped", "is_wrong"), [
    ("Both bells are gone now.", ("B-1",), True), ("Both bells are gone now.", ("B-1", "B-2"), False),
    ("I've removed the two bells for you.", ("B-2",), True),
    ("I've removed the first of your two bells.", ("B-1",), False),
    ("The brass bell is gone, for two reasons.", ("B-1",), False)])
def test_a_change_said_of_more_than_it_was_made_to(answer: str, dropped: tuple[str, ...], is_wrong: bool) -> None:
    bells = ("listBells", {}, [{"bellId": "B-1", "metal": "brass"}, {"bellId": "B-2", "metal": "iron"}])
    calls = [("dropBell", {"bellId": bell}, {"ok": True}) for bell in dropped]
    assert bool(claimed("Please do away with the bells that ring at night.", answer, bells, *calls)) is is_wrong


@pytest.mark.parametrize(("told", "answer", "is_wrong"), [
    ("Have a mail sent to me a day before K-2 falls dry.", "You'll get a mail a day before that.", True),
    ("When does K-2 fall dry?", "On Friday. You'll get a mail from the harbour master anyway.", False),
    ("Enter a berth for the Tern.", "The berth for the Tern is entered, from 3 May 2031 on.", True)])
def test_what_is_said_of_the_time_after_a_change_that_was_not_made(told: str, answer: str, is_wrong: bool) -> None:
    assert bool(claimed(told, answer, BERTHS)) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Berth K-2 is booked. I've also noted the Tern.", False),
    ("The words are kept, and I have sent them to your skipper.", True)])
def test_what_is_kept_is_not_sent(answer: str, is_wrong: bool) -> None:
    call = ("bookBerth", {"berthId": "K-2", "text": "for the Tern"}, {"ok": True})
    assert bool(claimed("Book K-2 for the Tern.", answer, BERTHS, call)) is is_wrong
