"""An address in an answer is one that was shown as a whole, or the beginning of one at a boundary of its parts."""

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.answer_support import unsupported

SHOWN = ("getPage", {"id": 7}, {
    "link": "https://files.lantern.example/lists/1234?view=all", "file": "https://lantern.example/report-2.pdf",
    "mail": "jo.ann+news@lantern.example"})


@pytest.mark.parametrize(("address", "is_shown"), [
    ("https://files.lantern.example/lists/1234?view=all", True), ("https://files.lantern.example/lists/1234", True),
    ("https://Files.Lantern.example/", True), ("https://lantern.example/report-2.pdf", True),
    ("jo.ann+news@lantern.example", True),
    ("https://files.lantern.example/lists/12", False), ("https://lantern.example/report", False),
    ("https://lantern.example/report-2", False), ("https://files.lantern", False), ("ann+news@lantern.example", False),
    ("news@lantern.example", False), ("https://other.example/lists/1234", False)])
def test_a_piece_of_a_shown_address_is_another_one(address, is_shown):
    answer = f"You find it here: {address}."
    found = list(unsupported(answer, known_of("Where is the list?", answer, SHOWN), figures_only=True))
    assert found == ([] if is_shown else [address])
