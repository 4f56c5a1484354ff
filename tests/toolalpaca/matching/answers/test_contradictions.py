"""What an answer says against what the observations show."""

import pytest
from short_conversations import known_of, transcript_of

from toolalpaca.matching.answers.contradictions import (
    contradictions,
    counted_too_many,
    flags_ignored,
    flags_of_some,
    found_nothing,
    miscounted,
    turned_signs,
    wrong_shares,
)
from toolalpaca.matching.arguments.picks import wrong_picks

ORDER = {"status": "shipped", "carrier": "Royal Mail", "weight": 3.2, "parcelCount": 4}


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Its weight is 3.2 kg.", False), ("Carrier: Royal Mail", False),
    ("The parcel count is four.", False), ("The carrier is fairly new: it was named in 2013.", False),
    ("The next weighing is Tuesday, 24 March. Shall I book it?", False), ("State: waiting", False),
    ("- State: approved", True), ("The state is approved.", True), ("The parcel count is 60.", True)])
def test_fields_by_their_names(answer: str, is_wrong: bool) -> None:
    order = {**ORDER, "state": "pending", "holdDays": 60, "nextWeighing": "2026-03-24"}
    assert bool(list(contradictions(answer, known_of("How is my order?", answer, ("getOrder", {}, order))))) is is_wrong


def test_counts_of_lists() -> None:
    assert list(miscounted("Two buses go there:\n- the 12\n- the 40", known_of("Who?", ""))) == []
    found = list(miscounted("Three buses go there:\n- the 12\n- the 40", known_of("Who?", "")))
    assert found == ["Three where 2 are listed"]
    assert list(miscounted("Three people came:\n- Ann and Bob\n- Carl", known_of("Who?", ""))) == []
    for each in ("They have three stops each:", "Each of them has three stops:", "Three stops per line:"):
        assert list(miscounted(f"{each}\n- Red: Ash, Elm, Oak\n- Blue: Fir, Yew, Bay", known_of("Who?", ""))) == []


@pytest.mark.parametrize(("answer", "body", "is_wrong"), [
    ("There are two trains.", [], True), ("There are two trains.", {"trains": []}, True),
    ("There are no trains.", [], False), ("There are two trains.", [{"id": 1}], False), ("Which day?", [], False)])
def test_telling_of_what_was_not_found(answer: str, body: object, is_wrong: bool) -> None:
    known = known_of("Any trains?", answer, ("listTrains", {}, body))
    assert bool(list(found_nothing(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "refundable", "is_wrong"), [
    ("The ticket is refundable.", False, True), ("The ticket is not refundable.", False, False),
    ("The ticket isn't refundable.", True, True), ("The ticket is refundable.", True, False)])
def test_yes_and_no(answer: str, refundable: bool, is_wrong: bool) -> None:
    known = known_of("Can I get my money back?", answer, ("getTicket", {}, {"refundable": refundable}))
    assert bool(list(flags_ignored(answer, known))) is is_wrong


def test_each_contradiction_is_told_once() -> None:
    answer = "A parcel count of 60.\nA parcel count of 60."
    known = known_of("How is it?", answer, ("getOrder", {}, {"parcelCount": 4, "holdDays": 60}))
    assert len(list(contradictions(answer, known))) == 1


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("You get back 48 of the 64 pounds, which is three quarters.", False),
    ("You get back 48 of the 64 pounds, which is two thirds.", True),
    ("It was 500 euros against 400 the year before, a rise of 25 %.", False),
    ("It was 500 euros against 400 the year before, a rise of 20 %.", True),
    ("It was 500 euros against 400 euros in 2023, a rise of 25 %.", False),
    ("It was 500 euros against 400 euros in 2023, a rise of 20 %.", True),
    ("It climbed from 400 euros to 500, so by 25 %.", False), ("It climbed from 400 euros to 500, so by 20 %.", True),
    ("It fell from 500 euros to 400, so by 20 %.", False)])
