"""Steps are a type inside and nested lists in the file, with notes only if turns or reasoning need them."""

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.steps import Step, describe_solution, predicted_calls, step_keys, steps_of

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
    assert describe_solution({}) == "(no call was made)\nFinal Response: (none)"
