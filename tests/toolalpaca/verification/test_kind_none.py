"""Tasks that no function can do: the right answer makes no call."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from toolalpaca.verification.verification_stage import each_found, findings_of

RECORD = {
    "Name": "Lantern", "Documentation": json.dumps({
        "openapi": "3.0.0", "info": {"title": "Lantern", "version": "1"}, "paths": {"/lanterns": {"get": {
            "operationId": "findLanterns", "responses": {"200": {"description": "Lanterns."}}}}}}),
    "Function_Description": {"findLanterns": "findLanterns: Find lanterns.\nParameters: {}", "components": ""},
    "Function_Projection": {"findLanterns": ["/lanterns", "get"]},
    "Instructions": ["Paint my house."],
    "Instances": [{"input": "Paint my house.", "output": "I am sorry, I have no function for that.",
                   "Final Thought": "None of the functions does it.", "intermediate_steps": []}]}


def codes(kind: str, *steps: list) -> set[str]:
    instance = {**RECORD["Instances"][0], "intermediate_steps": list(steps)}
    [found] = findings_of({**RECORD, "Instruction_Kinds": [kind], "Instances": [instance]})
    return {reason.code for reason in found.reasons}


def test_an_answer_without_a_call_passes_only_if_no_function_could_do_it():
    assert codes("none") == set()
    assert "no_call" in codes("single")


def test_a_turn_that_could_not_be_read_is_not_a_call():
    unreadable = [["", "", "I cannot paint. Which colour?"], "Invalid format: this asks the user in prose."]
    failed = [["findLanterns", "{}", ""], "Status Code: 500. Response: {}"]
    assert "no_call" not in codes("none", unreadable)
    assert "no_call" in codes("none", failed)


def test_a_question_to_the_user_is_no_call_of_the_api():
    asked = [["getDetails", '{"Question": "Which colour?"}', ""], "Blue."]
    assert codes("none", asked) == set()
    assert "no_call" in codes("single", asked)


@pytest.mark.parametrize(("told", "answer", "needs_call"), [
    ("What does lumen actually mean?", "Lumen is the unit of all the light that a lamp gives.", False),
    ("In general, does a wick have to be cut?", "Yes, cut it short before each use.", False),
    ("In general, how long does a wick burn?", "A wick burns for 14 hours.", True),
    ("What does lantern LN-204 cost?", "It is rather cheap.", True),
    ("Which lanterns are there?", "There are red and blue ones.", True),
])
def test_what_a_word_means_needs_no_call(told: str, answer: str, *, needs_call: bool) -> None:
    instance = {"input": told, "output": answer, "Final Thought": "I know that.", "intermediate_steps": []}
    [found] = findings_of({**RECORD, "Instructions": [told], "Instances": [instance]})
    assert ("no_call" in {reason.code for reason in found.reasons}) is needs_call


def test_a_pool_finds_the_same_in_the_same_order() -> None:
    records = [{**RECORD, "Name": f"Lantern {place}", "Instruction_Kinds": [kind]}
               for place, kind in enumerate(("none", "single", "single", "none", "single"))]
    with ThreadPoolExecutor(2) as pool:
        assert list(each_found(records, pool, ahead=2)) == list(each_found(records, None, ahead=2))
