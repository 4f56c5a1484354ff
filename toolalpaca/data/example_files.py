"""Files of training examples: JSON, JSONL or Parquet by file extension, written whole and read as a stream.

A segments example is `[[text, ...], [trainable, ...]]`: an array in JSON, and an object with those two keys in JSONL
and Parquet, which hold only objects. Examples in the other formats are always objects.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.data.corpus_files import shards_of
from toolalpaca.data.json_files import (
    FORMATS_IN_WORDS,
    GROUP,
    file_format,
    has_format,
    read_values,
    write_array,
    write_lines,
)

SEGMENT_KEYS = ("segments", "trainable")
OBJECT_KEYS = ("messages", "prompt", "chosen", "rejected", "tools")  # lists whose items are JSON values in Parquet


def checked_format(path: Path) -> str:
    """Return "json", "jsonl" or "parquet" by the file extension; raise UsageError for any other."""
    if not has_format(path):
        raise UsageError(f"{path}: the file extension sets the format; use {FORMATS_IN_WORDS}")
    return file_format(path)


def write_examples(path: Path, examples: Iterable[Any], keys: Sequence[str] = SEGMENT_KEYS) -> None:
    """Replace the file with the examples, taking them one at a time.

    `keys` are the columns of a table without examples, from which they would otherwise be inferred.
    """
    kind = checked_format(path)
    if kind == "json":
        write_array(path, examples)
    elif kind == "jsonl":
        write_lines(path, map(_as_object, examples))
    else:
        from toolalpaca.data.parquet import write_parquet

        write_parquet(path, map(_as_object, examples), keys, GROUP)


def read_examples(source: Path) -> Iterator[Any]:
    """Yield the examples of a file, or of the shards of a folder or pattern, holding little more than one in memory.

    Raises UsageError if a file is missing or not in the format of its extension. Shards may be empty.
    """
    for path in shards_of(source):
        yield from map(_plain, read_values(path)) if checked_format(path) == "parquet" else read_values(path)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as the object that was written: JSON columns decoded, null columns removed."""
    return {key: [json.loads(item) for item in value] if _holds_json(key, value) else without_nulls(value)
            for key, value in row.items() if value is not None}


def _holds_json(key: str, value: Any) -> bool:
    return key in OBJECT_KEYS and isinstance(value, list) and all(isinstance(item, str) for item in value)


def without_nulls(value: Any) -> Any:
    """Return a row without the keys whose value is null."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _as_object(example: Any) -> dict[str, Any]:
    return example if isinstance(example, dict) else dict(zip(SEGMENT_KEYS, example, strict=True))
