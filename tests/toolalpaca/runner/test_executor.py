"""Records in flight: a slow one does not hold the others up, a failed one costs itself, a fatal one ends the pass."""

import threading
import time

import pytest

from toolalpaca.core.errors import FailureKind, RecordError, UsageError
from toolalpaca.runner.executor import Workers


def test_a_slow_record_holds_nobody_up():
    release = threading.Event()
    results = []
    workers = Workers(2)
    for result in workers.run(range(20), lambda item: release.wait(10) if item == 0 else item):
        results.append(result.index)
        if len(results) == 19:
            release.set()
    assert results[-1] == 0
    assert sorted(results) == list(range(20))


def test_a_failed_record_costs_itself_even_when_it_is_our_fault():
    def make(item):
        if item == 1:
            raise RecordError(FailureKind.EMPTY, "is odd")
        return 1 // (item - 3) * 0 + item

    results = sorted(Workers(3).run(range(6), make), key=lambda result: result.index)
    assert [result.value for result in results] == [0, None, 2, None, 4, 5]
    assert str(results[1].error) == "empty: is odd"
    assert "ZeroDivisionError" in str(results[3].error)
    assert "test_executor.py" in str(results[3].error)
    assert results[3].error.kind.retry_fresh  # the answers that our code could not take are not used again


def test_a_fatal_record_ends_the_pass():
    made = []

    def make(item):
        if item == 3:
            raise UsageError("wrong key")
        time.sleep(0.005)
        made.append(item)

    with pytest.raises(UsageError, match="wrong key"):
        list(Workers(2).run(range(1000), make))
    assert len(made) < 100


def test_no_items_at_all():
    assert list(Workers(4).run([], lambda item: item)) == []
