"""Examples over the limit: cut only between trained pieces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.training.masks import Tokenised
from toolalpaca.training.truncation import fitted


def tokens(pattern: str, opening: int = 1) -> Tokenised:
    """One token per character: `x` is trained, `.` is not."""
    return Tokenised(np.arange(len(pattern), dtype=np.int32), np.array([mark == "x" for mark in pattern]), opening)


def shown(example: Tokenised | None) -> str | None:
    return None if example is None else "".join("x" if mark else "." for mark in example.trained)


@pytest.mark.parametrize(("pattern", "limit", "policy", "left"), [
    ("..xx..xx", 8, "drop", "..xx..xx"),
    ("..xx..xx", 7, "drop", None),
    ("..xx..xx", 7, "error", None),
    ("..xx..xx", 7, "truncate_right", "..xx"),
    ("..xx..xx", 4, "truncate_right", "..xx"),
    ("..xx..xx", 3, "truncate_right", None),
    ("..xx..xx", 5, "truncate_left", "...xx"),  # the opening token and the last four
    ("..xx..xx", 6, "truncate_left", "....xx"),  # half of the first piece is left, and no longer trained
    ("..xx..xx", 7, "truncate_left", ".xx..xx"),
    (".xxxxxxx", 5, "truncate_left", None),
])
def test_cut(pattern: str, limit: int, policy: str, left: str | None) -> None:
    assert shown(fitted(tokens(pattern), limit, policy)) == left


@given(st.text("x.", min_size=2, max_size=30), st.integers(2, 30), st.sampled_from(["truncate_left", "truncate_right"]))
def test_what_is_left_fits_and_trains_whole_pieces_only(pattern: str, limit: int, policy: str) -> None:
    example = tokens("." + pattern)
    left = fitted(example, limit, policy)
    if left is None:
        return
    assert len(left.input_ids) == len(left.trained) <= limit
    assert left.input_ids[0] == 0  # the opening token stays
    whole = {tuple(run) for run in np.split(np.flatnonzero(example.trained),
                                            np.flatnonzero(np.diff(np.flatnonzero(example.trained)) > 1) + 1)}
    kept = left.input_ids[left.trained]
    for run in np.split(kept, np.flatnonzero(np.diff(kept) > 1) + 1):
        assert tuple(run) in whole | {()}
