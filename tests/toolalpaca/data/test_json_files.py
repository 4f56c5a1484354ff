"""Reading a JSON array item by item."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolalpaca.data import json_files
from toolalpaca.data.json_files import json_items

VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
                      lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))


@given(st.lists(VALUES, max_size=8), st.sampled_from([None, 2]), st.integers(1, 9))
def test_same_items_as_the_whole_whatever_the_size_of_the_chunks(values: list, indent: int | None, chunk: int) -> None:
    text = json.dumps(values, indent=indent)
    saved, json_files._CHUNK = json_files._CHUNK, chunk
    try:
        assert list(json_items(io.StringIO(text))) == values
    finally:
        json_files._CHUNK = saved


@pytest.mark.parametrize(("text", "said"), [
    ('{"a": 1}', "expected '['"),
    ("[1, 2", "ends before ','"),
    ("[1,, 2]", "record 1 is not valid JSON"),
    ("[1 2]", "expected ','"),
    ('[1, {"a": }]', "record 1 is not valid JSON"),
    ("[1] x", "follows the end"),
    ("", "ends before '['"),
    ("[1,]", "record 1 is not valid JSON"),
])
def test_broken_text_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="."):
        list(json_items(io.StringIO(text)))
    try:
        list(json_items(io.StringIO(text)))
    except ValueError as error:
        assert said in str(error)


def test_memory_is_that_of_an_item_not_of_the_file(tmp_path) -> None:
    import tracemalloc

    path = tmp_path / "many.json"
    path.write_text(json.dumps([{"text": "x" * 5000}] * 6000))
    tracemalloc.start()
    with open(path) as file:
        count = sum(1 for _ in json_items(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 6000
    assert peak < 10_000_000 < path.stat().st_size
