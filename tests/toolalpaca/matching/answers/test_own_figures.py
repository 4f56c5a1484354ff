"""Figures of one answer against each other: a gap and its ends, a total and its list or its parts."""

from typing import Any

import pytest
from short_conversations import known_of

from toolalpaca.matching.answers.contradictions import miscounted
from toolalpaca.matching.answers.own_figures import forgotten_counts, turned_pairs, wrong_gaps, wrong_totals


@pytest.mark.parametrize(("rule", "answer", "is_wrong"), [
    (wrong_gaps, "The attic is 11.3 degrees warmer: 8.1 °C against -3.2 °C in the shed.", False),
    (wrong_gaps, "The attic is 4.9 degrees warmer: 8.1 °C against -3.2 °C in the shed.", True),
    (wrong_gaps, "The attic is 4.9 degrees warmer: 8.1 °C against −3.2 °C in the shed.", True),
    (wrong_gaps, "Mona has 27 stamps and Piet 19, so she is eight ahead.", False),
    (wrong_gaps, "Mona has 27 stamps and Piet 19, so she is nine ahead.", True),
    (wrong_gaps, "You pay 27 euros and the dog 19 euros, so 46 euros together.", False),
    (wrong_gaps, "It grew from 2.4 kg in May and was 3.1 kg in July, so the gain is 700 grams.", False),
    (wrong_gaps, "It was 2.4 kg in May and 3.1 kg in July, so the gain is 500 grams.", True),
    (turned_pairs, "Ruben scored fewer: 31 goals, against 24 for Ines.", True),
    (turned_pairs, "Ruben scored more: 31 goals, against 24 for Ines.", False),
    (turned_pairs, "The mill is rated better, with 3.9 against 4.4 for the barn.", True),
    (turned_pairs, "The mill ranks higher: 3 against 5 for the barn.", False),
    (turned_pairs, "The mill costs more than the barn: 30 euros there against 40 here.", False),
    (wrong_totals, "You rowed 14 km in May:\n\n- 3 May: 5 km\n- 9 May: 9 km", False),
    (wrong_totals, "You rowed 15 km in May:\n\n- 3 May: 5 km\n- 9 May: 9 km", True),
    (wrong_totals, "Routes from 4 km:\n\n- Lake: 5 km\n- Mill: 9 km", False),
    (wrong_totals, "You paid €9 for these:\n\n- jam: €4 (€1 off of €5)\n- tea: €5", False),
    (wrong_totals, "You paid €8 for these:\n\n- jam: €4 (€1 off of €5)\n- tea: €5", True),
    (forgotten_counts, "€12 for you and €7 for each of the boys make €26.", False),
    (forgotten_counts, "€12 for you and €7 for each of the boys make €19.", True),
    (forgotten_counts, "At €7 each that costs €5 less than €12.", False),
    (miscounted, "It is one of these:\n\n- Owl\n- Lark", False),
])
def test_figures_that_agree_and_their_twins(rule: Any, answer: str, is_wrong: bool) -> None:
    assert bool(list(rule(answer, known_of("How is it?", answer)))) is is_wrong
