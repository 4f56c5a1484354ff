"""Guesses that the result of their own call bears out, each with one like it that it does not."""

from typing import Any

import pytest
from short_conversations import transcript_of

from toolalpaca.matching.arguments.borne_out import is_borne_out, is_told_retry

RIDERS = [{"no": 4, "name": "Ida Marsh", "team": "Cobalt", "bib": "R-311"},
          {"no": 5, "name": "Per Holm", "team": "Cobalt", "bib": "R-312"}]


@pytest.mark.parametrize(("told", "arguments", "name", "body", "is_so"), [
    ("Where does R-312 start?", {"team": "Cobalt"}, "team", RIDERS, True),
    ("Where does R-319 start?", {"team": "Cobalt"}, "team", RIDERS, False),
    ("Where does R-312 start?", {"team": "Indigo"}, "team", RIDERS, False),
    ("Did Per finish, and does Holm ride again?", {"team": "Cobalt"}, "team", RIDERS, True),
    ("did per holm finish?", {"team": "Cobalt"}, "team", RIDERS, True),
    ("Did the rider finish?", {"team": "Cobalt"}, "team", RIDERS, False),
    ("Who rides for Cobalt?", {"team": "Cobalt", "no": 4}, "no", RIDERS, False),
    ("what does cobalt ride?", {"team": "Cobalt Cycling"}, "team", {"team": "Cobalt Cycling"}, True),
    ("what does indigo ride?", {"team": "Cobalt Cycling"}, "team", {"team": "Cobalt Cycling"}, False),
    ("The opening times of the Ulmen pool", {"area": "North"}, "area", [{"name": "Ulmenbad", "area": "North"}], True),
    ("The opening times of the Ulmen pool", {"area": "North"}, "area", [{"name": "Eichenbad", "area": "North"}], False),
])
def test_what_the_result_bears_out(told: str, arguments: dict[str, Any], name: str, body: Any, is_so: bool) -> None:
    shown = transcript_of(told, ("find", arguments, body)).shown[0]
    assert is_borne_out(arguments[name], name, shown, transcript_of(told).whole()) is is_so


def test_a_failed_call_bears_nothing_out() -> None:
    told = "Where does R-312 start?"
    shown = transcript_of(told, ("find", {"team": "Cobalt"}, "Status Code: 404. Response: {}")).shown[0]
    assert not is_borne_out("Cobalt", "team", shown, transcript_of(told).whole())


LAMPS = {"count": 1, "lamps": [{"no": 8, "name": "Desk lamp, brass", "sku": "LX-880", "shop": "Erlen"}]}


@pytest.mark.parametrize(("told", "arguments", "name", "is_so"), [
    ("the brass lamps for a desk", {"query": "brass desk lamp"}, "query", True),
    ("something for my desk", {"query": "brass desk lamp"}, "query", False),
    ("How many LX-880 are left?", {"query": "desk lamp brass"}, "query", True),
    ("How many LX-881 are left?", {"query": "desk lamp brass"}, "query", False),
    ("Any lamps?", {"query": "desk lamp"}, "query", True),
    ("Any desks?", {"query": "desk lamp"}, "query", False),
    ("lamps for the Ulmen desk", {"query": "lamp desk Erlen"}, "query", False),
    ("a brass lamp, please", {"q": "brass lamp", "section": "lighting"}, "section", True),
    ("a brass lamp, please", {"q": "brass lamp", "colour": "gold"}, "colour", False),
])
def test_a_search_that_found_what_people_named(told: str, arguments: dict[str, Any], name: str, is_so: bool) -> None:
    shown = transcript_of(told, ("find", arguments, LAMPS)).shown[0]
    assert is_borne_out(arguments[name], name, shown, transcript_of(told).whole()) is is_so


@pytest.mark.parametrize(("again", "name", "answer", "is_so"), [
    ({"town": "Ulm", "radius": 90}, "radius", "Nothing within 30 km, but there is one at 71 km.", True),
    ({"town": "Ulm", "radius": 90}, "radius", "There is one at 71 km.", False),
    ({"town": "Neu-Ulm", "radius": 30}, "town", "None in Ulm; Neu-Ulm has one.", True),
    ({"town": "Neu-Ulm", "radius": 90}, "town", "None in Ulm; Neu-Ulm has one.", False),
])
def test_a_search_made_again_of_which_the_answer_tells(
    again: dict[str, Any], name: str, answer: str, is_so: bool
) -> None:
    empty = {"page": 1, "hits": []}
    transcript = transcript_of("A pool?", ("find", {"town": "Ulm", "radius": 30}, empty), ("find", again, [{"no": 1}]))
    assert is_told_retry(again[name], name, transcript.shown[1], transcript.before(1), answer) is is_so
