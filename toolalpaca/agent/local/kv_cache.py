"""Key-value caches for attention: one with room for further tokens, and those of earlier prompts.

The cache of transformers is copied as a whole for every generated token, which for ten conversations of a thousand
tokens takes longer than the model itself. Here a new token is written in place.
"""

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.cache_utils import DynamicCache, DynamicLayer

ROOM = 128  # tokens by which a layer grows when it is full
# The share of memory for the states of earlier prompts. If the conversations in flight do not fit, each reads its whole
# past again every turn.
_KEPT_ON_CPU, _KEPT_ON_GPU = 0.1, 0.05
States = list[tuple[torch.Tensor, torch.Tensor]]  # keys and values (rows, heads, tokens, width) of each layer


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
    """Return copies of the states of several rows as one batch, padded with zeros on the left, with room behind."""
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