def test_shares_of_two_amounts(answer: str, is_wrong: bool) -> None:
    assert bool(list(wrong_shares(answer, known_of("How much is it?", answer)))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Four times.", False), ("Five times.", True), ("Five of them are open.", True), ("It took 5 hours.", False)])
def test_more_than_was_listed(answer: str, is_wrong: bool) -> None:
    known = known_of("How often was that?", answer, ("listVisits", {}, [{"visit": place} for place in range(4)]))
    assert bool(list(counted_too_many(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("He is 1.6 kg lighter than last time.", False), ("He has put on 1.6 kg since last time.", True),
    ("He has not put on 1.6 kg, he lost it.", False), ("He is 1,600 grams heavier now.", True),
    ("No, he has put on 1.6 kg.", True), ("No, he is 1,600 grams lighter.", False)])
def test_changes_the_other_way_round(answer: str, is_wrong: bool) -> None:
    known = known_of("Has he lost anything?", answer, ("addWeight", {"kg": 29.9}, {"kg": 29.9, "changeKg": -1.6}))
    assert bool(list(turned_signs(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The rent is 1880.", False), ("The rent is 3760.", True), ("It is let, due on 5 June 2025.", False),
    ("It is let, due on 22 May 2025.", True)])
def test_fields_of_one_thing(answer: str, is_wrong: bool) -> None:
    home = {"rent": 1880, "deposit": 3760, "status": "let", "issued": "2025-05-22", "due": "2025-06-05"}
    known = known_of("What do the two of us pay?", answer, ("getHome", {}, home))
    assert bool(list(contradictions(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Yes, the pool is open to dogs.", False), ("Yes, your dog is welcome.", False),
    ("The room has VAT in its price.", True), ("VAT is not in the price.", False), ("GPS: no", False),
    ("It comes with GPS.", True), ("Off-road parking is free.", True), ("There is no off-road parking.", False),
])
def test_flags_with_short_names(answer: str, is_wrong: bool) -> None:
    room = dict.fromkeys(("vat", "gps", "offRoadParking"), False)
    known = known_of("Tell me about R-3.", answer, ("getRoom", {"id": "R-3"}, room))
    assert bool(list(flags_ignored(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("The stall is in the black: it made 45.", True), ("The stall is in the red by 45.", False)])
def test_a_loss_called_a_profit(answer: str, is_wrong: bool) -> None:
    known = known_of("How did the stall do?", answer, ("getResult", {}, {"takings": 120, "profit": -45}))
    assert bool(list(turned_signs(answer, known))) is is_wrong


@pytest.mark.parametrize(("answer", "is_wrong"), [
    ("Both huts are heated.", True), ("Neither of them is heated.", True), ("Only one of them is heated.", False),
    ("The Fox Hut is heated, the Owl Hut isn't.", False), ("The Owl Hut is heated, too.", True),
    ("The Fox Hut isn't heated.", True), ("Not both huts are heated.", False), ("The Owl Hut can be heated.", False),
    ("Is the Owl Hut heated?", False), ("Both huts have a stove.", False),
    ("All heated huts are closed.", False), ("All the huts are heated.", True)])
def test_a_flag_of_some_things_only(answer: str, is_wrong: bool) -> None:
    huts = [{"name": "Fox Hut", "heated": True}, {"name": "Owl Hut", "heated": False}]
    known = known_of("Which of the huts are warm?", answer, ("listHuts", {}, huts))
    assert bool(list(flags_of_some(answer, known))) is is_wrong


def test_a_flag_with_a_word_of_denial_in_its_name() -> None:
    answer = "Yes, you may smoke: off-season use is allowed."
    assert list(flags_ignored(answer, known_of("May we?", answer, ("getHut", {}, {"offSeasonAllowed": False}))))


def test_values_that_no_list_ought_to_have() -> None:
    boats = [{"boatId": "B-1", "name": "Tern", "builtAt": 10**400}, {"boatId": "B-2", "name": "  ", "builtAt": None}]
    answer = f"There are three boats:\n- Tern, {'9' * 400} tons\n- B-2"
    transcript = transcript_of("Take a boat.", ("listBoats", {}, boats), ("takeBoat", {"boatId": "B-1"}, {"ok": True}))
    known = known_of("Which boats are there?", answer, ("listBoats", {}, boats))
    assert list(miscounted(answer, known)) == ["three where 2 are listed"]
    assert not list(wrong_picks(transcript.shown, transcript, "Taken.", ["takeBoat"]))
