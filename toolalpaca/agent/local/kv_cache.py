"""Key-value caches for attention: one with room for further tokens, those of earlier prompts, and prefixes that several
rows of a batch share.

The cache of transformers is copied as a whole for every generated token, which for ten conversations of a thousand
tokens takes longer than the model itself. Here a new token is written in place.

An API's functions are in memory once for all conversations about it: while each row gets one new token, attention reads
a prefix once for all its rows and each row's own tokens apart; the two are joined by their log-sum-exp, as in Hydragen
(Juravsky et al., 2024). Only models on a CPU share prefixes.
"""

import ctypes
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.cache_utils import DynamicCache, DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

ROOM = 128  # tokens by which a layer grows when it is full
# The share of memory for the states of earlier prompts. If the conversations in flight do not fit, each reads its whole
# past again every turn.
_KEPT_ON_CPU, _KEPT_ON_GPU = 0.1, 0.05
States = list[tuple[torch.Tensor, torch.Tensor]]  # keys and values (rows, heads, tokens, width) of each layer
SHARED_PREFIXES = "shared_prefixes"
_flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu


class PreallocatedLayer(DynamicLayer):
    """One layer; `keys` and `values` are the used parts of larger tensors."""

    used = 0
    _rooms: tuple[torch.Tensor, torch.Tensor] | None = None

    def adopt(self, keys: torch.Tensor, values: torch.Tensor, room: int = ROOM) -> None:
        """Take these tensors as the layer's, of which the last `room` tokens are free."""
        if not self.is_initialized:
            self.lazy_initialization(keys, values)
        self._rooms, self.used = (keys, values), keys.shape[-2] - room
        self.keys, self.values = keys[..., :self.used, :], values[..., :self.used, :]

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any,
               **kwargs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Append the new states and return all of them."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start, self.used = self.used, self.used + key_states.shape[-2]
        rooms = self._rooms
        if rooms is None or rooms[0].shape[-2] < self.used:
            rooms = self._rooms = (_larger(self.keys, key_states, self.used),
                                   _larger(self.values, value_states, self.used))
        rooms[0][..., start:self.used, :] = key_states
        rooms[1][..., start:self.used, :] = value_states
        self.keys, self.values = rooms[0][..., :self.used, :], rooms[1][..., :self.used, :]
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep these rows."""
        if self._rooms is not None:
            keys, values = (states[indices] for states in self._rooms)
            self.adopt(keys, values, keys.shape[-2] - self.used)


def preallocated_cache(config: Any) -> DynamicCache:
    """Return a cache for the model; sliding-window layers and layers without keys are left unchanged."""
    cache = DynamicCache(config=config)
    if cache.layers:
        cache.layers = [PreallocatedLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def can_be_kept(config: Any) -> bool:
    """Return whether all layers keep the states of every token, so that any prefix of them can be reused."""
    layers = preallocated_cache(config).layers
    return bool(layers) and all(type(layer) is PreallocatedLayer for layer in layers)


def states_of(cache: DynamicCache, row: int, start: int, end: int) -> States:
    """Return the states of one row from token `start` to `end`, without copying them."""
    layers: list[Any] = cache.layers
    return [(layer.keys[row:row + 1, :, start:end], layer.values[row:row + 1, :, start:end]) for layer in layers]


def padded_left(rows: Sequence[States], room: int = ROOM) -> States:
    """Return copies of the states of several rows as one batch, padded with zeros on the left, with room after them."""
    width = max(states[0][0].shape[-2] for states in rows)
    batch = []
    for layer in zip(*rows, strict=True):
        pair = []
        for parts in zip(*layer, strict=True):
            whole = parts[0].new_empty((len(parts), parts[0].shape[1], width + room, parts[0].shape[-1]))
            for place, part in enumerate(parts):
                whole[place, :, :width - part.shape[-2]] = 0
                whole[place, :, width - part.shape[-2]:width] = part[0]
            pair.append(whole)
        batch.append((pair[0], pair[1]))
    return batch


@dataclass(frozen=True)
class _Entry:
    tokens: NDArray[np.int64]
    states: States

    @cached_property
    def size(self) -> int:
        return sum(part.untyped_storage().nbytes() for pair in self.states for part in pair)


class KeptStates:
    """The states of recently read token sequences, within a memory limit.

    The next turn of a conversation begins with the tokens of the previous one, and the first turn of the next
    conversation about an API with that API's functions.
    """

    def __init__(self, device: torch.device) -> None:
        self._entries: list[_Entry] = []
        self._dropped, self._is_on_cpu = 0, device.type == "cpu"
        self._limit = int(_KEPT_ON_GPU * torch.cuda.get_device_properties(device).total_memory
                          if device.type == "cuda" else
                          _KEPT_ON_CPU * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))

    def longest(self, tokens: Sequence[int]) -> States | None:
        """Return the states of the longest known prefix of `tokens`, or None."""
        wanted = np.asarray(tokens, dtype=np.int64)
        lengths = [common_tokens(entry.tokens, wanted) for entry in self._entries]
        if not lengths or not max(lengths):
            return None
        place = int(np.argmax(lengths))
        entry, length = self._entries.pop(place), lengths[place]
        self._entries.append(entry)  # the latest one used
        return [(keys[..., :length, :], values[..., :length, :]) for keys, values in entry.states]

    def keep(self, tokens: Sequence[int], states: States) -> None:
        """Keep the states of `tokens`, replacing those of their prefixes; nothing may change them."""
        new = np.asarray(tokens, dtype=np.int64)
        before = sum(entry.size for entry in self._entries)
        self._entries = [entry for entry in self._entries if common_tokens(entry.tokens, new) < len(entry.tokens)]
        total = sum(entry.size for entry in self._entries)
        self._dropped += before - total
        self._entries.append(_Entry(new, states))
        total += self._entries[-1].size
        while self._entries and total > self._limit:
            size = self._entries.pop(0).size
            total, self._dropped = total - size, self._dropped + size
        if self._is_on_cpu and self._dropped > self._limit:
            self._dropped = 0
            return_freed_memory()

    def clear(self) -> None:
        """Drop all states."""
        self._entries.clear()


def return_freed_memory() -> None:
    """Give what was freed back to the system, where glibc would keep it: states of many sizes leave gaps that the next
    ones do not fit into, up to several times the limit."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):  # another C library
        return


