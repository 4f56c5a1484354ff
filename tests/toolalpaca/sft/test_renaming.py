"""Renamed examples say one thing everywhere: in the functions' descriptions, the calls and all that is said."""

import json

import pytest
from agent_fakes import RECORD

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.steps import steps_of
from toolalpaca.data.example_files import read_examples, write_examples
from toolalpaca.sft.build import ExampleTally, examples
from toolalpaca.sft.formats import FORMATS, Rendering
from toolalpaca.sft.renaming import Renaming, is_renamed
from toolalpaca.sft.selection import Selection

REFUSED = 'Missing required parameters: ["city"]. You need getWeather with "city".'
OK = 'Status Code: 200. Response: {"city": "Paris", "temp": 21}'


def step(action, arguments, thought, seen):
    text = json.dumps(arguments)
    return [[action, text, f"{thought}\nAction: {action}\nAction Input: {text}"], seen]


TALK = {
    "input": "How warm is it in the city of Paris?", "output": "21 degrees, says getWeather.",
    "Final Thought": "getWeather told me `city` and temperature.", "intermediate_steps": [
        step("getWeather", {"days": 1}, "I call getWeather with `days`, some days ahead.", REFUSED),
        step("getDetails", {"Question": "For which city?"}, 'Missing: ["city"]. I ask.', "Paris."),
        step("getWeather", {"city": "Paris"}, "Now `getWeather`.", OK)],
    "Turns": [{"input": "Warn me.", "output": "Done.", "Final Thought": "", "intermediate_steps": [
        step("setAlert", {"city": "Paris", "above": 30}, "I use setAlert.", 'Status Code: 201. Response: {}')]}]}
API = {**RECORD, "Instances": [TALK]}


def renamed(name):
    rendering = Rendering(name, PROMPT_FORMS["test_v1"], renamed_share=1.0, seed=4,
                          thoughts="think" if name == "sharegpt" else "content")
    return list(examples([API], rendering, Selection(), ExampleTally()))


@pytest.mark.parametrize("name", ["segments", "text", "messages", "sharegpt"])
def test_no_old_name_is_left_in_any_format(name, tmp_path) -> None:
    write_examples(tmp_path / "sft.jsonl", renamed(name), FORMATS[name].columns)
    [example] = read_examples(tmp_path / "sft.jsonl")
    text = json.dumps(example)
    names = Renaming.of(RECORD, 4)
    assert "getWeather" not in text and "setAlert" not in text and "`city`" not in text and "`days`" not in text
    assert all(text.count(new) >= 2 for new in [*names.functions.values(), names.parameters["city"]])
    assert names.parameters["days"] in text and "some days ahead" in text and "the city of Paris" in text


def test_calls_descriptions_and_refusals_agree_and_answers_stay() -> None:
    [example] = renamed("messages")
    names = Renaming.of(RECORD, 4)
    weather, city = names.functions["getWeather"], names.parameters["city"]
    tool = next(tool["function"] for tool in example["tools"] if tool["function"]["name"] == weather)
    assert set(tool["parameters"]["properties"]) == {city, names.parameters["days"]}
    assert tool["parameters"]["required"] == [city]
    calls = [call["function"] for message in example["messages"] for call in message.get("tool_calls") or []]
    assert {"name": weather, "arguments": {city: "Paris"}} in calls
    assert {"name": "getDetails", "arguments": {"Question": "For which city?"}} in calls
    seen = [message["content"] for message in example["messages"] if message["role"] == "tool"]
    assert any(message["content"] == f'Missing: ["{city}"]. I ask.' for message in example["messages"])
    assert f'["{city}"]' in seen[0] and weather in seen[0] and seen[2] == OK


def test_the_share_and_the_seed_decide() -> None:
    apis = [{**API, "Name": f"API {number}"} for number in range(1000)]
    chosen = [is_renamed(api, 0.3, 1) for api in apis]
    assert 250 < sum(chosen) < 350 and chosen == [is_renamed(api, 0.3, 1) for api in apis]
    assert Renaming.of(RECORD, 1) != Renaming.of(RECORD, 2)


def test_a_function_that_does_not_exist_gets_a_string_too() -> None:
    refusal = '"getWeathers" is not a valid function. Valid functions: ["getWeather", "getDetails"]. Try again.'
    wrong = {**TALK, "intermediate_steps": [step("getWeathers", {}, "I call.", refusal), *TALK["intermediate_steps"]]}
    names = Renaming.of(RECORD, 1)
    assert names.fits(wrong)
    first = steps_of(names.instance(wrong))[0]
    called, seen = first.action, first.observation
    assert called.isalpha() and called not in {*names.functions, *names.functions.values()}
    assert seen.startswith(f'"{called}" is not') and f'["{names.functions["getWeather"]}", "getDetails"]' in seen
    assert not names.fits({**wrong, "intermediate_steps": [step("getWeathers", {}, "I call.", OK)]})
