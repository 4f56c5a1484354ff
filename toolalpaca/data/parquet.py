"""Parquet files row by row: written in small row groups as the rows come, read back one group at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing_file

# Arrow's own allocator keeps what is freed, tens of MB of it, and its threads read ahead.
pyarrow.set_memory_pool(pyarrow.system_memory_pool())


def write_rows(path: Path, rows: Iterable[dict[str, Any]], schema: pyarrow.Schema, group: int) -> None:
    """Replace the file by the rows, `group` of them in a row group; that many are held at a time."""
    remaining = iter(rows)
    stored = pyarrow.schema([(field.name, _storage_type(field.type)) for field in schema])
    with replacing_file(path) as temporary:
        try:
            writer = pyarrow.parquet.ParquetWriter(temporary, schema)
        except OSError as error:
            raise UsageError(f"{path}: cannot be written ({error.strerror or error})") from None
        with writer:
            while chunk := list(islice(remaining, group)):
                writer.write_table(pyarrow.Table.from_pylist(chunk, schema=stored).cast(schema))


def _storage_type(kind: pyarrow.DataType) -> pyarrow.DataType:
    """Return what a list of extension values, such as JSON, is stored as, since Python values cannot become these."""
    is_extended = pyarrow.types.is_list(kind) and isinstance(kind.value_type, pyarrow.BaseExtensionType)
    return pyarrow.list_(kind.value_type.storage_type) if is_extended else kind


def read_rows(path: Path, group: int) -> Iterator[dict[str, Any]]:
    """The rows as objects, null where a row has no value; ValueError where the file is no whole Parquet file."""
    with _opened(path) as file:
        other = [field.name for field in file.schema_arrow if not pyarrow.types.is_string(field.type)]
        for batch in file.iter_batches(batch_size=group, use_threads=False):
            for row in batch.to_pylist():
                yield row | {name: _as_json(row[name]) for name in other}


def _as_json(value: Any) -> Any:
    """A value as JSON has it: times, decimals and bytes, which it has not, become text."""
    if isinstance(value, dict):
        return {str(key): _as_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(part) for part in value]
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str | int | float | None) else str(value)


def columns_of(path: Path) -> dict[str, str]:
    """The columns with their types in words; only the end of the file is read."""
    with _opened(path) as file:
        return {field.name: str(field.type) for field in file.schema_arrow}


def _opened(path: Path) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise ValueError(f"not a whole Parquet file ({error})") from None
