"""Parquet files row by row, and training examples as such rows; only what reads or writes Parquet imports this module.

Rows are written in small row groups as they arrive, and read one row group at a time. In training examples a column has
a single type, but messages differ from one to the next. Therefore each message and each tool is a value of Arrow's JSON
type, which `datasets` from 4.7 on reads as the original object, without nulls and with arguments as objects; older
versions refuse the file. Lone surrogates, which no column can hold, become the replacement character, as they do in
training.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing_file
from toolalpaca.data.record_types import Column

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
            for row in _values_of(batch):
                yield row | {name: _as_json(row[name]) for name in other}


def _values_of(batch: pyarrow.RecordBatch) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except OverflowError as error:  # a day or a time beyond those that Python knows
        raise ValueError(str(error)) from None
    return rows


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


def json_columns(path: Path) -> frozenset[str]:
    """Return the columns whose values are lists of JSON texts."""
    with _opened(path) as file:
        return frozenset(field.name for field in file.schema_arrow if field.type == _TYPES[Column.OBJECTS])


def _opened(path: Path) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise ValueError(f"not a whole Parquet file ({error})") from None


_SURROGATE = re.compile("[\ud800-\udfff]")
_TEXT = pyarrow.string()
_TYPES = {
    Column.TEXT: _TEXT, Column.TEXTS: pyarrow.list_(_TEXT), Column.FLAGS: pyarrow.list_(pyarrow.bool_()),
    Column.TURNS: pyarrow.list_(pyarrow.struct({"from": _TEXT, "value": _TEXT})),
    Column.OBJECTS: pyarrow.list_(pyarrow.json_(_TEXT)),
}


def write_parquet(path: Path, examples: Iterable[dict[str, Any]], columns: Mapping[str, Column], group: int) -> None:
    """Replace the file with the examples, in row groups of `group` examples."""
    schema = pyarrow.schema([(name, _TYPES[column]) for name, column in columns.items()])
    objects = [name for name, column in columns.items() if column is Column.OBJECTS]
    write_rows(path, ({**example, **{name: [json.dumps(value, ensure_ascii=False) for value in example.get(name) or []]
                                     for name in objects}} for example in map(_unicode, examples)), schema, group)


def _unicode(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _unicode(item) for key, item in value.items()}
    return [_unicode(item) for item in value] if isinstance(value, list) else value
