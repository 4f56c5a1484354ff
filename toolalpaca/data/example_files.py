"""Files of training examples: JSON, JSONL and Parquet by the file's ending, written whole and read as a stream.

A segments example is `[[text, ...], [trainable, ...]]`: an array in JSON, an object with those two keys in JSONL and
Parquet, which hold objects only. Examples of the other formats are objects everywhere.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.data.corpus_files import shards_of
from toolalpaca.data.json_files import KINDS, kind_of, read_values, write_array, write_lines

SEGMENT_KEYS = ("segments", "trainable")


def file_kind(path: Path) -> str:
    """"json", "jsonl" or "parquet" by the ending; raises UsageError for another."""
    if path.suffix.lower().lstrip(".") not in KINDS:
        raise UsageError(f"{path}: the ending says the format; use .json, .jsonl or .parquet")
    return kind_of(path)


def write_examples(path: Path, examples: Iterable[Any], keys: Sequence[str] = SEGMENT_KEYS) -> None:
    """Replace the file by the examples, taking them one at a time; `keys` are the columns of a
    table that holds no example, from which they would else be known."""
    kind = file_kind(path)
    if kind == "json":
        write_array(path, examples)
    elif kind == "jsonl":
        write_lines(path, map(_as_object, examples))
    else:
        from toolalpaca.data.example_parquet import write_parquet

        write_parquet(path, map(_as_object, examples), keys)


def read_examples(source: Path) -> Iterator[Any]:
    """The examples of a file, or of the shards of a folder or pattern, holding little more than one of them at a time.

    Raises UsageError when a file is missing or not what its ending says. A shard may hold no examples.
    """
    for path in shards_of(source):
        yield from map(_plain, read_values(path)) if file_kind(path) == "parquet" else read_values(path)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of columns as the object that was written: JSON values decoded, keys without a value left out."""
    return {key: [json.loads(item) for item in value] if _holds_json(key, value) else without_nulls(value)
            for key, value in row.items() if value is not None}


def _holds_json(key: str, value: Any) -> bool:
    return key in ("messages", "tools") and isinstance(value, list) and all(isinstance(item, str) for item in value)


def without_nulls(value: Any) -> Any:
    """A row of columns without the keys that it has no value for."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _as_object(example: Any) -> dict[str, Any]:
    return example if isinstance(example, dict) else dict(zip(SEGMENT_KEYS, example, strict=True))
