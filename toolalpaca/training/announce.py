"""One voice for several processes: what all of them find, the first one says."""

import os

from toolalpaca.cli import say


def announce(message: str) -> None:
    """A line for the person at the terminal, from the first process only."""
    if os.environ.get("RANK", "0") == "0":
        say(message)
