"""What people gave for a change and its calls left out: each with a case like it in which nothing is missing."""

from typing import Any

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.arguments import deeds
from toolalpaca.matching.arguments.given_values import GivenParameter
from toolalpaca.matching.arguments.left_arguments import left_arguments
from toolalpaca.matching.language.actions import deed_of

BOOK = deed_of("bookStall", "POST")
assert BOOK is not None
SCHEMAS: dict[str, tuple[dict[str, Any], str]] = {
    "contactPhone": ({"type": "string"}, "Telephone of the trader."),
    "email": ({"type": "string"}, ""),
    "reason": ({"type": "string"}, ""),
    "memo": ({"type": "string"}, "What is sold."),
    "helpers": ({"type": "integer"}, "People at the stall."),
    "size": ({"type": "integer"}, "Number of tables."),
    "power": ({"type": "string", "enum": ["none", "battery", "mains"]}, "none if left out."),
}
STALLS = {"bookStall": [GivenParameter(name, schema, text, "bookStall") for name, (schema, text) in SCHEMAS.items()]}


def left(told: str, arguments: dict[str, Any], *calls: Call, seen: Any = None) -> list[str]:
    transcript = transcript_of(told, *calls, ("bookStall", arguments, seen or {"stallId": "S-1"}))
    done = deeds.deeds_in(transcript, {"bookStall": BOOK})
    return list(left_arguments(done, transcript.whole(), STALLS))


@pytest.mark.parametrize(("told", "name", "value", "missing"), [
    ("Book a stall, she is on 07700 900 518.", "contactPhone", "07700900518", "07700 900 518"),
    ("Book a stall, write to ida@stall.example.", "email", "ida@stall.example", "ida@stall.example"),
    ("Book a stall. Rain last year, put that in as the reason.", "reason", "Rain last year", "as the reason"),
    ("Book a stall for my pots, note what it is.", "memo", "Pots", "note what"),
    ("Book a stall, six dads are coming.", "helpers", 6, "six dads"),
    ("Book a stall with five tables.", "size", 5, "five"),
])
def test_what_was_given_and_left_out(told: str, name: str, value: Any, missing: str) -> None:
    assert left(told, {"day": 3}) == [f"{name}: {missing}"]
    assert left(told, {"day": 3, name: value}) == []


def test_a_choice_that_a_search_had_and_the_change_lost() -> None:
    told = "Any stall with mains power? Book the first."
    search = ("findStalls", {"power": "mains"}, [{"stallId": "S-1"}])
    assert left(told, {"day": 3}, search, seen={"stallId": "S-1", "power": "none"}) == ["power: mains"]
    assert left(told, {"day": 3}, search, seen={"stallId": "S-1", "power": "mains"}) == []
