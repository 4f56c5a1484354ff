"""The golden prompt of a run: the first example of its data, up to the first trained turn."""

from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from toolalpaca.data.golden_prompt import GoldenPrompt
from toolalpaca.training.encoders import encoder_for
from toolalpaca.training.encoders.base import checked_examples


def golden_prompt(path: Path, tokenizer: PreTrainedTokenizerBase) -> GoldenPrompt:
    """Return the prompt of a data file's first example as text and tokens, and the messages it is made of."""
    encoder = encoder_for(path, tokenizer)
    _, example = next(checked_examples(path, encoder))
    [tokens] = encoder.encode([example])
    messages, tools = encoder.served(example)
    text: Any = tokenizer.apply_chat_template(messages, tools=list(tools) or None, tokenize=False,
                                              add_generation_prompt=True)
    return {"messages": messages, "tools": tools, "text": str(text),
            "input_ids": tokens.input_ids[:tokens.prompt_length()].tolist()}
