"""How examples lie in one row: a prompt, then the continuations of the examples that share it, group after group.

A token sees the tokens of its own continuation and of its group's prompt, as far as they come before it. A single
example is a group with an empty prompt and one continuation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True)
class Group:
    """The lengths, in tokens, of a prompt and of the continuations after it."""

    prompt: int
    continuations: tuple[int, ...]

    @property
    def tokens(self) -> int:
        """Return the tokens of the group in the row."""
        return self.prompt + sum(self.continuations)

    @property
    def pairs(self) -> int:
        """Return the pairs of tokens that attention weighs, without a discount for causal attention."""
        return self.prompt ** 2 + sum(length * (self.prompt + length) for length in self.continuations)


@dataclass
class Layout:
    """The groups of a row, one after the other, and the masks that follow from them."""

    groups: Sequence[Group]
    _masks: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def tokens(self) -> int:
        """Return the tokens of the row."""
        return sum(group.tokens for group in self.groups)

    @property
    def longest(self) -> int:
        """Return the tokens of the longest example."""
        return max((group.prompt + max(group.continuations, default=0) for group in self.groups), default=0)

    def positions(self) -> NDArray[np.int64]:
        """Return each token's position in its example: continuations count on from their prompt."""
        parts = [np.arange(start, start + length) for group in self.groups
                 for start, length in ((0, group.prompt), *((group.prompt, part) for part in group.continuations))]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def branches(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return for each token the number of its own part of the row and that of its group's prompt."""
        own, root, number = [], [], 0
        for group in self.groups:
            lengths = [group.prompt, *group.continuations]
            own.append(np.repeat(np.arange(number, number + len(lengths)), lengths))
            root.append(np.full(group.tokens, number))
            number += len(lengths)
        return np.concatenate(own), np.concatenate(root)

    def dense_mask(self, window: int | None, device: torch.device) -> torch.Tensor:
        """Return the mask (1, 1, tokens, tokens) that says which token sees which; `window` limits how far back."""
        return self._cached(("dense", window, device), lambda: self._dense_mask(window, device))

    def block_mask(self, window: int | None, device: torch.device) -> Any:
        """Return the same as a BlockMask for flex_attention, worked out by blocks and never in full."""
        return self._cached(("blocks", window, device), lambda: self._block_mask(window, device))

    def _cached(self, key: Any, make: Any) -> Any:
        if key not in self._masks:
            self._masks[key] = make()
        return self._masks[key]

    def _sees(self, window: int | None, device: torch.device) -> Any:
        own, root = (torch.from_numpy(numbers).to(device) for numbers in self.branches())
        positions = torch.from_numpy(self.positions()).to(device)

        def sees(_batch: Any, _head: Any, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
            visible = (key <= query) & ((own[key] == own[query]) | (own[key] == root[query]))
            return visible if window is None else visible & (positions[query] - positions[key] < window)

        return sees

    def _dense_mask(self, window: int | None, device: torch.device) -> torch.Tensor:
        places = torch.arange(self.tokens, device=device)
        return self._sees(window, device)(None, None, places[:, None], places[None, :])[None, None]

    def _block_mask(self, window: int | None, device: torch.device) -> Any:
        from torch.nn.attention.flex_attention import BlockMask

        size = 128
        some, full = self.block_occupancy(size, window)
        partial, partial_numbers, whole, whole_numbers = (
            torch.from_numpy(values).to(device)[None, None] for values in (*_listed(some & ~full), *_listed(full)))
        return BlockMask.from_kv_blocks(partial, partial_numbers, whole, whole_numbers, BLOCK_SIZE=size,
                                        mask_mod=self._sees(window, device), seq_lengths=(self.tokens, self.tokens))

    def block_occupancy(self, size: int, window: int | None) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which blocks of `size` queries see anything of which blocks of keys, and which see all of it.

        The first may hold blocks too many, which the mask itself then empties, but none too few.
        """
        own, root = self.branches()
        blocks, places = -(-self.tokens // size), np.arange(self.tokens) // size
        present = np.zeros((blocks, int(own.max()) + 1), dtype=np.int32)  # tokens of a part in a block
        np.add.at(present, (places, own), 1)
        seeing = present.copy()  # tokens of a block that may look at a part
        np.add.at(seeing, (places[own != root], root[own != root]), 1)
        earlier = np.tri(blocks, k=-1, dtype=np.bool_)
        some = ((seeing > 0).astype(np.int32) @ (present > 0).astype(np.int32).T > 0) & (earlier | np.eye(
            blocks, dtype=np.bool_))
        if window is not None:
            return some, np.zeros_like(some)
        lengths = np.bincount(places, minlength=blocks)
        whole = present.argmax(axis=1)  # the part that a block of keys lies in, if it lies in one
        single = (present.max(axis=1) == lengths) & (lengths == size)
        return some, earlier & single[None, :] & (seeing[:, whole] == lengths[:, None])


def _listed(chosen: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return for each row how many columns are chosen, and their numbers before those of the others."""
    return (chosen.sum(axis=1).astype(np.int32),
            np.argsort(~chosen, axis=1, kind="stable").astype(np.int32))
