"""Records in the three forms of file: what is written comes back, other tools open it, and bad files are named."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolalpaca.core.errors import UsageError
from toolalpaca.core.files import read_json, replacing
from toolalpaca.data.merge import StageOutcome, updated_record
from toolalpaca.data.records import (
    COLUMNS,
    NameIndex,
    digest_of,
    read_record_file,
    read_records,
    record_of,
    row_of,
    write_records,
)

ENDINGS = (".json", ".jsonl", ".parquet")
RECORD = {"Name": "A Bíblia", "Documentation": None, "mine": {"a": [None, {}]}, "Instructions": [],
          "Function_Projection": {"f": ["/f", "get"]}, "Introduction": "",
          "Instances": [{"input": "q", "intermediate_steps": [[["f", "{}", " t"], "seen"]]}]}
_TEXT = st.text() | st.text(st.characters(categories=("Cs", "Lu")), max_size=3) | st.sampled_from(["", "null", "{}"])
_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_VALUE = st.recursive(st.none() | st.booleans() | st.integers() | _NUMBERS | _TEXT,
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3))
_RECORD = st.dictionaries(st.sampled_from(COLUMNS) | _TEXT, _VALUE, max_size=8)


def as_json(value):
    """What JSON can say of a value: two halves of a surrogate pair are one character there."""
    return json.loads(json.dumps(value))


@given(_RECORD)
def test_a_row_is_text_and_gives_the_record_back(record):
    record = as_json(record)
    row = row_of(record)
    assert tuple(row) == COLUMNS
    assert all(isinstance(text, str) and text.encode() is not None for text in row.values())
    again = record_of(row)
    assert (again, list(again)) == (record, list(record))


@settings(max_examples=25, deadline=None)
@given(st.lists(_RECORD, max_size=4))
def test_every_form_of_file_gives_the_records_back_with_their_keys_in_order(records):
    records = as_json(records)
    with TemporaryDirectory() as folder:
        for ending in ENDINGS:
            path = Path(folder) / f"x{ending}"
            write_records(path, iter(records))
            again = list(read_record_file(path)) if records or ending != ".jsonl" else []
            assert [list(record.items()) for record in again] == [list(record.items()) for record in records]
        assert len(list(Path(folder).iterdir())) == len(ENDINGS)


def test_a_table_of_others_may_hold_what_json_has_not(tmp_path):
    values = {"when": datetime(2026, 1, 2, 3, 4), "price": Decimal("1.50"), "raw": b"\xc3\xa9\xff",
              "more": {"days": [date(2026, 1, 2)], "count": 3}}
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([{"Name": "Lantern", **values}]), tmp_path / "x.parquet")
    records = read_records(tmp_path / "x.parquet")
    assert records == [{"Name": "Lantern", "when": "2026-01-02 03:04:00", "price": "1.50", "raw": "\u00e9\ufffd",
                        "more": {"days": ["2026-01-02"], "count": 3}}]
    write_records(tmp_path / "y.json", records)


def test_plain_objects_in_json_lines_are_records(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(json.dumps({**RECORD, "Name": name}) for name in "ab") + "\n\n")
    assert read_records(path) == [{**RECORD, "Name": "a"}, {**RECORD, "Name": "b"}]


def test_plain_columns_in_parquet_are_records(tmp_path):
    import pyarrow.parquet

    rows = [{"Name": "a", "Instructions": ["Do."], "Errors": None, "Function_Projection": '{"f": ["/f", "get"]}'},
            {"Name": "b", "Instructions": None, "Errors": '{"instruction": "late"}', "Function_Projection": None}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "x.parquet")
    assert read_records(tmp_path / "x.parquet") == [
        {"Name": "a", "Instructions": ["Do."], "Function_Projection": {"f": ["/f", "get"]}},
        {"Name": "b", "Errors": {"instruction": "late"}}]


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_datasets_opens_what_is_written_and_a_changed_set_reads_back(tmp_path, monkeypatch, ending):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    for number in range(3):  # the first has no instances and the last an error that no other has
        records = [{**RECORD, "Name": f"{number} {place}"} for place in range(3)]
        if number == 0:
            records = [{"Name": record["Name"]} for record in records]
        if number == 2:
            records[0]["Errors"] = {"instruction": "late"}
        write_records(tmp_path / f"part-{number}{ending}", records)
    rows = datasets.load_dataset(ending.lstrip(".").replace("jsonl", "json"), split="train", cache_dir=tmp_path / "c",
                                 data_files=str(tmp_path / f"part-*{ending}"))
    assert len(rows) == 9
    assert json.loads(rows[4]["Instances"]) == RECORD["Instances"]
    rows.filter(lambda row: row["Instances"]).add_column("Score", [1.5] * 6).to_parquet(tmp_path / "good.parquet")
    good = read_records(tmp_path / "good.parquet")
    assert len(good) == 6
    assert good[0] == {**RECORD, "Name": "1 0", "Score": 1.5}


def test_the_fields_of_a_large_file_keep_the_memory_small(tmp_path):
    import tracemalloc

    for ending in ENDINGS:
        path = tmp_path / f"x{ending}"
        write_records(path, ({"Name": str(number), "Documentation": "x" * 5000} for number in range(3000)))
        tracemalloc.start()
        assert sum(1 for _ in read_record_file(path)) == 3000
        assert tracemalloc.get_traced_memory()[1] < 6_000_000
        tracemalloc.stop()


@pytest.mark.parametrize(("name", "content", "said"), [
    ("x.jsonl", '{"Name": "a"}\n{"Name": "b"\n', "line 2 is not valid JSON"),
    ("x.jsonl", '{"Name": "a"}\n[1]\n', "record 1 is an array"),
    ("x.jsonl", '{"Name": "a", "Instances": "["}\n', "record 0: 'Instances' is text that is not valid JSON"),
    ("x.jsonl", '{"Name": "a", "Other_Keys": "1", "Key_Order": "[]"}\n', "record 0: 'Other_Keys' must hold"),
    ("x.jsonl", '{"Name": "a", "Other_Keys": "{}", "Key_Order": "[{}]"}\n', "a JSON array of keys"),
    ("x.jsonl", '{"Name": "a", "Other_Keys": "{}", "Key_Order": "[[1], null]"}\n', "a JSON array of keys"),
    ("x.jsonl", "\n\n", "holds no records"),
    ("x.jsonl", '{"Name": "a"}\n{"Name": "a"}', "records 0 and 1 are both named 'a'"),
    ("x.parquet", "PAR1 and no more", "not a whole Parquet file"),
    ("x.json", '{"Name": "a"}\n{"Name": "b"}', "not valid JSON"),
    ("x.json", " \n", "the file is empty"),
])
def test_bad_files_are_said_in_one_line(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(UsageError) as caught:
        read_records(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_a_parquet_file_cut_off_or_damaged_in_the_middle_is_said(tmp_path):
    path = tmp_path / "x.parquet"
    write_records(path, [{**RECORD, "Name": f"{number * 7919 % 1009} {number}"} for number in range(500)])
    whole = path.read_bytes()
    for damaged in (whole[:-100], whole[:200] + bytes(300) + whole[500:]):
        path.write_bytes(damaged)
        with pytest.raises(UsageError, match=str(path)):
            read_records(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_failure_while_writing_a_table_leaves_the_old_file_and_nothing_else(tmp_path, ending):
    path = tmp_path / f"x{ending}"
    write_records(path, [RECORD])
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError):
        write_records(path, ({"Name": str(1 // (3 - number))} for number in range(4)))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UsageError, match="cannot be written"):
        write_records(tmp_path / "none" / path.name, [RECORD])


def test_a_name_that_comes_twice_is_found_with_its_first_place():
    names = NameIndex()
    for place, name in enumerate(["a", "A", "a ", "Größe", "\ud83d"]):
        assert names.add(name, "x.json", place) is None
    assert names.add("Größe", "y.json", 0) == ("x.json", 3)
    assert names.add("\ud83d", "y.json", 1) == ("x.json", 4)
    assert len(names) == 5


def test_ranks_are_those_of_the_sorted_hashes_whatever_the_order_of_the_names():
    found = [f"Api {number}" for number in range(300)]
    ranked = sorted(hashlib.sha256(name.encode()).digest() for name in found)
    for order in (found, found[::-1]):
        names = NameIndex()
        for place, name in enumerate(order):
            names.add(name, "x.json", place)
        assert [names.at_rank(rank) for rank in (0, 1, 150, 299)] == [ranked[rank] for rank in (0, 1, 150, 299)]
    assert digest_of("Api 1") in ranked


LATER = {"NLDocumentation": "n", "Instructions": ["i"], "Instances": [{}]}


def test_a_written_file_reads_back(tmp_path):
    records = [{"Name": "A Bíblia Digital", "x": "\ud83d"}, {"Name": "What's on the menu?", "y": [1, None]}]
    write_records(tmp_path / "a.json", iter(records))
    assert read_records(tmp_path / "a.json") == records
    write_records(tmp_path / "a.json", [])
    assert read_json(tmp_path / "a.json") == []


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[1]")
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write("[2")
        raise ZeroDivisionError
    assert path.read_text() == "[1]"
    assert list(tmp_path.iterdir()) == [path]


def test_a_byte_order_mark_is_no_error(tmp_path):
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf[{"Name": "x"}]')
    assert read_records(tmp_path / "a.json") == [{"Name": "x"}]


def test_equal_names_are_refused_with_the_way_out(tmp_path):
    (tmp_path / "a.json").write_text('[{"Name": "x"}, {"Name": "x"}]')
    with pytest.raises(UsageError, match="records 0 and 1 are both named 'x'.*preprocess"):
        read_records(tmp_path / "a.json")


def test_a_name_with_a_lone_surrogate_is_refused(tmp_path):
    (tmp_path / "a.json").write_text('[{"Name": "Lantern"}, {"Name": "half \\ud83d"}]')
    with pytest.raises(UsageError, match=r"record 1 .*'Name' contains a lone surrogate"):
        read_records(tmp_path / "a.json")


@pytest.mark.parametrize(("key", "value", "words"), [
    ("Instructions", ["Find one.", None], "1 of 'Instructions' is null, expected a string"),
    ("Function_Description", {"find": 5}, "'find' of 'Function_Description' is a number, expected a string"),
    ("Function_Projection", {"find": 5}, "'find' of 'Function_Projection' is a number, expected an array"),
])
def test_parts_of_the_wrong_kind_are_refused(tmp_path, key, value, words):
    write_records(tmp_path / "a.json", [{"Name": "Lantern", key: value}])
    with pytest.raises(UsageError, match=rf"record 0 \('Lantern'\): {words}"):
        read_records(tmp_path / "a.json")


def test_a_folder_and_bytes_that_are_no_text(tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        read_json(tmp_path)
    (tmp_path / "a.json").write_bytes(b"\xff\xfe[]")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_json(tmp_path / "a.json")
    (tmp_path / "b.json").write_text("[" * 100_000)
    with pytest.raises(UsageError, match="not valid JSON"):
        read_json(tmp_path / "b.json")


@pytest.mark.parametrize(("before", "made", "kept"), [
    ("same", "same", True), ("old", "new", False), (None, "new", True),
])
def test_later_keys_stay_while_the_own_ones_do(before, made, kept):
    elements = ("Introduction", "Functions", "Documentation")
    record = {"Name": "x"}
    previous = {**record, **LATER, **(dict.fromkeys(elements, before) if before else {})}
    outcome = StageOutcome("get_elements", dict.fromkeys(elements, made))
    new = updated_record(record, outcome, previous)
    assert ("Instances" in new, "NLDocumentation" in new) == (kept, kept)
    in_place = updated_record(previous, outcome, previous)
    assert json.dumps(in_place, sort_keys=True) == json.dumps(new, sort_keys=True)


def test_an_error_stays_until_its_stage_succeeds():
    failed = updated_record({"Name": "x"}, StageOutcome("instruction", {}, "timeout: late"), None)
    assert failed["Errors"] == {"instruction": "timeout: late"}
    later = updated_record(failed, StageOutcome("generation", {"Instances": []}), None)
    assert later["Errors"] == failed["Errors"]
    assert "Errors" not in updated_record(failed, StageOutcome("instruction", {"Instructions": ["i"]}), failed)
