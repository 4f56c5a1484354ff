"""Log lines on standard error; in a distributed run only rank 0 prints lines common to all processes."""

import os
import sys

from toolalpaca.core.text import one_line


def log_line(message: str) -> None:
    """Print one line on standard error, with line breaks and terminal escapes removed."""
    print(one_line(message, None), file=sys.stderr, flush=True)


def log_on_rank_0(message: str) -> None:
    """Print one line on standard error from the process with rank 0 only."""
    if os.environ.get("RANK", "0") == "0":
        log_line(message)
