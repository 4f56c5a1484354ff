"""The records of an output that is about to be replaced, asked for by name in any order."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.core.errors import UsageError
from toolalpaca.data.merge import PreviousOutput
from toolalpaca.data.records import write_records


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    path = tmp_path_factory.mktemp("previous") / "x.jsonl"
    write_records(path, [{"Name": str(number), "mine": [number, "\ud83d"]} for number in range(6)])
    return path


@given(st.lists(st.integers(0, 8), unique=True))
def test_each_is_found_once_in_whatever_order_they_are_asked_for(stored, asked):
    previous = PreviousOutput(stored)
    for number in asked:
        expected = {"Name": str(number), "mine": [number, "\ud83d"]} if number < 6 else None
        assert previous.get(str(number)) == expected


def test_there_may_be_no_output_but_no_other_file(tmp_path):
    assert PreviousOutput(tmp_path / "none.json").get("x") is None
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"notes.txt: not valid JSON"):
        PreviousOutput(tmp_path / "notes.txt").get("x")


def test_records_that_are_passed_wait_outside_of_memory(tmp_path):
    write_records(tmp_path / "x.jsonl", ({"Name": str(number), "text": "x" * 20_000} for number in range(2000)))
    tracemalloc.start()
    previous = PreviousOutput(tmp_path / "x.jsonl")
    assert previous.get("1999") is not None
    assert previous.get("0") is not None
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
