"""Training examples as Parquet, for the tools that read columns.

A column has one type, so what differs from example to example (a tool's parameters, the arguments of a call) is stored
as JSON text, the way chat-completion interfaces send arguments. Half of a surrogate pair, which no column can hold,
becomes the replacement character, as it does in training.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow

from toolalpaca.core.errors import UsageError
from toolalpaca.data.corpus import shards_of
from toolalpaca.data.formats import GROUP, KINDS, kind_of, read_values, write_array, write_lines, write_rows

_SURROGATE = re.compile("[\ud800-\udfff]")
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

SEGMENT_KEYS = ("segments", "trainable")


def write_parquet(path: Path, examples: Iterable[dict[str, Any]], keys: Sequence[str]) -> None:
    """Replace the file by the examples. The first one says which columns there are, `keys` where there is none."""
    remaining = iter(examples)
    first = list(islice(remaining, 1))
    schema = pyarrow.schema([(key, _COLUMNS[key]) for key in (first[0] if first else keys)])
    write_rows(path, map(_unicode, map(_flat, chain(first, remaining))), schema, GROUP)


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


def _unicode(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _unicode(item) for key, item in value.items()}
    return [_unicode(item) for item in value] if isinstance(value, list) else value


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
        write_parquet(path, map(_as_object, examples), keys)


def read_examples(source: Path) -> Iterator[Any]:
    """The examples of a file, or of the shards of a folder or pattern, holding little more than one of them at a time.

    Raises UsageError when a file is missing or not what its ending says. A shard may hold no examples.
    """
    for path in shards_of(source):
        yield from map(without_nulls, read_values(path)) if file_kind(path) == "parquet" else read_values(path)


def without_nulls(value: Any) -> Any:
    """A row of columns without the keys that it has no value for."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def _as_object(example: Any) -> dict[str, Any]:
    return example if isinstance(example, dict) else dict(zip(SEGMENT_KEYS, example, strict=True))
