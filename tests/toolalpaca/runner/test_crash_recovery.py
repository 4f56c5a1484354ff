"""The note of what a stage works on: there while it works, read by the run after a killed one, else removed."""

import shutil
from contextlib import ExitStack

from toolalpaca.runner.crash_recovery import InFlight


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
