"""One voice for several processes: what all of them find, the first one says."""

import os
import re
import sys


def say(message: str) -> None:
    """A line for the person at the terminal, on standard error, without line breaks inside."""
    print(re.sub(r"\s+", " ", message).strip(), file=sys.stderr, flush=True)


def announce(message: str) -> None:
    """A line for the person at the terminal, from the first process only."""
    if os.environ.get("RANK", "0") == "0":
        say(message)
