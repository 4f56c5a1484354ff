"""Chat messages: the loss is on the assistant's turns alone, in whatever way the template is written."""

import copy
from pathlib import Path
from typing import Any

import pytest
from training_examples import messages_example
from training_tokenizers import byte_level, made

from toolalpaca.core.errors import UsageError
from toolalpaca.training.encoders.messages import ChatTokeniser
from toolalpaca.training.show_masks import marked

PLAIN = ("{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
         "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
FORGETFUL = ("{% for message in messages %}{% if message.role != 'assistant' or loop.last %}<|im_start|>"
             "{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endif %}{% endfor %}"
             "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
STRICT = "{% for message in messages %}{{ raise_exception('roles must alternate') }}{% endfor %}"


def tokenizer_with(template: str | None) -> Any:
    tokenizer = byte_level()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.chat_template = template
    return tokenizer


def shown(tokenizer: Any, example: dict) -> str:
    chat = ChatTokeniser(tokenizer)
    [tokens] = chat.encode([chat.check(copy.deepcopy(example))])
    return marked(tokens, tokenizer)


def test_a_template_without_tools_shows_them_as_text() -> None:
    text = shown(tokenizer_with(PLAIN), messages_example(3))
    turns = [part.split("⟧")[0] for part in text.split("⟦")[1:]]
    assert turns == ['I ask.\n<tool_call>\n{"name": "getTime", "arguments": {"zone": "3"}}\n</tool_call><|im_end|>',
                     "It is noon.<|im_end|>"]
    assert "<tools>" in text and "<tool_response>\n12:00\n</tool_response>" in text
    assert text.startswith("<|im_start|>system\nYou help with the Clock API.\n\nYou can call these functions.")


def test_a_template_with_marks_and_tools_is_taken_at_its_word(tiny_model: Path) -> None:
    from transformers import AutoTokenizer

    text = shown(AutoTokenizer.from_pretrained(tiny_model), messages_example(3))
    turns = [part.split("⟧")[0] for part in text.split("⟦")[1:]]
    assert len(turns) == 2 and all(turn.endswith("<|end|>") for turn in turns)
    assert turns[0].startswith("I ask.\n<tool_call>")
    assert '"getTime"' in text.split("⟦")[0]


def test_a_turn_that_ends_in_no_special_token_is_closed() -> None:
    text = shown(tokenizer_with("{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
                                "{% if add_generation_prompt %}assistant:{% endif %}"), messages_example(1))
    assert text.endswith("</s>⟧") and "⟦ It is noon." in text


def test_arguments_as_text_or_object_are_the_same() -> None:
    example = messages_example(2)
    as_text = copy.deepcopy(example)
    as_text["messages"][2]["tool_calls"][0]["function"]["arguments"] = '{"zone": "2"}'
    assert shown(tokenizer_with(PLAIN), example) == shown(tokenizer_with(PLAIN), as_text)


@pytest.mark.parametrize(("template", "said"), [
    (FORGETFUL, "writes this turn differently"), ("{% generation %}{% endgeneration %}x", "marks no text"),
    (STRICT, "refuses it (roles must alternate)")])
def test_templates_that_cannot_be_masked_are_said(template: str, said: str) -> None:
    with pytest.raises(ValueError, match="template") as caught:
        ChatTokeniser(tokenizer_with(template)).check(messages_example(1))
    assert said in str(caught.value)


def test_without_a_template() -> None:
    with pytest.raises(UsageError, match="no chat template"):
        ChatTokeniser(tokenizer_with(None))


def test_smollm2_is_trained_through_its_own_template() -> None:
    text = shown(made("smollm2"), messages_example(5))
    turns = [part.split("⟧")[0] for part in text.split("⟦")[1:]]
    assert len(turns) == 2 and turns[1] == "It is noon.<|im_end|>"
    assert "<|im_start|>assistant\n" in text.split("⟦")[0][-30:]
