"""Which examples a device takes together, and in what order: those that begin with the same prompt, packs without room
left, batches of similar length.

A prompt is computed once for all examples that share it if that saves tokens. The beginning of every example is
described by a chained checksum of each of its blocks, so that two descriptions agree in exactly as many blocks as the
examples do. Sorting the descriptions puts examples of one API next to each other.

Packing is best fit in decreasing order (an approximation for bin packing known since Johnson, 1973): each example, the
longest first, goes where it leaves the least room.
"""

import zlib
from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from toolalpaca.training.masks import IGNORED

Lengths = Sequence[int] | NDArray[np.int64]
BLOCK = 32  # tokens, or characters, that one checksum covers
_CHECKSUM = 4  # bytes
SHORTEST_PROMPT = 16  # tokens from which on a common prompt is computed once
Bundle = tuple[tuple[int, ...], ...]  # groups of examples, by their indices
MEGA_BATCHES = 64  # how many groups of similar length are drawn from one random part of the data


def prefix_code(items: NDArray[Any]) -> bytes:
    """Return the chained checksums of the whole blocks of an array of numbers, 4 bytes each."""
    checksum, code = 0, bytearray()
    for start in range(0, len(items) - BLOCK + 1, BLOCK):
        checksum = zlib.crc32(np.ascontiguousarray(items[start:start + BLOCK]).tobytes(), checksum)
        code += checksum.to_bytes(_CHECKSUM, "big")
    return bytes(code)


def text_code(text: str) -> bytes:
    """Return the prefix code of a text, by its characters."""
    return prefix_code(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32))


@dataclass(frozen=True)
class Groups:
    """Indices of the examples that share a prompt, group by group, and the items (tokens or characters) of each
    group when its prompt is counted once."""

    members: list[list[int]]
    sizes: list[int]


def separate(lengths: Lengths) -> Groups:
    """Return one group for each example."""
    return Groups([[index] for index in range(len(lengths))], [int(length) for length in lengths])


def group_by_prompt(codes: Sequence[bytes], lengths: Lengths, most: int, capacity: int | None = None) -> Groups:
    """Return groups of at most `most` examples, and of at most `capacity` items, that save the most items."""
    order = sorted(range(len(codes)), key=codes.__getitem__)
    common = np.array([_common_blocks(codes[left], codes[right]) * BLOCK
                       for left, right in zip(order, order[1:], strict=False)], dtype=np.int64)
    groups = Groups([], [])
    for start, end in _clusters(common):
        for first, last in _cut(start, end, most):
            for left, right in _within(capacity, [int(lengths[index]) for index in order[first:last]],
                                       common[first:last - 1]):
                groups.members.append(order[first + left:first + right])
                groups.sizes.append(_size([int(lengths[index]) for index in groups.members[-1]],
                                          common[first + left:first + right - 1]))
    return groups


def _size(lengths: Sequence[int], common: NDArray[np.int64]) -> int:
    """Return the items of a group whose neighbours have `common` items in common."""
    return sum(lengths) - (len(lengths) - 1) * int(common.min(initial=min(lengths)))


