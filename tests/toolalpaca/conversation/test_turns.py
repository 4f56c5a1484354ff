"""Conversations of several turns: readable turn by turn, and as one for those who check it as a whole."""

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.outcome import exclusion_reason, task_kind
from toolalpaca.conversation.rendering import read_prompt, segments
from toolalpaca.conversation.steps import steps_of
from toolalpaca.conversation.turns import merged_turns, user_turns
from toolalpaca.data.record_types import Instance
from toolalpaca.sft.formats import messages_example, sharegpt_example

RECORD = {"Name": "Weather", "Introduction": "Tells the weather.", "Function_Description": {
    "getWeather": 'Weather.\nParameters: {"city": "Required. string."}\nOutput: OK.', "components": ""},
    "Function_Projection": {"getWeather": ["/weather", "get"]}}


def _turn(city: str, steps: int = 1) -> Instance:
    given = f'{{"city": "{city}"}}'
    step = [["getWeather", given, f"I look.\nAction: getWeather\nAction Input: {given}"],
            'Status Code: 200. Response: {"temp": 20}']
    return {"input": f"How warm is it in {city}?", "output": f"It is 20 degrees in {city}.", "Final Thought": "I know.",
            "intermediate_steps": [step] * steps}


TALK: Instance = {**_turn("Rome"), "Turns": [_turn("Oslo"), _turn("Bonn", 0)]}


def test_each_turn_and_the_whole():
    assert [turn["input"][-5:-1] for turn in user_turns(TALK)] == ["Rome", "Oslo", "Bonn"]
    merged = merged_turns(TALK)
    assert merged["input"].splitlines() == [turn["input"] for turn in user_turns(TALK)] and "Turns" not in merged
    assert [step.turn for step in steps_of(merged)] == [1, 2] and merged["output"].count("degrees") == 3
    single = _turn("Rome")
    assert merged_turns(single) is single and user_turns(single) == [single]


def test_a_text_form_shows_every_turn_and_is_read_back():
    for form in PROMPT_FORMS.values():
        pieces = segments(form, RECORD, TALK)
        assert sum(trained for _, trained in pieces) == 5, "two calls and three answers"
        text = "".join(text for text, _ in pieces[:-1])
        read = read_prompt(text)
        assert read is not None and list(read.questions) == [turn["input"] for turn in user_turns(TALK)]
        assert len(read.steps) == read.earlier == 2
        assert all("How warm" not in text for text, trained in pieces if trained)


def test_chat_formats_have_a_message_for_each_turn():
    messages = messages_example(RECORD, TALK, [])["messages"]
    assert [one["role"] for one in messages] == [
        "system", *["user", "assistant", "tool", "assistant"] * 2, "user", "assistant"]
    assert [call["id"] for one in messages for call in one.get("tool_calls", [])] == ["call_1", "call_2"]
    speakers = [one["from"] for one in sharegpt_example(RECORD, TALK, [])["conversations"]]
    assert speakers == ["human", "function_call", "observation", "gpt"] * 2 + ["human", "gpt"]


def test_which_conversations_become_examples():
    assert exclusion_reason(TALK) is None and task_kind(TALK) == "multi"
    two_turns = {**_turn("Rome", 5), "Turns": [_turn("Oslo", 5)]}
    assert exclusion_reason(two_turns) is None, "each turn has its own five steps"
    assert exclusion_reason({**_turn("Rome"), "Turns": [_turn("Oslo", 6)]}) == "too_many_steps"
    assert exclusion_reason({**_turn("Rome"), "Turns": [{**_turn("Oslo"), "output": ""}]}) == "no_output"
    assert exclusion_reason({**_turn("Rome"), "Turns": [{"input": "And?", "output": 5}]}) == "malformed"
