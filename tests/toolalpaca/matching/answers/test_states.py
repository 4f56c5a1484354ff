"""States, denials and totals in an answer, against the results."""

from typing import Any

import pytest
from short_conversations import Call, known_of

from toolalpaca.matching.answers.states import STATE_RULES

JOB = {"jobId": "J-9", "status": "queued"}
FERRIES = [{"ferry": "Adler", "state": "delayed"}, {"ferry": "Birte", "state": "on_time"}]
HALLS = {"total": 5, "items": [{"name": "Elm Hall", "seats": 90}, {"name": "Oak Hall", "seats": 40}]}


def wrong(question: str, answer: str, seen: Any) -> bool:
    known = known_of(question, answer, ("look", {}, seen))
    return any(claim for rule in STATE_RULES for claim in rule(answer, known))


@pytest.mark.parametrize(("question", "answer", "seen"), [
    ("Start the print job.", "It is queued as J-9.", JOB), ("Start it.", "J-9 will be ready soon.", JOB),
    ("Pay them.", "The wages are being paid right now.", {"state": "processing"}),
    ("Put my tale online.", "Your tale is a draft, it isn't out yet.", {"state": "draft"}),
    ("Does the ferry sail?", "It was cancelled; the next one goes ahead.", {"ferry": "Ada", "state": "cancelled"}),
    ("Does the ferry sail?", "It doesn't go ahead as planned.", {"ferry": "Ada", "state": "cancelled"}),
    ("May we climb up?", "Will the tower be open? Not today.", {"tower": "North", "access": "closed"}),
    ("Which ferries sail?", "Birte is on time.", FERRIES),
    ("Order ink.", "Blue ink is out of stock, so I ordered black.", {"state": "requested"}),
    ("List all halls.", "There are 5 halls; the first two are Elm Hall and Oak Hall.", HALLS),
    ("Any halls for 200?", "There is no hall of that size; Elm Hall with 90 seats is the largest.", HALLS),
])
def test_what_fits(question: str, answer: str, seen: Any) -> None:
    assert not wrong(question, answer, seen)


@pytest.mark.parametrize(("question", "answer", "seen"), [
    ("Start the print job.", "Your job J-9 is finished.", JOB), ("Start it.", "It's already complete.", JOB),
    ("Pay them.", "The wages are all paid right now.", {"state": "processing"}),
    ("Put my tale online.", "Your tale is out now.", {"state": "draft"}),
    ("Does the ferry sail?", "Yes, it goes ahead at noon.", {"ferry": "Ada", "state": "cancelled"}),
    ("May we climb up?", "The tower is open to you.", {"tower": "North", "access": "closed"}),
    ("Which ferries sail?", "Adler is on time.", FERRIES),
    ("Write to the guild.", "The letter has gone out to the guild.", {"state": "draft"}),
    ("Get me a loom.", "Loom 4 is certain to be yours.", {"state": "waitlisted"}),
    ("List all halls.", "There are 2 halls: Elm Hall and Oak Hall.", HALLS),
    ("Any halls near the park?", "Sorry, there are no halls near the park.", HALLS),
])
def test_what_does_not(question: str, answer: str, seen: Any) -> None:
    assert wrong(question, answer, seen)


def test_nothing_found_at_first_and_something_in_the_end() -> None:
    calls = [("find", {"q": "plum"}, []), ("find", {"q": "damson"}, [{"sort": "Old Ruby", "grams": 15}])]
    for answer, is_wrong in (("None: there is no plum.", True), ("There is no plum, only Old Ruby, 15 grams.", False)):
        known = known_of("How much plum is there?", answer, *calls)
        assert any(claim for rule in STATE_RULES for claim in rule(answer, known)) is is_wrong


def test_what_is_said_of_something_else_after_a_state() -> None:
    assert wrong("Put my leave in.", "It's already approved, and five days will be left.", {"status": "pending"})
    assert not wrong("Put my leave in.", "Once it's approved, five days will be left.", {"status": "pending"})


FORMS = {"forms": [{"formId": "f-1", "name": "3A"}, {"formId": "f-2", "name": "3B"}]}


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("There is no 3C, only 3A and 3B.", False), ("There are no forms of the third year.", True),
])
def test_what_there_is_not_next_to_what_there_is(answer: str, is_wrong: bool) -> None:
    assert wrong("Who teaches 3C?", answer, FORMS) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("It has already passed; the log has two lines.", True), ("The test is running; the log has two lines.", False),
    ("Only 2 of 9 steps were done.", False), ("Once it has passed, you'll see it in the log.", False),
])
def test_a_state_that_is_shown_before_something_else(answer: str, is_wrong: bool) -> None:
    calls = [("startTest", {}, {"testId": 7, "state": "running"}), ("readLog", {"testId": 7}, {"lines": ["a", "b"]})]
    known = known_of("Start the test and show me its log.", answer, *calls)
    assert any(claim for rule in STATE_RULES for claim in rule(answer, known)) is is_wrong


@pytest.mark.parametrize(("answer", "change", "is_wrong"), [
    ("The sluice is open.", (), True), ("The sluice is open again on Monday.", (), False),
    ("The sluice is open now.", (("openSluice", {"sluiceId": "S-1"}, {"ok": True}),), False)])
def test_a_state_that_changes(answer: str, change: tuple[Call, ...], is_wrong: bool) -> None:
    known = known_of("See to the sluice.", answer, ("getSluice", {}, {"sluiceId": "S-1", "state": "closed"}), *change)
    assert any(claim for rule in STATE_RULES for claim in rule(answer, known)) is is_wrong
