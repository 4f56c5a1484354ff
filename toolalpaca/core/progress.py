"""The stages' progress bars, and what keeps a slow one alive."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

REDRAWN_EVERY = 1.0  # seconds


def record_bar(title: str, count: int, unit: str = "record") -> Any:
    """A tqdm bar over `count` records, or other units, on standard error; quiet when that is not a terminal."""
    from tqdm import tqdm

    return tqdm(total=count, desc=title, unit=unit, file=sys.stderr, disable=not sys.stderr.isatty(),
                dynamic_ncols=True)


@contextmanager
def refreshed(bar: Any, postfix: Callable[[], str], every: float = REDRAWN_EVERY) -> Iterator[None]:
    """Redraw the bar with its `postfix` every so often: with slow calls no record may be finished for minutes, and
    calls are seen to be answered all the same."""
    if bar.disable:
        yield
        return
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
