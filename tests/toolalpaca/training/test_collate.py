"""The order of examples: similar lengths together, the same in every run, another one each epoch."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.training.collate import LengthGrouped


@given(st.lists(st.integers(1, 99), max_size=70), st.integers(1, 9), st.integers(0, 3))
def test_every_index_once_and_the_same_again(lengths: list[int], group: int, epoch: int) -> None:
    first, second = LengthGrouped(lengths, group, seed=7), LengthGrouped(lengths, group, seed=7)
    first.set_epoch(epoch)
    second.set_epoch(epoch)
    assert sorted(first) == list(range(len(lengths))) and len(first) == len(lengths)
    assert list(first) == list(second)


def test_epochs_and_seeds_differ() -> None:
    lengths = list(range(1, 200))
    sampler = LengthGrouped(lengths, 8, seed=1)
    before = list(sampler)
    sampler.set_epoch(1)
    assert list(sampler) != before != list(LengthGrouped(lengths, 8, seed=2))


def test_little_padding_and_the_longest_first() -> None:
    lengths = np.random.default_rng(0).normal(900, 350, 4000).clip(100, 2048).astype(int)
    order = np.array(list(LengthGrouped(lengths.tolist(), 8, seed=0)))
    batches = lengths[order].reshape(-1, 8)
    assert lengths.max() in batches[0]
    assert 1 - lengths.sum() / (batches.max(axis=1) * 8).sum() < 0.03
    assert abs(np.corrcoef(np.arange(len(batches)), batches.mean(axis=1))[0, 1]) < 0.1  # no drift from long to short
