"""The bar of a slow stage."""

import io
import time

from tqdm import tqdm

from toolalpaca.core.progress import refreshed


def test_a_bar_is_redrawn_while_nothing_is_finished():
    shown = io.StringIO()
    calls = iter(range(1000))
    with tqdm(total=3, file=shown) as bar, refreshed(bar, lambda: f"{next(calls)} calls", every=0.01):
        latest = time.monotonic() + 10
        while "5 calls" not in shown.getvalue() and time.monotonic() < latest:
            time.sleep(0.01)
    assert "0/3" in shown.getvalue()
    assert "5 calls" in shown.getvalue()


def test_a_bar_that_is_not_shown_is_left_alone():
    def postfix() -> str:
        raise AssertionError("nobody sees it")

    with tqdm(total=3, disable=True) as bar, refreshed(bar, postfix, every=0.001):
        time.sleep(0.02)
