"""Packing: several examples in one row, each blind to the others.

Best fit in decreasing order (an approximation for bin packing known since Johnson, 1973): each example, the longest
first, goes where it leaves the least room.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Sampler

from toolalpaca.training.masks import IGNORED

MEGA_BATCHES = 64  # how many groups of similar length are drawn from one random part of the data


def best_fit(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Indices of the examples, in packs of at most `capacity` tokens; no length may be above it."""
    packs: list[list[int]] = []
    with_room: dict[int, list[int]] = {}  # free tokens -> packs that have exactly so many
    rooms: list[int] = []  # the keys of `with_room`, sorted
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        place = bisect_left(rooms, lengths[index])
        if place == len(rooms):
            pack, room = len(packs), capacity
            packs.append([])
        else:
            room = rooms[place]
            pack = with_room[room].pop()
            if not with_room[room]:
                del with_room[room], rooms[place]
        packs[pack].append(index)
        left = room - lengths[index]
        if left not in with_room:
            with_room[left] = []
            insort(rooms, left)
        with_room[left].append(pack)
    return packs


def positions(lengths: Sequence[int]) -> NDArray[np.int64]:
    """Position ids of examples behind one another: 0, 1, ... for each anew."""
    return np.concatenate([np.arange(length) for length in lengths]) if lengths else np.zeros(0, dtype=np.int64)


class PaddedBatches:
    """Collates examples into rows as long as the longest of them.

    There is no attention mask: the padding stands behind the tokens, where causal attention does not look, and without
    a mask the fastest kernels apply.
    """

    def __init__(self, pad_id: int) -> None:
        self.pad_id = pad_id

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        lengths = [len(example["input_ids"]) for example in examples]
        width = max(lengths)
        return {
            "input_ids": _rows([example["input_ids"] for example in examples], width, self.pad_id),
            "labels": _rows([example["labels"] for example in examples], width, IGNORED),
            "counts": _counts(lengths, width * len(examples), examples),
        }


class PackedBatches:
    """Collates packs into rows. Position ids restart with every example, which is what keeps them apart.

    With `flat` all packs stand in one row without padding, as variable-length attention kernels want it.
    """

    def __init__(self, pad_id: int, *, flat: bool = False) -> None:
        self.pad_id, self.flat = pad_id, flat

    def __call__(self, packs: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        lengths = [length for pack in packs for length in pack["lengths"]]
        rows = [{key: np.asarray(pack[key]) for key in ("input_ids", "labels")}
                | {"position_ids": positions(pack["lengths"])} for pack in packs]
        if self.flat:
            rows = [{key: np.concatenate([row[key] for row in rows]) for key in rows[0]}]
        width = max(len(row["input_ids"]) for row in rows)
        return {
            "input_ids": _rows([row["input_ids"] for row in rows], width, self.pad_id),
            "labels": _rows([row["labels"] for row in rows], width, IGNORED),
            # The padding counts on from 0, as an example of its own that nothing looks at.
            "position_ids": torch.from_numpy(np.stack([
                np.concatenate((row["position_ids"], np.arange(width - len(row["position_ids"])))) for row in rows])),
            "counts": _counts(lengths, width * len(rows), packs),
        }


def _rows(values: Sequence[Any], width: int, fill: int) -> torch.Tensor:
    rows = torch.full((len(values), width), fill, dtype=torch.long)
    for row, value in zip(rows, values, strict=True):
        row[:len(value)] = torch.as_tensor(np.asarray(value, dtype=np.int64))
    return rows


def _counts(lengths: Sequence[int], tokens: int, examples: Sequence[dict[str, Any]]) -> torch.Tensor:
    left_out = sum(bool(example.get("left_out")) for example in examples)
    return torch.tensor([sum(lengths), tokens, sum(length * length for length in lengths), left_out])


class LengthGrouped(Sampler[int]):
    """Indices in an order in which neighbours, and so batches, have similar lengths.

    The order is random, another one each epoch, and depends on seed and epoch alone, so that a resumed run meets the
    same batches. Groups of `group` neighbours (the batches that all devices take at the same time) are shuffled; an
    incomplete group stays last. The group with the longest example comes first, so that memory runs out at once or
    never.
    """

    def __init__(self, lengths: Sequence[int], group: int, seed: int) -> None:
        self.lengths, self.group, self.seed, self.epoch = np.asarray(lengths), group, seed, 0

    def __len__(self) -> int:
        return len(self.lengths)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        random = np.random.default_rng((self.seed, self.epoch))
        order = random.permutation(len(self.lengths))
        step = self.group * MEGA_BATCHES
        parts = [order[start:start + step] for start in range(0, len(order), step)]
        order = np.concatenate([order[:0], *(part[np.argsort(-self.lengths[part], kind="stable")] for part in parts)])
        whole = len(order) // self.group * self.group
        groups, rest = order[:whole].reshape(-1, self.group), order[whole:]
        groups = groups[random.permutation(len(groups))]
        if len(groups):
            longest = int(np.argmax(self.lengths[groups].max(axis=1)))
            groups[[0, longest]] = groups[[longest, 0]]
        return iter([*groups.reshape(-1).tolist(), *rest.tolist()])
