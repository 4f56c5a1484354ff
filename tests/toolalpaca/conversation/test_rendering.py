"""The rendering that the assistant sees is the rendering it is trained on, label by label."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from toolalpaca.conversation.forms import PROMPT_FORMS, PromptForm, form_of_log, holds_label, thought_in
from toolalpaca.conversation.functions import describe_functions, function_names
from toolalpaca.conversation.observation import holds_observation
from toolalpaca.conversation.parsing import Action, FinalAnswer, parse_turn
from toolalpaca.conversation.rendering import (
    assistant_prompt,
    conversation_pieces,
    prompt_head,
    read_prompt,
    render_prompt,
    segments,
    stop_strings,
)
from toolalpaca.conversation.steps import steps_of

RECORD = {
    "Name": "Weather", "Introduction": "Tells the weather.",
    "Function_Description": {"getWeather": 'Weather now.\nParameters: {"city": "Required. string."}\nOutput: OK.',
                             "components": "#Place: Object{city}"},
}
STEP = [["getWeather", '{"city": "Paris"}', "I look it up.\nAction: getWeather\nAction Input: {}"],
        'Status Code: 200. Response: {"temp": 21}']
INSTANCE = {"input": "How warm is it in Paris?", "output": "It is 21 degrees.", "Final Thought": "I know it.",
            "intermediate_steps": [STEP]}


@pytest.fixture(autouse=True)
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the templates, with short ones."""
    monkeypatch.setattr("toolalpaca.conversation.rendering.PROMPTS", tmp_path)
    assistant_prompt.cache_clear()
    for name in PROMPT_FORMS:
        (tmp_path / f"Assistant_{name}.txt").write_text(
            "You help with ${name}. ${introduction}\n${functions}\nNames: ${function_names}\n", encoding="utf-8")
    yield tmp_path
    assistant_prompt.cache_clear()


def test_test_v1_segments_are_the_ones_training_expects() -> None:
    pieces = segments(PROMPT_FORMS["test_v1"], RECORD, INSTANCE)
    assert pieces[0][0].endswith("\n\nUSER: How warm is it in Paris?\nASSISTANT Thought:")
    assert pieces[1:] == [
        (' I look it up.\nASSISTANT Action: getWeather\nASSISTANT Action Input: {"city": "Paris"}\n'
         "ASSISTANT Observation:", True),
        (' Status Code: 200. Response: {"temp": 21}\nASSISTANT Thought:', False),
        (" I know it.\nASSISTANT Response: It is 21 degrees.", True)]
    assert pieces[0][1] is False


@pytest.mark.parametrize("name", PROMPT_FORMS)
def test_prompt_and_segments_share_one_rendering(name: str) -> None:
    form = PROMPT_FORMS[name]
    pieces = segments(form, RECORD, INSTANCE)
    prompt = render_prompt(form, RECORD, INSTANCE["input"], steps_of(INSTANCE))
    assert prompt == "".join(text for text, _ in pieces[:-1])
    assert prompt.endswith(form.thought)
    assert pieces[1][0].endswith(stop_strings(form)[0])


def test_a_turn_that_was_not_understood_is_left_out_with_its_reply() -> None:
    broken = [["", "", "I rather chat."], "No action found."]
    pieces = segments(PROMPT_FORMS["train_v2"], RECORD, {**INSTANCE, "intermediate_steps": [broken]})
    assert [trained for _, trained in pieces] == [False, True]
    assert pieces[1][0] == " I know it.\nFinal Answer: It is 21 degrees."


def test_an_empty_thought_leaves_no_blank_behind() -> None:
    pieces = segments(PROMPT_FORMS["test_v1"], RECORD, {**INSTANCE, "Final Thought": ""})
    assert pieces[-1][0] == "\nASSISTANT Response: It is 21 degrees."


@pytest.mark.parametrize("name", PROMPT_FORMS)
def test_the_thought_is_found_in_the_log_of_any_form(name: str) -> None:
    log = PROMPT_FORMS[name].call_text("First\nsecond line", "getWeather", "{}")
    assert thought_in(log) == "First\nsecond line"
    assert thought_in("ASSISTANT Thought: hm\nASSISTANT Action: f") == "hm"
    assert thought_in("") == ""


OWN = PromptForm("own", "Request:", "Idea:", "Do:", "With:", "Result:", "Reply:")


