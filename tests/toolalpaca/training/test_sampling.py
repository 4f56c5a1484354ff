"""Which examples go together: similar lengths, the same in every run, another order each epoch; and shared prompts: the
groups that save most, and the same loss and gradient as rows of one example each."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoConfig, AutoModelForCausalLM

from toolalpaca.training import attention
from toolalpaca.training.collate import FlatBatches, PaddedBatches
from toolalpaca.training.masks import IGNORED
from toolalpaca.training.sampling import (
    BLOCK,
    BundleSampler,
    Groups,
    LengthGrouped,
    group_by_prompt,
    prefix_code,
    separate,
    shared_length,
)


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


ARCHITECTURES = {
    "llama": {}, "qwen2": {}, "qwen3": {"head_dim": 8}, "mistral": {}, "gemma": {"head_dim": 8}, "gpt_neox": {},
    "mistral with a window": {"sliding_window": 12}, "gemma3_text": {"head_dim": 8, "sliding_window": 8}}


def tiny(name: str, implementation: str = attention.GROUPED_ROWS) -> Any:
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        name.split()[0], vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2, use_cache=False,
        num_attention_heads=4, num_key_value_heads=2, **ARCHITECTURES[name])
    assert attention.supports(config)
    return AutoModelForCausalLM.from_config(config, attn_implementation=implementation).train()


def example(prompt: list[int], rest: list[int], untrained: int = 2) -> dict[str, Any]:
    ids = np.array(prompt + rest)
    labels = ids.copy()
    labels[:len(prompt) + untrained] = IGNORED
    return {"input_ids": ids, "labels": labels}


def bundle() -> dict[str, Any]:
    """Two groups that share 20 and 31 tokens, and a single example."""
    draw = np.random.default_rng(0)

    def tokens(number: int) -> list[int]:
        return draw.integers(1, 64, number).tolist()

    first, second = tokens(20), tokens(31)
    return {"groups": [[example(first, [10 + place, *tokens(length)]) for place, length in enumerate((5, 3, 9))],
                       [example(tokens(6), tokens(8))],
                       [example(second, [20 + place, *tokens(length)]) for place, length in enumerate((4, 12))]]}


def loss_and_gradients(model: Any, batch: dict[str, Any]) -> tuple[float, dict[str, torch.Tensor]]:
    batch.pop("counts")
    model.zero_grad()
    loss = model(**batch, num_items_in_batch=torch.tensor(1)).loss
    loss.backward()
    return float(loss), {name: weight.grad.clone() for name, weight in model.named_parameters()}


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_loss_and_gradient_equal_those_of_separate_rows(architecture: str, checkpointing: bool) -> None:
    examples = [one for group in bundle()["groups"] for one in group]
    apart = loss_and_gradients(tiny(architecture, "sdpa"), PaddedBatches(0)(examples))
    model = tiny(architecture)
    if checkpointing:
        model.gradient_checkpointing_enable()
    shared = loss_and_gradients(model, FlatBatches()([bundle()]))
    assert shared[0] == pytest.approx(apart[0], rel=1e-5)
    for name, gradient in apart[1].items():
        torch.testing.assert_close(shared[1][name], gradient, rtol=1e-3, atol=1e-4, msg=name)


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_under_autocast_the_loss_is_that_of_float32_to_the_precision_of_bfloat16(architecture: str) -> None:
    exact, _ = loss_and_gradients(tiny(architecture), FlatBatches()([bundle()]))
    with torch.autocast("cpu", torch.bfloat16):
        rounded, gradients = loss_and_gradients(tiny(architecture), FlatBatches()([bundle()]))
    assert rounded == pytest.approx(exact, rel=1e-2) and rounded != exact
    assert all(gradient.isfinite().all() and gradient.abs().sum() > 0 for gradient in gradients.values())


def test_the_row_holds_each_prompt_once_and_counts_positions_on_from_it() -> None:
    batch = FlatBatches()([bundle()])
    assert [(group.prompt, group.continuations) for group in batch["layout"].groups] == [
        (20, (6, 4, 10)), (0, (14,)), (31, (5, 13))]
    assert batch["position_ids"][0, 18:32].tolist() == [18, 19, *range(20, 26), *range(20, 24), 20, 21]
    examples = [one for group in bundle()["groups"] for one in group]
    trained = sum(int((one["labels"] != IGNORED).sum()) for one in examples)
    assert batch["counts"].tolist()[0] == batch["input_ids"].shape[1] == 20 + 20 + 14 + 31 + 18
    assert batch["counts"].tolist()[3:5] == [trained, 6] and batch["labels"].shape == (1, trained)


def test_every_trained_token_is_predicted_by_the_one_before_it_in_its_own_example() -> None:
    """Followed back through the row, each target has its example's tokens before it, and no other is a target."""
    batch, groups = FlatBatches()([bundle()]), bundle()["groups"]
    ids, positions = batch["input_ids"][0].tolist(), batch["position_ids"][0].tolist()
    sees = batch["layout"].dense_mask(None, torch.device("cpu"))[0, 0]
    found = []
    for place, target in zip(batch["logits_to_keep"].tolist(), batch["labels"][0].tolist(), strict=True):
        visible = sorted(torch.nonzero(sees[place]).flatten().tolist(), key=positions.__getitem__)
        assert [positions[other] for other in visible] == list(range(positions[place] + 1))
        found.append(([ids[other] for other in visible], target))
    wanted = [(one["input_ids"][:place].tolist(), int(one["labels"][place])) for group in groups for one in group
              for place in range(1, len(one["labels"])) if one["labels"][place] != IGNORED]
    assert found == wanted


