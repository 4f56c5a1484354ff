"""Files of training examples in their three forms."""

from pathlib import Path

import pytest

from toolalpaca.core.errors import UsageError
from toolalpaca.data.example_files import read_examples, write_examples
from toolalpaca.data.record_types import Column

SEGMENTS = [[["Prompt:", " say", " back"], [False, True, False]], [["Größe 💡", " x"], [False, True]]]
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": {"a": [1, None]}}}
MESSAGES = [{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "", "tool_calls": [CALL]},
                          {"role": "tool", "tool_call_id": "call_1", "name": "f", "content": "seen"}],
             "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]}]


@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.parquet", "x.JSON"])
def test_segments_come_back(tmp_path: Path, name: str) -> None:
    write_examples(tmp_path / name, iter(SEGMENTS))
    expected = SEGMENTS if name.lower().endswith(".json") else [
        {"segments": texts, "trainable": flags} for texts, flags in SEGMENTS]
    assert list(read_examples(tmp_path / name)) == expected
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.parquet"])
def test_messages_come_back_as_they_are(tmp_path: Path, name: str) -> None:
    write_examples(tmp_path / name, MESSAGES)
    assert list(read_examples(tmp_path / name)) == MESSAGES


def test_other_tools_read_columns_of_messages_as_objects_without_nulls(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    write_examples(tmp_path / "x.parquet", MESSAGES)
    rows = datasets.load_dataset("parquet", data_files=str(tmp_path / "x.parquet"), split="train",
                                 cache_dir=str(tmp_path / "cache"))
    assert list(rows) == MESSAGES


def test_a_column_of_json_text_of_an_older_version_is_read(tmp_path: Path) -> None:
    import json

    import pyarrow
    from pyarrow.parquet import write_table

    write_table(pyarrow.table({"messages": [[{"role": "user", "content": "q", "name": None}]],
                               "tools": [json.dumps([{"type": "function"}])]}), tmp_path / "x.parquet")
    assert list(read_examples(tmp_path / "x.parquet")) == [
        {"messages": [{"role": "user", "content": "q"}], "tools": '[{"type": "function"}]'}]


def test_half_a_surrogate_pair_is_written_in_every_form(tmp_path: Path) -> None:
    for name, back in (("x.json", "a \ud83d"), ("x.jsonl", "a \ud83d"), ("x.parquet", "a \ufffd")):
        write_examples(tmp_path / name, [{"text": "a \ud83d"}, {"text": "Größe 💡"}])
        assert list(read_examples(tmp_path / name)) == [{"text": back}, {"text": "Größe 💡"}]


def test_a_table_without_examples_has_the_columns_of_its_format(tmp_path: Path) -> None:
    from toolalpaca.data.parquet import columns_of

    write_examples(tmp_path / "x.parquet", [], dict.fromkeys(("messages", "tools"), Column.OBJECTS))
    write_examples(tmp_path / "y.parquet", MESSAGES)
    assert columns_of(tmp_path / "x.parquet") == columns_of(tmp_path / "y.parquet")


def test_many_rows_cross_row_groups(tmp_path: Path) -> None:
    rows = [{"text": f"row {number}"} for number in range(2503)]
    write_examples(tmp_path / "x.parquet", iter(rows))
    assert list(read_examples(tmp_path / "x.parquet")) == rows


def test_a_failing_source_leaves_the_old_file(tmp_path: Path) -> None:
    def broken():
        yield SEGMENTS[0]
        raise RuntimeError("gone")

    for name in ("x.json", "x.jsonl", "x.parquet"):
        write_examples(tmp_path / name, SEGMENTS)
        before = (tmp_path / name).read_bytes()
        with pytest.raises(RuntimeError):
            write_examples(tmp_path / name, broken())
        assert (tmp_path / name).read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(("name", "content", "said"), [
    ("x.csv", b"a", "use .json, .jsonl or .parquet"),
    ("x.json", None, "no such file"),
    ("x.json", b"", "empty"),
    ("x.json", b"{}", "expected a JSON array, found an object"),
    ("x.json", b"[\xff]", "UTF-8"),
    ("x.jsonl", b'{"a": 1}\n{"a": \n', "line 2"),
    ("x.parquet", b"no parquet at all", "not a whole Parquet file"),
])
def test_bad_files_are_said_in_one_line(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        list(read_examples(path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
