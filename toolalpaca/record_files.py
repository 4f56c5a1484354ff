"""The files that hold API records: a JSON array, or rows as JSON Lines or Parquet, by the file's ending."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from toolalpaca.errors import UsageError
from toolalpaca.record_rows import COLUMNS, record_of, row_of
from toolalpaca.value_files import GROUP, kind_of, read_values, write_array, write_lines


def read_record_file(path: Path) -> Iterator[Any]:
    """What the file holds, one after the other, unchecked; UsageError where it is missing or not what it should be."""
    values = read_values(path)
    if kind_of(path) == "json":
        yield from values
        return
    for index, value in enumerate(values):
        try:
            yield record_of(_without_nulls(value, path)) if isinstance(value, dict) else value
        except ValueError as error:
            raise UsageError(f"{path}: record {index}: {error}") from None


def write_record_file(path: Path, records: Iterable[Any]) -> None:
    """Replace the file by the records, written as they come."""
    kind = kind_of(path)
    if kind == "json":
        write_array(path, records)
    elif kind == "jsonl":
        write_lines(path, map(row_of, records))
    else:
        import pyarrow

        from toolalpaca.parquet_files import write_rows

        schema = pyarrow.schema([(column, pyarrow.string()) for column in COLUMNS])
        write_rows(path, map(row_of, records), schema, GROUP)


def _without_nulls(row: dict[str, Any], path: Path) -> dict[str, Any]:
    """A Parquet row has every column of its file, so that null there is a key that the record has not."""
    return {key: value for key, value in row.items() if value is not None} if kind_of(path) == "parquet" else row
