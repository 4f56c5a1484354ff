"""Whether a function changes something is said by the method of its operation, whatever the function is called."""

import json

import pytest

from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.scorers import score_all
from toolalpaca.verification.contract import Contract
from toolalpaca.verification.verification_stage import findings

ASK = 'How warm is the water at pier 7? I have to write "warm enough to dive in" on the board, and 300 euros for it.'
BODY = {"degrees": 19.5}


def record_of(name, method):
    operation = {"operationId": name, "description": "Add a reading." if method == "post" else "", "parameters": [
        {"name": "pier", "in": "query", "required": True, "schema": {"type": "integer"}}],
        "responses": {"200": {"description": "A reading."}}}
    document = {"openapi": "3.0.0", "info": {"title": "Water", "version": "1"},
                "paths": {"/water": {method: operation}}}
    return {"Name": "Water", "Documentation": json.dumps(document), "Function_Description": {name: "The water."},
            "Function_Projection": {name: ["/water", method]}}


def conversation(name):
    call = [name, '{"pier": 7}', f'Thought: I look.\nAction: {name}\nAction Input: {{"pier": 7}}']
    return {"input": ASK, "output": "The water at pier 7 has 19.5 degrees.", "Final Thought": "",
            "intermediate_steps": [[call, f"Status Code: 200. Response: {json.dumps(BODY)}"]]}


@pytest.mark.parametrize("name", ["getWater", "water_get", "currentWater", "pierTemperature", "plotWater"])
def test_what_was_said_for_a_change_need_not_be_used_by_a_look(name):
    assert findings(conversation(name), Contract(record_of(name, "get"))).verification()["reasons"] == []
    codes = {reason.code for reason in findings(conversation(name), Contract(record_of(name, "post"))).reasons}
    assert ("unused_value" in codes) == (name != "getWater"), "a POST may be a search, as its name then says"


@pytest.mark.parametrize("name", ["water_get", "currentWater", "getWater"])
def test_the_verdicts_of_the_scorers_do_not_hang_on_a_name(name):
    golden = [{"Action": name, "Action_Input": '{"pier": 7}'}]
    [score] = score_all([Case(record_of(name, "get"), 0, ASK, conversation(name), golden)])
    assert (score["process"], score["response"]) == ("Yes", "Yes")
