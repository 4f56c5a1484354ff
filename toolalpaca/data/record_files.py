"""Files of API records: a JSON array, JSON Lines or Parquet rows, by the file's ending.

A column of a table has one type, in Arrow and so for `datasets.load_dataset`, which a record's keys have not. Each
known key has a column. A text (Name, NLDocumentation, ...) stands there as it is, anything else (Instructions,
Instances, ...) as JSON text; a key that the record has not is an empty text. Two columns make it exact: `Other_Keys`
holds as one JSON object what fits no column (keys we do not know, a Documentation that is null, text that is no
Unicode), and `Key_Order` names the record's keys in their order.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from toolalpaca.core.errors import UsageError
from toolalpaca.core.jsons import to_json
from toolalpaca.data.json_files import GROUP, kind_of, read_values, write_array, write_lines

TEXTS = ("Name", "Description", "Link", "Category", "Introduction", "Functions", "Documentation", "NLDocumentation")
JSON_TEXTS = ("Function_Description", "Function_Projection", "Instructions", "Instruction_Kinds", "Follow_Ups",
              "Golden_Answers", "Authentication", "external_tools", "Instances", "Errors")
OTHER, ORDER = "Other_Keys", "Key_Order"
COLUMNS = (*TEXTS, *JSON_TEXTS, OTHER, ORDER)


def row_of(record: dict[str, Any]) -> dict[str, str]:
    """The record as a row that has every column."""
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
    """The record that became this row; ValueError naming the column whose text is no JSON.

    A row that we did not write may hold objects and arrays as they are. Where it is one of ours, an empty column or
    one that is null is a key that the record has not; columns that were added to it are keys.
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
    """Whether an empty column is a text of no characters, not a key that is missing or stands elsewhere."""
    return value is not None and (key not in COLUMNS or (key in TEXTS and key in order and key not in other))


def _plain(key: str, value: Any) -> Any:
    return _parsed(key, value) if key in JSON_TEXTS and isinstance(value, str) else value


def _parsed(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{key!r} is text that is not valid JSON ({error})") from None


def _json_text(value: Any) -> str:
    """JSON without needless escapes; a lone surrogate is one, since no text column can hold it."""
    return to_json(value).encode(errors="backslashreplace").decode()


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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

        from toolalpaca.data.parquet import write_rows

        schema = pyarrow.schema([(column, pyarrow.string()) for column in COLUMNS])
        write_rows(path, map(row_of, records), schema, GROUP)


def _without_nulls(row: dict[str, Any], path: Path) -> dict[str, Any]:
    """A Parquet row has every column of its file, so that null there is a key that the record has not."""
    return {key: value for key, value in row.items() if value is not None} if kind_of(path) == "parquet" else row
