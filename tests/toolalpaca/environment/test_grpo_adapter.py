"""The adapter for TRL, with a trainer's part played by hand: classes, rows, and the reward of a finished rollout."""

import inspect

import pytest
from environment_policies import APIS, golden, records

from toolalpaca.environment.grpo_adapter import environment_classes, python_names, rollout_rewards, rows


def record_of(name):
    return next(record for record in records() if record["Name"] == name)


def rollout(name, place, calls=None, answer="", *, made=True):
    """An environment after a rollout, and its messages; `made` says that the trainer could make the calls."""
    environment = environment_classes([record_of(name)], APIS)[name]()
    environment.reset(instruction=place, prompt=[])
    messages = []
    for function, given in golden(APIS.played(record_of(name)), place) if calls is None else calls:
        messages.append({"role": "assistant", "tool_calls": [
            {"type": "function", "function": {"name": function, "arguments": given}}]})
        seen = ""
        if made:
            method = getattr(environment, next(iter(python_names([function]))))
            seen = method(**{next(iter(python_names([key]))): value for key, value in given.items()})
        messages.append({"role": "tool", "name": function, "content": seen})
    return environment, [*messages, {"role": "assistant", "content": answer or messages[-1]["content"][-60:-2]}]


def reward(*arguments, **more):
    environment, messages = rollout(*arguments, **more)
    return rollout_rewards([messages], [environment])[0]


def test_a_class_has_the_functions_of_its_api_and_nothing_else():
    kind = environment_classes([record_of("Bookmobile")], APIS)["Bookmobile"]
    assert kind.__name__ == "BookmobileEnvironment"
    public = {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
    assert public == {*record_of("Bookmobile")["Function_Projection"], "getDetails", "reset"}


def test_a_rollout_with_names_that_python_does_not_take():
    assert reward("Bookmobile", 9, answer="You have several books; the first is due on 2025-03-15.") == 1.0


def test_a_rollout_that_does_nothing():
    assert reward("Tidewatch", 0, calls=[], answer="I cannot help.") == 0.0


def test_reasoning_before_the_answer_is_no_part_of_it():
    good = reward("Tidewatch", 0, answer="High water is at 00:22.")
    assert reward("Tidewatch", 0, answer="<think>It said 17.3 metres?</think>High water is at 00:22.") == good == 1.0


def test_a_rollout_that_ends_in_a_call_has_no_answer():
    environment, messages = rollout("Tidewatch", 0)
    assert 0.0 < rollout_rewards([messages[:-1]], [environment])[0] < 0.7


@pytest.mark.parametrize("call", [("unheardOf", {"a": 1}), ("getTides", "BRE-01")])
def test_calls_that_the_trainer_could_not_make_count_as_refused(call):
    environment, messages = rollout("Tidewatch", 0, answer="High water is at 00:22.")
    bad = {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": call[0],
                                                                                 "arguments": call[1]}}]}
    seen = []
    total = rollout_rewards([[bad, *messages]], [environment], lambda *metric: seen.append(metric))[0]
    assert dict(seen) == {"rewards/process": 1.0, "rewards/response": 1.0, "rewards/format": 0.5}
    assert total == pytest.approx((0.4 + 0.3 + 0.05) / 0.8)


def test_rows_are_the_instructions_with_golden_answers():
    record = {**record_of("Tidewatch"), "Follow_Ups": [["And then?"]]}
    found = rows([record, {"Name": "None", "Instructions": ["Do."]}])
    assert [row["instruction"] for row in found] == list(range(1, 10))
    assert found[0]["environment"] == "Tidewatch"
    assert found[0]["prompt"][1] == {"role": "user", "content": record["Instructions"][1]}
    assert "Tidewatch API" in found[0]["prompt"][0]["content"]
