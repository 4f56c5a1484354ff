"""The interface of encoders of training examples, and the checked examples of a data file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from toolalpaca.core.errors import UsageError
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
