"""Rows that share a prefix attend to the same tokens as rows that each have their own copy."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")
import transformers as hf  # noqa: E402

from toolalpaca.agent.local.batching import PendingTurn, Sampling  # noqa: E402
from toolalpaca.agent.local.kv_cache import (  # noqa: E402
    RowStates,
    States,  # noqa: E402
    joined,
)
from toolalpaca.agent.local.transformers import TransformersEngine  # noqa: E402

SMALL: dict[str, Any] = {"vocab_size": 40, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
                         "num_attention_heads": 4, "max_position_embeddings": 256, "eos_token_id": 1,
                         "pad_token_id": 0, "bos_token_id": 2}
GROUPED = {**SMALL, "num_key_value_heads": 2}


class Letters:
    """A tokenizer whose tokens are letters."""

    pad_token_id, eos_token_id = 0, 1

    def decode(self, tokens: list[int], skip_special_tokens: bool = False) -> str:
        return "".join(chr(60 + token) for token in tokens)

    def get_vocab(self) -> dict[str, int]:
        return {chr(60 + token): token for token in range(40)}


@pytest.mark.parametrize("make", [
    lambda: hf.LlamaForCausalLM(hf.LlamaConfig(**GROUPED)),
    lambda: hf.Qwen2ForCausalLM(hf.Qwen2Config(**GROUPED)),
    lambda: hf.Qwen3ForCausalLM(hf.Qwen3Config(**GROUPED, head_dim=16)),
    lambda: hf.MistralForCausalLM(hf.MistralConfig(**GROUPED, sliding_window=None)),
    lambda: hf.GPTNeoXForCausalLM(hf.GPTNeoXConfig(**SMALL)),
    lambda: hf.Phi3ForCausalLM(hf.Phi3Config(**GROUPED)),
], ids=["llama", "qwen2", "qwen3", "mistral", "gpt_neox", "phi3"])
def test_shared_prefixes_change_nothing_in_any_architecture(make: Callable[[], Any]) -> None:
    torch.manual_seed(3)
    engine = TransformersEngine(make().eval(), Letters(), Sampling(most_tokens=20))
    assert engine._shares

    def said() -> list[str]:
        engine.forget()
        turns = [PendingTurn([*([7, 9, 8] * 10)[:30 - number % 3], *range(5, 8 + number)], ("zzz",))
                 for number in range(5)]
        engine.run(turns)
        return [turn.text for turn in turns]

    together = said()
    engine._shares = False
    assert together == said() and len(set(together)) > 1


def test_a_model_with_an_attention_of_its_own_shares_nothing() -> None:
    config = hf.BloomConfig(vocab_size=40, hidden_size=32, n_layer=2, n_head=4)
    engine = TransformersEngine(hf.BloomForCausalLM(config).eval(), Letters(), Sampling(most_tokens=8))
    assert not engine._shares
    turn = PendingTurn([5, 6, 7], ("zzz",))
    engine.run([turn])
    assert turn.tokens > 0


def test_a_model_that_forgets_early_tokens_runs_its_batches_one_after_the_other() -> None:
    """Its states cannot be kept, so no turn can join a batch."""
    torch.manual_seed(3)
    model = hf.MistralForCausalLM(hf.MistralConfig(**GROUPED, sliding_window=8)).eval()
    engine = TransformersEngine(model, Letters(), Sampling(most_tokens=20))
    assert not engine._keeps and not engine._shares
    together, apart = ([PendingTurn([*range(5, 9 + number)], ("zzz",)) for number in range(3)] for _ in range(2))
    engine.run(together)
    for turn in apart:
        engine.run([turn])
    assert [turn.text for turn in together] == [turn.text for turn in apart]


def numbered(length: int) -> States:
    """States that tell their tokens' places."""
    place = torch.arange(length, dtype=torch.float32).reshape(1, 1, length, 1)
    return [(place, place + 0.5)]


def places(row: RowStates) -> list[float]:
    return list(row.whole()[0][0].flatten())


def test_rows_share_what_they_have_in_common_if_it_is_half_of_them() -> None:
    api, other = list(range(10, 30)), list(range(40, 60))
    tokens = [[*api, 1, 2], [*other, 3], [*api, 1, 4, 5], [*api, 6], [*api, *other, 7, 8]]
    rows = joined([], tokens, [numbered(len(row)) for row in tokens])
    assert [len(row.prefix) for row in rows] == [20, 21, 20, 20, 42]
    assert rows[0].prefix is rows[2].prefix is rows[3].prefix
    for row, expected in zip(rows, tokens, strict=True):
        assert list(row.prefix.tokens) == expected[:len(row.prefix)]
        assert places(row) == list(range(len(expected)))


def test_a_row_that_joins_shortens_the_prefix_of_those_in_progress() -> None:
    first = joined([], [[1, 2, 3, 4, 5, 6]], [numbered(6)])
    both = joined(first, [[1, 2, 3, 4, 9]], [numbered(5)])
    assert [len(row.prefix) for row in (*first, *both)] == [6, 4, 4]
    assert [places(row) for row in both] == [list(range(6)), list(range(5))]
    assert [len(row.prefix) for row in joined(both, [[1, 2, 8, 8, 8]], [numbered(5)])] == [4, 4, 5]
