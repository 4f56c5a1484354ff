"""Right things of lists: bounds of what people do otherwise, days ruled out, what they do not like, and topics."""

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.arguments.picks import wrong_picks
from toolalpaca.matching.arguments.targets import wrong_things
from toolalpaca.matching.language.actions import deed_of

DEEDS = {name: deed for name in ("bookVisit", "addToShelf") if (deed := deed_of(name, "POST")) is not None}
# A Monday, a Wednesday and a Thursday.
VISITS: Call = ("listVisits", {"shop": "P-4"}, [{"visitId": "V-1", "start": "2026-03-30T10:20", "vet": "Ada Quist"},
                                                {"visitId": "V-2", "start": "2026-04-01T15:10", "vet": "Ada Quist"},
                                                {"visitId": "V-3", "start": "2026-04-02T17:40", "vet": "Ada Quist"}])


def wrong(told: str, function: str, thing: str, *calls: Call) -> bool:
    transcript = transcript_of(told, *calls, (function, {"id": thing}, {"ok": True}))
    rules = (wrong_things, wrong_picks)
    return any(found for rule in rules for found in rule(transcript.shown, transcript, "Done.", DEEDS))


@pytest.mark.parametrize(("told", "visit", "is_wrong"), [
    ("I teach until three, so after that, please.", "V-2", False),
    ("She sleeps until half past two. Book one after three.", "V-2", False),
    ("My wife works from 8, book something before noon.", "V-1", False),
    ("She is awake. Book one that starts after 5 pm.", "V-2", True),
    ("I'm free until noon, book a visit then.", "V-2", True),
    ("The earliest one, but Mondays are out of the question.", "V-2", False),
    ("Anything but Monday, the earliest visit that is left.", "V-2", False),
    ("I can't do Mondays. The earliest visit otherwise.", "V-3", True),
    ("Monday suits me, so the earliest visit.", "V-2", True),
])
def test_times_and_days_that_people_want(told: str, visit: str, is_wrong: bool) -> None:
    assert wrong(told, "bookVisit", visit, VISITS) is is_wrong


GAMES: Call = ("findGames", {"query": "Lighthouse"}, [
    {"gameId": "G-1", "title": "Lighthouse", "kind": "puzzle"},
    {"gameId": "G-2", "title": "Lighthouse", "kind": "racing"}])


@pytest.mark.parametrize(("told", "game", "is_wrong"), [
    ("Lighthouse, please. The racing one, I hate anything with a puzzle.", "G-2", False),
    ("Lighthouse, please. The racing one, I can't bear a puzzle.", "G-2", False),
    ("Lighthouse, please. The puzzle one.", "G-2", True),
])
def test_what_people_do_not_like(told: str, game: str, is_wrong: bool) -> None:
    assert wrong(told, "addToShelf", game, GAMES) is is_wrong


@pytest.mark.parametrize(("query", "is_wrong"), [
    ("heat pumps for old houses", False),  # words of the assistant's own: a topic
    ("Kiln Lane Kickers", True), ("Glaze", True),
])
def test_a_topic_and_a_name_that_were_looked_for(query: str, is_wrong: bool) -> None:
    told = "Is there anything about heating old houses, or by the Kiln Lane Kickers, or called Glaze?"
    books = [{"bookId": "B-1", "title": "Warm Walls"}, {"bookId": "B-2", "title": "Low"}]
    found: Call = ("findBooks", {"query": query}, books)
    assert wrong(told, "getBook", "B-1", found) is is_wrong
