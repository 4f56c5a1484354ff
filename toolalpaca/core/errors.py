"""The error classes every stage agrees on: which cost a record, which stop the stage, which are the user's to mend."""

import errno
from typing import Any

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)  # a file system that takes no more


class UsageError(Exception):
    """Bad input or set-up. The message is one line that names the file or flag and the next step; exit code 2."""


class RecordError(Exception):
    """One record could not be made; the stage goes on without it.

    `reason` is a short class such as "invalid_document" by which failures are counted; `retry_fresh` says whether
    another run should ask the model for new answers (the answers were bad) or reuse those it has (a call failed);
    `partial` holds the keys of the record that could be made all the same.
    """

    def __init__(self, reason: str, message: str, *, retry_fresh: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_fresh = retry_fresh
        self.partial: dict[str, Any] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason, self.args[0]), vars(self)

    def __str__(self) -> str:
        return f"{self.reason}: {self.args[0]}"


class StageStopped(Exception):
    """The stage stops before its end with everything finished so far stored, such as at a budget; exit code 3."""
