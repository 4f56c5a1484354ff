"""Values that a parameter's description explains: each with what people said, and what they would have to say else."""

from typing import Any

import pytest

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.arguments.grounding import Documented, ungrounded
from toolalpaca.matching.facts.evidence import ConversationEvidence

FLOUR = "Kind of grain in Latin, such as Secale (rye), Avena (oat) or Hordeum (barley)."
TERM = "Term as year and H (autumn) or V (spring), such as 2031H."
DECKS = "Part of the ship: upper is in the open, lower is under a roof."
WINDOW = "The last 24 hours, 7 days or 30 days."
COPIES = "How many copies, default 1."
BACK = "How many of the latest entries to return."


def found(told: str, arguments: dict[str, Any], text: str, *calls: PredictedCall, part: dict | None = None) -> list:
    evidence = ConversationEvidence(told, calls).before(len(calls))
    [name] = arguments
    documented = Documented({name: part or {}}, {}, {name: text}, "look")
    return [name for name, _ in ungrounded(arguments, documented, evidence)]


@pytest.mark.parametrize(("told", "other", "value", "text", "part"), [
    ("bread of rye please", "bread of oat please", {"genus": "Secale"}, FLOUR, {}),
    ("courses in autumn 2031", "courses in spring 2031", {"term": "2031H"}, TERM, {}),
    ("courses in autumn 2031", "courses in autumn 2032", {"term": "2031H"}, TERM, {}),
    ("we want to sit in the open", "we want to sit on the lower deck", {"deck": "upper"}, DECKS,
     {"enum": ["upper", "lower"]}),
    ("how was it over the past 30 days", "how was it over the past 7 days", {"span": "month"}, WINDOW,
     {"enum": ["day", "week", "month"]}),
    ("print the poster", "print three copies of the poster", {"copies": 1}, COPIES, {}),
    ("what came last", "what were the last four entries", {"entries": 2}, BACK, {}),
    ("send it in week 30 of 2024", "send it in week 31 of 2024", {"week": "2024-W30"}, "Calendar week.", {}),
    ("who sings second tenor", "who sings T1", {"part": "T2"}, "", {"enum": ["S1", "T1", "T2"]}),
    ("full marks for the film", "a fair mark for the film", {"stars": 5}, "", {"maximum": 5}),
])
def test_what_a_description_says_a_value_stands_for(told, other, value, text, part) -> None:
    assert found(told, value, text, part=part) == []
    assert found(other, value, text, part=part) == [*value]


def test_a_default_does_not_stand_in_for_another_choice() -> None:
    part, text = {"enum": ["slow", "quick"]}, "How it is sent, slow if left out."
    assert found("send it", {"way": "slow"}, text, part=part) == []
    assert found("send it the quick way", {"way": "slow"}, text, part=part) == ["way"]


def test_another_spelling_after_nothing_was_found() -> None:
    def asked(name: str, seen: str, function: str = "look") -> PredictedCall:
        return PredictedCall(0, function, {"name": name}, f"Status Code: 200. Response: {seen}")

    told = "Where does the Vezere flow?"
    nothing, something = asked("Vezere", "[]"), asked("Vezere", '[{"name": "Vezere"}]')
    assert found(told, {"name": "Vezeere"}, "", nothing) == []
    assert found(told, {"name": "Vezeere"}, "", something) == ["name"]
    assert found(told, {"name": "Garonne"}, "", nothing) == ["name"]
    assert found("check q7l1", {"name": "q711"}, "", asked("q7l1", "[]")) == []
    assert found("check q7l1", {"name": "q712"}, "", asked("q7l1", "[]")) == ["name"]


def test_wording_in_a_field_that_is_for_it() -> None:
    told = "The lid is cracked and the hinge has come off, can they look at it?"
    assert found(told, {"damage": "cracked lid and missing hinge"}, "What has to be repaired.") == []
    assert found(told, {"damage": "burnt motor and missing plug"}, "What has to be repaired.") == ["damage"]


@pytest.mark.parametrize(("told", "choice", "is_wrong"), [
    ("we want to sit under the roof", "upper", True),
    ("we want to sit under the roof", "lower", False),
    ("we want to sit in the open", "lower", True),
    ("anywhere you like", "lower", False),
    ("not in the open, please", "lower", False),  # what is set apart
    ("not under the roof", "upper", False), ("not in the open but under the roof", "upper", False),
    ("a place for the navigation", "navigating", False), ("a place for the navigation", "lower", True),
])
def test_what_the_description_says_of_another_choice(told: str, choice: str, is_wrong: bool) -> None:
    part = {"enum": ["upper", "lower", "navigating"]}
    assert bool(found(told, {"deck": choice}, DECKS, part=part)) is is_wrong
