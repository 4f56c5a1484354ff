"""Words for days, names and times that are shortened or misspelt, and people who are named one by one."""

from datetime import date, timedelta

import pytest
from short_conversations import known_of, transcript_of

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.answers.bindings import misattributed
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.facts.evidence import ConversationEvidence
from toolalpaca.matching.language.numbers import figures_in
from toolalpaca.matching.language.relative_days import relative_days, spelt_out
from toolalpaca.matching.language.times import times_in
from toolalpaca.matching.language.units import unit_of_key


def found(instruction: str, arguments: dict) -> list[str]:
    calls: list[PredictedCall] = []
    return [name for name, _ in ungrounded(arguments, Documented(), ConversationEvidence(instruction, calls).before(0))]


@pytest.mark.parametrize("word", ["tmrw", "2moro", "tomoz", "tommorow", "tmr"])
def test_tomorrow_in_every_spelling(word: str) -> None:
    today = date(2025, 3, 14)
    tomorrow = today + timedelta(days=1)
    assert relative_days(f"does it run {word}?", today) == [(tomorrow, tomorrow)]


@pytest.mark.parametrize("text", ["borrow the tonic", "a tomato", "the nest", "this month", "toddlers"])
def test_other_words_stay(text: str) -> None:
    assert spelt_out(text) == text


@pytest.mark.parametrize(("text", "minute"), [
    ("the half seven boat", 450), ("six in the morning", 360), ("nine in the evening", 1260),
    ("half ten tonight", 1350),
])
def test_times_without_a_preposition(text: str, minute: int) -> None:
    assert minute in times_in(text)[0].minutes


def test_cents_in_words_follow_whole_amounts_only() -> None:
    assert 39.21 not in {value for figure in figures_in("£39.20 one way") for value in figure.values}
    assert 1.3 in {value for figure in figures_in("one dollar thirty") for value in figure.values}


@pytest.mark.parametrize(("told", "town"), [
    ("in Sankt Veit", "St. Veit"), ("in St. Veit", "Sankt Veit"), ("on Mount Cook", "Mt. Cook"),
    ("at 5 Main Street", "Main St"), ("for Ben and Jerry", "Ben & Jerry"),
])
def test_names_in_short_and_in_full(told: str, town: str) -> None:
    assert found(told, {"town": town}) == []


@pytest.mark.parametrize(("told", "town"), [("for Ana Ruiz", "Anna Ruiz"), ("for Jane Kov", "Jan Kov")])
def test_other_names_are_not_short_forms(told: str, town: str) -> None:
    assert found(told, {"name": town}) == ["name"]


@pytest.mark.parametrize(("told", "people", "refused"), [
    ("me, the wife and our three wee ones", 5, []), ("a table for my parents and me", 3, []),
    ("my two sisters and I", 3, []), ("me and my husband", 7, ["guests"]),
])
def test_people_named_one_by_one(told: str, people: int, refused: list[str]) -> None:
    assert found(told, {"guests": people}) == refused


@pytest.mark.parametrize("key", ["totalThisYear", "spentLastMonth", "visits_next_week", "doses_per_day"])
def test_a_period_that_a_field_is_about_is_no_unit(key: str) -> None:
    assert unit_of_key(key) is None


@pytest.mark.parametrize(("second", "refused"), [("aubergine", []), ("Bergmann", ["query"])])
def test_after_an_empty_search_another_word_may_be_tried_but_no_other_name(second: str, refused: list[str]) -> None:
    transcript = transcript_of("Any eggplant left?", ("search", {"query": "eggplant"}, []),
                               ("search", {"query": second}, []))
    assert [name for name, _ in ungrounded({"query": second}, Documented(), transcript.before(1))] == refused


def test_the_opening_word_of_a_long_title_names_it() -> None:
    shows = [{"title": "Die schweigsame Frau", "runtimeMinutes": 175},
             {"title": "Rusalka by the lake", "runtimeMinutes": 150}]
    answer = "Die schweigsame Frau runs for 175 minutes; Rusalka takes 150."
    assert list(misattributed(answer, known_of("How long are they?", answer, ("listShows", {}, shows)))) == []
