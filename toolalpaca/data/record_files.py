"""Files of API records: a JSON array, JSON Lines or Parquet rows, by file extension.

A table column has a single type, in Arrow and hence in `datasets.load_dataset`, but a record's keys do not. Each known
key has a column. A string (Name, NLDocumentation, ...) is stored as it is, anything else (Instructions, Instances, ...)
as JSON text; a missing key is an empty string. Two columns make this lossless: `Other_Keys` holds as one JSON object
what fits no column (unknown keys, a null Documentation, text that is not valid Unicode), and `Key_Order` lists the
record's keys in order.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.core.jsons import to_json
from toolalpaca.data.json_files import GROUP, file_format, read_values, write_array, write_lines

TEXTS = ("Name", "Description", "Link", "Category", "Introduction", "Functions", "Documentation", "NLDocumentation")
JSON_TEXTS = ("Function_Description", "Function_Projection", "Instructions", "Instruction_Kinds", "Follow_Ups",
              "Golden_Answers", "Authentication", "external_tools", "Instances", "Errors")
OTHER, ORDER = "Other_Keys", "Key_Order"
COLUMNS = (*TEXTS, *JSON_TEXTS, OTHER, ORDER)


def row_of(record: dict[str, Any]) -> dict[str, str]:
    """Return the record as a row with every column."""
    row = dict.fromkeys(COLUMNS, "")
    other = {}
    for key, value in record.items():
        if key in JSON_TEXTS:
            row[key] = _json_text(value)
        elif key in TEXTS and isinstance(value, str) and _is_unicode(value):
            row[key] = value
        else:
            other[key] = value
    return {**row, OTHER: _json_text(other), ORDER: _json_text(list(record))}


def record_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return the record stored in this row; raise ValueError naming the column whose text is not valid JSON.

    A row from another program may hold objects and arrays directly. In a row of ours, an empty or null column is a key
    that the record does not have; columns added to the table become keys.
    """
    if not isinstance(row.get(OTHER), str) or not isinstance(row.get(ORDER), str):
        return {key: _plain(key, value) for key, value in row.items()}
    other, order = _parsed(OTHER, row[OTHER]), _parsed(ORDER, row[ORDER])
    if not isinstance(other, dict) or not isinstance(order, list):
        raise ValueError(f"{OTHER!r} must hold a JSON object and {ORDER!r} a JSON array, as text")
    found = {key: _plain(key, value) for key, value in row.items()
             if key not in (OTHER, ORDER) and (value or _is_empty_text(key, value, other, order))}
    found = {**other, **found}
    return {key: found[key] for key in [*order, *found] if key in found}


def _is_empty_text(key: str, value: Any, other: dict[str, Any], order: list[str]) -> bool:
    """Return whether an empty column means an empty string, not a key that is missing or stored elsewhere."""
    return value is not None and (key not in COLUMNS or (key in TEXTS and key in order and key not in other))


def _plain(key: str, value: Any) -> Any:
    return _parsed(key, value) if key in JSON_TEXTS and isinstance(value, str) else value


def _parsed(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{key!r} is text that is not valid JSON ({error})") from None


def _json_text(value: Any) -> str:
    """Return JSON with non-ASCII characters kept, except lone surrogates, which no text column can hold."""
    return to_json(value).encode(errors="backslashreplace").decode()


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_record_file(path: Path) -> Iterator[Any]:
    """Yield the values in the file, unchecked; raise UsageError if it is missing or malformed."""
    values = read_values(path)
    if file_format(path) == "json":
        yield from values
        return
    for index, value in enumerate(values):
        try:
            yield record_of(_without_nulls(value, path)) if isinstance(value, dict) else value
        except ValueError as error:
            raise UsageError(f"{path}: record {index}: {error}") from None


def write_record_file(path: Path, records: Iterable[Any]) -> None:
    """Replace the file with the records, written as they arrive."""
    kind = file_format(path)
    if kind == "json":
        write_array(path, records)
    elif kind == "jsonl":
        write_lines(path, map(row_of, records))
    else:
        import pyarrow

        from toolalpaca.data.parquet import write_rows

        schema = pyarrow.schema([(column, pyarrow.string()) for column in COLUMNS])
        write_rows(path, map(row_of, records), schema, GROUP)


def _without_nulls(row: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a Parquet row without null columns: every row has all columns, so null means that the key is missing."""
    return {key: value for key, value in row.items() if value is not None} if file_format(path) == "parquet" else row
