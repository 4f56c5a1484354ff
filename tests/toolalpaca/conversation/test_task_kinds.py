"""Counting what instructions turned out to be."""

from toolalpaca.conversation.outcome import count_repaired_turns, count_task_kinds, exclusion_reason, task_kind

GOOD, BAD = "Status Code: 200. Response: {}", "Status Code: 404. Response: {}"


def instance(*steps):
    return {"input": "x", "intermediate_steps": [[[name, text, "..."], seen] for name, text, seen in steps]}


def test_kinds():
    assert task_kind(instance(("find", "{}", GOOD))) == "single"
    assert task_kind(instance(("find", '{"a": 1}', GOOD), ("find", '{"a": 2}', GOOD))) == "multi"
    asked = instance(("getDetails", "{}", "It is 5."), ("find", "{}", GOOD), ("show", "{}", GOOD))
    assert task_kind(asked) == "missing"


def test_calls_that_failed_or_were_repeated_do_not_make_an_instruction_harder():
    assert task_kind(instance(("find", '{"a": 1}', BAD), ("find", "{}", GOOD), ("find", "{}", GOOD))) == "single"
    assert task_kind(instance(("find", "{}", BAD))) == "unsolved"
    assert task_kind({"input": "x", "error": "rate_limit: ..."}) == "unsolved"


def test_counts_over_records():
    records = [{"Name": "a", "Instances": [instance(("find", "{}", GOOD))]}, {"Name": "b"}]
    assert count_task_kinds(records) == {"single": 1, "multi": 0, "missing": 0, "none": 0, "unsolved": 0}


def test_an_answer_without_a_call_is_right_only_if_no_function_could_do_it():
    records = [{"Name": "a", "Instances": [instance(), instance(), {"input": "x", "error": "out_of_memory: ..."}],
                "Instruction_Kinds": ["none", "single", "none"]}]
    assert count_task_kinds(records) == {"single": 0, "multi": 0, "missing": 0, "none": 1, "unsolved": 2}


def test_turns_that_were_asked_again_and_fixed_are_counted() -> None:
    again = {**instance(("find", "{}", GOOD)), "notes": ["step 1: brackets closed", "step 1: quotes set",
                                                         "step 2: infrastructure: timeout"]}
    again["intermediate_steps"] = [[["", "", "I mumble."], "Could not read that."], *again["intermediate_steps"]]
    later = {**again, "Turns": [{"input": "And then?", "intermediate_steps": [[["", "", "Hm."], "Again."]]}]}
    assert count_repaired_turns([{"Name": "A", "Instances": [again, later, {"input": "x", "error": "lost"}]}]) == {
        "turns_asked_again": 3, "turns_fixed": 2}


def test_a_refusal_after_a_turn_that_could_not_be_read_is_one() -> None:
    instance = {"input": "Paint my house.", "output": "I cannot do that.",
                "intermediate_steps": [[["", "", "Which colour?"], "Invalid format: this asks the user in prose."]]}
    assert task_kind(instance, "none") == "none"
    assert exclusion_reason(instance, "none") is None
    assert exclusion_reason(instance, "single") == "no_action"
