"""Files of many JSON values, as an array or JSON Lines, read and written one value at a time; Parquet is in
parquet.py."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import replacing
from toolalpaca.core.jsons import to_json, type_name

_CHUNK = 1 << 20  # characters read at a time
_LONGEST = 1 << 26  # characters per item; otherwise a malformed item would pull in the rest of the file
_AFTER_ITEM = frozenset(" \t\r\n,]")
_BLANKS = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()

FILE_FORMATS = ("json", "jsonl", "parquet")
FORMATS_IN_WORDS = f"{', '.join(f'.{kind}' for kind in FILE_FORMATS[:-1])} or .{FILE_FORMATS[-1]}"
GROUP = 100  # rows of a Parquet file held in memory at a time


def json_items(file: TextIO) -> Iterator[Any]:
    """Yield the items of the array that the file holds; raise ValueError if the text is not such an array."""
    window = _Window(file)
    window.take("[")
    count = 0
    while window.peek() != "]":
        if count:
            window.take(",")
        try:
            value = window.value()
        except (ValueError, RecursionError) as error:
            raise ValueError(f"record {count} is not valid JSON ({getattr(error, 'msg', error)})") from None
        yield value
        count += 1
    window.take("]")
    if window.peek():
        raise ValueError("text follows the end of the array")


class _Window:
    """The part of the file being decoded; everything before `at` has been consumed."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.text, self.at, self.ended = file, "", 0, False

    def more(self) -> None:
        read = self.file.read(max(_CHUNK, len(self.text) - self.at))
        self.text, self.at, self.ended = self.text[self.at:] + read, 0, not read

    def peek(self) -> str:
        """Return the next character that is not blank; "" at the end of the file."""
        while True:
            self.at = _BLANKS.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text) or self.ended:
                return self.text[self.at:self.at + 1]
            self.more()

    def take(self, character: str) -> None:
        found = self.peek()
        if found != character:
            raise ValueError(f"expected {character!r}, found {found!r}" if found else f"ends before {character!r}")
        self.at += 1

    def value(self) -> Any:
        """Return one JSON value. A number at the end of the window may continue in the next chunk, so one more
        character is read."""
        self.peek()
        while True:
            last = self.ended or len(self.text) - self.at > _LONGEST
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
                if last or self.text[end:end + 1] in _AFTER_ITEM:
                    self.at = end
                    return value
            except json.JSONDecodeError:
                if last:
                    raise
            self.more()


def file_format(path: Path) -> str:
    """Return "json", "jsonl" or "parquet" by the file extension; a file with any other extension holds a JSON array."""
    return path.suffix.lower()[1:] if has_format(path) else "json"


def has_format(path: Path) -> bool:
    """Return whether the file extension is that of one of the formats."""
    return path.suffix.lower()[1:] in FILE_FORMATS


def read_values(path: Path) -> Iterator[Any]:
    """Yield the values in order, holding little more than one of them in memory.

    Raises UsageError if the file is missing or not in the format of its extension; a JSON Lines file may be empty.
    """
    if not path.is_file():
        raise UsageError(f"{path}: is a folder, but a file is needed" if path.is_dir() else f"{path}: no such file")
    try:
        if not path.stat().st_size and file_format(path) != "jsonl":
            raise UsageError(f"{path}: the file is empty")
        yield from _READERS[file_format(path)](path)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text ({error.reason})") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error})") from None


def write_array(path: Path, values: Iterable[Any]) -> None:
    """Replace the file with a JSON array, one value per line, written as the values arrive."""
    with replacing(path) as file:
        separator = "[\n"
        for value in values:
            file.write(separator + to_json(value))
            separator = ",\n"
        file.write("[]\n" if separator == "[\n" else "\n]\n")


def write_lines(path: Path, values: Iterable[Any]) -> None:
    """Replace the file with one JSON value per line, written as the values arrive."""
    with replacing(path) as file:
        file.writelines(to_json(value) + "\n" for value in values)


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
    """Return a description of a file that does not begin with an array."""
    text = path.read_text(encoding="utf-8-sig")
    if not text.strip():
        return "the file is empty"
    try:
        return f"expected a JSON array, found {type_name(json.loads(text))}"
    except (ValueError, RecursionError) as error:
        return f"not valid JSON ({error})"


def _lines(path: Path) -> Iterator[Any]:
    with open(path, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise ValueError(f"line {number} is not valid JSON ({error})") from None


def _rows(path: Path) -> Iterator[Any]:
    from toolalpaca.data.parquet import read_rows

    return read_rows(path, GROUP)


_READERS: dict[str, Callable[[Path], Iterator[Any]]] = {"json": _array_items, "jsonl": _lines, "parquet": _rows}
