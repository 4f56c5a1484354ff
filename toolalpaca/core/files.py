"""Replacing a file in one step, so that a reader or a crash never meets half of one."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from toolalpaca.core.errors import NO_ROOM, UsageError


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of `path` when the block ends well and disappears when it does not.

    Its name is fixed, so that what a killed process leaves behind is overwritten by the next, and hidden, so that it
    is never taken for a shard.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        if path.exists():
            os.chmod(temporary, path.stat().st_mode)
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise UsageError(f"{path}: cannot be written ({error.strerror}); what was there stays, run the same "
                             "command again once there is room") from None
        raise


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file that takes the place of `path` when the block ends well and disappears when it does not.

    A lone surrogate, which JSON text may hold and UTF-8 may not, is written as its escape.
    """
    with replacing_file(path) as temporary:
        try:
            file = open(temporary, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115 - closed below
        except OSError as error:
            raise UsageError(f"{path}: cannot be written ({error.strerror})") from None
        with file:
            yield file


def read_text(path: Path, needed: str) -> str:
    """The file's text; raises UsageError when it is missing, no UTF-8 or a folder where `needed` is."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: is a folder, but {needed}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None


def read_json(path: Path) -> Any:
    """The file's JSON value; raises UsageError when it is missing, empty, no UTF-8 or no JSON."""
    text = read_text(path, "a JSON file is needed")
    if not text.strip():
        raise UsageError(f"{path}: the file is empty")
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: not valid JSON ({error})") from None


def write_json(path: Path, value: Any) -> None:
    """Replace the file by one indented JSON value."""
    with replacing(path) as file:
        json.dump(value, file, ensure_ascii=False, indent=2)
        file.write("\n")
