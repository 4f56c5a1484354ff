"""Training examples as Parquet, for tools that read columns.

A column has a single type, but messages differ from one to the next. Therefore each message and each tool is a value of
Arrow's JSON type, which `datasets` from 4.7 on reads as the original object, without nulls and with arguments as
objects; older versions refuse the file. Lone surrogates, which no column can hold, become the replacement character, as
they do in training.
"""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow

from toolalpaca.data.json_files import GROUP
from toolalpaca.data.parquet import write_rows

_SURROGATE = re.compile("[\ud800-\udfff]")
_TEXT = pyarrow.string()
_OBJECTS = pyarrow.list_(pyarrow.json_(_TEXT))
_COLUMNS: dict[str, pyarrow.DataType] = {
    "segments": pyarrow.list_(_TEXT),
    "trainable": pyarrow.list_(pyarrow.bool_()),
    "text": _TEXT,
    **dict.fromkeys(("messages", "prompt", "chosen", "rejected"), _OBJECTS),
    "conversations": pyarrow.list_(pyarrow.struct({"from": _TEXT, "value": _TEXT})),
    "system": _TEXT,
    "tools": _TEXT,
}


def write_parquet(path: Path, examples: Iterable[dict[str, Any]], keys: Sequence[str]) -> None:
    """Replace the file with the examples. The columns are those of the first example, or `keys` if there is none."""
    remaining = iter(examples)
    first = list(islice(remaining, 1))
    names = list(first[0] if first else keys)
    types = _COLUMNS | ({} if "conversations" in names else {"tools": _OBJECTS})
    schema = pyarrow.schema([(name, types[name]) for name in names])
    objects = [name for name in names if types[name] == _OBJECTS]
    write_rows(path, ({**example, **{name: [json.dumps(value, ensure_ascii=False) for value in example.get(name) or []]
                                     for name in objects}} for example in map(_unicode, chain(first, remaining))),
               schema, GROUP)


def _unicode(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _unicode(item) for key, item in value.items()}
    return [_unicode(item) for item in value] if isinstance(value, list) else value
