"""The order in which examples are trained on, and their grouping into batches or rows.

Packing is best fit in decreasing order (an approximation for bin packing known since Johnson, 1973): each example, the
longest first, goes where it leaves the least room.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence

import numpy as np
from torch.utils.data import Sampler

from toolalpaca.training.shared_prompts import Groups

Bundle = tuple[tuple[int, ...], ...]  # groups of examples, by their indices
MEGA_BATCHES = 64  # how many groups of similar length are drawn from one random part of the data


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
