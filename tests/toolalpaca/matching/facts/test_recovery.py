"""Failed calls that an answer makes up for by telling of them."""

import pytest

from toolalpaca.conversation.steps import PredictedCall
from toolalpaca.matching.facts.recovery import is_told


@pytest.mark.parametrize(("answer", "told"), [
    ("Four of the five lamps are dimmed now.", True), ("All but the Reed lamp are dimmed.", True),
    ("Fern is dimmed. Reed has used up its tries.", True), ("Reed still has to be dimmed by hand.", True),
    ("Five of the five lamps are dimmed now.", False), ("The lamps are dimmed, all of them.", False),
])
def test_what_was_refused_in_part(answer: str, told: bool) -> None:
    call = PredictedCall(0, "dimLamp", {"lampId": 7}, 'Status Code: 409. Response: {"message": "Dimmed thrice today."}')
    assert is_told(call, answer) is told
