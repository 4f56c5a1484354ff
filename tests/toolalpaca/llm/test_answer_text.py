"""Reasoning and special tokens are no part of an answer, in whatever way they are written."""

import pytest

from toolalpaca.llm.answer_text import answer_in, split_reasoning


@pytest.mark.parametrize(("text", "reasoning"), [
    ("<think>\nHm.\n</think>\n\nYes.", "Hm."), ("Hm.\n</think>\nYes.", "Hm."), ("<think></think>Yes.", ""),
    ("<THINKING>Hm.</THINKING> Yes.", "Hm."), ("[THINK]Hm.[/THINK]Yes.", "Hm."),
    ("<reasoning>Hm.</reasoning>Yes.", "Hm."),
    ("<|START_THINKING|>Hm.<|END_THINKING|>Yes.", "Hm."), ("<seed:think>Hm.</seed:think>Yes.", "Hm."),
    ("<think>One.</think>\n<think>Two.</think>Yes.", "One.\nTwo."), ("Yes.<think>Hm.", "Hm."),
    ("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>", "Hm."),
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
    "Yes.<|endoftext|><|endoftext|>", "Yes.<\uff5cend\u2581of\u2581sentence\uff5c>", "Yes. [/INST]"])
def test_special_tokens_are_cut(text: str) -> None:
    assert answer_in(text)[1].strip() == "Yes."


def test_ordinary_text_stays() -> None:
    for text in ("Use <s>old</s> new.", "a < b and |x| > 1", "I think so. Think again.", "<thought>x</thought>"):
        assert answer_in(text) == ("", text)
