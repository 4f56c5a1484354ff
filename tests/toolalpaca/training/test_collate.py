"""Batches and packing: every example once, no pack too long, little room left, and no example sees another."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.training import attention as grouped_rows
from toolalpaca.training.collate import FlatBatches, PaddedBatches
from toolalpaca.training.sampling import best_fit


@given(st.lists(st.integers(1, 50), max_size=80))
def test_packs_hold_every_example_once_within_the_capacity(lengths: list[int]) -> None:
    packs = best_fit(lengths, 50)
    assert sorted(index for pack in packs for index in pack) == list(range(len(lengths)))
    totals = sorted(sum(lengths[index] for index in pack) for pack in packs)
    assert all(total <= 50 for total in totals)
    assert sum(totals[:2]) > 50 or len(totals) < 2  # no two packs would fit into one


def test_little_room_is_left_in_realistic_lengths() -> None:
    lengths = np.random.default_rng(0).normal(900, 350, 20_000).clip(100, 2048).astype(int).tolist()
    packs = best_fit(lengths, 2048)
    assert sum(lengths) / (len(packs) * 2048) > 0.97


@pytest.mark.parametrize("attention", ["sdpa", grouped_rows.GROUPED_ROWS])
@pytest.mark.parametrize("architecture", ["llama", "qwen2", "gpt_neox"])
def test_packed_and_single_examples_have_the_same_logits(architecture: str, attention: str) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    config = AutoConfig.for_model(architecture, vocab_size=64, hidden_size=32, intermediate_size=64,
                                  num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, use_cache=False)
    model = AutoModelForCausalLM.from_config(config, attn_implementation=attention).eval()
    examples = [torch.randint(1, 64, (length,)).tolist() for length in (7, 12, 5, 9)]
    batch = FlatBatches(with_layout=attention == grouped_rows.GROUPED_ROWS)([
        {"groups": [[{"input_ids": examples[index], "labels": examples[index]}] for index in (0, 2, 1, 3)]}])
    assert batch["position_ids"][0].tolist() == [*range(7), *range(5), *range(12), *range(9)]
    for key in ("counts", "labels", "shift_labels", "logits_to_keep"):
        batch.pop(key)
    with torch.no_grad():
        rows = model(**batch).logits[0].split([7, 5, 12, 9])
        model.set_attn_implementation("sdpa")
        for index, logits in zip((0, 2, 1, 3), rows, strict=True):
            alone = model(input_ids=torch.tensor([examples[index]])).logits[0]
            torch.testing.assert_close(logits, alone, rtol=1e-4, atol=1e-5)


def test_counts_tell_padding_from_tokens() -> None:
    examples = [{"input_ids": [1] * 4, "labels": [1] * 4}, {"input_ids": [1] * 6, "labels": [1] * 6, "left_out": True}]
    assert PaddedBatches(0)(examples)["counts"].tolist() == [10, 12, 52, 12, 2, 1]
    assert FlatBatches()(examples)["counts"].tolist() == [10, 10, 52, 8, 2, 1]


def test_padding_never_hides_the_end_token_from_the_loss() -> None:
    batch = PaddedBatches(pad_id=2)([{"input_ids": [5, 2], "labels": [-100, 2]},
                                     {"input_ids": [5, 6, 7, 2], "labels": [-100, 6, 7, 2]}])
    assert batch["labels"].tolist() == [[-100, 2, -100, -100], [-100, 6, 7, 2]]
    assert batch["input_ids"].tolist() == [[5, 2, 2, 2], [5, 6, 7, 2]]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_padding_changes_nothing_before_it(attention: str) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    config = AutoConfig.for_model("llama", vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                                  num_attention_heads=4, num_key_value_heads=2, use_cache=False)
    model = AutoModelForCausalLM.from_config(config, attn_implementation=attention).eval()
    examples = [torch.randint(1, 64, (length,)).tolist() for length in (5, 11)]
    batch = PaddedBatches(pad_id=2)([{"input_ids": ids, "labels": ids} for ids in examples])
    batch.pop("counts")
    with torch.no_grad():
        padded = model(**batch).logits
        for row, ids in zip(padded, examples, strict=True):
            alone = model(input_ids=torch.tensor([ids])).logits[0]
            torch.testing.assert_close(row[:len(ids)], alone, rtol=1e-4, atol=1e-5)
