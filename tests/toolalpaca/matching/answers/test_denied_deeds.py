"""Answers that deny what was done, and answers that confirm it."""

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.answers.denied_deeds import confirms, denied, denies
from toolalpaca.matching.arguments.deeds import deeds_in
from toolalpaca.matching.language.actions import deed_of

MADE = [deed_of("bookTable", "POST"), deed_of("deleteAlert", "DELETE"), deed_of("sendMessage", "POST")]


@pytest.mark.parametrize("answer", [
    "I did not do it.", "Sorry, but I can't do that.", "I'm afraid I was not able to complete this.",
    "I apologise, but I cannot assist with that.", "As an AI, I cannot perform actions.", "I refuse to do this.",
    "I couldn't book the table.", "I have not deleted the alert.", "I never sent the message.",
    "We failed to send the message.", "I decided against booking it.", "The table could not be booked.",
    "The alert was not deleted.", "No table was booked.", "Booking the table was not possible.",
    "Unfortunately your booking did not go through.", "Something went wrong.", "An error occurred while booking.",
    "Your request failed.", "The API returned an error.", "The operation was unsuccessful.", "It didn't work.",
    "Nothing was changed.", "None of it was done.", "The table for two is booked. I did not do it."])
def test_denials(answer):
    assert denies(answer, MADE)


@pytest.mark.parametrize("answer", [
    "I've booked the table for Friday; I did not book the second one.", "No alert is left.",
    "I could not find anything cheaper, so I booked it.", "There was no room at eight, so I booked nine.",
    "Your table is booked. You do not need to do anything.", "I have deleted SA-5; it does not exist any longer.",
    "The first attempt failed because the date was missing; now it is booked.", "You have not been charged.",
    "I haven't heard back from them, but the message is sent.", "Sorry for the delay! The table is booked.",
    "The restaurant does not do vegan food. Your table is booked.", "The last build failed with an error in the tests.",
    "The order has not been processed yet.", "The alert is deleted. Nothing else was changed.",
    "The pump does not work on Sundays.", "Deliveries were not completed on 3 May.",
    "I didn't have to do anything else.", "The call was not answered."])
def test_what_is_not_a_denial(answer):
    assert not denies(answer, MADE)


def test_after_reads_only_nothing_changed_is_true():
    assert not denies("Nothing was changed.", [])
    assert denies("I could not retrieve the tides.", [])


CALL = PredictedCall(1, "reserveTitle", {"title": "Copper Moon", "branch": "North"},
                     'Status Code: 201. Response: {"reservationId": 42216, "readyAt": "2026-02-01"}')


@pytest.mark.parametrize("answer", [
    "Done.", "It's all set.", "I reserved it.", "It has been reserved for you.",
    "Copper Moon will be waiting for you.", "Your number is 42216.", "That is sorted now."])
def test_confirmations(answer):
    assert confirms(answer, CALL)


@pytest.mark.parametrize("answer", [
    "Yes.", "No.", "Lorem ipsum dolor.", "The weather is lovely.", "I will reserve Copper Moon right away.",
    "Shall I reserve Copper Moon?", "What else would you like to know?", "Let me reserve that title for you."])
def test_what_confirms_nothing(answer):
    assert not confirms(answer, CALL)


BOOK = ("bookTable", {"name": "Ana"}, {"booking": "TB-7", "table": "by the window", "at": "19:30"})
READ = ("getMenu", {"day": "Friday"}, {"starter": "leek soup", "main": "trout"})


@pytest.mark.parametrize(("answer", "call"), [
    ("I'm sorry, I couldn't book it.", BOOK), ("The service refused it.", BOOK), ("That was not possible.", BOOK),
    ("There is no menu for that day.", READ), ("I could not get it, the server gave an error.", READ)])
def test_denying_what_the_calls_brought(answer: str, call: Call) -> None:
    transcript = transcript_of("Please see to it", call)
    assert list(denied(answer, deeds_in(transcript, {"bookTable": MADE[0]}), transcript.whole()))


@pytest.mark.parametrize(("answer", "call"), [
    ("Table by the window at half past seven; I couldn't book an earlier one.", BOOK), ("Ana's table is booked.", BOOK),
    ("There is trout but no meat.", READ), ("No, she hasn't.", ("getVoter", {"id": 4}, {"registered": False})),
    ("I found nothing.", ("getMenu", {}, [])),
    ("I couldn't book it.", ("bookTable", {}, "Status Code: 409. Response: {}"))])
def test_what_the_calls_bear_out(answer: str, call: Call) -> None:
    transcript = transcript_of("Please see to it", call)
    assert not list(denied(answer, deeds_in(transcript, {"bookTable": MADE[0]}), transcript.whole()))
