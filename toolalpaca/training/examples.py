"""Training examples as the data file has them: checked one by one, and turned into tokens."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from transformers import PreTrainedTokenizerBase

from toolalpaca.corpus import shards_of
from toolalpaca.errors import UsageError
from toolalpaca.json_types import type_name
from toolalpaca.sft_files import SEGMENT_KEYS, read_examples
from toolalpaca.training.masks import Tokenised, character_mask, from_encoding, with_end
from toolalpaca.training.tokenizer import exact_backend


class Encoder(Protocol):
    """One format of examples. An example that was checked is a JSON value that `encode` takes without complaint."""

    kind: str

    def check(self, value: Any) -> Any:
        """The example in its plainest form; raises ValueError saying what is wrong with it."""

    def characters(self, example: Any) -> int:
        """About how long it is, in characters."""

    def encode(self, examples: Sequence[Any]) -> list[Tokenised]:
        """The examples as tokens with their masks."""

    def title(self, example: Any) -> str:
        """How it begins, for messages about it."""

    def fingerprint(self) -> str:
        """Another text wherever the same example would become other tokens."""


class SegmentTokeniser:
    """Segments: `[[text, ...], [trainable, ...]]`, closed by the end-of-sequence token."""

    kind = "segments"

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.backend = exact_backend(tokenizer, plain_text=True)
        self.eos: int = tokenizer.eos_token_id

    def check(self, value: Any) -> list[list[Any]]:
        """The pieces and flags."""
        return segments_of(value)

    def characters(self, example: Any) -> int:
        """Characters of all pieces."""
        return sum(map(len, example[0]))

    def encode(self, examples: Sequence[Any]) -> list[Tokenised]:
        """One tokenisation of each example's whole text."""
        encodings = self.backend.encode_batch(["".join(pieces) for pieces, _ in examples])
        return [with_end(from_encoding(encoding, character_mask(*example)), self.eos)
                for encoding, example in zip(encodings, examples, strict=True)]

    def title(self, example: Any) -> str:
        """The first line, which names the API in every prompt form."""
        return shortened("".join(example[0]))

    def fingerprint(self) -> str:
        """Hash of the tokenizer."""
        return f"{self.kind} {hashlib.sha256(self.backend.to_str().encode()).hexdigest()} {self.eos}"


def segments_of(value: Any) -> list[list[Any]]:
    """The pieces and flags of one segments example; raises ValueError saying what is wrong with it."""
    if isinstance(value, dict):
        missing = [key for key in SEGMENT_KEYS if key not in value]
        if missing:
            raise ValueError(f"has no key {missing[0]!r}; build_dataset.py makes examples of the records of stage 6")
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
    return [[encodable(piece) for piece in pieces], flags]


def shortened(text: str) -> str:
    """The first line of a text, at most 90 characters of it."""
    line = next(iter(text.strip().splitlines()), "")
    return line if len(line) <= 90 else f"{line[:87]}..."


def encodable(text: str) -> str:
    """A lone surrogate, which JSON can hold and UTF-8 cannot, becomes the replacement character."""
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)


def encoder_for(path: Path, tokenizer: PreTrainedTokenizerBase) -> Encoder:
    """The encoder for the format that the file's first example is in; raises UsageError for a format not trained on."""
    first = next(read_examples(path), None)
    if first is None:
        raise UsageError(f"{path}: holds no examples")
    keys = set(first) if isinstance(first, dict) else set()
    if "messages" in keys:
        from toolalpaca.training.chat import ChatTokeniser

        return ChatTokeniser(tokenizer)
    for key in ("conversations", "text"):
        if key in keys:
            raise UsageError(f"{path}: record 0 has the key {key!r}: train.py trains on segments and messages; make "
                             "them with build_dataset.py --format")
    return SegmentTokeniser(tokenizer)


def checked_examples(path: Path, encoder: Encoder) -> Iterator[Any]:
    """The examples of a file or of shards in their plainest form; raises UsageError naming the record that is none."""
    for shard in shards_of(path):
        for index, value in enumerate(read_examples(shard)):
            try:
                yield encoder.check(value)
            except ValueError as error:
                raise UsageError(f"{shard}: record {index}: {error}") from None
