"""Which instances become examples."""

import pytest

from toolalpaca.conversation.outcome import REASONS, exclusion_reason, requested_kind, steps_without_thought


def instance(actions: list[str], **changes: object) -> dict:
    steps = [[[action, "{}", f" think\nAction: {action}\nAction Input: {{}}"], "Status Code: 200."]
             for action in actions]
    return {"input": "Do it", "output": "Done", "Final Thought": "I know", "intermediate_steps": steps, **changes}


@pytest.mark.parametrize("actions", [["f"], ["f"] * 5, ["getDetails", "f"], ["f", "", "g"]])
def test_kept(actions: list[str]) -> None:
    assert exclusion_reason(instance(actions)) is None


@pytest.mark.parametrize(("value", "reason"), [
    (instance([]), "no_step"),
    (instance(["f"] * 6), "too_many_steps"),
    (instance(["getDetails"]), "only_getDetails"),
    (instance(["getDetails", "", "getDetails"]), "only_getDetails"),
    (instance(["", ""]), "no_action"),
    (instance(["f"], output="  "), "no_output"),
    (instance(["f"], output=None), "no_output"),
    (instance(["f"], error="timeout"), "error"),
    ({"input": "Do it", "error": "timeout"}, "error"),
    (instance(["f"], input=""), "malformed"),
    (instance(["f"], intermediate_steps=[["f", "{}", "log"]]), "malformed"),
    (instance(["f"], intermediate_steps=[[["f"], "seen"]]), "malformed"),
    (instance(["f"], intermediate_steps=[[[None, "{}", ""], "seen"]]), "malformed"),
    (instance(["f"], intermediate_steps="none"), "malformed"),
    (None, "malformed"),
    ("text", "malformed"),
])
def test_left_out_with_the_reason(value: object, reason: str) -> None:
    assert exclusion_reason(value) == reason
    assert reason in REASONS


@pytest.mark.parametrize(("value", "asked", "reason"), [
    (instance([]), "none", None),
    (instance([]), "single", "no_step"),
    (instance([], Turns=[instance([])]), "none", None),
    (instance([], output=" "), "none", "no_output"),
    (instance([], error="timeout"), "none", "error"),
    (instance([""]), "none", None),  # a turn that could not be read is not a call
    (instance([""]), "single", "no_action"),
    (instance(["getDetails"]), "none", "only_getDetails"),
    (instance(["f"] * 6), "none", "too_many_steps"),
])
def test_an_answer_without_a_step_is_kept_only_if_no_function_could_do_it(value: dict, asked: str,
                                                                          reason: str | None) -> None:
    assert exclusion_reason(value, asked) == reason


def test_kinds_that_are_not_recorded_are_unknown() -> None:
    assert [requested_kind({"Name": "a", "Instruction_Kinds": ["none"]}, place) for place in range(2)] == ["none", ""]
    assert requested_kind({"Name": "a"}, 0) == ""


def test_steps_without_a_thought_are_counted() -> None:
    assert steps_without_thought(instance(["f"])) == 0
    assert steps_without_thought({"intermediate_steps": [[["f", "{}"], ""], [["g", None, "Action: g"], None]]}) == 2
