"""Training examples as Parquet, for the tools that read columns.

A column has one type, so what differs from example to example (a tool's parameters, the arguments of a call) is stored
as JSON text, the way chat-completion interfaces send arguments.
"""

import json
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

_ROWS = 1000  # examples in one row group
_TEXT = pyarrow.string()
_CALL = pyarrow.struct({"id": _TEXT, "type": _TEXT, "function": pyarrow.struct({"name": _TEXT, "arguments": _TEXT})})
_COLUMNS: dict[str, pyarrow.DataType] = {
    "segments": pyarrow.list_(_TEXT),
    "trainable": pyarrow.list_(pyarrow.bool_()),
    "text": _TEXT,
    "messages": pyarrow.list_(pyarrow.struct({"role": _TEXT, "content": _TEXT, "tool_calls": pyarrow.list_(_CALL),
                                              "tool_call_id": _TEXT, "name": _TEXT})),
    "conversations": pyarrow.list_(pyarrow.struct({"from": _TEXT, "value": _TEXT})),
    "system": _TEXT,
    "tools": _TEXT,
}


def write_parquet(path: Path, examples: Iterable[dict[str, Any]]) -> None:
    """Replace the file by the examples, whose first one says which columns there are."""
    remaining = iter(examples)
    chunk = list(islice(remaining, _ROWS))
    schema = pyarrow.schema({key: _COLUMNS[key] for key in (chunk[0] if chunk else ("segments", "trainable"))})
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with pyarrow.parquet.ParquetWriter(temporary, schema) as writer:
            while chunk:
                writer.write_table(pyarrow.Table.from_pylist([_flat(example) for example in chunk], schema=schema))
                chunk = list(islice(remaining, _ROWS))
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """The rows as objects, without the keys that a row has no value for."""
    try:
        file = pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise ValueError(f"not a Parquet file ({error})") from None
    with file:
        for batch in file.iter_batches(batch_size=_ROWS):
            yield from (_without_nulls(row) for row in batch.to_pylist())


def _flat(example: dict[str, Any]) -> dict[str, Any]:
    """The example with everything that has no fixed type as JSON text."""
    flat = dict(example)
    if "tools" in flat and not isinstance(flat["tools"], str):
        flat["tools"] = json.dumps(flat["tools"], ensure_ascii=False)
    if "messages" in flat:
        flat["messages"] = [_flat_message(message) for message in flat["messages"]]
    return flat


def _flat_message(message: dict[str, Any]) -> dict[str, Any]:
    calls = [{**call, "function": {**call["function"], "arguments": _json_text(call["function"]["arguments"])}}
             for call in message.get("tool_calls") or []]
    return {**message, "tool_calls": calls} if calls else message


def _json_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
