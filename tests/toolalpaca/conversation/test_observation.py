"""Observations are read by how they begin: what an API says inside its answer is no word of the executor's."""

import pytest

from toolalpaca.conversation.observation import (
    Observation,
    infrastructure_note,
    is_infrastructure_note,
    unknown_function,
)
from toolalpaca.conversation.steps import Step


@pytest.mark.parametrize("name", ["getTide", "the one for \"tides\"", "get\nTide", ""])
def test_a_call_of_an_unknown_function_is_refused(name: str) -> None:
    seen = Observation(f"{unknown_function(name)} Valid functions: [\"getTides\"].")
    assert seen.refuses_function and seen.refuses_call and not seen.succeeded


@pytest.mark.parametrize("text", [
    'Status Code: 200. Response: {"text": "\\"tan2\\" is not a valid function."}',
    'Status Code: 400. Response: "tan2" is not a valid function.',
    'Parameter value error: the formula "tan2" is not a valid function.'])
def test_an_api_may_speak_of_functions_that_are_not_valid(text: str) -> None:
    assert not Observation(text).refuses_function
    step = Step("", "explain", "{}", text)
    assert step.is_refused == text.startswith("Parameter")


def test_a_note_tells_a_failure_of_the_network_from_an_argument_that_speaks_of_it() -> None:
    assert is_infrastructure_note(f"step 3: {infrastructure_note('status 503')}")
    for note in ('step 1: title: sent "about infrastructure: roads" as 5', 'step 1: infrastructure: sent "5" as 5',
                 "step 2: infrastructure: left out, since null is no value"):
        assert not is_infrastructure_note(note)
