"""Batches: padded rows of one example each, or one row of many examples without any padding, a prompt followed by the
continuations of the examples that share it, group after group.

A token sees the tokens of its own continuation and of its group's prompt, as far as they come before it. A single
example is a group with an empty prompt and one continuation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from toolalpaca.training.masks import IGNORED
from toolalpaca.training.sampling import shared_length


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
        return self.cached(("dense", window, device), lambda: self._dense_mask(window, device))

    def block_mask(self, window: int | None, device: torch.device) -> Any:
        """Return the same as a BlockMask for flex_attention, worked out by blocks and never in full."""
        return self.cached(("blocks", window, device), lambda: self._block_mask(window, device))

    def cached(self, key: Any, make: Any) -> Any:
        """Return what `make` returned for the key the first time: every layer of the model asks for the same."""
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


class BatchCounts(NamedTuple):
    """The counts of each batch, by which the throughput is measured."""

    tokens: float  # of the examples
    padded_tokens: float  # these with the padding
    pairs: float  # of tokens, that attention weighs
    logits: float  # that are computed
    examples: float
    left_out: float  # of the examples: placeholders of one that is left out


Example = dict[str, Any]  # input_ids and labels of equal length, and left_out if it is the placeholder of one


class PaddedBatches:
    """Collates examples into rows as long as the longest of them: `input_ids` and `labels` (examples, longest), and
    `counts` (6,), the BatchCounts.

    There is no attention mask: the padding comes after the tokens, where causal attention does not look, and without
    a mask the fastest kernels apply.
    """

    def __init__(self, pad_id: int) -> None:
        self.pad_id = pad_id

    def __call__(self, examples: Sequence[Example]) -> dict[str, torch.Tensor]:
        lengths = [len(example["input_ids"]) for example in examples]
        width = max(lengths)
        return {
            "input_ids": _rows([example["input_ids"] for example in examples], width, self.pad_id),
            "labels": _rows([example["labels"] for example in examples], width, IGNORED),
            "counts": counts([Group(0, (length,)) for length in lengths], width * len(examples), width * len(examples),
                             examples),
        }


class FlatBatches:
    """Collates groups of examples into one row without padding; examples of a group share their prompt.

    `input_ids` and `position_ids` are (1, tokens), `labels` and `shift_labels` (1, predicted), `logits_to_keep`
    (predicted,) and `counts` (6,), the BatchCounts. Position ids count on from the prompt, and restart with every
    group. Logits are asked for only where a trained token is predicted; `shift_labels` has those tokens. With
    `with_layout` the row's Layout is handed on for the attention in `attention.py`; without it the position ids tell
    the examples of a row apart.
    """

    def __init__(self, *, with_layout: bool = True) -> None:
        self.with_layout = with_layout

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Collate items that are bundles of groups, or single examples."""
        groups = [group for item in items for group in item.get("groups", [[item]])]
        rows = [_group_row(group) for group in groups]
        layout = Layout([group for group, _, _ in rows])
        targets = np.concatenate([targets for _, _, targets in rows])
        predicting = np.flatnonzero(targets != IGNORED)
        if not len(predicting):  # nothing but examples that are left out: a loss of nothing
            predicting = np.zeros(1, dtype=np.int64)
        labels = torch.from_numpy(targets[predicting].astype(np.int64))[None]
        batch = {
            "input_ids": torch.from_numpy(np.concatenate([ids for _, ids, _ in rows]).astype(np.int64))[None],
            "position_ids": torch.from_numpy(layout.positions())[None],
            "labels": labels, "shift_labels": labels, "logits_to_keep": torch.from_numpy(predicting),
            "counts": counts(layout.groups, layout.tokens, len(predicting),
                             [example for group in groups for example in group]),
        }
        return {**batch, "layout": layout} if self.with_layout else batch


def _group_row(examples: Sequence[Example]) -> tuple[Group, NDArray[np.int32], NDArray[np.int32]]:
    """Return a group's layout, its tokens, and for each token the trained one that it predicts, or IGNORED."""
    shared = shared_length(examples)
    ids, targets = [np.asarray(examples[0]["input_ids"])[:shared]], [np.full(shared, IGNORED, dtype=np.int32)]
    for example in examples:
        ids.append(np.asarray(example["input_ids"])[shared:])
        targets.append(np.append(np.asarray(example["labels"])[shared + 1:], IGNORED).astype(np.int32))
    return Group(shared, tuple(len(part) for part in ids[1:])), np.concatenate(ids), np.concatenate(targets)


def _rows(values: Sequence[Any], width: int, fill: int) -> torch.Tensor:
    rows = torch.full((len(values), width), fill, dtype=torch.long)
    for row, value in zip(rows, values, strict=True):
        row[:len(value)] = torch.as_tensor(np.asarray(value, dtype=np.int64))
    return rows


def counts(groups: Sequence[Group], tokens: int, logits: int, examples: Sequence[Example]) -> torch.Tensor:
    """Return the BatchCounts of groups in rows of `tokens` tokens with padding, as a tensor (6,)."""
    return torch.tensor(BatchCounts(
        tokens=sum(group.tokens for group in groups), padded_tokens=tokens, pairs=sum(group.pairs for group in groups),
        logits=logits, examples=len(examples), left_out=sum(bool(example.get("left_out")) for example in examples)))
