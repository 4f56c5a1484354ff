"""Reasoning and special tokens are no part of an answer, in whatever way they are written."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.llm.prompts import answer_in, document_in, numbered_items, split_reasoning
from toolalpaca.toolset.instructions import Instruction, clean_instructions


@pytest.mark.parametrize(("text", "reasoning"), [
    ("<think>\nHm.\n</think>\n\nYes.", "Hm."), ("Hm.\n</think>\nYes.", "Hm."), ("<think></think>Yes.", ""),
    ("<THINKING>Hm.</THINKING> Yes.", "Hm."), ("[THINK]Hm.[/THINK]Yes.", "Hm."),
    ("<reasoning>Hm.</reasoning>Yes.", "Hm."),
    ("<|START_THINKING|>Hm.<|END_THINKING|>Yes.", "Hm."), ("<seed:think>Hm.</seed:think>Yes.", "Hm."),
    ("<think>One.</think>\n<think>Two.</think>Yes.", "One.\nTwo."), ("Yes.<think>Hm.", "Hm."),
    ("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>", "Hm."),
    ("<|channel>thought\nHm.<channel|>Yes.", "Hm."), ("<|inner_prefix|>Hm.<|inner_suffix|>Yes.", "Hm."),
    ("<mm:think>Hm.</mm:think>Yes.", "Hm."), ('<think effort="low">Hm.</think>Yes.', "Hm."),
    ("<|think|>Hm.<|end|><|begin|>assistant<|content|>Yes.<|end|>", "Hm."), ("<|think|>Hm.<|/think|>Yes.", "Hm."),
    ("<unused94>thought\nHm.<unused95>Yes.", "Hm."), ("<think>Hm.</think><output>Yes.</output>", "Hm."),
    ("<thought>Hm.</thought>\nYes.", "Hm."),
    ("Here is my thought process:\nHm.\nHere is my response:\nYes.", "Hm."),
    ("```reasoning\nHm.\n```\nYes.", "Hm."), ("<|inner_thought_start|>Hm.<|inner_thought_end|>Yes.", "Hm."),
    ("analysis1 + 1 is 2.assistantfinalYes.", "1 + 1 is 2."),
    ("<think>A <think> inside </think> and on.\n</think>Yes.", "A\ninside\nand on."), ("Yes.", ""),
])
def test_reasoning_apart_from_the_answer(text: str, reasoning: str) -> None:
    found, answer = answer_in(text)
    assert (found, answer.strip()) == (reasoning, "Yes.")


@pytest.mark.parametrize("text", ["<think>never closed", "<think>\nDone?\n</think>\n"])
def test_nothing_but_reasoning_leaves_nothing(text: str) -> None:
    assert split_reasoning(text)[1].strip() == ""


@pytest.mark.parametrize("text", [
    "Yes.<|im_end|>", "Yes.</s>", "Yes.<eos>", "Yes.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "<|start_header_id|>assistant<|end_header_id|>\n\nYes.", "<s>Yes.</s>\n<|user|>\nNo?", "Yes.<end_of_turn>\n",
    "Yes.<|endoftext|><|endoftext|>", "Yes.<\uff5cend\u2581of\u2581sentence\uff5c>", "Yes. [/INST]", "Yes.[INST]",
    "Yes.[EOS]", "Yes.<|message_end|>\n<|role_end|>", "Yes.<end_of_utterance>", "Yes.<SPECIAL_12>", "Yes.<_end>",
    *(f"Yes.{token}" for token in (
        "<sop>", "<x:eos>", "<lm_s>", "</bos>", "<MESSAGE_END>", "<\\s>", "</INST>", "[unused7]", "<ctrl99>",
        "</|im_end|>", "<|im_end|", "<|im_e", "[end of text]", "[e~[", "]~!b["))])
def test_special_tokens_are_cut(text: str) -> None:
    assert answer_in(text)[1].strip() == "Yes."


def test_ordinary_text_stays() -> None:
    for text in ("Use <s>old</s> new.", "a < b and |x| > 1", "I think so. Think again.", "<thought>x</thought>",
                 "It is [open]", "a <b>", "from <week_start> to <week_end>", "[~]",
                 "the tag \"<think>\" alone", "<thought>x</thought>\nAction: y",
                 "<thought>x</thought>\n<final_answer>y</final_answer>"):
        assert answer_in(text) == ("", text)


DOCUMENT = {"openapi": "3.0.0", "info": {"title": "Día", "version": "1", "x-day": "2024-01-02"},
            "paths": {"/a": {"get": {"responses": {"200": {"description": "}{ \" ok"}}}}}}
TEXT = json.dumps(DOCUMENT, indent=1)
YAML = yaml.safe_dump(DOCUMENT, sort_keys=False)
ITEM = st.text(alphabet="abc xyz'?", min_size=1).filter(lambda text: text.strip(" '?"))


@pytest.mark.parametrize("answer", [
    TEXT, f"Here it is:\n{TEXT}\nAnything else? {{no}}", f"```json\n{TEXT}\n```", f"Sure!\n```\n{TEXT}\n```\nDone.",
    f"```json\n{TEXT}", YAML, f"```yaml\n{YAML}```", "Of course:\n\n" + YAML, TEXT.replace("\n }", ",\n }"),
    TEXT.replace('"openapi"', '// the version\n "openapi"'),
])
def test_a_document_is_found_whatever_surrounds_it(answer):
    assert document_in(answer)["paths"] == DOCUMENT["paths"]


def test_unquoted_status_and_date_of_yaml_become_text():
    document = document_in("openapi: 3.0.0\ninfo: {date: 2024-01-02}\npaths: {/a: {get: {responses: {200: {}}}}}")
    assert document["paths"]["/a"]["get"]["responses"] == {"200": {}}
    assert document["info"]["date"] == "2024-01-02"


@pytest.mark.parametrize("answer", ["", "I am sorry.", "{}", "[1]", '{"a": 1}', TEXT[:-40], f"```json\n{TEXT[:60]}"])
def test_no_document_or_a_cut_off_one_is_an_error(answer):
    with pytest.raises(ValueError, match="cut off|no OpenAPI document"):
        document_in(answer)


@given(st.text())
def test_nothing_raises_anything_else(text):
    numbered_items(text)
    clean_instructions("1. " + text)
    for answer in (text, "{" + text, '{"openapi"' + text, "openapi: " + text):
        try:
            assert "openapi" in document_in(answer)
        except ValueError as error:
            assert str(error)


@given(st.lists(ITEM, min_size=1, max_size=20))
def test_every_item_of_a_numbered_list_is_found(items):
    text = "Here you go:\n" + "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))
    assert [" ".join(item.split()) for item in numbered_items(text)] == [" ".join(item.split()) for item in items]


@pytest.mark.parametrize("number", [
    "1.", "1)", "(1)", "[1]", "#1", "1、", "1．", "１.", "1 -", "1:", "1.)", "1\\.", "①", "1️⃣", "**1.**", "**1**.",
    "__1)__", "`1.`", "* **1.**", "- 1)", "### 1.", "Question 1:", "**Instruction 1:**", "Q1.", "Task #1:",
    "> (1)", "<1>"])
def test_items_are_found_however_they_are_numbered(number):
    second = number.translate(str.maketrans("1１①", "2２②"))
    text = f"Sure:\n\n{number} Find 2 cafés.\n   Until 9.30.\n{second} Book **one**."
    assert [" ".join(item.split()) for item in numbered_items(text)] == ["Find 2 cafés. Until 9.30.", "Book **one**."]


def test_lines_of_an_item_that_begin_with_a_number_begin_no_other():
    assert numbered_items("1. Add\n2.5 kg\n12:30 lunch\n3 eggs\n1-2 days\n2. Go") == [
        "Add\n2.5 kg\n12:30 lunch\n3 eggs\n1-2 days", "Go"]
    assert numbered_items("**1. Do**\n**2. Go**") == ["Do", "Go"]


@pytest.mark.parametrize(("answer", "instructions"), [
    ('1. "Do this."\n2) Do that.', ["Do this.", "Do that."]),
    ("1. **Do this.**\n2. **Instruction:** Do that.", ["Do this.", "Do that."]),
    ("1. Do\n   this.\n\n2. Do that.", ["Do this.", "Do that."]),
    ("1. Do this.\n2. do this!\n3. Do that.", ["Do this.", "Do that."]),
    ("- 1. Do this.\n- 2. Do that.", ["Do this.", "Do that."]),
    ("1. \n2. Do that.", ["Do that."]),
    ("I cannot.", []),
    ('1. Play "Yesterday" and "Help"', ['Play "Yesterday" and "Help"']),
])
def test_instructions_are_cleaned(answer, instructions):
    assert clean_instructions(answer) == [Instruction(text) for text in instructions]
