"""A model of this machine is asked with the prompt it was trained on, or one line says how the prompts differ."""

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_llama import make_model
from transformers import AutoTokenizer  # noqa: E402

from toolalpaca.conversation.forms import PROMPT_FORMS  # noqa: E402
from toolalpaca.conversation.golden_prompt import (  # noqa: E402
    FILE_NAME,
    prompt_difference,  # noqa: E402
    write_golden_prompt,
)
from toolalpaca.conversation.rendering import render_prompt  # noqa: E402

pytest.importorskip("torch")


PLAIN = "{% for message in messages %}{{ message.content }}{% endfor %}"


@pytest.fixture
def trained(tmp_path: Path) -> Any:
    """A model folder as train.py leaves it after training on examples in the form test_v1."""
    folder = make_model(tmp_path, PLAIN)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = render_prompt(PROMPT_FORMS["test_v1"], {"Name": "Clock", "Introduction": "The time.",
                                                   "Function_Description": {"getTime": "Tell it."}}, "What time?")
    write_golden_prompt(folder, {"messages": [{"role": "user", "content": text}], "tools": [], "text": text,
                                 "input_ids": tokenizer(text, add_special_tokens=False)["input_ids"]})
    return folder


def difference(folder: Path, form: str = "test_v1", template: str = PLAIN) -> str | None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = template
    return prompt_difference(str(folder), tokenizer, PROMPT_FORMS[form])


def test_the_same_prompt_is_no_word(trained: Path) -> None:
    assert difference(trained) is None


@pytest.mark.parametrize("form", ["test_v2", "train_v1", "train_v2"])
def test_another_form_is_said(trained: Path, form: str) -> None:
    assert f"trained with another prompt than the form {form} gives" in (difference(trained, form) or "")


def test_another_template_is_said_with_the_place(trained: Path) -> None:
    said = difference(trained, template="<s>" + PLAIN) or ""
    assert "from character 0 on: '<s>You are" in said and "\n" not in said


def test_other_tokens_are_said(trained: Path) -> None:
    golden = json.loads((trained / FILE_NAME).read_text())
    golden["input_ids"][3] += 1
    (trained / FILE_NAME).write_text(json.dumps(golden))
    assert "makes other tokens" in (difference(trained) or "")


def test_a_model_trained_on_chat_messages_is_said_and_one_without_the_file_is_not(trained: Path) -> None:
    golden = json.loads((trained / FILE_NAME).read_text())
    golden["messages"] = [{"role": "user", "content": "What time is it?"}]
    (trained / FILE_NAME).write_text(json.dumps(golden))
    assert "trained on chat messages" in (difference(trained) or "")
    (trained / FILE_NAME).unlink()
    assert difference(trained) is None
