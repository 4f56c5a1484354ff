"""Steps are a type inside and nested lists in the file, with notes only if turns or reasoning need them."""

from dataclasses import replace

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.outcome import exclusion_reason, task_kind
from toolalpaca.conversation.rendering import read_prompt, segments
from toolalpaca.conversation.steps import (
    Step,
    describe_conversation,
    describe_solution,
    merged_turns,
    predicted_calls,
    step_keys,
    steps_of,
    user_turns,
)
from toolalpaca.data.record_types import Instance
from toolalpaca.sft.formats import messages_example, sharegpt_example

LOOK = Step("I look.", "find", '{"a": 1}', "Status Code: 200. Response: {}", 1)
LOST = Step("I am lost\nAction:", "", "", "Invalid format", 2)


def test_what_is_written_is_read_back() -> None:
    for form in PROMPT_FORMS.values():
        keys = step_keys([LOOK, LOST], form)
        assert list(keys) == ["intermediate_steps"]
        assert steps_of(keys) == [LOOK, LOST]
    assert step_keys([LOOK])["intermediate_steps"] == [
        [["find", '{"a": 1}', 'I look.\nAction: find\nAction Input: {"a": 1}'], "Status Code: 200. Response: {}"]]


def test_parallel_calls_and_reasoning_are_noted() -> None:
    steps = [Step("Both.", "f", "{}", "1", 1, "Hm."), Step("", "g", "{}", "2", 1), Step("", "h", "{}", "3", 2)]
    keys = step_keys(steps)
    assert keys["step_notes"] == [{"turn": 1, "reasoning": "Hm."}, {"turn": 1}, {"turn": 2}]
    assert steps_of(keys) == steps


def test_parts_that_are_missing_or_not_text() -> None:
    raw = [[["f", {"a": 1}], {"status": 200}], [["g", None, None], None], "odd", [["h"], "x"]]
    steps = steps_of({"intermediate_steps": raw, "step_notes": ["odd", {"turn": "x"}]})
    assert steps[:2] == [Step("", "f", '{"a": 1}', '{"status": 200}', 1), Step("", "g", "", "", 2)]
    assert [step.is_call for step in steps] == [True, True, False, False]
    assert steps_of({"intermediate_steps": "none"}) == []


def test_a_step_without_a_call_keeps_all_that_was_written() -> None:
    [step] = steps_of({"intermediate_steps": [[["", "", "Thought: hm\nAction: \nAction Input: {}"], "Invalid"]]})
    assert step.thought == "Thought: hm\nAction: \nAction Input: {}"


def test_calls_read_their_arguments_and_what_came_back() -> None:
    broken = Step("", "g", "{'b': 2", "No answer: timeout.", 3)
    calls = predicted_calls(step_keys([LOOK, LOST, broken]))
    assert [(call.function, call.arguments, call.status) for call in calls] == [
        ("find", {"a": 1}, 200), ("", {}, None), ("g", {"b": 2}, None)]
    assert calls[2].seen.is_unanswered and calls[2].failed and not calls[0].failed


def test_a_solution_in_words() -> None:
    text = describe_solution({**step_keys([LOOK]), "output": "Done."})
    assert text.splitlines() == ["Step 1", "Thought: I look.", "Action: find", 'Action Input: {"a": 1}',
                                 "Observation: Status Code: 200. Response: {}", "Final Response: Done."]
    both = {**step_keys([replace(LOOK, turn=1), replace(LOST, turn=1)]), "output": "Done."}
    assert "\nStep 2 (called together with the one before)\n" in describe_solution(both)
    assert describe_solution({}) == "(no call was made)\nFinal Response: (none)"


def test_several_turns_in_words() -> None:
    first = {"input": "Look.", "output": "Done."}
    assert describe_conversation([first]) == describe_solution(first)
    text = describe_conversation([first, {"input": "Thanks.", "output": "Bye."}])
    assert text.split("\n\n") == ["User: Look.\n" + describe_solution(first),
                                  "User: Thanks.\n(no call was made)\nFinal Response: Bye."]


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


def test_the_whole_notes_steps_as_each_turn_does():
    first, other = Step("", "f", "{}", "1", 1, "Hm."), Step("", "g", "{}", "2", 1)
    talk: Instance = {"input": "One.", **step_keys([first]), "Turns": [{"input": "Two.", **step_keys([other])}]}
    assert merged_turns(talk)["step_notes"] == step_keys([first, replace(other, turn=2)])["step_notes"]


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
    assert [call["id"] for one in messages for call in one.get("tool_calls", [])] == ["call00001", "call00002"]
    speakers = [one["from"] for one in sharegpt_example(RECORD, TALK, [])["conversations"]]
    assert speakers == ["human", "function_call", "observation", "gpt"] * 2 + ["human", "gpt"]


def test_which_conversations_become_examples():
    assert exclusion_reason(TALK) is None and task_kind(TALK) == "multi"
    two_turns = {**_turn("Rome", 5), "Turns": [_turn("Oslo", 5)]}
    assert exclusion_reason(two_turns) is None, "each turn has its own five steps"
    assert exclusion_reason({**_turn("Rome"), "Turns": [_turn("Oslo", 6)]}) == "too_many_steps"
    assert exclusion_reason({**_turn("Rome"), "Turns": [{**_turn("Oslo"), "output": ""}]}) == "no_output"
    assert exclusion_reason({**_turn("Rome"), "Turns": [{"input": "And?", "output": 5}]}) == "malformed"
