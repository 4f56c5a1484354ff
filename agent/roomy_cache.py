"""A key-value cache with room for the tokens to come.

The cache of transformers is copied whole for every token that is written, which for ten conversations of a thousand
tokens takes longer than the model itself. Here a new token is written into place.
"""

from typing import Any

import torch
from transformers.cache_utils import DynamicCache, DynamicLayer

ROOM = 128  # tokens by which a layer grows when it is full


class RoomyLayer(DynamicLayer):
    """One layer; `keys` and `values` are the used parts of larger tensors."""

    _rooms: tuple[torch.Tensor, torch.Tensor] | None = None

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any,
               **kwargs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the new states behind those that are there; gives all of them."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        used = self.get_seq_length()
        size = used + key_states.shape[-2]
        rooms = self._rooms
        if rooms is None or not self._is_in(rooms) or rooms[0].shape[-2] < size:
            rooms = self._rooms = (_larger(self.keys, key_states, size), _larger(self.values, value_states, size))
        rooms[0][..., used:size, :] = key_states
        rooms[1][..., used:size, :] = value_states
        self.keys, self.values = rooms[0][..., :size, :], rooms[1][..., :size, :]
        return self.keys, self.values

    def _is_in(self, rooms: tuple[torch.Tensor, torch.Tensor]) -> bool:
        """Whether the states still lie there; repeating the rows puts them elsewhere."""
        keys: Any = self.keys
        return keys.shape[0] == rooms[0].shape[0] and keys.data_ptr() == rooms[0].data_ptr()


def roomy_cache(config: Any) -> DynamicCache:
    """A cache for the model; layers that look back a window only, or keep no keys, stay as transformers makes them."""
    cache = DynamicCache(config=config)
    if cache.layers:
        cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def _larger(states: Any, new: torch.Tensor, size: int) -> torch.Tensor:
    room = new.new_empty((*new.shape[:-2], size + ROOM, new.shape[-1]))
    if states.numel():
        room[..., :states.shape[-2], :] = states
    return room
