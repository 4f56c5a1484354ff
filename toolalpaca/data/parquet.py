"""Parquet files row by row: written in small row groups as rows arrive, read one row group at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing_file

# Arrow's own allocator keeps tens of MB of freed memory, and its threads read ahead.
pyarrow.set_memory_pool(pyarrow.system_memory_pool())


def write_rows(path: Path, rows: Iterable[dict[str, Any]], schema: pyarrow.Schema, group: int) -> None:
    """Replace the file with the rows, in row groups of `group` rows, which is also how many are held in memory."""
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
    """Return the storage type of a list of extension values such as JSON, which cannot be built from Python values."""
    is_extended = pyarrow.types.is_list(kind) and isinstance(kind.value_type, pyarrow.BaseExtensionType)
    return pyarrow.list_(kind.value_type.storage_type) if is_extended else kind


def read_rows(path: Path, group: int) -> Iterator[dict[str, Any]]:
    """Yield the rows as objects, with null for missing values; raise ValueError if the file is not a complete
    Parquet file."""
    with _opened(path) as file:
        other = [field.name for field in file.schema_arrow if not pyarrow.types.is_string(field.type)]
        for batch in file.iter_batches(batch_size=group, use_threads=False):
            for row in batch.to_pylist():
                yield row | {name: _as_json(row[name]) for name in other}


def _as_json(value: Any) -> Any:
    """Return a value as JSON allows it: times, decimals and bytes become strings."""
    if isinstance(value, dict):
        return {str(key): _as_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(part) for part in value]
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str | int | float | None) else str(value)


def columns_of(path: Path) -> dict[str, str]:
    """Return the type of each column in words; only the end of the file is read."""
    with _opened(path) as file:
        return {field.name: str(field.type) for field in file.schema_arrow}


def _opened(path: Path) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise ValueError(f"not a whole Parquet file ({error})") from None
