"""From and to: arguments as people named them, and the other way round."""

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.arguments.directions import not_back, swapped


def found(told: str, **arguments: object) -> list[str]:
    return list(swapped(arguments, transcript_of(told).whole()))


@pytest.mark.parametrize(("told", "start", "goal"), [
    ("How do I get from Lyon to Marseille?", "Lyon", "Marseille"),
    ("Take me to Marseille, leaving from Lyon.", "Lyon", "Marseille"),
    ("I am going to Bergen from Oslo.", "Oslo", "Bergen"),
    ("Lyon and Marseille, please.", "Marseille", "Lyon"),
])
def test_the_way_people_said(told: str, start: str, goal: str) -> None:
    assert found(told, origin=start, destination=goal) == []


@pytest.mark.parametrize(("told", "start", "goal", "is_wrong"), [
    ("Pass 40 points of mine (I'm W-118) on to my brother Tam, he's W-502.", "W-118", "W-502", False),
    ("Pass 40 points of mine (I'm W-118) on to my brother Tam, he's W-502.", "W-502", "W-118", True),
    ("Box B-7 is in R-2 and belongs in R-5.", "R-2", "R-5", False),
    ("Box B-7 is in R-2 and belongs in R-5.", "R-5", "R-2", True),
    ("I want to swap R-5 and R-2.", "R-5", "R-2", False)])
def test_the_goal_by_a_word_further_before(told: str, start: str, goal: str, is_wrong: bool) -> None:
    assert bool(found(told, origin=start, destination=goal)) is is_wrong


@pytest.mark.parametrize(("told", "start", "goal"), [
    ("How do I get from Lyon to Marseille?", "Marseille", "Lyon"),
    ("Take me to Marseille, leaving from Lyon.", "Marseille", "Lyon"),
    ("I am going to Bergen from Oslo.", "Bergen", "Oslo"),
])
def test_the_other_way_round(told: str, start: str, goal: str) -> None:
    assert found(told, origin=start, destination=goal) == [f"origin {start!r}, destination {goal!r}"]


def test_currencies_by_code_and_by_amount() -> None:
    assert found("Turn 40 GBP into CHF.", base="GBP", quote="CHF") == []
    assert found("Turn 40 GBP into CHF.", base="CHF", quote="GBP")


def test_arguments_without_a_direction_are_no_pair() -> None:
    assert found("Send it from Ann to Bob.", sender="Ann") == []
    assert found("Send it from Ann to Bob.", title="Bob", text="Ann") == []


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The parcel has moved from Lyon to Marseille.", False), ("The parcel has moved from Marseille to Lyon.", True),
    ("The parcel is on its way.", False),
])
def test_an_answer_that_tells_the_other_way_round(answer: str, is_wrong: bool) -> None:
    evidence = transcript_of("Send it on.").whole()
    assert bool(list(swapped({"from": "Lyon", "to": "Marseille"}, evidence, [answer]))) is is_wrong


@pytest.mark.parametrize(("told", "start", "goal", "is_wrong"), [
    ("A boat from Tarsund (TAR) to Olvik (OLV)", "TAR", "OLV", False),
    ("A boat from Tarsund (TAR) to Olvik (OLV)", "OLV", "TAR", True),
    ("What are 85 EUR in USD?", "EUR", "USD", False),
    ("What are 85 EUR in USD?", "USD", "EUR", True),
    ("Give me 85 EUR for my USD", "USD", "EUR", False),
])
def test_codes_after_names_and_amounts(told: str, start: str, goal: str, is_wrong: bool) -> None:
    assert bool(found(told, **{"from": start, "to": goal})) is is_wrong


@pytest.mark.parametrize(("told", "is_wrong"), [
    ("Shift forty euros from the holiday jar to the one for gifts", True),
    ("Shift forty euros from the gift jar to the one for holidays", False),
])
def test_things_with_a_number_by_their_names(told: str, is_wrong: bool) -> None:
    jars = ("listJars", {}, [{"jarId": 31, "name": "Holidays"}, {"jarId": 62, "name": "Gifts"}])
    evidence = transcript_of(told, jars).whole()
    assert bool(list(swapped({"source": 62, "target": 31, "amount": 40}, evidence))) is is_wrong


