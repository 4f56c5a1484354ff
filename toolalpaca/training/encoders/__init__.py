"""Encoders: training examples of each format as tokens with label masks, and the golden prompt of a data file."""

from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from toolalpaca.conversation.golden_prompt import GoldenPrompt
from toolalpaca.core.errors import UsageError
from toolalpaca.data.example_files import read_examples
from toolalpaca.training.encoders.encoder import Encoder, checked_examples
from toolalpaca.training.encoders.tokenisers import ChatTokeniser, SegmentTokeniser


def example_format(path: Path) -> str:
    """Return the format of a file's first example, segments or messages; raise UsageError for another."""
    first = next(read_examples(path), None)
    if first is None:
        raise UsageError(f"{path}: holds no examples")
    keys = set(first) if isinstance(first, dict) else set()
    if "messages" in keys:
        return "messages"
    for key in ("conversations", "text"):
        if key in keys:
            raise UsageError(f"{path}: record 0 has the key {key!r}: train.py trains on segments and messages; make "
                             "them with build_dataset.py --format")
    return "segments"


def encoder_for(path: Path, tokenizer: PreTrainedTokenizerBase) -> Encoder:
    """Return the encoder for the format of a file's first example; raise UsageError for a format not trained on."""
    if example_format(path) == "segments":
        return SegmentTokeniser(tokenizer)
    return ChatTokeniser(tokenizer)


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
