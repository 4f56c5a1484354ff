"""Replacing a file in one step, so that a reader or a crash never meets half of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from toolalpaca.errors import NO_ROOM, UsageError


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
