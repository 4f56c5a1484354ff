"""Training examples as the data file has them, checked, and turned into tokens."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from toolalpaca.errors import UsageError
from toolalpaca.records import type_name
from toolalpaca.sft_files import SEGMENT_KEYS, read_examples
from toolalpaca.training.masks import Tokenised, character_mask, from_encoding, with_end
from toolalpaca.training.tokenizer import exact_backend

Segments = tuple[list[str], list[bool]]


def segments_of(value: Any) -> Segments:
    """The pieces and flags of one segments example; raises ValueError saying what is wrong with it."""
    if isinstance(value, dict):
        missing = [key for key in SEGMENT_KEYS if key not in value]
        if missing:
            raise ValueError(f"has no key {missing[0]!r}")
        value = [value[key] for key in SEGMENT_KEYS]
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(part, list) for part in value):
        raise ValueError("expected [[text, ...], [true or false, ...]]")
    pieces, flags = value
    if len(pieces) != len(flags):
        raise ValueError(f"has {len(pieces)} pieces of text but {len(flags)} flags")
    for kind, wanted, part in ((str, "a string", pieces), (bool, "true or false", flags)):
        for index, item in enumerate(part):
            if not isinstance(item, kind):
                raise ValueError(f"piece {index} is {type_name(item)}, expected {wanted}")
    if not any(flag and piece for piece, flag in zip(pieces, flags, strict=True)):
        raise ValueError("has no trained text, so nothing could be learned from it")
    return [_encodable(piece) for piece in pieces], flags


def read_segments(path: Path) -> Iterator[Segments]:
    """The segments examples of a file; raises UsageError naming the record that is none."""
    for index, value in enumerate(read_examples(path)):
        try:
            yield segments_of(value)
        except ValueError as error:
            raise UsageError(f"{path}: record {index}: {error}") from None


class SegmentTokeniser:
    """Tokenises segments examples of one tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.backend = exact_backend(tokenizer, plain_text=True)
        self.eos: int = tokenizer.eos_token_id

    def encode(self, examples: Sequence[Segments]) -> list[Tokenised]:
        """The examples as tokens, each closed by the end-of-sequence token."""
        encodings = self.backend.encode_batch(["".join(pieces) for pieces, _ in examples])
        return [with_end(from_encoding(encoding, character_mask(*example)), self.eos)
                for encoding, example in zip(encodings, examples, strict=True)]


def _encodable(text: str) -> str:
    """A lone surrogate, which JSON can hold and UTF-8 cannot, becomes the replacement character."""
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)
