"""Examples in the format segments: pieces of text, each trained or not."""

import hashlib
from collections.abc import Sequence
from typing import Any

from transformers import PreTrainedTokenizerBase

from toolalpaca.core.jsons import type_name
from toolalpaca.data.example_files import SEGMENT_KEYS
from toolalpaca.training.encoders.encoder import encodable, shortened
from toolalpaca.training.masks import Tokenised, character_mask, from_encoding, with_end
from toolalpaca.training.tokenizer import exact_backend


class SegmentTokeniser:
    """Segments: `[[text, ...], [trainable, ...]]`, closed by the end-of-sequence token."""

    kind = "segments"

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.backend = exact_backend(tokenizer, plain_text=True)
        self.eos: int = tokenizer.eos_token_id

    def examples(self, value: Any) -> list[list[list[Any]]]:
        """Return the pieces and flags of the one example that a record is."""
        return [segments_of(value)]

    def characters(self, example: Any) -> int:
        """Return the characters of all pieces."""
        return sum(map(len, example[0]))

    def prompt(self, example: Any) -> str:
        """Return the pieces before the first trained one."""
        return "".join(example[0][:example[1].index(True)])

    def served(self, example: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the prompt as one message, which the plain chat template passes on."""
        return [{"role": "user", "content": self.prompt(example)}], []

    def encode(self, examples: Sequence[Any]) -> list[Tokenised]:
        """Tokenise each example's whole text at once."""
        encodings = self.backend.encode_batch(["".join(pieces) for pieces, _ in examples])
        return [with_end(from_encoding(encoding, character_mask(*example)), self.eos)
                for encoding, example in zip(encodings, examples, strict=True)]

    def title(self, example: Any) -> str:
        """Return the first line, which names the API in every prompt form."""
        return shortened("".join(example[0]))

    def fingerprint(self) -> str:
        """Return a hash of the tokenizer."""
        return f"{self.kind} {hashlib.sha256(self.backend.to_str().encode()).hexdigest()} {self.eos}"


def segments_of(value: Any) -> list[list[Any]]:
    """Return the pieces and flags of one segments example; raise ValueError saying what is wrong with it."""
    if isinstance(value, dict):
        missing = [key for key in SEGMENT_KEYS if key not in value]
        if missing:
            raise ValueError(f"has no key {missing[0]!r}; build_dataset.py makes examples from the records that "
                             "instance_generation/generation.py writes")
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
