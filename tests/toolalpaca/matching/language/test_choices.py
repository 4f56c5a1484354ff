"""Choices against what people said."""

import pytest

from toolalpaca.matching.language.choices import GIVEN, OTHER, UNSAID, verdict

STATES = ["active", "cancelled", "returned"]


@pytest.mark.parametrize(("told", "value", "expected"), [
    ("What have I reserved? Then cancel the earliest.", "active", UNSAID),
    ("Show me what was cancelled.", "active", OTHER),
    ("Show me what was cancelled.", "cancelled", GIVEN),
    ("Return the drill.", "active", UNSAID),
])
def test_what_is_to_be_done_is_not_what_has_been_done(told: str, value: str, expected: str) -> None:
    assert verdict(value, STATES, [told]) == expected


@pytest.mark.parametrize(("told", "otherwise", "choice", "options"), [
    ("Every second week will do.", "Every week will do.", "biweekly", ["weekly", "biweekly", "monthly"]),
    ("A ticket up and down, please.", "A ticket up, please.", "return", ["single", "return"]),
    ("Axe the Friday shift.", "Move the Friday shift.", "cancelled", ["planned", "cancelled"]),
    ("Put my card on hold.", "Close my card.", "frozen", ["active", "frozen", "closed"]),
    ("The motorhome comes too.", "The boat comes too.", "camper", ["car", "camper", "van"]),
])
def test_choices_in_other_words(told: str, otherwise: str, choice: str, options: list[str]) -> None:
    assert verdict(choice, options, [told]) == GIVEN
    assert verdict(choice, options, [otherwise]) != GIVEN


@pytest.mark.parametrize(("told", "choices", "asked"), [
    ("I've got a fever, so I won't be in.", ["holiday", "illness", "training"], "illness"),
    ("Move her to the Thursday group.", ["mon", "tue", "thu"], "thu"),
    ("Sow them in October, please.", ["mar", "oct"], "oct"),
    ("Anything free in the afternoon?", ["am", "pm"], "pm"),
    ("List those that got turned down.", ["approved", "rejected"], "rejected"),
    ("Leave it with the people next door.", ["safe_place", "neighbour"], "neighbour"),
    ("What do I still owe?", ["open", "paid"], "open"),
    ("Before I leave for the weekend: is the garden on the list?", ["garden", "kitchen"], "garden"),
])
def test_what_tells_a_choice_without_its_name(told: str, choices: list[str], asked: str) -> None:
    assert {one: verdict(one, choices, [told]) for one in choices} == {
        one: GIVEN if one == asked else OTHER for one in choices}


@pytest.mark.parametrize(("told", "said"), [
    ("Spelt for the UK, please", "en-GB"), ("as they write it in America", "en-US"),
    ("for readers in Austria", "de-AT"),
])
def test_a_language_as_it_is_written_in_a_land(told: str, said: str) -> None:
    options = ["en-GB", "en-US", "de-AT", "de-DE"]
    assert [one for one in options if verdict(one, options, [told]) == GIVEN] == [said]


def test_a_place_at_the_top_is_no_quality() -> None:
    options = ["price", "rating"]
    assert verdict("rating", options, ["the cheapest at the top"], is_order=True) == OTHER
    assert verdict("rating", options, ["the top ones first"], is_order=True) == GIVEN


@pytest.mark.parametrize(("told", "value", "other"), [
    ("Which of your peaks is the steepest?", "name", "slope_desc"), ("The windiest spots, please.", "rating", "gust"),
    ("the softest ones first", "size", "softest"),
])
def test_an_order_by_what_a_superlative_measures(told: str, value: str, other: str) -> None:
    assert verdict(value, [value, other], [told], is_order=True) == OTHER
    assert verdict(other, [value, other], [told], is_order=True) != OTHER


def test_a_superlative_asks_for_no_order_of_something_else() -> None:
    assert verdict("date_desc", ["date_desc", "depth_desc"], ["the deepest wreck"], is_order=True) == OTHER
    assert verdict("date_desc", ["date_desc", "depth_desc"], ["the latest wreck"], is_order=True) == GIVEN


def test_words_that_only_begin_alike_are_of_different_things() -> None:
    vehicles = ["motorcycle", "motorhome"]
    assert [verdict(one, vehicles, ["We come by motorbike."]) for one in vehicles] == [GIVEN, OTHER]
    assert [verdict(one, vehicles, ["We come by motorhome."]) for one in vehicles] == [OTHER, GIVEN]


@pytest.mark.parametrize(("told", "value", "options", "expected"), [
    ("Put the pump on hold.", "active", ["active", "paused"], OTHER),
    ("Turn the pump on.", "active", ["active", "off"], GIVEN),
    ("I'm on holiday.", "active", ["active", "paused"], UNSAID),
    ("We go on foot.", "boat_in", ["boat_in", "walk_in"], OTHER),
    ("We go by boat.", "boat_in", ["boat_in", "walk_in"], GIVEN),
    ("It is in H.264.", "h265", ["h264", "h265"], OTHER), ("It is in H.265.", "h265", ["h264", "h265"], GIVEN),
])
def test_what_is_said_by_small_words_shared_words_and_numbers(
    told: str, value: str, options: list[str], expected: str
) -> None:
    assert verdict(value, options, [told]) == expected
