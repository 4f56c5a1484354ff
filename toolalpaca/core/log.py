"""Messages in one printable line; log lines and progress on standard error: a bar in a terminal, elsewhere one line a
minute. In a distributed run only rank 0 prints lines common to all processes."""

import logging
import os
import re
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Control characters (C0, DEL, C1) and the marks and overrides of writing direction.
LONGEST_LINE = 4_000  # characters that are printed: a name or a message of others may have millions
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(value: object, limit: int | None = 300) -> str:
    """Return an error or a text as one printable line of at most `limit` characters; None keeps all.

    Runs of whitespace become one space; characters that would move a terminal's cursor or hide text become escapes. An
    error without a message is given as its class name.
    """
    line = _escaped(" ".join(str(value).split()))
    line = line or (type(value).__name__ if isinstance(value, BaseException) else "")
    return line if limit is None or len(line) <= limit else f"{line[:limit - 3]}..."


def printable(text: str) -> str:
    """Return a text of several lines in which characters that move a terminal's cursor or hide text are escapes."""
    return "\n".join(map(_escaped, text.split("\n")))


def _shortened(line: str) -> str:
    """Return a line without the middle of what exceeds LONGEST_LINE: a message ends with what to do next."""
    end = LONGEST_LINE // 4
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE - end - 3]}...{line[-end:]}"


def _escaped(line: str) -> str:
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), line)


def log_line(message: str) -> None:
    """Print one line on standard error, with line breaks and terminal escapes removed and what is too long left out."""
    print(_shortened(one_line(message, None)), file=sys.stderr, flush=True)


def print_text(text: str) -> None:
    """Print a result of several lines on standard output, with terminal escapes removed and long lines shortened."""
    print("\n".join(map(_shortened, printable(text).split("\n"))))


class LibraryMessages(logging.Handler):
    """Prints what a library logs as one line without its traceback: it may quote what a server answered."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message with the logger's name."""
        log_line(one_line(f"{record.levelname.lower()} of {record.name}: {record.getMessage()}"))


def show_warning(message: Warning | str, category: type[Warning], *_: object) -> None:
    """Print what a library warns of as one line, in place of `warnings.showwarning`: it may quote what a file says."""
    log_line(one_line(f"warning: {message} ({category.__name__})"))


def show_traceback(error: BaseException | None) -> None:
    """Print an error that nothing foresaw on standard error with its traceback, without terminal escapes."""
    print(printable("".join(traceback.format_exception(error))), end="", file=sys.stderr, flush=True)


def quiet_transformers() -> None:
    """Keep the progress bars of transformers out of logs, and what it says of its later versions out of sight."""
    from transformers.utils import logging as messages

    warnings.simplefilter("ignore", FutureWarning)
    messages.set_verbosity_error()
    if not sys.stderr.isatty():
        messages.disable_progress_bar()


def log_on_rank_0(message: str) -> None:
    """Print one line on standard error from the process with rank 0 only."""
    if os.environ.get("RANK", "0") == "0":
        log_line(message)


REDRAWN_EVERY, LINE_EVERY = 1.0, 60.0  # seconds


def record_bar(title: str, count: int, unit: str = "record") -> Any:
    """Return a tqdm progress bar for `count` units on standard error, or a LineBar if that is not a terminal."""
    if not sys.stderr.isatty():
        return LineBar(title, count, unit)

    from tqdm import tqdm

    return tqdm(total=count, desc=title, unit=unit, file=sys.stderr, dynamic_ncols=True)


class LineBar:
    """Logs a stage's progress as one line, at most once a minute. Thread-safe."""

    def __init__(self, title: str, count: int, unit: str, every: float = LINE_EVERY) -> None:
        self._title, self._count, self._unit, self._every = title, count, unit, every
        self._done, self._postfix = 0, ""
        self._began = self._written = time.monotonic()
        self._lock = threading.Lock()

    def update(self, number: int = 1) -> None:
        """Count finished units."""
        with self._lock:
            self._done += number
            self._write_if_due()

    def set_postfix_str(self, text: str, refresh: bool = True) -> None:
        """Set the text that follows the counts; `refresh` exists for compatibility with tqdm."""
        with self._lock:
            self._postfix = text
            self._write_if_due()

    def _write_if_due(self) -> None:
        now = time.monotonic()
        if now - self._written < self._every:
            return
        self._written = now
        left = (now - self._began) / self._done * (self._count - self._done) / 60 if self._done else None
        log_line(", ".join(filter(None, (f"{self._title}: {self._done:,} of {self._count:,} {self._unit}s",
                                         self._postfix, f"about {left:.0f} min left" if left is not None else ""))))

    def __enter__(self) -> "LineBar":
        return self

    def __exit__(self, *error: object) -> None:
        pass


@contextmanager
def refreshed(bar: Any, postfix: Callable[[], str], every: float = REDRAWN_EVERY) -> Iterator[None]:
    """Redraw the bar with its `postfix` every `every` seconds, so that slow calls still show progress between
    records."""
    over = threading.Event()

    def redraw() -> None:
        while not over.wait(every):
            bar.set_postfix_str(postfix())

    thread = threading.Thread(target=redraw, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