@pytest.mark.parametrize(("seller", "buyer", "is_wrong"), [(51, 77, False), (77, 51, True)])
def test_who_a_thing_goes_to_by_a_name_that_was_looked_up(seller: int, buyer: int, is_wrong: bool) -> None:
    members = ("findMembers", {}, [{"memberId": 77, "name": "Ann Poole"}, {"memberId": 78, "name": "Zoe Poole"}])
    evidence = transcript_of("I'm member 51 and sold my shed to Ann Poole.", members).whole()
    assert bool(list(swapped({"sellerId": seller, "buyerId": buyer}, evidence))) is is_wrong


@pytest.mark.parametrize(("source", "target", "is_wrong"), [("T-4", "T-9", False), ("T-9", "T-4", True)])
def test_a_thing_is_not_moved_to_where_it_is(source: str, target: str, is_wrong: bool) -> None:
    fish = ("findFish", {}, [{"fishId": 8, "name": "Gill", "tank": "T-4"}])
    arguments = {"fishId": 8, "srcTank": source, "dstTank": target}
    assert bool(list(swapped(arguments, transcript_of("Gill goes next door.", fish).whole()))) is is_wrong


@pytest.mark.parametrize(("start", "goal", "is_wrong"), [("Olvik", "Tarsund", False), ("Tarsund", "Olvik", True)])
def test_the_way_back(start: str, goal: str, is_wrong: bool) -> None:
    trip = ("getTrip", {"tripId": "T-1"}, {"tripId": "T-1", "origin": "Tarsund", "dest": "Olvik"})
    call = ("bookTrip", {"origin": start, "dest": goal, "depart": "2026-07-12T06:00"}, {"ok": True})
    transcript = transcript_of("You have T-1. Book the way home too, on 12 July 2026 at six.", trip, call)
    assert bool(list(not_back(transcript.shown, transcript.whole()))) is is_wrong


MEMBERS: Call = (
    "findMembers", {}, [{"memberId": "P-12", "name": "Zoe Lund"}, {"memberId": "P-90", "name": "Kit Moss"}])


@pytest.mark.parametrize(("told", "giver", "receiver"), [
    ("I'm P-90. Give Zoe 15 of my stamps.", "P-90", "P-12"),
    ("Kit here (P-90). My cousin is P-12, pass her a dozen stamps.", "P-90", "P-12"),
    ("My number is P-12 and my uncle (P-90) lent me his ladder. Put that down.", "P-90", "P-12"),
    ("I still owe Zoe for the paint, I'm P-90. Settle that.", "P-90", "P-12"),
    ("P-12 here. I bought three hens from Kit, write it down.", "P-90", "P-12"),
    ("Could you ask Zoe if the loom is free, I'm P-90?", "P-90", "P-12"),
    ("Zoe has just repaid Kit, make a note of it.", "P-12", "P-90"),
])
def test_who_gives_and_who_receives(told: str, giver: str, receiver: str) -> None:
    evidence = transcript_of(told, MEMBERS).whole()
    assert list(swapped({"fromMember": giver, "toMember": receiver}, evidence)) == []
    assert list(swapped({"fromMember": receiver, "toMember": giver}, evidence))


@pytest.mark.parametrize("told", [
    "Note a gift between P-90 and P-12.", "I'm P-90. Ask Zoe for the 5 crowns she owes me, and send her my regards.",
    "I'm P-90, and her brother owes me nothing."])
def test_nobody_is_said_to_give(told: str) -> None:
    evidence = transcript_of(told, MEMBERS).whole()
    assert list(swapped({"fromMember": "P-12", "toMember": "P-90"}, evidence)) == []


@pytest.mark.parametrize(("told", "start", "goal"), [
    ("what's a zloty worth in kronor", "PLN", "SEK"), ("How many yen would I get for 40 francs?", "CHF", "JPY"),
    ("One rupee in rand? And the rand in yuan?", "INR", "ZAR"), ("The yen against the won, please.", "JPY", "KRW"),
    ("It is a Finnish letter, and our Greek clients have to read it.", "fi", "el"),
    ("What is the Turkish word 'yakamoz' in Swedish?", "tr", "sv"),
    ("I have five litres. What is it in pints?", "litre", "pint"),
])
def test_one_in_the_other(told: str, start: str, goal: str) -> None:
    assert found(told, base=start, quote=goal) == []
    assert found(told, base=goal, quote=start)


def test_in_says_where_a_country_is() -> None:
    assert found("I'm in Portugal. Two kilos, Austria, how much?", fromCountry="PT", toCountry="AT") == []
    assert found("The lira's rate to the euro, please.", base="EUR", quote="TRY") == []
    assert found("Dutch in English... no, the other way: English in Dutch.", source="en", target="nl") == []
