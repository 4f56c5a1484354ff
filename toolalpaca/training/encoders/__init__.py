"""Encoders: training examples of each format as tokens with label masks."""

from pathlib import Path

from transformers import PreTrainedTokenizerBase

from toolalpaca.core.errors import UsageError
from toolalpaca.data.example_files import read_examples
from toolalpaca.training.encoders.base import Encoder
from toolalpaca.training.encoders.segments import SegmentTokeniser


def kind_of(path: Path) -> str:
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
    if kind_of(path) == "segments":
        return SegmentTokeniser(tokenizer)
    from toolalpaca.training.encoders.messages import ChatTokeniser

    return ChatTokeniser(tokenizer)