def test_a_form_with_labels_of_its_own_is_written_and_read(prompts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROMPT_FORMS, "own", OWN)
    (prompts / "Assistant_own.txt").write_text("${name} ${introduction} ${functions} ${function_names}")
    prompt = render_prompt(OWN, RECORD, "Warm?", steps_of(INSTANCE))
    read = read_prompt(prompt)
    assert read is not None and (read.form, read.questions) == (OWN, ("Warm?",))
    assert [(step.action, step.input, step.observation) for step in read.steps] == [
        ("getWeather", '{"city": "Paris"}', STEP[1])]
    turn = parse_turn(' I look.\nDo: getWeather\nWith: {"city": "Oslo"}\nResult: 3', OWN)
    assert isinstance(turn, Action)
    assert (turn.thought, turn.name, turn.arguments) == ("I look.", "getWeather", {"city": "Oslo"})
    assert parse_turn(" I know.\nReply: It is 21.\n\nRequest: And now?", OWN) == FinalAnswer(
        "I know.", "It is 21.", ("cut: the assistant wrote the question itself",))
    fenced = parse_turn("```text\nIdea: I look.\nDo: getWeather\nWith: {}\n```", OWN)
    assert isinstance(fenced, Action) and (fenced.thought, fenced.name) == ("I look.", "getWeather")


def test_the_labels_of_a_form_count_in_what_was_written_in_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROMPT_FORMS, "own", OWN)
    for log in (PROMPT_FORMS["train_v2"].call_text("Then\nDo: 3 of them", "f", "{}"),
                PROMPT_FORMS["test_v1"].call_text("Idea: none", "f", "{}")):
        assert form_of_log(log) not in (None, OWN)
        assert thought_in(log) in ("Then\nDo: 3 of them", "Idea: none")
    log = "Idea: I look.\nDo: f\nWith: {}"
    assert (form_of_log(log), thought_in(log)) == (OWN, "I look.")
    assert holds_label("Result: 42", OWN) and not holds_label("Result: 42")
    assert not holds_label("Result: 42", PROMPT_FORMS["test_v1"])
    assert holds_observation("So\nResult: 42", OWN) and not holds_observation("So\nResult: 42")


@pytest.mark.parametrize("name", PROMPT_FORMS)
def test_a_prompt_is_read_back(name: str) -> None:
    read = read_prompt(render_prompt(PROMPT_FORMS[name], RECORD, "Warm?", steps_of(INSTANCE)))
    assert read is not None and read.form.labels == PROMPT_FORMS[name].labels
    assert (read.questions, read.steps[0].thought, read.head.split(".")[0]) == (
        ("Warm?",), "I look it up.", "You help with Weather")
    assert read_prompt("Question: nothing follows") is None


@pytest.mark.parametrize("name", PROMPT_FORMS)
def test_later_questions_are_read_back(name: str) -> None:
    form = PROMPT_FORMS[name]
    first = "".join(text for text, _ in segments(form, RECORD, INSTANCE))
    read = read_prompt(f"{first}\n{form.question} And in Oslo?\n{form.thought}")
    assert read is not None and (read.questions, read.earlier, len(read.steps)) == (
        (INSTANCE["input"], "And in Oslo?"), 1, 1)


def test_labels_of_any_form_are_found_at_the_start_of_a_line() -> None:
    assert holds_label("Well\nASSISTANT Response: x") and holds_label("Action Input: {}")
    assert not holds_label("The action: none") and not holds_label("Actions:")


def test_reasoning_opens_a_turn_when_it_is_kept() -> None:
    instance = {**INSTANCE, "step_notes": [{"turn": 1, "reasoning": "Hm."}], "Final Reasoning": "So."}
    form = PROMPT_FORMS["train_v2"]
    assert segments(form, RECORD, instance) == segments(form, RECORD, INSTANCE)
    pieces = conversation_pieces(form, prompt_head(form, RECORD), instance, reasoning=True)
    assert pieces[1][0].startswith(" <think>\nHm.\n</think>\n\n I look it up.\nAction:") and pieces[1][1]
    assert pieces[3][0] == " <think>\nSo.\n</think>\n\n I know it.\nFinal Answer: It is 21 degrees."
    assert parse_turn(pieces[1][0], form).thought == "I look it up."


def test_the_function_list_holds_external_tools_and_shared_schemas() -> None:
    assert function_names(RECORD) == ["getWeather", "getDetails"]
    assert function_names(RECORD, get_details=False) == ["getWeather"]
    assert function_names({**RECORD, "external_tools": ["datetime", "getDetails"]}, get_details=False) == [
        "getWeather", "getCurrentDateTime"]
    text = describe_functions(RECORD)
    assert text.startswith("getWeather: Weather now.\nParameters:")
    assert "getDetails: Ask the user" in text and text.endswith("#Place: Object{city}")
