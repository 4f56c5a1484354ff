"""The interface of encoders of training examples; the checked examples of a data file, and the first of them printed
with their trained tokens marked, so that a person can see what a model would learn."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from transformers import PreTrainedTokenizerBase

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import print_text
from toolalpaca.data.corpus_files import shards_of
from toolalpaca.data.example_files import read_examples
from toolalpaca.training.masks import Tokenised


class Encoder(Protocol):
    """One format of examples. An example that was checked is a JSON value that `encode` takes without complaint."""

    kind: str

    def examples(self, value: Any) -> list[Any]:
        """Return the examples that a record becomes; raise ValueError saying what is wrong with it."""

    def characters(self, example: Any) -> int:
        """Return about how many characters it has."""

    def prompt(self, example: Any) -> str:
        """Return the text before the first trained character."""

    def served(self, example: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the messages and tools that a served model gets before the first trained turn."""

    def encode(self, examples: Sequence[Any]) -> list[Tokenised]:
        """Return the examples as tokens with their masks."""

    def title(self, example: Any) -> str:
        """Return how it begins, for messages about it."""

    def fingerprint(self) -> str:
        """Return a text that differs if the same record would become other tokens."""


def shortened(text: str) -> str:
    """Return the first line of a text, at most 90 characters of it."""
    line = next(iter(text.strip().splitlines()), "")
    return line if len(line) <= 90 else f"{line[:87]}..."


def encodable(text: str) -> str:
    """Return the text with lone surrogates, which UTF-8 cannot encode, replaced by the replacement character."""
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)


def checked_examples(path: Path, encoder: Encoder) -> Iterator[tuple[int, Any]]:
    """Yield the number of each record of a file or of shards with each example it becomes.

    Raises UsageError naming a record that is not valid.
    """
    number = 0
    for shard in shards_of(path):
        for index, value in enumerate(read_examples(shard)):
            try:
                for example in encoder.examples(value):
                    yield number, example
            except ValueError as error:
                raise UsageError(f"{shard}: record {index}: {error}") from None
            number += 1


OPENED, CLOSED = "\u27e6", "\u27e7"  # brackets that no API's text contains


def show_masks(path: Path, encoder: Encoder, tokenizer: PreTrainedTokenizerBase, number: int) -> None:
    """Print the first examples of a file with their trained parts in brackets."""
    for record, example in islice(checked_examples(path, encoder), number):
        [tokens] = encoder.encode([example])
        print(f"--- record {record}: {len(tokens.input_ids)} tokens, {int(tokens.trained.sum())} trained in "
              f"{OPENED}brackets{CLOSED}, {tokens.straddling} over a border")
        print_text(marked(tokens, tokenizer))


def marked(tokens: Tokenised, tokenizer: PreTrainedTokenizerBase) -> str:
    """Return the text of the tokens, each run of trained ones in brackets."""
    borders = np.flatnonzero(np.diff(tokens.trained.astype(np.int8))) + 1
    starts = [0, *borders.tolist(), len(tokens.trained)]
    written = []
    for start, end in zip(starts, starts[1:], strict=False):
        text = _text(tokens.input_ids, start, end, tokenizer)
        written.append(f"{OPENED}{text}{CLOSED}" if tokens.trained[start] else text)
    return "".join(written)


def _text(ids: Any, start: int, end: int, tokenizer: PreTrainedTokenizerBase) -> str:
    """Return the text of some tokens. The one before them is read along, since a first token loses its blank."""
    before = ids[max(start - 1, 0):start].tolist()
    settings = {"clean_up_tokenization_spaces": False}
    whole = tokenizer.decode([*before, *ids[start:end].tolist()], **settings)
    return str(whole)[len(str(tokenizer.decode(before, **settings))):]
