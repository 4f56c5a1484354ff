"""The note of what a stage works on: there while it works, read by the run after a killed one, else removed."""

import shutil
import threading
from collections import Counter
from contextlib import ExitStack
from functools import partial
from types import SimpleNamespace

import pytest

from toolalpaca.core.errors import RecordError, StageStopped
from toolalpaca.runner.crash_recovery import InFlight, in_flight_path
from toolalpaca.runner.ray_executor import RayExecutor, _Member


def test_a_run_that_ends_leaves_nothing(tmp_path):
    path = tmp_path / ".note"
    note = InFlight(path, 2)
    with note.working_on("a"):
        assert path.exists()
    note.close()
    assert not path.exists()


def killed_at(path, note, *records):
    """What a process leaves that is killed while it works on these records: a copy, which it writes to no more."""
    with ExitStack() as stack:
        for record in records:
            stack.enter_context(note.working_on(record))
        return shutil.copy(path, path.with_name(f"{path.name}-left"))


def test_what_was_worked_on_is_suspect_until_it_is_cleared(tmp_path):
    first = InFlight(tmp_path / ".note", 3)
    with first.working_on("done"), first.working_on("also done"):
        pass
    left = killed_at(tmp_path / ".note", first, "ä\ud800", "b")
    heir = InFlight(left, 1)
    assert [heir.is_suspect(name) for name in ("ä\ud800", "b", "done", "c")] == [True, True, False, False]
    heir.clear("b")
    third = InFlight(killed_at(left, heir, "c"), 2)
    assert [third.is_suspect(name) for name in ("ä\ud800", "b", "c")] == [True, False, True]
    for note in (first, heir, third):
        note.close()
    assert not list(tmp_path.iterdir())


def test_a_failed_record_frees_its_place(tmp_path):
    note = InFlight(tmp_path / ".note", 1)
    for _ in range(3):
        try:
            with note.working_on("a"):
                raise ValueError
        except ValueError:
            continue
    note.close()


def test_want_of_memory_leaves_the_note(tmp_path):
    note = InFlight(tmp_path / ".note", 1)
    try:
        with note.working_on("a"):
            raise MemoryError
    except MemoryError:
        note.close()
    assert InFlight(tmp_path / ".note", 1).is_suspect("a")


class _ActorDied(Exception):
    """What Ray raises for a call to an actor that has died."""


def executor_of(actors: int) -> RayExecutor:
    """Return an executor whose actors all die of the item "lethal"."""
    def make(number: int, item: str) -> tuple[str, Counter[str]]:
        if item == "lethal":
            raise _ActorDied
        return f"made {item}", Counter()

    executor = object.__new__(RayExecutor)
    actor = SimpleNamespace(make=SimpleNamespace(remote=lambda number, item: partial(make, number, item)))
    executor._ray = SimpleNamespace(get=lambda call: call(), exceptions=SimpleNamespace(RayActorError=_ActorDied))
    executor._stage, executor._lock = "stage", threading.Lock()
    executor._meter = SimpleNamespace(add=lambda counts: None)
    executor._members = [_Member(number, actor) for number in range(1, actors + 1)]
    executor._ask = lambda *_: None
    return executor


def test_a_record_that_kills_actors_costs_two_of_them_and_itself():
    executor = executor_of(4)
    with pytest.raises(RecordError, match="2 actors have died"):
        executor._make(0, "lethal")
    assert len(executor._members) == 2 and executor._make(0, "other") == "made other"


@pytest.mark.parametrize("actors", [1, 2])
def test_a_record_that_kills_all_actors_is_a_suspect_of_the_next_run(tmp_path, actors):
    path, executor = in_flight_path(tmp_path, "stage"), executor_of(actors)
    notes = InFlight(path, 2)
    with notes.working_on("other"):
        executor._make(0, "other")
    with pytest.raises(StageStopped, match="all Ray actors have died"), notes.working_on("lethal"):
        executor._make(0, "lethal")
    notes.close()
    later = InFlight(path, 2)
    assert later.is_suspect("lethal") and not later.is_suspect("other")
    later.close()
