"""Packing: several examples in one row, each blind to the others.

Best fit in decreasing order (an approximation for bin packing known since Johnson, 1973): each example, the longest
first, goes where it leaves the least room.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


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
