"""The bar of a slow stage, and its lines if there is no terminal."""

import io
import re
import time
import warnings

import pytest
from tqdm import tqdm

from toolalpaca.core.log import (
    LONGEST_LINE,
    LineBar,
    log_line,
    print_text,
    printable,
    quiet_transformers,
    record_bar,
    refreshed,
    show_traceback,
    show_warning,
)


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


def test_a_line_of_any_length_is_shortened_in_the_middle(capsys):
    message = f"the API {'x' * 10_000} is twice there"
    log_line(message)
    print_text(f"case 1\n{message}")
    printed = capsys.readouterr()
    for line in (printed.err.rstrip("\n"), printed.out.splitlines()[1]):
        assert len(line) == LONGEST_LINE and line.startswith("the API x") and line.endswith("x is twice there")
    assert printable(message) == message


def test_what_nobody_foresaw_moves_no_cursor(capsys):
    show_warning(UserWarning("key \x1b[2J\nis unknown"), UserWarning, "peft.py", 1)
    show_traceback(ValueError("\x1b]0;owned\x07"))
    warned, *traced = capsys.readouterr().err.splitlines()
    assert warned == r"warning: key \x1b[2J is unknown (UserWarning)"
    assert traced[-1] == r"ValueError: \x1b]0;owned\x07" and all(line.isprintable() for line in traced)
