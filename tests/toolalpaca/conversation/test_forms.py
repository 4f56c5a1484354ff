"""The rendering that the assistant sees is the rendering it is trained on, label by label."""

from pathlib import Path

import pytest

from toolalpaca.conversation.forms import PROMPT_FORMS, action_text, render_prompt, segments, stop_strings, thought_of
from toolalpaca.conversation.functions import describe_functions, function_names

RECORD = {
    "Name": "Weather", "Introduction": "Tells the weather.",
    "Function_Description": {"getWeather": 'Weather now.\nParameters: {"city": "Required. string."}\nOutput: OK.',
                             "components": "#Place: Object{city}"},
}
STEP = [["getWeather", '{"city": "Paris"}', "I look it up.\nAction: getWeather\nAction Input: {}"],
        'Status Code: 200. Response: {"temp": 21}']
INSTANCE = {"input": "How warm is it in Paris?", "output": "It is 21 degrees.", "Final Thought": "I know it.",
            "intermediate_steps": [STEP]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in PROMPT_FORMS:
        (tmp_path / f"Assistant_{name}.txt").write_text(
            "You help with ${name}. ${introduction}\n${functions}\nNames: ${function_names}\n", encoding="utf-8")
    return tmp_path


def test_test_v1_segments_are_the_ones_training_expects(folder: Path) -> None:
    pieces = segments(PROMPT_FORMS["test_v1"], RECORD, INSTANCE, folder=folder)
    assert pieces[0][0].endswith("\n\nUSER: How warm is it in Paris?\nASSISTANT Thought:")
    assert pieces[1:] == [
        (' I look it up.\nASSISTANT Action: getWeather\nASSISTANT Action Input: {"city": "Paris"}\n'
         "ASSISTANT Observation:", True),
        (' Status Code: 200. Response: {"temp": 21}\nASSISTANT Thought:', False),
        (" I know it.\nASSISTANT Response: It is 21 degrees.", True)]
    assert pieces[0][1] is False


@pytest.mark.parametrize("name", PROMPT_FORMS)
def test_prompt_and_segments_share_one_rendering(name: str, folder: Path) -> None:
    form = PROMPT_FORMS[name]
    pieces = segments(form, RECORD, INSTANCE, folder=folder)
    prompt = render_prompt(form, RECORD, INSTANCE["input"], [STEP], folder=folder)
    assert prompt == "".join(text for text, _ in pieces[:-1])
    assert prompt.endswith(form.thought)
    assert pieces[1][0].endswith(stop_strings(form)[0])


def test_a_turn_that_was_no_action_is_shown_but_not_trained(folder: Path) -> None:
    broken = [["", "", "I rather chat."], "No action found."]
    pieces = segments(PROMPT_FORMS["train_v2"], RECORD, {**INSTANCE, "intermediate_steps": [broken]}, folder=folder)
    assert pieces[1] == (" I rather chat.\nObservation:", False)


def test_an_empty_thought_leaves_no_blank_behind(folder: Path) -> None:
    pieces = segments(PROMPT_FORMS["test_v1"], RECORD, {**INSTANCE, "Final Thought": ""}, folder=folder)
    assert pieces[-1][0] == "\nASSISTANT Response: It is 21 degrees."


@pytest.mark.parametrize("name", PROMPT_FORMS)
def test_the_thought_is_found_in_the_log_of_any_form(name: str) -> None:
    log = action_text(PROMPT_FORMS[name], "First\nsecond line", "getWeather", "{}")
    assert thought_of(log) == "First\nsecond line"
    assert thought_of("ASSISTANT Thought: hm\nASSISTANT Action: f") == "hm"
    assert thought_of("") == ""


def test_the_function_list_holds_external_tools_and_shared_schemas() -> None:
    assert function_names(RECORD) == ["getWeather", "getDetails"]
    assert function_names(RECORD, get_details=False) == ["getWeather"]
    assert function_names({**RECORD, "external_tools": ["datetime", "getDetails"]}, get_details=False) == [
        "getWeather", "getCurrentDateTime"]
    text = describe_functions(RECORD)
    assert text.startswith("getWeather: Weather now.\nParameters:")
    assert "getDetails: Ask the user" in text and text.endswith("#Place: Object{city}")
