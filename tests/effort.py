"""How much work something may be, held against other work at the same time, so that no busy or slow machine decides."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_TEXT = json.dumps([{"number": number, "word": f"word {number}"} for number in range(400)])


def _unit() -> float:
    """Return the processor time of a fixed piece of work, about a tenth of a second of an ordinary processor."""
    began = time.process_time()
    for _ in range(200):
        json.loads(_TEXT)
        re.findall(r"(\w+) (\d+)", _TEXT)
        sum(ord(sign) for sign in _TEXT[:4_000])
    return time.process_time() - began


_usual = cache(_unit)


@contextmanager
def at_most(units: float) -> Iterator[None]:
    """Fail if the block takes the processor time of more than so many units of work, measured at the same time if it
    takes more than they usually do."""
    usual = _usual()
    began = time.process_time()
    yield
    spent = time.process_time() - began
    if spent > units * usual:
        unit = max(usual, _unit())
        assert spent < units * unit, f"{spent / unit:.0f} units of work, and not {units:.0f}"
