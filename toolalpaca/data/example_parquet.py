"""Training examples as Parquet, for the tools that read columns.

A column has one type, so what differs from example to example (a tool's parameters, the arguments of a call) is stored
as JSON text, the way chat-completion interfaces send arguments. Half of a surrogate pair, which no column can hold,
becomes the replacement character, as it does in training.
"""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow

from toolalpaca.data.formats import GROUP
from toolalpaca.data.parquet import write_rows

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
