"""Prefixes that several rows of a batch share: an API's functions are in memory once for all conversations about it.

While each row gets one new token, attention reads a prefix once for all its rows and each row's own tokens apart;
the two are joined by their log-sum-exp, as in Hydragen (Juravsky et al., 2024). Only models on a CPU share prefixes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.cache_utils import DynamicCache
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from toolalpaca.agent.local.kv_cache import PreallocatedLayer, States, common_tokens, padded_left, preallocated_cache

ATTENTION = "shared_prefixes"
_flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu


@dataclass(frozen=True, eq=False)
class Prefix:
    """Tokens that rows begin with, and their states (1, heads, tokens, width) in each layer."""

    tokens: NDArray[np.int64]
    states: States

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True)
class RowStates:
    """The states of one row: those of a prefix, and those of the tokens that follow it."""

    prefix: Prefix
    own: States

    def whole(self) -> States:
        """Return a copy of all states as one piece."""
        if not len(self.prefix):
            return [(keys.clone(), values.clone()) for keys, values in self.own]
        return [(torch.cat([before[0], own[0]], dim=-2), torch.cat([before[1], own[1]], dim=-2))
                for before, own in zip(self.prefix.states, self.own, strict=True)]

    def with_shorter(self, prefix: Prefix) -> "RowStates":
        """Return the row with the beginning of its prefix as its prefix."""
        rest = Prefix(self.prefix.tokens[len(prefix):], _part(self.prefix.states, len(prefix), None))
        return RowStates(prefix, RowStates(rest, self.own).whole())


def unshared(states: Sequence[States]) -> list[RowStates]:
    """Return rows without prefixes."""
    none = Prefix(np.zeros(0, dtype=np.int64), [])
    return [RowStates(none, row) for row in states]


def joined(rows: Sequence[RowStates], tokens: Sequence[Sequence[int]], states: Sequence[States]) -> list[RowStates]:
    """Return the rows in progress and new ones; rows that have half of their tokens in common share them."""
    result = list(rows)
    for new, whole in zip(tokens, states, strict=True):
        row = np.asarray(new, dtype=np.int64)
        nearest = max((one.prefix for one in result), key=lambda one: common_tokens(one.tokens, row), default=None)
        length = common_tokens(nearest.tokens, row) if nearest else 0
        if nearest is None or not length or 2 * length < max(len(row), len(nearest)):
            prefix = Prefix(row, whole)
        elif length == len(nearest):
            prefix = nearest
        else:
            prefix = Prefix(row[:length], _part(nearest.states, 0, length))
            result = [one.with_shorter(prefix) if one.prefix is nearest else one for one in result]
        result.append(RowStates(prefix, _part(whole, len(prefix), None)))
    return result


def _part(states: States, start: int, end: int | None) -> States:
    return [(keys[..., start:end, :], values[..., start:end, :]) for keys, values in states]


class SharedLayer(PreallocatedLayer):
    """One layer of rows with prefixes; `keys` and `values` are those of the rows' own tokens.

    To the model the rows are `width` tokens longer, as much as the longest prefix has.
    """

    def __init__(self, prefixes: Sequence[Prefix], number: int) -> None:
        super().__init__()
        self.width = max(map(len, prefixes))
        self._prefixes = prefixes
        self._number = number

    def get_seq_length(self) -> int:
        """Return the number of tokens that the model sees."""
        return self.width + self.used

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep these rows."""
        super().batch_select_indices(indices)
        self._prefixes = [self._prefixes[row] for row in indices.tolist()]

    def attention(self, query: torch.Tensor, mask: torch.Tensor | None, scaling: float | None) -> torch.Tensor:
        """Return the attention of (rows, key heads, queries, width) to the prefixes and the rows' own tokens."""
        before, before_logs = (torch.cat(parts) for parts in zip(*self._to_prefixes(query, scaling), strict=True))
        allowed = None
        if mask is not None:
            mask = mask[..., self.width:]
            allowed = torch.zeros_like(mask, dtype=query.dtype).masked_fill(~mask, float("-inf"))
        own, own_logs = _flash(query, self.keys, self.values, attn_mask=allowed, scale=scaling)
        return torch.lerp(own, before, torch.sigmoid(before_logs - own_logs)[..., None].to(own.dtype))

    def _to_prefixes(self, query: torch.Tensor, scaling: float | None) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        start = 0
        while start < len(self._prefixes):
            prefix, end = self._prefixes[start], start + 1
            while end < len(self._prefixes) and self._prefixes[end] is prefix:
                end += 1
            yield _to_prefix(query[start:end], *prefix.states[self._number], scaling)
            start = end


def _to_prefix(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor,
               scaling: float | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the attention of rows to their prefix, and the log-sum-exp of its scores."""
    rows, heads, queries, width = query.shape
    if not keys.shape[-2]:
        return torch.zeros_like(query), query.new_full((rows, heads, queries), float("-inf"), dtype=torch.float32)
    together = query.transpose(0, 1).reshape(1, heads, rows * queries, width)
    output, logs = _flash(together, keys, values, scale=scaling)
    return output.reshape(heads, rows, queries, -1).transpose(0, 1), logs.reshape(heads, rows, queries).transpose(0, 1)


def shared_cache(config: Any, rows: Sequence[RowStates]) -> DynamicCache:
    """Return a cache of the rows, of which those with the same prefix are neighbours."""
    prefixes = [row.prefix for row in rows]
    cache = preallocated_cache(config)
    if max(map(len, prefixes)):
        cache.layers = [SharedLayer(prefixes, number) for number in range(len(cache.layers))]
    layers: list[Any] = cache.layers
    for layer, (keys, values) in zip(layers, padded_left([row.own for row in rows]), strict=True):
        layer.adopt(keys, values)
    return cache


_reading: ContextVar[Any] = ContextVar("reading", default=None)


@contextmanager
def reading(cache: DynamicCache) -> Iterator[None]:
    """Let attention read the prefixes of this cache."""
    token = _reading.set(cache)
    try:
        yield
    finally:
        _reading.reset(token)


def shared_attention(module: torch.nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
                     attention_mask: torch.Tensor | None, scaling: float | None = None,
                     **more: Any) -> tuple[torch.Tensor, None]:
    """Return the attention of (rows, heads, tokens, width) as (rows, tokens, heads, width).

    While each row gets one new token, the query heads that share a key head are passed as its tokens, so that a CPU
    reads the cache once and not once for each of them.
    """
    rows, heads, tokens, width = query.shape
    layer = _layer_of(key)
    if layer is None and (tokens > 1 or heads == key.shape[1]):
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **more)
    together = query.reshape(rows, key.shape[1], -1, width)
    output = layer.attention(together, attention_mask, scaling) if layer else (
        torch.nn.functional.scaled_dot_product_attention(together, key, value, attn_mask=attention_mask, scale=scaling))
    return output.reshape(rows, heads, 1, -1).transpose(1, 2), None


def _layer_of(key: torch.Tensor) -> SharedLayer | None:
    """Return the layer with prefixes that these keys come from."""
    layers = getattr(_reading.get(), "layers", ())
    return next((layer for layer in layers if layer.keys is key and isinstance(layer, SharedLayer)), None)


AttentionInterface.register(ATTENTION, shared_attention)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)
