"""Progress bars: of the stages that go through a corpus and call no model, and what keeps a slow stage's bar alive."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

REDRAWN_EVERY = 1.0  # seconds


def record_bar(stage: str, count: int) -> Any:
    """A tqdm bar over `count` records on standard error, quiet when that is not a terminal."""
    from tqdm import tqdm

    return tqdm(total=count, desc=stage, unit="record", file=sys.stderr, disable=not sys.stderr.isatty(),
                dynamic_ncols=True)


@contextmanager
def kept_fresh(bar: Any, postfix: Callable[[], str], every: float = REDRAWN_EVERY) -> Iterator[None]:
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
