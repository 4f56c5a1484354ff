"""Lines for the person at the terminal; of several processes that would print the same line, only the first does."""

import os
import sys

from toolalpaca.core.text import one_line


def log_line(message: str) -> None:
    """Print one line on standard error, without line breaks or terminal escapes inside."""
    print(one_line(message, None), file=sys.stderr, flush=True)


def log_on_rank_0(message: str) -> None:
    """Print one line on standard error from the first process only."""
    if os.environ.get("RANK", "0") == "0":
        log_line(message)
