"""Verbs of doing: what functions change, what answers claim, and what people ask for."""

import pytest

from toolalpaca.matching.language.actions import Doing, admits, asked_for, base_of, claims_of, deed_of, doings_of


@pytest.mark.parametrize(("verb", "base"), [
    ("cancelled", "cancel"), ("Cancelling", "cancel"), ("sent", "send"), ("moves", "move"), ("notified", "notify"),
    ("stopped", "stop"), ("swimming", "swimming"),
])
def test_plain_forms(verb: str, base: str) -> None:
    assert base_of(verb) == base


def test_kinds_of_change() -> None:
    assert doings_of("removed") == {Doing.DELETE}
    assert doings_of("emailing") == {Doing.SEND}
    assert doings_of("admire") == frozenset()


@pytest.mark.parametrize(("name", "method", "kinds"), [
    ("deleteReservation", "DELETE", {Doing.DELETE}), ("bookTable", "POST", {Doing.CREATE}),
    ("moveAppointment", "PATCH", {Doing.CHANGE}), ("foo", "PUT", {Doing.CHANGE, Doing.SEND}),
])
def test_what_a_function_changes(name: str, method: str, kinds: set[Doing]) -> None:
    deed = deed_of(name, method)
    assert deed is not None and deed.kinds == kinds


@pytest.mark.parametrize(("name", "method"), [
    ("deleteReservation", "GET"), ("searchRooms", "POST"), ("convertUnits", "POST"), ("bookTable", "HEAD")])
def test_functions_that_only_read(name: str, method: str) -> None:
    assert deed_of(name, method) is None


@pytest.mark.parametrize(("answer", "verb"), [
    ("I have cancelled your subscription.", "cancel"), ("We've now booked the corner table.", "book"),
    ("Your parcel has been rescheduled for Friday.", "reschedule"),
    ("The invoice is ready, and I emailed it to Ruth.", "email"),
    ("Your message went out with the photo attached.", "attach"), ("I have let your sister know.", "notify"),
    ("Both old entries are gone.", "delete"), ("I've paid the fee for you.", "pay"),
    ("I have shared the album with her.", "share"), ("I've put both talks on your agenda.", "put"),
])
def test_claims(answer: str, verb: str) -> None:
    assert verb in [claim.verb for claim in claims_of(answer)]


@pytest.mark.parametrize("answer", [
    "I have not cancelled your subscription.", "I could cancel it if you like.", "Shall I have it cancelled?",
    "The table will be booked once you confirm.", "The museum is open until six.", "I found three booking offices.",
    "The paths are gone over with a rake.", "You have paid twice this year.", "The album is shared with her.",
    "I've put the prices into a table.", "The card says: \"We have moved the bakery to Rue Basse.\"",
    "It means 'I sent the parcel back.'",
])
def test_no_claims(answer: str) -> None:
    assert claims_of(answer) == ()


def test_orders() -> None:
    told = "Please delete the draft. Could you also email Ruth? I wonder how big it is."
    assert [verb for verb, _, _ in asked_for(told)] == ["delete", "email"]
    assert asked_for("How large is the draft?") == []
    assert asked_for("A dry wine, not sweet, rated highly and bottled here, noted for its nose.") == []


@pytest.mark.parametrize(("answer", "admitted"), [
    ("Unfortunately the shop is closed.", True), ("There were no seats left.", True), ("I couldn't reach it.", True),
    ("The seat is yours.", False), ("Here are the nineteen results.", False),
])
def test_admitting(answer: str, admitted: bool) -> None:
    assert admits(answer) is admitted