@pytest.mark.parametrize("architecture", ["llama", "mistral with a window"])
def test_no_continuation_sees_another(architecture: str) -> None:
    model, before = tiny(architecture).eval(), FlatBatches()([bundle()])
    changed = bundle()
    changed["groups"][0][1]["input_ids"][21:] = 63
    after = FlatBatches()([changed])
    with torch.no_grad():
        logits = [model(input_ids=batch["input_ids"], position_ids=batch["position_ids"],
                        layout=batch["layout"]).logits[0] for batch in (before, after)]
    moved = (logits[0] - logits[1]).abs().amax(dim=1) > 0
    assert moved[27:30].all() and not moved[:27].any() and not moved[30:].any()


@pytest.mark.parametrize("window", [None, 40])
def test_the_block_mask_of_flex_attention_says_the_same(window: int | None) -> None:
    """On the CPU flex_attention runs without a backward pass; on a GPU this is the mask it trains with."""
    from torch.nn.attention.flex_attention import flex_attention

    from toolalpaca.training.collate import Group, Layout

    layout = Layout([Group(150, (130, 140, 7)), Group(0, (260,)), Group(300, (3, 200))])
    some, full = layout.block_occupancy(128, window)
    dense = layout.dense_mask(window, torch.device("cpu"))[0, 0]
    for row in range(len(some)):
        for column in range(len(some)):
            block = dense[row * 128:(row + 1) * 128, column * 128:(column + 1) * 128]
            assert some[row, column] or not block.any()
            assert not full[row, column] or block.all()
    assert window is not None or full.any()
    torch.manual_seed(0)
    query, key, value = (torch.randn(1, 2, layout.tokens, 16) for _ in range(3))
    with torch.no_grad():
        blocks = flex_attention(query, key, value, block_mask=layout.block_mask(window, query.device))
        expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=dense)
    torch.testing.assert_close(blocks, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["gemma2", "gpt_oss", "gpt2", "bloom", "llama4_text", "nemotron_h", "falcon"])
def test_models_that_need_more_than_a_causal_mask_do_not_share(kind: str) -> None:
    assert not attention.supports(AutoConfig.for_model(kind))


def test_an_attention_that_needs_more_is_refused() -> None:
    from toolalpaca.core.errors import UsageError

    states = torch.zeros(1, 1, 2, 8)
    with pytest.raises(UsageError, match="softcap.*--share_prompts False"):
        attention.grouped_attention(torch.nn.Linear(1, 1), states, states, states, None,
                                    layout=FlatBatches()([example([1], [2, 3])])["layout"], softcap=3.0)


def api(number: int, count: int, draw: np.random.Generator) -> list[np.ndarray]:
    """Examples of an API: a beginning that all APIs have, its own functions, and something of each example."""
    functions = np.concatenate([np.arange(70), np.full(200 + 10 * number, number + 1)])
    return [np.concatenate([functions, draw.integers(1, 60, int(draw.integers(20, 90)))]) for _ in range(count)]


def test_groups_are_the_apis_whatever_their_order() -> None:
    draw = np.random.default_rng(1)
    examples = [(number, ids) for number in range(9) for ids in api(number, 10, draw)]
    draw.shuffle(examples)  # type: ignore[arg-type]
    groups = group_by_prompt([prefix_code(ids) for _, ids in examples], [len(ids) for _, ids in examples], 10)
    assert sorted(len(group) for group in groups.members) == [10] * 9
    assert all(len({examples[index][0] for index in group}) == 1 for group in groups.members)
    halves = group_by_prompt([prefix_code(ids) for _, ids in examples], [len(ids) for _, ids in examples], 6)
    assert sorted(len(group) for group in halves.members) == [5] * 18


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(1, 60)), min_size=1, max_size=25),
       st.integers(1, 6), st.one_of(st.none(), st.integers(250, 400)))
def test_groups_hold_every_example_once_within_their_limits(shapes: list[tuple[int, int, int]], most: int,
                                                            capacity: int | None) -> None:
    examples = [np.concatenate([np.full(3 * BLOCK, first), np.full(BLOCK + 5, second), np.full(rest, 9)])
                for first, second, rest in shapes]
    lengths = [len(ids) for ids in examples]
    groups = group_by_prompt([prefix_code(ids) for ids in examples], lengths, most, capacity)
    assert sorted(index for group in groups.members for index in group) == list(range(len(examples)))
    assert max(map(len, groups.members)) <= most
    assert capacity is None or max(groups.sizes) <= capacity
    assert sum(groups.sizes) <= sum(lengths)
    for group, size in zip(groups.members, groups.sizes, strict=True):
        shared = shared_length([{"input_ids": examples[index], "labels": np.full(lengths[index], IGNORED)}
                                for index in group])
        assert size >= sum(lengths[index] for index in group) - (len(group) - 1) * max(shared + 1, BLOCK)


def test_a_prompt_ends_before_the_token_that_predicts_the_first_trained_one() -> None:
    prompt = list(range(1, 31))
    assert shared_length([example(prompt, [40, 50, 60]), example(prompt, [41, 51, 61])]) == 30
    assert shared_length([example(prompt, [50, 60], 0), example(prompt, [51, 61], 0)]) == 29
    assert shared_length([example(prompt, [40, 50]), example(prompt, [40, 50])]) == 30 + 1
    assert shared_length([example(prompt[:9], [40, 50]), example(prompt[:9], [41, 50])]) == 0  # not worth it
    assert shared_length([example(prompt, [40, 50])]) == 0


def test_separate_groups() -> None:
    groups = separate([3, 4])
    assert (groups.members, groups.sizes) == ([[0], [1]], [3, 4])
