"""Comparison of a local model's prompt with the one it was trained on, from the golden prompt in its folder."""

import re
from pathlib import Path
from typing import Any

from toolalpaca.conversation.forms import PromptForm
from toolalpaca.conversation.rendering import assistant_prompt, read_prompt
from toolalpaca.data.golden_prompt import GoldenPrompt, read_golden_prompt, served_differently

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
