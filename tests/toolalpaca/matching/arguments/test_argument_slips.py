"""Choices that a call needs and that were made up before people had said anything that they could follow from."""

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.argument_slips import baseless_choices, turned_bounds, turned_flags
from toolalpaca.matching.arguments.grounding import Documented

SCHEMAS = {"parcelId": {"type": "string"}, "reason": {"type": "string", "enum": ["lost", "damaged", "late"]},
           "text": {"type": "string"}, "priority": {"type": "string", "enum": ["low", "high"], "default": "low"}}
REQUIRED = ["parcelId", "reason", "priority"]


@pytest.mark.parametrize(("told", "arguments", "is_made_up"), [
    ("Open a claim for parcel PX-90, please.", {"reason": "lost"}, True),
    ("hi, could you start a claim on PX-90 today? thanks", {"reason": "damaged"}, True),
    ("Open a claim for PX-90, it never came.", {"reason": "lost"}, False),
    ("Open a claim for PX-90, it is damaged.", {"reason": "damaged"}, False),
    ("Open a claim for PX-90: vase in pieces.", {"reason": "damaged", "text": "A vase in pieces."}, False),
    ("Open a claim for PX-90 please.", {"priority": "low"}, False),
    ("Another claim for PX-90 please.", {"reason": "late"}, False),
])
def test_a_choice_without_any_ground(told: str, arguments: dict[str, str], is_made_up: bool) -> None:
    function = Documented(schemas=SCHEMAS, name="openClaim")
    evidence = transcript_of(told).whole()
    found = list(baseless_choices({"parcelId": "PX-90", **arguments}, function, REQUIRED, "Parcels", evidence))
    assert bool(found) is is_made_up


def test_a_choice_that_a_result_showed_or_that_people_were_asked_for() -> None:
    function, call = Documented(schemas=SCHEMAS, name="openClaim"), {"parcelId": "PX-90", "reason": "late"}
    shown = transcript_of("Open a claim for PX-90.", ("track", {"parcelId": "PX-90"}, {"state": "late"})).whole()
    asked = transcript_of("Open a claim for PX-90.", ("getDetails", {"Question": "Why?"}, "It took weeks.")).whole()
    assert not [*baseless_choices(call, function, REQUIRED, "", shown)]
    assert not [*baseless_choices(call, function, REQUIRED, "", asked)]


@pytest.mark.parametrize(("told", "value", "is_turned"), [
    ("A vegan menu, please.", False, True), ("A vegan menu, please.", True, False),
    ("Nothing vegan, please.", True, True), ("One menu with vegan turned on, one with vegan turned off.", False, False),
    ("One menu with vegan turned on, one with vegan turned off.", True, False),
])
def test_a_flag_set_the_other_way_but_not_one_of_both(told: str, value: bool, is_turned: bool) -> None:
    assert bool(list(turned_flags({"vegan": value}, transcript_of(told).whole()))) is is_turned


@pytest.mark.parametrize(("told", "name", "value", "is_turned"), [
    ("Switch off the shed's alarm", "active", True, True), ("Switch off the shed's alarm", "active", False, False),
    ("Turn the newsletter back on", "enabled", False, True), ("Turn the newsletter back on", "enabled", True, False),
    ("Pause the tram alerts", "alertsEnabled", True, True), ("Is it 10 % off on Monday?", "active", True, False),
    ("Turn off the tap on the left", "active", True, False),
    ("A hut we can reach without a car", "carNeeded", True, True), ("A hut we reach by car", "carNeeded", True, False),
    ("No breakfast for us", "wantBreakfast", True, True), ("No breakfast for us", "wantBreakfast", False, False),
])
def test_what_is_turned_off_or_not_wanted(told: str, name: str, value: bool, is_turned: bool) -> None:
    assert bool([*turned_flags({name: value}, transcript_of(told).whole())]) is is_turned


@pytest.mark.parametrize(("told", "name", "text", "is_turned"), [
    ("Three kayaks with a dry bag each, please.", "dryBag", "", True),
    ("Three kayaks, no dry bag needed.", "dryBag", "", False),
    ("One kayak with a dry bag. The other one goes without a dry bag.", "dryBag", "", False),
    ("Does a dry bag cost extra, or is it in the price?", "dryBag", "", False),
    ("Laundered towels would be good, and slippers too.", "comfort", "Whether towels and slippers are laid out.", True),
    ("We have slippers and towels, so lay out none.", "comfort", "Whether towels and slippers are laid out.", False),
    ("Nobody should see the price on the slip.", "discreet", "Print no price on the slip.", True),
    ("Do print the price on the slip.", "discreet", "Print no price on the slip.", False),
    ("Kill the deck lamps, they blind us.", "lit", "False turns the deck lamps out.", False),
    ("Turn the deck lamps off, they blind us.", "lit", "Deck lamps on or off.", False),
    ("The oars that are left, leaving out broken ones.", "damaged", "Include broken ones among the oars.", False),
    ("How is the weather up there?", "dryBag", "Whether a dry bag is lent with the boat.", False),
])
def test_what_was_wanted_in_the_words_of_a_flag_or_its_description(
    told: str, name: str, text: str, is_turned: bool
) -> None:
    function = Documented(descriptions={name: text}, name="rent")
    assert bool([*turned_flags({name: False}, transcript_of(told).whole(), function)]) is is_turned


def test_a_flag_of_a_change_that_names_what_was_so_before() -> None:
    told, function = "Whichever sauna is booked can be given to others.", Documented(name="updateSauna")
    evidence = transcript_of(told, ("updateSauna", {"booked": False}, {})).before(0)
    assert not [*turned_flags({"booked": False}, evidence, function)]


SIDES = {"when": {"type": "string", "enum": ["atLeast", "atMost"]}, "sort": {"type": "string", "enum": ["max", "min"]}}


@pytest.mark.parametrize(("told", "turned"), [
    ("Ring me once the tank holds 300 litres or more.", "atMost"),
    ("Ring me once the tank holds less than 300 litres.", "atLeast"),
    ("Ring me unless the tank keeps over 300 litres.", ""), ("Ring me about 300 litres.", ""),
    ("Ring me for 40 guests or more, not under 300 litres or over 300 litres.", ""),
])
def test_a_bound_on_the_other_side(told: str, turned: str) -> None:
    evidence, function = transcript_of(told).whole(), Documented(schemas=SIDES)
    found = {side for side in ("atLeast", "atMost")
             if [*turned_bounds({"when": side, "litres": 300, "sort": "max"}, function, evidence)]}
    assert found == {turned} - {""}
    assert not [*turned_bounds({"when": turned, "litres": 200}, function, evidence)]
