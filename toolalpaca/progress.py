"""The progress bar of the stages that go through a corpus record by record and call no model."""

import sys
from typing import Any


def record_bar(stage: str, count: int) -> Any:
    """A tqdm bar over `count` records on standard error, quiet when that is not a terminal."""
    from tqdm import tqdm

    return tqdm(total=count, desc=stage, unit="record", file=sys.stderr, disable=not sys.stderr.isatty(),
                dynamic_ncols=True)
