"""The golden prompt in a trained model's folder: a prompt from its training data, to compare with the one it is served.

`train.py` writes it; stage 6 checks it before calling a local model.
"""

import json
import re
from os.path import commonprefix
from pathlib import Path
from typing import Any, TypedDict

from toolalpaca.conversation.forms import PromptForm
from toolalpaca.conversation.rendering import assistant_prompt, read_prompt
from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import read_json, replacing

FILE_NAME = "golden_prompt.json"
MOST_BYTES = 4_000_000  # a model's whole prompt in text, messages and tokens has a tenth of it
_TYPES = {"messages": list, "tools": list, "text": str, "input_ids": list}


class GoldenPrompt(TypedDict):
    """The messages and tools before the first trained turn, and the text and tokens that training made of them."""

    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    text: str
    input_ids: list[int]


def write_golden_prompt(folder: Path, prompt: GoldenPrompt) -> None:
    """Write the prompt to a model folder."""
    with replacing(folder / FILE_NAME) as file:
        json.dump(prompt, file, ensure_ascii=False, indent=1)


def read_golden_prompt(folder: Path) -> GoldenPrompt | None:
    """Return the prompt in a model folder; None if there is none or it cannot be read."""
    path = folder / FILE_NAME
    try:
        value: Any = read_json(path) if path.is_file() and path.stat().st_size <= MOST_BYTES else None
    except (OSError, UsageError):
        return None
    if not isinstance(value, dict) or any(type(value.get(name)) is not kind for name, kind in _TYPES.items()):
        return None
    if not value["messages"] or not all(isinstance(message, dict) for message in value["messages"]):
        return None
    return {"messages": value["messages"], "tools": value["tools"], "text": value["text"],
            "input_ids": value["input_ids"]}


def served_differently(prompt: GoldenPrompt, tokenizer: Any) -> str | None:
    """Return how the tokenizer's prompt for these messages differs from the one used in training; None if it does
    not."""
    try:
        text = str(tokenizer.apply_chat_template(prompt["messages"], tools=prompt["tools"] or None, tokenize=False,
                                                 add_generation_prompt=True))
    except Exception as error:  # a template may raise anything
        return f"its chat template refuses the prompt it was trained on ({type(error).__name__})"
    if text != prompt["text"]:
        place = len(commonprefix([text, prompt["text"]]))
        return (f"its chat template makes another prompt than it was trained on, from character {place} on: "
                f"{text[place:place + 30]!r} instead of {prompt['text'][place:place + 30]!r}")
    if list(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]) != prompt["input_ids"]:
        return "its tokenizer makes other tokens of a prompt than it was trained on"
    return None


_PLACEHOLDER = re.compile(r"\$\{?\w+\}?")


def prompt_difference(model: str, tokenizer: Any, form: PromptForm) -> str | None:
    """Return how the prompts of a form differ from the one the model was trained on, in one line.

    None if they are identical, or if the model's folder has no golden prompt.
    """
    golden = read_golden_prompt(Path(model))
    difference = golden and (_other_form(golden, form) or served_differently(golden, tokenizer))
    return f"{model}: {difference}; expect worse answers" if difference else None


def _other_form(golden: GoldenPrompt, form: PromptForm) -> str | None:
    conversation = read_prompt(str(golden["messages"][-1].get("content")))
    if conversation is None:
        return f"it was trained on chat messages, and is asked in the prompt form {form.name}"
    literal = [re.escape(piece.replace("$$", "$")) for piece in _PLACEHOLDER.split(assistant_prompt(form).text)]
    if conversation.form.labels == form.labels and re.fullmatch("(?s:.*?)".join(literal), conversation.head):
        return None
    return (f"it was trained with another prompt than the form {form.name} gives; see {form.name} and --agent_prompt "
            "of build_dataset.py")
