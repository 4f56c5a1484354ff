"""Training examples as the data file has them: checked one by one, and turned into tokens."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from toolalpaca.core.errors import UsageError
from toolalpaca.data.corpus import shards_of
from toolalpaca.data.example_files import read_examples
from toolalpaca.training.masks import Tokenised


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


def checked_examples(path: Path, encoder: Encoder) -> Iterator[Any]:
    """The examples of a file or of shards in their plainest form; raises UsageError naming the record that is none."""
    for shard in shards_of(path):
        for index, value in enumerate(read_examples(shard)):
            try:
                yield encoder.check(value)
            except ValueError as error:
                raise UsageError(f"{shard}: record {index}: {error}") from None