def _within(capacity: int | None, lengths: Sequence[int], common: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield the parts of a group that have at most `capacity` items each."""
    start = 0
    for end in range(1, len(lengths)):
        if capacity is not None and _size(lengths[start:end + 1], common[start:end]) > capacity:
            yield start, end
            start = end
    yield start, len(lengths)


def _common_blocks(left: bytes, right: bytes) -> int:
    """Return how many leading blocks two codes have in common."""
    blocks = min(len(left), len(right)) // _CHECKSUM
    if left[:blocks * _CHECKSUM] == right[:blocks * _CHECKSUM]:
        return blocks
    low, high = 0, blocks - 1  # chained checksums stay different once they differ
    while low < high:
        middle = (low + high) // 2
        if left[middle * _CHECKSUM:(middle + 1) * _CHECKSUM] == right[middle * _CHECKSUM:(middle + 1) * _CHECKSUM]:
            low = middle + 1
        else:
            high = middle
    return low


def _clusters(common: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the intervals of the sorted examples that save most when each shares what all of it have in common.

    `common[i]` is what examples i and i + 1 share. An interval stays whole unless the best division of it at its
    weakest borders saves more.
    """
    return _best_division(common, 0, len(common) + 1)[1]


def _best_division(common: NDArray[np.int64], start: int, end: int) -> tuple[int, list[tuple[int, int]]]:
    if end - start == 1:
        return 0, [(start, end)]
    inside = common[start:end - 1]
    weakest = int(inside.min())
    whole = weakest * (end - start - 1)
    borders = [start, *(np.flatnonzero(inside == weakest) + start + 1).tolist(), end]
    parts = [_best_division(common, left, right) for left, right in zip(borders, borders[1:], strict=False)]
    saved = sum(part_saved for part_saved, _ in parts)
    if whole > 0 and whole >= saved:
        return whole, [(start, end)]
    return saved, [interval for _, intervals in parts for interval in intervals]


def _cut(start: int, end: int, most: int) -> list[tuple[int, int]]:
    """Return an interval cut into as few parts of at most `most` as possible, all of about the same size."""
    parts = -(-(end - start) // most)
    borders = np.linspace(start, end, parts + 1).round().astype(int).tolist()
    return list(zip(borders, borders[1:], strict=False))


def shared_length(examples: Sequence[dict[str, Any]]) -> int:
    """Return how many leading tokens the examples share, at least one token before the first trained one of each.

    The token before the first trained one predicts it, and so belongs to the example and not to the prompt. Each
    example keeps at least one token.
    """
    if len(examples) == 1:
        return 0
    first = np.asarray(examples[0]["input_ids"])
    shared = len(first)
    for example in examples:
        ids, trained = np.asarray(example["input_ids"]), np.asarray(example["labels"]) != IGNORED
        shared = max(min(shared, (int(trained.argmax()) if trained.any() else len(ids)) - 1), 0)
        different = first[:shared] != ids[:shared]
        shared = int(different.argmax()) if different.any() else shared
    return shared if shared >= SHORTEST_PROMPT else 0


def best_fit(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Return the indices of the examples in packs of at most `capacity` tokens; no length may be above it."""
    packs: list[list[int]] = []
    with_room: dict[int, list[int]] = {}  # free tokens -> packs that have exactly that many
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


class LengthGrouped(Sampler[int]):
    """Indices in an order in which neighbours, and so batches, have similar lengths.

    The order is random, another one each epoch, and depends on seed and epoch alone, so that a resumed run sees the
    same batches. Groups of `group` neighbours (the batches that all devices take at the same time) are shuffled; an
    incomplete group stays last. The group with the longest example comes first, so that memory runs out at once or
    never.
    """

    def __init__(self, lengths: Sequence[float], group: int, seed: int) -> None:
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


class BundleSampler(Sampler[Bundle]):
    """Bundles of groups: what a device takes at a time, in another order each epoch.

    With `tokens`, groups are packed into bundles of at most that many, the same in every epoch. Without it each bundle
    has exactly `examples` examples (the last one may have fewer), for which a group is divided when a bundle is full.
    Bundles that `devices` devices take at the same time are of similar size.
    """

    def __init__(self, groups: Groups, *, examples: int, tokens: int | None, devices: int, seed: int) -> None:
        self.groups, self.examples, self.devices, self.seed, self.epoch = groups, examples, devices, seed, 0
        self.packs = None if tokens is None else best_fit(groups.sizes, tokens)
        self.count = sum(map(len, groups.members))

    def __len__(self) -> int:
        return -(-self.count // self.examples) if self.packs is None else len(self.packs)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[Bundle]:
        members, sizes = self.groups.members, self.groups.sizes
        if self.packs is not None:
            bundles = [tuple(tuple(members[group]) for group in pack) for pack in self.packs]
            totals = [float(sum(sizes[group] for group in pack)) for pack in self.packs]
        else:
            bundles, totals = self._filled(np.random.default_rng((self.seed, self.epoch, 1)))
        order = LengthGrouped(totals, self.devices, self.seed)
        order.set_epoch(self.epoch)
        return iter([bundles[index] for index in order])

    def _filled(self, random: np.random.Generator) -> tuple[list[Bundle], list[float]]:
        """Return the groups in random order, divided into bundles of `examples`, and the size of each bundle."""
        bundles: list[Bundle] = []
        totals: list[float] = []
        bundle: list[tuple[int, ...]] = []
        room, total = self.examples, 0.0
        for group in random.permutation(len(self.groups.members)).tolist():
            left = tuple(self.groups.members[group])
            share = self.groups.sizes[group] / len(left)  # of the group's size, for each example
            while left:
                part, left = left[:room], left[room:]
                bundle.append(part)
                room, total = room - len(part), total + share * len(part)
                if not room:
                    bundles.append(tuple(bundle))
                    totals.append(total)
                    bundle, room, total = [], self.examples, 0.0
        return (bundles, totals) if not bundle else ([*bundles, tuple(bundle)], [*totals, total])
