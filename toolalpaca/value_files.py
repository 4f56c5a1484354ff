"""Files of many JSON values: an array, JSON Lines or Parquet rows, by the file's ending; read one value at a time.

What the values mean is for others to say: API records (record_files.py) or training examples (sft_files.py).
"""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from toolalpaca.errors import UsageError
from toolalpaca.json_stream import json_items
from toolalpaca.json_types import type_name
from toolalpaca.replacing import replacing

KINDS = ("json", "jsonl", "parquet")
GROUP = 100  # rows of a Parquet file that are held at a time


def kind_of(path: Path) -> str:
    """"json", "jsonl" or "parquet" by the ending; a file of any other ending holds a JSON array."""
    kind = path.suffix.lower().lstrip(".")
    return kind if kind in KINDS else "json"


def read_values(path: Path) -> Iterator[Any]:
    """The values in order, holding little more than one of them.

    Raises UsageError when the file is missing or not what its ending says; JSON Lines may be no lines.
    """
    if not path.is_file():
        raise UsageError(f"{path}: is a folder, but a file is needed" if path.is_dir() else f"{path}: no such file")
    try:
        if not path.stat().st_size and kind_of(path) != "jsonl":
            raise UsageError(f"{path}: the file is empty")
        yield from _READERS[kind_of(path)](path)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text ({error.reason})") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error})") from None


def write_array(path: Path, values: Iterable[Any]) -> None:
    """Replace the file by a JSON array with one value per line, written as the values come."""
    with replacing(path) as file:
        separator = "[\n"
        for value in values:
            file.write(separator + json.dumps(value, ensure_ascii=False))
            separator = ",\n"
        file.write("[]\n" if separator == "[\n" else "\n]\n")


def write_lines(path: Path, values: Iterable[Any]) -> None:
    """Replace the file by one JSON value per line, written as the values come."""
    with replacing(path) as file:
        file.writelines(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def _array_items(path: Path) -> Iterator[Any]:
    with open(path, encoding="utf-8-sig") as file:
        start = file.read(1)
        while start.isspace():
            start = file.read(1)
        if start != "[":
            raise ValueError(_no_array(path))
        file.seek(0)
        yield from json_items(file)


def _no_array(path: Path) -> str:
    """What a file is that does not begin as an array."""
    text = path.read_text(encoding="utf-8-sig")
    if not text.strip():
        return "the file is empty"
    try:
        return f"expected a JSON array, found {type_name(json.loads(text))}"
    except (json.JSONDecodeError, RecursionError) as error:
        return f"not valid JSON ({error})"


def _lines(path: Path) -> Iterator[Any]:
    with open(path, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield json.loads(line)
                except (json.JSONDecodeError, RecursionError) as error:
                    raise ValueError(f"line {number} is not valid JSON ({error})") from None


def _rows(path: Path) -> Iterator[Any]:
    from toolalpaca.parquet_files import read_rows

    return read_rows(path, GROUP)


_READERS: dict[str, Callable[[Path], Iterator[Any]]] = {"json": _array_items, "jsonl": _lines, "parquet": _rows}
