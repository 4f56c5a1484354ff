"""Files of training examples: JSON, JSONL or Parquet by file extension, written whole and read as a stream.

A segments example is `[[text, ...], [trainable, ...]]`: an array in JSON, and an object with those two keys in JSONL
and Parquet, which hold only objects. Examples in the other formats are always objects.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
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
from toolalpaca.data.record_types import Column

SEGMENT_KEYS = ("segments", "trainable")
SEGMENT_COLUMNS = dict(zip(SEGMENT_KEYS, (Column.TEXTS, Column.FLAGS), strict=True))


def checked_format(path: Path) -> str:
    """Return "json", "jsonl" or "parquet" by the file extension; raise UsageError for any other."""
    if not has_format(path):
        raise UsageError(f"{path}: the file extension sets the format; use {FORMATS_IN_WORDS}")
    return file_format(path)


def write_examples(path: Path, examples: Iterable[Any], columns: Mapping[str, Column] | None = None) -> None:
    """Replace the file with the examples, taking them one at a time.

    `columns` are those of their format; without it they are inferred from the first example.
    """
    kind = checked_format(path)
    if kind == "json":
        write_array(path, examples)
    elif kind == "jsonl":
        write_lines(path, map(_as_object, examples))
    else:
        from toolalpaca.data.parquet import write_parquet

        rows = map(_as_object, examples)
        first = list(islice(rows, 1))
        inferred = {key: _column_of(value) for key, value in first[0].items()} if first else SEGMENT_COLUMNS
        write_parquet(path, chain(first, rows), inferred if columns is None else columns, GROUP)


def _column_of(value: Any) -> Column:
    """Return the column of a key with such a value."""
    if not isinstance(value, list):
        return Column.TEXT
    kinds = {type(item) for item in value}
    if kinds in ({str}, {bool}):
        return Column.TEXTS if kinds == {str} else Column.FLAGS
    are_turns = kinds == {dict} and all(item.keys() == {"from", "value"} for item in value)
    return Column.TURNS if are_turns else Column.OBJECTS


def read_examples(source: Path) -> Iterator[Any]:
    """Yield the examples of a file, or of the shards of a folder or pattern, holding little more than one in memory.

    Raises UsageError if a file is missing or not in the format of its extension. Shards may be empty.
    """
    for path in shards_of(source):
        yield from _rows(path) if checked_format(path) == "parquet" else read_values(path)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file as the objects that were written: JSON columns decoded, null columns removed."""
    from toolalpaca.data.parquet import json_columns

    objects: frozenset[str] | None = None
    for row in read_values(path):
        objects = json_columns(path) if objects is None else objects
        yield {key: [json.loads(item) for item in value] if key in objects else without_nulls(value)
               for key, value in row.items() if value is not None}


def without_nulls(value: Any) -> Any:
    """Return a row without the keys whose value is null."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _as_object(example: Any) -> dict[str, Any]:
    return example if isinstance(example, dict) else dict(zip(SEGMENT_KEYS, example, strict=True))
