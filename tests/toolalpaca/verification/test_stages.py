"""Each finding of the three stages on a small trace, and the traces next to it that pass."""

import json
from typing import Any

import pytest
from agent_fakes import RECORD

from toolalpaca.verification.contract import Contract
from toolalpaca.verification.verification_stage import findings

DOCUMENT = json.loads(RECORD["Documentation"])
DOCUMENT["paths"]["/weather/{city}"]["get"]["responses"]["200"]["content"] = {"application/json": {"schema": {
    "type": "object", "required": ["temperature"], "properties": {
        "city": {"type": "string"}, "temperature": {"type": "number"}, "sky": {"type": "string"}}}}}
CONTRACT = Contract({**RECORD, "Documentation": json.dumps(DOCUMENT)})
GOOD = {"city": "Paris", "temperature": 21.4, "sky": "clear"}


def step(arguments: Any = None, observation: Any = None, action: str = "getWeather", thought: str = "I look.") -> list:
    written = json.dumps({"city": "Paris"} if arguments is None else arguments)
    if not isinstance(observation, str):
        observation = f"Status Code: 200. Response: {json.dumps(observation or GOOD)}"
    return [[action, written, f"{thought}\nAction: {action}\nAction Input: {written}"], observation]


def instance(*steps: list, output: str = "It is 21.4 degrees in Paris.", **more: Any) -> dict:
    return {"input": "How warm is it in Paris?", "output": output, "Final Thought": "I know.",
            "intermediate_steps": list(steps) or [step()], **more}


def codes(trace: dict) -> list[str]:
    return [reason.code for reason in findings(trace, CONTRACT).reasons]


def test_a_good_trace_passes_all_stages() -> None:
    found = findings(instance(), CONTRACT)
    assert found.verification() == {"passed": True, "format": True, "execution": True, "semantics": True,
                                    "judge": None, "reasons": []}


@pytest.mark.parametrize(("trace", "code"), [
    ({"input": "x", "error": "step_limit: no final answer"}, "no_instance"),
    ({"input": "x", "error": "out_of_memory: no room", "error_kind": "out_of_memory"}, "infrastructure"),
    ({"input": "x", "error": "content_filter: the answer is not whole"}, "content_filter"),
    ({"input": "x", "output": "y", "intermediate_steps": [["a"]]}, "malformed"),
    (instance(output=""), "malformed"),
    (instance(output="It is 21.4 degrees in Paris. " * 1000), "malformed"),
    (instance(step({"city": "Paris " * 2000})), "malformed"),
    (instance(step({"Question": "Where?"}, "In Paris. " * 2000, "getDetails"), step()), "malformed"),
    (instance(step(thought="I look.\nObservation: it is warm")), "labels_in_text"),
    (instance(output="21.4\nObservation: more"), "labels_in_text"),
    (instance(step(action="getWether")), "unknown_function"),
    (instance(step({"city": "Paris", "town": "Paris"})), "wrong_arguments"),
    (instance(step({})), "wrong_arguments"),
    (instance(step({"city": ["Paris"]})), "wrong_arguments"),
    (instance(step(observation='Parameter type error: "city", expected integer.'), step()), "refused_without_reason"),
])
def test_format(trace: dict, code: str) -> None:
    found = findings(trace, CONTRACT)
    assert [reason.code for reason in found.reasons] == [code]
    assert found.verification()["format"] is False and found.verification()["semantics"] is None


def test_input_that_is_no_json_but_was_answered() -> None:
    broken = step()
    broken[0][1] = "Paris"
    assert codes(instance(broken)) == ["unreadable_input"]


def test_a_note_may_quote_a_value_that_speaks_of_infrastructure() -> None:
    assert codes(instance(step(), notes=['step 1: topic: sent "infrastructure: roads" as 5'])) == []


