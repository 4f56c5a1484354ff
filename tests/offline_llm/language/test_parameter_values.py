"""Values that arguments take."""

import random

import pytest

from offline_llm.language.described_functions import DescribedFunction, DescribedParameter
from offline_llm.language.parameter_values import drawn_argument


@pytest.mark.parametrize(("summary", "description", "is_past"), [
    ("Get the price history of a coin", "First day of the history, in the form YYYY-MM-DD.", True),
    ("List tickets", "Earliest day since which they were opened, in the form YYYY-MM-DD.", True),
    ("Book a ferry", "Day of the journey, in the form YYYY-MM-DD.", False)])
def test_days_of_the_past_lie_before_the_day_of_conversations(summary: str, description: str, is_past: bool) -> None:
    parameter = DescribedParameter("date", "string", True, description)
    function = DescribedFunction("doIt", summary, (parameter,))
    days = {drawn_argument(function, parameter, {}, random.Random(seed)) for seed in range(20)}
    assert {day < "2025-03-14" for day in days} == {is_past}
