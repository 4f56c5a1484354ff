"""The bar of a slow stage, and its lines if there is no terminal."""

import io
import re
import time
import warnings

import pytest
from tqdm import tqdm

from toolalpaca.core.log import LineBar, quiet_transformers, record_bar, refreshed


def test_a_bar_is_redrawn_while_nothing_is_finished():
    shown = io.StringIO()
    calls = iter(range(1000))
    with tqdm(total=3, file=shown) as bar, refreshed(bar, lambda: f"{next(calls)} calls", every=0.01):
        latest = time.monotonic() + 10
        while "5 calls" not in shown.getvalue() and time.monotonic() < latest:
            time.sleep(0.01)
    assert "0/3" in shown.getvalue()
    assert "5 calls" in shown.getvalue()


def test_without_a_terminal_there_is_a_line_now_and_then(capsys):
    bar = record_bar("generation", 120)
    assert isinstance(bar, LineBar)
    with LineBar("generation", 120, "record", every=0.05) as bar, refreshed(bar, lambda: "7 calls", every=0.01):
        bar.update(40)
        time.sleep(0.12)
        bar.update()
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 3, "a line at most as often as asked for"
    assert re.fullmatch(r"generation: 4[01] of 120 records, 7 calls, about \d+ min left", lines[-1])


def test_what_transformers_says_of_its_later_versions_is_not_shown():
    pytest.importorskip("transformers")
    with warnings.catch_warnings(record=True) as shown:
        quiet_transformers()
        warnings.warn("will be renamed", FutureWarning, stacklevel=1)
        warnings.warn("is wrong now", UserWarning, stacklevel=1)
    assert [one.category for one in shown] == [UserWarning]