@pytest.mark.parametrize(("trace", "code"), [
    (instance(step({"Question": "Where?"}, "In Paris.", "getDetails"), output="I see."), "no_call"),
    (instance(notes=["step 1: infrastructure: timeout"]), "infrastructure"),
    (instance(step(), step(observation="Status Code: 503. Response: gone")), "infrastructure"),
    (instance(step(), step(observation="Status Code: 429. Response: slow down")), "infrastructure"),
    (instance(step(), step(observation='Status Code: 404. Response: {"error": "no"}')), "not_recovered"),
    (instance(step(observation={"temperature": "warm"}), output="It is warm."), "answer_breaks_document"),
    (instance(step(observation={"temperature": 21.4, "a": 1, "b": 2, "c": 3})), "answer_breaks_document"),
    (instance(step(observation="Status Code: 200. Response: It is 21.4")), "answer_breaks_document"),
    (instance(step(observation={**GOOD, "city": "Rome"})), "answer_breaks_request"),
])
def test_execution(trace: dict, code: str) -> None:
    assert code in codes(trace)
    assert findings(trace, CONTRACT).verification()["execution"] is False


@pytest.mark.parametrize("trace", [
    instance(step({}, 'Missing required parameters: ["city"]. Try again.'), step()),
    instance(step(action="getWether", observation='"getWether" is not a valid function.'), step()),
    instance([["", "", "Let us talk."], "Invalid format: neither a call nor an answer."], step()),
    instance(step(observation='Status Code: 500. Response: {"error": "x"}'), step()),
    instance(step(observation="Status Code: 503. Response: gone"), step()),
    instance(step(), step(observation="Status Code: 503. Response: The second station is being repaired"),
             output="It is 21.4 degrees in Paris. Its second station is being repaired."),
    instance(step(observation={**GOOD, "city": "Rome"}), output="Instead of Paris it gave Rome, with 21.4 degrees."),
    instance(step(observation='Status Code: 404. Response: {"error": "no such city"}'),
             output="I'm sorry, there is no weather for Paris."),
    instance(step(observation='Status Code: 409. Response: {"message": "Paris is taken. It is free at 18:10."}'),
             output="Paris is taken, the next free time is 18:10."),
    instance(output="I can only look up the weather; coins that a machine has swallowed are out of my reach."),
    instance(step(observation=f"Status Code: 200. Response: {json.dumps(GOOD)[:20]} [cut: 20 of 70 characters shown]"),
             step()),
])
def test_slips_that_were_made_good_pass(trace: dict) -> None:
    assert codes(trace) == []


@pytest.mark.parametrize(("arguments", "code"), [
    ({"city": "Rome"}, "ungrounded_argument"), ({"city": "Paris", "days": 4}, "ungrounded_argument"),
])
def test_arguments_that_nobody_gave(arguments: dict, code: str) -> None:
    answer = {**GOOD, "city": arguments["city"]}
    assert codes(instance(step(arguments, answer), output="It is 21.4 degrees.")) == [code]


@pytest.mark.parametrize(("output", "code"), [
    ("It is 35 degrees in Paris.", "unsupported_answer"), ("It is 21.4 degrees in Lyon.", "unsupported_answer"),
    ("See https://elsewhere.example for more.", "unsupported_answer"), ('The sky is "cloudy".', "unsupported_answer"),
    ("The temperature is 3 in Paris.", "contradicted_answer"), ("The sky is cloudy.", "contradicted_answer"),
    ("Weather: city Paris, sky cloudy, temperature 21.4.", "contradicted_answer"),
])
def test_answers_that_say_something_else(output: str, code: str) -> None:
    assert code in codes(instance(output=output))


@pytest.mark.parametrize("output", [
    "It is about 21 degrees in Paris, and the sky is clear.", "The temperature in Paris is 21.4 °C. Enjoy!",
    "Sure! Here you go:\n1. Paris: 21.4 degrees\n2. The sky is clear",
    "I'm happy to tell you that Paris has 21.4 degrees.", "It is nice and warm there.",
    "The temperature is not listed for other places.",
])
def test_answers_in_other_words_pass(output: str) -> None:
    assert codes(instance(output=output)) == []
