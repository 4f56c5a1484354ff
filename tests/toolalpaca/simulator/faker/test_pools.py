"""Pools of values: the same whichever threads ask for them first."""

import threading

from toolalpaca.simulator.faker import pools


def test_many_threads_draw_the_same_pools_as_one():
    kinds = ("url", "product", "title", "isbn", "person")
    alone = {kind: pools.pool(kind) for kind in kinds}
    pools._POOLS.clear()
    pools._POOLS.update(pools.VALUES)
    drawn: dict[str, tuple[str, ...]] = {}
    threads = [threading.Thread(target=lambda kind=kind: drawn.update({kind: pools.pool(kind)})) for kind in kinds * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == alone
