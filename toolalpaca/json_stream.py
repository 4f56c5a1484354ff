"""Reading a JSON array item by item, so that a file of any size takes the memory of one item."""

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

_CHUNK = 1 << 20  # characters read at a time
_LONGEST = 1 << 26  # characters one item may have; a broken item would otherwise pull in the rest of the file
_AFTER_ITEM = frozenset(" \t\r\n,]")
_BLANKS = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def json_items(file: TextIO) -> Iterator[Any]:
    """The items of the array that the file holds; raises ValueError where the text is no such array."""
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
    """The part of the file that is being decoded: what is before `at` is done with."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.text, self.at, self.ended = file, "", 0, False

    def more(self) -> None:
        read = self.file.read(max(_CHUNK, len(self.text) - self.at))
        self.text, self.at, self.ended = self.text[self.at:] + read, 0, not read

    def peek(self) -> str:
        """The next character that is not blank; empty at the end of the file."""
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
        """One JSON value. A number at the end of the window may go on in the next chunk, so what follows decides."""
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
