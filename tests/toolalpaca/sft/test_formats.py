"""Conversations as chat messages."""

import json
from dataclasses import replace

import pytest

import build_dataset
from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.functions import tool_schemas
from toolalpaca.core.errors import UsageError
from toolalpaca.data.example_files import read_examples
from toolalpaca.data.record_types import Column
from toolalpaca.sft.build import training_example
from toolalpaca.sft.formats import (
    FORMATS,
    ExampleFormat,
    Rendering,
    is_read_inexactly,
    messages_example,
    sharegpt_example,
)

RECORD = {"Name": "Clock", "Introduction": "The Clock API tells the time.",
          "Function_Description": {"getTime": "Tell the time.\nParameters: {\"zone\": \"Required. string.\"}"}}
INSTANCE = {"input": " What time is it in Rome? ", "output": " It is noon. ", "Final Thought": " I know. ",
            "intermediate_steps": [
                [["getTime", "{\"zone\": \"Rome\"}", "Thought: I ask.\nAction: getTime\nAction Input: {}"], "12:00 "],
                [["", "", "I am lost"], "Could not read that."],
                [["getTime", "no json at all", " again\nAction: getTime\nAction Input: no json"], "error"]]}


def test_messages_with_tool_calls() -> None:
    example = messages_example(RECORD, INSTANCE, tool_schemas(RECORD), thoughts="content")
    roles = [message["role"] for message in example["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant"]
    system, user, call, tool, answer = example["messages"]
    assert "Clock API" in system["content"] and "tells the time" in system["content"]
    assert (user["content"], answer["content"]) == ("What time is it in Rome?", "It is noon.")
    assert call["content"] == "I ask."
    assert call["tool_calls"] == [{"id": "call00001", "type": "function",
                                   "function": {"name": "getTime", "arguments": {"zone": "Rome"}}}]
    assert tool == {"role": "tool", "tool_call_id": "call00001", "name": "getTime", "content": "12:00"}
    assert [entry["function"]["name"] for entry in example["tools"]] == ["getTime", "getDetails"]


def test_sharegpt_alternates_and_keeps_the_thought() -> None:
    example = sharegpt_example(RECORD, INSTANCE, tool_schemas(RECORD, get_details=False), thoughts="think")
    assert [turn["from"] for turn in example["conversations"]] == ["human", "function_call", "observation", "gpt"]
    thought, call = example["conversations"][1]["value"].split("</think>")
    assert thought == "<think>\nI ask.\n"
    assert json.loads(call) == {"name": "getTime", "arguments": {"zone": "Rome"}}
    assert [tool["name"] for tool in json.loads(example["tools"])] == ["getTime"]


def test_nothing_to_learn_where_no_turn_is_a_call() -> None:
    lost = {**INSTANCE, "intermediate_steps": INSTANCE["intermediate_steps"][1:]}
    assert messages_example(RECORD, lost, tool_schemas(RECORD)) is None
    assert sharegpt_example(RECORD, lost, tool_schemas(RECORD)) is None


def test_an_answer_without_steps_still_shows_the_tools() -> None:
    refusal = {**INSTANCE, "intermediate_steps": []}
    tools = tool_schemas(RECORD)
    example, shared = messages_example(RECORD, refusal, tools), sharegpt_example(RECORD, refusal, tools)
    assert [message["role"] for message in example["messages"]] == ["system", "user", "assistant"]
    assert [turn["from"] for turn in shared["conversations"]] == ["human", "gpt"]
    assert "getTime" in json.dumps(example["tools"]) and "getTime" in shared["tools"]


NOTED = {**INSTANCE, "Final Reasoning": "So.", "step_notes": [{"turn": 1, "reasoning": "Hm."}, {"turn": 1}],
         "intermediate_steps": [[["getTime", '{"zone": "Rome"}', "Both.\nAction: getTime"], "12:00"],
                                [["getTime", '{"zone": "Oslo"}', "Action: getTime"], "12:00"]]}


def test_parallel_calls_are_one_message_and_reasoning_is_dropped_unless_it_is_kept() -> None:
    _, _, calls, first, second, answer = messages_example(RECORD, NOTED, tool_schemas(RECORD))["messages"]
    assert [call["id"] for call in calls["tool_calls"]] == [first["tool_call_id"], second["tool_call_id"]] == [
        "call00001", "call00002"]
    assert "reasoning_content" not in calls and "reasoning_content" not in answer
    kept = messages_example(RECORD, NOTED, tool_schemas(RECORD), reasoning=True, thoughts="think")["messages"]
    assert (kept[2]["reasoning_content"], kept[-1]["reasoning_content"]) == ("Hm.", "So.")


def test_parallel_calls_and_reasoning_in_sharegpt() -> None:
    example = sharegpt_example(RECORD, NOTED, tool_schemas(RECORD), reasoning=True, thoughts="think")
    _, calls, seen, answer = example["conversations"]
    block, functions = calls["value"].split("</think>")
    assert block == "<think>\nHm.\n\nBoth.\n"
    assert [one["arguments"] for one in json.loads(functions)] == [{"zone": "Rome"}, {"zone": "Oslo"}]
    assert seen["value"] == "12:00\n12:00"
    assert answer["value"] == "<think>\nSo.\n</think>\n\nIt is noon."


def test_thoughts_are_dropped_unless_asked_for() -> None:
    tools = tool_schemas(RECORD)
    contents = [messages_example(RECORD, INSTANCE, tools, **more)["messages"][2]["content"]
                for more in ({}, {"thoughts": "think"}, {"thoughts": "content"})]
    assert contents == ["", "<think>\nI ask.\n</think>", "I ask."]
    assert json.loads(sharegpt_example(RECORD, INSTANCE, tools)["conversations"][1]["value"])["name"] == "getTime"


def test_numbers_that_datasets_reads_a_digit_off_are_known() -> None:
    from pandas.io.json import ujson_loads  # the reader of datasets

    numbers = [0.6, 0.7, -0.6, 0.1, 1.1, 48.857, 1e-07, 12.0, 2.675, 123456.789]
    assert [number for number in numbers if is_read_inexactly(number)] == [
        number for number in numbers if ujson_loads(repr(number)) != number] == [0.6, 0.7, -0.6]


def test_a_parameter_for_a_credential_is_no_part_of_the_tools() -> None:
    described = 'Tell the time.\nParameters: {"zone": "Required. string.", "token": "Required. string."}'
    record = {**RECORD, "Function_Description": {"getTime": described}, "Authentication": {"token": "env:CLOCK"}}
    rendering = Rendering("messages", PROMPT_FORMS["test_v1"], get_details=False)
    for example_format in ("messages", "sharegpt"):
        example = training_example(replace(rendering, example_format=example_format), record, INSTANCE)
        assert "zone" in json.dumps(example["tools"]) and "token" not in json.dumps(example["tools"])


def told(rendering, record, instance, change):
    """A format whose keys have the names of others, and other types."""
    return {"instruction": instance["input"].strip(), "tools": [*record["Function_Description"]],
            "conversations": [{"role": "user", "turns": [None, {"n": 1}]}, {"role": "tool"}],
            "output": instance["output"].strip()}


TOLD = {"instruction": Column.TEXT, "tools": Column.TEXTS, "conversations": Column.OBJECTS, "output": Column.TEXT}


@pytest.mark.parametrize("suffix", ["json", "jsonl", "parquet"])
def test_a_new_format_is_one_entry(tmp_path, monkeypatch, suffix):
    monkeypatch.setitem(FORMATS, "told", ExampleFormat(told, TOLD, "three texts and two lists"))
    good = {**INSTANCE, "intermediate_steps": INSTANCE["intermediate_steps"][:1]}
    record = {**RECORD, "Instructions": [INSTANCE["input"]], "Instances": [good]}
    (tmp_path / "run.json").write_text(json.dumps([record]))
    file = tmp_path / f"examples.{suffix}"
    assert build_dataset.main(["-api", str(tmp_path / "run.json"), "-out", str(file), "--format", "told"]) == 0
    assert list(read_examples(file)) == [{
        "instruction": "What time is it in Rome?", "tools": ["getTime"],
        "conversations": [{"role": "user", "turns": [None, {"n": 1}]}, {"role": "tool"}], "output": "It is noon."}]
    with pytest.raises(UsageError, match="choose drop"):
        build_dataset.parse_args(["-api", "a.json", "-out", "b.json", "--format", "told", "--thoughts", "content"])
