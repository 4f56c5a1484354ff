"""The store: what is put survives the end of the process, and settings never mix."""

import signal
import subprocess
import sys
import threading
from datetime import datetime

import pytest

from toolalpaca.core.errors import StageStopped, UsageError
from toolalpaca.llm.store import STORE_NAME, CallStore, call_key


def put(store, key, record="r", stage="s", value=None):
    store.put(key, stage=stage, record=record, value=value or {"answer": key})


def test_keys_depend_on_the_parts_and_not_on_their_order():
    assert call_key(a=1, b={"x": "é", "y": [1]}) == call_key(b={"y": [1], "x": "é"}, a=1)
    assert call_key(a=1) != call_key(a="1")


def test_a_put_survives_a_kill(tmp_path, root):
    program = (f"import os, signal, pathlib; from toolalpaca.llm.store import CallStore; "
               f"CallStore(pathlib.Path({str(tmp_path)!r})).put('k', stage='s', record='r', value={{'a': '\\ud800'}}); "
               f"os.kill(os.getpid(), signal.SIGKILL)")
    killed = subprocess.run([sys.executable, "-c", program], cwd=root, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert CallStore(tmp_path).get("k") == {"a": "\ud800"}


def test_once_makes_a_value_once_and_keeps_no_failure(tmp_path):
    store = CallStore(tmp_path)
    with pytest.raises(ZeroDivisionError):
        store.once("k", stage="s", record="r", make=lambda: {"value": 1 // 0})
    assert store.once("k", stage="s", record="r", make=lambda: {"value": 1}) == {"value": 1}
    assert store.once("k", stage="s", record="r", make=lambda: {"value": 2}) == {"value": 1}


def test_many_threads_and_a_second_connection(tmp_path):
    first, second = CallStore(tmp_path), CallStore(tmp_path)

    def put_many(number):
        for i in range(25):
            put((first, second)[number % 2], f"{number}-{i}")

    threads = [threading.Thread(target=put_many, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(first.get(f"{n}-{i}") == {"answer": f"{n}-{i}"} for n in range(8) for i in range(25))


def test_forget_drops_what_belongs_to_the_stage_and_records(tmp_path):
    store = CallStore(tmp_path)
    put(store, "a", "one")
    put(store, "b", "two")
    put(store, "c", "one", stage="other")
    store.begin_next_attempt("s", ["one"])
    store.check_settings("s", "out.json", {"model": "m"}, ["one"])
    store.forget("s", ["one"], "out.json")
    assert [store.get(key) is None for key in "abc"] == [True, False, False]
    assert store.attempt("s", "one") == 0
    store.check_settings("s", "out.json", {"model": "n"}, ["one"])


def test_other_settings_are_refused_and_named_once_calls_are_stored(tmp_path):
    store = CallStore(tmp_path)
    store.check_settings("s", "out.json", {"model": "mistyped", "seed": 1}, ["r"])
    store.check_settings("s", "out.json", {"model": "m", "seed": 1}, ["r"])
    put(store, "k")
    store.check_settings("s", "out.json", {"model": "m", "seed": 1}, ["r"])
    store.check_settings("s", "another.json", {"model": "n"}, ["r"])
    store.check_settings("s", "out.json", {"model": "m", "seed": 1}, ["r", "another record"])
    with pytest.raises(UsageError, match="model was 'm', is now 'n'.*--overwrite"):
        store.check_settings("s", "out.json", {"model": "n", "seed": 1}, ["r"])


def test_a_stored_time_is_not_a_call(tmp_path):
    store = CallStore(tmp_path)
    store.check_settings("s", "out.json", {"model": "mistyped"}, ["r"])
    began = store.moment("k", stage="s", record="r", clock=datetime.now)
    assert store.moment("k", stage="s", record="r", clock=datetime.now) == began
    assert not list(store.calls_of("s", ["r"]))
    store.check_settings("s", "out.json", {"model": "m"}, ["r"])


def test_a_file_that_is_no_store_is_the_users_to_mend(tmp_path):
    (tmp_path / STORE_NAME).write_text("not a database, but long enough to be read as one " * 50)
    with pytest.raises(UsageError, match=STORE_NAME):
        CallStore(tmp_path)


def test_a_store_that_takes_no_more_stops_the_stage(tmp_path):
    store = CallStore(tmp_path)
    store._db.execute("PRAGMA max_page_count = 20")  # a disk that is full
    with pytest.raises(StageStopped, match="cannot be stored .*full"):
        for number in range(100):
            put(store, f"k{number}", value={"answer": "x" * 4000})
    assert store.get("k0") == {"answer": "x" * 4000}


def test_a_full_disk_is_said_wherever_the_store_is_written(tmp_path):
    store = CallStore(tmp_path)
    store._db.execute("PRAGMA max_page_count = 20")
    with pytest.raises(StageStopped, match="cannot be used .*full"):
        store.begin_next_attempt("s", [f"record {number}" * 50 for number in range(1000)])
    with pytest.raises(StageStopped, match="cannot be used .*full"):
        store.check_settings("s", "out.json", {"model": "m" * 100_000}, [])


def test_a_store_that_cannot_be_opened_now_is_not_to_be_deleted(tmp_path):
    (tmp_path / STORE_NAME).mkdir()
    with pytest.raises(UsageError, match="once that is fixed"):
        CallStore(tmp_path)
