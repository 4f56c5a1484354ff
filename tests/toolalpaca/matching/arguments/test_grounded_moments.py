"""Moments that a call gives for another zone than people spoke in, or as seconds since 1970, each with a wrong one."""

from typing import Any

import pytest
from short_conversations import Call, transcript_of

from toolalpaca.matching.arguments.grounding import Documented, ungrounded

CLOCK = ("getCurrentDateTime", {}, "2025-08-20 06:15:00, Wednesday")
RIG = ("getRig", {}, {"rig": "Vega 2", "utcOffset": 3})


@pytest.mark.parametrize(("told", "calls", "right", "wrong"), [
    ("Roll the drum at 8 on 3 June 2025 in Lisbon", [], "2025-06-03T07:00:00Z", "2025-06-03T06:00:00Z"),
    ("Roll the drum at 8 am CET on 3 January 2025", [], "2025-01-03T07:00:00Z", "2025-01-03T05:00:00Z"),
    ("Roll the drum at 20:00 on 3 June 2025", [RIG], "2025-06-03T17:00:00Z", "2025-06-03T18:00:00Z"),
    ("Drums since 3 June 2025", [], 1748908800, 1749081600),
    ("Drums since 3 June 2025", [], 1748908800000, 1748736000000),
    ("Roll it at 19:45 on 3 June 2025", [], 1748979900, 1748983500),
    ("What rolled in the last 36 hours?", [CLOCK], 1755540900, 1755544500),
    ("What rolled today?", [CLOCK], 1755648000, 1755561600),
    ("What time is it in Lagos?", [], "Africa/Lagos", "Africa/Cairo"),
    ("Use German time.", [], "Europe/Berlin", "Europe/Oslo"),
])
def test_moments(told: str, calls: list[Call], right: Any, wrong: Any) -> None:
    evidence = transcript_of(told, *calls).whole()
    assert [*ungrounded({"at": right}, Documented(), evidence)] == []
    assert [*ungrounded({"at": wrong}, Documented(), evidence)] == [("at", wrong)]