def common_tokens(left: NDArray[np.int64], right: NDArray[np.int64]) -> int:
    """Return how many leading tokens two sequences have in common."""
    length = min(len(left), len(right))
    different = left[:length] != right[:length]
    return int(different.argmax()) if different.any() else length


def _larger(states: Any, new: torch.Tensor, size: int) -> torch.Tensor:
    room = new.new_empty((*new.shape[:-2], size + ROOM, new.shape[-1]))
    if states.numel():
        room[..., :states.shape[-2], :] = states
    return room


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
                     attention_mask: torch.Tensor | None, **options: Any) -> tuple[torch.Tensor, None]:
    """Return the attention of (rows, heads, tokens, width) as (rows, tokens, heads, width).

    While each row gets one new token, the query heads that share a key head are passed as its tokens, so that a CPU
    reads the cache once and not once for each of them.
    """
    rows, heads, tokens, width = query.shape
    layer, scaling = _layer_of(key), options.get("scaling")
    if layer is None and (tokens > 1 or heads == key.shape[1]):
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    together = query.reshape(rows, key.shape[1], -1, width)
    output = layer.attention(together, attention_mask, scaling) if layer else (
        torch.nn.functional.scaled_dot_product_attention(together, key, value, attn_mask=attention_mask, scale=scaling))
    return output.reshape(rows, heads, 1, -1).transpose(1, 2), None


def _layer_of(key: torch.Tensor) -> SharedLayer | None:
    """Return the layer with prefixes that these keys come from."""
    layers = getattr(_reading.get(), "layers", ())
    return next((layer for layer in layers if layer.keys is key and isinstance(layer, SharedLayer)), None)


AttentionInterface.register(SHARED_PREFIXES, shared_attention)
AttentionMaskInterface.register(SHARED_PREFIXES, sdpa_mask)
