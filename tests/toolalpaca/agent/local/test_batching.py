"""Turns that wait are run together, sorted, and halved when they do not fit."""

import threading
import time

import pytest

from toolalpaca.agent.local.batching import Batcher, OutOfMemory, PendingTurn, Queue
from toolalpaca.core.errors import RecordError, StageStopped


class Echo:
    """An engine that says how long each prompt is and keeps the batches it was given."""

    def __init__(self, seconds: float = 0.0, room: int = 1000) -> None:
        self.batches: list[list[int]] = []
        self._seconds = seconds
        self._room = room

    def run(self, turns: list[PendingTurn], queue: Queue) -> None:
        self.batches.append([len(turn.prompt) for turn in turns])
        if len(turns) > self._room:
            raise OutOfMemory
        time.sleep(self._seconds)
        for turn in turns:
            if turn.prompt == [13]:
                raise ValueError("bad\nluck")
            turn.finish(f"{len(turn.prompt)} tokens", 2)


class Slow:
    """An engine that leaves long prompts for later while others wait."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []

    def run(self, turns: list[PendingTurn], queue: Queue) -> None:
        self.runs.append([len(turn.prompt) for turn in turns])
        for turn in turns:
            if len(turn.prompt) < 9 or turn.written:
                turn.finish("done", 1)
            else:
                turn.written = [1]


def submit_all(batcher: Batcher, prompts: list[list[int]]) -> list[str | Exception]:
    results: list[str | Exception] = [""] * len(prompts)

    def work(number: int) -> None:
        try:
            results[number] = batcher.submit(PendingTurn(prompts[number], ("x",))).text
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_what_waits_goes_together_sorted_by_length() -> None:
    engine = Echo()
    prompts = [[1] * length for length in (5, 2, 9, 7)]
    assert submit_all(Batcher(engine, 4), prompts) == [f"{len(prompt)} tokens" for prompt in prompts]
    assert engine.batches == [[2, 5, 7, 9]]


def test_ten_in_flight_take_as_long_as_one() -> None:
    engine = Echo(seconds=0.05)
    batcher = Batcher(engine, 10)
    for _ in range(4):
        submit_all(batcher, [[1, 2]] * 10)
    assert len(engine.batches) <= 40 / 4
    assert [len(batch) for batch in engine.batches] == [10] * 4


def test_a_batch_that_does_not_fit_is_halved_and_the_size_remembered() -> None:
    engine = Echo(room=3)
    batcher = Batcher(engine, 8)
    results = submit_all(batcher, [[1] * length for length in range(1, 9)])
    assert results == [f"{length} tokens" for length in range(1, 9)]
    assert [len(batch) for batch in engine.batches] == [8, 4, 2, 2, 2, 2] and batcher.largest == 2
    assert submit_all(batcher, [[1]] * 4) == ["1 tokens"] * 4
    assert max(len(batch) for batch in engine.batches[6:]) == 2


def test_a_turn_that_is_set_aside_goes_on_later() -> None:
    engine = Slow()
    assert submit_all(Batcher(engine, 2), [[1] * 9, [1]]) == ["done", "done"]
    assert engine.runs == [[1, 9], [9]]


class Taking:
    """An engine that waits for more turns at first, takes what it may, and has room for some of them."""

    def __init__(self, expected: int, room: int = 1000) -> None:
        self.runs: list[int] = []
        self._expected = expected
        self._room = room

    def run(self, turns: list[PendingTurn], queue: Queue) -> None:
        while not self.runs and len(turns) + queue.waiting() < self._expected:
            time.sleep(0.01)
        turns = turns + queue.take(len(turns))
        self.runs.append(len(turns))
        if len(turns) > self._room:
            raise OutOfMemory
        for turn in turns:
            turn.finish("done", 1)


def test_turns_that_arrive_join_while_there_is_room() -> None:
    engine = Taking(expected=4)
    batcher = Batcher(engine, 1)
    batcher.largest = 3
    assert submit_all(batcher, [[1]] * 4) == ["done"] * 4
    assert engine.runs == [3, 1]


def test_turns_for_which_a_batch_has_no_room_wait_where_the_engine_sees_them() -> None:
    engine = Taking(expected=4)
    batcher = Batcher(engine, 4)  # which gathers all four before it begins
    batcher.largest = 3
    assert submit_all(batcher, [[1]] * 4) == ["done"] * 4
    assert engine.runs == [3, 1]


def test_what_joined_a_batch_that_does_not_fit_runs_again() -> None:
    engine = Taking(expected=4, room=3)
    batcher = Batcher(engine, 1)
    batcher.largest = 4
    assert submit_all(batcher, [[1]] * 4) == ["done"] * 4
    assert engine.runs[0] == 4 and max(engine.runs[1:]) == batcher.largest == 2


def test_a_turn_that_never_fits_fails_alone() -> None:
    (result,) = submit_all(Batcher(Echo(room=0), 1), [[1]])
    assert isinstance(result, RecordError) and result.kind == "out_of_memory"


def test_what_the_engine_raises_costs_its_turns_and_no_more() -> None:
    batcher = Batcher(Echo(), 1)
    (result,) = submit_all(batcher, [[13]])
    assert isinstance(result, RecordError) and str(result) == "model_failed: ValueError: bad luck"
    assert submit_all(batcher, [[1, 2]]) == ["2 tokens"]


def test_a_stage_that_ends_lets_its_threads_go() -> None:
    stop = threading.Event()
    batcher = Batcher(Echo(seconds=3.0), 1, stop.is_set)
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(StageStopped):
        batcher.submit(PendingTurn([1], ()))


def test_the_batch_under_way_is_waited_for_at_the_end() -> None:
    engine = Echo(seconds=0.2)
    batcher = Batcher(engine, 1)
    threading.Thread(target=batcher.submit, args=(PendingTurn([1], ()),), daemon=True).start()
    time.sleep(0.05)
    batcher.close()
    assert batcher._thread is not None and not batcher._thread.is_alive()
