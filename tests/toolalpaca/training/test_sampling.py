"""The order of examples: similar lengths together, the same in every run, another one each epoch."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.training.sampling import BundleSampler, LengthGrouped
from toolalpaca.training.shared_prompts import Groups


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


@given(st.lists(st.integers(1, 7), min_size=1, max_size=30), st.integers(1, 9), st.integers(0, 3))
def test_bundles_have_the_wanted_number_of_examples_and_hold_each_once(sizes: list[int], number: int,
                                                                       epoch: int) -> None:
    starts = np.cumsum([0, *sizes])
    members = [list(range(start, end)) for start, end in zip(starts, starts[1:], strict=False)]
    sampler, again = (BundleSampler(Groups(members, sizes), examples=number, tokens=None, devices=2, seed=5)
                      for _ in range(2))
    sampler.set_epoch(epoch)
    again.set_epoch(epoch)
    bundles = list(sampler)
    assert bundles == list(again) and len(bundles) == len(sampler) == -(-sum(sizes) // number)
    assert sorted(index for bundle in bundles for group in bundle for index in group) == list(range(sum(sizes)))
    counted = sorted(sum(map(len, bundle)) for bundle in bundles)
    assert counted[1:] == [number] * (len(bundles) - 1) and 1 <= counted[0] <= number
    for group in (group for bundle in bundles for group in bundle):
        assert any(set(group) <= set(whole) for whole in members)


def test_epochs_put_other_groups_together() -> None:
    sampler = BundleSampler(Groups([[2 * n, 2 * n + 1] for n in range(20)], [5] * 20), examples=4, tokens=None,
                            devices=1, seed=1)
    first = {frozenset(bundle) for bundle in sampler}
    sampler.set_epoch(1)
    assert first != {frozenset(bundle) for bundle in sampler}


def test_packed_bundles_hold_at_most_so_many_tokens() -> None:
    groups = Groups([[0], [1, 2], [3], [4]], [6, 5, 4, 3])
    sampler = BundleSampler(groups, examples=1, tokens=10, devices=1, seed=1)
    assert sorted(sorted(group for group in bundle) for bundle in sampler) == [[(0,), (3,)], [(1, 2), (4,)]]
