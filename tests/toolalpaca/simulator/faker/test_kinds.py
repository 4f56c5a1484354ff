"""Pools of values: the same whichever threads ask for them first."""

import threading

from toolalpaca.simulator.faker import kinds


def test_many_threads_draw_the_same_pools_as_one():
    names = ("url", "product", "title", "isbn", "person")
    alone = {kind: kinds.pool(kind) for kind in names}
    kinds._POOLS.clear()
    kinds._POOLS.update(kinds.VALUES)
    drawn: dict[str, tuple[str, ...]] = {}
    threads = [threading.Thread(target=lambda kind=kind: drawn.update({kind: kinds.pool(kind)})) for kind in names * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == alone
